"""What the settings pages show, and the next four weeks with settings that are not saved. Nothing changes here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from zoneinfo import available_timezones

from sqlalchemy.orm import Session

from app.db import blocks, feeds, seasons
from app.db.rowtext import load_rule
from app.db.tables import AccountRow
from app.errors import NotFound
from app.services import preferences
from app.services.forecast import forecast
from app.services.outlook import meet, outlook
from app.services.preferences import Preferences
from app.services.rule_words import rule_words
from app.services.season_rows import season_of
from app.services.settings_model import Forecast, HabitLine, Pause, RuleLine, RuleView, SeasonLine
from app.services.state import load_state
from app.services.viewing import Viewing, account_of, zone_of
from app.services.viewmodel import FeedLine, SettingsView
from scheduler.model import Kind, Rule
from scheduler.slots import supported_countries
from scheduler.words import N_, _, again, listed, said_again, sorted_as, spoken, territory

_KINDS = {Kind.CLIENT: N_("clients"), Kind.FORMER: N_("former clients"), Kind.FRIEND: N_("friends")}

NEW = "new"
"""Stands for the key of a rule that is not saved yet."""


class SettingsViews(Viewing):
    """The part of `Views` that is about settings."""

    def settings(self, account_id: int) -> SettingsView:
        with self._db.read() as session:
            account = account_of(session, account_id)
            rules = _rules(session, account)
            found = habits_of(session, account)
            lines = season_lines(session, account, self._today(account))
            feed = feeds.feed(session, account_id)
        wishes = preferences.load(account.preferences)
        if any(not line.over and not line.sentence for line in lines):
            lines = self._with_room(account_id, lines)
        return SettingsView(
            frame=self._frame(account),
            rule=rules[0] if rules else _first_rule(account),
            preferences=wishes,
            calendar_zone=account.calendar_zone,
            zones=_zones(),
            countries=_countries(spoken().locale),
            capacity=again(account.outlook.get("capacity", "")),
            connected_since=account.created_at.astimezone(zone_of(account)).date(),
            connected=account.connection == "connected",
            rules=_lines(rules),
            pause=pause_of(wishes, self._today(account)),
            habit=next((one for one in found if rules and one.rule_key == rules[0].key), None),
            seasons=lines,
            feed=FeedLine(url=self._links.feed_url(account_id, feed.key), names=feed.names) if feed else None,
        )

    def _with_room(self, account_id: int, lines: Sequence[SeasonLine]) -> tuple[SeasonLine, ...]:
        """With the arithmetic of seasons that were set since the last run."""
        now = self._clock()
        with self._db.read() as session:
            state = load_state(session, account_of(session, account_id), now=now)
        made = outlook(state, meet(state, now=now), now=now, links=self._links, links_in_text=False)
        rooms = {room.key: room for room in made.filling.seasons}
        return tuple(
            replace(line, sentence=rooms[str(line.id)].sentence, mends=rooms[str(line.id)].mends)
            if str(line.id) in rooms
            else line
            for line in lines
        )

    def rule(self, account_id: int, key: str) -> RuleView:
        """The form of one rule; of a new one where the key is "new", which begins like the first."""
        with self._db.read() as session:
            account = account_of(session, account_id)
            rules = _rules(session, account)
            found = habits_of(session, account)
        rule = next((one for one in rules if one.key == key), None)
        if key == NEW:
            rule = replace(rules[0] if rules else _first_rule(account), key="", active=True)
        if rule is None:
            raise NotFound(_("There are no such blocks any more. Look at the settings again."))
        return RuleView(
            frame=self._frame(account),
            key=rule.key,
            rule=rule,
            preferences=preferences.load(account.preferences),
            others=tuple(line for line in _lines(rules) if line.rule.key != rule.key),
            habit=next((one for one in found if one.rule_key == rule.key), None),
        )

    def forecast(self, account_id: int, rule: Rule, wishes: Preferences | None = None) -> Forecast:
        """The next four weeks if `rule` (its key empty: a further one) and these preferences were saved."""
        now = self._clock()
        with self._db.read() as session:
            account = account_of(session, account_id)
            state = load_state(session, account, now=now)
        if any(one.key == rule.key for one in state.rules):
            rules = tuple(rule if one.key == rule.key else one for one in state.rules)
        else:
            rules = (*state.rules, replace(rule, key=rule.key or NEW))
        return forecast(
            state, rules, wishes or state.wishes, calendar_zone=account.calendar_zone, now=now, links=self._links
        )


@cache
def _zones() -> tuple[str, ...]:
    """To choose from."""
    return tuple(sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/")))


@cache
def _countries(locale: str) -> tuple[tuple[str, str], ...]:
    """Code and name, by name as that language sorts them."""
    named = ((country.code, territory(locale, country.code) or country.name) for country in supported_countries())
    return tuple(sorted(named, key=lambda one: sorted_as(one[1])))


def pause_of(wishes: Preferences, today: date) -> Pause | None:
    """The pause that is set and not over, if any."""
    if wishes.paused:
        return Pause(first=None, last=None, running=True)
    first, last = wishes.paused_from, wishes.paused_until
    if (first is None and last is None) or (last is not None and last < today):
        return None
    return Pause(first=first, last=last, running=wishes.paused_on(today))


def habits_of(session: Session, account: AccountRow) -> tuple[HabitLine, ...]:
    """What the last run found the user's hand to suggest, but for what was answered since."""
    if not account.outlook.get("hints"):
        return ()
    rows = blocks.rules(session, account.id)
    answered = {row.key: row.answered for row in rows}
    return tuple(
        HabitLine(
            rule_key=one["rule"],
            key=one["key"],
            sentence=again(one["sentence"]),
            rule=load_rule(one["instead"]) if one["instead"] else None,
            pause=one["pause"],
            href=f"{'/settings' if one['rule'] == rows[0].key else '/settings/blocks/' + one['rule']}?suggested=1",
        )
        for one in account.outlook.get("hints", ())
        if one["rule"] in answered and one["key"] not in answered[one["rule"]]
    )


