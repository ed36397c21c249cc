"""What did not come as the page's form changes nothing, and dates of no use are named as such."""

import pytest

from app.errors import Invalid
from app.web import forms


@pytest.mark.parametrize("text", ["9999-12-31", "1999-12-31", "2100-01-01", "0001-01-01"])
def test_a_date_out_of_range_is_a_date(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        forms.parse_pause({"pause_until": [text]})
    assert caught.value.problems == {"pause_until": "This date is out of range. Choose one from 2000 to 2099."}


@pytest.mark.parametrize("text", ["2026-02-30", "0000-00-00", "2026-2-3", "soon"])
def test_what_is_no_date_is_said_to_be_none(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        forms.parse_pause({"pause_until": [text]})
    assert caught.value.problems["pause_until"].startswith("This is not a date.")
