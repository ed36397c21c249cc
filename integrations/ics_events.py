"""Drafts of an .ics file → events as the brain expects them: masters with their recurrence lines and zone,
exceptions tied to them, each entry once, the organiser among the guests where they took part.

Nothing here depends on the order of the drafts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from hashlib import sha256
from zoneinfo import ZoneInfo

from integrations.ics_fields import Draft, Guest, Moment
from integrations.ics_problems import Problems
from integrations.ics_zones import Zones
from scheduler.model import Attendee, Event, EventType, Response
from scheduler.recurrence import check_rule, key_of
from scheduler.timespan import at_wall_clock

GROUP_REASON = "The calendar calls it a group or mailing list, not one person."
BYSTANDER_REASON = "Only copied in, not asked to take part."
_LONGEST_TURN = timedelta(days=366)
_DAY = timedelta(days=1)
_LONGEST_UID = 200


def home_zone(drafts: Sequence[Draft], named: Iterable[str], zones: Zones) -> ZoneInfo | None:
    """The calendar's zone: as its head names it (`named`), else that of most entries, else the only one described."""
    heads = Counter(zone.key for name in named if isinstance(zone := zones.find(name), ZoneInfo))
    starts = Counter(draft.start.zone for draft in drafts if draft.start is not None)
    used: Counter[str] = Counter()
    for name, count in starts.items():
        if isinstance(zone := zones.find(name), ZoneInfo) and zone.key != "UTC":
            used[zone.key] += count
    described = Counter(zone.key for name in zones.described if isinstance(zone := zones.find(name), ZoneInfo))
    for counted in (Counter({key: n for key, n in heads.items() if key != "UTC"}), used, described, heads):
        if counted:
            return ZoneInfo(min(counted, key=lambda key: (-counted[key], key not in described, key)))
    return None


