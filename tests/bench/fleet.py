"""Fleet: how many quiet refreshes a second, and what one costs, with more and more accounts; every process is real.

All accounts are due all the time. One embedded service on SQLite; then one and two workers of four slots on
PostgreSQL. The calendar is a process of its own that answers at once or after 120 ms, as Google does. Processor time
is that of our processes and of PostgreSQL's, the calendar's is left out. By turns, medians of the repeats.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table
from sqlalchemy import delete, insert, text

from app.db.engine import Database
from app.db.schema import upgrade, upgrade_queue
from app.db.tables import AccountRow
from app.keys import Keys
from app.services import preferences
from tests.postgres import PostgresServer, postgres_cluster, postgres_programs
from tests.running import free_port, plain_client

ROOT = Path(__file__).resolve().parents[2]
COUNTS = (100, 1_000, 10_000)
DELAYS = (0, 120)
REPEATS = 3
SECONDS = 4.0
TICK = os.sysconf("SC_CLK_TCK")
SQLITE, AGAIN, ONE, TWO = (
    "SQLite, embedded",
    "SQLite, embedded, after that",
    "PostgreSQL, 1 worker",
    "PostgreSQL, 2 workers",
)


@dataclass(frozen=True, kw_only=True)
class Window:
    """What was seen of some seconds of work. CPU in ms a refresh: ours, the database's; memory in MB."""

    a_second: float
    ours: float
    database: float
    statements: float | None
    memory: float

    @property
    def cpu(self) -> float:
        return self.ours + self.database


@dataclass
class Fleet:
    """The processes of one engine on one database, and the calendar."""

    folder: Path
    url: str
    calendar: str
    keys: str
    server: PostgresServer | None = None
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.db = Database(self.url)
        self.http = plain_client()
        secrets = self.folder / "client_secret.json"
        known = {
            "client_id": "c",
            "client_secret": "s",
            "auth_uri": f"{self.calendar}/a",
            "token_uri": f"{self.calendar}/t",
        }
        secrets.write_text(json.dumps({"web": {**known, "redirect_uris": ["http://localhost:8000/oauth/callback"]}}))
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("GREENBLOCK_")},
            "PYTHONPATH": str(ROOT),
            "GREENBLOCK_DATABASE_URL": self.url,
            "GREENBLOCK_SECRET_KEY": self.keys,
            "GREENBLOCK_GOOGLE_CLIENT_SECRETS": str(secrets),
            "GREENBLOCK_GOOGLE_OPENID_CONFIGURATION": f"{self.calendar}/openid",
            "GREENBLOCK_GOOGLE_API_ENDPOINT": f"{self.calendar}/calendar/v3/",
            "GREENBLOCK_ENGINE": "distributed" if self.server else "embedded",
        }

    def start(self, *words: str) -> None:
        with (self.folder / "log").open("ab") as log:
            call = [sys.executable, "-m", "tests.bench.fleet_service", *words]
            self.processes.append(subprocess.Popen(call, cwd=self.folder, env=self.environment, stderr=log))

    def stop(self, count: int) -> None:
        """The last so many."""
        for process in self.processes[-count:]:
            process.terminate()
        for process in self.processes[-count:]:
            process.wait(timeout=60)
        del self.processes[-count:]

    def holds(self, count: int) -> None:
        """So many accounts, connected, read and planned, with nothing to do before tomorrow."""
        now = datetime.now(UTC)
        zone = now.astimezone(preferences.Preferences().zone_for("Europe/Berlin"))
        token = {"access": "t", "refresh": "r", "expires_at": (now + timedelta(days=9)).isoformat(), "scopes": []}
        common = {
            "issuer": "i", "email": "a@b.example", "key": "k", "block_key": b"b" * 32, "created_at": now,
            "token": Keys.parse(self.keys).encrypt(json.dumps(token)), "calendar_zone": "Europe/Berlin",
            "preferences": preferences.dump(preferences.Preferences()), "outlook": {}, "synced_from": now,
            "sync_token": "t", "synced_at": now, "welcomed_at": now, "rolled_on": zone.date(), "plan_due": False,
            "replan_at": now + timedelta(days=1), "next_refresh_at": now - timedelta(days=1),
        }  # fmt: skip
        with self.db.write() as session:
            session.execute(delete(AccountRow))
            session.execute(insert(AccountRow), [{**common, "subject": f"s{n}"} for n in range(count)])

    def all_due(self) -> None:
        past = datetime.now(UTC) - timedelta(hours=1)
        with self.db.write() as session:
            session.execute(
                text("UPDATE accounts SET next_refresh_at = :past WHERE next_refresh_at > :past"), {"past": past}
            )

    # -- Looking -----------------------------------------------------------------------------------

    def asked(self, what: str) -> int:
        return int(self.http.get(f"{self.calendar}/{what}").json() or 0)

    def window(self, *, delay: int) -> Window:
        self.http.get(f"{self.calendar}/delay/{delay}")
        start = self.asked("count")
        self._keep_due(lambda: self.asked("count") >= start + 40, limit=60)
        before, statements, began = self._cpu(), self._statements(), time.monotonic()
        first = self.asked("count")
        self._keep_due(lambda: time.monotonic() - began >= SECONDS, limit=60)
        after, done = self._cpu(), self.asked("count") - first
        took = time.monotonic() - began
        asked = None if statements is None else (self._statements() or 0) - statements
        return Window(
            a_second=done / took,
            ours=(after[0] - before[0]) / done * 1000,
            database=(after[1] - before[1]) / done * 1000,
            statements=None if asked is None else asked / done,
            memory=sum(_memory(process.pid) for process in self.processes),
        )

    def _keep_due(self, met: Callable[[], bool], *, limit: float) -> None:
        until = time.monotonic() + limit
        while not met():
            if time.monotonic() > until or any(process.poll() is not None for process in self.processes):
                raise RuntimeError(f"the fleet does not work:\n{(self.folder / 'log').read_text()[-2000:]}")
            self.all_due()
            time.sleep(0.25)

    def _cpu(self) -> tuple[float, float]:
        """Seconds of processor time so far: of our processes, of the database's."""
        ours = sum(_cpu(process.pid) for process in self.processes)
        return ours, sum(map(_cpu, _postgres(self.server))) if self.server else 0.0

    def _statements(self) -> int | None:
        if self.server is None:
            return None
        with self.db.engine.connect() as connection:
            ours = "dbid = (SELECT oid FROM pg_database WHERE datname = current_database())"
            query = f"SELECT sum(calls) FROM pg_stat_statements WHERE {ours}"
            return int(connection.execute(text(query)).scalar_one() or 0)


