"""Keys: what is sealed opens with any listed key, and a link is ours or it is nothing."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import ConfigError
from app.keys import Keys, WrongKey
from app.services.links import Links, expires_at
from scheduler.model import BlockKey

OLD, NEW = Keys.generate(), Keys.generate()
MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
KEY = BlockKey("a1b2c3d4", "2026W48.1")


@pytest.mark.parametrize("text", [None, "", " , ", "short", "x" * 44])
def test_a_missing_or_wrong_key_says_how_to_make_one(text: str | None) -> None:
    with pytest.raises(ConfigError, match="Make one with"):
        Keys.parse(text)


def test_old_things_open_while_their_key_is_listed() -> None:
    sealed = Keys.parse(OLD).encrypt("token")
    assert b"token" not in sealed
    assert Keys.parse(f"{NEW},{OLD}").decrypt(sealed) == "token"
    with pytest.raises(WrongKey, match="Put the old key back"):
        Keys.parse(NEW).decrypt(sealed)


def test_old_links_live_while_their_key_is_listed() -> None:
    token = Links(Keys.parse(OLD), "http://localhost").token(7, KEY)
    both = Links(Keys.parse(f"{NEW}, {OLD}"), "http://localhost")
    assert both.read(token, now=MONDAY) == (7, KEY)
    assert Links(Keys.parse(NEW), "http://localhost").read(token, now=MONDAY) is None


def test_the_same_block_has_the_same_link_and_it_ends() -> None:
    links = Links(Keys.parse(NEW), "http://localhost:8000")
    assert links.url(7, KEY) == links.url(7, KEY) != links.url(8, KEY)
    assert links.url(7, KEY).startswith("http://localhost:8000/go/")
    end = expires_at(KEY.occurrence)
    assert end > MONDAY + timedelta(weeks=3)
    assert links.read(links.token(7, KEY), now=end - timedelta(seconds=1)) == (7, KEY)
    assert links.read(links.token(7, KEY), now=end) is None


def test_each_changed_character_makes_it_nothing() -> None:
    links = Links(Keys.parse(NEW), "http://localhost")
    token = links.token(7, KEY)
    for place, char in enumerate(token):
        for other in "Aa0-_=.é":
            if other != char:
                assert links.read(token[:place] + other + token[place + 1 :], now=MONDAY) is None


@given(st.text(max_size=120))
def test_no_text_is_a_link(text: str) -> None:
    assert Links(Keys.parse(NEW), "http://localhost").read(text, now=MONDAY) is None
