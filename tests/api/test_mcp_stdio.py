"""How the stdio server holds the data folder: while it is used and a little longer, and never against a service."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from api import home
from api.calling import There
from api.commands import Params
from api.errors import CommandFailed, ServiceGone
from api.jobs import announce
from api.mcp_server.stdio import Held
from api.settings import Settings
from api.wiring import Progress, silent
from tests.api.conftest import settings_for


@dataclass
class Lines:
    """Opens lines that remember what was asked; `fails` is raised by the next calls."""

    fails: list[Exception] = field(default_factory=list)
    opened: int = 0
    open_now: int = 0
    calls: list[str] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    @contextmanager
    def open(self, _settings: Settings) -> Iterator[Lines]:
        self._note(1)
        try:
            yield self
        finally:
            self._note(-1)

    def call(self, name: str, params: Params, progress: Progress = silent) -> dict[str, Any]:
        if self.fails:
            raise self.fails.pop(0)
        self.calls.append(name)
        return {"asked": name}

    def wait_until(self, true: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(true, timeout=10), "it never came true"

    def _note(self, more: int) -> None:
        with self.changed:
            self.opened += max(more, 0)
            self.open_now += more
            self.changed.notify_all()


@pytest.fixture
def lines() -> Lines:
    return Lines()


def test_nothing_is_opened_before_it_is_needed_and_one_line_serves_many_calls(lines: Lines, tmp_path: Path) -> None:
    held = Held(settings_for(tmp_path), lines.open)
    assert lines.opened == 0
    for _ in range(3):
        held.run("search", {})
    held.close()
    assert (lines.opened, lines.open_now, lines.calls) == (1, 0, ["search"] * 3)


def test_the_data_folder_is_let_go_of_soon_after_the_last_call_and_taken_again(lines: Lines, tmp_path: Path) -> None:
    held = Held(settings_for(tmp_path), lines.open, idle_seconds=0.01)
    held.run("search", {})
    lines.wait_until(lambda: lines.open_now == 0)
    assert held.ask("问", []) == {"asked": "ask"}
    lines.wait_until(lambda: lines.opened == 2 and lines.open_now == 0)
    held.close()


def test_a_service_that_went_away_is_looked_for_once_more(lines: Lines, tmp_path: Path) -> None:
    held = Held(settings_for(tmp_path), lines.open)
    lines.fails = [ServiceGone("停了")]
    assert held.run("search", {}) == {"asked": "search"}
    assert lines.opened == 2
    lines.fails = [ServiceGone("停了"), ServiceGone("又停了")]
    with pytest.raises(ServiceGone, match="又停了"):
        held.run("search", {})
    held.close()
    assert lines.open_now == 0


def test_a_refusal_is_told_and_the_line_stays(lines: Lines, tmp_path: Path) -> None:
    held = Held(settings_for(tmp_path), lines.open)
    lines.fails = [CommandFailed("没有这份文档")]
    with pytest.raises(CommandFailed):
        held.run("read_clause", {})
    held.run("search", {})
    assert lines.opened == 1
    held.close()


def test_a_service_that_was_started_anew_is_reached_under_its_new_token(tmp_path: Path) -> None:
    lock = home.take(tmp_path)
    opened: list[There] = []

    @contextmanager
    def open_line(_settings: Settings) -> Iterator[There]:
        opened.append(Answering(announce(tmp_path, "http://127.0.0.1:9"), httpx.Client()))
        yield opened[-1]

    held = Held(settings_for(tmp_path), open_line)
    held.run("search", {})
    held.run("search", {})
    assert len(opened) == 1
    announce(tmp_path, "http://127.0.0.1:9")  # the same port, another token
    held.run("search", {})
    assert len(opened) == 2
    held.close()
    lock.release()


class Answering(There):
    def call(self, name: str, params: Params, progress: Progress = silent) -> dict[str, Any]:
        return {}


def test_calls_at_once_wait_for_each_other(lines: Lines, tmp_path: Path) -> None:
    held = Held(settings_for(tmp_path), lines.open, idle_seconds=0.005)

    def call() -> None:
        for _ in range(20):
            held.run("search", {})
            time.sleep(0.002)

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    held.close()
    assert (len(lines.calls), lines.open_now) == (80, 0)
