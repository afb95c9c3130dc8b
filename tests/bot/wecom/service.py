"""A whole service on a loopback port, with everything a WeCom channel needs, that can die and come back."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import uvicorn
from fastapi import APIRouter, FastAPI

import bot.addresses
import bot.feedback
import bot.outbox
import bot.tokens
import bot.turns  # noqa: F401  # declares its table, as those above
from bot.addresses import Addresses
from bot.delivery import Renderer, TurnRunner
from bot.outbox import Courier, Outbox, OutgoingRow, Sender
from bot.people import People
from bot.tokens import AccessTokens
from bot.turns import TurnRow, Turns
from bot.wechat_kf.cursors import KfCursorRow
from knowledge.database import Base
from tests.fakes.dialogue import ScriptedDialogue
from tests.fakes.mortal import Killed, MortalDatabase

KEY = b"0123456789abcdef0123456789abcdef"
PUBLIC_URL = "https://kb.example.org"

logging.getLogger("uvicorn").setLevel(logging.ERROR)


@dataclass
class Process:
    """What one life of the service has at hand to build its channel from."""

    database: MortalDatabase
    dialogue: ScriptedDialogue
    renderers: dict[str, Renderer]
    clock: Callable[[], float]

    def __post_init__(self) -> None:
        self.turns = Turns(self.database, lease_seconds=1.0)
        self.runner = TurnRunner(
            self.turns, self.dialogue, renderers=self.renderers, workers=8, heartbeat_seconds=0.2, poll_seconds=0.02
        )
        self.people = People(KEY)
        self.addresses = Addresses(self.database, KEY)
        self.outbox = Outbox(self.database, lease_seconds=3)
        self.tokens = AccessTokens(self.database, KEY)
        self.courier: Courier | None = None

    def wake(self) -> None:
        if self.courier is not None:
            self.courier.wake()


@dataclass
class Channel:
    """What a build gives back."""

    router: APIRouter
    senders: list[Sender] = field(default_factory=list)
    catch_up: Callable[[], int] = lambda: 0
    start: Callable[[], None] = lambda: None
    close: Callable[[], None] = lambda: None


class Build(Protocol):
    def __call__(self, process: Process) -> Channel: ...


class Service:
    def __init__(
        self,
        folder: Path,
        build: Build,
        renderers: dict[str, Renderer],
        clock: Callable[[], float] = time.time,
        *,
        sending: bool = True,
    ) -> None:
        self._url = f"sqlite:///{folder / 'guangzhi.db'}"
        self._build = build
        self._renderers = renderers
        self._clock = clock
        self._sending = sending
        self.dialogue = ScriptedDialogue()
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self.process: Process
        self.channel: Channel

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def database(self) -> MortalDatabase:
        return self.process.database

    def start(self) -> None:
        database = MortalDatabase(self._url)
        Base.metadata.create_all(database.engine)
        self.process = Process(database, self.dialogue, self._renderers, self._clock)
        self.channel = self._build(self.process)
        app = FastAPI()
        app.include_router(self.channel.router)
        self._server = uvicorn.Server(uvicorn.Config(app, port=self.port, log_level="error", lifespan="off"))
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)
        self._over = threading.Event()
        self._sweeping = threading.Thread(
            target=self._sweep, args=(self.process, self.channel, self._over), daemon=True
        )
        self.channel.start()
        if self._sending:
            courier = Courier(self.process.outbox, self.process.addresses, self.channel.senders, poll_seconds=0.05)
            self.process.courier = courier
            courier.start()
        self._sweeping.start()

    def kill(self) -> None:
        """The process is gone: its threads may still run, but nothing of what they do is stored."""
        self.database.kill()
        self._stop()

    def close(self) -> None:
        self._stop()
        self._sweeping.join(timeout=10)
        self.channel.close()
        if self.process.courier is not None:
            self.process.courier.close()
        self.process.runner.close()
        self.database.close()

    def rows(self) -> list[OutgoingRow]:
        with self.database.reading() as session:
            return list(session.query(OutgoingRow).order_by(OutgoingRow.id))

    def turns(self) -> list[TurnRow]:
        with self.database.reading() as session:
            return list(session.query(TurnRow).order_by(TurnRow.id))

    def settled(self) -> bool:
        """Every turn has its reply, and nothing waits to be sent."""
        return all(turn.reply for turn in self.turns()) and not [
            row for row in self.rows() if row.state in ("waiting", "sending")
        ]

    def channel_idle(self) -> bool:
        """Everything that customer service told of has been read."""
        with self.database.reading() as session:
            rows = session.query(KfCursorRow)
            return all(row.served_at is not None and row.served_at >= row.wanted_at for row in rows)

    def _stop(self) -> None:
        self._over.set()
        self._server.should_exit = self._server.force_exit = True
        self._thread.join(timeout=10)

    def _sweep(self, process: Process, channel: Channel, over: threading.Event) -> None:
        """As `api.app` does every few seconds."""
        while not over.wait(0.1):
            try:
                process.runner.sweep()
                channel.catch_up()
            except Killed:
                return
            except Exception as error:  # as there: the next sweep may fare better
                logging.getLogger(__name__).warning("sweep: %s", type(error).__name__)


def until(true: Callable[[], object], seconds: float = 20, what: str = "it never came true") -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.01)
