"""A year in review: what the rows and the calendar hold of it. Nothing is kept for it; all of it is counted anew."""

from __future__ import annotations

from datetime import date

from app.db import blocks as block_rows
from app.db import memory
from app.services import year as counted
from app.services.outlook import meet
from app.services.roster import contacts as contacts_of
from app.services.silent import SilentTies, silent_ties
from app.services.state import load_state
from app.services.viewing import Viewing, account_of
from app.services.year import Silent, SilentTie, Year
from scheduler.due import own_gap
from scheduler.ranking import HORIZON_DAYS

MIN_DAYS = 4
"""Whoever was met on fewer days had hardly begun to be a tie: three gaps are a rhythm."""


class YearViews(Viewing):
    """The part of `Views` that looks back."""

    def year(self, account_id: int, wanted: int | None = None) -> Year:
        """`wanted`: None for this year, and so for one of which nothing can be known."""
        now = self._clock()
        with self._db.read() as session:
            account = account_of(session, account_id)
            today = self._today(account)
            state = load_state(session, account, now=now)
            made = [(row.made_on, row.due_on, row.kept_on) for row in memory.all_promises(session, account_id)]
            held = block_rows.held(session, account_id)
            named = block_rows.suggestions(session, [row.id for row in held])
        known = counted.kept_in_touch(contacts_of(state, meet(state, now=now), now=now))
        first = min(counted.first_year(known, today), today.year)
        year = wanted if wanted is not None and first <= wanted <= today.year else today.year
        zone, rhythms = state.zone, state.wishes.rhythms
        days = {row.id: row.starts_at.astimezone(zone).date() for row in held}
        touched = [{on for on in contact.personal_days if on.year == year} for contact in known]
        return Year(
            frame=self._frame(account),
            year=year,
            years=tuple(range(today.year, first - 1, -1)),
            touches=sum(map(len, touched)),
            people=sum(map(bool, touched)),
            weeks=counted.weeks(known, year, today),
            months=counted.in_rhythm(known, year, today, lambda contact: own_gap(contact, rhythms)[0]),
            blocks=counted.blocks(
                [(block, on) for block, on in days.items() if on.year == year],
                [block for block, names in named.items() for _ in names],
                known,
                year,
                today,
            ),
            promises=counted.promises(made, year),
            silent=_silent(silent_ties(known, state.rules, today=today, horizon=HORIZON_DAYS, min_days=MIN_DAYS), year),
        )


def _silent(found: SilentTies, year: int) -> Silent:
    """Those who fell silent within the year."""
    ties = [
        SilentTie(
            contact_id=int(one.contact),
            name=found.names[one.contact],
            last_on=date.fromordinal(one.last),
            silent_on=date.fromordinal(one.silent),
            named_on=None if one.named is None else date.fromordinal(one.named),
        )
        for one in found.silences
    ]
    return Silent(
        ties=tuple(one for one in ties if one.silent_on.year == year),
        judged=found.judged,
        min_days=MIN_DAYS,
        days=HORIZON_DAYS,
        names_a_week=found.names_a_week,
    )
