"""What comes from elsewhere changes nothing and learns nothing. Generated from the application's own route table."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import httpx
import pytest
from sqlalchemy import select

from app.db.tables import BlockRow, ContactRow, NoteRow, PromiseRow, SeasonRow, SuggestionRow, UndoRow
from app.main import create_app
from tests.running import Running, ask_directly, connect, fastapi_in, plain_client, settled, visitor
from tests.security.conftest import ME, Route, route_table, state_of

START = r"/(\?back=%2F[A-Za-z0-9_%-]+)?"
LOST = r"/\?(back=%2F[A-Za-z0-9_%-]+&)?lost=yes"  # the start says that what was sent was not taken
OPEN = {"/", "/about", "/favicon.ico", "/healthz", "/readyz", "/connect", "/oauth/callback", "/sign-out", "/static"}
OPEN |= {"/feed/{feed}.ics"}  # whoever has the secret address may read
OPEN |= {"/privacy", "/docs", "/api/openapi.json"}  # where the public address is localhost
"""Answered without a session: nothing of anybody's is in them."""

HOOK = "/hooks/google"
"""Its notifications come from elsewhere, and no browser sends one; what does not prove itself is 404."""
OPEN |= {HOOK, "/metrics"}  # the latter where the public address is localhost

SIGN_IN = {"/connect", "/oauth/callback"}
"""The two GETs that write: guarded by state, nonce and PKCE."""

FORMS: dict[str, dict[str, str]] = {
    "/blocks/{block_id}/people/{contact_id}": {"outcome": "reached"},
    "/people/{contact_id}": {"do": "save", "kind": "never", "cadence": "6", "weeks": "6"},
    "/left-out": {"count-in": "someone@nowhere.example", "back": "people"},
    "/pause": {"pause_from": "2026-03-11", "pause_until": "2026-03-20"},
}
BODIES: dict[str, dict[str, object]] = {
    "/api/blocks/{block_id}/people/{contact_id}": {"outcome": "reached"},
    "/api/people/{contact_id}": {"kind": "never", "cadence_weeks": 6},
    "/api/people/{contact_id}/snooze": {"until": "2026-05-01"},
    "/api/people/{contact_id}/touches": {"on": "2026-03-01", "channel": "call"},
    "/api/left-out": {"address": "someone@nowhere.example", "counted_in": True},
    "/api/people/{contact_id}/own-entries": {"source": "x/", "counts": False},
    "/api/people/{contact_id}/merge": {"other": 999999},
    "/api/people/{contact_id}/apart": {"other": 999999},
    "/api/people/{contact_id}/answer": {"answer": "rest"},
    "/api/people/{contact_id}/notes": {"text": "Skis", "on": "2026-03-01"},
    "/api/people/{contact_id}/notes/{note_id}": {"text": "Skis", "on": "2026-03-01"},
    "/api/people/{contact_id}/promises": {"text": "A map"},
    "/api/people/{contact_id}/promises/{promise_id}": {"text": "A map"},
    "/api/people/{contact_id}/promises/{promise_id}/kept": {"kept": True},
    "/api/people/{contact_id}/reach": {"preferred": "call", "phone": ""},
    "/api/rules/{rule_key}": {"rule": {"key": "", "weekdays": [2]}},
    "/api/rules/{rule_key}/active": {"active": False},
    "/api/rules/{rule_key}/no": {"habit": "drag/x"},
    "/api/people/{contact_id}/kind": {"kind": "never"},
    "/api/seasons/{season_id}": {"name": "S", "begins_on": "2026-11-02", "before_on": "2026-12-18"},
    "/api/pause": {"first": "2026-03-11", "last": "2026-03-20"},
}
QUERIES = {"/api/people/{contact_id}/touches": {"on": "2026-03-01"}}
HEADERS = {
    "content-security-policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
Unchanged = Callable[[], dict[str, str]]


def send(client: httpx.Client, route: Route, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
    """With a body that the route would take."""
    if route.method in {"GET", "HEAD"}:
        return client.request(route.method, path, headers=headers)
    if route.path.startswith("/api/"):
        asked = QUERIES.get(route.path) if route.method == "DELETE" else None
        return client.request(route.method, path, json=BODIES.get(route.path, {}), params=asked, headers=headers)
    return client.request(route.method, path, data=FORMS.get(route.path, {"outcome-1": "open"}), headers=headers)


class Ids:
    """What stands in the place of a route's parameters, by their names: the ids of one account."""

    def __init__(self, known: dict[str, str]) -> None:
        self.known = known

    @classmethod
    def of(cls, running: Running, account: int) -> Ids:
        with running.services.db.read() as session:
            promise = session.scalars(select(PromiseRow).where(PromiseRow.account_id == account)).one()
            note = session.scalars(select(NoteRow).where(NoteRow.account_id == account)).one()
            contact = note.contact_id
            assert promise.contact_id == contact
            row = session.scalars(
                select(BlockRow)
                .join(SuggestionRow, SuggestionRow.block_id == BlockRow.id)
                .where(SuggestionRow.contact_id == contact)
                .order_by(BlockRow.starts_at)
                .limit(1)
            ).one()
            assert row.account_id == account
            season = session.scalars(select(SeasonRow.id).where(SeasonRow.account_id == account)).one()
            undo = session.scalars(select(UndoRow.key).where(UndoRow.account_id == account)).one()
        today, line = running.services.views.today(account), running.services.views.settings(account).feed
        assert today.next is not None
        assert line is not None
        known = {"block_id": str(row.id), "contact_id": str(contact), "token": today.next.link.removeprefix("/go/")}
        known |= {"rule_key": row.rule, "feed": line.url.rpartition("/")[2].removesuffix(".ics"), "key": undo}
        return cls(known | {"note_id": str(note.id), "promise_id": str(promise.id), "season_id": str(season)})

    @property
    def token(self) -> str:
        return self.known["token"]

    def into(self, path: str) -> str:
        return path.format_map(self.known)


@pytest.fixture(scope="module")
def own(running: Running) -> Ids:
    return Ids.of(running, 1)


@pytest.fixture(scope="module")
def foreign(running: Running) -> Ids:
    return Ids.of(running, 2)


@pytest.fixture(scope="module")
def routes(running: Running) -> list[Route]:
    found = route_table(running.services)
    assert {route.path for route in found} >= {"/", "/connect", "/welcome", "/today", "/go/{token}", "/static"}
    return found


# -- Requests from other sites ---------------------------------------------------------------------

ELSEWHERE = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "{own}", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "{other port}", "Sec-Fetch-Site": "same-site"},
    {"Origin": "{own}.evil.example"},
]


