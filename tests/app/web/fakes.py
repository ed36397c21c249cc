"""Services with sample values: what pages show, and a note of every action that they ask for."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.clock import Clock
from app.errors import NotFound
from app.services.people_model import Asked, PromiseLine, Sonar, SonarDot, SonarSector
from app.services.preferences import Preferences
from app.services.viewmodel import (
    Banner,
    BlockPerson,
    BlockView,
    FoundPerson,
    Frame,
    Go,
    GoPerson,
    LeftOutPerson,
    People,
    PeoplePage,
    Person,
    PersonRow,
    Progress,
    Proposal,
    SettingsView,
    Today,
    TouchLine,
    Welcome,
)
from app.services.year import Blocks, InRhythm, Promises, Silent, SilentTie, Week, Year
from scheduler.model import Rule

ZONE = ZoneInfo("Europe/Stockholm")
NOW = datetime(2026, 11, 24, 9, 42, tzinfo=ZONE)
TODAY = NOW.date()
TOKEN = "good-token"
ACCOUNT = 7

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>\u202ecod.exe\u2066\x07\ud800{{7*7}}"

FRAME = Frame(email="hannah@okafor.example", banner=None, paused=False, today=TODAY)
RECONNECT = Banner(
    code="sign_in_lost",
    text="Google no longer lets Greenblock in. Nothing is lost; your blocks stay as they are until you reconnect.",
    action="Reconnect Google",
    href="/connect",
)
SLOW = Banner(
    code="unavailable", text="Google Calendar could not be reached. There is nothing to do; we try again soon."
)

RULE = Rule(
    key="r1",
    weekdays=frozenset({2, 4}),
    window_start=time(9),
    window_end=time(16, 30),
    ideal=time(10),
    shortest=30,
    longest=45,
    minutes_a_person=15,
)
PREFERENCES = Preferences(
    work_start=time(8, 30),
    work_end=time(17, 30),
    country="SE",
    own=("okafor.example",),
    excluded=("sam@okafor-family.example", "slotwise.example"),
    client_weeks=6,
)


def at(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZONE)


MARTA = BlockPerson(
    contact_id=12,
    name="Marta Lindqvist",
    company="Ferro & Sons",
    reason="Last in your calendar 6 October; you usually meet every five weeks.",
    channel="A call",
    prompt="What has changed since the harvest?",
    outcome="",
    note="The VAT checklist, by Friday.",
)
TOBIAS = BlockPerson(
    contact_id=13,
    name="Tobias Renner",
    company="Renner Holzbau",
    reason="Last in your calendar 11 September; you usually meet every eight weeks.",
    channel="A message",
    prompt="How is the yard in autumn?",
    outcome="",
)
INES = BlockPerson(
    contact_id=14,
    name="Ines Carvalho",
    company="Atelier Norte",
    reason="Last in your calendar 25 August.",
    channel="A coffee",
    prompt="What is on the easel?",
    outcome="reached",
)
NEXT = BlockView(
    id=31,
    start=at(24, 10),
    end=at(24, 10, 45),
    state="booked",
    reason="The first free time near ten.",
    people=(MARTA, TOBIAS, INES),
    names_on=None,
    link=f"/go/{TOKEN}",
)
GO_PEOPLE = tuple(
    GoPerson(
        person=replace(
            person,
            phone="+46 8 123 45",
            tel="tel:+46812345",
            promises=(
                PromiseLine(id=50 + number, what="promise", text="A map", words="A map", due_on=TODAY, kept_on=None),
            ),
        ),
        mark="call" if person.outcome else "open",
        way="call",
        coffee=f"https://calendar.example/new?text=Coffee+with+{number}",
        visit=f"https://calendar.example/new?text=Visit+to+{number}",
    )
    for number, person in enumerate((MARTA, TOBIAS, INES))
)
THURSDAY = replace(
    NEXT,
    id=32,
    start=at(26, 14, 30),
    end=at(26, 15, 15),
    state="pinned",
    people=(
        replace(MARTA, contact_id=15, name="Joan Achterberg"),
        replace(MARTA, contact_id=16, name="Piotr Zieliński"),
    ),
)
GONE = replace(NEXT, id=33, start=at(23, 10), end=at(23, 10, 45), state="skipped", people=())
LATER = tuple(
    replace(
        NEXT,
        id=40 + week,
        start=NEXT.start + timedelta(weeks=week),
        end=NEXT.end + timedelta(weeks=week),
        people=(),
        names_on=TODAY + timedelta(weeks=week - 1),
    )
    for week in range(1, 5)
)

_FIRSTS = ("Rohan", "Henrik", "Joan", "Gideon", "Samira", "Callum", "Noor", "Elif", "Greta", "Luca", "Paloma", "Ulrike")
_LASTS = ("Iyer", "Solberg", "Achterberg", "Marsh", "Haddad", "Breck", "van Dalen", "Aksoy", "Moen", "Ferrante", "Ruiz")


def found(number: int, *, sure: bool) -> FoundPerson:
    name = f"{_FIRSTS[number % len(_FIRSTS)]} {_LASTS[number % len(_LASTS)]}"
    return FoundPerson(
        id=100 + number,
        name=name,
        company=f"{name.split()[-1]} {('Logistics', 'Studio', 'Foods & Wine')[number % 3]}",
        address=f"p{number}@firm{number // 2}.example",
        kind="",
        sure=sure,
        why_unsure="" if sure else ("Met once so far.", "Met only among more than three.")[number % 2],
        rhythm=f"every {2 + number % 9} weeks" if sure else "",
        last=f"last in your calendar {1 + number % 28} October",
    )


COMPANIES = tuple(
    (found(number, sure=True).company, tuple(found(number + step, sure=True) for step in range(1 + number // 3 % 3)))
    for number in range(0, 180, 3)
)
LEFT_OUT = (
    (
        "Your own people",
        (
            LeftOutPerson(
                address="jonas@okafor.example",
                name="Jonas Okafor",
                reason="A colleague: the same domain as you",
                counted_in=False,
            ),
            LeftOutPerson(
                address="erik@okafor.example",
                name="Erik Sandell",
                reason="A colleague: the same domain as you",
                counted_in=True,
            ),
        ),
    ),
    (
        "Rooms and robots",
        (
            LeftOutPerson(
                address="bookings@slotwise.example", name="", reason="A booking robot, not a person", counted_in=False
            ),
        ),
    ),
)
WELCOME = Welcome(
    frame=FRAME,
    saved=False,
    account_line="412 people were invited to your meetings of two years: 120 found, 18 not sure, 274 left out.",
    companies=COMPANIES,
    unsure=tuple(found(number, sure=False) for number in range(300, 318)),
    left_out=LEFT_OUT,
    proposal=Proposal(
        sentence="Thursdays at ten were free in nine of your last ten weeks.",
        blocks=(replace(NEXT, start=at(26, 10), end=at(26, 10, 30), state="planned"), *LATER[:3]),
        weekday=4,
        unplaced=(),
    ),
)


def row(number: int, kind: str = "client", unsure: str = "") -> PersonRow:
    person = found(number, sure=True)
    return PersonRow(
        id=person.id,
        name=person.name,
        company=person.company,
        kind=kind,
        rhythm=person.rhythm,
        last=person.last,
        coverage="planned on 3 December",
        unsure=unsure,
    )


def sample_today() -> Today:
    monday = date(2026, 11, 23)
    of_day = {23: (GONE,), 24: (NEXT,), 26: (THURSDAY,)}
    return Today(
        frame=FRAME,
        now=NOW,
        next=NEXT,
        week=tuple(
            (monday + timedelta(days=step), of_day.get((monday + timedelta(days=step)).day, ())) for step in range(7)
        ),
        later=LATER,
        questions=(),
        moved=((at(23, 18), "Thursday’s block, from 14:00 to 14:30. A meeting with Halden Logistics landed on it."),),
        unplaced=("No room in the week of 14 December: every Tuesday and Thursday is taken.",),
        capacity="60 clients at about 6 weeks need 10 a week; your blocks hold 6.",
        mends=("Five people a block would close the gap.", "Or let it be ten weeks between two talks."),
        needed=10,
        held=6,
        checked_at=NOW - timedelta(minutes=3),
    )


class Views:
    """Shows `frame` and the attributes below; tests put others in their place."""

    def __init__(self) -> None:
        self.progress_ = Progress(events=1240, people=212, done=True, saved=True)
        self.welcome_ = WELCOME
        self.today_ = sample_today()
        self.people_ = People(
            frame=FRAME,
            people=tuple(row(number) for number in range(60)),
            unsure=tuple(row(number, kind="", unsure="met once so far") for number in range(60, 66)),
            others=(row(70, kind="supplier"), row(71, kind="never")),
            left_out=LEFT_OUT,
        )
        self.people_page_ = PeoplePage(
            frame=FRAME,
            asked=Asked(),
            rows=self.people_.people,
            found=60,
            pages=1,
            counts={"blocks": 60, "unsure": 6, "others": 2, "left": 3},
            states={"planned": 60},
            kinds=("client", "friend"),
            tags=("retainer",),
            companies=("Halden Logistics",),
            sonar=Sonar(
                dots=tuple(
                    SonarDot(person=row(number), outline="M0 0h5", x=0, y=0, r=5, label="Rohan") for number in range(60)
                ),
                sectors=(
                    SonarSector(
                        name="retainer", label="retainer", label_phone="ret…", people=60, arc="M0 0h9", edge="M0 0h9"
                    ),
                ),
                by="tag",
            ),
            unsure=self.people_.unsure[:5],
            left_out=LEFT_OUT,
            left_out_counts={words: len(members) for words, members in LEFT_OUT},
        )
        self.person_ = Person(
            frame=FRAME,
            row=row(1),
            addresses=("rohan@iyer.example", "r.iyer@gmail.example"),
            touches=tuple(
                TouchLine(on=TODAY - timedelta(days=20 + 31 * step), words="A meeting", channel="meeting")
                for step in range(16)
            ),
            cadence_weeks=None,
            snoozed_until=None,
        )
        self.year_ = Year(
            frame=FRAME,
            year=2026,
            years=(2026, 2025),
            touches=9,
            people=4,
            weeks=tuple(
                Week(monday=date(2026, 1, 5) + timedelta(weeks=n), begins=None, touches=n % 3, from_blocks=n % 2)
                for n in range(47)
            ),
            months=(InRhythm(on=TODAY, people=4, in_rhythm=3),),
            blocks=(Blocks(month=date(2026, 11, 1), held=2, named=6, reached=4),),
            promises=Promises(made=3, kept=2, in_time=1, with_day=1, open=1),
            silent=Silent(
                ties=(
                    SilentTie(
                        contact_id=101,
                        name="Rohan Iyer",
                        last_on=date(2026, 5, 1),
                        silent_on=date(2026, 7, 30),
                        named_on=None,
                    ),
                ),
                judged=4,
                min_days=4,
                days=90,
                names_a_week=3,
            ),
        )
        self.settings_ = SettingsView(
            frame=FRAME,
            rule=RULE,
            preferences=PREFERENCES,
            calendar_zone="Europe/Stockholm",
            zones=("America/New_York", "Asia/Tokyo", "Europe/London", "Europe/Stockholm"),
            countries=(("DE", "Germany"), ("PT", "Portugal"), ("SE", "Sweden")),
            capacity="60 clients at about 6 weeks need 10 a week; your blocks hold 6.",
            connected_since=date(2026, 8, 31),
            connected=True,
        )
        self.go_ = Go(frame=FRAME, block=NEXT, open=True, people=GO_PEOPLE)
        self.frame_ = FRAME

    def frame(self, account_id: int) -> Frame:
        return self.frame_

    def progress(self, account_id: int) -> Progress:
        return self.progress_

    def welcome(self, account_id: int) -> Welcome:
        return self.welcome_

    def today(self, account_id: int, saved: str = "") -> Today:
        return self.today_

    def first_forecast(self, account_id: int, first: object) -> None:
        return None

    def people(self, account_id: int) -> People:
        return self.people_

    def people_page(self, account_id: int, asked: Asked) -> PeoplePage:
        return replace(self.people_page_, asked=asked)

    def person(self, account_id: int, contact_id: int) -> Person:
        if contact_id != self.person_.row.id:
            raise NotFound
        return self.person_

    def year(self, account_id: int, wanted: int | None = None) -> Year:
        return self.year_

    def settings(self, account_id: int) -> SettingsView:
        return self.settings_

    def go(self, account_id: int, token: str, saved: str = "") -> Go:
        if token != TOKEN:
            raise NotFound
        return self.go_


class Recorder:
    """Notes every call as (name, arguments), and raises `error` where one is set."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, tuple[Any, ...]]] = []
        self.error: Exception | None = None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)

        def call(*arguments: Any) -> None:
            if self.error is not None:
                raise self.error
            self.calls.append((name, arguments))

        return call


@dataclass
class FakeServices:
    views: Views = field(default_factory=Views)
    actions: Recorder = field(default_factory=Recorder)
    connect: Recorder = field(default_factory=Recorder)
    clock: Clock = field(default=lambda: NOW)