def _cpu(pid: int) -> float:
    """In seconds, finished children included."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return 0.0  # it has just ended
    return sum(map(int, fields[11:13])) / TICK


def _memory(pid: int) -> float:
    """Resident, in MB."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def _postgres(server: PostgresServer) -> Iterator[int]:
    """The processes of a cluster."""
    postmaster = (server.folder / "data" / "postmaster.pid").read_text(encoding="utf-8").split()[0]
    yield int(postmaster)
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            if path.read_text(encoding="utf-8").rpartition(")")[2].split()[1] == postmaster:
                yield int(path.parent.name)
        except OSError:
            continue


# -- The measuring ---------------------------------------------------------------------------------

Cell = tuple[str, int, int]
"""Engine, accounts, delay."""


def measure(tell: Callable[[str], None]) -> dict[Cell, list[Window]]:
    programs = postgres_programs()
    if programs is None:
        raise SystemExit("The fleet rows need PostgreSQL. On Debian: apt-get install postgresql")
    found: dict[Cell, list[Window]] = {}

    def look(fleet: Fleet, engine: str, count: int) -> None:
        fleet.holds(count)
        for delay in DELAYS:
            tell(f"fleet: {engine}, {count:,} accounts, {delay} ms")
            found.setdefault((engine, count, delay), []).append(fleet.window(delay=delay))

    with ExitStack() as stack:
        calendar, keys = stack.enter_context(_calendar()), Keys.generate()
        options = "-c shared_preload_libraries=pg_stat_statements -c pg_stat_statements.track_utility=off"
        server = stack.enter_context(postgres_cluster(programs, options))
        folders = [Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="greenblock-bench-"))) for _ in "ab"]
        small = Fleet(folders[0], f"sqlite:///{folders[0] / 'g.db'}", calendar, keys)
        large = Fleet(folders[1], server.url(server.create()), calendar, keys, server)
        for fleet in (small, large):
            stack.callback(fleet.db.dispose)
            stack.callback(lambda fleet=fleet: fleet.stop(len(fleet.processes)) if fleet.processes else None)
            upgrade(fleet.db)
            upgrade_queue(fleet.db)
        with large.db.psycopg() as connection:
            connection.execute("CREATE EXTENSION pg_stat_statements")
        for _ in range(REPEATS):
            with free_port() as bound:
                port = bound.getsockname()[1]
            small.start("serve", "--port", str(port))
            for count in COUNTS:
                look(small, SQLITE, count)
            look(small, AGAIN, COUNTS[0])  # what it has grown to, with few to do
            small.stop(1)
            large.start("worker")
            for count in COUNTS:
                look(large, ONE, count)
            large.start("worker")
            for count in COUNTS:
                look(large, TWO, count)
            large.stop(2)
    return found


