"""`guangzhi mcp`: the tools over standard input and output, for a program that starts us itself.

Whoever keeps it open all day must not keep the data folder: it is let go of soon after a call, and a service that
has been started meanwhile is asked instead.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from typing import Any

import anyio

from api.calling import Line, There, connect
from api.errors import ServiceGone
from api.jobs import find_serving
from api.mcp_server.server import Params, build
from api.settings import Settings

IDLE_SECONDS = 30.0  # how long the data folder is kept for the next call
PATIENCE_SECONDS = 60.0  # for another command to finish

OpenLine = Callable[[Settings], AbstractContextManager[Line]]


def _connect(settings: Settings) -> AbstractContextManager[Line]:
    return connect(settings, patience=PATIENCE_SECONDS)


class Held:
    """A line to the data folder that is there while it is used and a little longer. One call at a time."""

    def __init__(self, settings: Settings, open_line: OpenLine = _connect, idle_seconds: float = IDLE_SECONDS) -> None:
        self._settings = settings
        self._open_line = open_line
        self._idle_seconds = idle_seconds
        self._lock = threading.Lock()
        self._stack = ExitStack()
        self._line: Line | None = None
        self._closing: threading.Timer | None = None
        self._calls = 0

    def ask(self, question: str, history: list[str]) -> dict[str, Any]:
        return self.run("ask", {"question": question, "history": history})

    def run(self, name: str, params: Params) -> dict[str, Any]:
        with self._lock:
            self._calls += 1
            if self._closing is not None:
                self._closing.cancel()
            try:
                return self._call(name, params)
            finally:
                self._closing = threading.Timer(self._idle_seconds, self._let_go, (self._calls,))
                self._closing.daemon = True
                self._closing.start()

    def close(self) -> None:
        with self._lock:
            if self._closing is not None:
                self._closing.cancel()
            self._drop()

    def _call(self, name: str, params: Params) -> dict[str, Any]:
        try:
            return self._opened().call(name, params)
        except ServiceGone:  # it was stopped or restarted; the tools only read, so that asking again is safe
            self._drop()
            return self._opened().call(name, params)

    def _opened(self) -> Line:
        if isinstance(self._line, There) and find_serving(self._settings.home) != self._line.serving:
            self._drop()
        if self._line is None:
            self._line = self._stack.enter_context(self._open_line(self._settings))
        return self._line

    def _let_go(self, calls: int) -> None:
        with self._lock:
            if calls == self._calls:  # nobody called while the timer was already running
                self._drop()

    def _drop(self) -> None:
        self._line = None
        self._stack.close()


def serve_stdio(settings: Settings, version: str, open_line: OpenLine = _connect) -> None:
    """Until standard input ends. Nothing but the protocol goes to standard output."""
    held = Held(settings, open_line)
    try:
        anyio.run(build(held, version, settings.web.public_url).run_stdio_async)
    finally:
        held.close()
