"""The guards, each with a small patch that takes it away and the test that has to fall without it: taking_away.py
does so."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
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
        falls="tests/app/test_export.py::test_one_export_at_a_time",
    ),
]
