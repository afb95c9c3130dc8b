"""The platform's XML: one flat element per field. Nothing of XML beyond that is accepted."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from xml.etree.ElementTree import ParseError

from defusedxml.ElementTree import fromstring

from bot.errors import MalformedMessage

BODY_LIMIT = 256 * 1024  # bytes: 20,000 汉字, encrypted, still reach the dialogue, which says that they are too many
_LONGEST_KEY = 160  # characters; the EventKey of a menu link is a whole address


@dataclass(frozen=True, slots=True)
class WeChatMessage:
    to_user: str  # our account, gh_…
    from_user: str  # the person's OpenID
    created: int  # seconds since 1970, by the platform's clock
    type: str  # text, image, event …
    text: str = ""
    message_id: str = ""
    event: str = ""  # subscribe, unsubscribe, CLICK …
    event_key: str = ""
    heard: str = ""  # what the platform made of a voice message
    picture_url: str = ""
    media_id: str = ""
    title: str = ""  # of a link

    @property
    def key(self) -> str:
        """What tells this message of this person from another; the same for each of its deliveries.

        An event has no MsgId. FromUserName, which the platform names first for events, is the person of the turn.
        """
        key = f"{self.created}:{self.event}:{self.event_key}" if self.type == "event" else self.message_id
        return key if len(key) <= _LONGEST_KEY else hashlib.sha256(key.encode()).hexdigest()


def fields(body: bytes | str) -> dict[str, str]:
    """The elements of `<xml>…</xml>` and their texts. Raises MalformedMessage."""
    if len(body) > BODY_LIMIT:
        raise MalformedMessage(f"{len(body)} bytes are more than {BODY_LIMIT}")
    try:
        root = fromstring(body, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    except (ParseError, ValueError, LookupError) as error:  # not XML, entities or a DTD, an unknown encoding
        raise MalformedMessage("not the platform's XML") from error
    if root.tag != "xml":
        raise MalformedMessage("the root element is not <xml>")
    return {child.tag: child.text or "" for child in root}


def parse(values: dict[str, str]) -> WeChatMessage:
    """Raises MalformedMessage when a field is missing that every message of its type has."""
    try:
        message = WeChatMessage(
            to_user=values["ToUserName"],
            from_user=values["FromUserName"],
            created=int(values["CreateTime"]),
            type=values["MsgType"].lower(),
            text=values.get("Content", ""),
            message_id=values.get("MsgId", ""),
            event=values.get("Event", ""),
            event_key=values.get("EventKey", ""),
            heard=values.get("Recognition", ""),
            picture_url=values.get("PicUrl", ""),
            media_id=values.get("MediaId", ""),
            title=values.get("Title", ""),
        )
    except (KeyError, ValueError) as error:
        raise MalformedMessage("a field every message has is missing or no number") from error
    if not (
        message.from_user and message.to_user and (message.event if message.type == "event" else message.message_id)
    ):
        raise MalformedMessage("a message without sender, receiver or identity")
    return message
