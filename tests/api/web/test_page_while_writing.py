"""The real page and the real answers in a browser, with a chat model behind them that writes when the test lets it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from threading import Event

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect

from api.app import create_app
from api.wiring import Assistant
from bot.dialogue import Conversation
from bot.messages import Dialogue
from knowledge.terms import Segmenter
from retrieval.answering import Answerer
from retrieval.generation.budget import Budget
from retrieval.generation.generator import Generator
from tests.fakes.chat_models import ScriptedChatModel
from tests.fakes.dialogue import WaveringDialogue
from tests.retrieval.generation.material import Memory
from tests.retrieval.world import World, open_world

pytestmark = pytest.mark.slow
ASKED = "今年建成多少个质量联合体"
FIRST, SECOND = "今年共建成12个质量联合体，覆盖企业86家。", "目前全市已有3个片区试点。"
LIE = "其中70家已获得补贴[1]。"

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = open_world(tmp_path_factory.mktemp("world"), Segmenter())
    yield world
    world.database.close()


@pytest.fixture
def open_page(assistant: Assistant, world: World, browser: Browser) -> Iterator[Open]:
    """The page, and behind it the world's answerer with a model that says what the test wrote."""
    with ExitStack() as stack:

        def open_page(*script: object, timeout: float = 30.0, dialogue: Dialogue | None = None) -> Page:
            answerer: Answerer = world.answerer
            answerer.generator = Generator(ScriptedChatModel(script=list(script)), Budget(Memory(), 0), timeout)
            app = create_app(replace(assistant, dialogue=dialogue or Conversation(answerer)))
            page = browser.new_context(viewport={"width": 900, "height": 700}).new_page()
            stack.callback(page.context.close)
            page.goto(stack.enter_context(_Serving(app)).address)
            return page

        yield open_page


class _Serving:
    def __init__(self, app: object) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        config = uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1)  # type: ignore[arg-type]
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [self.socket]}, daemon=True)

    def __enter__(self) -> _Serving:
        self.thread.start()
        until = time.monotonic() + 10
        while not self.server.started and time.monotonic() < until:
            time.sleep(0.01)
        return self

    def __exit__(self, *error: object) -> None:
        self.server.should_exit = True
        self.thread.join(10)


def ask(page: Page) -> None:
    page.fill("#question", ASKED)
    page.press("#question", "Enter")


def test_a_verified_sentence_is_read_under_its_label_while_the_model_still_writes(open_page: Open) -> None:
    go_on = Event()
    page = open_page(FIRST.replace("。", "[1]。"), "其中70家", go_on, "已获得补贴[1]。", SECOND.replace("。", "[1]。"))
    ask(page)
    expect(page.locator(".answer.running .partial")).to_have_text(FIRST)
    expect(page.locator(".answer.running .head")).to_have_text("AI 生成")
    expect(page.locator(".answer.running .status")).to_contain_text("逐句核对")
    go_on.set()
    expect(page.locator(".answer .citation").first).to_be_visible()
    expect(page.locator(".answer .head")).to_contain_text("AI 生成")
    expect(page.locator(".answer .text").first).to_contain_text(FIRST)
    assert "补贴" not in page.content()


def test_a_reload_in_the_middle_shows_what_was_written_so_far_and_then_the_rest(open_page: Open) -> None:
    go_on = Event()
    page = open_page(FIRST.replace("。", "[1]。"), go_on, SECOND.replace("。", "[1]。"))
    ask(page)
    expect(page.locator(".partial")).to_have_text(FIRST)
    page.reload()
    expect(page.locator(".answer.running .partial")).to_have_text(FIRST)
    expect(page.locator(".answer.running .head")).to_have_text("AI 生成")
    go_on.set()
    expect(page.locator(".answer .citation").first).to_be_visible(timeout=15_000)
    expect(page.locator(".answer .text").first).to_contain_text(FIRST)


def test_a_model_that_never_gets_going_leaves_the_extract(open_page: Open) -> None:
    never = Event()
    page = open_page(LIE, never, timeout=0.5)
    ask(page)
    expect(page.locator(".answer .citation").first).to_be_visible()
    expect(page.locator(".answer .head")).to_have_text("原文摘录")
    assert "补贴" not in page.content()
    never.set()


def test_a_text_that_turns_out_otherwise_is_replaced(open_page: Open) -> None:
    dialogue = WaveringDialogue("先这样说。", "后来那样说。")
    page = open_page(dialogue=dialogue)
    ask(page)
    expect(page.locator(".answer.running .partial")).to_have_text("先这样说。")
    dialogue.go_on.set()
    expect(page.locator(".answer .text").first).to_have_text("后来那样说。")
    expect(page.locator(".answer .head")).to_have_text("原文摘录")
    assert "先这样说" not in page.content()
