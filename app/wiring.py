"""Builds everything once: settings -> database, keys, services, wheel. The only place that knows all of them."""

from __future__ import annotations

import gc
import logging
import threading
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError

from app.chance import Chance, system_chance
from app.clock import Clock, system_clock
from app.config import Settings
from app.db import accounts, channels, counts
from app.db.engine import Database
from app.db.schema import upgrade, upgrade_queue
from app.db.tables import InstallationRow
from app.errors import ConfigError
from app.keys import Keys, WrongKey
from app.services.actions import Actions
from app.services.connect import Connect
from app.services.feed import FeedReading
from app.services.links import Links
from app.services.metrics import Metrics
from app.services.privacy import Privacy
from app.services.quota import Quota
from app.services.reach import new_event_at
from app.services.refresh import Refresh
from app.services.run import Report
from app.services.standing_faults import StandingFaults
from app.services.views import Views
from app.services.watch import Watch
from app.wheels import turned_by_workers, turned_here
from integrations.google import oauth
from integrations.google.calendar import ApiCall
from scheduler.engine import Wheel

log = logging.getLogger("greenblock")

_KEY_CHECK = "greenblock"


@dataclass(frozen=True, kw_only=True, slots=True)
class Services:
    """What routes and commands call."""

    settings: Settings
    clock: Clock
    db: Database
    keys: Keys
    connect: Connect
    refresh: Refresh
    watch: Watch
    metrics: Metrics
    actions: Actions
    views: Views
    standing: StandingFaults
    privacy: Privacy
    feed: FeedReading
    engine: Wheel


def build(
    settings: Settings,
    *,
    clock: Clock = system_clock,
    sweep_seconds: float | None = None,
    slots: int | None = None,
    chance: Chance = system_chance,
) -> Services:
    """`sweep_seconds` is the embedded engine's, `slots` the distributed one's, None what they say themselves.

    Raises ConfigError, one sentence that names the mend, before anything is touched that could be harmed.
    """
    distributed = settings.engine == "distributed"
    keys = Keys.parse(settings.secret_key.get_secret_value() if settings.secret_key else None)
    db = Database(settings.database_url, clock=None if clock is system_clock else clock)
    try:
        _move_in(db, keys, chance, distributed=distributed)
    except BaseException:
        db.dispose()
        raise
    provider = ProviderOnce(settings)
    links = Links(keys, settings.public_url, new_event_at(settings.google_api_endpoint))

    def wake(account_id: int) -> None:
        engine.wake(account_id)

    standing = StandingFaults(db=db, clock=clock)
    metrics = Metrics(db=db, clock=clock, standing=standing)
    quota = Quota(db=db, clock=clock, chance=chance, a_minute=settings.quota_a_minute, a_day=settings.quota_a_day)

    def observe(call: ApiCall) -> None:
        log.debug("api_call", extra={"method": call.method, "status": call.status, "reason": call.reason})
        metrics.called(call)
        if call.method != "token":  # is another service of Google's
            quota.spent()

    connect = Connect(
        db=db, keys=keys, clock=clock, settings=settings, provider=provider, wake=wake, observe=observe, chance=chance
    )
    watch = Watch(db=db, clock=clock, address=settings.push_address, chance=chance, wake=wake)
    with db.write() as session:
        channels.look_again_where_moved(session, settings.push_address, clock())
        counts.open_budget(session)
    refresh = Refresh(
        db=db,
        clock=clock,
        calendar=connect.calendar,
        watch=watch,
        quota=quota,
        links=links,
        # A link to localhost is dead on the user's phone, and Google's calendar is where a phone looks.
        links_in_text=not (settings.is_local and settings.calendar_is_googles),
        refresh_seconds=settings.refresh_seconds,
        jitter=chance.random,
    )

    def run(account_id: int) -> Report:
        report = refresh(account_id)
        metrics.refreshed(report)
        return report

    engine = turned_by_workers(db, run, slots) if distributed else turned_here(db, run, clock, sweep_seconds)
    metrics.since_sweep = engine.since_sweep
    return Services(
        settings=settings,
        clock=clock,
        db=db,
        keys=keys,
        connect=connect,
        refresh=refresh,
        watch=watch,
        metrics=metrics,
        actions=Actions(db=db, clock=clock, links=links, wake=wake, chance=chance),
        views=Views(db=db, clock=clock, links=links, standing=standing),
        standing=standing,
        privacy=Privacy(db=db, clock=clock, connect=connect, refresh=refresh),
        feed=FeedReading(db=db, clock=clock, links=links),
        engine=engine,
    )


def _move_in(db: Database, keys: Keys, chance: Chance, *, distributed: bool) -> None:
    """The first who comes makes all ready; a restore that is under way is waited for."""
    with db.presence.arriving() as alone:
        upgrade(db)
        if distributed:
            upgrade_queue(db)
        check_key(db, keys, chance=chance)
        # Else an account whose run was killed would wait until the lease runs out. With several machines it has to: one
        # that goes on working while its connection is cut would not be seen.
        if alone and not distributed:
            with db.write() as session:
                accounts.drop_leases(session)


def check_key(db: Database, keys: Keys, *, chance: Chance = system_chance) -> None:
    """Remember which key seals this database, and refuse to start with one that cannot open it. Raises WrongKey."""
    try:
        with db.write() as session:
            row = accounts.installation(session)
            if row is None:
                session.add(InstallationRow(id=1, key=chance.randbytes(8).hex(), key_check=keys.encrypt(_KEY_CHECK)))
    except IntegrityError:  # another process has made it in this very moment
        with db.read() as session:
            row = accounts.installation(session)
    if row is not None and keys.decrypt(row.key_check) != _KEY_CHECK:
        raise WrongKey("The database was sealed with another key. Put the old key back into GREENBLOCK_SECRET_KEY.")


class ProviderOnce:
    """Google, or what the settings name instead; looked up when first needed, so that the pages start without it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._found: oauth.Provider | None = None
        self._guard = threading.Lock()

    def __call__(self) -> oauth.Provider:
        with self._guard:
            if self._found is None:
                self._found = provider_of(self._settings)
            return self._found


def provider_of(settings: Settings) -> oauth.Provider:
    """Raises ConfigError or oauth's errors, in words."""
    if settings.google_client_secrets is None:
        raise ConfigError(
            "GREENBLOCK_GOOGLE_CLIENT_SECRETS is missing: the path of the client_secret.json from Google's console. "
            "The README says how to get one."
        )
    return oauth.Provider(
        client_secrets=oauth.load_client_secrets(settings.google_client_secrets, settings.redirect_uri),
        openid=oauth.discover(settings.google_openid_configuration),
        api_endpoint=settings.google_api_endpoint,
    )


def keep_for_good() -> None:
    """What is there when the work begins stays to the end: the collector of garbage need not look through it again and
    again, which would hold up whoever is writing by a tenth of a second and more."""
    gc.collect()
    gc.freeze()
