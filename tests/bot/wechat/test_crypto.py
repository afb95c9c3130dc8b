from __future__ import annotations

import base64
import os
import struct

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from bot.errors import ForgedMessage
from bot.wechat.crypto import MessageCipher, check_signature, signature
from bot.wechat.settings import WeChatSettings
from tests.bot.wechat.conftest import AES_KEY
from tests.bot.wechat.house import APP_ID, TOKEN

CIPHER = MessageCipher(AES_KEY, APP_ID)


def by_the_book(text: str, app_id: str) -> str:
    """The platform's encryption as its documents describe it, written again without wechatpy."""
    key = base64.b64decode(AES_KEY + "=")
    content = text.encode()
    plain = os.urandom(16) + struct.pack(">I", len(content)) + content + app_id.encode()
    padding = 32 - len(plain) % 32
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(encryptor.update(plain + bytes([padding]) * padding) + encryptor.finalize()).decode()


@given(st.text(st.characters(codec="utf-8"), max_size=200))
def test_what_the_platform_encrypts_by_its_documents_is_read(text: str) -> None:
    assert CIPHER.decrypt(by_the_book(text, APP_ID)) == text


def test_the_same_text_never_encrypts_to_the_same() -> None:
    assert len({CIPHER.encrypt("三年。") for _ in range(20)}) == 20


def test_a_message_for_another_account_is_refused() -> None:
    with pytest.raises(ForgedMessage):
        CIPHER.decrypt(by_the_book("三年。", "wx-another"))


@pytest.mark.parametrize("rubbish", ["", "=", "not base64!", "AAAA", base64.b64encode(bytes(64)).decode(), "三年"])
def test_rubbish_is_refused_and_nothing_else_happens(rubbish: str) -> None:
    with pytest.raises(ForgedMessage):
        CIPHER.decrypt(rubbish)


@given(st.binary(max_size=200))
def test_any_bytes_are_refused(rubbish: bytes) -> None:
    with pytest.raises(ForgedMessage):
        CIPHER.decrypt(base64.b64encode(rubbish).decode())


def test_a_signature_is_the_one_the_platform_documents() -> None:
    # sha1 of the sorted parts 1700000000, 42, token put together
    assert signature("token", "1700000000", "42") == "7b168527e6c8e8e22b5d3ad62002daf6ebc5c284"
    check_signature(signature(TOKEN, "1", "2"), TOKEN, "1", "2")


@pytest.mark.parametrize("claimed", ["", "0" * 40, "签名", "\ud800"])
def test_any_other_signature_is_refused(claimed: str) -> None:
    with pytest.raises(ForgedMessage):
        check_signature(claimed, TOKEN, "1", "2")


def test_the_cipher_does_not_show_its_key() -> None:
    assert AES_KEY not in repr(CIPHER)


@pytest.mark.parametrize("changes", [{"aes_key": "short"}, {"mode": "safe"}, {"text_limit": 4096}, {"tokn": "x"}])
def test_settings_that_cannot_work_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        WeChatSettings(**{"token": SecretStr("t"), **changes})  # type: ignore[arg-type]
