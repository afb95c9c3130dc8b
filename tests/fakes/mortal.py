"""A database as one process sees it: when the process is killed, nothing of it reads or writes any more."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from knowledge.database import Database


class Killed(BaseException):
    """Not an Exception: the code of a dead process does not get to handle it."""


class MortalDatabase(Database):
    """After `kill` every transaction, also one that is under way, comes to nothing."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._dead = threading.Event()

    def kill(self) -> None:
        self._dead.set()

    @contextmanager
    def session(self) -> Iterator[Session]:
        self._live()
        with super().session() as session:
            yield session
            self._live()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        self._live()
        with super().reading() as session:
            yield session

    def _live(self) -> None:
        if self._dead.is_set():
            raise Killed
