"""The rows. Names are the brain's nouns; JSON columns hold what is only ever read whole (see rowtext),
but for the facts of contacts: of these a list of everybody reads what it is ordered and counted by."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import SEALED as SEALED
from app.db.base import SECRET as SECRET
from app.db.base import Base as Base
from app.db.sentences import Sentence
from app.db.tables_google import ChannelRow as ChannelRow  # in the schema wherever these are


class InstallationRow(Base):
    """One row: who we are, so that two services on one calendar can tell their blocks apart."""

    __tablename__ = "installation"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32))
    key_check: Mapped[bytes] = mapped_column(
        LargeBinary, info=SEALED
    )  # a known text, sealed: a wrong secret key is noticed
    swept_at: Mapped[datetime | None]  # when a worker last looked who is due; kept by the distributed engine only


class AccountRow(Base):
    """One user's one calendar. The row is the schedule, the lock and the back-off."""

    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(primary_key=True)
    issuer: Mapped[str] = mapped_column(String(255))
    subject: Mapped[str] = mapped_column(String(255))  # OpenID's `sub`: an address can change hands
    email: Mapped[str] = mapped_column(String(320))
    key: Mapped[str] = mapped_column(String(32), info=SECRET)
    block_key: Mapped[bytes] = mapped_column(
        LargeBinary, info=SECRET
    )  # HMAC key of block ids; random, survives key rotation
    created_at: Mapped[datetime]

    token: Mapped[bytes | None] = mapped_column(LargeBinary, info=SEALED)  # sealed; None = not connected
    consented_at: Mapped[datetime | None]  # the last consent that brought a token
    connection: Mapped[str] = mapped_column(String(16), default="connected")  # connected, lost, disconnected
    preferences: Mapped[dict[str, Any]]
    welcomed_at: Mapped[datetime | None]  # Save on the welcome page; nothing is written to the calendar before it
    outlook: Mapped[dict[str, Any]]  # what the last plan said: unplaced, capacity, proposal, counts

    calendar_zone: Mapped[str] = mapped_column(String(64), default="")
    sync_token: Mapped[str | None] = mapped_column(String(1024), info=SECRET)
    sync_generation: Mapped[int] = mapped_column(default=0)
    synced_from: Mapped[datetime]
    synced_at: Mapped[datetime | None]  # the last complete pull
    read_events: Mapped[int] = mapped_column(default=0)  # progress of the running pull
    rolled_on: Mapped[date | None]  # the day up to which series have been rolled forward
    digest_due: Mapped[bool] = mapped_column(default=False)
    digested_as: Mapped[str] = mapped_column(String(16), default="", server_default="", info=SECRET)
    """A random word for the occurrences as they are now, another one after each change of any of them."""
    plan_due: Mapped[bool] = mapped_column(default=True)

    next_refresh_at: Mapped[datetime | None]  # when the wheel comes to it; daily where it is not connected
    requested_at: Mapped[datetime | None]
    replan_at: Mapped[datetime | None]  # the next moment at which time alone changes something
    started_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)
    lease_id: Mapped[str | None] = mapped_column(String(32), info=SECRET)
    lease_until: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(String(64))  # a code; its words live in app.services.faults
    clock_off: Mapped[int | None]  # seconds that our clock is ahead of the calendar's; None while they agree
    other_blocks: Mapped[int] = mapped_column(default=0, server_default="0")  # of another installation, still to come

    pushed_at: Mapped[datetime | None]  # when the calendar last told of a change, as far as it mattered
    push_until: Mapped[datetime | None]  # a channel has spoken, and lives until then
    calls: Mapped[int] = mapped_column(default=0, server_default="0")  # asked of the calendar on `calls_day_at`, UTC
    calls_day_at: Mapped[datetime | None]  # the day of the last run by our clock, also where none was asked
    watch_at: Mapped[datetime | None]  # when channels are looked after next; None = none was ever asked for

    __table_args__ = (
        UniqueConstraint("issuer", "subject"),
        Index("ix_accounts_due", "next_refresh_at"),
    )


class SessionRow(Base):
    """A browser. `account_id` is None until it has signed in; the id is stored hashed."""

    __tablename__ = "sessions"

    id_hash: Mapped[str] = mapped_column(String(64), primary_key=True, info=SECRET)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class SignInRow(Base):
    """A sign-in under way: single use, bound to the session that began it."""

    __tablename__ = "sign_ins"

    state_hash: Mapped[str] = mapped_column(String(64), primary_key=True, info=SECRET)
    session_hash: Mapped[str] = mapped_column(ForeignKey("sessions.id_hash", ondelete="CASCADE"), info=SECRET)
    nonce: Mapped[str] = mapped_column(String(64), info=SECRET)
    code_verifier: Mapped[str] = mapped_column(String(128), info=SECRET)
    back: Mapped[str] = mapped_column(
        String(400), default="", server_default="", info=SECRET
    )  # a page of ours to return to
    created_at: Mapped[datetime]


