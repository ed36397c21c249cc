"""One user's calendar in memory: the events, their versions, the tombstones, and one lock.

The routes, the week view and the tests work on a Store. Events are Google's resources (plain dicts) as the API
answers them. **A dict that comes out of a Store is never changed afterwards, here or by the reader**: a write
replaces it. Every refusal is one ApiError (status, reason, message).

    store.live()                        singles, series masters and exceptions that are not cancelled
    store.between(start, end)           what a calendar shows: singles and instances that overlap, by start
    store.get(id)                       also cancelled ones, also an instance `<series>_20260105T090000Z`
    store.insert(body)                  body as events.insert takes it
    store.patch(id, body, if_match=…)   null deletes a key, objects are merged, lists replaced
    store.update(id, body, if_match=…)  the whole event; a cancelled one comes back to life
    store.delete(id, if_match=…)        an instance's id cancels that date only
    store.expire_sync_tokens()          the next incremental sync is answered 410 fullSyncRequired
    store.on_change(function)           called, outside the lock, after every write
    store.on_write(function)            called, inside the lock, with what an event was (None: new) and is now
    store.snapshot(), restore(it)       the whole calendar, to go back to

`patch`, `update` and `delete` take an instance's id and then make an exception of the series.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random, SystemRandom
from typing import Any

from integrations.sandbox import errors, recurrence
from integrations.sandbox.resource import WRITABLE, Home, Resource, build, check_id, merge
from integrations.sandbox.times import moment_of, stamp


@dataclass(slots=True)
class Row:
    """A stored event. `seq` is its place in the calendar's stable order, `version` that of its last change."""

    seq: int
    version: int
    resource: Resource
    start: datetime
    end: datetime

    @property
    def cancelled(self) -> bool:
        return bool(self.resource["status"] == "cancelled")

    @property
    def series(self) -> bool:
        return "recurrence" in self.resource

    @property
    def series_id(self) -> str | None:
        """Of an exception, the series it belongs to."""
        found: str | None = self.resource.get("recurringEventId")
        return found


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One calendar as it stood."""

    home: Home
    rows: Mapping[str, Row]
    exceptions: Mapping[str, frozenset[str]]
    version: int
    token_epoch: int


class Store:
    def __init__(
        self, *, home: Home, events: Iterable[Resource], clock: Callable[[], datetime], chance: Random | None = None
    ) -> None:
        """`events` are complete resources (seed.py makes them); an `etag` is given to each. `chance` draws the ids of
        events that come without one."""
        self.home = home
        self.clock = clock
        self.chance = chance or SystemRandom()
        self.lock = threading.RLock()
        self.version = 0
        self.token_epoch = 1  # sync tokens of an earlier epoch have expired
        self.rows: dict[str, Row] = {}
        self._exceptions: dict[str, set[str]] = {}
        self._listeners: list[Callable[[], None]] = []
        self._witnesses: list[Callable[[Resource | None, Resource], None]] = []
        for event in events:
            self._put(event)

    # -- reading

    def live(self) -> list[Resource]:
        with self.lock:
            return [row.resource for row in self.rows.values() if not row.cancelled]

    def between(self, start: datetime, end: datetime) -> list[Resource]:
        with self.lock:
            found: list[tuple[datetime, str, Resource]] = []
            for row in self.rows.values():
                if row.cancelled:
                    continue
                shown = self.expand(row, after=start, before=end) if row.series else [row.resource]
                for event in shown:
                    begins = moment_of(event["start"], self.home.zone)
                    ends = moment_of(event["end"], self.home.zone)
                    if begins < end and max(ends, begins) > start and event["status"] != "cancelled":
                        found.append((begins, event["id"], event))
            return [event for _, _, event in sorted(found, key=lambda entry: entry[:2])]

    def get(self, event_id: str) -> Resource:
        with self.lock:
            if row := self.rows.get(event_id):
                return row.resource
            found = self._instance(event_id)
            if found is None:
                raise errors.not_found()
            return found

    def expand(self, row: Row, *, after: datetime | None = None, before: datetime | None = None) -> list[Resource]:
        """The dates of a series that follow its rule; those that have a row of their own (exceptions) are left out."""
        own = self._exceptions.get(row.resource["id"], set())
        made: list[Resource] = []
        for spot in recurrence.occurrences(row.resource, self.home.zone, after=after, before=before):
            if f"{row.resource['id']}_{spot.suffix}" not in own:
                made.append(recurrence.instance(row.resource, spot, self.home.zone))
            if len(made) >= recurrence.LIMIT:
                break
        return made

    def exceptions(self, series_id: str) -> list[Row]:
        with self.lock:
            return [self.rows[event_id] for event_id in sorted(self._exceptions.get(series_id, set()))]

    # -- writing

    def insert(self, body: Mapping[str, Any]) -> Resource:
        with self._writing():
            event_id = check_id(body["id"]) if body.get("id") is not None else self.chance.randbytes(16).hex()
            if event_id in self.rows:
                raise errors.duplicate()
            if body.get("eventType") in ("fromGmail", "birthday"):
                raise errors.ApiError(400, "eventTypeRestriction", "Events of this type cannot be created.")
            made = build(body, event_id=event_id, home=self.home, now=self.clock(), previous=None)
            return self._put(made)

    def patch(self, event_id: str, body: Mapping[str, Any], *, if_match: str | None = None) -> Resource:
        with self._writing():
            old = self._current(event_id, if_match)
            mine = {key: value for key, value in old.items() if key in WRITABLE}
            asked = {key: value for key, value in body.items() if key in WRITABLE}
            return self._change(old, merge(mine, asked))

    def update(self, event_id: str, body: Mapping[str, Any], *, if_match: str | None = None) -> Resource:
        with self._writing():
            return self._change(self._current(event_id, if_match), body)

    def delete(self, event_id: str, *, if_match: str | None = None) -> None:
        with self._writing():
            old = self._current(event_id, if_match)
            if old["status"] == "cancelled":
                raise errors.deleted()
            self._cancel(old)

    def expire_sync_tokens(self) -> None:
        with self.lock:
            self.token_epoch += 1

    def on_change(self, listener: Callable[[], None]) -> None:
        self._listeners.append(listener)

    def on_write(self, witness: Callable[[Resource | None, Resource], None]) -> None:
        self._witnesses.append(witness)

    def snapshot(self) -> Snapshot:
        """Cheap: rows and resources are never changed, only replaced."""
        with self.lock:
            exceptions = {series: frozenset(ids) for series, ids in self._exceptions.items()}
            return Snapshot(self.home, dict(self.rows), exceptions, self.version, self.token_epoch)

    def restore(self, snapshot: Snapshot) -> None:
        """Also one of another store, which then is what this one was made from. Nobody is told."""
        with self.lock:
            self.home, self.version, self.token_epoch = snapshot.home, snapshot.version, snapshot.token_epoch
            self.rows = dict(snapshot.rows)
            self._exceptions = {series: set(ids) for series, ids in snapshot.exceptions.items()}

    # -- inside

    def _writing(self) -> _Writing:
        return _Writing(self.lock, self._listeners)

    def _instance(self, event_id: str) -> Resource | None:
        """A date of a series that has no row of its own."""
        parts = recurrence.split_instance_id(event_id)
        row = self.rows.get(parts[0]) if parts else None
        if parts is None or row is None or not row.series:
            return None
        try:
            shape = "%Y%m%dT%H%M%SZ" if "T" in parts[1] else "%Y%m%d"
            near = datetime.strptime(parts[1], shape).replace(tzinfo=UTC)
        except ValueError:
            return None
        for spot in recurrence.occurrences(row.resource, self.home.zone):
            if spot.suffix == parts[1]:
                return recurrence.instance(row.resource, spot, self.home.zone)
            if spot.start > near and spot.start.date() > near.date():
                break
        return None

    def _current(self, event_id: str, if_match: str | None) -> Resource:
        old = self.get(event_id)
        if if_match is not None and if_match != "*" and if_match != old["etag"]:
            raise errors.condition_not_met()
        return old

    def _change(self, old: Resource, body: Mapping[str, Any]) -> Resource:
        made = build(body, event_id=old["id"], home=self.home, now=self.clock(), previous=old)
        if made["status"] == "cancelled":
            return self._cancel(old)
        stored = self._put(made)
        if "recurrence" in old and any(old.get(key) != made.get(key) for key in ("start", "recurrence")):
            self._drop_strays(stored)
        return stored

    def _cancel(self, old: Resource) -> Resource:
        gone = {key: value for key, value in old.items() if key != "etag"}
        gone |= {"status": "cancelled", "updated": stamp(self.clock())}
        for event_id in sorted(self._exceptions.get(old["id"], set())):
            if not self.rows[event_id].cancelled:
                self._cancel(self.rows[event_id].resource)
        return self._put(gone)

    def _drop_strays(self, series: Resource) -> None:
        """Exceptions of dates that the changed series no longer has are gone."""
        for event_id in sorted(self._exceptions.get(series["id"], set())):
            if not self.rows[event_id].cancelled and ("recurrence" not in series or self._instance(event_id) is None):
                self._cancel(self.rows[event_id].resource)

    def _put(self, resource: Resource) -> Resource:
        self.version += 1
        event_id = resource["id"]
        stored = {"kind": resource["kind"], "etag": f'"{3_500_000_000_000_000 + self.version}"'} | resource
        stored["etag"] = f'"{3_500_000_000_000_000 + self.version}"'
        edges = (stored.get("start") or stored.get("originalStartTime"), stored.get("end") or stored.get("start"))
        start = moment_of(edges[0], self.home.zone) if edges[0] else datetime.min.replace(tzinfo=UTC)
        end = moment_of(edges[1], self.home.zone) if edges[1] else start
        old = self.rows.get(event_id)
        self.rows[event_id] = Row(old.seq if old else len(self.rows), self.version, stored, start, end)
        if series := stored.get("recurringEventId"):
            self._exceptions.setdefault(series, set()).add(event_id)
        for witness in self._witnesses:
            witness(old.resource if old else None, stored)
        return stored


class _Writing:
    """The lock for one write; after a write that went through, and after the lock is let go, the listeners."""

    def __init__(self, lock: threading.RLock, listeners: list[Callable[[], None]]) -> None:
        self._lock = lock
        self._listeners = listeners

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._lock.release()
        if kind is None:
            for listener in list(self._listeners):
                listener()
