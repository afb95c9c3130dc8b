"""What a 智能机器人 gets: the JSON of one message, event or refresh."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from bot.errors import MalformedMessage
from bot.rendering import shorten
from bot.wecom import wording

QUOTED_CHARACTERS = 120  # of a message that a question refers to
_MENTION = re.compile(r"^\s*@\S+[\s\u2005]*")


@dataclass(frozen=True, slots=True)
class RobotMessage:
    robot: str  # aibotid
    member: str  # userid
    chat: str  # of a group; empty in a single conversation
    message_id: str
    type: str  # text, voice, mixed, image, file, stream, event …
    text: str = ""
    stream_id: str = ""
    event: str = ""  # enter_chat, feedback_event …
    feedback: dict[str, Any] | None = None


def read(body: str | bytes) -> dict[str, Any]:
    """Raises MalformedMessage."""
    try:
        values = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise MalformedMessage("not the platform's JSON") from error
    if not isinstance(values, dict):
        raise MalformedMessage("not the platform's JSON")
    return values


def parse(values: dict[str, Any], name: str = "") -> RobotMessage:
    """`name`: of the robot, in mentions. Raises MalformedMessage."""
    kind, group = _word(values, "msgtype"), values.get("chattype") == "group"
    event = _part(values, "event")
    message = RobotMessage(
        robot=_word(values, "aibotid"),
        member=_word(_part(values, "from"), "userid"),
        chat=_word(values, "chatid") if group else "",
        message_id=_word(values, "msgid"),
        type=kind,
        text=_question(values, kind, group, name),
        stream_id=_word(_part(values, "stream"), "id"),
        event=_word(event, "eventtype"),
        feedback=_part(event, "feedback_event"),
    )
    if not (kind and message.robot and (message.stream_id if kind == "stream" else message.message_id)):
        raise MalformedMessage("a message without kind, receiver or identity")
    if kind not in ("stream", "event") and not message.member:
        raise MalformedMessage("a message without sender")
    return message


def _question(values: dict[str, Any], kind: str, group: bool, name: str) -> str:
    text = _content(values, kind)
    text = _unmentioned(text, name) if group else text
    quote = _part(values, "quote")
    quoted = _content(quote, _word(quote, "msgtype")).strip()
    if not (text.strip() and quoted):
        return text.strip()
    return wording.QUOTED.format(text=text.strip(), quoted=shorten(quoted, QUOTED_CHARACTERS))


def _content(values: dict[str, Any], kind: str) -> str:
    """The words of a message; empty where it has none."""
    if kind == "mixed":
        items = _part(values, "mixed").get("msg_item")
        texts = (_content(item, _word(item, "msgtype")) for item in items or () if isinstance(item, dict))
        return "\n".join(text for text in texts if text)
    return _word(_part(values, kind), "content") if kind in ("text", "voice") else ""


def _unmentioned(text: str, name: str) -> str:
    """The name is cut out wherever it stands; without one, what the text begins with."""
    return text.replace(f"@{name}", " ").replace("\u2005", " ") if name else _MENTION.sub("", text, count=1)


def _part(values: dict[str, Any], name: str) -> dict[str, Any]:
    part = values.get(name)
    return part if isinstance(part, dict) else {}


def _word(values: dict[str, Any], name: str) -> str:
    word = values.get(name)
    # JSON can spell half a character and NUL, which no database stores.
    return word.replace("\x00", "").encode("utf-8", "replace").decode() if isinstance(word, str) else ""
