"""Callers that arrive while a run is in progress go into the next one together; an idle queue adds no wait.

There is no thread behind it. The first caller leads: it runs its own batch, then hands the lead to the caller that has
waited longest, and returns. So nobody works for others after its own result is there.
"""

from collections import deque
from collections.abc import Callable, Sequence
from threading import Event, Lock
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class _Job(Generic[Item, Result]):
    def __init__(self, item: Item) -> None:
        self.item = item
        self.result: Result | None = None
        self.error: BaseException | None = None
        self.done = False
        self.woken = Event()  # set when the job is done, or when it is its caller's turn to lead


class Batcher(Generic[Item, Result]):
    """Runs items in batches of at most `largest`, in order of arrival, one batch at a time.

    `run` gets the items of a batch and returns as many results. What it raises reaches every caller of that batch.
    """

    def __init__(self, run: Callable[[Sequence[Item]], Sequence[Result]], largest: int) -> None:
        self._run = run
        self._largest = largest
        self._lock = Lock()
        self._waiting: deque[_Job[Item, Result]] = deque()
        self._led = False

    def submit(self, item: Item) -> Result:
        """The result for one item; returns when the batch it went into has run."""
        job: _Job[Item, Result] = _Job(item)
        if not self._leads_at_once(job):
            job.woken.wait()
        if not job.done:
            self._lead()
        if job.error is not None:
            raise job.error
        return job.result  # type: ignore[return-value]  # set together with `done`

    def _leads_at_once(self, job: _Job[Item, Result]) -> bool:
        with self._lock:
            self._waiting.append(job)
            leads, self._led = not self._led, True
            return leads

    def _lead(self) -> None:
        """Runs the batch that the leader's own job heads, then passes the lead on."""
        batch = self._take()
        try:
            for job, result in zip(batch, self._run([job.item for job in batch]), strict=True):
                job.result = result
        except BaseException as error:  # also an interrupt: those who wait must not wait for ever
            for job in batch:
                job.error = error
        finally:
            self._pass_on(batch)

    def _take(self) -> list[_Job[Item, Result]]:
        with self._lock:
            return [self._waiting.popleft() for _ in range(min(self._largest, len(self._waiting)))]

    def _pass_on(self, batch: list[_Job[Item, Result]]) -> None:
        for job in batch:
            job.done = True
            job.woken.set()
        with self._lock:
            self._led = bool(self._waiting)
            if self._led:
                self._waiting[0].woken.set()