@contextmanager
def _calendar() -> Iterator[str]:
    call = [sys.executable, "-m", "tests.bench.fleet_calendar"]
    with subprocess.Popen(call, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.terminate()


# -- The telling -----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Promise:
    """A ratio that must not be above (`most`) or below (`least`) something."""

    what: str
    ratio: float
    most: float | None = None
    least: float | None = None

    @property
    def broken(self) -> bool:
        return (self.most is not None and self.ratio > self.most) or (
            self.least is not None and self.ratio < self.least
        )

    @property
    def limit(self) -> str:
        return f"≤ {self.most:g}×" if self.most is not None else f"≥ {self.least:g}×"


def promises(found: dict[Cell, list[Window]]) -> Iterator[Promise]:
    """Of each repeat its own ratio, and the median of these."""
    for engine in (SQLITE, ONE, TWO):
        few, many = found[engine, COUNTS[0], 0], found[engine, COUNTS[-1], 0]
        ratios = [b.cpu / a.cpu for a, b in zip(few, many, strict=True)]
        what = f"fleet: CPU a refresh, {COUNTS[-1]:,} accounts over {COUNTS[0]:,}; {engine}"
        yield Promise(what=what, ratio=median(ratios), most=1.2)
    for count in COUNTS:
        pairs = zip(found[ONE, count, 120], found[TWO, count, 120], strict=True)
        ratios = [b.a_second / a.a_second for a, b in pairs]
        yield Promise(what=f"fleet: 2 workers over 1, 120 ms, {count:,} accounts", ratio=median(ratios), least=1.7)


def run(console: Console) -> int:
    """Measure, print, and tell how many promises were broken."""
    with console.status("fleet …") as status:
        found = measure(status.update)
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("fleet")
    for title in ("accounts", "calendar", "refreshes/s", "CPU ours", "database", "statements", "memory"):
        table.add_column(title, justify="right", no_wrap=True)
    for (engine, count, delay), windows in found.items():
        asked = [one.statements for one in windows if one.statements is not None]
        table.add_row(
            engine,
            f"{count:,}",
            f"{delay} ms",
            f"{median(one.a_second for one in windows):.1f}",
            f"{median(one.ours for one in windows):.2f} ms",
            f"{median(one.database for one in windows):.2f} ms" if asked else "",
            f"{median(asked):.1f}" if asked else "",
            f"{median(one.memory for one in windows):.0f} MB",
        )
    console.print(table)
    held = Table(box=None, header_style="bold", pad_edge=False)
    held.add_column("promised")
    for title in ("ratio", "limit"):
        held.add_column(title, justify="right", no_wrap=True)
    kept = list(promises(found))
    for one in kept:
        said = one.limit + (" broken" if one.broken else "")
        held.add_row(one.what, f"{one.ratio:.2f}×", said, style="red" if one.broken else "")
    console.print(held)
    return sum(one.broken for one in kept)
