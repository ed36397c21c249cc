"""Signed links from a block to its page. The same block always has the same link, so its text stays the same."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from app.keys import Keys
from app.services import reach
from scheduler.model import BlockKey

OUTCOMES_COUNT_FOR = timedelta(days=14)
_FEED = "feed"  # no account's id
_EVERY_ZONE = timedelta(days=2)  # so much room for the zones of the earth
LONGEST_LIFE = timedelta(weeks=1) + timedelta(weeks=1) + OUTCOMES_COUNT_FOR + _EVERY_ZONE
"""How long a link that stands in a text can be good: written up to a week ahead, then to the end of its week and on."""


class Links:
    """`public_url` without a trailing slash; `new_event_at`: where the user's calendar makes a new event."""

    def __init__(self, keys: Keys, public_url: str, new_event_at: str = reach.GOOGLES_NEW_EVENT) -> None:
        self._keys = keys
        self._public_url = public_url
        self._new_event_at = new_event_at

    def token(self, account_id: int, key: BlockKey) -> str:
        return self._keys.sign(f"{account_id}/{key}".encode())

    def path(self, account_id: int, key: BlockKey) -> str:
        return f"/go/{self.token(account_id, key)}"

    def url(self, account_id: int, key: BlockKey) -> str:
        return self._public_url + self.path(account_id, key)

    def feed_url(self, account_id: int, key: str) -> str:
        """The secret address of the account's blocks for other calendars."""
        return f"{self._public_url}/feed/{self._keys.sign(f'{_FEED}/{account_id}/{key}'.encode())}.ics"

    def read_feed(self, token: str) -> tuple[int, str] | None:
        """Account and key of a feed's address that we made, else None. Whether the key is in force the row says."""
        payload = self._keys.verify(token)
        kind, _, rest = payload.decode().partition("/") if payload is not None else ("", "", "")
        account, _, key = rest.partition("/")
        return (int(account), key) if kind == _FEED else None

    def new_event(self, title: str, guest: str) -> str:
        """A new event in the user's calendar, prefilled; opening it saves nothing."""
        return reach.new_event(self._new_event_at, title, guest)

    def read(self, token: str, *, now: datetime) -> tuple[int, BlockKey] | None:
        """Account and block of a link that we made and that has not expired, else None."""
        payload = self._keys.verify(token)
        if payload is None:
            return None
        account, _, rest = payload.decode().partition("/")
        if not account.isdecimal():  # the address of a feed
            return None
        rule, _, occurrence = rest.partition("/")
        if now >= expires_at(occurrence):
            return None
        return int(account), BlockKey(rule, occurrence)


def expires_at(occurrence: str) -> datetime:
    """Fixed by the block's week, not by its day: a block that moves keeps its link."""
    year, _, rest = occurrence.partition("W")
    monday = date.fromisocalendar(int(year), int(rest.partition(".")[0]), 1)
    end = datetime.combine(monday, datetime.min.time(), UTC) + timedelta(weeks=1)
    return end + OUTCOMES_COUNT_FOR + _EVERY_ZONE
