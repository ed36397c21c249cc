"""`greenblock backup` and `greenblock restore`."""

from __future__ import annotations

from pathlib import Path

from app.cli import counting
from app.clock import system_clock
from app.config import load_settings
from app.db import backup
from app.keys import Keys


def run_backup(file: Path) -> None:
    settings = load_settings()
    with counting("Copying") as tell:
        backup.back_up(settings.database_url, file, tell=tell)
    print(f"Backed up to {file}, {file.stat().st_size:,} bytes. It is of no use without GREENBLOCK_SECRET_KEY:")
    print("keep that too, somewhere else.")


def run_restore(file: Path) -> None:
    settings = load_settings()
    secret = settings.secret_key.get_secret_value() if settings.secret_key else None
    with counting("Copying") as tell:
        done = backup.restore(settings.database_url, file, lambda: Keys.parse(secret), now=system_clock(), tell=tell)
    print(f"Restored {file} to {done.file}, with {done.accounts} account{'' if done.accounts == 1 else 's'}.")
    if done.kept is not None:
        print(f"The database that was there before is kept as {done.kept}.")
    print(
        "Start the service: it looks at every calendar at once and brings it in step. Everybody has to sign in again."
    )
