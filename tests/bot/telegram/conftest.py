"""The bot over real HTTP: the stand-in of the Bot API, our service against it, a scripted dialogue."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr

import bot.telegram.drafts  # noqa: F401  # declares its table
from api.routes.telegram import telegram_router
from bot.addresses import Addresses
from bot.delivery import TurnRunner
from bot.feedback import Feedback
from bot.messages import Dialogue
from bot.outbox import Courier, Outbox
from bot.people import People
from bot.simulators.telegram import TOKEN, Shown, TelegramPlatform
from bot.telegram.service import TelegramService
from bot.telegram.settings import TelegramSettings
from bot.turns import Turns
from knowledge.database import Base, Database
from tests.fakes.dialogue import ScriptedDialogue

KEY = b"0123456789abcdef0123456789abcdef"
SECRET = "a-secret-of-the-webhook"
PUBLIC = "https://kb.example.org"
SAMPLES = ("证书有效期几年？", "8.5.2 讲什么？")
SCALE = 0.1  # the platform's seconds are ten times as fast as ours
ANN, BOB, GROUP = 5_001_234_567, 5_007_654_321, -1_001_987_654_321


def settings(platform: TelegramPlatform, **changes: Any) -> TelegramSettings:
    fast = {"between": 0.09, "between_in_group": 0.3, "group_window": 6.3, "slow_after": 0.5, "poll_for": 2.0}
    return TelegramSettings(**{"token": SecretStr(TOKEN), "api_url": platform.url, **fast, **changes})


def until(true: Callable[[], object], seconds: float = 20, what: str = "it never came true") -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.01)


class Service:
    """What one process runs: turns, courier, the bot; with a port for the webhook where there is one."""

    def __init__(
        self,
        database: Database,
        dialogue: Dialogue,
        configured: TelegramSettings,
        *,
        port: int | None = None,
        lease_seconds: float = 0.5,
    ) -> None:
        self.turns = Turns(database, lease_seconds=lease_seconds)
        self.runner = TurnRunner(self.turns, dialogue, workers=8, heartbeat_seconds=0.1)
        self.outbox = Outbox(database, lease_seconds=lease_seconds)
        self.addresses = Addresses(database, KEY)
        self.feedback = Feedback(database)
        self.bot = TelegramService(
            configured,
            database,
            self.runner,
            People(KEY),
            self.addresses,
            self.outbox,
            secret=SECRET,
            public_url=PUBLIC,
            contact="质量部 0512-12345678",
            samples=SAMPLES,
            wake=lambda: self.courier.wake(),
        )
        self.courier = Courier(self.outbox, self.addresses, [self.bot.sender], poll_seconds=0.05)
        self._web = Web(self.bot, port) if port is not None else None

    def start(self) -> None:
        if self._web is not None:
            self._web.start()
        self.courier.start()
        self.bot.start()

    def die(self) -> None:
        """Its port and its connections end with a process; its database has to be killed before."""
        self.bot._poller.leave()
        if self._web is not None:
            self._web.stop()
        self.bot._client.close()

    def close(self) -> None:
        if self._web is not None:
            self._web.stop()
        self.courier.close()
        self.bot.close()
        self.runner.close()


class Web:
    def __init__(self, bot: TelegramService, port: int) -> None:
        app = FastAPI()
        app.include_router(telegram_router(bot))
        self._server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error"))
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def start(self) -> None:
        self._thread.start()
        until(lambda: self._server.started)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(10)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


class World:
    def __init__(self, database: Database, platform: TelegramPlatform, dialogue: ScriptedDialogue) -> None:
        self.database, self.platform, self.dialogue = database, platform, dialogue
        self.service: Service

    def texts(self, chat: int = ANN) -> list[str]:
        return [one.text for one in self.platform.shown(chat)]

    def wait_for(self, wanted: str, chat: int = ANN) -> Shown:
        def found() -> list[Shown]:
            return [one for one in self.platform.shown(chat) if wanted in one.text]

        until(found, what=f"never shown: {wanted}; shown: {self.texts(chat)}")
        return found()[-1]

    def settle(self) -> None:
        until(self.platform.quiet, what="the platform has updates left")
        until(lambda: not self.unposted() and not self.under_way(), what="something is left to be sent")

    def unposted(self) -> int:
        return self._count("SELECT COUNT(*) FROM turns WHERE handed_over IS NULL")

    def under_way(self) -> int:
        return self._count("SELECT COUNT(*) FROM outgoing WHERE state IN ('waiting', 'sending')")

    def _count(self, statement: str) -> int:
        with self.database.engine.connect() as connection:
            return int(connection.exec_driver_sql(statement).scalar_one())


@pytest.fixture
def open_world(tmp_path: Path) -> Iterator[Callable[..., World]]:
    with ExitStack() as stack:

        def open_world(*, webhook: bool = False, dialogue: Any = None, flood: bool = True, **changes: Any) -> World:
            database = Database(f"sqlite:///{tmp_path / 'guangzhi.db'}")
            stack.callback(database.close)
            Base.metadata.create_all(database.engine)
            platform = TelegramPlatform(time_scale=SCALE, flood=flood)
            stack.callback(platform.close)
            world = World(database, platform, dialogue or ScriptedDialogue())
            port = free_port() if webhook else None
            if port is not None:
                changes["webhook_url"] = f"http://127.0.0.1:{port}/telegram"
            world.service = Service(database, world.dialogue, settings(platform, **changes), port=port)
            stack.callback(world.service.close)
            world.service.start()
            return world

        yield open_world


@pytest.fixture
def world(open_world: Callable[..., World]) -> World:
    return open_world()