class EventRow(Base):
    """An entry as the calendar last had it: single, series master or exception. Tombstones keep their last content."""

    __tablename__ = "events"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[str] = mapped_column(String(1100), primary_key=True)
    group_id: Mapped[str] = mapped_column(String(1100))  # the series' id, or its own
    etag: Mapped[str] = mapped_column(String(128), default="")
    cancelled: Mapped[bool]
    vanished_at: Mapped[datetime | None]  # when a live entry was first seen cancelled or gone
    is_series: Mapped[bool]  # master with recurrence: rolled forward daily
    block_tag: Mapped[str] = mapped_column(String(255), default="")
    generation: Mapped[int]  # of the sync that last brought it
    digested: Mapped[bool]
    ends_at: Mapped[datetime | None]
    body: Mapped[str]

    __table_args__ = (
        Index("ix_events_group", "account_id", "group_id"),
        Index(
            "ix_events_undigested",
            "account_id",
            sqlite_where=text("digested = 0"),
            postgresql_where=text("NOT digested"),
        ),
        Index(
            "ix_events_block_tag",
            "account_id",
            "block_tag",
            sqlite_where=text("block_tag != ''"),
            postgresql_where=text("block_tag != ''"),
        ),
    )


class OccurrenceRow(Base):
    """One entry at one time, derived from events; `starts_at` of an all-day one is midnight UTC of its first day."""

    __tablename__ = "occurrences"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    event_id: Mapped[str] = mapped_column(String(1100), primary_key=True)
    key: Mapped[str] = mapped_column(String(32), primary_key=True)
    group_id: Mapped[str] = mapped_column(String(1100))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    all_day: Mapped[bool]
    body: Mapped[str]

    __table_args__ = (Index("ix_occurrences_group", "account_id", "group_id"),)


class ContactRow(Base):
    """A person: what the user said, and what the calendar last showed of them."""

    __tablename__ = "contacts"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    company: Mapped[str] = mapped_column(String(200), default="")
    phone: Mapped[str] = mapped_column(String(64), default="", server_default="")  # as the user gave it
    kind: Mapped[str | None] = mapped_column(String(16))
    by_hand: Mapped[bool] = mapped_column(default=False)
    unsure: Mapped[str] = mapped_column(Sentence, default="")  # why the user should be asked first
    cadence_ideal: Mapped[int | None]
    cadence_longest: Mapped[int | None]
    tags: Mapped[list[Any]]
    snoozed_until: Mapped[date | None]
    paused: Mapped[bool] = mapped_column(default=False)
    preferred: Mapped[str | None] = mapped_column(String(16))
    answered_on: Mapped[date | None]  # when the user last said what to do about suggestions that reached nobody
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("contacts.id", ondelete="SET NULL"), index=True)
    facts: Mapped[dict[str, Any]]  # what the last plan said of them, see app.services.store
    seen: Mapped[bool] = mapped_column(default=True)  # the calendar still shows them as an acquaintance
    created_at: Mapped[datetime]


class AddressRow(Base):
    """Addresses are rows of their own, so that merging people loses nothing."""

    __tablename__ = "addresses"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    address: Mapped[str] = mapped_column(String(320), primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), index=True)


class ApartRow(Base):
    """Two contacts who look like one person and, the user says, are two."""

    __tablename__ = "apart"

    first_id: Mapped[int] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True)
    second_id: Mapped[int] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True, index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)


class IgnoredRow(Base):
    """An entry of the user's own that names somebody and, the user says, was no contact."""

    __tablename__ = "ignored"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    source: Mapped[str] = mapped_column(String(1200), primary_key=True)  # "<event_id>/<key>"


class LeftOutRow(Base):
    """An address that did not become a contact, and why. `counted_in`: the user undid it."""

    __tablename__ = "left_out"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    address: Mapped[str] = mapped_column(String(320), primary_key=True)
    name: Mapped[str] = mapped_column(String(200), default="")
    rule: Mapped[str] = mapped_column(String(32))
    reason: Mapped[str] = mapped_column(Sentence)
    counted_in: Mapped[bool] = mapped_column(default=False)


class TouchRow(Base):
    """A touch that no meeting shows: ticked in a block, or told on a page. `source` makes a repeat harmless."""

    __tablename__ = "touches"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), index=True)
    on: Mapped[date]
    channel: Mapped[str] = mapped_column(String(16))
    source: Mapped[str] = mapped_column(String(64))

    __table_args__ = (UniqueConstraint("contact_id", "source"),)


