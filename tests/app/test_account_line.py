"""The line that accounts for everybody whom the calendar knows."""

import pytest

from app.db.tables import LeftOutRow
from app.services.view_parts import account_line


def left_out(*rules: str) -> list[LeftOutRow]:
    return [
        LeftOutRow(address=f"p{place}@a.example", name="", rule=rule, reason="", counted_in=False)
        for place, rule in enumerate(rules)
    ]


@pytest.mark.parametrize(
    ("rules", "line"),
    [
        ((), "0 attendees: 0 found, 0 not sure."),
        (("calendar",), "1 attendee: 0 found, 0 not sure, 1 calendar."),
        (
            ("colleague", "colleague", "bridge", "desk"),
            "4 attendees: 0 found, 0 not sure, 2 colleagues, 1 conference line, 1 service desk.",
        ),
        (("list", "automatic"), "2 attendees: 0 found, 0 not sure, 1 automatic sender, 1 mailing list."),
        (("evenings", "evenings"), "2 attendees: 0 found, 0 not sure, 2 only evenings and weekends."),
    ],
)
def test_one_alone_is_told_as_one(rules: tuple[str, ...], line: str) -> None:
    assert account_line([], {}, left_out(*rules)) == line
