"""Two users of a service that dies again and again: what they press on pages over HTTP, what they do in the calendar,
and what must therefore be true. Simulation's own hand, memory and oracle, beside a real process.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, timedelta
from random import Random
from typing import Any

import httpx

from tests.kill.service import Service
from tests.running import plain_client
from tests.simulation.hand import Hand
from tests.simulation.memory import Facts, Memory
from tests.simulation.oracle import Oracle, Violation
from tests.simulation.places import NILS, OLGA

WAYS = ("call", "message", "letter", "coffee")


class Presses:
    """One user's browser. What was answered is remembered; what was not may have been done or not, and `settles` looks
    which."""

    def __init__(self, service: Service, memory: Memory, dice: Random, words: list[int], done: Counter[str]) -> None:
        self.memory, self.email = memory, memory.email
        self.client = plain_client(base_url=service.url, headers={"Origin": service.url})
        self._dice, self._words, self._done = dice, words, done
        self._unsure: dict[tuple[Any, ...], list[Any]] = {}

    def settles(self) -> None:
        """The service is up again: what became of what it never answered. Raises Violation of invariant 3."""
        there = self.memory.look()
        for key, possible in self._unsure.items():
            if there.get(key) not in possible:
                raise Violation(3, f"{key} should be one of {possible} and is {there.get(key)!r}")
            self.memory.tells({key: there.get(key)})
        self._unsure.clear()

    def acts(self) -> None:
        self._dice.choice(PRESSES)(self)

    def _sends(self, method: str, path: str, body: Any, facts: Facts) -> None:
        try:
            answer = self.client.request(method, f"/api/{path}", json=body)
        except httpx.ConnectError:
            self._done["not heard"] += 1
            return
        except httpx.TransportError:
            self._done["not answered"] += 1
            for key, value in facts.items():
                self._unsure.setdefault(key, [self.memory.facts.get(key)]).append(value)
            return
        assert answer.status_code < 400, f"{method} {path}: {answer.status_code} {answer.text[:300]}"
        self.memory.tells(facts)
        self._done["answered"] += 1
        for key in facts:
            self._unsure.pop(key, None)

    def _somebody(self) -> int:
        rows = self.memory.rows("SELECT id FROM contacts WHERE account_id = :account ORDER BY id")
        chosen: int = self._dice.choice(rows)[0]
        return chosen

    def _past(self, days: int = 0) -> date:
        """A day that is not to come anywhere. The hand changes the calendar's zone, and the service hears of it later:
        meanwhile the two may have two dates."""
        return self._in_utc(timedelta(hours=-12)) - timedelta(days=days)

    def _coming(self, days: int) -> date:
        """A day that is to come everywhere."""
        return self._in_utc(timedelta(hours=14)) + timedelta(days=days)

    def _in_utc(self, from_here: timedelta) -> date:
        day: date = (self.memory.life.now.astimezone(UTC) + from_here).date()
        return day

    def logs_a_touch(self) -> None:
        who, on, way = (
            self._somebody(),
            self._past(self._dice.randint(1, 3)),
            self._dice.choice(WAYS),
        )
        body = {"on": on.isoformat(), "channel": way}
        self._sends("POST", f"people/{who}/touches", body, {("touch", who, on.isoformat(), way): True})

    def writes_a_note(self) -> None:
        who, on = self._somebody(), self._past().isoformat()
        self._words[0] += 1
        text = f"note{self._words[0]}"
        self._sends("POST", f"people/{who}/notes", {"text": text, "on": on}, {("note", who, on, text): True})

    def promises(self) -> None:
        who, due = self._somebody(), self._coming(self._dice.randint(1, 9)).isoformat()
        self._words[0] += 1
        text = f"promise{self._words[0]}"
        facts: Facts = {("promise", who, "promise", text): (due, None)}
        self._sends("POST", f"people/{who}/promises", {"text": text, "due_on": due}, facts)

    def says_who(self) -> None:
        who, kind, weeks = (
            self._somebody(),
            self._dice.choice(("client", "client", "friend")),
            self._dice.choice((2, 8)),
        )
        facts: Facts = {("kind", who): kind, ("gap", who): weeks * 7}
        self._sends("PUT", f"people/{who}", {"kind": kind, "cadence_weeks": weeks}, facts)

    def snoozes(self) -> None:
        who, until = self._somebody(), self._coming(self._dice.randint(1, 20)).isoformat()
        self._sends("PUT", f"people/{who}/snooze", {"until": until}, {("snoozed", who): until})

    def asks_for_a_refresh(self) -> None:
        self._sends("POST", "refresh", None, {})

    # -- rules: what makes the service write

    def rule(self) -> tuple[str, bool, dict[str, Any]]:
        """Key, whether it is switched on, and its body."""
        [key] = [key for key in self.memory.facts if key[0] == "rule"]
        # As the page has it: the rule's own form, whose other fields stay as they are.
        body: dict[str, Any] = self.client.get("/api/settings").raise_for_status().json()["rule"]
        return key[1], bool(self.memory.facts[key][0]), body

    def switches(self, *, on: bool) -> None:
        key, _, _ = self.rule()
        ideal = self.memory.facts["rule", key][1]
        self._sends("PUT", f"rules/{key}/active", {"active": on}, {("rule", key): (on, ideal)})

    def colours(self) -> None:
        key, active, body = self.rule()
        body["color_id"] = str(int(body["color_id"]) % 9 + 1)
        self._sends("PUT", f"rules/{key}", {"rule": body}, {("rule", key): (active, self.memory.facts["rule", key][1])})


PRESSES: tuple[Callable[[Presses], None], ...] = (
    Presses.logs_a_touch, Presses.writes_a_note, Presses.writes_a_note, Presses.promises, Presses.says_who,
    Presses.snoozes, Presses.asks_for_a_refresh, Presses.asks_for_a_refresh,
)  # fmt: skip


class Users:
    """Both, and all that is known of them."""

    def __init__(self, service: Service, dice: Random) -> None:
        self.service, self._dice = service, dice
        self.oracle = Oracle(service)
        self.done: Counter[str] = Counter()
        self.began: list[str] = []
        words = [0]
        self.memories = {email: Memory(service, email) for email in (OLGA, NILS)}
        self.presses = {email: Presses(service, self.memories[email], dice, words, self.done) for email in (OLGA, NILS)}
        self.hands = {
            email: Hand(service, self.oracle, dice, email, words, self.memories[email].text_said)
            for email in (OLGA, NILS)
        }
        for email, memory in self.memories.items():
            self.oracle.wanted[email] = lambda occurrence, memory=memory: _wanted(memory, occurrence)

    def close(self) -> None:
        for presses in self.presses.values():
            presses.client.close()

    def edits(self, email: str) -> None:
        """Something in the calendar. Nobody else writes meanwhile, so that it is clear who has written what."""
        with ExitStack() as stack:
            for one in (OLGA, NILS):
                stack.enter_context(self.service.store(one).lock)
            self.done["edits in calendars"] += bool(self.hands[email].acts())

    def act(self) -> None:
        email = self._dice.choice((OLGA, NILS))
        if self._dice.random() < 0.5:
            self.edits(email)
        else:
            self.presses[email].acts()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """They act again and again, in a thread, until the end of it."""
        over = threading.Event()
        failed: list[BaseException] = []

        def work() -> None:
            try:
                while not over.wait(self._dice.uniform(0.01, 0.15)):
                    self.act()
            except BaseException as error:  # raised where somebody sees it
                failed.append(error)

        thread = threading.Thread(target=work, name="users", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join(timeout=60)
        if failed:
            raise failed[0]

    def judge(self) -> None:
        """Raises Violation. The service is up, nobody acts."""
        self.oracle.check()
        for email in self.began:
            self.presses[email].settles()
            self.memories[email].check()

    def begins(self, email: str) -> None:
        """What stands there now is what is true; from now on every change has to come from somewhere."""
        self.began.append(email)
        self.memories[email].tells(self.memories[email].look())


def _wanted(memory: Memory, occurrence: str) -> bool:
    rule = memory.facts.get(("rule", occurrence.partition("/")[0]))
    return rule is not None and bool(rule[0])