@pytest.mark.parametrize("said", ELSEWHERE, ids=str)
def test_every_change_from_elsewhere_is_refused(
    running: Running, mine: httpx.Client, routes: list[Route], own: Ids, unchanged: Unchanged, said: dict[str, str]
) -> None:
    parts = urlsplit(running.url)
    words = {"{own}": running.url, "{other port}": f"http://localhost:{(parts.port or 0) + 1}"}
    headers = dict(said)
    for word, meaning in words.items():
        headers = {name: value.replace(word, meaning) for name, value in headers.items()}
    changing = [route for route in routes if route.method not in {"GET", "HEAD", "OPTIONS"} and route.path != HOOK]
    assert len(changing) >= 11
    for route in changing:
        answer = send(mine, route, own.into(route.path), headers)
        assert answer.status_code == 403, route
        assert "nothing was changed" in answer.text
        assert "set-cookie" not in answer.headers
    # Methods that no route knows are refused for the same reason, before anything is looked up.
    for method in ("PUT", "PATCH", "DELETE"):
        assert mine.request(method, "/no/such/page", headers=headers).status_code == 403


def test_the_same_change_from_here_is_taken(running: Running, mine: httpx.Client, own: Ids) -> None:
    path = own.into("/blocks/{block_id}/people/{contact_id}")
    for outcome in ("tried", "open"):
        before = state_of(running.services.db)
        here = {"Origin": running.url, "Sec-Fetch-Site": "same-origin"}
        assert mine.post(path, data={"outcome": outcome}, headers=here).status_code == 303
        settled(running)
        assert state_of(running.services.db) != before


# -- Looking changes nothing -----------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_changes_nothing(
    mine: httpx.Client, routes: list[Route], own: Ids, unchanged: Unchanged, method: str
) -> None:
    """Scanners and previews follow links, also with what a form would send behind a question mark."""
    before, seen = unchanged(), 0
    for route in routes:
        if route.method != "GET" or route.path in SIGN_IN:
            continue
        for query in ("", "?outcome=reached&do=save&kind=never&count-in=a@b.example&saved=1"):
            answer = mine.request(method, own.into(route.path) + query)
            assert answer.status_code in ({404} if route.path == "/static" else {200, 303}), (route, answer.status_code)
            assert not (method == "HEAD" and answer.content)
            seen += 1
    assert unchanged() == before
    assert seen >= 18


