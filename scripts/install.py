"""Install what the lock files name into `.venv`: `python3 scripts/install.py run` or `dev`.

Runs on the bare interpreter of a fresh machine, so it imports the standard library only. `run` is what the service
needs (requirements.lock), `dev` is that and the tools of the tests (requirements-dev.lock); both share one `.venv`.
Every file that pip fetches must have the hash written in the lock, and nothing is built from source.

Stamps in `.venv` remember what is there, so that a second call ends at once and a changed lock installs again. An
installation that was interrupted leaves a mark, and the next call begins with an empty `.venv`.
"""

import fcntl
import hashlib
import os
import re
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STATE = ROOT / ".make"
UNFINISHED = STATE / "unfinished"
LOCKS = {"run": "requirements.lock", "dev": "requirements-dev.lock"}
OLDEST = (3, 11)


class CannotInstallError(Exception):
    """Something is missing or failed; the text says what, and what to do next."""


def fingerprint(wanted: str) -> str:
    """Hash of all that decides what `.venv` holds."""
    digest = hashlib.sha256()
    for name in (LOCKS[wanted], "pyproject.toml"):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def stamp(wanted: str) -> Path:
    return VENV / f"installed-{wanted}"


def installed(wanted: str) -> bool:
    """Whether `.venv` already holds all that `wanted` asks for."""
    mark = stamp(wanted)
    return (
        not UNFINISHED.exists()
        and usable()
        and mark.is_file()
        and mark.read_text(encoding="ascii") == fingerprint(wanted)
    )


def usable() -> bool:
    """Whether `.venv` has a Python that starts and scripts that find it.

    It has not when its making was interrupted, Python was upgraded, or the folder was moved or copied: scripts name
    their interpreter by its full path.
    """
    script = VENV / "bin" / "pip"
    if not PYTHON.exists() or not script.is_file() or f"{VENV}/" not in script.read_text(encoding="utf-8"):
        return False
    return subprocess.run([PYTHON, "-c", "import pip"], capture_output=True, check=False).returncode == 0


@contextmanager
def alone() -> Iterator[None]:
    """One installation at a time: a second one waits for the first and then finds everything there."""
    STATE.mkdir(exist_ok=True)
    with (STATE / "install.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another installation is running; waiting for it.", flush=True)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def make_venv() -> None:
    """Make `.venv`, or make it again where it is not whole."""
    if UNFINISHED.exists() and VENV.exists():
        print("An earlier installation was interrupted; .venv is made afresh.", flush=True)
    elif usable():
        return
    UNFINISHED.touch()
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(VENV)], capture_output=True, text=True, check=False
    )
    if made.returncode != 0:
        raise CannotInstallError(
            "Python could not make the folder .venv. On Debian: apt-get install python3-venv. It said:\n"
            + (made.stdout + made.stderr).strip()
        )


def pip(*arguments: str, count: int = 0) -> None:
    """Run pip of `.venv`; on a terminal one line counts what it has looked at, of `count`."""
    environment = os.environ | {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "PYTHONUNBUFFERED": "1"}
    last: deque[str] = deque(maxlen=15)
    seen = 0
    with subprocess.Popen(
        [PYTHON, "-m", "pip", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
        cwd=ROOT,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            last.append(line)
            named = re.match(r"(?:Collecting|Requirement already satisfied:) ([\w.-]+)", line)
            if named and count and sys.stdout.isatty():
                seen += 1
                print(f"\r\033[K  {seen}/{count} {named[1]}", end="", flush=True)
    if count and sys.stdout.isatty():
        print("\r\033[K", end="", flush=True)
    if process.returncode != 0:
        raise CannotInstallError(
            "pip could not install the packages. Is the network there? Then try again; its last words were:\n"
            + "".join(last)
        )


def install(wanted: str) -> None:
    """Bring `.venv` up to what `wanted` ("run" or "dev") asks for; raises CannotInstallError with the mend."""
    if installed(wanted):
        return
    with alone():
        if installed(wanted):
            return
        make_venv()
        UNFINISHED.touch()
        lock = ROOT / LOCKS[wanted]
        count = len(re.findall(r"^[\w.-]+(?:\[[\w,-]+\])?==", lock.read_text(encoding="utf-8"), re.MULTILINE))
        print(
            f"Installing {count} packages of {lock.name} into .venv; the first time takes a minute or two.", flush=True
        )
        try:
            pip("install", "--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", lock.name, count=count)
            pip("install", "--no-build-isolation", "--no-deps", "--no-index", "-e", ".")
        except CannotInstallError:
            UNFINISHED.unlink()  # pip ended by itself, so it left nothing half done
            raise
        for each in LOCKS if wanted == "dev" else [wanted]:
            stamp(each).write_text(fingerprint(each), encoding="ascii")
        UNFINISHED.unlink()
        print("Installed.", flush=True)


def main() -> int:
    if sys.argv[1:] not in (["run"], ["dev"]):
        print("usage: python3 scripts/install.py run|dev", file=sys.stderr)
        return 2
    if sys.version_info < OLDEST:
        have = ".".join(map(str, sys.version_info[:2]))
        print(
            f"Greenblock needs Python 3.11 or newer; python3 is {have}. Try: make PYTHON=python3.11 …", file=sys.stderr
        )
        return 1
    try:
        install(sys.argv[1])
    except CannotInstallError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; the next call begins afresh.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
