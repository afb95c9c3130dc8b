"""Doing the next item's work while the one before is made use of."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from queue import Empty, Queue
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

_AHEAD = 1  # items that wait, besides the one that is being worked on: each may be a big file


def ahead(
    work: Callable[[Item], Result], items: Iterable[Item], most: int = _AHEAD
) -> Iterator[tuple[Item, Future[Result]]]:
    """Every item and the result to come, in order; `items` and `work` both run in one thread beside the caller's.

    What `work` raises is raised by the future's `result()`; what `items` raises, here. Whoever stops
    asking ends the thread after the item it is at; it is a daemon, so that leaving the program is not held up.
    """
    done: Queue[tuple[Item, Future[Result]] | BaseException | None] = Queue(most)
    left = threading.Event()

    def run() -> None:
        try:
            for item in items:
                if left.is_set():
                    return
                future: Future[Result] = Future()
                done.put((item, future))  # before the work: whoever waits for it knows what for
                _fulfil(future, work, item)
            done.put(None)
        except BaseException as error:
            done.put(error)

    threading.Thread(target=run, name="reading-ahead", daemon=True).start()
    try:
        while (one := done.get()) is not None:
            if isinstance(one, BaseException):
                raise one
            yield one
    finally:
        left.set()
        _make_room(done)


def _fulfil(future: Future[Result], work: Callable[[Item], Result], item: Item) -> None:
    try:
        future.set_result(work(item))
    except BaseException as error:
        future.set_exception(error)


def _make_room(queue: Queue[tuple[Item, Future[Result]] | BaseException | None]) -> None:
    """So that a thread that waits to put something can go on, and end."""
    try:
        while True:
            queue.get_nowait()
    except Empty:
        return
