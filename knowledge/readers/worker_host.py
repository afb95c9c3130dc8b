"""What a reader may ask of the process it runs in."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Protocol


class Host(Protocol):
    def allow(self, seconds: float, memory_bytes: int) -> None:
        """Let what comes next take this much time from now, and this much memory on top of today's."""


HOST: ContextVar[Host | None] = ContextVar("HOST", default=None)
"""Set in a worker's child; None where a reader is called directly, without bounds."""
