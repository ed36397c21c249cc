"""The form of a season -> what the user says of it."""

from __future__ import annotations

from app.services.season_rows import NewSeason
from app.services.settings_model import SeasonLine
from app.web.forms import Form, Reader
from app.web.forms_people import tag_of
from scheduler.model import KINDS_IN_BLOCKS, Channel, Kind
from scheduler.words import _

FIELDS = ("season_name", "season_from", "season_before", "season_kind", "season_tags", "season_channel")
LONGEST_NAME = 60
CHANNELS = ("", Channel.CALL.value, Channel.LETTER.value, Channel.MESSAGE.value, Channel.COFFEE.value,
            Channel.VISIT.value)  # fmt: skip


def parse_season(form: Form) -> NewSeason:
    """Raises Invalid."""
    read = Reader(form)
    name = " ".join(read.text("season_name").split())
    if not name or len(name) > LONGEST_NAME:
        read.wrong(
            "season_name",
            _(
                "Give it a name of up to {longest} letters, for example Christmas cards.",
                longest=LONGEST_NAME,
            ),
        )
    begins_on, before_on = read.date("season_from"), read.date("season_before")
    if begins_on is None:
        read.wrong("season_from", _("Choose the day on which it begins."))
    if before_on is None:
        read.wrong("season_before", _("Choose the day before which everyone is to be reached."))
    if begins_on and before_on and before_on <= begins_on:
        read.wrong("season_before", _("It ends before it begins. Choose a later date."))
    tags = [tag_of(part) for part in read.text("season_tags").replace("\n", ",").split(",")]
    channel = read.choice("season_channel", CHANNELS, _("Choose how, or leave it open."))
    read.problems = {name: read.problems[name] for name in FIELDS if name in read.problems}
    read.check()
    assert begins_on is not None
    assert before_on is not None
    return NewSeason(
        name=name,
        begins_on=begins_on,
        before_on=before_on,
        kinds=tuple(
            kind for kind in Kind if kind in KINDS_IN_BLOCKS and kind.value in read.form.get("season_kind", ())
        ),
        tags=tuple(dict.fromkeys(tag for tag in tags if tag)),
        channel=Channel(channel) if channel else None,
    )


def values_of(wanted: NewSeason) -> dict[str, list[str]]:
    """What the fields would show."""
    return {
        "season_name": [wanted.name],
        "season_from": [wanted.begins_on.isoformat()],
        "season_before": [wanted.before_on.isoformat()],
        "season_kind": [kind.value for kind in wanted.kinds],
        "season_tags": [", ".join(wanted.tags)],
        "season_channel": [wanted.channel.value if wanted.channel else ""],
    }


def fields_of(line: SeasonLine) -> dict[str, list[str]]:
    """What the fields show of a season that is set."""
    return {
        "season_name": [line.name],
        "season_from": [line.begins_on.isoformat()],
        "season_before": [line.before_on.isoformat()],
        "season_kind": list(line.kinds),
        "season_tags": [", ".join(line.tags)],
        "season_channel": [line.channel],
    }
