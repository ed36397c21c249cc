"""The guards, each with a small patch that takes it away and the test that has to fall without it: taking_away.py
does so."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

HERE = "tests/security/"


@dataclass(frozen=True, kw_only=True, slots=True)
class Guard:
    """`off` takes it away for the rest of the process. `quick`: its test needs no service."""

    name: str
    off: Callable[[], None]
    falls: str
    quick: bool = False


def instead(where: str, what: Any) -> Callable[[], None]:
    """A patch that is never taken back: the process ends with the test."""
    return lambda: patch(where, what).start() and None


def _state_of_any_browser() -> None:
    from app.db import accounts
    from app.db.tables import SignInRow

    def take(session: Any, state_hash: str, _session_hash: str) -> Any:
        row = session.get(SignInRow, state_hash)
        if row is not None:
            session.delete(row)
        return row

    accounts.take_sign_in = take


def _state_again_and_again() -> None:
    from app.db import accounts
    from app.db.tables import SignInRow

    accounts.take_sign_in = lambda session, state_hash, _: session.get(SignInRow, state_hash)


def _no_pkce() -> None:
    from integrations.google import oauth

    begin = oauth.begin

    def without(*arguments: Any, **options: Any) -> Any:
        begun = begin(*arguments, **options)
        url = "&".join(part for part in begun.url.split("&") if not part.startswith("code_challenge"))
        return oauth.Begun(url=url, code_verifier=begun.code_verifier)

    oauth.begin = without


def _any_audience() -> None:
    import jwt

    decode = jwt.decode

    def lax(*arguments: Any, **options: Any) -> Any:
        return decode(*arguments, **{**options, "options": {**options["options"], "verify_aud": False}})

    jwt.decode = lax


def _no_escape() -> None:
    from app.web import render

    render.environment().autoescape = False


def _links_of_anybody() -> None:
    import base64

    from app.keys import Keys

    def verify(_self: Keys, word: str) -> bytes | None:
        try:
            return base64.urlsafe_b64decode(word + "=" * (-len(word) % 4))[:-16]
        except ValueError:
            return None

    Keys.verify = verify  # type: ignore[method-assign]  # that is the point


def _session_keeps_its_id() -> None:
    from app.services.connect import Connect, hashed

    def new_session(self: Any, account_id: int | None = None) -> str:
        secret = "always the same"
        with self._db.write() as session:
            from app.db import accounts

            accounts.drop_session(session, hashed(secret))
            session.flush()
            from datetime import timedelta

            accounts.add_session(session, hashed(secret), account_id, self._clock(), timedelta(days=90))
        return secret

    Connect.new_session = new_session  # type: ignore[method-assign]  # that is the point


def _rows_of_anybody(function: str, table: str) -> Callable[[], None]:
    """`function` of app.db finds a row by its key, whoever's it is."""

    def off() -> None:
        from app.db import tables

        row = getattr(tables, table)
        patch(f"app.db.{function}", lambda session, _account_id, key, **_: session.get(row, key)).start()

    return off


def _no_headers() -> None:
    from app.web import security

    made = security.Security.__init__

    def bare(self: Any, *arguments: Any, **options: Any) -> None:
        made(self, *arguments, **options)
        self._headers = {}

    security.Security.__init__ = bare  # type: ignore[method-assign]  # that is the point


def _plain_tokens() -> None:
    from app.keys import Keys

    Keys.encrypt = lambda _self, text: text.encode()  # type: ignore[method-assign]  # that is the point
    Keys.decrypt = lambda _self, sealed: sealed.decode()  # type: ignore[method-assign]  # that is the point


def _cookies_for_scripts() -> None:
    from starlette.responses import Response

    set_cookie = Response.set_cookie

    def open_cookie(self: Any, *arguments: Any, **options: Any) -> None:
        set_cookie(self, *arguments, **{**options, "httponly": False})

    Response.set_cookie = open_cookie  # type: ignore[method-assign]  # that is the point


def _everything_in_the_log() -> None:
    from app import logs

    known = set(vars(__import__("logging").makeLogRecord({})))
    logs._fields = lambda record: {name: value for name, value in vars(record).items() if name not in known}


