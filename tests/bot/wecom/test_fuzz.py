"""Whatever is in a request that was signed and encrypted as it should be, it is taken or refused, never a crash."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import MalformedMessage
from bot.wechat_kf.messages import page
from bot.wecom.messages import parse as parse_xml
from bot.wecom.robot_messages import parse, read

pytestmark = pytest.mark.slow

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
ROBOT_FIELDS = ("msgid", "aibotid", "chatid", "chattype", "from", "msgtype", "text", "voice", "mixed", "quote", "event")
KINDS = st.sampled_from(["text", "voice", "mixed", "image", "stream", "event"])
ENTRY_FIELDS = ("msgid", "open_kfid", "external_userid", "send_time", "origin", "msgtype", "text", "event")
XML_FIELDS = ("ToUserName", "FromUserName", "CreateTime", "MsgType", "Content", "MsgId", "AgentID", "Event", "EventKey")


@settings(max_examples=300)
@given(st.dictionaries(st.sampled_from(ROBOT_FIELDS), VALUES | KINDS), st.text(max_size=5))
def test_a_robots_message_is_taken_or_refused(values: dict[str, Any], name: str) -> None:
    try:
        message = parse(read(json.dumps(values)), name)
    except MalformedMessage:
        return
    assert message.type
    assert message.robot


@settings(max_examples=300)
@given(st.lists(st.dictionaries(st.sampled_from(ENTRY_FIELDS), VALUES) | VALUES, max_size=5), VALUES, VALUES)
def test_a_page_gives_what_can_be_read_of_it(entries: list[Any], cursor: Any, more: Any) -> None:
    got = page({"msg_list": entries, "next_cursor": cursor, "has_more": more})
    assert len(got.messages) <= len(entries)
    assert all(message.id for message in got.messages)


@settings(max_examples=300)
@given(st.dictionaries(st.sampled_from(XML_FIELDS), st.text(max_size=20)))
def test_a_members_message_is_taken_or_refused(values: dict[str, str]) -> None:
    try:
        message = parse_xml(values)
    except MalformedMessage:
        return
    assert message.key
