"""How each guard is taken away: patches that stay for the rest of the process, for it ends with the test.

What a patch needs is imported inside of it: every one has a process of its own, which need not load what others do.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch


def instead(where: str, what: Any) -> Callable[[], None]:
    """A patch that is never taken back: the process ends with the test."""
    return lambda: patch(where, what).start() and None


def state_of_any_browser() -> None:
    from app.db import accounts
    from app.db.tables import SignInRow

    def take(session: Any, state_hash: str, _session_hash: str) -> Any:
        row = session.get(SignInRow, state_hash)
        if row is not None:
            session.delete(row)
        return row

    accounts.take_sign_in = take


def state_again_and_again() -> None:
    from app.db import accounts
    from app.db.tables import SignInRow

    accounts.take_sign_in = lambda session, state_hash, _: session.get(SignInRow, state_hash)


def no_pkce() -> None:
    from integrations.google import oauth

    begin = oauth.begin

    def without(*arguments: Any, **options: Any) -> Any:
        begun = begin(*arguments, **options)
        url = "&".join(part for part in begun.url.split("&") if not part.startswith("code_challenge"))
        return oauth.Begun(url=url, code_verifier=begun.code_verifier)

    oauth.begin = without


def any_audience() -> None:
    import jwt

    decode = jwt.decode

    def lax(*arguments: Any, **options: Any) -> Any:
        return decode(*arguments, **{**options, "options": {**options["options"], "verify_aud": False}})

    jwt.decode = lax


def no_escape() -> None:
    from app.web import render

    render.environment().autoescape = False


def links_of_anybody() -> None:
    import base64

    from app.keys import Keys

    def verify(_self: Keys, word: str) -> bytes | None:
        try:
            return base64.urlsafe_b64decode(word + "=" * (-len(word) % 4))[:-16]
        except ValueError:
            return None

    Keys.verify = verify  # type: ignore[method-assign]  # that is the point


def session_keeps_its_id() -> None:
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


def rows_of_anybody(function: str, table: str) -> Callable[[], None]:
    """`function` of app.db finds a row by its key, whoever's it is."""

    def off() -> None:
        from app.db import tables

        row = getattr(tables, table)
        patch(f"app.db.{function}", lambda session, _account_id, key, **_: session.get(row, key)).start()

    return off


def no_headers() -> None:
    from app.web import security

    made = security.Security.__init__

    def bare(self: Any, *arguments: Any, **options: Any) -> None:
        made(self, *arguments, **options)
        self._headers = {}

    security.Security.__init__ = bare  # type: ignore[method-assign]  # that is the point


def plain_tokens() -> None:
    from app.keys import Keys

    Keys.encrypt = lambda _self, text: text.encode()  # type: ignore[method-assign]  # that is the point
    Keys.decrypt = lambda _self, sealed: sealed.decode()  # type: ignore[method-assign]  # that is the point


def cookies_for_scripts() -> None:
    from starlette.responses import Response

    set_cookie = Response.set_cookie

    def open_cookie(self: Any, *arguments: Any, **options: Any) -> None:
        set_cookie(self, *arguments, **{**options, "httponly": False})

    Response.set_cookie = open_cookie  # type: ignore[method-assign]  # that is the point


def everything_in_the_log() -> None:
    from app import logs

    known = set(vars(__import__("logging").makeLogRecord({})))
    logs._fields = lambda record: {name: value for name, value in vars(record).items() if name not in known}


def no_watch() -> None:
    import hmac

    from app.services import watch

    class Lax:
        compare_digest = staticmethod(lambda _one, _other: True)

    watch.hmac = Lax
    assert hmac.compare_digest("a", "a")


class AnyIssuer:
    """Holds whatever is asked for."""

    def __contains__(self, _what: object) -> bool:
        return True


def sessions_without_an_end() -> None:

    from app.db import accounts

    find = accounts.find_visitor
    long_ago = datetime(2000, 1, 1, tzinfo=UTC)
    accounts.find_visitor = lambda session, id_hash, _now: find(session, id_hash, long_ago)


def any_signature() -> None:
    import jwt

    decode = jwt.decode

    def lax(*arguments: Any, **options: Any) -> Any:
        return decode(*arguments, **{**options, "options": {**options["options"], "verify_signature": False}})

    jwt.decode = lax


def cookies_over_http() -> None:
    from starlette.responses import Response

    set_cookie = Response.set_cookie

    def open_cookie(self: Any, *arguments: Any, **options: Any) -> None:
        set_cookie(self, *arguments, **{**options, "secure": False})

    Response.set_cookie = open_cookie  # type: ignore[method-assign]  # that is the point


def looking_is_noted() -> None:
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


def errors_in_their_own_words() -> None:
    import traceback

    from app import logs

    logs.trace_of = lambda error: "".join(traceback.format_exception(error))


def everybody_is_local() -> None:
    from app.config import Settings

    Settings.is_local = property(lambda _self: True)  # type: ignore[method-assign, assignment]  # that is the point


def opens_what_it_reads() -> None:
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


def calendar_texts_as_they_are() -> None:
    from app.services import feed

    class Plain(feed.vText):
        def to_ical(self) -> bytes:
            return str(self).encode()

    feed.vText = Plain


def nothing_is_zeroed() -> None:
    from app.db import engine

    make = engine._engine

    def lax(url: str) -> Any:
        from sqlalchemy import event

        made = make(url)
        event.listen(made, "connect", lambda connection, _entry: connection.execute("PRAGMA secure_delete=OFF"))
        return made

    engine._engine = lax
