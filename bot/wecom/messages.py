"""What a self-built application gets: the XML of one message or event of one member."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from bot.errors import MalformedMessage

LONGEST_KEY = 160  # characters


@dataclass(frozen=True, slots=True)
class WeComMessage:
    corp_id: str
    member: str  # UserID
    created: int  # seconds since 1970, by the platform's clock
    type: str  # text, voice, image, event …
    agent_id: str = ""
    text: str = ""  # what was typed, or the platform's recognition of what was said
    message_id: str = ""
    event: str = ""  # subscribe, enter_agent, click …; lower case
    event_key: str = ""

    @property
    def key(self) -> str:
        """The same for each delivery. Events have no MsgId; the platform names them by member and time."""
        key = f"{self.created}:{self.event}:{self.event_key}" if self.type == "event" else self.message_id
        return key if len(key) <= LONGEST_KEY else hashlib.sha256(key.encode()).hexdigest()


def parse(values: Mapping[str, str]) -> WeComMessage:
    """Raises MalformedMessage when a field is missing that every message of its type has."""
    try:
        message = WeComMessage(
            corp_id=values["ToUserName"],
            member=values["FromUserName"],
            created=int(values["CreateTime"]),
            type=values["MsgType"].lower(),
            agent_id=values.get("AgentID", ""),
            text=values.get("Content") or values.get("Recognition") or "",
            message_id=values.get("MsgId", ""),
            event=values.get("Event", "").lower(),
            event_key=values.get("EventKey", ""),
        )
    except (KeyError, ValueError) as error:
        raise MalformedMessage("a field every message has is missing or no number") from error
    if not (message.member and (message.event if message.type == "event" else message.message_id)):
        raise MalformedMessage("a message without sender or identity")
    return message
