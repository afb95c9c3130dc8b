"""Asks Telegram for messages, where Telegram cannot call us.

The offset, by which Telegram forgets what came before, moves on only when that is stored. Kill the process in between
and the same messages come again; they join the turns that are there.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any

from bot.errors import BotError, MalformedMessage, SendLater
from bot.telegram.client import TelegramClient
from bot.telegram.updates import number_of

PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0)  # seconds, after one failure, two …

logger = logging.getLogger(__name__)


class Poller:
    """`take` stores an update; an update it refuses as malformed is passed over, for anything else it comes again."""

    def __init__(self, client: TelegramClient, take: Callable[[Mapping[str, Any]], None], hold_seconds: float) -> None:
        self._client = client
        self._take = take
        self._hold = hold_seconds
        self._offset: int | None = None
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="telegram-polling", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def leave(self) -> None:
        """Ask no more. The request that is under way ends with the client."""
        self._closed.set()

    def join(self) -> None:
        if self._thread.ident is not None:
            self._thread.join(10)

    def _run(self) -> None:
        failures, ready = 0, False
        while not self._closed.is_set():
            try:
                if not ready:
                    self._client.use_polling()  # Telegram gives nothing out while a webhook is set
                    ready = True
                self.poll_once()
                failures = 0
            except Exception as error:
                if self._closed.is_set():
                    return
                failures += 1
                self._closed.wait(self._pause(error, failures))

    def poll_once(self) -> int:
        """How many updates were stored."""
        updates = self._client.updates(self._offset, self._hold)
        for update in updates:
            number = number_of(update)
            try:
                self._take(update)
            except MalformedMessage:
                logger.warning("a Telegram update cannot be read and is passed over")
            if number is not None:  # never back: Telegram would have to give out what it has forgotten
                self._offset = max(self._offset or 0, number + 1)
        return len(updates)

    def _pause(self, error: Exception, failures: int) -> float:
        # Our own errors say what happened without a text or a chat in them; of others the kind must do.
        says = str(error) if isinstance(error, BotError) else ""
        logger.warning("Telegram could not be asked for messages (%d): %s %s", failures, type(error).__name__, says)
        usual = PAUSES[min(failures, len(PAUSES)) - 1]
        return max(usual, error.seconds) if isinstance(error, SendLater) else usual
