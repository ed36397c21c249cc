"""Mistakes planted on purpose, one at a time: a simulation that finds none of them proves nothing.

Each replaces one thing of the real code by the same thing with a mistake that has been seen in the wild. `planted`
refuses a name that is not there (any more), so that no patch can rot into one that changes nothing.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

from sqlalchemy import update

from app import logs
from app.db import accounts
from app.db.accounts import Lease
from app.db.prepared import parameter
from app.db.tables import AccountRow
from app.services import digest, observed, outlook, push, run, state, ticks
from integrations.errors import AlreadyExists, SyncTokenExpired, Unavailable
from integrations.google import oauth
from integrations.google.calendar import GoogleCalendar
from scheduler import changes
from scheduler.model import BlockState, Part
from scheduler.register import Register
from scheduler.sheet import render


@dataclass(frozen=True, kw_only=True, slots=True)
class Bug:
    """`where` owns `name`; `wrong` makes the mistaken thing out of the right one. `seed` and `steps` find it."""

    what: str
    where: Any
    name: str
    wrong: Callable[[Any], Any]
    also: tuple[tuple[Any, str, Callable[[Any], Any]], ...] = ()
    seed: int = 0


@contextmanager
def planted(bug: Bug) -> Iterator[None]:
    """Raises AttributeError where the code has nothing of that name."""
    with ExitStack() as stack:
        for where, name, wrong in ((bug.where, bug.name, bug.wrong), *bug.also):
            right = where.__dict__[name] if name in getattr(where, "__dict__", {}) else getattr(where, name)
            stack.enter_context(patch.object(where, name, wrong(right)))
        yield


# -- reading


def _410_swallowed(right: Any) -> Any:
    def wrong(calendar: Any, account: Any, *rest: Any, **more: Any) -> Any:
        class Deaf:
            def changes(self, **options: Any) -> Iterator[Any]:
                try:
                    yield from calendar.changes(**options)
                except SyncTokenExpired:
                    yield pull_page(account)

        return right(Deaf(), account, *rest, **more)

    return wrong


def pull_page(account: AccountRow) -> Any:
    from integrations.calendar import Page

    return Page(events=(), zone=account.calendar_zone, sync_token=account.sync_token)


def _short_sighted(right: Any) -> Any:
    def wrong(events: Any, due: Any, account: Any, now: datetime) -> Any:
        with patch.object(digest, "_NEVER", digest.seen_until(now)):
            return right(events, due, account, now)

    return wrong


def _token_first(right: Any) -> Any:
    def wrong(calendar: Any, account: Any, lease: Any, *rest: Any, **more: Any) -> Any:
        class Hasty:
            def changes(self, **options: Any) -> Iterator[Any]:
                pages = list(calendar.changes(**options))
                with lease.db.write() as session:
                    lease.hold(session, sync_token=pages[-1].sync_token)
                yield from pages

        return right(Hasty(), account, lease, *rest, **more)

    return wrong


def _page_2_dropped(right: Any) -> Any:
    def wrong(self: Any, **options: Any) -> Iterator[Any]:
        for number, page in enumerate(right(self, **options)):
            yield page if number == 0 else replace(page, events=())

    return wrong


def _sliding(right: Any) -> Any:
    def wrong(self: Any, *, sync_token: Any, since: Any) -> Iterator[Any]:
        return right(self, sync_token=sync_token, since=since + timedelta(days=700))  # type: ignore[no-any-return]

    return wrong


# -- writing

_numbers = itertools.count()


def _random_id(right: Any) -> Any:
    return lambda secret, rule, occurrence, generation: right(secret, rule, occurrence, 1000 + next(_numbers))


def _again_on_409(right: Any) -> Any:
    def wrong(self: Any, block: Any) -> Any:
        try:
            return right(self, block)
        except AlreadyExists:
            return right(self, replace(block, id=f"{block.id[:20]}{next(_numbers)}"))

    return wrong


def _no_if_match(right: Any) -> Any:
    def wrong(self: Any, method: str, request: Any) -> Any:
        request.headers.pop("If-Match", None)
        return right(self, method, request)

    return wrong


def _stubborn(right: Any) -> Any:
    def wrong(self: Any, method: str, request: Any) -> Any:
        for _ in range(80):
            try:
                return right(self, method, request)
            except Unavailable:
                continue
        return right(self, method, request)

    return wrong


def _own_words_only(right: Any) -> Any:
    return lambda sheet, current, known, **more: render(sheet)


def _never_dragged(right: Any) -> Any:
    return lambda event, stamp: right(event, stamp) - {Part.TIME}


def _titles_are_ours(right: Any) -> Any:
    return lambda event, stamp: right(event, stamp) - {Part.TITLE, Part.COLOR, Part.REMINDERS}


def _deaf_to_guests(right: Any) -> Any:
    return lambda event: False


# -- deciding


def _instead(old: BlockState, new: BlockState) -> Callable[[Any], Any]:
    def plant(right: Any) -> Any:
        def wrong(*arguments: Any, **more: Any) -> Any:
            found = right(*arguments, **more)
            return new if found is old else found

        return wrong

    return plant


def _blind_to_ticks(right: Any) -> Any:
    def wrong(*arguments: Any, **more: Any) -> Any:
        return {key: replace(one, ticks=()) for key, one in right(*arguments, **more).items()}

    return wrong


def _last_week(right: Any) -> Any:
    return lambda register, settings, now, *, until: right(register, settings, now - timedelta(days=9), until=until)


def _unconcerned(_right: Any) -> Any:
    return lambda _register, _group: None


def _everybody(right: Any) -> Any:
    def wrong(session: Any, questions: Any, account_id: int, *, since: Any = None) -> Any:
        found = right(session, questions, account_id, since=since)
        others = right(session, questions, 3 - account_id, since=since)
        return {**found, "contacts": [*found["contacts"], *others["contacts"]]}

    return wrong


# -- the account row


def _no_lease(right: Any) -> Any:
    def wrong(self: Lease) -> Any:
        with self.db.write() as session:
            now = self.db.now(session)
            taken = session.scalars(
                update(AccountRow)
                .where(AccountRow.id == self.account_id, AccountRow.connection == "connected")
                .values(lease_id=self.id, lease_until=now + accounts.LEASE_FOR, started_at=now)
                .returning(AccountRow)
            ).one_or_none()
            self._answering = taken.requested_at if taken is not None else None
            return taken

    return wrong


def _not_noticed(right: Any) -> Any:
    def wrong(self: Lease, session: Any, **values: Any) -> None:
        if values:
            changing = update(accounts._ACCOUNTS).where(accounts._IT.id == self.account_id).values(values)
            session.execute(changing, {parameter("answering").key: self._answering})

    return wrong


def _not_noticed_and_read(right: Any) -> Any:
    def wrong(self: Lease, session: Any, **values: Any) -> Any:
        _not_noticed(right)(self, session, **values)
        return session.get(AccountRow, self.account_id, populate_existing=True)

    return wrong


def _request_lost(right: Any) -> Any:
    def wrong(self: Lease, *, next_refresh_at: Any, pushed_refresh_at: Any = None, **values: Any) -> None:
        with self.db.write() as session:
            session.execute(
                update(AccountRow)
                .where(AccountRow.id == self.account_id, AccountRow.lease_id == self.id)
                .values(lease_id=None, lease_until=None, next_refresh_at=next_refresh_at, **values)
            )

    return wrong


def _banner_stays(right: Any) -> Any:
    def wrong(self: Lease, *, next_refresh_at: Any, **values: Any) -> None:
        if values.get("last_error") is None:
            values.pop("last_error", None)
        right(self, next_refresh_at=next_refresh_at, **values)

    return wrong


def _forgotten_refresh_token(right: Any) -> Any:
    def wrong(used: Any, before: Any) -> Any:
        found = right(used, before)
        return replace(found, refresh_token=None) if found else None

    return wrong


def _talkative(right: Any) -> Any:
    def wrong(session: Any, account: Any, event: Any, now: Any) -> Any:
        logging.getLogger("greenblock.push").info("wrote", extra={"text": event.description})
        return right(session, account, event, now)

    return wrong


def _tick_counts_again(right: Any) -> Any:
    def wrong(block: Any, row: Any, *rest: Any) -> Any:
        found = right(block, row, *rest)
        return replace(found, touch=replace(found.touch, source="hand/again")) if found and found.touch else found

    return wrong


BUGS: Mapping[str, Bug] = {
    bug.what: bug
    for bug in (
        Bug(what="410 swallowed", where=run, name="pull", wrong=_410_swallowed),
        Bug(what="token saved before the pages", where=run, name="pull", wrong=_token_first),
        Bug(what="page 2 dropped", where=GoogleCalendar, name="changes", wrong=_page_2_dropped),
        Bug(what="sliding timeMin", where=GoogleCalendar, name="changes", wrong=_sliding),
        Bug(what="months ahead, never looked at again", where=digest, name="_expanded", wrong=_short_sighted, seed=16),
        Bug(what="random id", where=outlook, name="event_id", wrong=_random_id),
        Bug(what="made again on 409", where=GoogleCalendar, name="insert", wrong=_again_on_409),
        Bug(what="no If-Match", where=GoogleCalendar, name="_send", wrong=_no_if_match),
        Bug(what="retries without end", where=GoogleCalendar, name="_send", wrong=_stubborn),
        Bug(what="the user's words eaten", where=outlook, name="merge", wrong=_own_words_only),
        Bug(
            what="dragged blocks put back",
            where=changes,
            name="by_hand",
            wrong=_never_dragged,
        ),
        Bug(what="titles and colours overwritten", where=changes, name="by_hand", wrong=_titles_are_ours),
        Bug(what="a meeting with guests written to", where=changes, name="guests", wrong=_deaf_to_guests),
        Bug(
            what="deleted block made again",
            where=observed,
            name="observe",
            wrong=_instead(BlockState.SKIPPED, BlockState.RETIRED),
        ),
        Bug(
            what="own deletion taken for the user's",
            where=observed,
            name="observe",
            wrong=_instead(BlockState.RETIRED, BlockState.SKIPPED),
        ),
        Bug(what="ticks read after the text was rewritten", where=outlook, name="read_texts", wrong=_blind_to_ticks),
        Bug(what="a tick counts again", where=ticks, name="_tick", wrong=_tick_counts_again),
        Bug(what="yesterday's meetings never counted", where=Register, name="census", wrong=_last_week),
        Bug(what="a change concerns nobody", where=Register, name="_note", wrong=_unconcerned),
        Bug(what="people of all accounts", where=state, name="gather", wrong=_everybody, seed=4),
        Bug(what="two schedulers without a lease", where=Lease, name="take", wrong=_no_lease),
        Bug(
            what="lost lease not noticed",
            where=Lease,
            name="hold",
            wrong=_not_noticed,
            also=((Lease, "hold_and_read", _not_noticed_and_read),),
        ),
        Bug(what="request lost at the closing update", where=Lease, name="close", wrong=_request_lost, seed=36),
        Bug(what="message stays when the fault is gone", where=Lease, name="close", wrong=_banner_stays),
        Bug(what="no refresh token stored", where=oauth, name="refreshed", wrong=_forgotten_refresh_token),
        Bug(
            what="texts in the log",
            where=push,
            name="_mirror",
            wrong=_talkative,
            also=((logs, "_event", lambda right: lambda record: f"{right(record)} {vars(record)}"),),
        ),
    )
}
