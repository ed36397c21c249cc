"""Counted in the calendars and tables as they stand: blocks that are there twice, and what users did that is gone.

The oracle judges each write as it happens; this looks at what has come of all of them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.simulation.memory import YES, Memory
from tests.simulation.oracle import WORD, Oracle, parts_of
from tests.simulation.watched import Watched


@dataclass(kw_only=True, slots=True)
class Tally:
    """`edits`: times, titles, colours, words, deletions in calendars, and what pages were told, as they were last left;
    of them `lost` are not there any more, as `gone` names them."""

    blocks: int = 0
    duplicates: int = 0
    edits: int = 0
    lost: int = 0
    gone: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.blocks += other.blocks
        self.duplicates += other.duplicates
        self.edits += other.edits
        self.lost += other.lost
        self.gone += other.gone


def tally(oracle: Oracle, memory: Memory) -> Tally:
    """Of one user, when no refresh is under way."""
    diary = oracle.diaries[memory.email]
    rows = memory.life.store(memory.email).rows
    stands = {one: rows[one].resource for one in diary.seen}
    live = Counter(
        seen.occurrence for one, seen in diary.seen.items() if stands[one]["status"] != "cancelled" and not seen.theirs
    )
    made = Tally(blocks=live.total(), duplicates=sum(number - 1 for number in live.values()))
    kept: list[tuple[str, bool]] = []
    for one, seen in diary.seen.items():
        if seen.gone == "user":
            kept.append((f"{seen.occurrence} is gone", stands[one]["status"] == "cancelled"))
        elif stands[one]["status"] != "cancelled":  # else taken away by the service; for the words see `owed`
            now = parts_of(stands[one])
            there = set(WORD.findall(stands[one].get("description", "")))
            kept += [
                (f"{seen.occurrence}: {part} {left}", now[part] == left) for part, left in seen.set_by_hand.items()
            ]
            kept += [(f"{seen.occurrence}: {word}", word in there) for word in seen.words]
    told = memory.look()
    kept += [(str(key), told.get(key) == value) for key, value in memory.facts.items() if key[0] != "reached"]
    kept += [
        (str(key), ("reached", *key) in told)
        for key, said in memory.said.items()
        if said.word == YES and said.at is None
    ]
    made.edits = len(kept)
    made.gone = [what for what, there in kept if not there]
    made.lost = len(made.gone)
    return made


def differs(life: Watched, email: str) -> str:
    """Where the service's mirror is not the calendar, in words; "" where it is."""
    account, store = life.ids[email], life.store(email)
    mirror = {
        row[0]: row[1:]
        for row in life.rows("SELECT id, etag, cancelled, ends_at FROM events WHERE account_id = :id", {"id": account})
    }
    since = stamp(life.now - timedelta(days=700))
    for event_id, row in store.rows.items():
        known = mirror.pop(event_id, None)
        if row.cancelled:
            if known is not None and not known[1]:
                return f"{event_id[:12]} is cancelled, the mirror has it live"
        elif known is None or known[1] or known[0] != row.resource["etag"]:
            return f"{event_id[:12]} is live at {row.resource['etag']}, the mirror has {known}"
    stray = [one for one, (_, cancelled, ends) in mirror.items() if not cancelled and (ends or "9") > since]
    return f"the mirror has {stray}, the calendar has not" if stray else ""


def stamp(moment: datetime) -> str:
    """As SQLite holds it."""
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")
