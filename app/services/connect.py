"""Sign-in and calendar access in one consent, the stored token, and disconnecting."""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.chance import Chance, system_chance
from app.clock import Clock
from app.config import Settings
from app.db import accounts, channels
from app.db.engine import Database
from app.db.tables import AccountRow, SessionRow, SignInRow
from app.db.tables_google import ChannelRow
from app.db.trouble import Unwritable
from app.errors import GreenblockError, Refused
from app.keys import Keys, WrongKey
from app.services import preferences, watch
from app.services.faults import CLOCK_TOLERANCE
from integrations.calendar import Calendar
from integrations.google import oauth
from integrations.google.calendar import ApiCall, GoogleCalendar
from scheduler.words import _, spoken

log = logging.getLogger("greenblock.connect")

SESSION_LASTS = timedelta(days=90)
SIGN_IN_LASTS = timedelta(minutes=15)
HISTORY = timedelta(days=730)  # how far back the first read goes


def hashed(secret: str) -> str:
    """How session ids and states are kept: a dump of the database signs nobody in."""
    return hashlib.sha256(secret.encode()).hexdigest()


@dataclass(frozen=True, kw_only=True, slots=True)
class Visitor:
    """`account_id` is None until they have signed in."""

    account_id: int | None = None
    language: str = ""


