"""`greenblock backtest`: the suggestions held against what happened, on a file of histories or on an account's own."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.cli import fail, said_plainly
from app.cli_rank import read_history
from app.config import load_settings
from app.db import accounts
from app.db.engine import Database
from app.db.schema import revisions
from app.services import roster
from app.services.outlook import meet
from app.services.silent import silent_ties
from app.services.state import State, load_state
from scheduler.backtest import Backtest, backtest
from scheduler.backtest_own import Silence
from scheduler.backtest_replay import OURS
from scheduler.peer_rules import FORMULAS, MIN_CONTACTS
from scheduler.words import day

Tell = Callable[[int, int], None]

NOT_SAVED = "Named, not saved: a log cannot show whether a call would have kept the tie."


# -- A file ----------------------------------------------------------------------------------------


def run_file(path: Path, *, horizon: int, min_days: int, as_json: bool, tell: Tell | None = None) -> None:
    """Print the figures of every rule. Raises ValueError with one sentence for a file that cannot be judged."""
    result = backtest(read_history(path), horizon=horizon, min_days=min_days, progress=tell)
    if result is None:
        raise ValueError(f"{path.name} holds too little to judge by. {_needs(horizon)} Or give a shorter --horizon.")
    if as_json:
        print(json.dumps(figures(result), indent=1, ensure_ascii=False))
    else:
        show(Console(), result)


def _needs(horizon: int) -> str:
    return (
        f"It takes a history of at least {2 * horizon} days (twice the horizon), somebody with at least "
        f"{MIN_CONTACTS} contacts, and ties that fell silent in its second half."
    )


def figures(result: Backtest) -> dict[str, object]:
    """For `--json`: figures rounded to four digits."""
    return {
        "horizon": result.horizon,
        "min_days": result.min_days,
        "people": result.people,
        "cuts": result.cuts,
        "lvc": {rule: round(value, 4) for rule, value in result.lvc.items()},
        "lvc_interval": _rounded(result.interval),
        "best_peer": result.best_peer,
        "over_best_peer_interval": _rounded(result.over_best_peer),
        "over_elapsed_times_strength_interval": _rounded(result.over_elapsed_times_strength),
        "auc": _digits(result.auc),
        "auc_overdue": _digits(result.auc_overdue),
        "brier": _digits(result.brier),
        "brier_overdue": _digits(result.brier_overdue),
        "log_loss": _digits(result.log_loss),
    }


def _digits(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _rounded(pair: tuple[float, float] | None) -> list[float] | None:
    return None if pair is None else [round(value, 4) for value in pair]


def show(console: Console, result: Backtest) -> None:
    """The table for people: best rule first, what is no tool's rule marked."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("Rule", no_wrap=True)
    for title in ("LVC", "95%", "AUC", "overdue", "Brier", "overdue"):
        table.add_column(title, justify="right", no_wrap=True)
    marks = dict.fromkeys(FORMULAS, " *")
    for rule, value in reversed(list(result.lvc.items())):
        if rule != OURS:
            table.add_row(rule + marks.get(rule, ""), _share(value))
            continue
        ours = (result.auc, result.auc_overdue, result.brier, result.brier_overdue)
        table.add_row(rule, _share(value), _between(result.interval, "–"), *map(_share, ours), style="bold")
    console.print(table)
    console.print(
        f"\n{_people(result.people)}, {result.cuts} weekly cuts, horizon {result.horizon} days, contacts seen on at "
        f"least {result.min_days} days. * no tool's rule, but a formula of one line.",
        highlight=False,
        soft_wrap=True,
    )
    if result.over_best_peer and result.over_elapsed_times_strength:
        console.print(
            f"Above the best peer rule ({result.best_peer}) by {_between(result.over_best_peer)}, "
            f"above elapsed × strength by {_between(result.over_elapsed_times_strength)} (95%).",
            highlight=False,
            soft_wrap=True,
        )


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count} people"


def _between(pair: tuple[float, float] | None, dash: str = " to ") -> str:
    return "" if pair is None else f"{pair[0]:.3f}{dash}{pair[1]:.3f}"


# -- An account ------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnHistory:
    """What an account's stored history shows. `judged`: people seen on enough days; `names`: by contact key."""

    horizon: int
    min_days: int
    names_a_week: int
    judged: int
    names: Mapping[str, str]
    silences: tuple[Silence, ...]
    result: Backtest | None


