"""The fields of the settings are called the same on their labels and where something is to be mended."""

from __future__ import annotations

from typing import Any

from app.web import forms_seasons, forms_settings
from app.web.labels import LABELS
from tests.app.web.markup import read
from tests.app.web.test_pages import get, largest_post_form


def test_fields_that_are_told_the_same_are_told_apart_by_their_names(client: Any) -> None:
    fields = largest_post_form(get(client, "/settings")).fields()
    wrong = {"shortest": "0", "longest": "0", "former_weeks": "x", "friend_weeks": "x", "pause_until": "2027-02-30"}
    page = read(client.post("/settings", data=fields | {name: [value] for name, value in wrong.items()}).text)
    told = [link.text for link in page.by_id("mend").all("a")]
    assert len(set(told)) == 5
    assert [text.partition(":")[0] for text in told] == [
        *("At least", "At most", "Until, and including", "Former clients every", "Friends every"),
    ]
    assert page.by_id("e-shortest").text == page.by_id("e-longest").text, "at the field its label says which"
    asked = client.post("/settings/preview", data=fields | {"longest": ["0"]})
    assert read(asked.text).by_id("forecast")["data-say"].startswith("At most: ")


def test_each_field_that_can_be_wrong_has_a_name() -> None:
    ticks = {"private", "names_in_title", "paused", "always", "season_kind", "season_tags"}
    assert LABELS.keys() == {*forms_settings.FIELDS, *forms_seasons.FIELDS} - ticks
