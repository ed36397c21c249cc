"""A sample world: eighteen months of Hannah Okafor's calendar and the five weeks to come, all of it invented.

`world_people` says who there is and how often they meet, `world_diary` writes entries, `world_days`,
`world_series`, `world_meetings` and `world_special` fill it in that order.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from integrations.sandbox.world_days import add_days, add_habits
from integrations.sandbox.world_diary import ZONE, Diary
from integrations.sandbox.world_meetings import add_meetings
from integrations.sandbox.world_people import USER, USER_NAME, colleagues, outsiders
from integrations.sandbox.world_series import add_series
from integrations.sandbox.world_special import add_special


def sample_world(*, today: date, seed: int = 7) -> dict[str, Any]:
    """A seed for the sandbox: `{"user": {"email", "name"}, "timeZone", "events": [...]}`.

    Events are as Google's API gives them with `singleEvents=false`, cancelled ones included, ordered by when they
    were last changed. The same `today` and `seed` give the same world on every machine.
    """
    diary = Diary(today=today, seed=seed, user=USER)
    own, others = colleagues(), outsiders(seed)
    add_days(diary)
    add_series(diary, own, others)
    add_special(diary, own, others)
    add_meetings(diary, own, others)
    add_habits(diary)
    diary.events.sort(key=lambda event: (str(event.get("updated", "")), str(event["id"])))
    return {"user": {"email": USER, "name": USER_NAME}, "timeZone": ZONE.key, "events": diary.events}
