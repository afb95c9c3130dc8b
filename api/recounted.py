"""A dialogue whose callers may bring the conversation along: programs send it with every question."""

from __future__ import annotations

import threading
from collections import OrderedDict

from bot.messages import Dialogue, Exchange, IncomingMessage, Show
from retrieval.answers import Answer

MOST = 1000  # conversations waiting for an answer; the oldest gives way

_Name = tuple[str, str, str, str]


class Recounted:
    """Thread-safe. What was brought is in memory only: another worker that takes the turn over knows the stored one."""

    def __init__(self, dialogue: Dialogue) -> None:
        self._dialogue = dialogue
        self._brought: OrderedDict[_Name, tuple[Exchange, ...]] = OrderedDict()
        self._lock = threading.Lock()

    def bring(self, message: IncomingMessage, history: tuple[Exchange, ...]) -> None:
        """Before the message is answered."""
        with self._lock:
            self._brought[_name(message)] = history
            while len(self._brought) > MOST:
                self._brought.popitem(last=False)

    def forget(self, message: IncomingMessage) -> None:
        with self._lock:
            self._brought.pop(_name(message), None)

    def reply(self, message: IncomingMessage, history: tuple[Exchange, ...], show: Show | None = None) -> Answer:
        with self._lock:
            brought = self._brought.get(_name(message), history)
        return self._dialogue.reply(message, brought, show)


def _name(message: IncomingMessage) -> _Name:
    return message.channel, message.account, message.person, message.key
