from __future__ import annotations

from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import MalformedMessage
from bot.wechat.messages import BODY_LIMIT, WeChatMessage, fields, parse
from bot.wechat.replies import text_reply

TEXT = {"ToUserName": "gh_1", "FromUserName": "o-1", "CreateTime": "1700000000", "MsgType": "text", "MsgId": "77"}
EVENT = {**TEXT, "MsgType": "event", "Event": "subscribe", "EventKey": "qrscene_1", "MsgId": ""}

BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><xml><Content>&b;</Content></xml>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><Content>&a;</Content></xml>'


def test_a_message_is_known_by_its_id_and_an_event_by_what_happened_when() -> None:
    assert parse(TEXT).key == "77"
    assert parse(EVENT).key == "1700000000:subscribe:qrscene_1"


def test_the_identity_of_an_event_does_not_hold_the_persons_own_id() -> None:
    assert "o-1" not in parse(EVENT).key


def test_a_very_long_event_key_has_a_short_identity() -> None:
    assert len(parse({**EVENT, "EventKey": "https://" + "a" * 5000}).key) == 64


@pytest.mark.parametrize("body", [b"", b"{}", b"<xml>", b"<html></html>", BOMB.encode(), OUTSIDE.encode(), b"\xff\xfe"])
def test_anything_but_the_platforms_flat_xml_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedMessage):
        fields(body)


def test_an_unknown_encoding_is_refused() -> None:
    with pytest.raises(MalformedMessage):
        fields(b'<?xml version="1.0" encoding="nonsense"?><xml/>')


def test_a_body_over_the_cap_is_refused_unread() -> None:
    with pytest.raises(MalformedMessage):
        fields(b"<xml>" + b" " * BODY_LIMIT + b"</xml>")


@pytest.mark.parametrize("missing", ["ToUserName", "FromUserName", "CreateTime", "MsgType", "MsgId"])
def test_a_message_without_what_every_message_has_is_refused(missing: str) -> None:
    with pytest.raises(MalformedMessage):
        parse({name: value for name, value in TEXT.items() if name != missing})


@given(st.text())
def test_any_text_can_be_replied_and_read_back(text: str) -> None:
    reply = text_reply(WeChatMessage("gh_1", "o-1", 1, "text"), text, 1700000000)
    content = fromstring(reply).findtext("Content") or ""
    kept = "".join(
        c for c in text if c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff" and not 0xD800 <= ord(c) < 0xE000)
    )
    assert content == kept.replace("\r\n", "\n").replace("\r", "\n")
