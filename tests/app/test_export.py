"""Everything that is stored of somebody, in one file."""

from __future__ import annotations

import json

import pytest

from app.errors import NotFound
from tests.app.world_house import House

MORE_THAN_THE_POOL_HOLDS = 20


def test_an_export_that_nobody_takes_holds_nothing_up(booked: House) -> None:
    begun = [booked.services.privacy.export_everything(booked.account_id) for _ in range(MORE_THAN_THE_POOL_HOLDS)]
    first = [next(one) for one in begun]
    booked.refresh()
    assert len(json.loads(first[0] + b"".join(begun[0]))["contacts"]) == 10


def test_an_export_of_nobody_is_refused_before_it_begins(booked: House) -> None:
    with pytest.raises(NotFound):
        booked.services.privacy.export_everything(booked.account_id + 1)
