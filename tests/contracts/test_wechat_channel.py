"""The official account keeps the contract: verified (answers may follow by themselves) and not (they are fetched)."""

from __future__ import annotations

import itertools
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
import uvicorn

import bot.addresses
import bot.outbox
import bot.tokens
import bot.turns  # declare their tables
from bot import wording
from bot.outbox import Outbox
from bot.simulators.wechat import PlatformClock, WeChatPlatform
from bot.simulators.wechat_api import WeChatApiServer
from bot.wechat.commands import named
from knowledge.database import Base
from tests.bot.wechat.house import APP_ID, PUBLIC_URL, SECRET, TOKEN, House, build, scaled, sending
from tests.contracts.channel import ChannelContract, until
from tests.fakes.dialogue import ScriptedDialogue
from tests.fakes.mortal import MortalDatabase

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")

SCALE = 0.2  # the platform runs five times as fast


class Process:
    """Our service, in this process but as if it were one of its own: killed, nothing of it is stored any more."""

    def __init__(self, url: str, port: int, house: House, database: MortalDatabase) -> None:
        self.house, self._database = house, database
        self._server = uvicorn.Server(uvicorn.Config(house.app, log_level="critical"))
        self._socket = socket.create_server(("127.0.0.1", port), backlog=512)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True)
        self._thread.start()
        until(lambda: self._server.started)

    def kill(self) -> None:
        self._database.kill()
        self._server.should_exit = self._server.force_exit = True
        self._socket.close()
        self._thread.join(timeout=10)


class WeChatDriver:
    channel = "wechat"
    public_url = PUBLIC_URL
    parts_on_request = True

    def __init__(self, folder: Path, verified: bool) -> None:
        self._url = f"sqlite:///{folder / 'guangzhi.db'}"
        self.database = MortalDatabase(self._url)
        Base.metadata.create_all(self.database.engine)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        self.dialogue = ScriptedDialogue()
        clock = PlatformClock(SCALE)
        self._api = WeChatApiServer(APP_ID, SECRET, clock=clock).__enter__()
        self._settings = sending(self._api.url, SCALE) if verified else scaled(SCALE)
        self._platform = WeChatPlatform(
            f"http://127.0.0.1:{self._port}/wechat", TOKEN, time_scale=SCALE, clock=clock, api=self._api
        )
        self._names = itertools.count()
        self._parcels: dict[str, bot.simulators.wechat.Parcel] = {}
        self._people = ThreadPoolExecutor(40)
        self._under_way: list[Future[None]] = []
        self._gates: list[threading.Event] = []
        self._process = self._start()

    def _start(self) -> Process:
        database = MortalDatabase(self._url)
        house = build(database, self._settings, self.dialogue, self._platform.clock, lease_seconds=0.6, outbox_lease=2)
        return Process(self._url, self._port, house, database)

    def say(self, person: str, text: str) -> str:
        name = str(next(self._names))
        self._parcels[name] = self._platform.text(person, text)
        self._under_way.append(self._people.submit(self._send, name, text))
        return name

    def _send(self, name: str, text: str) -> None:
        """What a person does: they send, and where they are put off, or told of an outage, they fetch."""
        parcel = self._parcels[name]
        shown = self._platform.deliver(parcel)
        put_off = wording.PLACEHOLDER.format(question=named(text))
        if shown.notice is None and shown.text != put_off:
            return
        for _ in range(100):
            time.sleep(0.2)
            fetched = self._platform.send_text(parcel.openid, "取回").text or ""
            if f"“{text}”" in fetched and not fetched.startswith(wording.STILL_RUNNING):
                return

    def redeliver(self, name: str, times: int = 1) -> None:
        with ThreadPoolExecutor(times) as platform:
            list(platform.map(lambda _: self._platform.deliver_once(self._parcels[name], 2), range(times)))

    def shown(self, person: str) -> list[str]:
        passing = (wording.PLACEHOLDER.split("“")[0], wording.STILL_RUNNING, wording.NOTHING_NEW)
        return [one.text for one in self._platform.screens.of(person) if not one.text.startswith(passing)]

    def measure(self, text: str) -> int:
        return len(text.encode())

    def limit(self) -> int:
        return self._settings.text_limit

    def platform_id(self, person: str) -> str:
        return person

    def kill_and_restart(self) -> None:
        self._process.kill()
        self._process = self._start()

    def refuse(self, times: int | None) -> bool:
        self._api.refuse_all(45015 if times is None else None)
        return self._settings.sends

    def slow(self, question: str) -> None:
        gate = self.dialogue.hold(question)
        self._gates.append(gate)
        timer = threading.Timer(22 * SCALE, gate.set)
        timer.daemon = True
        timer.start()

    def settle(self) -> None:
        for one in self._under_way:
            one.result(timeout=60)
        outbox = Outbox(self.database)
        until(lambda: not outbox.due(1))
        time.sleep(0.3)  # a reply that should not come has to have had its time

    def close(self) -> None:
        for gate in self._gates:
            gate.set()
        self._process.kill()
        self._people.shutdown()
        self._platform.close()
        with suppress(OSError):
            self._api.__exit__()
        self.database.close()


class TestUnverifiedWeChat(ChannelContract):
    @pytest.fixture
    def driver(self, tmp_path: Path) -> Iterator[WeChatDriver]:
        driver = WeChatDriver(tmp_path, verified=False)
        yield driver
        driver.close()


class TestVerifiedWeChat(ChannelContract):
    @pytest.fixture
    def driver(self, tmp_path: Path) -> Iterator[WeChatDriver]:
        driver = WeChatDriver(tmp_path, verified=True)
        yield driver
        driver.close()
