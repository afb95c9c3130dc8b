"""Signatures and encryption of the official-account callback. The only file that knows wechatpy.

wechatpy compares signatures with `!=`, which tells a forger by its timing how many characters were right; so the
comparing is done here, and wechatpy only computes.
"""

from __future__ import annotations

import base64
import hmac
import secrets
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from wechatpy.crypto import PrpCrypto
from wechatpy.exceptions import WeChatException
from wechatpy.utils import WeChatSigner

from bot.errors import ForgedMessage


def signature(token: str, *parts: str) -> str:
    """SHA-1 over the sorted parts, as the platform defines it: (timestamp, nonce), or with the encrypted text."""
    signer = WeChatSigner()
    signer.add_data(token, *parts)
    return str(signer.signature)


def check_signature(claimed: str, token: str, *parts: str) -> None:
    """Raises ForgedMessage. Takes the same time wherever the two differ."""
    if not hmac.compare_digest(claimed.encode("utf-8", "replace"), signature(token, *parts).encode()):
        raise ForgedMessage("the signature does not match")


def matching_token(claimed: str, tokens: Sequence[str], *parts: str) -> str:
    """Which of the tokens signed this: while one is being changed, two are valid. Raises ForgedMessage."""
    fits = [token for token in tokens if _signed(claimed, token, *parts)]  # each is tried: no token answers sooner
    if not fits:
        raise ForgedMessage("the signature does not match")
    return fits[0]


def _signed(claimed: str, token: str, *parts: str) -> bool:
    try:
        check_signature(claimed, token, *parts)
    except ForgedMessage:
        return False
    return True


class _Cipher(PrpCrypto):  # type: ignore[misc]  # wechatpy has no types
    def get_random_string(self) -> str:
        # The IV is fixed by the platform's protocol, so these 16 characters are all that makes two ciphertexts
        # of one text differ: they come from the system, not from wechatpy's seedable generator.
        return secrets.token_hex(8)


@dataclass(frozen=True, slots=True, repr=False)
class MessageCipher:
    """AES-256-CBC as the platform uses it: 16 random bytes, length, text and AppID, padded to 32 bytes."""

    aes_key: str
    app_id: str

    def decrypt(self, encrypted: str) -> str:
        """Raises ForgedMessage for anything that is not our platform's text under our key and AppID."""
        try:
            return str(self._cipher().decrypt(encrypted, self.app_id))
        except (WeChatException, ValueError, IndexError, struct.error) as error:
            raise ForgedMessage("the message does not decrypt under our key and AppID") from error

    def encrypt(self, text: str) -> str:
        encrypted: bytes = self._cipher().encrypt(text, self.app_id)
        return encrypted.decode()

    def _cipher(self) -> _Cipher:
        return _Cipher(base64.b64decode(f"{self.aes_key}="))


def matching_cipher(encrypted: str, ciphers: Sequence[MessageCipher]) -> tuple[MessageCipher, str]:
    """The key that opens this, and what it says. Raises ForgedMessage."""
    for cipher in ciphers:
        try:
            return cipher, cipher.decrypt(encrypted)
        except ForgedMessage:
            continue
    raise ForgedMessage("the message does not decrypt under our keys and AppID")


def sealed(text: str, *, token: str, cipher: MessageCipher, timestamp: str, nonce: str) -> str:
    """The XML envelope of an encrypted reply."""
    encrypted = cipher.encrypt(text)
    return (
        f"<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt>"
        f"<MsgSignature><![CDATA[{signature(token, timestamp, nonce, encrypted)}]]></MsgSignature>"
        f"<TimeStamp>{escape(timestamp)}</TimeStamp><Nonce>{escape(nonce)}</Nonce></xml>"
    )
