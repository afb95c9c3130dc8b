from __future__ import annotations

from typing import Any

import pytest

from bot.errors import MalformedMessage
from bot.wecom.robot_messages import parse, read


def message(kind: str, group: bool = False, **content: Any) -> dict[str, Any]:
    chat = {"chatid": "c-1", "chattype": "group"} if group else {"chattype": "single"}
    return {"msgid": "m-1", "aibotid": "a-1", "from": {"userid": "u-1"}, "msgtype": kind, **chat, **content}


def asked(text: str, group: bool = False, name: str = "", **content: Any) -> str:
    return parse(message("text", group, text={"content": text}, **content), name).text


class TestTheQuestion:
    def test_in_a_group_is_without_the_mention(self) -> None:
        assert asked("@RobotA 证书有效期几年", group=True) == "证书有效期几年"
        assert asked("@RobotA\u2005证书有效期几年", group=True) == "证书有效期几年"

    def test_is_without_a_mention_in_the_middle_where_the_name_is_known(self) -> None:
        assert asked("请问 @质量 助手 证书有效期几年", group=True, name="质量 助手") == "请问   证书有效期几年"

    def test_keeps_an_at_sign_in_a_single_conversation(self) -> None:
        assert asked("@RobotA 是谁") == "@RobotA 是谁"

    def test_carries_the_quoted_message_shortened(self) -> None:
        text = asked("这条依据什么？", quote={"msgtype": "text", "text": {"content": "证书有效期三年。" * 40}})
        assert text.startswith("这条依据什么？\n（引用的内容：证书有效期三年。")
        assert len(text) < 160

    def test_of_a_mixed_message_is_its_words(self) -> None:
        items = [
            {"msgtype": "text", "text": {"content": "@RobotA 图里的条款"}},
            {"msgtype": "image", "image": {"url": "https://example.org/x"}},
            {"msgtype": "text", "text": {"content": "要求什么？"}},
        ]
        assert parse(message("mixed", True, mixed={"msg_item": items})).text == "图里的条款\n要求什么？"

    def test_of_a_voice_message_is_what_the_platform_heard(self) -> None:
        assert parse(message("voice", voice={"content": "证书有效期几年"})).text == "证书有效期几年"

    def test_of_a_picture_is_empty(self) -> None:
        assert parse(message("image", image={"url": "https://example.org/x"})).text == ""


@pytest.mark.parametrize(
    "values",
    [{}, {"msgtype": "text"}, {"msgtype": "stream", "aibotid": "a"}, {"msgtype": "text", "aibotid": "a", "msgid": "m"}],
)
def test_a_message_without_identity_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(MalformedMessage):
        parse(values)


@pytest.mark.parametrize("body", [b"", b"[]", b"nonsense", b"[" * 100_000, b"\xff\xfe"])
def test_a_body_that_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedMessage):
        read(body)


def test_fields_of_another_kind_do_no_harm() -> None:
    assert parse(message("text", text=["no", "object"], quote="no object")).text == ""
