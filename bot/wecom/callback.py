"""Signed and encrypted callbacks, the same for the application, the robot and customer service of WeCom.

The cipher is that of the official account with another receiver at its end: the company's id, or nothing (robot).
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.errors import MalformedMessage, StaleMessage
from bot.wechat.crypto import MessageCipher, check_signature, signature

BODY_LIMIT = 256 * 1024  # bytes


@dataclass(frozen=True, slots=True)
class Sealed:
    """One encrypted text with what signs it."""

    encrypted: str
    signature: str
    timestamp: str
    nonce: str


@dataclass(frozen=True, slots=True)
class Callback:
    token: str = field(repr=False)
    aes_key: str = field(repr=False)
    receiver: str = ""  # corp id; empty for a robot
    oldest: float = 600  # seconds
    clock: Callable[[], float] = time.time

    def echo(self, query: Mapping[str, str]) -> str:
        """The decrypted echo the platform expects when the address is saved. Raises ForgedMessage, StaleMessage."""
        return self.open(query, query.get("echostr", ""))

    def open(self, query: Mapping[str, str], encrypted: str) -> str:
        """The text of a request. Raises ForgedMessage, StaleMessage."""
        timestamp = query.get("timestamp", "")
        check_signature(query.get("msg_signature", ""), self.token, timestamp, query.get("nonce", ""), encrypted)
        # A nonce seen before is no replay: the platform delivers again, and the turn it joins answers the same.
        if not timestamp.isdecimal() or abs(self.clock() - int(timestamp)) > self.oldest:
            raise StaleMessage(f"signed at {timestamp}")
        return self._cipher().decrypt(encrypted)

    def seal(self, text: str) -> Sealed:
        timestamp, nonce = str(int(self.clock())), secrets.token_hex(8)
        encrypted = self._cipher().encrypt(text)
        return Sealed(encrypted, signature(self.token, timestamp, nonce, encrypted), timestamp, nonce)

    def _cipher(self) -> MessageCipher:
        return MessageCipher(self.aes_key, self.receiver)


def envelope(values: Mapping[str, object], name: str) -> str:
    """The encrypted text in a request's body. Raises MalformedMessage."""
    encrypted = values.get(name)
    if not isinstance(encrypted, str) or not encrypted:
        raise MalformedMessage("nothing encrypted in the request")
    return encrypted
