from __future__ import annotations

from typing import Any

import pytest

from bot.errors import MalformedMessage
from bot.telegram.updates import Asked, Identity, Pressed, read

ME = Identity(7, "our_bot")
GROUP = {"id": -100123, "type": "supergroup", "title": "群"}
PRIVATE = {"id": 55, "type": "private", "first_name": "某人"}


def message(chat: dict[str, Any], **content: Any) -> dict[str, Any]:
    sender = {"id": 55, "is_bot": False, "first_name": "某人"}
    return {"update_id": 1, "message": {"message_id": 9, "date": 1, "chat": chat, "from": sender, **content}}


def asked(chat: dict[str, Any], **content: Any) -> Asked | None:
    came = read(message(chat, **content), lambda: ME)
    assert not isinstance(came, Pressed)
    return came


def entity(kind: str, offset: int, length: int, **more: Any) -> list[dict[str, Any]]:
    return [{"type": kind, "offset": offset, "length": length, **more}]


@pytest.mark.parametrize("broken", [{}, {"update_id": "x", "message": 3}, {"update_id": 1, "message": {"text": "a"}}])
def test_what_is_no_update_is_refused(broken: dict[str, Any]) -> None:
    with pytest.raises(MalformedMessage):
        read(broken, lambda: ME)


def test_in_a_private_chat_everything_is_for_us() -> None:
    came = asked(PRIVATE, text="证书几年")
    assert came is not None
    assert (came.text, came.place.chat, came.place.sender, came.place.message) == ("证书几年", 55, 55, 9)


def test_in_a_group_only_what_names_us() -> None:
    assert asked(GROUP, text="证书几年") is None
    assert asked(GROUP, text="@other_bot 证书几年", entities=entity("mention", 0, 10)) is None
    came = asked(GROUP, text="😀 @Our_Bot 证书几年", entities=entity("mention", 3, 8))
    assert came is not None
    assert came.text == "😀   证书几年"
    by_name = asked(
        GROUP,
        text="机器人 证书几年",
        entities=entity("text_mention", 0, 3, user={"id": 7, "is_bot": True, "first_name": "b"}),
    )
    assert by_name is not None
    assert by_name.text == "证书几年"


def test_in_a_group_a_reply_to_us_is_for_us() -> None:
    def reply(sender: int) -> Asked | None:
        ours = {"message_id": 8, "date": 1, "chat": GROUP, "from": {"id": sender, "is_bot": True, "first_name": "b"}}
        return asked(GROUP, text="那复审呢", reply_to_message=ours | {"text": "三年"})

    assert reply(7) is not None
    assert reply(8) is None


def test_a_command_in_a_group_needs_our_name() -> None:
    assert asked(GROUP, text="/help", entities=entity("bot_command", 0, 5)) is None
    assert asked(GROUP, text="/help@other_bot", entities=entity("bot_command", 0, 15)) is None
    came = asked(GROUP, text="/ask@our_bot 证书几年", entities=entity("bot_command", 0, 12))
    assert came is not None
    assert (came.command, came.text) == ("ask", "证书几年")


def test_a_command_in_private_needs_no_name() -> None:
    came = asked(PRIVATE, text="/Start payload", entities=entity("bot_command", 0, 6))
    assert came is not None
    assert (came.command, came.text) == ("start", "payload")


def test_a_caption_is_the_text_and_a_picture_without_one_cannot_be_read() -> None:
    photo = [{"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}]
    came = asked(PRIVATE, photo=photo, caption="这是哪一条")
    assert came is not None
    assert (came.text, came.readable) == ("这是哪一条", True)
    bare = asked(PRIVATE, photo=photo, media_group_id="77")
    assert bare is not None
    assert (bare.readable, bare.album) == (False, "77")


def test_what_happens_in_a_chat_and_what_other_bots_say_is_not_for_us() -> None:
    assert asked(PRIVATE, new_chat_title="新名字") is None
    assert asked(PRIVATE, text="哔", **{"from": {"id": 8, "is_bot": True, "first_name": "b"}}) is None


def test_a_topic_of_a_forum_is_kept() -> None:
    came = asked(PRIVATE, text="证书几年", message_thread_id=4, is_topic_message=True)
    assert came is not None
    assert came.place.thread == 4


def test_a_button_pressed_on_a_message_too_old_to_be_shown_is_read() -> None:
    old = {"message_id": 3, "date": 0, "chat": PRIVATE}
    query = {
        "id": "q",
        "from": {"id": 55, "is_bot": False, "first_name": "某人"},
        "message": old,
        "chat_instance": "c",
        "data": "s:1",
    }
    came = read({"update_id": 1, "callback_query": query}, lambda: ME)
    assert isinstance(came, Pressed)
    assert (came.place.chat, came.query, came.data) == (55, "q", "s:1")