class NoteRow(Base):
    """What the user learned of a person, in their own words. Notes never leave the service: no calendar sees them."""

    __tablename__ = "notes"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), index=True)
    on: Mapped[date]
    text: Mapped[str] = mapped_column(String(2000))


class PromiseRow(Base):
    """What the user said they would do for a person, or a thank-you they owe them; `kept_on` is None while open."""

    __tablename__ = "promises"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), index=True)
    what: Mapped[str] = mapped_column(String(16))  # promise, thanks
    text: Mapped[str] = mapped_column(String(300))  # of a thank-you: who was introduced
    due_on: Mapped[date | None]
    made_on: Mapped[date]
    kept_on: Mapped[date | None]


class UndoRow(Base):
    """What one Save changed, row by row, so that it can be taken back exactly, once and for an hour."""

    __tablename__ = "undos"

    key: Mapped[str] = mapped_column(String(32), primary_key=True, info=SECRET)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    said: Mapped[list[Any]]  # what was saved, in sentences
    steps: Mapped[list[Any]]  # see app.services.undo


class RuleRow(Base):
    """A recurring block, as the user set it."""

    __tablename__ = "rules"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    key: Mapped[str] = mapped_column(String(32))
    body: Mapped[dict[str, Any]]
    replace: Mapped[bool] = mapped_column(default=False)  # changed: blocks that are not pinned find a new place
    answered: Mapped[list[Any]] = mapped_column(JSON, default=list, server_default="[]")  # keys of habits answered

    __table_args__ = (UniqueConstraint("account_id", "key"),)


class SeasonRow(Base):
    """Everyone of these kinds or tags once within these dates, as the user set it."""

    __tablename__ = "seasons"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    begins_on: Mapped[date]
    before_on: Mapped[date]
    kinds: Mapped[list[Any]]  # empty with no tags: everyone
    tags: Mapped[list[Any]]
    channel: Mapped[str | None] = mapped_column(String(16))
    posting_days: Mapped[int] = mapped_column(default=0)  # working days that a letter needs


class BlockRow(Base):
    """One generation of one occurrence of a rule, and what became of it: where it is, or where the plan wants it.

    `note` is what its text says of a move, `lost` what it says of blocks that found no place, by their occurrences;
    `planned_at` is where we put it, wherever the user's hand has moved it since; `written` is the description as it
    last stood there untouched, by which our words are told from the user's.
    """

    __tablename__ = "blocks"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    rule: Mapped[str] = mapped_column(String(32))
    occurrence: Mapped[str] = mapped_column(String(16))
    generation: Mapped[int] = mapped_column(default=0)
    event_id: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Sentence, default="")
    note: Mapped[str] = mapped_column(Sentence, default="")
    lost: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")
    planned_at: Mapped[datetime | None]
    written: Mapped[str] = mapped_column(default="")
    retired_by_us: Mapped[bool] = mapped_column(default=False)  # committed before we delete
    taken_away: Mapped[bool] = mapped_column(default=False)  # and the calendar has shown it gone since
    revision: Mapped[int] = mapped_column(default=0, server_default="0")  # counts changes of time, state and names
    changed_at: Mapped[datetime | None]  # the last of them

    __table_args__ = (
        UniqueConstraint("account_id", "rule", "occurrence", "generation"),
        Index("ix_blocks_account_id_ends_at", "account_id", "ends_at"),
    )


class SuggestionRow(Base):
    """One contact in one block. `in_text` is the tick as the block's text last showed it."""

    __tablename__ = "suggestions"

    id: Mapped[int] = mapped_column(primary_key=True)
    block_id: Mapped[int] = mapped_column(ForeignKey("blocks.id", ondelete="CASCADE"), index=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    body: Mapped[dict[str, Any]]  # reasons, channel, prompt
    in_text: Mapped[bool] = mapped_column(default=False)
    outcome: Mapped[str] = mapped_column(String(16), default="")  # reached, tried, snoozed, declined, never; "" = open

    __table_args__ = (UniqueConstraint("block_id", "contact_id"),)


class FeedRow(Base):
    """The blocks at a secret address, for other calendars. No row: no address. `key` is random: a new one is a new
    address, and the old one leads nowhere."""

    __tablename__ = "feeds"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(String(32), info=SECRET)
    names: Mapped[bool] = mapped_column(default=False)


class JournalRow(Base):
    """What changed in the calendar and why, in words: the page's "what moved"."""

    __tablename__ = "journal"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    what: Mapped[str] = mapped_column(String(16))  # booked, moved, retired, lost, adopted, skipped, rewrote
    text: Mapped[str] = mapped_column(Sentence)

    __table_args__ = (Index("ix_journal_account_id_at", "account_id", "at"),)
