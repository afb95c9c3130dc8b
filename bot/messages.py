"""What comes in from a person and what goes back, the same for every channel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, Protocol

from retrieval.answers import Answer
from retrieval.questions import Exchange

__all__ = ["Dialogue", "Exchange", "IncomingMessage", "MessageKind", "Occasion", "Show"]

Show = Callable[[str], None]  # takes the next piece of an answer that is still being written
MessageKind = Literal["text", "subscribe", "unsupported"]
Occasion = Literal["message", "event"]  # what the person did; platforms allow other answers to a click than to a text


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """One message of one person. (channel, account, person, key) names it: a redelivery carries the same four."""

    channel: str  # wechat, web, terminal …
    account: str  # which of our accounts it was sent to
    person: str  # keyed hash; the platform's own id never comes this far
    key: str  # the platform's own identity of the message
    text: str = ""
    kind: MessageKind = "text"
    attachment: str = ""  # what has to be read before there is a question: JSON, in the channel's own form
    occasion: Occasion = "message"
    received_at: datetime = field(default_factory=lambda: datetime.now(UTC))


class Dialogue(Protocol):
    """From a message and the conversation so far to an answer; never raises for what a person may type.

    `show` is given where someone reads along: what it gets is verified, and is how the answer's text begins.
    """

    def reply(self, message: IncomingMessage, history: tuple[Exchange, ...], show: Show | None = None) -> Answer: ...
