"""What a person presses. Each writes what was said, asks for a new plan, and wakes the wheel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from app.db import blocks, people
from app.db.rowtext import load_rule
from app.errors import NotFound, Refused
from app.services import preferences
from app.services.first_block import FirstBlock, rule_with
from app.services.go_actions import GoActions
from app.services.people_actions import PeopleActions
from app.services.settings_actions import SettingsActions
from scheduler.model import Kind
from scheduler.words import _


class Actions(SettingsActions, PeopleActions, GoActions):
    """All of them. Every method takes the signed-in account's id first, and changes nothing of any other account."""

    # -- Welcome ------------------------------------------------------------------------------------

    def save_welcome(self, account_id: int, kinds: Mapping[int, str], first: FirstBlock | None = None) -> None:
        """Say who is what, and let the proposal be booked, or `first` in its place. Whoever is sure and of whom nothing
        is said is a client.

        Pressed again it only says who is what. Ids that are not the account's are refused; Invalid, and nothing is
        changed, where working hours leave no room for `first`.
        """
        with self._change(account_id) as (session, account):
            rows = {row.id: row for row in people.contacts(session, account_id)}
            if not kinds.keys() <= rows.keys():
                raise NotFound()
            for contact_id, kind in kinds.items():
                rows[contact_id].kind = Kind(kind).value if kind else None
            if account.welcomed_at is not None:
                return
            proposal = account.outlook.get("proposal")
            if proposal is None:
                raise Refused(_("Your calendar is still being read. Wait for the welcome page, then save."))
            for row in rows.values():
                if row.kind is None and not row.unsure and row.seen and row.id not in kinds:
                    row.kind = Kind.CLIENT.value
            account.welcomed_at = self._clock()
            rule = rule_with(first, load_rule(proposal["rule"]), preferences.load(account.preferences).hours)
            blocks.save_rule(session, account_id, replace(rule, key=blocks.new_rule_key(self._chance)))

    def refresh_now(self, account_id: int) -> None:
        with self._change(account_id, plan=False):
            pass
