"""`greenblock` in processes of their own that need not load its libraries first: each is forked from one that has.

They are real processes, with command line, environment and folder of their own, and can be killed like any other; only
the two seconds of importing are spent once.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from app import cli

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["app.cli", "app.cli_serve", "app.cli_worker", "app.main"])


class Prepared:
    """`greenblock` with these words, as `subprocess.Popen` would begin it; what it says is added to `log`.

    `first` is called in the new process before anything else: a function of a module.
    """

    def __init__(
        self,
        *words: str,
        cwd: Path,
        env: Mapping[str, str],
        log: Path,
        out: Path | None = None,
        first: Callable[[], None] | None = None,
    ) -> None:
        # A daemon: were a test to leave it behind, it would not outlive the test's process.
        self._process = _FORKS.Process(target=_run, args=(words, cwd, dict(env), log, out or log, first), daemon=True)
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Raises subprocess.TimeoutExpired."""
        self._process.join(timeout)
        code = self._process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired("greenblock", timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def said(*words: str, cwd: Path, env: Mapping[str, str], seconds: float = 120) -> str:
    """What `greenblock` prints, when it is done."""
    with tempfile.TemporaryDirectory() as folder:
        out, log = Path(folder) / "out", Path(folder) / "log"
        code = Prepared(*words, cwd=cwd, env=env, log=log, out=out).wait(seconds)
        assert code == 0, (code, log.read_text(encoding="utf-8"))
        return out.read_text(encoding="utf-8")


def _run(
    words: tuple[str, ...], cwd: Path, env: dict[str, str], log: Path, out: Path, first: Callable[[], None] | None
) -> None:
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    for path, number in ((out, 1), (log, 2)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND), number)
    if first is not None:
        first()
    sys.argv = ["greenblock", *words]
    cli.main()
