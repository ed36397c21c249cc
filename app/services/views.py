"""What each page shows, read from the rows that the last run left. Nothing is planned here, and nothing changes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from app.db import accounts, people
from app.db.rowtext import load_rule
from app.db.tables import AccountRow, ContactRow
from app.services import preferences, viewmodel
from app.services.block_views import BlockViews
from app.services.first_block import FirstBlock, first_of, rule_with
from app.services.people_file import PeopleFile
from app.services.people_page import PeoplePages
from app.services.people_views import PeopleViews
from app.services.settings_model import Forecast
from app.services.settings_views import SettingsViews
from app.services.view_parts import (
    account_line,
    block_person,
    found_person,
    left_out_groups,
    names_on,
)
from app.services.viewing import account_of, addresses_of, zone_of
from app.services.viewmodel import (
    BlockView,
    FoundPerson,
    Frame,
    Progress,
    Welcome,
)
from app.services.year_views import YearViews
from scheduler.words import again


class Views(SettingsViews, PeopleViews, PeoplePages, BlockViews, YearViews, PeopleFile):
    """All of them. Every method takes the signed-in account's id first, and sees nothing of any other account."""

    def database_answers(self) -> bool:
        try:
            with self._db.read() as session:
                accounts.any_account(session)
        except SQLAlchemyError:
            return False
        return True

    def frame(self, account_id: int) -> Frame:
        with self._db.read() as session:
            return self._frame(account_of(session, account_id))

    def progress(self, account_id: int) -> Progress:
        with self._db.read() as session:
            account = account_of(session, account_id)
            done = bool(account.outlook)
            found = people.how_many_seen(session, account_id) if account.synced_at else 0
            return Progress(events=account.read_events, people=found, done=done, saved=account.welcomed_at is not None)

    def welcome(self, account_id: int) -> Welcome:
        with self._db.read() as session:
            account = account_of(session, account_id)
            rows = [row for row in people.contacts(session, account_id) if row.seen]
            addresses = addresses_of(session, account_id)
            out = people.left_out(session, account_id)
        today = self._today(account)
        order = {row.id: row.facts.get("order", len(rows)) for row in rows}
        rows.sort(key=lambda row: (order[row.id], row.id))
        found = [found_person(row, addresses, today) for row in rows]
        companies: dict[str, list[FoundPerson]] = {}
        for person in found:
            if person.sure or person.kind:
                companies.setdefault(person.company, []).append(person)
        return Welcome(
            frame=self._frame(account),
            saved=account.welcomed_at is not None,
            account_line=account_line(found, addresses, out),
            companies=tuple((company, tuple(members)) for company, members in companies.items()),
            unsure=tuple(person for person in found if not person.sure and not person.kind),
            left_out=left_out_groups(out),
            proposal=self._proposal(account, rows),
        )

    def first_forecast(self, account_id: int, first: FirstBlock | None) -> Forecast | None:
        """The next four weeks if the welcome page were saved so; None while there is nothing to propose. Raises Invalid
        where working hours leave no room for `first`."""
        with self._db.read() as session:
            account = account_of(session, account_id)
        said = account.outlook.get("proposal")
        if said is None or account.welcomed_at is not None:
            return None
        hours = preferences.load(account.preferences).hours
        return self.forecast(account_id, rule_with(first, load_rule(said["rule"]), hours))

    # -- Parts -------------------------------------------------------------------------------------

    def _proposal(self, account: AccountRow, rows: Iterable[ContactRow]) -> viewmodel.Proposal | None:
        said = account.outlook.get("proposal")
        if said is None:
            return None
        names, zone, today = {row.id: row for row in rows}, zone_of(account), self._today(account)
        shown = []
        for one in said["blocks"]:
            start = datetime.fromisoformat(one["start"]).astimezone(zone)
            shown.append(
                BlockView(
                    id=0,
                    start=start,
                    end=datetime.fromisoformat(one["end"]).astimezone(zone),
                    state="planned",
                    reason=again(one["reason"]),
                    people=tuple(
                        block_person(names[who["contact"]], who, outcome="")
                        for who in one["people"]
                        if who["contact"] in names
                    ),
                    names_on=names_on(start.date(), today),
                    link="",
                )
            )
        first = first_of(load_rule(said["rule"]))
        return viewmodel.Proposal(
            sentence=again(said["sentence"]),
            blocks=tuple(shown),
            weekday=first.weekday,
            unplaced=tuple(map(again, account.outlook.get("unplaced", ()))),
            ideal=first.ideal,
            minutes=first.minutes,
            work_days=preferences.load(account.preferences).work_days,
        )
