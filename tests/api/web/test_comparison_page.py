"""Two editions side by side in a real browser: on a phone and on a desk, by day and by night."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from time import monotonic, sleep

import pytest
import uvicorn
from playwright.sync_api import Browser

from api import commands, home
from api.app import create_app
from api.wiring import open_assistant, silent
from tests.api.conftest import settings_for
from tests.api.test_documents import NEW, OLD
from tests.api.web.test_page import serious

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Of the page that compares the two editions, served from a home of its own."""
    folder = tmp_path_factory.mktemp("compared")
    for name, content in (("旧规程.md", OLD), ("新规程.md", NEW + "\n" + "长" * 300 + "\n")):
        (folder / name).write_text(content, "utf-8")
    assistant = open_assistant(settings_for(folder / "home"), home.take(folder / "home"))
    commands.run(assistant, "ingest", {"paths": [str(path) for path in folder.glob("*.md")]}, silent)
    ids = {one.source: one.id for one in assistant.catalog.shelf()}
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(assistant), log_level="critical", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    deadline = monotonic() + 10
    while not server.started and monotonic() < deadline:
        sleep(0.01)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}/compare/{ids['旧规程.md']}/{ids['新规程.md']}"
    server.should_exit = True
    thread.join(10)
    assistant.close()


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_comparison_fits_is_readable_and_breaks_no_rule(
    browser: Browser, address: str, width: int, scheme: str
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 740}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for tag in ("ins", "del"):
        ground, around = page.evaluate(
            f"""() => {{
                const one = document.querySelector('.words {tag}');
                return [getComputedStyle(one).backgroundColor, getComputedStyle(one.closest('.change')).backgroundColor];
            }}"""
        )
        assert ground not in (around, "rgba(0, 0, 0, 0)")
    assert serious(page) == []
    assert complaints == []
    context.close()
