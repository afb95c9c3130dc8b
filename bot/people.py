"""A person is a keyed hash everywhere: the platform's own id is not stored, logged or passed on."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field

SMALLEST_KEY = 16  # bytes; a guessable key makes the hashes reversible by trying every platform id


@dataclass(frozen=True, slots=True)
class People:
    """Names persons by HMAC-SHA256 under one secret key. Losing the key means everyone is a stranger again."""

    key: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.key) < SMALLEST_KEY:
            raise ValueError(f"the key that names persons needs at least {SMALLEST_KEY} bytes")

    def person(self, channel: str, account: str, platform_id: str) -> str:
        """64 hexadecimal digits; the same person under another account or channel is another one."""
        # Each part carries its length, so that ("ab", "c") and ("a", "bc") stay apart.
        parts = (part.encode() for part in (channel, account, platform_id))
        named = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
        return hmac.new(self.key, named, hashlib.sha256).hexdigest()
