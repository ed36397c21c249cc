"""`greenblock` as it is, but that it sweeps every second: a bench makes accounts due again faster than life does."""

from functools import partial

from app import cli, wheels, wiring

wiring.turned_by_workers = partial(wheels.turned_by_workers, sweep_seconds=1)
wiring.turned_here = lambda db, run, clock, _seconds: wheels.turned_here(db, run, clock, 1)
cli.main()
