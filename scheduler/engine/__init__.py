"""What turns the wheel. An engine is given the functions to call and knows nothing of app.

embedded      APScheduler: one process, any database
distributed   Procrastinate on PostgreSQL: as many workers as one likes
queue_schema  the tables of Procrastinate, made and kept up to date
"""

from datetime import timedelta
from typing import Protocol


class Wheel(Protocol):
    """What both engines promise. Due accounts are run, none twice at a time; what a run is asked meanwhile is not lost.

    What is due, and since when, stands in the database and is none of the engine's business.
    """

    def start(self) -> None:
        """Begin to work in this process."""

    def stop(self) -> None:
        """Take no new work and wait for what is running."""

    def wake(self, account: int) -> None:
        """This account has just become due because somebody asked: do not wait for the next sweep. Never raises."""

    def since_sweep(self) -> timedelta | None:
        """How long ago a sweep ended; None where none has."""

    def is_turning(self) -> bool:
        """Whether a sweep ended lately."""
