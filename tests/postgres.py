"""A private PostgreSQL cluster, from the programs of this machine."""

from __future__ import annotations

import getpass
import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg


@dataclass(slots=True, eq=False)
class PostgresServer:
    """It listens on a Unix socket in its own folder only, so it needs no port."""

    folder: Path
    programs: Path
    # PostgreSQL refuses to run as root; Debian's package brings a user for it.
    run_as: str | None = field(default_factory=lambda: "postgres" if os.geteuid() == 0 else None)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    @property
    def user(self) -> str:
        return self.run_as or getpass.getuser()

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://{self.user}@/{database}?host={self.folder}"

    def create(self, template: str = "template0") -> str:
        """Make a database as a copy of `template` (which nobody may be connected to); returns its name."""
        name = f"test_{next(self._numbers)}"
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')
        return name

    def drop(self, database: str) -> None:
        self._execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    def restart(self) -> None:
        """As an administrator does: whoever is connected is thrown out, what was committed stays."""
        self.run("pg_ctl", "restart", "--wait", "--silent", "--mode=fast", f"--pgdata={self.folder / 'data'}")

    def run(self, program: str, *arguments: str) -> None:
        with (self.folder / "log").open("ab") as log:
            done = subprocess.run(
                [self.programs / program, *arguments],
                user=self.run_as,
                group=self.run_as,
                extra_groups=None if self.run_as is None else [],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                check=False,
            )
        assert done.returncode == 0, f"{program} failed:\n{(self.folder / 'log').read_text()}"

    def _execute(self, statement: str) -> None:
        with psycopg.connect(host=str(self.folder), user=self.user, dbname="postgres", autocommit=True) as connection:
            connection.execute(statement.encode())


def postgres_programs() -> Path | None:
    """The folder of initdb and pg_ctl, the newest where there are several; Debian keeps them off the PATH."""
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    return debian[-1].parent if debian else None


@contextmanager
def postgres_cluster(programs: Path, options: str = "") -> Iterator[PostgresServer]:
    """A cluster of its own, gone at the end; `options` as `postgres` takes them."""
    # Not pytest's own tmp folder: a socket's path may have 107 bytes at most, and `user` must be able to enter.
    folder = Path(tempfile.mkdtemp(prefix="greenblock-pg-", dir="/tmp"))
    data = folder / "data"
    server = PostgresServer(folder=folder, programs=programs)
    try:
        if server.run_as is not None:
            shutil.chown(folder, server.run_as, server.run_as)
        server.run("initdb", "--auth=trust", "--no-sync", "--no-locale", "--encoding=UTF8", f"--pgdata={data}")
        # Speed is worth more than surviving a power cut.
        fast = "-c fsync=off -c full_page_writes=off -c synchronous_commit=off"
        options = f"-k {folder} -c listen_addresses='' {fast} {options}"
        server.run("pg_ctl", "start", "--wait", "--silent", f"--pgdata={data}", f"--options={options}")
        try:
            yield server
        finally:
            server.run("pg_ctl", "stop", "--mode=immediate", "--silent", f"--pgdata={data}")
    finally:
        shutil.rmtree(folder)