def season_lines(session: Session, account: AccountRow, today: date) -> tuple[SeasonLine, ...]:
    """Each with what the last run said of it; no sentence where it was set since."""
    wishes = preferences.load(account.preferences)
    said = said_again(account.outlook.get("seasons", {}))
    lines = []
    for row in seasons.seasons(session, account.id):
        season, room = season_of(row, wishes), said.get(str(row.id), {})
        whom = [*(_(_KINDS[Kind(kind)]) for kind in row.kinds), *(_("“{words}”", words=tag) for tag in row.tags)]
        lines.append(
            SeasonLine(
                id=row.id,
                name=row.name,
                begins_on=row.begins_on,
                before_on=row.before_on,
                last_on=season.last_on,
                whom=listed(whom) if whom else _("everyone"),
                channel=row.channel or "",
                over=row.before_on <= today,
                sentence=room.get("sentence", ""),
                mends=tuple(room.get("mends", ())),
                kinds=tuple(row.kinds),
                tags=tuple(row.tags),
            )
        )
    return tuple(lines)


def _rules(session: Session, account: AccountRow) -> list[Rule]:
    return [load_rule(row.body) for row in blocks.rules(session, account.id)]


def _lines(rules: list[Rule]) -> tuple[RuleLine, ...]:
    return tuple(RuleLine(rule=rule, sentence=rule_words(rule), first=place == 0) for place, rule in enumerate(rules))


def _first_rule(account: AccountRow) -> Rule:
    """What the settings page shows before Save: the proposal."""
    return (
        load_rule(account.outlook["proposal"]["rule"])
        if "proposal" in account.outlook
        else Rule(key="", weekdays=frozenset({2}))
    )