def test_a_head_says_what_a_get_would(mine: httpx.Client, routes: list[Route], own: Ids) -> None:
    for route in routes:
        if route.method != "GET" or route.path in SIGN_IN:
            continue
        get, head = (mine.request(method, own.into(route.path)) for method in ("GET", "HEAD"))
        assert head.status_code == get.status_code
        assert head.headers.get("content-type") == get.headers.get("content-type")
        assert head.headers.get("location") == get.headers.get("location")


# -- Without a session, and with somebody else's ids -----------------------------------------------


def test_pages_without_a_session_lead_to_the_start(
    running: Running, routes: list[Route], own: Ids, unchanged: Unchanged
) -> None:
    name = running.services.settings.cookie_name
    for value in (None, "", "made-up", "x" * 5_000, "\u00e9"):
        cookie = {} if value is None else {"Cookie": f"{name}={value}".encode()}
        with plain_client(base_url=running.url, headers=cookie) as stranger:
            for route in routes:
                if route.path in OPEN:
                    continue
                answer = send(stranger, route, own.into(route.path))
                leads = answer.headers.get("location")
                if route.path.startswith("/api/"):
                    assert (answer.status_code, leads) == (401, None), route
                else:
                    assert answer.status_code == 303, route
                    assert re.fullmatch(START if route.method == "GET" else LOST, leads), (route, leads)
                    if route.path == "/go/{token}":
                        assert f"back=%2Fgo%2F{own.token}" in leads
                assert "set-cookie" not in answer.headers
            assert "Person" not in stranger.get("/").text


def test_ids_of_others_do_not_exist(
    mine: httpx.Client, routes: list[Route], own: Ids, foreign: Ids, unchanged: Unchanged
) -> None:
    tried = set()
    for route in routes:
        names = re.findall(r"\{(\w+)\}", route.path)
        for ids in _mixed(own, foreign):
            path = ids.into(route.path)
            if (route, path) in tried or not names or all(ids.known[name] == own.known[name] for name in names):
                continue
            if route.path in OPEN and ids.known["feed"] == foreign.known["feed"]:
                continue
            tried.add((route, path))
            answer = send(mine, route, path)
            # Programs are told that a word is no id; ids of others are not there for anybody.
            malformed = route.path.startswith("/api/") and any(ids.known[name] in NO_IDS for name in names)
            assert answer.status_code == 404 or (malformed and answer.status_code == 422), (route, path)
            assert "Person 2" not in answer.text  # their people are called Person 20 and on
    print(f"{len(tried)} addresses with an id that is another's, or nobody's: none is there")
    assert len(tried) >= 400


def test_what_another_account_saved_is_not_told(
    mine: httpx.Client, own: Ids, foreign: Ids, unchanged: Unchanged
) -> None:
    for path in ("/today", f"/go/{own.token}"):
        for ids, told in ((own, True), (foreign, False)):
            answer = mine.get(path, params={"saved": ids.known["key"]})
            assert answer.status_code == 200
            assert (ids.known["key"] in answer.text) is told, (path, "one's own can be undone, and nobody else's")


NO_IDS = ("0", "-1", "9" * 30, "1.5", "x", "%00", "%2e%2e", "1%20or%201=1", "\u0663")


def _mixed(own: Ids, foreign: Ids) -> Iterator[Ids]:
    """Foreign ids: all at once, each alone among own ones, all but one; then words that nobody has."""
    assert all(own.known[name] != foreign.known[name] for name in own.known)
    yield foreign
    for name in own.known:
        yield Ids(own.known | {name: foreign.known[name]})
        yield Ids(foreign.known | {name: own.known[name]})
        for word in ("999999", *NO_IDS):
            yield Ids(own.known | {name: word})


def test_a_link_is_good_only_as_it_was_made(mine: httpx.Client, own: Ids, unchanged: Unchanged) -> None:
    assert mine.get(f"/go/{own.token}").status_code == 200
    for place in range(len(own.token)):
        other = "A" if own.token[place] != "A" else "B"
        changed = own.token[:place] + other + own.token[place + 1 :]
        assert mine.get(f"/go/{changed}").status_code == 404, place
    for changed in (own.token + "A", own.token[:-1], own.token + "=", own.token * 3):
        assert mine.get(f"/go/{changed}").status_code == 404


def test_the_link_of_a_block_shows_nothing_to_another_account(running: Running, own: Ids) -> None:
    with visitor(running) as second:
        connect(second, running, user="second@studio.example")
        answer = second.get(f"/go/{own.token}")
        assert answer.status_code == 404
        assert "Person" not in answer.text
        settled(running)


