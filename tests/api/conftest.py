"""A wired assistant on keywords alone, in a home of its own, and the web application in front of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api import home
from api.app import create_app
from api.settings import Settings
from api.wiring import Assistant, open_assistant
from knowledge.settings import KnowledgeSettings
from tests.fakes.dialogue import ScriptedDialogue

NOTE = """# 光模块校准规程

## 4.1 周期

光模块测试仪每七个月校准一次。校准由计量室负责。

## 4.2 记录

校准记录保存五年。
"""


def settings_for(folder: Path) -> Settings:
    return Settings(knowledge=KnowledgeSettings(home=folder, embedding="none"))


@pytest.fixture(scope="session")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """With the built-in library. Shared: a test that changes what is known takes a home of its own."""
    folder = tmp_path_factory.mktemp("home")
    opened = open_assistant(settings_for(folder), home.take(folder))
    yield opened
    opened.close()


@pytest.fixture
def dialogue() -> ScriptedDialogue:
    return ScriptedDialogue()


@pytest.fixture
def open_client(assistant: Assistant, dialogue: ScriptedDialogue) -> Iterator[Callable[..., TestClient]]:
    with ExitStack() as stack:

        def open_client(**given: object) -> TestClient:
            app = create_app(replace(assistant, dialogue=dialogue), **given)  # type: ignore[arg-type]
            return stack.enter_context(TestClient(app, client=("127.0.0.1", 50000), raise_server_exceptions=False))

        yield open_client


@pytest.fixture
def client(open_client: Callable[..., TestClient]) -> TestClient:
    return open_client()


@pytest.fixture
def note(tmp_path: Path) -> Path:
    path = tmp_path / "规程.md"
    path.write_text(NOTE, "utf-8")
    return path
