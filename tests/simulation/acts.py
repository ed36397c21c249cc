"""What the user does on pages: by the services, and now and then through the real pages and the API."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from app.db import blocks
from app.db.rowtext import load_rule
from app.errors import GreenblockError
from app.services.go_actions import GoEntry
from scheduler.model import BlockKey
from tests.simulation.boundary import Killed
from tests.simulation.machine import Life
from tests.simulation.memory import Facts, Memory

WAYS = ("call", "message", "letter", "coffee")


class Unanswered(Exception):
    """The API refused."""


@dataclass
class Pages:
    """One user's. Every method says in words what was done; "" where there was nothing to do."""

    life: Life
    memory: Memory
    dice: Random
    email: str
    undo_keys: list[tuple[str, Facts, Facts]] = field(default_factory=list)
    words: list[int] = field(default_factory=lambda: [0])
    done: Counter[str] = field(default_factory=Counter)  # how often each method had something to do

    @property
    def account(self) -> int:
        return self.life.ids[self.email]

    @property
    def actions(self) -> Any:
        return self.life.services.actions

    def today(self) -> date:
        """In the zone that the calendar had when the service last read it: that is the day which pages show."""
        ((zone,),) = self.memory.rows("SELECT calendar_zone FROM accounts WHERE id = :account")
        return self.life.now.astimezone(ZoneInfo(zone) if zone else self.life.store(self.email).home.zone).date()

    def does(self, act: Callable[[], Any], facts: Facts, *, then: Callable[[], None] = lambda: None) -> Any:
        """Do it, and remember what is true from then on: also where the process was killed after the commit."""
        before = self.life.boundary.commits
        try:
            answer = act()
        except Killed:
            if self.life.boundary.commits == before:
                raise
            self.memory.tells(facts)
            then()
            raise
        self.memory.tells(facts)
        then()
        return answer

    def by_api(self, method: str, path: str, body: Any) -> Callable[[], Any]:
        """For acts that may also go by the API: that writes to the browser's session too, so not where a kill waits."""

        def ask() -> Any:
            answer = self.life.asks(self.email, method, path, body)
            if answer.status_code >= 400:
                raise Unanswered(f"{method} {path}: {answer.status_code}")
            return answer.json()

        return ask

    # -- people

    def _people(self) -> list[tuple[int, str]]:
        return self.memory.rows("SELECT id, name FROM contacts WHERE account_id = :account ORDER BY id")  # type: ignore[return-value]

    def _somebody(self) -> tuple[int, str] | None:
        people = self._people()
        return self.dice.choice(people) if people else None

    def welcomed(self) -> bool:
        return self.memory.rows("SELECT welcomed_at FROM accounts WHERE id = :account")[0][0] is not None

    def saves_welcome(self) -> str:
        ready = self.memory.rows("SELECT json_extract(outlook, '$.proposal') FROM accounts WHERE id = :account")[0][0]
        if self.welcomed() or ready is None:
            return ""
        sure = self.memory.rows(
            "SELECT id FROM contacts WHERE account_id = :account AND unsure = '' AND seen AND kind IS NULL"
        )

        def booked() -> None:
            found = self.memory.look()
            self.memory.tells({key: value for key, value in found.items() if key[0] == "rule"})

        self.does(
            lambda: self.actions.save_welcome(self.account, {}),
            {("kind", contact): "client" for (contact,) in sure},
            then=booked,
        )
        return "presses Save on the welcome page"

    def logs_a_touch(self) -> str:
        who = self._somebody()
        if who is None:
            return ""
        on, way = self.today() - timedelta(days=self.dice.randint(0, 3)), self.dice.choice(WAYS)
        body = {"on": on.isoformat(), "channel": way}
        act = self.by_api("POST", f"/api/people/{who[0]}/touches", body)
        if self.dice.random() < 0.8 or self.life.boundary.plans:
            act = lambda: self.actions.log_touch(self.account, who[0], on, way)  # noqa: E731
        self.does(act, {("touch", who[0], on.isoformat(), way): True})
        return f"notes a {way} with {who[1]} on {on}"

    def takes_a_touch_back(self) -> str:
        there = [key for key in self.memory.facts if key[0] == "touch"]
        if not there:
            return ""
        key = self.dice.choice(sorted(there))
        on = date.fromisoformat(key[2])
        self.does(lambda: self.actions.drop_touch(self.account, key[1], on, key[3]), {key: None})
        return f"takes back the {key[3]} with {key[1]}"

    def writes_a_note(self) -> str:
        who = self._somebody()
        if who is None:
            return ""
        self.words[0] += 1
        text, on = f"note{self.words[0]}", self.today()
        new: Facts = {("note", who[0], on.isoformat(), text): True}
        if self.dice.random() < 0.2 and not self.life.boundary.plans:
            act = self.by_api("POST", f"/api/people/{who[0]}/notes", {"text": text, "on": on.isoformat()})
            self.does(act, new)
        else:
            self._undoable(lambda: self.actions.add_note(self.account, who[0], text, on), new)
        return f"writes {text} of {who[1]}"

    def promises(self) -> str:
        who = self._somebody()
        if who is None:
            return ""
        self.words[0] += 1
        text, due = f"promise{self.words[0]}", self.today() + timedelta(days=self.dice.randint(0, 9))
        new: Facts = {("promise", who[0], "promise", text): (due.isoformat(), None)}
        self._undoable(lambda: self.actions.add_promise(self.account, who[0], text, due), new)
        return f"promises {text} to {who[1]}"

    def keeps_a_promise(self) -> str:
        open_ = sorted(key for key, value in self.memory.facts.items() if key[0] == "promise" and value[1] is None)
        if not open_:
            return ""
        key = self.dice.choice(open_)
        row = self.memory.rows(
            "SELECT id FROM promises WHERE text = :text AND contact_id = :who", text=key[3], who=key[1]
        )
        new: Facts = {key: (self.memory.facts[key][0], self.today().isoformat())}
        self._undoable(lambda: self.actions.keep_promise(self.account, key[1], row[0][0], True), new)
        return f"keeps {key[3]}"

    def says_who(self) -> str:
        who = self._somebody()
        if who is None:
            return ""
        kind = self.dice.choice(("client", "client", "friend", "former", "supplier", "never"))
        weeks = self.dice.choice((None, None, 2, 8))
        body = {"kind": kind, "cadence_weeks": weeks}
        act = self.by_api("PUT", f"/api/people/{who[0]}", body)
        if self.dice.random() < 0.8 or self.life.boundary.plans:
            act = lambda: self.actions.save_person(self.account, who[0], kind, weeks)  # noqa: E731
        self.does(act, {("kind", who[0]): kind, ("gap", who[0]): weeks * 7 if weeks else None})
        return f"says that {who[1]} is a {kind}, every {weeks} weeks"

    def snoozes(self) -> str:
        who = self._somebody()
        if who is None:
            return ""
        until = self.today() + timedelta(days=self.dice.randint(1, 30)) if self.dice.random() < 0.6 else None
        self.does(
            lambda: self.actions.snooze(self.account, who[0], until),
            {("snoozed", who[0]): until.isoformat() if until else None},
        )
        return f"puts {who[1]} off until {until}"

    # -- blocks

    def marks_on_go(self) -> str:
        """One name on a block's page, and perhaps what was learned."""
        listed = self.memory.rows(
            "SELECT b.event_id, b.rule, b.occurrence, s.contact_id, c.name, s.outcome FROM blocks b"
            " JOIN suggestions s ON s.block_id = b.id JOIN contacts c ON c.id = s.contact_id"
            " WHERE b.account_id = :account AND b.ends_at > :since AND b.generation = (SELECT max(generation)"
            " FROM blocks o WHERE o.account_id = b.account_id AND o.rule = b.rule AND o.occurrence = b.occurrence)"
            " ORDER BY b.id, s.position",
            since=(self.life.now - timedelta(days=13)).strftime("%Y-%m-%d %H:%M:%S"),
        )
        if not listed:
            return ""
        event, rule, occurrence, contact, who, outcome = self.dice.choice(listed)
        mark = self.dice.choice(("call", "call", "message", "tried", "two_weeks", "open", "open"))
        token = self.life.services.actions._links.token(self.account, BlockKey(rule, occurrence))
        until = (self.today() + timedelta(weeks=2)).isoformat()
        new: Facts = {}
        if mark == "two_weeks":
            new["snoozed", contact] = until
        elif outcome == "snoozed":
            new["snoozed", contact] = None
        if outcome in ("declined", "never"):
            return ""

        def then() -> None:
            if mark in WAYS or outcome == "reached":
                self.memory.page_said(event, who, mark in WAYS)

        before = {key: self.memory.facts.get(key) for key in new}
        key = self.does(
            lambda: self.actions.save_go(self.account, token, {contact: GoEntry(mark=mark)}), new, then=then
        )
        if key and not (mark in WAYS or outcome == "reached"):
            self.undo_keys.append((key, before, new))
        return f"marks {who} in block {rule}/{occurrence} as {mark}"

    def _undoable(self, act: Callable[[], str], new: Facts) -> None:
        before = {key: self.memory.facts.get(key) for key in new}
        key = self.does(act, new)
        if key:
            self.undo_keys.append((key, before, new))

    def undoes(self) -> str:
        if not self.undo_keys:
            return ""
        key, before, new = self.undo_keys.pop()
        try:
            self.does(lambda: self.actions.undo(self.account, key), before)
        except GreenblockError as refused:
            return f"cannot undo any more ({type(refused).__name__})"
        return f"undoes {sorted(new, key=str)}"

    # -- settings

    def pauses(self) -> str:
        begins = self.today() + timedelta(days=self.dice.randint(0, 10)) if self.dice.random() < 0.5 else None
        until = begins + timedelta(days=self.dice.randint(1, 10)) if begins else None
        if not self.welcomed():
            return ""
        self.does(
            lambda: self.actions.pause(self.account, begins, until),
            {("paused",): (begins is None, begins and begins.isoformat(), until and until.isoformat())},
        )
        return f"pauses from {begins} until {until}"

    def resumes(self) -> str:
        if ("paused",) not in self.memory.facts:
            return ""
        self.does(lambda: self.actions.resume(self.account), {("paused",): None})
        return "resumes"

    def off(self) -> bool:
        """Whether a rule is switched off, or all of it paused."""
        return ("paused",) in self.memory.facts or any(
            key[0] == "rule" and not value[0] for key, value in self.memory.facts.items()
        )

    def switches_a_rule(self, *, on: bool | None = None) -> str:
        rules = sorted(key for key, value in self.memory.facts.items() if key[0] == "rule" and value[0] is not on)
        if not rules:
            return ""
        rule = self.dice.choice(rules)
        active, ideal = self.memory.facts[rule]
        self.does(lambda: self.actions.set_rule_active(self.account, rule[1], not active), {rule: (not active, ideal)})
        return f"switches rule {rule[1]} {'off' if active else 'on'}"

    def colours_a_rule(self) -> str:
        return self.changes_a_rule({"color_id": str(self.dice.randint(1, 11))})

    def changes_a_rule(self, changed: dict[str, Any] | None = None) -> str:
        rules = sorted(key for key in self.memory.facts if key[0] == "rule")
        if not rules:
            return ""
        key = self.dice.choice(rules)
        with self.life.services.db.read() as session:
            rule = next(load_rule(row.body) for row in blocks.rules(session, self.account) if row.key == key[1])
        hour = self.dice.randint(8, 15)
        changed = changed or self.dice.choice(
            (
                {"weekdays": frozenset({self.dice.randint(1, 5)})},
                {"ideal": time(hour), "window_start": time(hour), "window_end": time(hour + 2)},
                {"longest": self.dice.choice((30, 45, 60))},
                {"color_id": str(self.dice.randint(1, 11))},
                {"names_in_title": not rule.names_in_title},
                {"show_as": self.dice.choice(list(type(rule.show_as)))},
                {"text": self.dice.choice(list(type(rule.text)))},
            )
        )
        made = replace(rule, **changed)
        self.does(
            lambda: self.actions.save_rule(self.account, key[1], made),
            {key: (made.active, made.ideal.isoformat())},
        )
        return f"changes {sorted(changed)} of rule {key[1]}"

    def adds_a_rule(self) -> str:
        rules = sorted(key for key in self.memory.facts if key[0] == "rule")
        if not rules or len(rules) >= 3:
            return ""
        with self.life.services.db.read() as session:
            rule = load_rule(blocks.rules(session, self.account)[0].body)
        made = replace(rule, weekdays=frozenset({self.dice.randint(1, 5)}), active=True)

        def then() -> None:
            new = {key: value for key, value in self.memory.look().items() if key[0] == "rule"}
            self.memory.tells({key: value for key, value in new.items() if key not in self.memory.facts})

        self.does(lambda: self.actions.save_rule(self.account, "", made), {}, then=then)
        return "adds a rule"

    def asks_for_a_refresh(self) -> str:
        self.does(lambda: self.actions.refresh_now(self.account), {})
        return "asks for a refresh"

    def looks(self) -> str:
        """Opens pages: nothing may come of it."""
        path = self.dice.choice(("/today", "/people", "/settings", "/welcome", "/api/today"))
        answer = self.life.asks(self.email, "GET", path)
        if answer.status_code >= 400:
            raise AssertionError(f"{path} answered {answer.status_code}")
        return f"looks at {path}"

    def acts(self) -> str:
        methods = [method for method, weight in USUAL for _ in range(weight)]
        method = self.dice.choice(methods)
        told = method(self)
        self.done[method.__name__] += bool(told)
        return told


USUAL: tuple[tuple[Callable[[Pages], str], int], ...] = (
    (Pages.saves_welcome, 12), (Pages.logs_a_touch, 4), (Pages.takes_a_touch_back, 2), (Pages.writes_a_note, 3),
    (Pages.promises, 3), (Pages.keeps_a_promise, 2), (Pages.says_who, 4), (Pages.snoozes, 3), (Pages.marks_on_go, 8),
    (Pages.undoes, 3), (Pages.pauses, 2), (Pages.resumes, 5), (Pages.switches_a_rule, 2), (Pages.changes_a_rule, 4),
    (Pages.adds_a_rule, 1), (Pages.asks_for_a_refresh, 4), (Pages.looks, 2),
)  # fmt: skip
