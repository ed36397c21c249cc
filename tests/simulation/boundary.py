"""The edges at which a process can die or somebody can come between: each call of the calendar and each commit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from app.db.tables import AccountRow
from app.wiring import Services
from integrations.calendar import Calendar


class Killed(BaseException):
    """The process is no more. Not an Exception, so that nobody in it can catch it and go on."""


@dataclass(slots=True)
class Plan:
    """Once, at the `skip`-th edge that fits: `kind` "call" or "commit", `name` a call's, `when` "before" or "after";
    empty fits all."""

    act: Callable[[], None]
    kind: str = ""
    name: str = ""
    when: str = ""
    skip: int = 0
    happened: str = ""

    def fits(self, kind: str, name: str, when: str) -> bool:
        return self.kind in ("", kind) and self.name in ("", name) and self.when in ("", when)


@dataclass
class Boundary:
    """`commits` counts what reached the database; after `die` every further effect of that process is refused."""

    plans: list[Plan] = field(default_factory=list)
    commits: int = 0
    about_to: str = ""  # the id that the call under way is about
    _dead: bool = False
    _between: bool = False

    def die(self) -> None:
        self._dead = True
        raise Killed

    def revive(self) -> None:
        self._dead = False

    def attach(self, services: Services) -> None:
        """Put the edges around a service that was just built."""
        opened, write = services.refresh._calendar, services.db.write

        @contextmanager
        def calendar(account: AccountRow) -> Iterator[Calendar]:
            with opened(account) as real:
                yield _Edged(real, self)  # type: ignore[misc]  # has the same methods

        @contextmanager
        def written() -> Iterator[Any]:
            self.meet("commit", "", "enter")
            with write() as session:
                yield session
                self.meet("commit", "", "before")
            self.commits += 1
            self.meet("commit", "", "after")

        services.refresh._calendar = calendar
        services.db.write = written  # type: ignore[method-assign]  # one object's, while it lives

    def meet(self, kind: str, name: str, when: str) -> None:
        if self._dead:
            raise Killed
        if self._between or when == "enter":
            return
        for plan in self.plans:
            if not plan.fits(kind, name, when):
                continue
            if plan.skip:
                plan.skip -= 1
                continue
            self.plans.remove(plan)
            plan.happened = f"{when} {name or kind}"
            self._between = True
            try:
                plan.act()
            finally:
                self._between = False
            return


class _Edged:
    """A calendar with an edge before and after each call."""

    def __init__(self, real: Calendar, boundary: Boundary) -> None:
        self._real, self._boundary = real, boundary

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)  # what has no edge

    def changes(self, **options: Any) -> Iterator[Any]:
        pages = self._real.changes(**options)
        while True:
            self._boundary.meet("call", "events.list", "before")
            page = next(pages, None)
            self._boundary.meet("call", "events.list", "after")
            if page is None:
                return
            yield page
            if page.sync_token is not None:
                return

    def get(self, event_id: str) -> Any:
        return self._edged("events.get", event_id, lambda: self._real.get(event_id))

    def insert(self, block: Any) -> Any:
        return self._edged("events.insert", block.id, lambda: self._real.insert(block))

    def patch(self, block: Any, parts: Any, *, etag: str) -> Any:
        return self._edged("events.patch", block.id, lambda: self._real.patch(block, parts, etag=etag))

    def delete(self, event_id: str, *, etag: str | None) -> None:
        self._edged("events.delete", event_id, lambda: self._real.delete(event_id, etag=etag))

    def watch(self, channel_id: str, **options: Any) -> Any:
        return self._edged("events.watch", channel_id, lambda: self._real.watch(channel_id, **options))

    def stop(self, channel: Any) -> None:
        self._edged("channels.stop", channel.id, lambda: self._real.stop(channel))

    def _edged(self, name: str, event_id: str, call: Callable[[], Any]) -> Any:
        self._boundary.about_to = f"{name} {event_id}"
        try:
            self._boundary.meet("call", name, "before")
            answer = call()
            self._boundary.meet("call", name, "after")
            return answer
        finally:
            self._boundary.about_to = ""
