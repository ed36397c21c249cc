"""What the process has in mind of a calendar, beside what another one reads of it."""

from __future__ import annotations

from app.db import accounts
from app.services.outlook import meet
from app.services.state import load_state
from tests.simulation.machine import Life


def mistaken(life: Life, email: str) -> str:
    """Where it remembers somebody otherwise than the database has them, in words; "" where nowhere."""
    account_id, now, recent = life.ids[email], life.now, life.services.refresh._recent
    recollection = recent.take(account_id)
    with life.services.db.read() as session:
        account = accounts.get(session, account_id)
        assert account is not None
        recollection.begin(account)
        if not recollection.size:
            return ""
        remembered = meet(load_state(session, account, now=now, recollection=recollection), now=now)
        read = meet(load_state(session, account, now=now), now=now)
    recent.keep(account_id, recollection)
    if remembered == read:
        return ""
    wrong = {*remembered.acquaintances, *remembered.left_out} ^ {*read.acquaintances, *read.left_out}
    return f"{sorted({one.address for one in wrong})} are not in mind as they are"
