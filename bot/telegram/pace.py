"""Telegram's flood limits, kept by ourselves: about one message a second in a chat, twenty a minute in a group, thirty
a second in all.

Held in memory: after a restart Telegram itself says when we are too fast.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.telegram.settings import TelegramSettings

IN_A_GROUP = 20  # messages within the window
KEPT_FOR_ANSWERS = 6  # of these, not spent on showing how an answer grows
MOST_CHATS = 10_000


@dataclass(slots=True)
class _Chat:
    spent: deque[float] = field(default_factory=deque)
    paused_until: float = 0.0


class Pace:
    """A chat is a group where its number is below zero."""

    def __init__(self, settings: TelegramSettings, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._clock = clock
        self._lock = threading.Lock()
        self._chats: dict[int, _Chat] = {}
        self._everywhere: deque[float] = deque(maxlen=settings.a_second)

    def take(self, chat: int) -> float:
        """Spend a message on this chat: 0.0; or, where it is too early for one, the seconds to wait."""
        return self._take(chat, self._settings.between, IN_A_GROUP)

    def take_for_draft(self, chat: int) -> bool:
        """The same for a message that can be left out."""
        between = self._settings.between_in_group if chat < 0 else self._settings.between
        return self._take(chat, between, IN_A_GROUP - KEPT_FOR_ANSWERS) <= 0

    def pause(self, chat: int, seconds: float) -> None:
        """Telegram said how long it takes nothing for this chat."""
        with self._lock:
            self._chats.setdefault(chat, _Chat()).paused_until = self._clock() + seconds

    def _take(self, chat: int, between: float, most: int) -> float:
        with self._lock:
            now, known = self._clock(), self._chat(chat)
            wait = max(known.paused_until - now, known.spent[-1] + between - now if known.spent else 0.0)
            if chat < 0 and len(known.spent) >= most:
                wait = max(wait, known.spent[-most] + self._settings.group_window - now)
            if len(self._everywhere) == self._settings.a_second:
                wait = max(wait, self._everywhere[0] + 1.0 - now)
            if wait <= 0:
                known.spent.append(now)
                self._everywhere.append(now)
            return max(wait, 0.0)

    def _chat(self, chat: int) -> _Chat:
        if len(self._chats) >= MOST_CHATS:
            self._forget_quiet()
        known, past = self._chats.setdefault(chat, _Chat()), self._clock() - self._settings.group_window
        while known.spent and known.spent[0] <= past:
            known.spent.popleft()
        return known

    def _forget_quiet(self) -> None:
        now = self._clock()
        past = now - self._settings.group_window
        quiet = [chat for chat, known in self._chats.items() if (not known.spent or known.spent[-1] <= past)]
        for chat in quiet:
            if self._chats[chat].paused_until <= now:
                del self._chats[chat]
