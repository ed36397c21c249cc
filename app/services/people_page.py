"""The people page: one of four lists, searched, filtered, sorted, a hundred rows at a time; and everybody as a picture.

One query brings everybody, with as much of each as the lists are ordered and counted by; a second one the facts of
those who are shown. What is costly (who is due, who may be one person) the last run has left in the rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy.orm import Session

from app.db import people
from app.db.people import Listed, Ranked
from app.db.tables import AccountRow, LeftOutRow
from app.services import sonar, sonar_names
from app.services.people_model import Asked, PeoplePage, PersonRow, Sonar, SonarDot, SonarSector, Twins
from app.services.people_views import LATELY, MOST_TWINS, met_lately, questions_of, somebody
from app.services.standing import ratio_of, tie_of
from app.services.view_parts import a_part, left_out_groups, person_row
from app.services.viewing import Viewing, account_of
from scheduler.coverage import CoverageState
from scheduler.model import KINDS_IN_BLOCKS
from scheduler.twins import bare
from scheduler.words import again

A_PAGE = 100
SHOWS = ("blocks", "unsure", "others", "left")
SORTS = ("priority", "name", "company", "rhythm", "tie", "place")
SECTORS = 6
"""Companies or tags with a sector of their own; the rest share one."""
MOST_COMPANIES = 40
"""To choose from, the largest; the search finds the others."""
MOST_TAGS = 100
"""Likewise, those of most people."""
FEW = 5
"""Of those not sure yet, beside the picture."""
_IN_BLOCKS = frozenset(kind.value for kind in KINDS_IN_BLOCKS)
_STATES = [state.value for state in CoverageState]
_SORTED_BY = {"rhythm": ("gap", "met_on", "last_on"), "tie": ("strength",), "place": ("on",)}
"""The facts of everybody that an order needs."""


class PeoplePages(Viewing):
    """The part of `Views` that is the people page."""

    def people_page(self, account_id: int, asked: Asked) -> PeoplePage:
        with self._db.read() as session:
            account = account_of(session, account_id)
            today = self._today(account)
            everybody = people.ranked(session, account_id, _SORTED_BY.get(asked.sort.removeprefix("-"), ()))
            lists = _lists(_matching(session, account_id, everybody, asked.q))
            out = left_out_groups(_left_out(session, account_id, asked.q)) if asked.show == "left" else ()
            left = (
                sum(len(members) for _, members in out) if asked.show == "left" else _left(session, account_id, asked.q)
            )
            first = asked.show == "blocks" and not asked.q and asked.page == 1
            twins = _twins(session, account, everybody) if first else ()
            here = lists.get(asked.show, [])
            filtered = _narrowed(here, asked)
            rows = [row for row in filtered if row.state == asked.state] if asked.state else filtered
            found = left if asked.show == "left" else len(rows)
            pages = max(1, -(-found // A_PAGE))
            page = min(asked.page, pages)
            ordered = _ordered(rows, asked.sort, today)[(page - 1) * A_PAGE : page * A_PAGE]
            pictured = rows[: sonar.MOST] if asked.show == "blocks" else []
            unsure = lists["unsure"][:FEW] if first else []
            asks = frozenset(account.outlook.get("ask", ())) if first else frozenset()
            since = (today - LATELY).isoformat()
            new = [row for row in everybody if first and row.first_on and row.first_on >= since]
            shown = {row.id for row in (*ordered, *pictured, *unsure, *new)} | asks
            told = _Told(people.listed(session, account_id, shown), today)
        return PeoplePage(
            frame=self._frame(account),
            asked=replace(asked, page=page),
            rows=tuple(told[row] for row in ordered),
            found=found,
            pages=pages,
            counts={**{show: len(members) for show, members in lists.items()}, "left": left},
            states={state: count for state, count in _counted(filtered).items() if asked.show == "blocks"},
            kinds=tuple(sorted({row.kind for row in here if row.kind})),
            tags=_tags(here),
            companies=_companies(here),
            sonar=_sonar([told.whole[row.id] for row in pictured], asked, told) if pictured else None,
            unsure=tuple(told[row] for row in unsure),
            left_out=a_part(out, (page - 1) * A_PAGE, A_PAGE),
            left_out_counts={words: len(members) for words, members in out},
            questions=tuple(questions_of(told.whole[row.id] for row in everybody if row.id in asks)) if asks else (),
            met_lately=tuple(met_lately((told.whole[row.id] for row in new), today)),
            twins=twins,
        )


class _Told:
    """Rows as they are shown, each made once: the list and the picture have many in common."""

    def __init__(self, whole: Mapping[int, Listed], today: date) -> None:
        self.whole = whole
        self.today = today
        self._made: dict[int, PersonRow] = {}
        self._said: dict[str, str] = {}

    def __getitem__(self, row: Ranked | Listed) -> PersonRow:
        if row.id not in self._made:
            self._made[row.id] = person_row(self.whole[row.id], self.today, self._again)
        return self._made[row.id]

    def _again(self, kept: object) -> str:
        """Many stand at the same place, and it is put into words once."""
        found = self._said.get(key := repr(kept))
        if found is None:
            found = self._said[key] = again(kept)
        return found


def _matching(session: Session, account_id: int, rows: Sequence[Ranked], q: str) -> Sequence[Ranked]:
    """Whose name, company, tags and addresses hold every word of `q`, whatever its accents and case."""
    words = bare(q).split()
    if not words:
        return rows
    addresses = people.addresses_of(session, account_id)
    found = []
    for row in rows:
        if _holds(" ".join((row.name, row.company, *row.tags, *addresses.get(row.id, ()))), words):
            found.append(row)
    return found


def _left_out(session: Session, account_id: int, q: str) -> list[LeftOutRow]:
    """Whose name and address hold every word of `q`."""
    words = bare(q).split()
    return [row for row in people.left_out(session, account_id) if _holds(f"{row.name} {row.address}", words)]


def _left(session: Session, account_id: int, q: str) -> int:
    """How many they are."""
    return len(_left_out(session, account_id, q)) if q else people.count_left_out(session, account_id)


def _holds(text: str, words: Sequence[str]) -> bool:
    whole = bare(text) if words else ""
    return all(word in whole for word in words)


def _lists(rows: Iterable[Ranked]) -> dict[str, list[Ranked]]:
    found: dict[str, list[Ranked]] = {"blocks": [], "unsure": [], "others": []}
    for row in rows:
        found["unsure" if row.kind is None else "blocks" if row.kind in _IN_BLOCKS else "others"].append(row)
    return found


def _narrowed(rows: list[Ranked], asked: Asked) -> list[Ranked]:
    if asked.kind:
        rows = [row for row in rows if row.kind == asked.kind]
    if asked.tag:
        rows = [row for row in rows if asked.tag in row.tags]
    if asked.company:
        rows = [row for row in rows if row.company == asked.company]
    return rows


def _counted(rows: Iterable[Ranked]) -> dict[str, int]:
    counts = Counter(row.state for row in rows)
    return {state: counts[state] for state in _STATES}


def _tags(rows: Iterable[Ranked]) -> tuple[str, ...]:
    counts = Counter(tag for row in rows for tag in row.tags)
    return tuple(sorted(tag for tag, _ in counts.most_common(MOST_TAGS)))


def _companies(rows: Iterable[Ranked]) -> tuple[str, ...]:
    """Those with two people or more, the largest of them, by name."""
    counts = Counter(row.company for row in rows if row.company)
    largest = [company for company, count in counts.most_common(MOST_COMPANIES) if count > 1]
    return tuple(sorted(largest, key=str.casefold))


def _ordered(rows: list[Ranked], sort: str, today: date) -> list[Ranked]:
    """Equals stay by priority."""
    match sort.removeprefix("-"):
        case "name":
            ordered = sorted(rows, key=lambda row: bare(row.name))
        case "company":
            ordered = sorted(rows, key=lambda row: (not row.company, bare(row.company)))
        case "rhythm":
            ordered = sorted(rows, key=lambda row: -ratio_of(row.by, today))
        case "tie":
            ordered = sorted(rows, key=lambda row: -(row.by["strength"] or 0))
        case "place":
            ordered = sorted(rows, key=_by_place)
        case _:
            ordered = rows
    return ordered[::-1] if sort.startswith("-") else ordered


def _by_place(row: Ranked) -> tuple[int, str]:
    return (_STATES.index(row.state) if row.state in _STATES else len(_STATES), row.by["on"] or "9999")


def _twins(session: Session, account: AccountRow, rows: Iterable[Ranked]) -> tuple[Twins, ...]:
    """Pairs that the last run found, but for those told apart or put together since."""
    by_id = {row.id: row for row in rows}
    found = [(first, second) for first, second in account.outlook.get("twins", ()) if {first, second} <= by_id.keys()]
    if not found:
        return ()
    apart = people.apart(session, account.id)
    found = [pair for pair in found if pair not in apart][:MOST_TWINS]
    addresses = people.addresses_of(session, account.id, {one for pair in found for one in pair})
    return tuple(
        Twins(first=somebody(by_id[first], addresses), second=somebody(by_id[second], addresses))
        for first, second in found
    )


# -- The picture -----------------------------------------------------------------------------------


def _sonar(shown: Sequence[Listed], asked: Asked, told: _Told) -> Sonar:
    """In the order of priority."""
    divided = {by: _groups(shown, by) for by in ((asked.by,) if asked.by else ("company", "tag"))}
    # Unless asked: whatever leaves fewer people among the others, so that one tag does not undo all companies.
    by = min(divided, key=lambda one: sum(not name for name in divided[one].values()))
    groups = divided[by]
    names = sorted(set(groups.values()), key=lambda name: (not name, bare(name)))
    counts = Counter(groups.values())
    picture = sonar.place(
        tuple(
            sonar.Mark(
                row.id, round(ratio_of(row.facts, told.today), 2), tie_of(row.facts), names.index(groups[row.id])
            )
            for row in shown
        ),
        tuple(counts[name] for name in names),
    )
    persons = {row.id: told[row] for row in shown}
    labels = sonar_names.labels(picture, _named(shown, persons))
    return Sonar(
        dots=tuple(_dot(dot, persons[dot.key], labels.get(dot.key)) for dot in picture.dots),
        sectors=tuple(
            SonarSector(
                name=name,
                label=sonar_names.sector_name(name, part, sonar_names.DESK),
                label_phone=sonar_names.sector_name(name, part, sonar_names.PHONE),
                people=counts[name],
                arc=sonar_names.arc(part),
                edge=sonar_names.edge(part.start),
            )
            for name, part in zip(names, picture.sectors, strict=True)
        )
        if len(names) > 1
        else (),
        by=by,
    )


def _groups(rows: Iterable[Listed], by: str) -> dict[int, str]:
    """Contact id -> the name of their sector, "" for the one of all others."""
    every = {row.id: tuple(row.tags) if by == "tag" else (row.company,) if row.company else () for row in rows}
    counts = Counter(name for names in every.values() for name in names)
    largest = [name for name, count in counts.most_common(SECTORS) if count > 1 or by == "tag"]
    return {
        who: min((name for name in names if name in largest), key=largest.index, default="")
        for who, names in every.items()
    }


def _named(rows: Sequence[Listed], persons: Mapping[int, PersonRow]) -> tuple[tuple[int, str], ...]:
    """Who gets a name: of those past their gap, the first; while there are few, the others too."""
    chosen = [row for row in rows if persons[row.id].standing in ("past", "now")] if len(rows) > 12 else rows
    names = sonar_names.short_names(row.name for row in chosen[: sonar_names.MOST_NAMES])
    return tuple((row.id, names[" ".join(row.name.split())]) for row in chosen[: sonar_names.MOST_NAMES])


def _dot(dot: sonar.Dot, person: PersonRow, label: sonar_names.Label | None) -> SonarDot:
    made = SonarDot(person=person, outline=sonar.shape(person.state, dot), x=dot.x, y=dot.y, r=dot.r)
    if label is None:
        return made
    return replace(made, label=label.text, label_x=label.x, label_y=label.y, label_end=label.end, label_desk=label.desk)
