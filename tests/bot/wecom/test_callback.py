from __future__ import annotations

import pytest

from bot.errors import ForgedMessage, StaleMessage
from bot.simulators.wecom import AES_KEY, CORP_ID, TOKEN
from bot.wecom.callback import Callback, Sealed


def query(sealed: Sealed, **changes: str) -> dict[str, str]:
    signed = {"msg_signature": sealed.signature, "timestamp": sealed.timestamp, "nonce": sealed.nonce}
    return {**signed, **changes}


@pytest.mark.parametrize("receiver", [CORP_ID, ""])
def test_what_was_sealed_opens_again(receiver: str) -> None:
    callback = Callback(TOKEN, AES_KEY, receiver)
    sealed = callback.seal("第8.5.2条讲什么？")
    assert callback.open(query(sealed), sealed.encrypted) == "第8.5.2条讲什么？"


def test_another_companys_message_is_refused() -> None:
    sealed = Callback(TOKEN, AES_KEY, "ww-someone-else").seal("你好")
    with pytest.raises(ForgedMessage):
        Callback(TOKEN, AES_KEY, CORP_ID).open(query(sealed), sealed.encrypted)


def test_a_changed_text_is_refused_before_it_is_decrypted() -> None:
    callback = Callback(TOKEN, AES_KEY, CORP_ID)
    sealed, other = callback.seal("一"), callback.seal("二")
    with pytest.raises(ForgedMessage):
        callback.open(query(sealed), other.encrypted)


@pytest.mark.parametrize("seconds", [-601, 601])
def test_a_timestamp_far_from_now_is_refused(seconds: float) -> None:
    now = 1_800_000_000.0
    sealed = Callback(TOKEN, AES_KEY, CORP_ID, clock=lambda: now).seal("你好")
    with pytest.raises(StaleMessage):
        Callback(TOKEN, AES_KEY, CORP_ID, clock=lambda: now + seconds).open(query(sealed), sealed.encrypted)


def test_keys_are_not_in_its_own_description() -> None:
    assert AES_KEY not in repr(Callback(TOKEN, AES_KEY, CORP_ID))
    assert TOKEN not in repr(Callback(TOKEN, AES_KEY, CORP_ID))
