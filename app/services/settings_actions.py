"""What is said on the settings page: rules, hours, pauses and seasons, and the answer to what a habit suggests."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from sqlalchemy.orm import Session

from app.db import blocks, feeds, seasons
from app.db.rowtext import load_rule
from app.db.tables import AccountRow, FeedRow, RuleRow, SeasonRow
from app.errors import Invalid, NotFound, Refused
from app.services import preferences
from app.services.acting import Acting
from app.services.preferences import Preferences
from app.services.season_rows import NewSeason, season_of
from scheduler.model import Rule
from scheduler.words import N_, _

MOST_RULES = 12
MOST_SEASONS = 12
MOST_ANSWERED = 20
_NO_RULE = N_("There are no such blocks any more. Look at the settings again.")


class SettingsActions(Acting):
    """The part of `Actions` that is about settings."""

    def save_settings(self, account_id: int, rule: Rule, wishes: Preferences) -> None:
        """The first rule, and everything that is no rule."""
        with self._change(account_id) as (session, account):
            before = preferences.load(account.preferences)
            known = blocks.rules(session, account_id)
            self._save_rule(session, account, rule, known[0] if known else None)
            account.preferences = preferences.dump(wishes)
            if (before.zone, before.hours) != (wishes.zone, wishes.hours):
                blocks.place_anew(session, account_id)

    # -- Rules -------------------------------------------------------------------------------------

    def save_rule(self, account_id: int, key: str, rule: Rule) -> str:
        """Change the rule with that key, or add one where it is empty; its key."""
        with self._change(account_id) as (session, account):
            known = blocks.rules(session, account_id)
            row = _row_of(known, key) if key else None
            if row is None and len(known) >= MOST_RULES:
                raise Refused(
                    _(
                        "{most} kinds of blocks are the most there can be. Change or remove one of them.",
                        most=MOST_RULES,
                    )
                )
            return self._save_rule(session, account, rule, row)

    def set_rule_active(self, account_id: int, key: str, active: bool) -> None:
        """Switched off its coming blocks are taken away; switched on they come back."""
        with self._change(account_id) as (session, account):
            row = _row_of(blocks.rules(session, account_id), key)
            blocks.save_rule(session, account.id, replace(load_rule(row.body), active=active))

    def remove_rule(self, account_id: int, key: str) -> None:
        """Its coming blocks are taken away; those that were held stay in the calendar."""
        with self._change(account_id) as (session, _account):
            known = blocks.rules(session, account_id)
            row = _row_of(known, key)
            if len(known) == 1:
                raise Refused(_("These are your only blocks. Switch them off instead, or pause everything."))
            session.delete(row)

    def answer_habit(self, account_id: int, key: str, habit: str) -> None:
        """No: what three drags or deletions suggested is not to be. It is not asked again."""
        with self._change(account_id) as (session, account):
            row = _row_of(blocks.rules(session, account_id), key)
            if habit in _hints(account, key):
                _answer(row, habit)

    def _save_rule(self, session: Session, account: AccountRow, rule: Rule, row: RuleRow | None) -> str:
        if row is None and account.welcomed_at is None:
            raise Refused(_("Save the welcome page first: nothing is booked before it."))
        key = row.key if row is not None else blocks.new_rule_key(self._chance)
        if row is not None and blocks.places(load_rule(row.body)) != blocks.places(rule):
            for hint in _hints(account, key):  # whatever was suggested: the user has decided
                _answer(row, hint)
        blocks.save_rule(session, account.id, replace(rule, key=key))
        return key

    # -- Seasons -----------------------------------------------------------------------------------

    def add_season(self, account_id: int, wanted: NewSeason) -> int:
        """Its id. Raises Invalid where nobody could be reached in it."""
        with self._change(account_id) as (session, account):
            if len(seasons.seasons(session, account_id)) >= MOST_SEASONS:
                raise Refused(
                    _("{most} seasons are the most there can be. Remove one that is over.", most=MOST_SEASONS)
                )
            return self._save_season(session, account, SeasonRow(account_id=account_id), wanted)

    def change_season(self, account_id: int, season_id: int, wanted: NewSeason) -> None:
        """Whoever was reached in it stays reached. Raises NotFound, or Invalid as `add_season` does."""
        with self._change(account_id) as (session, account):
            row = next((one for one in seasons.seasons(session, account_id) if one.id == season_id), None)
            if row is None:
                raise NotFound(_("There is no such season any more. Look at the settings again."))
            self._save_season(session, account, row, wanted)

    def _save_season(self, session: Session, account: AccountRow, row: SeasonRow, wanted: NewSeason) -> int:
        row.name, row.begins_on, row.before_on = wanted.name, wanted.begins_on, wanted.before_on
        row.kinds, row.tags = sorted(wanted.kinds), sorted(set(wanted.tags))
        row.channel = wanted.channel.value if wanted.channel else None
        row.posting_days = wanted.posting_days
        session.add(row)
        session.flush()
        last_on = season_of(row, preferences.load(account.preferences)).last_on
        if last_on < max(wanted.begins_on, self._today(account)):
            said = _("That leaves no day. Choose a later date.")
            if wanted.posting_days:
                said = _(
                    "That leaves no day for letters, which must be in the post some days before. Choose a later date."
                )
            raise Invalid({"season_before": said})
        return row.id

    def remove_season(self, account_id: int, season_id: int) -> None:
        with self._change(account_id) as (session, _account):
            if not seasons.drop(session, account_id, season_id):
                raise NotFound(_("There is no such season any more. Look at the settings again."))

    # -- Blocks for other calendars ----------------------------------------------------------------

    def set_feed(self, account_id: int, names: bool) -> None:
        """Make the secret address, or change what stands there."""
        with self._change(account_id, plan=False) as (session, _account):
            row = feeds.feed(session, account_id)
            if row is None:
                session.add(FeedRow(account_id=account_id, key=self._chance.randbytes(16).hex(), names=names))
            else:
                row.names = names

    def replace_feed(self, account_id: int) -> None:
        """A new address; from now on the old one leads nowhere."""
        with self._change(account_id, plan=False) as (session, _account):
            row = feeds.feed(session, account_id)
            if row is None:
                raise NotFound(_("There is no such address any more. Look at the settings again."))
            row.key = self._chance.randbytes(16).hex()

    def drop_feed(self, account_id: int) -> None:
        with self._change(account_id, plan=False) as (session, _account):
            feeds.drop(session, account_id)

    # -- Pauses ------------------------------------------------------------------------------------

    def pause(self, account_id: int, from_: date | None, until: date | None) -> None:
        """With dates: no blocks on those days. Without: none at all until `resume`."""
        with self._change(account_id) as (_session, account):
            wishes = preferences.load(account.preferences)
            dated = from_ is not None or until is not None
            account.preferences = preferences.dump(
                replace(wishes, paused=not dated, paused_from=from_, paused_until=until)
            )

    def resume(self, account_id: int) -> None:
        with self._change(account_id) as (_session, account):
            wishes = preferences.load(account.preferences)
            account.preferences = preferences.dump(replace(wishes, paused=False, paused_from=None, paused_until=None))


def _hints(account: AccountRow, rule_key: str) -> list[str]:
    return [one["key"] for one in account.outlook.get("hints", ()) if one["rule"] == rule_key]


def _answer(row: RuleRow, habit: str) -> None:
    row.answered = [*(key for key in row.answered if key != habit), habit][-MOST_ANSWERED:]


def _row_of(known: list[RuleRow], key: str) -> RuleRow:
    row = next((row for row in known if row.key == key), None)
    if row is None:
        raise NotFound(_(_NO_RULE))
    return row