def _no_watch() -> None:
    import hmac

    from app.services import watch

    class Lax:
        compare_digest = staticmethod(lambda _one, _other: True)

    watch.hmac = Lax
    assert hmac.compare_digest("a", "a")


class _Any:
    """Holds whatever is asked for."""

    def __contains__(self, _what: object) -> bool:
        return True


def _sessions_without_an_end() -> None:
    from datetime import UTC, datetime

    from app.db import accounts

    find = accounts.find_visitor
    long_ago = datetime(2000, 1, 1, tzinfo=UTC)
    accounts.find_visitor = lambda session, id_hash, _now: find(session, id_hash, long_ago)


def _any_signature() -> None:
    import jwt

    decode = jwt.decode

    def lax(*arguments: Any, **options: Any) -> Any:
        return decode(*arguments, **{**options, "options": {**options["options"], "verify_signature": False}})

    jwt.decode = lax


def _cookies_over_http() -> None:
    from starlette.responses import Response

    set_cookie = Response.set_cookie

    def open_cookie(self: Any, *arguments: Any, **options: Any) -> None:
        set_cookie(self, *arguments, **{**options, "secure": False})

    Response.set_cookie = open_cookie  # type: ignore[method-assign]  # that is the point


def _looking_is_noted() -> None:
    """What a scanner must not do by opening a link."""
    from app.db import blocks
    from app.services.views import Views

    go = Views.go

    def noted(self: Any, account_id: int, *rest: Any) -> Any:
        view = go(self, account_id, *rest)
        with self._db.write() as session:
            blocks.note(session, account_id, "moved", "opened", self._clock())
        return view

    Views.go = noted  # type: ignore[method-assign]  # that is the point


def _errors_in_their_own_words() -> None:
    import traceback

    from app import logs

    logs.trace_of = lambda error: "".join(traceback.format_exception(error))


def _everybody_is_local() -> None:
    from app.config import Settings

    Settings.is_local = property(lambda _self: True)  # type: ignore[method-assign, assignment]  # that is the point


def _opens_what_it_reads() -> None:
    """A preview, a picture, a video's name: any address in an entry that is looked at from here."""
    import re
    import socket

    from app.db import mirror

    news_of_page = mirror.news_of_page

    def curious(session: Any, account_id: int, events: Any, **options: Any) -> Any:
        events = list(events)
        for host, port in re.findall(r"http://([\d.]+):(\d+)", repr(events)):
            socket.create_connection((host, int(port)), timeout=1).close()
        return news_of_page(session, account_id, events, **options)

    mirror.news_of_page = curious


def _calendar_texts_as_they_are() -> None:
    from app.services import feed

    class Plain(feed.vText):
        def to_ical(self) -> bytes:
            return str(self).encode()

    feed.vText = Plain


def _nothing_is_zeroed() -> None:
    from app.db import engine

    make = engine._engine

    def lax(url: str) -> Any:
        from sqlalchemy import event

        made = make(url)
        event.listen(made, "connect", lambda connection, _entry: connection.execute("PRAGMA secure_delete=OFF"))
        return made

    engine._engine = lax


SIGN_IN, ELSEWHERE = HERE + "test_sign_in.py::", HERE + "test_elsewhere.py::"