class Builder:
    """Makes events of drafts. `not_people` gathers addresses that the calendar itself says are nobody's guests."""

    def __init__(self, zones: Zones, home: ZoneInfo, me: str, problems: Problems) -> None:
        self._zones, self._home, self._me, self._problems = zones, home, me, problems
        self.not_people: dict[str, str] = {}
        self._met: dict[Attendee, Attendee] = {}  # each held once: the same people come again and again

    def events(self, drafts: Iterable[Draft]) -> Iterator[Event]:
        """Each entry once; sorted by id where the caller sorts them."""
        groups: dict[str, list[Draft]] = {}
        for draft in drafts:
            groups.setdefault(draft.uid or _made_up_uid(draft), []).append(draft)
        for uid, group in groups.items():
            series_id = uid if len(uid) <= _LONGEST_UID else sha256(uid.encode()).hexdigest()
            yield from self._group(series_id, group)

    def _group(self, uid: str, group: list[Draft]) -> Iterator[Event]:
        masters = self._current([draft for draft in group if draft.original is None])
        master = None
        for number, draft in enumerate(masters):
            event = self._event(draft, uid if number == 0 else f"{uid}/{_start_text(draft)}")
            if event is not None:
                master = master or event
                yield event
        changed: dict[str, tuple[datetime | date, list[Draft]]] = {}
        for draft in group:
            if draft.original is not None:
                original = self._original(draft.original, master)
                changed.setdefault(key_of(original), (original, []))[1].append(draft)
        for key, (original, copies) in changed.items():
            draft = max(copies, key=_revision)
            self._say_copies(draft, len(copies) - 1)
            if draft.and_following:
                self._problems.add("following", draft.title)
            event = self._event(draft, f"{uid}_{key}", exception=True)
            if event is not None:
                yield replace(event, series_id=uid, original_start=original)

    def _current(self, copies: list[Draft]) -> list[Draft]:
        """The newest of the copies of one entry. Single entries that share id and number but not their time were
        never one entry: some programs give each the same id."""
        if len(copies) < 2:
            return copies
        newest = max(draft.sequence for draft in copies)
        current = [draft for draft in copies if draft.sequence == newest]
        if any(draft.rules or draft.more for draft in current):
            kept = [max(current, key=_revision)]
        else:
            by_start: dict[str, Draft] = {}
            for draft in current:
                start = _start_text(draft)
                by_start[start] = max(by_start.get(start, draft), draft, key=_revision)
            kept = [by_start[start] for start in sorted(by_start)]
        self._say_copies(kept[0], len(copies) - len(kept))
        return kept

    def _say_copies(self, draft: Draft, count: int) -> None:
        for _ in range(count):
            self._problems.add("copies", draft.title)

    def _event(self, draft: Draft, event_id: str, *, exception: bool = False) -> Event | None:
        start = draft.start and self._moment(draft.start)
        if start is None:
            self._problems.add("no_start", draft.title)
            return None
        end = self._end(draft, start)
        if draft.all_day and isinstance(start, datetime) and isinstance(end, datetime):
            start, end = _whole_days(start, end)
        recurrence = () if exception else self._recurrence(draft, start, end)
        guests = self._guests(draft)
        alone = all(guest.is_self for guest in guests)
        shown = draft.shown_as or draft.meant_as
        called_off = draft.called_off or draft.status in ("CANCELLED", "CANCELED")
        private = draft.visibility in ("PRIVATE", "CONFIDENTIAL")
        organizer = draft.organizer and self._attendee(draft.organizer, is_organizer=True)
        return Event(
            id=event_id,
            status="cancelled" if called_off else "tentative" if draft.status == "TENTATIVE" else "confirmed",
            type=_type(shown, alone=alone, birthday=draft.birthday and not isinstance(start, datetime)),
            title=draft.title,
            start=start,
            end=end,
            recurrence=recurrence,
            organizer=organizer,
            attendees=guests,
            transparent=_transparent(draft, shown),
            private=private,
            visibility=draft.visibility.lower() if private or draft.visibility == "PUBLIC" else "default",
        )

    # -- times -------------------------------------------------------------------------------------

    def _moment(self, moment: Moment) -> datetime | date:
        if not isinstance(moment.at, datetime):
            return moment.at
        zone: tzinfo | None = self._zones.find(moment.zone) if moment.zone else self._home
        if zone is None:
            self._problems.add("zone", moment.zone)
            zone = self._home
        if isinstance(zone, ZoneInfo):
            return at_wall_clock(moment.at.date(), moment.at.time(), zone)
        return moment.at.replace(tzinfo=zone)

    def _end(self, draft: Draft, start: datetime | date) -> datetime | date:
        """The end, from DTEND or DURATION; without either a day for a date, no time at all for a datetime."""
        try:
            end = self._moment(draft.end) if draft.end else None
            if isinstance(start, datetime):
                if isinstance(end, datetime):
                    return end
                if end is not None:
                    return at_wall_clock(end, time(), self._home)
                return (start.astimezone(UTC) + (draft.duration or timedelta())).astimezone(start.tzinfo)
            if isinstance(end, datetime):
                end = end.date() + (_DAY if end.time() > time() else timedelta())
            if end is None and draft.duration is not None:
                end = start + timedelta(days=draft.duration.days)
            return max(end or start, start + _DAY)
        except OverflowError:
            self._problems.add("no_end", draft.title)
            return start

    def _original(self, original: Moment, master: Event | None) -> datetime | date:
        """When the turn would have been, in the master's manner: a date for all-day series, else a moment."""
        at = self._moment(original)
        if master is None or master.start is None:
            return at
        if not isinstance(master.start, datetime):
            return at.astimezone(self._home).date() if isinstance(at, datetime) and original.zone else _date(at)
        zone = master.start.tzinfo
        if isinstance(at, datetime) and original.zone:
            return at.astimezone(zone)
        wall = original.at if isinstance(original.at, datetime) else datetime.combine(at, master.start.time())
        if isinstance(zone, ZoneInfo):
            return at_wall_clock(wall.date(), wall.time(), zone)
        return wall.replace(tzinfo=zone)

    def _recurrence(self, draft: Draft, start: datetime | date, end: datetime | date) -> tuple[str, ...]:
        """The rules as they are; dates without names of zones, which the brain need not know."""
        if not draft.rules and not draft.more:
            return ()
        length = _plain(end) - _plain(start)
        if length > _LONGEST_TURN:
            self._problems.add("long_turn", draft.title)
            return ()
        lines = list(draft.rules)
        for name, dates in (("RDATE", draft.more), ("EXDATE", draft.less)):
            keys = sorted({self._date_text(moment, start) for moment in dates})
            if keys:
                lines.append(f"{name}:{','.join(keys)}")
        if check_rule(lines, start):
            self._problems.add("rule", draft.title)
        return tuple(lines)

    def _date_text(self, moment: Moment, start: datetime | date) -> str:
        """One value in UTC, or a bare date; a floating one is in the zone of its series."""
        if not isinstance(moment.at, datetime):
            return key_of(moment.at)
        if not isinstance(start, datetime):
            return key_of(moment.at.date())
        if not moment.zone:
            wall = moment.at
            zone = start.tzinfo
            at = (
                at_wall_clock(wall.date(), wall.time(), zone)
                if isinstance(zone, ZoneInfo)
                else wall.replace(tzinfo=zone)
            )
            return key_of(at)
        return key_of(self._moment(moment))

    # -- people ------------------------------------------------------------------------------------

    def _guests(self, draft: Draft) -> tuple[Attendee, ...]:
        guests: dict[object, Attendee] = {}
        organizer = draft.organizer.address if draft.organizer else ""
        for number, guest in enumerate(draft.guests):
            if guest.role == "NON-PARTICIPANT" and guest.address != self._me and guest.kind in ("", "INDIVIDUAL"):
                self._not_a_person(guest, BYSTANDER_REASON)
                continue
            if guest.kind == "GROUP":
                self._not_a_person(guest, GROUP_REASON)
            attendee = self._attendee(guest, is_organizer=bool(organizer) and guest.address == organizer, draft=draft)
            before = guests.get(guest.address or number)
            if before is None or before.response is Response.NEEDS_ACTION:
                guests[guest.address or number] = attendee
        if guests and draft.organizer and organizer and organizer not in guests and not draft.lists_organizer:
            guests[organizer] = self._attendee(draft.organizer, is_organizer=True)
        return tuple(guests.values())

    def _attendee(self, guest: Guest, *, is_organizer: bool, draft: Draft | None = None) -> Attendee:
        is_self = bool(guest.address) and guest.address == self._me
        response = guest.answer
        if response is None:
            response = Response.ACCEPTED if is_organizer else _answer_shown(draft if is_self else None)
        elif is_organizer and response is Response.NEEDS_ACTION:
            response = Response.ACCEPTED  # who calls a meeting is not asked
        made = Attendee(
            address=guest.address,
            name=guest.name,
            response=response,
            is_self=is_self,
            is_organizer=is_organizer,
            is_resource=guest.kind in ("ROOM", "RESOURCE", "GROUP"),
        )
        return self._met.setdefault(made, made)

    def _not_a_person(self, guest: Guest, reason: str) -> None:
        if guest.address:
            self.not_people[guest.address] = max(reason, self.not_people.get(guest.address, ""))


