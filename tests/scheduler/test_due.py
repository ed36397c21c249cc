"""How far past their own gap somebody stands, where no personal meeting tells it."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from scheduler.due import NEVER_MET_RATIO, ONLY_IN_GROUPS_RATIO, Standing, Wishes
from scheduler.model import Contact, Kind, Touch

ON = date(2026, 3, 10)
ZONE = ZoneInfo("Europe/Berlin")


def ratio(*touches: Touch) -> float:
    contact = Contact(key="1", name="Marta", kind=Kind.CLIENT, touches=touches)
    return Standing.of(contact, Wishes(), ZONE).ratio(ON)


def test_whom_one_meets_every_week_in_a_group_is_behind_those_never_met_and_those_long_silent() -> None:
    weekly = [Touch(on=ON - timedelta(weeks=n), personal=False) for n in range(1, 20)]
    silent = Touch(on=ON - timedelta(days=100))
    assert ratio(*weekly) == ONLY_IN_GROUPS_RATIO < ratio(silent)
    assert ratio() == NEVER_MET_RATIO
    assert ratio(Touch(on=ON + timedelta(days=1), personal=False)) == NEVER_MET_RATIO
