"""A command gives the same wherever it runs: here, or in the process that serves the home."""

from __future__ import annotations

import json
import os
import socket
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
import uvicorn

from api import home
from api.app import create_app
from api.calling import Here, There, call, connect
from api.errors import CommandFailed
from api.jobs import announce, find_serving, withdraw
from api.settings import Settings
from api.wiring import Assistant, Progress, open_assistant
from knowledge.errors import DocumentNotFound, HomeInUse
from tests.api.conftest import settings_for


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_for(tmp_path / "home")


@contextmanager
def serving(settings: Settings) -> Iterator[Assistant]:
    """What `guangzhi serve` does, without signals and in a thread."""
    assistant = open_assistant(settings, home.take(settings.home))
    listening = socket.create_server(("127.0.0.1", 0))
    announced = announce(settings.home, f"http://127.0.0.1:{listening.getsockname()[1]}")
    app = create_app(assistant, job_token=announced.token)
    server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    deadline = monotonic() + 10
    while not server.started and monotonic() < deadline:
        sleep(0.01)
    try:
        yield assistant
    finally:
        server.should_exit = True
        thread.join(10)
        withdraw(settings.home)
        assistant.close()


def test_ingestion_and_its_questions_are_the_same_here_and_as_jobs(tmp_path: Path, note: Path) -> None:
    def journey(settings: Settings) -> list[dict[str, Any]]:
        ingested = call(settings, "ingest", {"paths": [str(note), str(tmp_path / "没有.md")]})
        asked = call(settings, "ask", {"question": "光模块测试仪多久校准一次", "library": False})
        listed = call(settings, "documents", {})
        asked.pop("milliseconds")
        return [ingested, asked, listed]

    here, there = settings_for(tmp_path / "here"), settings_for(tmp_path / "there")
    with serving(there):
        as_jobs = journey(there)
    directly = journey(here)
    assert as_jobs == directly
    ingested, asked, _ = directly
    assert [file["outcome"] for file in ingested["files"]] == ["failed", "added"]
    assert "七个月" in asked["text"]


def test_a_job_tells_its_progress_and_its_failure_in_words(settings: Settings, note: Path) -> None:
    told: list[str] = []

    def progress(what: str, done: int, total: int) -> None:
        told.append(what)

    with serving(settings), connect(settings) as line:
        assert isinstance(line, There)
        line.call("ingest", {"paths": [str(note)]}, progress)
        with pytest.raises(CommandFailed, match="guangzhi documents"):
            line.call("remove", {"id": "nothing"})
        with pytest.raises(CommandFailed):
            line.call("no-such-command", {})
    assert note.name in told


def test_a_command_waits_for_another_and_then_gives_up(settings: Settings) -> None:
    lock = home.take(settings.home)
    told: list[str] = []
    moments = iter(range(100))

    def progress(what: str, done: int, total: int) -> None:
        told.append(what)

    with (
        pytest.raises(HomeInUse),
        connect(settings, progress, patience=5, clock=lambda: next(moments), sleep=lambda _: None),
    ):
        pass
    assert told[0] == "等待另一个命令完成…"
    lock.release()


def test_a_command_goes_on_as_soon_as_the_other_has_ended(settings: Settings, assistant: Assistant) -> None:
    lock = home.take(settings.home)

    def open_here(_settings: Settings, taken: home.HomeLock, _progress: Progress) -> Assistant:
        taken.release()
        return replace(assistant, resources=type(assistant.resources)())

    with connect(settings, open_here=open_here, sleep=lambda _: lock.release()) as line:
        assert isinstance(line, Here)


def test_what_a_dead_service_left_behind_is_ignored(settings: Settings) -> None:
    home.take(settings.home).release()
    announce(settings.home, "http://127.0.0.1:9")
    assert find_serving(settings.home) is not None  # ours: this process took the lock last
    path = settings.home / home.SERVING
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_text(json.dumps(json.loads(path.read_text()) | {"pid": os.getppid()}))
    assert find_serving(settings.home) is None
    path.write_text("{")
    assert find_serving(settings.home) is None


def test_removing_what_is_not_there_names_the_way_to_look(assistant: Assistant) -> None:
    with pytest.raises(DocumentNotFound, match="guangzhi documents"):
        Here(assistant).call("remove", {"id": "nothing"})