def run_account(email: str, *, now: datetime, horizon: int, min_days: int, as_json: bool, tell: Tell | None) -> None:
    """Print what the account's own history shows. Reads only, and only what is stored."""
    db = Database(load_settings().database_url)
    with said_plainly("The database cannot be read"):
        current, head = revisions(db)
        if current != head:
            fail("The database is not at the newest revision. Run: greenblock migrate")
        state = _state(db, email, now)
    history = own_history(state, now=now, horizon=horizon, min_days=min_days, tell=tell)
    db.dispose()
    if as_json:
        print(json.dumps(own_figures(state.email, history), indent=1, ensure_ascii=False))
    else:
        show_own(Console(), history, now.astimezone(state.zone).date())


def _state(db: Database, email: str, now: datetime) -> State:
    with db.read() as session:
        account = accounts.by_email(session, email)
        if account is None:
            known = ", ".join(row.email for row in accounts.every(session)) or "none"
            fail(f"There is no account {email}. Accounts here: {known}.")
            raise AssertionError
        return load_state(session, account, now=now)


def own_history(state: State, *, now: datetime, horizon: int, min_days: int, tell: Tell | None = None) -> OwnHistory:
    """Clients, former clients and friends without a meeting to come; who is not said to be anything counts as client
    only before the welcome page was saved, as everywhere."""
    contacts = roster.contacts(state, meet(state, now=now), now=now, assume=not state.welcomed)
    today = now.astimezone(state.zone).date()
    ties = silent_ties(contacts, state.rules, today=today, horizon=horizon, min_days=min_days)
    return OwnHistory(
        horizon=horizon,
        min_days=min_days,
        names_a_week=ties.names_a_week,
        judged=ties.judged,
        names=ties.names,
        silences=ties.silences,
        result=backtest({"": ties.days}, horizon=horizon, min_days=min_days, progress=tell) if ties.days else None,
    )


def own_figures(email: str, history: OwnHistory) -> dict[str, object]:
    """For `--json`. `named_on` is null for those who would not have been named in time."""
    return {
        "account": email,
        "horizon": history.horizon,
        "min_days": history.min_days,
        "names_a_week": history.names_a_week,
        "people": history.judged,
        "silent": [
            {
                "name": history.names[one.contact],
                "last_on": date.fromordinal(one.last).isoformat(),
                "silent_on": date.fromordinal(one.silent).isoformat(),
                "named_on": None if one.named is None else date.fromordinal(one.named).isoformat(),
            }
            for one in history.silences
        ],
        "figures": None if history.result is None else figures(history.result),
        "note": too_little(history) or NOT_SAVED,
    }


def too_little(history: OwnHistory) -> str:
    """One sentence where there is nothing to tell of; empty otherwise."""
    if not history.judged:
        return (
            f"Too little history: nobody you named as client, former client or friend was met on {history.min_days} "
            "days or more yet. Say who people are on the page, or try again in a few months."
        )
    if not history.silences:
        people = "the one person" if history.judged == 1 else f"the {history.judged} people"
        return (
            f"Nothing to tell: of {people} met on {history.min_days} days or more, nobody has been out of your "
            f"calendar for {history.horizon} days without a meeting to come."
        )
    return ""


def show_own(console: Console, history: OwnHistory, today: date) -> None:
    sentence = too_little(history)
    if sentence:
        console.print(sentence, highlight=False, soft_wrap=True)
    else:
        _show_silences(console, history, today)
    if history.result is not None:
        console.print()
        show(console, history.result)
    elif not sentence:
        console.print(f"\nToo little history for figures. {_needs(history.horizon)}", highlight=False, soft_wrap=True)


def _show_silences(console: Console, history: OwnHistory, today: date) -> None:
    silent, named = len(history.silences), sum(one.named is not None for one in history.silences)
    console.print(
        f"Of {_people(history.judged)} met on {history.min_days} days or more, {silent} "
        f"{'has' if silent == 1 else 'have'} not been in your calendar for {history.horizon} days. With "
        f"{history.names_a_week} names a week, {named or 'none'} of them would have been named before that.",
        highlight=False,
        soft_wrap=True,
    )
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("Who", "Last in your calendar", "Would have been named"):
        table.add_column(title)
    for one in history.silences:
        when = f"not by {_day(one.silent, today)}" if one.named is None else _day(one.named, today)
        table.add_row(escape(history.names[one.contact]), _day(one.last, today), when)
    console.print(table)
    console.print(f"{NOT_SAVED} Replayed week by week with what was known then.", highlight=False, soft_wrap=True)


def _day(ordinal: int, today: date) -> str:
    on = date.fromordinal(ordinal)
    return day(on) if on.year == today.year else f"{day(on)} {on.year}"
