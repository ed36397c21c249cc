"""`greenblock rotate-key`: everything at rest under the newest key, and from when on the old ones may go."""

from __future__ import annotations

from datetime import datetime

from app.cli import fail, said_plainly
from app.clock import system_clock
from app.config import load_settings
from app.db import accounts
from app.db.engine import Database
from app.db.schema import revisions
from app.db.sealed import replace_sealed
from app.keys import Keys
from app.services.links import LONGEST_LIFE

WHAT = {"installation.key_check": "the database's own mark", "accounts.token": "Google tokens"}


def run_rotate_key() -> None:
    settings = load_settings()
    keys = Keys.parse(settings.secret_key.get_secret_value() if settings.secret_key else None)
    with said_plainly("The database cannot be used"):
        db = Database(settings.database_url)
        current, head = revisions(db)
        if current != head:
            fail("The database is not at the newest revision. Run greenblock migrate first; nothing was changed.")
        changed = rotate(db, keys)
        db.dispose()
    for line in words(changed, listed=len(keys.signing), now=system_clock()):
        print(line)


def rotate(db: Database, keys: Keys) -> dict[str, int]:
    """All of it in one transaction, or nothing: raises WrongKey where no listed key opens a value.

    How many values were sealed anew, by "table.column"; those that are under the newest key already stay.
    """
    with db.write() as session:
        if accounts.installation(session) is None:
            return {}
        return replace_sealed(session, lambda sealed: None if keys.is_newest(sealed) else keys.reseal(sealed))


def words(changed: dict[str, int], *, listed: int, now: datetime) -> list[str]:
    """What was done, and what follows from it."""
    total = sum(changed.values())
    parts = ", ".join(f"{WHAT.get(name, name)}: {count}" for name, count in changed.items() if count)
    said = [f"Sealed anew with the newest key: {parts}." if total else "All is sealed with the newest key already."]
    if listed == 1:
        said.append(
            "One key is listed. To change it, put a new one before it in GREENBLOCK_SECRET_KEY, separated by a comma, "
            "restart the service, and run this again."
        )
        return said
    old = "the old key" if listed == 2 else f"the {listed - 1} old keys"
    said.append(
        f"Nothing stored needs {old} any more. A service that was started without the new key must be restarted."
    )
    said.append(
        f"Links in blocks written before today still carry their signature. From {(now + LONGEST_LIFE).date()} on none "
        f"does: then take {old} out of GREENBLOCK_SECRET_KEY. Sooner only costs those links; take it out at once if "
        "somebody else may know it."
    )
    said.append(
        f"A secret address for other calendar apps that was made before today ends with {old}, whenever that goes: who "
        "uses one makes a new one in the settings."
    )
    return said
