"""What the fields of the settings forms are called: on their labels, and in the list of what is to be mended."""

from __future__ import annotations

from collections.abc import Mapping

from scheduler.words import N_, _

LABELS: Mapping[str, str] = {
    "day": N_("On these days"),
    "times": N_("How often"),
    "from": N_("Not before"),
    "to": N_("Not after"),
    "ideal": N_("Best at"),
    "shortest": N_("At least"),
    "longest": N_("At most"),
    "minutes_a_person": N_("For each person"),
    "buffer": N_("Free before and after"),
    "color": N_("Colour"),
    "show_as": N_("Others see me as"),
    "reminder": N_("Reminder"),
    "text": N_("Written in the block"),
    "work_day": N_("You work on"),
    "work_from": N_("From"),
    "work_to": N_("To"),
    "language": N_("Language"),
    "zone": N_("Time zone"),
    "country": N_("Public holidays of"),
    "region": N_("Region"),
    "pause_from": N_("No blocks from"),
    "pause_until": N_("Until, and including"),
    "client_weeks": N_("In touch with clients every"),
    "former_weeks": N_("Former clients every"),
    "friend_weeks": N_("Friends every"),
    "tag_weeks": N_("By tag"),
    "own": N_("Your own domains and addresses"),
    "excluded": N_("Never suggest"),
    "season_name": N_("A name"),
    "season_from": N_("From"),
    "season_before": N_("Once before"),
    "season_channel": N_("By way of"),
}
"""By field. Two fields may be told the same sentence: it is their name that says which one is meant."""


def labels() -> dict[str, str]:
    """In the language spoken."""
    return {name: _(words) for name, words in LABELS.items()}


def named(sentence: str, label: str) -> str:
    """A problem as it stands away from its field."""
    return _("{field}: {problem}", field=label, problem=sentence) if label else sentence
