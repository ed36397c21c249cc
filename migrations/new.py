"""Writes the next migration from the difference between the tables and the newest revision: `make migration WHY=…`."""

import sys
import tempfile
from pathlib import Path

from alembic import command

from app.db.engine import Database
from app.db.schema import config_for, revisions, upgrade


def main(why: str) -> None:
    """Works on a database of its own, so that nobody's data is needed or touched."""
    with tempfile.TemporaryDirectory() as folder:
        db = Database(f"sqlite:///{Path(folder) / 'new.db'}")
        upgrade(db)
        head = revisions(db)[1] or "0000"
        with db.engine.begin() as connection:
            command.revision(config_for(connection), message=why, autogenerate=True, rev_id=f"{int(head) + 1:04}")
        db.dispose()


if __name__ == "__main__":
    if len(sys.argv) != 2 or not sys.argv[1].strip():
        sys.exit("Say why: make migration WHY='Contacts have notes'")
    main(sys.argv[1])
