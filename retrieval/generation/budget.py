"""How many tokens of the day are spent, kept over a restart; what they cost."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from threading import Lock
from typing import Protocol

from retrieval.generation.settings import Prices

logger = logging.getLogger(__name__)
STATE = "chat_usage"


class State(Protocol):
    """Where a word is kept under a name: the catalog."""

    def state(self, key: str) -> str | None: ...

    def set_state(self, key: str, value: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Usage:
    """What one day has cost so far. `cost` is in yuan."""

    day: str
    answers: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float = 0.0

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens

    def plus(self, input_tokens: int, output_tokens: int, cost: float) -> Usage:
        return Usage(
            self.day,
            self.answers + 1,
            self.input_tokens + input_tokens,
            self.output_tokens + output_tokens,
            self.cost + cost,
        )


class Budget:
    """Counts for one process, the only one that opens the home. Thread-safe.

    What is under way is held back from the day at its most, so that askers at once cannot overdraw together.
    """

    def __init__(
        self, state: State, daily_tokens: int, prices: Prices | None = None, today: Callable[[], date] = date.today
    ) -> None:
        self._state = state
        self._daily = daily_tokens
        self._prices = prices or Prices()
        self._today = today
        self._lock = Lock()
        self._usage: Usage | None = None
        self._held = 0

    @property
    def daily_tokens(self) -> int:
        """0: no limit."""
        return self._daily

    @property
    def usage(self) -> Usage:
        with self._lock:
            return self._of_today()

    def hold(self, tokens: int) -> bool:
        """Hold tokens back for an answer; False where the day has not that many left."""
        with self._lock:
            if self._daily and self._of_today().tokens + self._held + tokens > self._daily:
                return False
            self._held += tokens
            return True

    def settle(self, held: int, input_tokens: int, output_tokens: int) -> Usage:
        """What the answer did take, in place of what was held back for it."""
        with self._lock:
            self._held -= held
            cost = self._prices.cost(input_tokens, output_tokens)
            self._usage = self._of_today().plus(input_tokens, output_tokens, cost)
            try:
                self._state.set_state(STATE, json.dumps(asdict(self._usage)))
            except Exception:  # an answer is not lost over its bill; the next one writes both
                logger.warning("the day's tokens could not be stored", exc_info=True)
            return self._usage

    def _of_today(self) -> Usage:
        day = self._today().isoformat()
        if self._usage is None:
            self._usage = self._remembered()
        if self._usage.day != day:
            self._usage = Usage(day)
        return self._usage

    def _remembered(self) -> Usage:
        try:
            value = self._state.state(STATE)
            return Usage(**json.loads(value)) if value else Usage("")
        except Exception:  # unreadable, or not ours: the day begins again
            logger.warning("the day's tokens could not be read", exc_info=True)
            return Usage("")
