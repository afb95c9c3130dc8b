from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from time import sleep

import pytest

from knowledge.embeddings.e5.batching import Batcher
from knowledge.errors import EmbeddingUnavailable


class Slow:
    """Doubles numbers; a run ends when `let_go` says so. Remembers its batches."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.running = Event()
        self.let_go = Event()
        self.fails: BaseException | None = None

    def __call__(self, items: Sequence[int]) -> list[int]:
        self.batches.append(list(items))
        self.running.set()
        self.let_go.wait(10)
        if self.fails is not None:
            error, self.fails = self.fails, None
            raise error
        return [2 * item for item in items]


@pytest.fixture
def slow() -> Slow:
    return Slow()


def _queue_up(
    slow: Slow, batcher: Batcher[int, int], submit: Callable[[int], Future[int]], others: Sequence[int]
) -> list[Future[int]]:
    """1 runs, the others wait behind it in their order."""
    futures = [submit(1)]
    assert slow.running.wait(10)
    for count, other in enumerate(others, start=1):
        futures.append(submit(other))
        while batcher.waiting < count:
            sleep(0.001)
    return futures


def test_a_failed_run_fails_for_everyone_in_it_and_for_nobody_else(slow: Slow) -> None:
    slow.fails = EmbeddingUnavailable("坏了")
    batcher = Batcher(slow, largest=8)
    with ThreadPoolExecutor(4) as pool:
        first, *others = _queue_up(slow, batcher, lambda item: pool.submit(batcher.submit, item), [2, 3])
        slow.let_go.set()
        with pytest.raises(EmbeddingUnavailable, match="坏了"):
            first.result(10)
        assert [future.result(10) for future in others] == [4, 6]


def test_an_interrupted_leader_does_not_leave_the_others_waiting(slow: Slow) -> None:
    slow.fails = KeyboardInterrupt()
    batcher = Batcher(slow, largest=8)
    with ThreadPoolExecutor(4) as pool:
        first, *others = _queue_up(slow, batcher, lambda item: pool.submit(batcher.submit, item), [2])
        slow.let_go.set()
        with pytest.raises(KeyboardInterrupt):
            first.result(10)
        assert others[0].result(10) == 4


def test_too_few_results_are_an_error() -> None:
    with pytest.raises(ValueError):
        Batcher(lambda items: [], largest=8).submit(1)


def test_an_idle_queue_runs_a_call_at_once_and_alone() -> None:
    batches: list[list[int]] = []
    batcher = Batcher(lambda items: batches.append(list(items)) or list(items), largest=8)
    assert [batcher.submit(item) for item in (1, 2, 3)] == [1, 2, 3]
    assert batches == [[1], [2], [3]]


def test_calls_that_find_a_run_in_progress_share_the_next(slow: Slow) -> None:
    batcher = Batcher(slow, largest=8)
    with ThreadPoolExecutor(8) as pool:
        futures = _queue_up(slow, batcher, lambda item: pool.submit(batcher.submit, item), [2, 3, 4])
        slow.let_go.set()
        assert [future.result(10) for future in futures] == [2, 4, 6, 8]
    assert slow.batches == [[1], [2, 3, 4]]


def test_a_batch_holds_no_more_than_the_largest(slow: Slow) -> None:
    batcher = Batcher(slow, largest=2)
    with ThreadPoolExecutor(8) as pool:
        futures = _queue_up(slow, batcher, lambda item: pool.submit(batcher.submit, item), [2, 3, 4, 5, 6])
        slow.let_go.set()
        assert [future.result(10) for future in futures] == [2, 4, 6, 8, 10, 12]
    assert slow.batches == [[1], [2, 3], [4, 5], [6]]


def test_a_thousand_calls_from_many_threads_all_get_their_own_result() -> None:
    batcher: Batcher[int, int] = Batcher(lambda items: [2 * item for item in items], largest=32)
    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(batcher.submit, range(1000))) == [2 * item for item in range(1000)]
    assert batcher.waiting == 0
