"""What was worked out once: a question's vector, and an answer for as long as the knowledge stays as it is.

An answer is kept under everything it may depend on: the words, what stood before them, the day, and the catalog's
revision. A change to the knowledge is a new revision, so nothing is ever thrown away by hand. What the revision does
not tell (an index written anew, a service that was away) is bounded by an age.
"""

from __future__ import annotations

import time
from array import array
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import replace
from threading import Lock
from typing import Generic, Protocol, TypeVar

from knowledge.embeddings import EmbeddingModel
from knowledge.errors import EmbeddingUnavailable
from retrieval.answers import Answer
from retrieval.questions import Question

ANSWERS = 1000  # kept at most; an answer with its citations takes a few kilobytes
ANSWER_SECONDS = 300.0  # kept at longest
VECTORS = 2000  # of 384 doubles, 3 kB each
CACHED, SHARED = "cached", "shared"  # stages of `Answer.milliseconds`: from the cache; worked out for another asker
# With a chat model an extract may stand there only because the model was away: it is asked again next time.
_LASTING_WITH_MODEL = frozenset({"faq", "clause", "refusal", "generated"})

Value = TypeVar("Value")


Show = Callable[[str], None]  # takes the next piece of an answer that is still being written


class Answers(Protocol):
    def answer(self, question: Question, show: Show | None = None) -> Answer: ...


class Kept(Generic[Value]):
    """The values used last, at most so many and none older than `seconds`. Thread-safe."""

    def __init__(self, most: int, seconds: float = float("inf"), clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._seconds, self._clock = most, seconds, clock
        self._values: OrderedDict[Hashable, tuple[float, Value]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable) -> Value | None:
        with self._lock:
            if key not in self._values:
                return None
            since, value = self._values[key]
            if self._clock() - since >= self._seconds:
                del self._values[key]
                return None
            self._values.move_to_end(key)
            return value

    def put(self, key: Hashable, value: Value) -> None:
        with self._lock:
            self._values[key] = (self._clock(), value)
            self._values.move_to_end(key)
            while len(self._values) > self._most:
                self._values.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._values.clear()

    def __len__(self) -> int:
        return len(self._values)


class CachedEmbeddings(EmbeddingModel):
    """Another model, and the vectors of the questions it was asked last. Documents are passed through."""

    def __init__(self, model: EmbeddingModel, most: int = VECTORS) -> None:
        self.name, self.dimensions = model.name, model.dimensions
        self._model = model
        self._kept: Kept[array[float]] = Kept(most)
        self.failures = 0  # questions that went without a vector

    @property
    def available(self) -> bool:
        return self._model.available

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return self._model.embed_documents(texts)

    def embed_questions(self, texts: list[str]) -> list[list[float]]:
        return self._model.embed_questions(texts)

    def embed_query(self, text: str) -> list[float]:
        """Raises EmbeddingUnavailable, which is not remembered."""
        kept = self._kept.get(text)
        if kept is not None:
            return kept.tolist()
        try:
            vector = self._model.embed_query(text)
        except EmbeddingUnavailable:
            self.failures += 1
            raise
        self._kept.put(text, array("d", vector))
        return vector

    def forget(self) -> None:
        """For whoever measures the model itself."""
        self._kept.clear()


class CachedAnswerer:
    """Answers as `answerer` does. The same question, asked again or by several at once, is worked out once.

    `knowledge` is the state that answers rest on: its revision and the day. `failures` counts what went wrong on the
    way without a word (a question without a vector is answered by keywords alone): an answer during which it
    grew is not kept. `worded`: a chat model may word extracts. A kept answer's milliseconds are its own, and say so.
    """

    def __init__(
        self,
        answerer: Answers,
        knowledge: Callable[[], Hashable],
        *,
        failures: Callable[[], int] = lambda: 0,
        worded: bool = False,
        most: int = ANSWERS,
        seconds: float = ANSWER_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._answerer = answerer
        self._knowledge, self._failures, self._worded, self._clock = knowledge, failures, worded, clock
        self._kept: Kept[Answer] = Kept(most, seconds, clock)
        self._running: dict[Hashable, Future[Answer]] = {}
        self._lock = Lock()

    def answer(self, question: Question, show: Show | None = None) -> Answer:
        """`show` gets the answer while it is written; nothing of one that is kept, or that another asker waits for."""
        started = self._clock()
        key = (question, self._knowledge())
        with self._lock:
            kept, running = self._kept.get(key), self._running.get(key)
            if kept is None and running is None:
                mine = self._running[key] = Future()
        if kept is not None:
            return self._timed(kept, CACHED, started)
        if running is None:
            return self._work_out(question, show, key, mine)
        try:
            return self._timed(running.result(), SHARED, started)
        except Exception:  # that asker's failure need not be ours
            return self._answerer.answer(question, show)

    def _work_out(self, question: Question, show: Show | None, key: Hashable, mine: Future[Answer]) -> Answer:
        failures = self._failures()
        try:
            answer = self._answerer.answer(question, show)
            if self._failures() == failures and self._lasts(answer):
                self._kept.put(key, answer)
            mine.set_result(answer)
            return answer
        except BaseException as error:
            mine.set_exception(error if isinstance(error, Exception) else RuntimeError("interrupted"))
            raise
        finally:
            with self._lock:
                del self._running[key]

    def _lasts(self, answer: Answer) -> bool:
        return not self._worded or answer.kind in _LASTING_WITH_MODEL

    def _timed(self, answer: Answer, stage: str, started: float) -> Answer:
        spent = round((self._clock() - started) * 1000, 2)
        return replace(answer, milliseconds={stage: spent, "total": spent})

    def __len__(self) -> int:
        return len(self._kept)
