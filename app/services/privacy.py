"""What a person may do with all that is known of them: take it along, and take it away."""

from __future__ import annotations

import json
import logging
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import IO, Any

from sqlalchemy import Table
from sqlalchemy.orm import Session

from app.clock import Clock
from app.db import accounts, blocks, personal
from app.db.engine import Database
from app.db.tables import AccountRow
from app.errors import NoRoom, NotFound, Refused
from app.services import preferences
from app.services.connect import Connect
from app.services.preferences import Kept, Preferences
from app.services.refresh import Refresh
from scheduler.model import BlockState
from scheduler.words import _, said_again

log = logging.getLogger("greenblock.privacy")

FORMAT = 1
"""Of the export; goes up when a reader would have to change."""

_PATIENCE = timedelta(seconds=30)
"""With a refresh that is under way when its blocks are to be taken out: somebody sits before the page."""
_STANDING = frozenset({BlockState.PLANNED, BlockState.BOOKED, BlockState.PINNED})
_IN_MEMORY, _PIECE = 2**24, 2**16
"""Bytes of an export; a larger one lies in a file without a name while it is taken."""
_AS_TEXT = frozenset({"body"})
"""Columns that hold JSON as text."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Leaving:
    """What "delete everything" would take away. `coming`: green blocks that still stand in the calendar."""

    email: str
    connected: bool
    coming: int
    people: int
    entries: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Left:
    """What was done. `revoked` is False where Google could not be told: the permission is to be taken away there."""

    blocks_removed: bool
    revoked: bool


class Privacy:
    """Every method takes the signed-in account's id first."""

    def __init__(
        self,
        *,
        db: Database,
        clock: Clock,
        connect: Connect,
        refresh: Refresh,
    ) -> None:
        self._db = db
        self._clock = clock
        self._connect = connect
        self._refresh = refresh
        self._exporting: set[int] = set()
        self._guard = threading.Lock()

    # -- Take it along -----------------------------------------------------------------------------

    def export_everything(self, account_id: int) -> Iterator[bytes]:
        """One JSON document in pieces: every row of the account, table by table, secrets apart, all from one moment of
        the database where it can.

        It is finished before its first piece is given: whoever takes it slowly holds up neither the database nor an
        erasure. Raises Refused while one of the account is being made or taken, NoRoom where the disk takes it not."""
        with ExitStack() as closing:
            closing.enter_context(self._one_at_a_time(account_id))
            file = closing.enter_context(_file_of_no_name())
            _put(self._export(account_id), file)
            keep = closing.pop_all()

        def pieces() -> Iterator[bytes]:
            with keep:
                yield b""
                while piece := file.read(_PIECE):
                    yield piece

        taken = pieces()
        next(taken)  # inside its `with`: it is closed, too, where nobody takes anything of it
        return taken

    @contextmanager
    def _one_at_a_time(self, account_id: int) -> Iterator[None]:
        """In this process: or whoever asks again and again would fill the disk."""
        with self._guard:
            if account_id in self._exporting:
                raise Refused(
                    _(
                        "An export of your data is under way already. Wait until its file has come; if you broke it "
                        "off, try again in a minute."
                    )
                )
            self._exporting.add(account_id)
        try:
            yield
        finally:
            with self._guard:
                self._exporting.discard(account_id)

    def _export(self, account_id: int) -> Iterator[str]:
        with self._db.read() as session:
            if accounts.get(session, account_id) is None:
                raise NotFound()
            yield json.dumps({"greenblock_export": FORMAT, "exported_at": self._clock().isoformat()})[:-1]
            for table in personal.personal_tables():
                yield f",\n{json.dumps(table.name)}: ["
                between = "\n"
                for row in personal.rows_of(session, table, account_id):
                    yield between + json.dumps(_readable(table, row), default=_plain, ensure_ascii=False)
                    between = ",\n"
                yield "]"
            yield "}\n"

    # -- How long it is kept -----------------------------------------------------------------------

    def keep_for(self, account_id: int, months: Kept) -> None:
        """How long past entries, touches and blocks are kept; None: as long as the account is here.

        What is older is forgotten at the next refresh.
        """
        with self._db.write() as session:
            account = _account(session, account_id)
            wishes = preferences.load(account.preferences)
            account.preferences = preferences.dump(replace(wishes, keep_months=months))
            account.rolled_on = None  # a new day begins for it, and with each day the old is forgotten
            accounts.request_refresh(session, account_id, self._db.now(session))

    def wishes(self, account_id: int) -> Preferences:
        with self._db.read() as session:
            return preferences.load(_account(session, account_id).preferences)

    # -- Take it away ------------------------------------------------------------------------------

    def leaving(self, account_id: int) -> Leaving:
        now = self._clock()
        with self._db.read() as session:
            account = _account(session, account_id)
            return Leaving(
                email=account.email,
                connected=account.connection == "connected",
                coming=sum(
                    row.state in _STANDING and row.starts_at > now
                    for row in blocks.blocks(session, account_id, since=now)
                ),
                people=personal.count(session, "contacts", account_id),
                entries=personal.count(session, "events", account_id),
            )

    def delete_everything(self, account_id: int, *, remove_blocks: bool) -> Left:
        """Take coming blocks out of the calendar where asked, hand the permission back, and erase every row.

        In this order, so that a failure leaves an account that can try again. Raises Refused where the calendar cannot
        be reached for the blocks; nothing is erased then.
        """
        if remove_blocks:
            self._remove_blocks(account_id)
        revoked = self._connect.disconnect(account_id)
        with self._db.write() as session:
            personal.erase(session, account_id)
        self._db.overwrite_erased()
        self._refresh.forget(account_id)
        log.info("erased", extra={"account": account_id})
        return Left(blocks_removed=remove_blocks, revoked=revoked)

    def _remove_blocks(self, account_id: int) -> None:
        """As a pause without an end does, with all its care for what the user wrote into them."""
        with self._db.write() as session:
            account = _account(session, account_id)
            if account.connection != "connected":
                raise Refused(
                    _(
                        "Google is not connected, so the coming blocks cannot be taken out of your calendar "
                        "and nothing was erased. Connect again first, or leave the blocks where they are."
                    )
                )
            before = account.preferences
            account.preferences = preferences.dump(replace(preferences.load(before), paused=True))
            accounts.request_refresh(session, account_id, self._db.now(session))
        report = self._refresh.in_turn(account_id, patience=_PATIENCE)
        if report.ran and not report.error:
            return
        with self._db.write() as session:
            account = _account(session, account_id)
            account.preferences = before
            accounts.request_refresh(session, account_id, self._db.now(session))
        raise Refused(
            _(
                "Your calendar could not be reached, so its blocks are still there and nothing was erased. Try"
                " again in a few minutes, or leave the blocks where they are."
            )
        )


def _account(session: Session, account_id: int) -> AccountRow:
    account = accounts.get(session, account_id)
    if account is None:
        raise NotFound()
    return account


@contextmanager
def _file_of_no_name() -> Iterator[IO[bytes]]:
    """Gone when it is closed, also where its last bytes find no room."""
    file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115  # whose own exit fails on a full disk
    try:
        yield file
    finally:
        with suppress(OSError):
            file.close()


def _put(pieces: Iterator[str], file: IO[bytes]) -> None:
    try:
        for piece in pieces:
            file.write(piece.encode())
        file.seek(0)
    except OSError as error:
        raise NoRoom(
            _(
                "The file with your data could not be made: the disk of this server is full, or takes nothing. "
                "Nothing is lost. Whoever runs this service must make room on it; then try again."
            )
        ) from error


def _readable(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    """JSON as JSON, and sentences in the language spoken."""
    return {
        name: json.loads(value) if name in _AS_TEXT and isinstance(value, str) else said_again(value)
        for name, value in row.items()
    }


def _plain(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(f"no JSON for {type(value).__name__}")