def test_what_is_said_of_somebody_elses_person_is_not_heard(
    running: Running, mine: httpx.Client, unchanged: Unchanged
) -> None:
    with running.services.db.read() as session:
        theirs = session.scalars(select(ContactRow).where(ContactRow.account_id == 2)).first()
    assert theirs is not None
    sent = {f"kind-{theirs.id}": "never"}
    assert mine.post("/welcome", data=sent).status_code in {303, 404}
    with running.services.db.read() as session:
        assert session.get_one(ContactRow, theirs.id).kind == theirs.kind


# -- Headers and redirects -------------------------------------------------------------------------


def _assert_guarded(answer: httpx.Response, what: object) -> None:
    for name, value in HEADERS.items():
        assert answer.headers.get(name) == value, (what, name)
    assert "camera=()" in answer.headers["permissions-policy"]
    assert "server" not in answer.headers


def test_every_answer_carries_the_headers(
    running: Running, mine: httpx.Client, routes: list[Route], own: Ids, foreign: Ids
) -> None:
    with visitor(running) as stranger:
        for route in routes:
            for ids, client in ((own, mine), (foreign, mine), (own, stranger)):
                if route.path.endswith(("/sign-out", "/disconnect")) and client is mine:
                    continue  # the session is needed on
                answer = client.request(route.method, ids.into(route.path))
                _assert_guarded(answer, route)
                if answer.headers.get("content-type", "").startswith("text/html"):
                    assert answer.headers["cache-control"] == "no-store", route
    odd = [
        mine.get("/no/such/page"),
        mine.put("/today"),
        mine.options("/today"),
        mine.get("/static/greenblock.css"),
        mine.get("/static/../app/config.py"),
        mine.post("/welcome", headers={"Origin": "https://evil.example"}),
        mine.post("/welcome", content=b"x" * 1_100_000, headers={"Content-Type": "application/x-www-form-urlencoded"}),
        mine.post("/welcome", json={}),
    ]
    assert [answer.status_code for answer in odd] == [404, 405, 405, 200, 404, 403, 413, 400]
    for answer in odd:
        _assert_guarded(answer, answer.url)
    settled(running)


def test_a_failure_of_ours_carries_them_too_and_tells_nothing(running: Running) -> None:
    app = create_app(running.services, wheel=False)
    inner = fastapi_in(app)

    @inner.get("/broken")
    def broken() -> None:
        raise RuntimeError("anna@alder.example")

    answer = ask_directly(app, "GET", f"{running.url}/broken")
    assert answer.status_code == 500
    assert "anna@alder.example" not in answer.text
    assert "Nothing was changed" in answer.text
    _assert_guarded(answer, "/broken")
    assert answer.headers["cache-control"] == "no-store"


PATHS = [
    "//evil.example",
    "//evil.example/",
    "///evil.example/today/",
    "/\\evil.example",
    "/%5cevil.example/",
    "/%2f%2fevil.example/",
    "/today/",
    "/today//evil.example/",
    "/people/1/?back=//evil.example",
    "/connect?next=//evil.example&back=https://evil.example",
    "/?next=//evil.example",
    "/welcome/?back=/%2f%2fevil.example",
    "/static//evil.example/",
    "/static",
]


@pytest.mark.parametrize("path", PATHS)
def test_no_redirect_leads_elsewhere(running: Running, mine: httpx.Client, path: str) -> None:
    for headers in ({}, {"Host": "evil.example"}, {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}):
        for method in ("GET", "POST"):
            request = httpx.Request(method, running.url, headers={**headers, "Cookie": _cookie(mine)})
            raw = httpx.URL(running.url).copy_with(raw_path=path.encode())
            request.url = raw
            answer = mine.send(request)
            if path.startswith("/connect") and method == "GET":
                where = answer.headers["location"]
                assert where.startswith(f"{running.calendar}/o/oauth2/auth?")
                assert "evil" not in where
                continue
            where = answer.headers.get("location")
            assert where is None or (where[:1] == "/" and where[1:2] not in {"/", "\\"}), where
            assert "evil" not in (where or "")


def _cookie(client: httpx.Client) -> str:
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in client.cookies.jar)


def test_the_words_of_left_out_name_no_address_to_return_to(mine: httpx.Client) -> None:
    for back in ("//evil.example", "https://evil.example", "/\\evil.example", "people\r\nX: y"):
        answer = mine.post("/left-out", data={"count-in": "someone@nowhere.example", "back": back})
        assert "evil" not in answer.headers.get("location", "")
        assert "x" not in answer.headers


def test_the_users_own_session_is_still_there(mine: httpx.Client) -> None:
    assert ME in mine.get("/settings").text
