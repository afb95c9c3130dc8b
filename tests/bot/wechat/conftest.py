"""The official account over real HTTP: uvicorn on a loopback port, a scripted dialogue, the platform's stand-in."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr

from api.routes.wechat import wechat_router
from bot.delivery import TurnRunner
from bot.people import People
from bot.rendering import TextRenderer
from bot.simulators.wechat import PlatformClock, WeChatPlatform
from bot.turns import Turns
from bot.wechat.channel import WeChatChannel
from bot.wechat.settings import WeChatSettings
from knowledge.database import Database
from tests.bot.wechat.house import APP_ID, PERSON_KEY, SAMPLES, TOKEN, scaled
from tests.fakes.dialogue import ScriptedDialogue

AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
SCALE = 0.3  # of a platform in a hurry: one second and a half a delivery


def encrypted(**changes: Any) -> WeChatSettings:
    return scaled(1.0, mode="safe", aes_key=SecretStr(AES_KEY), app_id=APP_ID, **changes)


@dataclass
class World:
    """A running service, its dialogue, and a platform that knows it."""

    url: str
    dialogue: ScriptedDialogue
    turns: Turns
    runner: TurnRunner
    clock: PlatformClock
    platform: WeChatPlatform


@pytest.fixture
def serve(database: Database) -> Iterator[Callable[..., World]]:
    with ExitStack() as stack:

        def serve(configured: WeChatSettings | None = None, *, scale: float = 1.0, **platform: Any) -> World:
            configured = configured or scaled(scale)
            dialogue, clock = ScriptedDialogue(), PlatformClock(scale)
            turns = Turns(database)
            renderer = TextRenderer(configured.text_limit, "https://kb.example.org")
            runner = TurnRunner(turns, dialogue, renderers={"wechat": renderer.parts}, workers=8)
            channel = WeChatChannel(configured, runner, People(PERSON_KEY), renderer, samples=SAMPLES, clock=clock)
            url = stack.enter_context(running(channel))
            stack.callback(runner.close)
            safe = {"aes_key": AES_KEY, "app_id": APP_ID} if configured.mode == "safe" else {}
            weixin = WeChatPlatform(url, TOKEN, time_scale=scale, clock=clock, **{**safe, **platform})
            stack.callback(weixin.close)
            return World(url, dialogue, turns, runner, clock, weixin)

        yield serve


class running:  # noqa: N801  # reads as a statement: with running(channel)
    """The channel's router, served on a free loopback port."""

    def __init__(self, channel: WeChatChannel) -> None:
        app = FastAPI()
        app.include_router(wechat_router(channel))
        self._server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=512)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True)

    def __enter__(self) -> str:
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}/wechat"

    def __exit__(self, *_error: object) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=10)


@pytest.fixture
def world(serve: Callable[..., World]) -> World:
    """In real time: what is ready is shown on the first delivery, also on a busy machine."""
    return serve()


@pytest.fixture
def hurried(serve: Callable[..., World]) -> World:
    """Runs faster, for tests that let a delivery time out."""
    return serve(scale=SCALE)
