"""All that a plan needs, loaded at once and never written to: the pure steps see only this."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.db import mirror, people
from app.db.gather import gather, made
from app.db.people import Outsider
from app.db.questions import people_questions, questions
from app.db.rowtext import load_rule
from app.db.tables import (
    AccountRow,
    BlockRow,
    ContactRow,
    PromiseRow,
    RuleRow,
    SeasonRow,
    SuggestionRow,
    TouchRow,
)
from app.services import preferences
from app.services.digest import seen_until
from app.services.preferences import Preferences
from app.services.recent import Recollection
from app.services.season_rows import season_of
from scheduler.addresses import own_domains
from scheduler.meetings import Identity, PeopleSettings
from scheduler.model import BlockKey, Event, Occurrence, Rule
from scheduler.proposal import WEEKS_BACK
from scheduler.register import Calendar, Passing
from scheduler.seasons import Season
from scheduler.timespan import at_wall_clock

MEMORY = timedelta(days=120)
"""How far back blocks are looked at: enough for three suggestions in a row to be counted."""


@dataclass(frozen=True, kw_only=True)
class State:
    """One account as it stands. Rows are detached; nobody writes to them."""

    account_id: int
    email: str
    by: str  # what `greenblock_by` of our events says
    block_key: bytes
    welcomed: bool
    zone: ZoneInfo
    wishes: Preferences
    rules: tuple[Rule, ...]
    replacing: frozenset[str]  # rules whose blocks find new places
    seasons: tuple[Season, ...]
    answered: Mapping[str, tuple[str, ...]]  # by rule, the keys of the habits that the user has answered
    calendar: Calendar  # all occurrences
    occurrences: tuple[Occurrence, ...]  # those near, and older ones of the user's own, which may name somebody
    events: Mapping[str, Event]  # those with our property, cancelled ones too, and those of our blocks
    blocks: tuple[BlockRow, ...]
    event_ids: frozenset[str]  # of blocks, older ones too
    suggestions: Mapping[int, list[SuggestionRow]]  # by block id
    everybody: tuple[ContactRow, ...]  # merged ones too
    survivors: Mapping[int, int]  # contact id -> whom they were merged into, or their own
    addresses: Mapping[str, int]  # address -> contact id, of the survivor
    left_out: Mapping[str, Outsider]  # by address
    ignored: frozenset[str]  # sources of the user's own entries that count for nobody
    counted_in: frozenset[str]
    touches: tuple[TouchRow, ...]
    promises: tuple[PromiseRow, ...]  # open ones

    @cached_property
    def contacts(self) -> tuple[ContactRow, ...]:
        """Everybody once."""
        return tuple(row for row in self.everybody if row.merged_into is None)

    def who(self, contact_id: int) -> int:
        """Whose row this is now: what is kept by row id is read as that of the person they were merged into."""
        return self.survivors.get(contact_id, contact_id)

    def people_settings(self) -> PeopleSettings:
        """Who the user is and what they said about others, for the census."""
        said = {row.id for row in self.contacts if row.kind}
        first: dict[int, str] = {}
        for address, contact_id in self.addresses.items():
            first.setdefault(contact_id, address)
        return PeopleSettings(
            identity=identity_of(self.email, self.wishes),
            zone=self.zone,
            hours=self.wishes.hours,
            excluded=frozenset(entry.lstrip("@") for entry in self.wishes.excluded),
            counted_in=self.counted_in,
            known=frozenset(address for address, contact_id in self.addresses.items() if contact_id in said),
            same_person={
                address: first[contact_id]
                for address, contact_id in self.addresses.items()
                if address != first[contact_id]
            },
        )


def identity_of(email: str, wishes: Preferences) -> Identity:
    own = {entry.lstrip("@") for entry in wishes.own}
    return Identity(
        addresses=frozenset({email.lower()} | {entry for entry in own if "@" in entry}),
        domains=own_domains(email) | {entry for entry in own if "@" not in entry},
    )


def load_state(
    session: Session, account: AccountRow, *, now: datetime, recollection: Recollection | None = None
) -> State:
    """Read only, in one statement and those that read the occurrences where they are not remembered. `account` may be
    older than the rest, its lease is not."""
    wishes = preferences.load(account.preferences)
    recollection = recollection or Recollection()
    zone, own = wishes.zone_for(account.calendar_zone), identity_of(account.email, wishes).addresses
    # What is too old goes out of sight when a day begins, and not within it: a plan is made again then, and another one
    # of the same day finds the same.
    day = at_wall_clock(now.astimezone(zone).date(), time(), zone).astimezone(UTC)
    since = day - timedelta(weeks=WEEKS_BACK + 2)
    calendar = recollection.calendar(session, account.id, since=since)
    found = gather(session, questions, account.id, since=day - MEMORY)
    everybody = recollection.people(found["contacts"])
    suggestions: dict[int, list[SuggestionRow]] = {}
    for name in made(SuggestionRow, found["names"]):
        suggestions.setdefault(name.block_id, []).append(name)
    survivors = people.survivors(everybody)
    addresses = {address: survivors[owner] for address, owner in found["addresses"]}
    by_hand = {row.id for row in everybody if row.by_hand and row.merged_into is None}
    left_out = {one.address: one for one in map(Outsider._make, found["left_out"])}
    rules = made(RuleRow, found["rules"])
    return State(
        account_id=account.id,
        email=account.email,
        by=f"{''.join(key for (key,) in found['installation'])}.{account.key}",
        block_key=account.block_key,
        welcomed=account.welcomed_at is not None,
        zone=zone,
        wishes=wishes,
        rules=tuple(load_rule(row.body) for row in rules),
        replacing=frozenset(row.key for row in rules if row.replace),
        seasons=tuple(season_of(row, wishes) for row in made(SeasonRow, found["seasons"])),
        answered={row.key: tuple(row.answered) for row in rules},
        calendar=calendar,
        occurrences=calendar.near(since, own, seen_until(now)),
        events=mirror.loaded(found["events"]),
        blocks=tuple(made(BlockRow, found["blocks"])),
        event_ids=frozenset(event_id for (event_id,) in found["event_ids"]),
        suggestions=suggestions,
        everybody=tuple(everybody),
        survivors=survivors,
        addresses=addresses,
        left_out=left_out,
        ignored=frozenset(source for (source,) in found["ignored"]),
        # Whoever was added by hand is somebody, whatever the rules say of the address.
        counted_in=frozenset(address for address, one in left_out.items() if one.counted_in)
        | {address for address, owner in addresses.items() if owner in by_hand},
        touches=tuple(made(TouchRow, found["touches"])),
        promises=tuple(made(PromiseRow, found["promises"])),
    )


def counted(state: State) -> State:
    """The same without what only the census needed: of a big calendar, most of its memory."""
    return replace(state, calendar=Passing(()))


def reload_people(session: Session, state: State) -> State:
    """The same state with the contacts as they are now."""
    found = gather(session, people_questions, state.account_id)
    everybody = made(ContactRow, found["contacts"])
    survivors = people.survivors(everybody)
    return replace(
        state,
        everybody=tuple(everybody),
        survivors=survivors,
        addresses={address: survivors[owner] for address, owner in found["addresses"]},
        left_out={one.address: one for one in map(Outsider._make, found["left_out"])},
    )


def key_of(row: BlockRow) -> BlockKey:
    return BlockKey(row.rule, row.occurrence)
