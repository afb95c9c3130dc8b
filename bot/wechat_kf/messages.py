"""What sync_msg returns: pages of messages and events."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

CUSTOMER, SYSTEM, SERVICER = 3, 4, 5  # origin
END_OF_TIME = 1 << 33  # seconds; a later time is no time


@dataclass(frozen=True, slots=True)
class KfMessage:
    id: str
    open_kfid: str  # our customer-service account
    customer: str  # external_userid
    sent: int  # seconds since 1970
    origin: int
    type: str  # text, image, event …
    text: str = ""
    event: dict[str, Any] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """Where to answer: a customer has one session with each of our accounts."""
        return f"{self.open_kfid}/{self.customer}"


@dataclass(frozen=True, slots=True)
class Page:
    cursor: str
    more: bool  # may be true on an empty page
    messages: tuple[KfMessage, ...]


def page(answer: dict[str, Any]) -> Page:
    """Entries that cannot be read are left out: one of them must not hold up those behind it."""
    entries = answer.get("msg_list")
    read = (_message(entry) for entry in entries if isinstance(entry, dict)) if isinstance(entries, list) else ()
    found = tuple(message for message in read if message is not None)
    return Page(str(answer.get("next_cursor") or ""), bool(answer.get("has_more")), found)


def _message(entry: dict[str, Any]) -> KfMessage | None:
    event = entry.get("event")
    event = event if isinstance(event, dict) else {}
    kind = entry.get("msgtype")
    body = entry.get(kind) if isinstance(kind, str) else None
    text = body.get("content") if isinstance(body, dict) and kind == "text" else ""
    try:
        message = KfMessage(
            id=str(entry["msgid"]),
            # An event names both inside of it.
            open_kfid=str(entry.get("open_kfid") or event.get("open_kfid") or ""),
            customer=str(entry.get("external_userid") or event.get("external_userid") or ""),
            sent=int(entry.get("send_time", 0)),
            origin=int(entry.get("origin", 0)),
            type=str(kind),
            text=text if isinstance(text, str) else "",
            event=event,
        )
    except (KeyError, ValueError, TypeError, OverflowError):
        return None
    named = f"{message.id}{message.open_kfid}{message.customer}"
    usable = message.id and named.isascii() and named.isprintable() and 0 <= message.sent < END_OF_TIME
    return message if usable else None
