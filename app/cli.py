"""The command line. Exit status: 0 done, 1 a failure said in one line on stderr, 2 wrong usage."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from app.errors import GreenblockError

app = typer.Typer(
    name="greenblock",
    help="Keeps client relationships warm: green blocks in your calendar, filled with whom to contact and why.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)

Port = Annotated[int, typer.Option(min=1, max=65_535, help="The port to listen on.")]
Seed = Annotated[Path | None, typer.Option(help="A world of your own: a JSON file with user, timeZone and events.")]


def main() -> None:
    """The console script: any failure of ours is one line, never a traceback."""
    try:
        app()
    except GreenblockError as error:
        fail(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(1)


def fail(sentence: str) -> None:
    """Say it on stderr and leave with status 1."""
    print("greenblock: " + " ".join(sentence.split()), file=sys.stderr)
    sys.exit(1)


def moment(text: str | None) -> datetime | None:
    """An ISO 8601 time; without an offset it is UTC. Raises typer.BadParameter."""
    if text is None:
        return None
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a time such as 2026-11-24T09:00:00+01:00.") from None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


Now = Annotated[str | None, typer.Option(help="Pretend that it is this time (ISO 8601).")]


@app.command()
def demo(port: Port = 8000, seed: Seed = None) -> None:
    """A sandbox calendar and the service together, to try everything without an account. Ctrl-C stops both."""
    from app.cli_serve import run_demo

    run_demo(port=port, seed=seed)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1", port: Port = 8000
) -> None:
    """Web pages, and with the embedded engine the scheduler too. Brings the database up to date first."""
    from app.cli_serve import run_serve

    run_serve(host=host, port=port)


@app.command()
def worker(
    slots: Annotated[int, typer.Option(min=1, max=64, help="Refreshes at a time.")] = 4,
    check: Annotated[
        bool, typer.Option("--check", help="Only say whether any worker has swept lately, by the exit status.")
    ] = False,
) -> None:
    """Refreshes accounts, with GREENBLOCK_ENGINE=distributed; as many workers as you like. Ctrl-C or SIGTERM ends."""
    from app.cli_worker import run_check, run_worker

    if check:
        run_check()
    else:
        run_worker(slots=slots)


@app.command()
def sandbox(port: Port = 8001, seed: Seed = None, now: Now = None) -> None:
    """A Google-compatible calendar and sign-in server on loopback."""
    from app.cli_serve import run_sandbox

    run_sandbox(port=port, seed=seed, now=moment(now))


@app.command()
def migrate() -> None:
    """Bring the database to the current schema."""
    from app.config import load_settings
    from app.db.engine import Database
    from app.db.schema import revisions, upgrade, upgrade_queue

    settings = load_settings()
    with said_plainly("The database could not be changed"), closing(Database(settings.database_url)) as db:
        before, _ = revisions(db)
        upgrade(db)
        upgrade_queue(db)
        after, _ = revisions(db)
    print(f"The database is at revision {after}" + (" already." if before == after else f", from {before or 'empty'}."))


@app.command()
def refresh(
    account: Annotated[str | None, typer.Option(help="The account's address; without it, every account.")] = None,
    now: Now = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would change, and change nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="JSON alone on stdout.")] = False,
) -> None:
    """Read the calendar, plan, and write the blocks: one run, with the reason for each change."""
    from app.cli_refresh import run_refresh

    run_refresh(account=account, now=moment(now), dry_run=dry_run, as_json=as_json)


@app.command()
def rank(
    history: Annotated[Path, typer.Argument(help="ego,contact,unix_time as .csv or .csv.gz")],
    at: Annotated[str, typer.Option(help="Dates to rank at, comma separated.")],
    horizon: Annotated[int, typer.Option(min=1, max=3650, help="Days ahead that are judged.")] = 90,
    min_days: Annotated[int, typer.Option(min=1, help="Contacts seen on fewer days rank last.")] = 2,
) -> None:
    """Rank the contacts of a history by what is lost if nobody calls."""
    from app.cli_rank import rank_file

    try:
        dates = [date.fromisoformat(part.strip()) for part in at.split(",") if part.strip()]
    except ValueError:
        raise typer.BadParameter("--at takes dates such as 2026-11-24, comma separated.") from None
    if not dates:
        raise typer.BadParameter("--at takes at least one date.")
    try:
        with counting("Ranking") as tell:
            rank_file(history, at=dates, horizon=horizon, min_days=min_days, out=sys.stdout, progress=tell)
    except (OSError, ValueError) as error:
        fail(str(error))


@app.command()
def backtest(
    history: Annotated[Path | None, typer.Argument(help="ego,contact,unix_time as .csv or .csv.gz")] = None,
    account: Annotated[str | None, typer.Option(help="The address of an account here: its own stored history.")] = None,
    horizon: Annotated[int, typer.Option(min=1, max=3650, help="So many days without contact are a silence.")] = 90,
    min_days: Annotated[int, typer.Option(min=1, help="Contacts seen on fewer days are not judged.")] = 2,
    as_json: Annotated[bool, typer.Option("--json", help="JSON alone on stdout.")] = False,
) -> None:
    """How well the suggestions would have named in time the ties that lapsed, beside the rules of other tools."""
    from app.cli_backtest import run_account, run_file
    from app.clock import system_clock

    if (history is None) == (account is None):
        raise typer.BadParameter("Give either a HISTORY.csv or --account EMAIL.")
    try:
        with counting("Replaying") as tell:
            if history is not None:
                run_file(history, horizon=horizon, min_days=min_days, as_json=as_json, tell=tell)
            elif account is not None:
                run_account(account, now=system_clock(), horizon=horizon, min_days=min_days, as_json=as_json, tell=tell)
    except ValueError as error:
        fail(str(error))


@app.command()
def preview(
    file: Annotated[Path, typer.Argument(metavar="FILE.ics", help="An exported calendar (iCalendar).")],
    me: Annotated[str, typer.Option(help="Your own address, under which you are invited.")],
    now: Now = None,
    zone: Annotated[str | None, typer.Option(help="Your time zone; without it, the calendar's own.")] = None,
    days: Annotated[
        str | None,
        typer.Option(help="Weekdays with a block, like tue,thu; without it, the day that was most often free."),
    ] = None,
    window: Annotated[
        str | None, typer.Option(help="When blocks may lie. [default: 09:00-12:00, or as proposed]", show_default=False)
    ] = None,
    ideal: Annotated[
        str | None,
        typer.Option(help="When they should begin. [default: 10:00, or as proposed]", show_default=False),
    ] = None,
    minutes: Annotated[int, typer.Option(min=5, max=240, help="Their length; shorter where the day is full.")] = 30,
    holidays: Annotated[
        str | None, typer.Option(help="Keep a country's public holidays free, like DE, or a region's, like DE-BY.")
    ] = None,
    weeks: Annotated[int, typer.Option(min=1, max=26, help="How many weeks to show.")] = 4,
    as_json: Annotated[bool, typer.Option("--json", help="JSON alone on stdout.")] = False,
) -> None:
    """What the service would make of an exported calendar: no account, no network, nothing stored.

    Whoever is sure counts as a client. Without --days the time is proposed from the calendar, as the service would.
    """
    from app.cli_preview import run_preview
    from app.clock import system_clock

    run_preview(
        file,
        me=me,
        now=moment(now) or system_clock(),
        zone=zone,
        days=days,
        window=window,
        ideal=ideal,
        minutes=minutes,
        holidays=holidays,
        weeks=weeks,
        as_json=as_json,
    )


@app.command()
def backup(file: Annotated[Path, typer.Argument(help="The file to make; one that exists is not overwritten.")]) -> None:
    """Copy the whole database into one file, also while the service runs."""
    from app.cli_backup import run_backup

    run_backup(file)


@app.command()
def restore(file: Annotated[Path, typer.Argument(help="A file that greenblock backup made.")]) -> None:
    """Put a backup in the place of the database, which is kept beside it. Stop the service first."""
    from app.cli_backup import run_restore

    run_restore(file)


@app.command()
def doctor() -> None:
    """Check settings, database, keys and Google credentials; one plain line each, with the mend."""
    from app.cli_doctor import run_doctor

    sys.exit(0 if run_doctor(print) else 1)


@app.command("rotate-key")
def rotate_key() -> None:
    """Seal everything at rest with the newest key of GREENBLOCK_SECRET_KEY, and say which keys may go."""
    from app.cli_keys import run_rotate_key

    run_rotate_key()


@contextmanager
def said_plainly(what: str) -> Iterator[None]:
    """A database's own complaint as one sentence."""
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except SQLAlchemyError as error:
        cause = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise GreenblockError(f"{what}: {cause}. Check GREENBLOCK_DATABASE_URL.") from None


@contextmanager
def counting(what: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on stderr where that is a terminal; gives `tell(done, total)`."""
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
