"""Reading a model's stream within a time limit, also where it stalls between two pieces, or hangs before the first."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import BoundedSemaphore, Event, Thread
from typing import TYPE_CHECKING, Any

from retrieval.errors import ModelUnavailable

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

logger = logging.getLogger(__name__)
MOST_CHARACTERS = 4000  # of one answer, thoughts included; nobody reads on


@dataclass
class Counted:
    """Tokens as the service reported them; 0 where it did not."""

    input_tokens: int = 0
    output_tokens: int = 0

    def add(self, usage: Any) -> None:
        if usage:
            self.input_tokens += usage.get("input_tokens") or 0
            self.output_tokens += usage.get("output_tokens") or 0


class ModelReader:
    """Streams from one chat model. `at_once` bounds the threads, those left behind in a stalled stream among them."""

    def __init__(self, model: BaseChatModel, clock: Callable[[], float], at_once: int = 8) -> None:
        self._model = model
        self._clock = clock
        self._slots = BoundedSemaphore(at_once)

    def pieces(self, messages: Sequence[tuple[str, str]], deadline: float, counted: Counted) -> Iterator[str]:
        """Text as it comes. Raises ModelUnavailable where the model fails, is busy, or the time is up."""
        if not self._slots.acquire(blocking=False):
            raise ModelUnavailable("busy")
        arrived: SimpleQueue[str | BaseException | None] = SimpleQueue()
        given_up = Event()
        work = Thread(target=self._read, args=(messages, arrived, given_up, counted), name="chat-model", daemon=True)
        work.start()
        length = 0
        try:
            while length < MOST_CHARACTERS:
                piece = self._next(arrived, deadline)
                if piece is None:
                    return
                length += len(piece)
                yield piece
        finally:
            given_up.set()

    def _next(self, arrived: SimpleQueue[str | BaseException | None], deadline: float) -> str | None:
        try:
            piece = arrived.get(timeout=max(deadline - self._clock(), 0.001))
        except Empty:
            raise ModelUnavailable("timeout") from None
        if isinstance(piece, BaseException):
            # its words may repeat the request, the key among it: only its kind goes on
            raise ModelUnavailable(type(piece).__name__) from None
        if self._clock() > deadline:
            raise ModelUnavailable("timeout")
        return piece

    def _read(
        self,
        messages: Sequence[tuple[str, str]],
        arrived: SimpleQueue[str | BaseException | None],
        given_up: Event,
        counted: Counted,
    ) -> None:
        try:
            length = 0
            for chunk in self._model.stream(list(messages)):
                counted.add(getattr(chunk, "usage_metadata", None))
                if given_up.is_set():
                    return
                arrived.put(text := str(chunk.text))
                length += len(text)
                if length >= MOST_CHARACTERS:  # it may write faster than we read, and never end
                    break
            arrived.put(None)
        except BaseException as error:  # handed to whoever waits; the thread ends either way
            arrived.put(error)
        finally:
            self._slots.release()