GUARDS = [
    Guard(
        name="changes from elsewhere (CSRF)",
        off=instead("app.web.security.Security._comes_from_elsewhere", lambda _self, _scope: False),
        falls=ELSEWHERE + "test_every_change_from_elsewhere_is_refused",
    ),
    Guard(
        name="state: of this browser",
        off=_state_of_any_browser,
        falls=SIGN_IN + "test_the_answer_to_another_browsers_sign_in_is_refused",
    ),
    Guard(
        name="state: once",
        off=_state_again_and_again,
        falls=SIGN_IN + "test_a_state_works_once_even_when_it_led_nowhere",
    ),
    Guard(
        name="nonce",
        off=instead("integrations.google.identity.hmac.compare_digest", lambda _one, _other: True),
        falls=SIGN_IN + "test_a_proof_that_is_not_for_this_sign_in_is_refused",
    ),
    Guard(name="PKCE", off=_no_pkce, falls=SIGN_IN + "test_a_stolen_code_is_worth_nothing_without_its_verifier"),
    Guard(
        name="audience",
        off=_any_audience,
        falls=SIGN_IN + "test_a_proof_that_is_not_for_this_sign_in_is_refused",
    ),
    Guard(
        name="issuer",
        off=instead("integrations.google.identity._issuers", lambda _issuer: _Any()),
        falls=SIGN_IN + "test_a_proof_that_is_not_for_this_sign_in_is_refused",
    ),
    Guard(
        name="signature of the proof",
        off=_any_signature,
        falls="tests/integrations/google/test_oauth.py::test_another_key_is_refused",
    ),
    Guard(
        name="a sign-in ends",
        off=instead("app.services.connect.SIGN_IN_LASTS", timedelta(days=365)),
        falls=SIGN_IN + "test_a_sign_in_lasts_a_quarter_of_an_hour",
    ),
    Guard(
        name="who may join",
        off=instead("app.services.connect.Connect._may_join", lambda *_, **__: True),
        falls=SIGN_IN + "test_who_is_let_in",
    ),
    Guard(
        name="one joins at a time",
        off=instead("app.db.accounts.hold_the_door", lambda _session: None),
        falls=SIGN_IN + "test_who_comes_first_is_one_person",
    ),
    Guard(
        name="session id changes",
        off=_session_keeps_its_id,
        falls=SIGN_IN + "test_the_session_changes_its_id_at_sign_in",
    ),
    Guard(
        name="signed out is signed out",
        off=instead("app.db.accounts.drop_session", lambda _session, _hash: None),
        falls=SIGN_IN + "test_after_signing_out_the_old_cookie_is_dead",
    ),
    Guard(
        name="a session ends",
        off=_sessions_without_an_end,
        falls=SIGN_IN + "test_a_session_ends_after_ninety_days_without_use",
    ),
    Guard(
        name="session ids hashed",
        off=instead("app.services.connect.hashed", lambda secret: secret),
        falls=SIGN_IN + "test_the_database_holds_no_session_and_no_token",
    ),
    Guard(
        name="tokens sealed",
        off=_plain_tokens,
        falls=SIGN_IN + "test_the_database_holds_no_session_and_no_token",
    ),
    Guard(
        name="cookie flags",
        off=_cookies_for_scripts,
        falls=SIGN_IN + "test_cookies_are_kept_from_scripts_and_other_sites",
    ),
    Guard(
        name="cookies over https only",
        off=_cookies_over_http,
        falls=SIGN_IN + "test_on_https_cookies_are_secure_and_bound_to_the_host",
    ),
    Guard(name="escape", off=_no_escape, falls=HERE + "test_harmful_texts.py::test_pages_hold_them_as_text"),
    Guard(
        name="links stripped from texts",
        off=instead("scheduler.richtext._cleaned", lambda text: text),
        falls=HERE + "test_harmful_texts.py::test_blocks_hold_our_links_and_no_other",
    ),
    Guard(
        name="signed link",
        off=_links_of_anybody,
        falls="tests/app/test_keys.py::test_each_changed_character_makes_it_nothing",
        quick=True,
    ),
    Guard(
        name="a link ends",
        off=instead("app.services.links.expires_at", lambda _occurrence: datetime.max.replace(tzinfo=UTC)),
        falls=HERE + "test_at_rest.py::test_no_link_lives_longer_than_it_says",
        quick=True,
    ),
    Guard(name="looking changes nothing", off=_looking_is_noted, falls=ELSEWHERE + "test_looking_changes_nothing"),
    *(
        Guard(
            name=f"tenant filter: {what}",
            off=_rows_of_anybody(function, table),
            falls=ELSEWHERE + test,
        )
        for what, function, table, test in (
            ("people", "people.row_of", "ContactRow", "test_ids_of_others_do_not_exist"),
            ("blocks", "blocks.block", "BlockRow", "test_ids_of_others_do_not_exist"),
            ("undo", "memory.take_saved", "UndoRow", "test_ids_of_others_do_not_exist"),
            ("seasons", "seasons.drop", "SeasonRow", "test_ids_of_others_do_not_exist"),
            ("what was saved", "memory.saved", "UndoRow", "test_what_another_account_saved_is_not_told"),
        )
    ),
    Guard(name="webhook token", off=_no_watch, falls=HERE + "test_tokens.py::test_hooks"),
    Guard(
        name="rate limit",
        off=instead("app.web.rates.Buckets.wait", lambda _self, _kind, _address: 0),
        falls=HERE + "test_rates.py::test_a_whole_burst_is_allowed_and_one_more_is_not",
    ),
    Guard(
        name="rate limit in its place",
        off=instead("app.web.rates.RateLimit._wait", lambda _self, _scope: 0),
        falls=HERE + "test_rates.py::test_a_flood_is_told_when_to_come_back",
    ),
    Guard(
        name="redirect check",
        off=instead("app.web.back._PAGES", __import__("re").compile(r"[\s\S]*")),
        falls=HERE + "test_back.py::test_what_is_returned_to_has_no_room_for_another_host",
    ),
    Guard(name="headers", off=_no_headers, falls=ELSEWHERE + "test_every_answer_carries_the_headers"),
    Guard(
        name="log fields",
        off=_everything_in_the_log,
        falls=HERE + "test_log_lines.py::test_no_field_lets_a_name_through",
        quick=True,
    ),
    Guard(
        name="errors without their words in the log",
        off=_errors_in_their_own_words,
        falls=HERE + "test_logs.py::test_a_whole_life_leaves_nothing_personal_in_the_log",
    ),
    Guard(
        name="closed on a public address",
        off=_everybody_is_local,
        falls=HERE + "test_container.py::test_what_is_for_those_who_run_it_is_closed_on_a_public_address",
    ),
    Guard(
        name="no address that was read is opened",
        off=_opens_what_it_reads,
        falls=HERE + "test_outgoing.py::test_nothing_that_was_read_is_called",
    ),
    Guard(
        name="https to other machines",
        off=instead("integrations.google.provider.is_safe", lambda _url: True),
        falls="tests/integrations/google/test_provider.py::test_addresses_that_are_refused",
        quick=True,
    ),
    Guard(
        name="no formula in a table",
        off=instead("app.services.people_file._harmless", lambda cell: cell),
        falls="tests/app/test_people_file.py::test_what_would_be_a_formula_stays_to_be_read",
        quick=True,
    ),
    Guard(
        name="escape in calendar files",
        off=_calendar_texts_as_they_are,
        falls="tests/app/test_feed.py::test_the_file_is_as_the_standard_asks",
    ),
    Guard(
        name="the key fits the database",
        off=instead("app.keys.Keys.decrypt", lambda _self, _sealed: "greenblock"),
        falls=HERE + "test_at_rest.py::test_rotation_seals_everything_with_the_newest_key",
    ),
    Guard(
        name="permission handed back",
        off=instead("integrations.google.oauth.revoke", lambda _provider, _token: None),
        falls=HERE + "test_leaving.py::test_nothing_is_left",
    ),
    Guard(
        name="channels stopped",
        off=instead("app.services.watch.stop", lambda _calendar, _account, _rows: None),
        falls=HERE + "test_leaving.py::test_nothing_is_left",
    ),
    Guard(
        name="erased rows are zeroed",
        off=_nothing_is_zeroed,
        falls=HERE + "test_leaving.py::test_freed_pages_of_the_file_hold_nothing",
    ),
    Guard(
        name="secrets out of exports",
        off=instead("app.db.personal.shown_columns", lambda table: list(table.columns)),
        falls=HERE + "test_leaving.py::test_every_column_that_sounds_like_a_secret_is_marked_or_named",
        quick=True,
    ),
    Guard(
        name="write-ahead log cut off",
        off=instead("app.db.engine.Database.overwrite_erased", lambda _self: None),
        falls=HERE + "test_leaving.py::test_freed_pages_of_the_file_hold_nothing",
    ),
    Guard(
        name="mode of the database file",
        off=instead("app.db.engine._make_private", lambda _file: None),
        falls=HERE + "test_at_rest.py::test_the_database_is_its_owners_alone",
    ),
    Guard(
        name="size of bodies",
        off=instead("app.web.bodies.MOST_BYTES", 10**9),
        falls=HERE + "test_bombs.py::test_no_route_reads_a_body_without_an_end",
    ),
    Guard(
        name="one export at a time",
        off=instead("app.services.privacy.Privacy._one_at_a_time", lambda _self, _account: nullcontext()),
        falls="tests/app/test_export.py::test_it_is_said_where_one_is_under_way",
    ),
]
