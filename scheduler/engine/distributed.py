"""The wheel on PostgreSQL: Procrastinate. Any number of processes `start` it, any number only `wake` it; no leader.

Every few seconds one of the workers gets to sweep: it asks who is due and puts a job into the queue for each who has
none yet. A job holds nothing but an account's number; what is due, since when, and how long to wait after a failure
stands in the database, so a lost job costs the time until the next sweep and a doubled one a look at the row. Hence:

- jobs have no retry: with a queueing lock one could stay `doing` for ever (procrastinate#1446);
- nothing brings back the job of a killed worker, and its lock would keep the account out: `rescue` throws it away;
- a waiting job keeps others with its lock from running (procrastinate#1599): who asks raises its priority instead;
- finished jobs are deleted, or the table grows without end (procrastinate#1454).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import timedelta

import psycopg
from procrastinate import App, PsycopgConnector, SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Job, Status

log = logging.getLogger("greenblock.wheel")

SLOTS = 4
SWEEP_SECONDS = 5  # must divide 60: it becomes a cron expression
BATCH = 100
"""So many jobs wait at most: to fetch one costs the more the more there are. Half way through comes a further sweep."""
POLL_SECONDS = 1.0  # nothing tells a worker that a job which waited for another one may run now
HEARTBEAT_SECONDS = 10
RESCUE_SECONDS = 10
STALLED_SECONDS = 30  # without a heartbeat for so long, a worker is taken to be dead
_PAUSE_SECONDS = 1.0  # before a worker that lost the database tries again

_AGAIN = "sweep again"
_REFRESH, _WHEEL = "refresh", "wheel"  # queues: sweeps have a slot of their own, or long first reads would hold them up
_ASKED, _FIRST = 10, 20  # priorities; an account whose time has come has 0


class DistributedEngine:
    """`due(n)` names up to n accounts whose time has come; `run(id)` does one and takes its own lock.

    `connect` gives a psycopg connection in a transaction, for `wake`; `conninfo` is the same database for workers.
    `swept()` is told of each sweep, `since_sweep()` says how long ago the last one was, whoever made it.
    """

    def __init__(
        self,
        due: Callable[[int], Sequence[int]],
        run: Callable[[int], object],
        *,
        conninfo: str,
        connect: Callable[[], AbstractContextManager[psycopg.Connection]],
        swept: Callable[[], None],
        since_sweep: Callable[[], timedelta | None],
        slots: int = SLOTS,
        sweep_seconds: int = SWEEP_SECONDS,
    ) -> None:
        self._due = due
        self._run = run
        self._conninfo = conninfo
        self._connect = connect
        self._swept = swept
        self._since_sweep = since_sweep
        self._slots = slots
        self._sweep_seconds = sweep_seconds
        self._asking = self._app(SyncPsycopgConnector())  # never opened: it works on the connections it is given
        self._thread = threading.Thread(target=self._work, name="wheel", daemon=True)
        self._stopping = threading.Event()
        self._stop: Callable[[], object] = lambda: None

    # -- What any process may call -----------------------------------------------------------------

    def wake(self, account: int) -> None:
        """Put the account before all whose time has merely come. Where that fails, the next sweep finds it."""
        job = self._job(self._asking, account, priority=_ASKED)
        try:
            with self._connect() as connection:
                raised = connection.execute(
                    "UPDATE procrastinate_jobs SET priority = %s WHERE queueing_lock = %s AND status = 'todo'",
                    (_ASKED, job.queueing_lock),
                )
                if raised.rowcount == 0:
                    self._asking.job_manager.defer_job(job, connection=connection)
        except AlreadyEnqueued:
            pass  # somebody was faster
        except Exception as error:  # the request itself is stored already: whoever made it must not see a failure
            log.warning("wake_failed", extra={"account": account, "kind": type(error).__name__})

    def since_sweep(self) -> timedelta | None:
        """How long ago a worker swept; None where none has."""
        return self._since_sweep()

    def is_turning(self) -> bool:
        still = self._since_sweep()
        return still is not None and still < timedelta(seconds=max(60.0, 6 * self._sweep_seconds))

    # -- What a worker does ------------------------------------------------------------------------

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._stop()
        if self._thread.is_alive():
            self._thread.join()

    def _work(self) -> None:
        asyncio.run(self._keep_working())

    async def _keep_working(self) -> None:
        """Until told to stop. A worker whose database goes away ends; it is begun anew until the database is back."""
        loop, told = asyncio.get_running_loop(), asyncio.Event()
        loop.set_default_executor(ThreadPoolExecutor(self._slots + 2, thread_name_prefix="refresh"))
        self._stop = lambda: loop.call_soon_threadsafe(told.set)
        while not self._stopping.is_set():
            app = self._app(
                PsycopgConnector(conninfo=self._conninfo, min_size=1, max_size=4, timeout=10, reconnect_timeout=10)
            )
            try:
                async with app.open_async():
                    await self._turn(app, told)
            except Exception as error:
                log.warning("wheel_broke", exc_info=error)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(told.wait(), _PAUSE_SECONDS)
        self._stop = lambda: None

    async def _turn(self, app: App, told: asyncio.Event) -> None:
        """Work until told to stop or until something fails; either way what is running is waited for."""
        workers = [
            asyncio.ensure_future(
                app.run_worker_async(
                    queues=[queue],
                    name=queue,
                    concurrency=slots,
                    delete_jobs="always",
                    install_signal_handlers=False,
                    fetch_job_polling_interval=POLL_SECONDS,
                    update_heartbeat_interval=HEARTBEAT_SECONDS,
                    stalled_worker_timeout=STALLED_SECONDS,
                )
            )
            for queue, slots in ((_WHEEL, 1), (_REFRESH, self._slots))
        ]
        stopped = asyncio.ensure_future(told.wait())
        await asyncio.wait([*workers, stopped], return_when=asyncio.FIRST_COMPLETED)
        for task in (*workers, stopped):
            task.cancel()
        for outcome in await asyncio.gather(*workers, stopped, return_exceptions=True):
            if isinstance(outcome, Exception):
                raise outcome

    def _app(self, connector: PsycopgConnector | SyncPsycopgConnector) -> App:
        app = App(connector=connector)

        def refresh(account: int) -> None:
            self._run(account)

        async def sweep(timestamp: int) -> None:
            await self._sweep(app)

        async def rescue(timestamp: int) -> None:
            await self._rescue(app)

        app.task(name="refresh", queue=_REFRESH)(refresh)
        # Cron's sixth field is the seconds, and stands last. A rescue has no lock: killed, it would lock out the next.
        clean = app.task(name="rescue", queue=_WHEEL, priority=_FIRST, queueing_lock="rescue")(rescue)
        app.periodic(cron=f"* * * * * */{RESCUE_SECONDS}")(clean)
        look = app.task(name="sweep", queue=_WHEEL, priority=_FIRST, lock="sweep", queueing_lock="sweep")(sweep)
        app.periodic(cron=f"* * * * * */{self._sweep_seconds}")(look)
        return app

    async def _sweep(self, app: App) -> None:
        """A job for everybody due who has none. Where there are more than fit, one of the jobs is to sweep again."""
        for _ in range(3):
            # In this order: whoever is done in between is not due any more, and whoever comes in between is refused.
            at_hand = {(job.queueing_lock, job.status) for job in await app.job_manager.list_jobs_async(queue=_REFRESH)}
            due = [self._job(app, account) for account in await asyncio.to_thread(self._due, BATCH)]
            locks = {lock for lock, _ in at_hand}
            jobs = [job for job in due if job.queueing_lock not in locks]
            if len(due) == BATCH and (_AGAIN, "todo") not in at_hand:
                again = app.tasks["sweep"].configure(
                    queue=_REFRESH, priority=0, lock="sweep", queueing_lock=_AGAIN, task_kwargs={"timestamp": 0}
                )
                jobs.insert(len(jobs) // 2, again.job)
            try:
                if jobs:
                    await app.job_manager.batch_defer_jobs_async(jobs)
                break
            except AlreadyEnqueued:  # somebody asked for one of them in this very moment: look again
                continue
        await asyncio.to_thread(self._swept)

    async def _rescue(self, app: App) -> None:
        """Throw away what killed workers left behind; whoever is due still is, as soon as the lease has run out."""
        for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
            assert job.id is not None
            try:
                await app.job_manager.finish_job_by_id_async(job.id, Status.FAILED, delete_job=True)
            except ConnectorException:  # the worker was late, not dead, and has just finished it itself
                continue
            log.warning("job_rescued", extra={"task": job.task_name, **job.task_kwargs})

    def _job(self, app: App, account: int, priority: int = 0) -> Job:
        lock = f"account:{account}"
        task = app.tasks["refresh"]
        return task.configure(lock=lock, queueing_lock=lock, priority=priority, task_kwargs={"account": account}).job
