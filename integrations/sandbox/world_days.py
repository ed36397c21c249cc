"""The sample world's days: holidays, time off, birthdays, places of work, focus time, home, notes to oneself."""

from __future__ import annotations

from datetime import date, timedelta

from integrations.sandbox.world_diary import Diary, dice

_FREE_DAY = {"transparency": "transparent"}
_OWN_PROPERTIES = {"autoDeclineMode": "declineOnlyNewConflictingInvitations", "declineMessage": "Away, back soon."}


def holidays(year: int) -> dict[date, str]:
    """The public holidays of Berlin."""
    easter = easter_sunday(year)
    return {
        date(year, 1, 1): "New Year's Day",
        date(year, 3, 8): "International Women's Day",
        easter - timedelta(days=2): "Good Friday",
        easter + timedelta(days=1): "Easter Monday",
        date(year, 5, 1): "Labour Day",
        easter + timedelta(days=39): "Ascension Day",
        easter + timedelta(days=50): "Whit Monday",
        date(year, 10, 3): "Day of German Unity",
        date(year, 12, 25): "Christmas Day",
        date(year, 12, 26): "Second Day of Christmas",
    }


def easter_sunday(year: int) -> date:
    """By the Gregorian computus (Meeus, Jones, Butcher)."""
    a, b, c = year % 19, year // 100, year % 100
    d = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    e = (32 + 2 * (b % 4) + 2 * (c // 4) - d - c % 4) % 7
    f = d + e - 7 * ((a + 11 * d + 22 * e) // 451) + 114
    return date(year, f // 31, f % 31 + 1)


def add_days(diary: Diary) -> None:
    """Everything that is known before the first meeting is made; closes the days without work."""
    for year in range(diary.first.year, diary.last.year + 1):
        for day, name in sorted(holidays(year).items()):
            if diary.first <= day < diary.last:
                diary.closed.add(day)
                diary.all_day(day, 1, name, visibility="public", **_FREE_DAY)
    _time_off(diary)
    for index, monday in enumerate(diary.mondays()):
        if index % 6 == 3 or monday == diary.monday + timedelta(weeks=1):
            diary.crowded.add(monday)


def _time_off(diary: Diary) -> None:
    # Weeks from this one, weekdays off, title.
    for week, length, title in (
        (-75, 5, "Out of office"),
        (-61, 5, "Summer holiday"),
        (-60, 5, "Summer holiday"),
        (-34, 5, "Out of office: skiing"),
        (-15, 5, "Summer holiday"),
        (-14, 5, "Summer holiday"),
        (-6, 2, "Out of office"),
        (4, 2, "Out of office: long weekend"),
    ):
        monday = diary.monday + timedelta(weeks=week)
        start = monday if length == 5 else monday + timedelta(days=3)
        diary.timed(
            start,
            0,
            length * 24 * 60,
            title,
            eventType="outOfOffice",
            visibility="public",
            outOfOfficeProperties=_OWN_PROPERTIES,
        )
        diary.closed |= {start + timedelta(days=step) for step in range(length)}
    for year in range(diary.first.year, diary.last.year + 1):
        bridge = [date(year, 12, day) for day in (24, 28, 29, 30, 31)]
        diary.closed |= {day for day in bridge if diary.first <= day < diary.last}
        if diary.first <= date(year, 12, 24) and date(year, 12, 31) < diary.last:
            diary.all_day(date(year, 12, 24), 8, "Office closed")


def add_habits(diary: Diary) -> None:
    """What fills the gaps between meetings. Comes after them, for it gives way to them."""
    for monday in diary.mondays():
        chance = dice(diary.seed, "habits", monday - diary.monday)
        week = [monday + timedelta(days=step) for step in range(7)]
        _places_of_work(diary, week)
        _home(diary, week)
        working = [day for day in week if diary.works_on(day)]
        if working and chance.random() < 0.55:
            day, start = diary.place(chance.choice(working), 120, chance, hours=(13, 17))
            diary.timed(
                day,
                start,
                120,
                chance.choice(("Focus time", "Deep work: returns", "Focus: annual accounts")),
                eventType="focusTime",
                focusTimeProperties=_OWN_PROPERTIES | {"chatStatus": "doNotDisturb"},
            )
        for _ in range(chance.choice((3, 3, 3, 4)) if working else 0):
            minutes = chance.choice((30, 30, 60))
            day, start = diary.place(chance.choice(working), minutes, chance)
            diary.timed(day, start, minutes, chance.choice(_NOTES))
    for day in diary.days():
        if day.day == 10:
            diary.all_day(day, 1, "VAT advance returns due", **_FREE_DAY)
        elif day.day == 15 and day.month % 3 == 2:
            diary.all_day(day, 1, "Trade tax prepayment due", **_FREE_DAY)
        elif day.day == 28:
            diary.all_day(day, 1, "Invoices out", **_FREE_DAY)
    _birthdays(diary)


_NOTES = (
    "Call Marta",
    "Write to Joan",
    "Call Tobias Renner",
    "VAT return",
    "Payroll run",
    "Invoices",
    "Prepare annual accounts",
    "Read new case law",
    "Send offer to Blum Verlag",
    "Clear the inbox",
    "Expenses",
    "Phone Piotr back",
    "Check deadlines",
    "Parcel from the post office",
)


def _places_of_work(diary: Diary, week: list[date]) -> None:
    for day, home in ((week[0], True), (week[4], True), (week[2], False)):
        if not diary.works_on(day) or (not home and day.toordinal() % 2):
            continue
        place: dict[str, object] = (
            {"type": "homeOffice", "homeOffice": {}}
            if home
            else {"type": "officeLocation", "officeLocation": {"label": "Okafor & Partner, Berlin"}}
        )
        diary.all_day(
            day,
            1,
            "Home" if home else "Okafor & Partner, Berlin",
            eventType="workingLocation",
            visibility="public",
            workingLocationProperties=place,
            **_FREE_DAY,
        )


def _home(diary: Diary, week: list[date]) -> None:
    chance = dice(diary.seed, "home", week[0] - diary.monday)
    evenings = ("Parents' evening", "Dinner at Mum's", "Pilates", "Cinema", "Swimming lesson Noah", "Book club")
    weekends = ("Birthday party", "Football Noah", "Lake with the children", "Brunch", "Hike", "Flea market")
    for day in chance.sample(week[:5], chance.choice((1, 2, 2))):
        start, minutes, title = chance.choice((1080, 1110, 1140)), chance.choice((60, 90, 120)), chance.choice(evenings)
        if diary.free(day, start, start + minutes):
            diary.timed(day, start, minutes, title)
    if chance.random() < 0.8:
        diary.timed(chance.choice(week[5:]), chance.choice((600, 660, 840)), 150, chance.choice(weekends))
    for day in (week[1], week[3]):
        if diary.works_on(day) and chance.random() < 0.5 and diary.free(day, 480, 510):
            diary.timed(day, 480, 30, "Drop Noah at school")


def _birthdays(diary: Diary) -> None:
    for name, month, day in (
        ("Mum", 2, 11),
        ("Noah", 6, 5),
        ("David", 9, 23),
        ("Ama", 12, 1),
        ("Jonas Weidner", 4, 18),
        ("Priya Raman", 11, 27),
        ("Grandpa", 2, 29),
    ):
        year = diary.first.year - 1
        rule = "RRULE:FREQ=YEARLY"
        if (month, day) == (2, 29):
            year -= year % 4  # the rule's first turn must be a 29th of February
            rule = "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1"
        diary.all_day(
            date(year, month, day),
            1,
            f"{name}'s birthday",
            eventType="birthday",
            visibility="private",
            birthdayProperties={"type": "birthday"},
            recurrence=[rule],
            **_FREE_DAY,
        )