class Connect:
    """`provider` gives Google, or whatever Google-compatible server the settings name; it may raise ConfigError."""

    def __init__(
        self,
        *,
        db: Database,
        keys: Keys,
        clock: Clock,
        settings: Settings,
        provider: Callable[[], oauth.Provider],
        wake: Callable[[int], None],
        observe: Callable[[ApiCall], None],
        chance: Chance = system_chance,
    ) -> None:
        self._db = db
        self._keys = keys
        self._clock = clock
        self._settings = settings
        self._provider = provider
        self._wake = wake
        self._observe = observe
        self._chance = chance

    # -- Browsers ----------------------------------------------------------------------------------

    def new_session(self, account_id: int | None = None) -> str:
        """A new browser session; the value for its cookie, which is stored hashed only."""
        secret = secrets.token_urlsafe(32)
        now = self._clock()
        with self._db.write() as session:
            accounts.drop_expired(session, now)
            accounts.add_session(session, hashed(secret), account_id, now, SESSION_LASTS)
        return secret

    def session(self, secret: str) -> SessionRow | None:
        """The live session of a cookie. It rolls: used in its last two months, it lasts 90 days again."""
        now = self._clock()
        with self._db.read() as session:
            row = accounts.find_session(session, hashed(secret), now)
        return self._rolled(row, now)

    def visitor(self, secret: str) -> Visitor | None:
        """Who sits before a browser, and what they speak; None for a cookie that is worth nothing."""
        now = self._clock()
        with self._db.read() as session:
            found = accounts.find_visitor(session, hashed(secret), now)
        if found is None:
            return None
        row, set_ = found
        self._rolled(row, now)
        if row.account_id is None:
            return Visitor()
        return Visitor(account_id=row.account_id, language=preferences.load(set_).language)

    def _rolled(self, row: SessionRow | None, now: datetime) -> SessionRow | None:
        if row is not None and row.expires_at - now < SESSION_LASTS - timedelta(days=1):
            with suppress(Unwritable), self._db.write() as session:  # pages can be read all the same
                accounts.roll_session(session, row.id_hash, now + SESSION_LASTS)
        return row

    def sign_out(self, secret: str) -> None:
        with self._db.write() as session:
            accounts.drop_session(session, hashed(secret))

    # -- Sign-in -----------------------------------------------------------------------------------

    def begin(self, secret: str, *, back: str = "") -> str:
        """Where to send the browser of this session for consent. `back`: a page of ours to return to, kept here."""
        state, nonce = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        begun = oauth.begin(self._provider(), self._settings.redirect_uri, state=state, nonce=nonce)
        with self._db.write() as session:
            accounts.begin_sign_in(
                session,
                SignInRow(
                    state_hash=hashed(state),
                    session_hash=hashed(secret),
                    nonce=nonce,
                    code_verifier=begun.code_verifier,
                    back=back,
                    created_at=self._clock(),
                ),
            )
        return begun.url

    def back_of(self, secret: str, *, state: str) -> str:
        """The page to return to of a sign-in that this very browser began; empty for any other."""
        with self._db.read() as session:
            return accounts.back_of(session, hashed(state), hashed(secret))

    def finish(self, secret: str, *, state: str, code: str) -> str:
        """The answer to `begin`: account made or found, token stored, first read on its way. A new session's cookie.

        Raises Refused (wrong browser, used or old state, not allowed), oauth.SignInError, CalendarError.
        """
        now = self._clock()
        with self._db.write() as session:
            pending = accounts.take_sign_in(session, hashed(state), hashed(secret))
        if pending is None or pending.created_at <= now - SIGN_IN_LASTS:
            raise Refused(_("This sign-in was begun in another browser, used already, or too long ago. Connect again."))
        provider = self._provider()
        grant = oauth.finish(
            provider,
            self._settings.redirect_uri,
            code=code,
            code_verifier=pending.code_verifier,
            nonce=pending.nonce,
            now=now,
        )
        with self._db.write() as session:
            account = accounts.by_subject(session, provider.openid.issuer, grant.subject)
            if account is None:
                accounts.hold_the_door(session)  # somebody else, or this person in another window, may be joining
                account = accounts.by_subject(session, provider.openid.issuer, grant.subject)
            if account is None:
                if not self._may_join(grant, first=not accounts.any_account(session)):
                    raise Refused(
                        _(
                            "This service does not let this address in. Ask whoever runs it to add the address"
                            " to GREENBLOCK_ALLOWED, then connect again."
                        )
                    )
                account = _new_account(provider.openid.issuer, grant, now, self._chance)
                session.add(account)
            # A second consent may bring no refresh token; the stored one stays in force then.
            account.token = self._seal(grant.token(self._stored(account.token)))
            account.consented_at = now if grant.refresh_token else account.consented_at
            account.email = grant.email
            account.connection = "connected"
            account.last_error, account.failures = None, 0
            if account.watch_at is not None:  # what became of the channels of a permission that ended, nobody knows
                account.watch_at, account.push_until = now, None
            session.flush()
            accounts.request_refresh(session, account.id, now)
            accounts.drop_session(session, hashed(secret))
            account_id = account.id
        self._wake(account_id)
        log.info("connected", extra={"account": account_id})
        return self.new_session(account_id)

    def _may_join(self, grant: oauth.Grant, *, first: bool) -> bool:
        allowed = {part.strip().lower() for part in self._settings.allowed.split(",") if part.strip()}
        if not allowed:
            return first
        if "*" in allowed:
            return True
        email = grant.email.lower()
        return grant.email_verified and (
            email in allowed or email.rpartition("@")[2] in {a.lstrip("@") for a in allowed}
        )

    def disconnect(self, account_id: int) -> bool:
        """Stop the channels and hand the permission back. Everything else stays, and blocks stay where they
        are. False where Google could not be told; the token is forgotten here all the same."""
        with self._db.write() as session:
            account = accounts.get(session, account_id)
            if account is None or account.token is None:
                return True
            sealed = account.token
            account.token, account.connection, account.last_error = None, "disconnected", None
            account.watch_at = account.push_until = None
            open_channels = channels.take(session, account_id)
        try:
            self._stop(account, sealed, open_channels)
            oauth.revoke(self._provider(), self._open(sealed))
        except (GreenblockError, oauth.SignInError) as error:
            # The token is forgotten here all the same; the user can also take the permission away at Google.
            log.warning("revoke_failed", extra={"account": account_id, "kind": type(error).__name__})
            return False
        return True

    def _stop(self, account: AccountRow, sealed: bytes, open_channels: Sequence[ChannelRow]) -> None:
        if open_channels:
            with self._opened(account, sealed) as calendar:
                watch.stop(calendar, account.id, open_channels)

    # -- The stored token --------------------------------------------------------------------------

    @contextmanager
    def calendar(self, account: AccountRow) -> Iterator[Calendar]:
        """The account's calendar; an access token that was renewed on the way is stored at the end."""
        assert account.token is not None
        with self._opened(account, account.token) as calendar:
            yield calendar

    @contextmanager
    def _opened(self, account: AccountRow, sealed: bytes) -> Iterator[Calendar]:
        before = self._open(sealed)
        credentials = oauth.credentials(self._provider(), before, self._clock)
        ahead: list[timedelta] = []

        def observe(call: ApiCall) -> None:
            self._observe(call)
            if call.served_at is not None:
                ahead[:] = [self._clock() - call.served_at]

        try:
            with GoogleCalendar(
                credentials, api_endpoint=self._settings.google_api_endpoint, observe=observe
            ) as calendar:
                yield calendar
        finally:
            for difference in ahead:
                self._compare_clocks(account, difference)
            after = oauth.refreshed(credentials, before)
            if after is not None:
                with self._db.write() as session:
                    accounts.set_token(session, account.id, self._seal(after), before=sealed)

    def _compare_clocks(self, account: AccountRow, ahead: timedelta) -> None:
        """Remember by how much our clock is ahead of Google's, where that is more than can be let pass."""
        off = round(ahead.total_seconds()) if abs(ahead) > CLOCK_TOLERANCE else None
        before = account.clock_off
        if off == before or (off is not None and before is not None and abs(off - before) < 60):
            return
        with suppress(Unwritable), self._db.write() as session:
            accounts.set_clock_off(session, account.id, off)

    def _stored(self, sealed: bytes | None) -> oauth.StoredToken | None:
        """A stored token; None also where it was sealed with a key that is gone: consent replaces it."""
        try:
            return self._open(sealed) if sealed is not None else None
        except WrongKey:
            return None

    def _seal(self, token: oauth.StoredToken) -> bytes:
        return self._keys.encrypt(
            json.dumps(
                {
                    "access": token.access_token,
                    "refresh": token.refresh_token,
                    "expires_at": token.expires_at.isoformat(),
                    "scopes": sorted(token.scopes),
                }
            )
        )

    def _open(self, sealed: bytes) -> oauth.StoredToken:
        body = json.loads(self._keys.decrypt(sealed))
        return oauth.StoredToken(
            access_token=body["access"],
            refresh_token=body["refresh"],
            expires_at=datetime.fromisoformat(body["expires_at"]),
            scopes=frozenset(body["scopes"]),
        )


def _new_account(issuer: str, grant: oauth.Grant, now: datetime, chance: Chance) -> AccountRow:
    return AccountRow(
        issuer=issuer,
        subject=grant.subject,
        email=grant.email,
        key=chance.randbytes(8).hex(),
        block_key=chance.randbytes(32),
        created_at=now,
        preferences=preferences.dump(preferences.Preferences(language=spoken().code)),
        outlook={},
        synced_from=(now - HISTORY).replace(hour=0, minute=0, second=0, microsecond=0),
    )
