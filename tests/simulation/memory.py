"""What the user has said and done on pages and in texts, and whether the database says the same. Its own reckoning.

Facts are a flat dictionary. What a page was told must stand there at once, to the letter; what was ticked in a text
must stand there when the dust has settled; nothing else may stand there ever.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from tests.simulation.oracle import Violation
from tests.simulation.watched import Watched

Facts = dict[tuple[Any, ...], Any]

YES, NO, UNKNOWN = "yes", "no", "unknown"


@dataclass
class Said:
    """Of one name in one block: the last word on whether they were reached. `at`: when a text was made to say `ticked`
    and not yet read; None once it was."""

    word: str
    at: datetime | None = None
    ticked: bool = False


@dataclass
class Memory:
    """One account's. `said` and `ever` by (event id, name): rows have other ids after a database was put back."""

    life: Watched
    email: str
    facts: Facts = field(default_factory=dict)
    said: dict[tuple[str, str], Said] = field(default_factory=dict)
    ever: set[tuple[str, str]] = field(default_factory=set)
    shown: dict[tuple[str, str], bool] = field(default_factory=dict)  # whether the text that was last read has a tick
    paged: set[tuple[str, str]] = field(default_factory=set)  # of whom a page has said something since
    reads: list[datetime] = field(default_factory=list)  # when refreshes began that saw all that had happened by then

    # -- what is told

    def tells(self, changes: Facts) -> None:
        """A page was told; None takes a fact away."""
        for key, value in changes.items():
            if value is None:
                self.facts.pop(key, None)
            else:
                self.facts[key] = value

    def page_said(self, event_id: str, who: str, reached: bool) -> None:
        key = (event_id, who)
        pending = self.said.get(key)
        # What stands unread in the text was said before or after, and nobody can tell which word was the last.
        self.said[key] = Said(YES if reached else NO)
        if pending is not None and pending.at is not None:
            self.said[key] = replace(pending, word=UNKNOWN)
        self.paged.add(key)
        if reached:
            self.ever.add(key)

    def text_said(self, event_id: str, who: str, ticked: bool | None) -> None:
        """`ticked` None: what was ticked there and not yet read may never be read."""
        if ticked is None:
            for key, said in self.said.items():
                if key[0] == event_id and said.at is not None:
                    said.word = UNKNOWN
            return
        key = (event_id, who)
        # Ticked again after it was taken away, all of it unread: nobody can see that it is not the tick of before.
        unseen = ticked == self.shown.get(key, False) and key in self.paged
        self.said[key] = Said(UNKNOWN if unseen else YES if ticked else NO, self.life.now, ticked)
        if ticked:
            self.ever.add((event_id, who))

    def read_all(self, since: datetime, *, stale: bool) -> None:
        """A refresh that began at `since` went through. `stale`: its list was of an earlier moment."""
        if not stale:
            self.reads.append(since)
        for key, said in self.said.items():
            if said.at is not None and said.at <= since:
                said.at = None
                if self.shown.get(key, False) != said.ticked:
                    self.shown[key] = said.ticked
                    self.paged.discard(key)

    # -- going back

    def kept(self) -> Facts:
        return copy.deepcopy(self.facts)

    def back(self, facts: Facts, at: datetime) -> None:
        """The database is that of an earlier day: what pages were told and what was read since is lost with it."""
        self.reads = [read for read in self.reads if read <= at]
        self.facts = copy.deepcopy(facts)
        for said in self.said.values():
            said.word = UNKNOWN

    # -- judging

    def rows(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        return self.life.rows(query, {"account": self.life.ids[self.email], **values})

    def look(self) -> Facts:
        """The same facts, from the tables."""
        found: Facts = {}
        for contact, kind, gap, snoozed, preferred, phone in self.rows(
            "SELECT id, kind, cadence_ideal, snoozed_until, preferred, phone FROM contacts WHERE account_id = :account"
        ):
            found[("contact", contact)] = True
            for name, value in (
                ("kind", kind),
                ("gap", gap),
                ("snoozed", snoozed),
                ("by", preferred),
                ("phone", phone),
            ):
                if value not in (None, ""):
                    found[(name, contact)] = value
        for contact, on, channel, name, event_id in self.rows(
            'SELECT t.contact_id, t."on", t.channel, c.name, b.event_id FROM touches t'
            " JOIN contacts c ON c.id = t.contact_id LEFT JOIN blocks b ON t.source = 'block/' || b.id"
            " WHERE t.account_id = :account"
        ):
            if event_id:
                found[("reached", event_id, name)] = True
            else:
                found[("touch", contact, on, channel)] = True
        for contact, on, text in self.rows('SELECT contact_id, "on", text FROM notes WHERE account_id = :account'):
            found[("note", contact, on, text)] = True
        for contact, what, text, due, kept in self.rows(
            "SELECT contact_id, what, text, due_on, kept_on FROM promises WHERE account_id = :account"
        ):
            found[("promise", contact, what, text)] = (due, kept)
        for key, active, ideal in self.rows(
            "SELECT key, json_extract(body, '$.active'), json_extract(body, '$.ideal') FROM rules"
            " WHERE account_id = :account"
        ):
            found[("rule", key)] = (bool(active), ideal)
        for paused, begins, until in self.rows(
            "SELECT json_extract(preferences, '$.paused'), json_extract(preferences, '$.paused_from'),"
            " json_extract(preferences, '$.paused_until') FROM accounts WHERE id = :account"
        ):
            if paused or begins or until:
                found[("paused",)] = (bool(paused), begins, until)
        return found

    def check(self) -> None:
        """Raises Violation of invariant 3."""
        there = self.look()
        for key in there.keys() | self.facts.keys():
            if key[0] == "reached":
                if key in there and key[1:] not in self.ever:
                    raise Violation(3, f"a touch was invented: {key}")
                continue
            if key[0] == "contact" and key not in self.facts:
                self.facts[key] = True  # somebody new in the calendar; `strangers` looks who
                continue
            if there.get(key) != self.facts.get(key):
                raise Violation(3, f"{key} should be {self.facts.get(key)!r} and is {there.get(key)!r}")

    def check_settled(self) -> None:
        """What was said of names in blocks is what counts now."""
        there = self.look()
        for (event_id, who), said in self.said.items():
            counted = ("reached", event_id, who) in there
            if (said.word, counted) in ((YES, False), (NO, True)):
                what = "lost" if said.word == YES else "invented"
                raise Violation(3, f"a tick was {what}: {who} in {event_id[:10]}")
