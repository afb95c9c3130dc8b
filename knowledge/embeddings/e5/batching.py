"""Callers that arrive while a run is in progress go into the next one together; an idle queue adds no wait.

There is no thread behind it. The first caller leads: it runs the batch that its own item heads, hands the lead to
whoever has waited longest, and returns. So nobody works for others once its own result is there.
"""

from collections import deque
from collections.abc import Callable, Sequence
from threading import Event, Lock
from typing import Generic, TypeVar

from knowledge.errors import EmbeddingUnavailable

Item = TypeVar("Item")
Result = TypeVar("Result")


class _Call(Generic[Item, Result]):
    """One caller's item, and what became of it."""

    def __init__(self, item: Item) -> None:
        self.item = item
        self.result: Result | None = None
        self.error: Exception | None = None
        self.done = False
        self.woken = Event()  # set when the call is done, or when it is its turn to lead


class Batcher(Generic[Item, Result]):
    """Runs items in batches of at most `largest`, in order of arrival, one batch at a time.

    `run` gets the items of a batch and returns as many results; an error it raises reaches every caller of that batch.
    """

    def __init__(self, run: Callable[[Sequence[Item]], Sequence[Result]], largest: int) -> None:
        self._run = run
        self._largest = largest
        self._lock = Lock()
        self._waiting: deque[_Call[Item, Result]] = deque()
        self._led = False  # somebody runs a batch, or has been woken to

    @property
    def waiting(self) -> int:
        """Calls that wait for a run to end before theirs."""
        with self._lock:
            return len(self._waiting)

    def submit(self, item: Item) -> Result:
        """The result for one item, once the batch it went into has run."""
        call: _Call[Item, Result] = _Call(item)
        if not self._leads_at_once(call):
            self._wait(call)
        if not call.done:
            self._lead()
        if call.error is not None:
            raise call.error
        return call.result  # type: ignore[return-value]  # a call without error has its result

    def _leads_at_once(self, call: _Call[Item, Result]) -> bool:
        with self._lock:
            self._waiting.append(call)
            leads, self._led = not self._led, True
            return leads

    def _wait(self, call: _Call[Item, Result]) -> None:
        try:
            call.woken.wait()
        except BaseException:  # an interrupted caller must not stand in the queue, let alone at its head
            self._withdraw(call)
            raise

    def _withdraw(self, call: _Call[Item, Result]) -> None:
        with self._lock:
            if call in self._waiting:
                self._waiting.remove(call)
            if call.woken.is_set() and not call.done:
                self._pass_on()

    def _lead(self) -> None:
        with self._lock:
            batch = [self._waiting.popleft() for _ in range(min(self._largest, len(self._waiting)))]
        try:
            self._fill(batch)
        finally:
            for call in batch:
                call.done = True
                call.woken.set()
            with self._lock:
                self._pass_on()

    def _fill(self, batch: list[_Call[Item, Result]]) -> None:
        try:
            for call, result in zip(batch, self._run([call.item for call in batch]), strict=True):
                call.result = result
        except Exception as error:
            for call in batch:
                call.error = error
        except BaseException:  # the leader's interrupt is its own affair; the others may ask again
            for call in batch:
                call.error = EmbeddingUnavailable("向量计算被中断，请重试")
            raise

    def _pass_on(self) -> None:
        """Hands the lead to the longest waiting caller, if there is one. Holds the lock."""
        self._led = bool(self._waiting)
        if self._led:
            self._waiting[0].woken.set()
