"""Encryption at rest and signed links, both from GREENBLOCK_SECRET_KEY: Fernet keys, newest first.

New things are written with the newest key; old tokens and links stay readable while their key is listed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from app.errors import ConfigError

HOW_TO_MAKE_ONE = (
    "Make one with: "
    'python3 -c "import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())" '
    "and put it into GREENBLOCK_SECRET_KEY."
)


class WrongKey(ConfigError):
    """What is stored was encrypted with a key that is not listed."""


@dataclass(frozen=True, slots=True)
class Keys:
    """All listed keys. `parse` is the way to make one."""

    fernets: MultiFernet
    newest: Fernet
    signing: tuple[bytes, ...]

    @staticmethod
    def parse(text: str | None) -> Keys:
        """From comma-separated Fernet keys. Raises ConfigError that says how to make one."""
        parts = [part.strip() for part in (text or "").split(",") if part.strip()]
        if not parts:
            raise ConfigError("GREENBLOCK_SECRET_KEY is missing. " + HOW_TO_MAKE_ONE)
        fernets, signing = [], []
        for place, part in enumerate(parts, start=1):
            try:
                fernets.append(Fernet(part.encode()))
                raw = base64.urlsafe_b64decode(part)
            except ValueError:
                raise ConfigError(
                    f"GREENBLOCK_SECRET_KEY: key number {place} is not a Fernet key (32 bytes in url-safe base64). "
                    + HOW_TO_MAKE_ONE
                ) from None
            # A key of its own for links, so that no text ever serves two purposes.
            signing.append(hmac.digest(raw, b"greenblock signed links", hashlib.sha256))
        return Keys(MultiFernet(fernets), fernets[0], tuple(signing))

    @staticmethod
    def generate() -> str:
        return Fernet.generate_key().decode()

    def encrypt(self, text: str) -> bytes:
        return self.fernets.encrypt(text.encode())

    def decrypt(self, sealed: bytes) -> str:
        """Raises WrongKey."""
        try:
            return self.fernets.decrypt(sealed).decode()
        except InvalidToken:
            raise WrongKey(
                "What is stored was encrypted with another key. Put the old key back into GREENBLOCK_SECRET_KEY, "
                "after the new one, separated by a comma."
            ) from None

    def reseal(self, sealed: bytes) -> bytes:
        """The same content under the newest key. Raises WrongKey."""
        return self.encrypt(self.decrypt(sealed))

    def is_newest(self, sealed: bytes) -> bool:
        """Whether the newest key alone opens it."""
        try:
            self.newest.decrypt(sealed)
        except InvalidToken:
            return False
        return True

    def sign(self, payload: bytes) -> str:
        """`payload` and its signature as one url-safe word; the same payload always gives the same word."""
        signature = hmac.digest(self.signing[0], payload, hashlib.sha256)[:16]
        return base64.urlsafe_b64encode(payload + signature).decode().rstrip("=")

    def verify(self, word: str) -> bytes | None:
        """The payload of a word that `sign` made with any listed key, else None."""
        if not word.isascii() or len(word) > 200:
            return None
        try:
            raw = base64.b64decode(word + "=" * (-len(word) % 4), altchars=b"-_", validate=True)
        except ValueError:
            return None
        if base64.urlsafe_b64encode(raw).decode().rstrip("=") != word:
            return None  # the same bytes can be spelled in several ways; only ours counts
        payload, signature = raw[:-16], raw[-16:]
        good = [hmac.compare_digest(hmac.digest(key, payload, hashlib.sha256)[:16], signature) for key in self.signing]
        return payload if any(good) else None