# -- small questions -------------------------------------------------------------------------------


def _answer_shown(draft: Draft | None) -> Response:
    """The user's answer where the guest list does not give it: how Outlook shows the entry follows from it."""
    shown = draft.shown_as if draft else ""
    if shown in ("BUSY", "OOF", "WORKINGELSEWHERE"):
        return Response.ACCEPTED
    return Response.TENTATIVE if shown == "TENTATIVE" and draft and not draft.meant_as else Response.NEEDS_ACTION


def _type(shown: str, *, alone: bool, birthday: bool) -> EventType:
    """Outlook's "away" and "working elsewhere" are kinds of entries only where no guests make it a meeting."""
    if birthday and alone:
        return EventType.BIRTHDAY
    if alone and shown == "OOF":
        return EventType.OUT_OF_OFFICE
    return EventType.WORKING_LOCATION if alone and shown == "WORKINGELSEWHERE" else EventType.DEFAULT


def _transparent(draft: Draft, shown: str) -> bool:
    if shown in ("FREE", "BUSY", "TENTATIVE", "OOF"):
        return shown == "FREE"
    return draft.transparency == "TRANSPARENT"


def _whole_days(start: datetime, end: datetime) -> tuple[datetime | date, datetime | date]:
    """An all-day entry that was written with midnights."""
    if start.time() != time():
        return start, end
    last = end.astimezone(start.tzinfo)
    end_on = last.date() + (_DAY if last.time() > time() else timedelta())
    return start.date(), max(end_on, start.date() + _DAY)


def _date(at: datetime | date) -> date:
    return at.date() if isinstance(at, datetime) else at


def _plain(at: datetime | date) -> datetime:
    return at.astimezone(UTC) if isinstance(at, datetime) else datetime.combine(at, time(), UTC)


def _start_text(draft: Draft) -> str:
    return f"{draft.start.at.isoformat()}{draft.start.zone}" if draft.start else ""


def _revision(draft: Draft) -> tuple[int, str, str]:
    """What is newer, and between equals always the same."""
    return draft.sequence, draft.stamp, repr(draft)


def _made_up_uid(draft: Draft) -> str:
    return "without-uid-" + sha256(f"{_start_text(draft)}\n{draft.title}".encode()).hexdigest()[:24]
