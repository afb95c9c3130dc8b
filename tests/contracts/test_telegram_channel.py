"""The contract of all channels, kept by the Telegram bot: by polling and by webhook."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.simulators.telegram import Fault, TelegramPlatform, measure, parse_html
from knowledge.database import Base, Database
from tests.bot.telegram.conftest import ANN, BOB, PUBLIC, SCALE, Service, World, free_port, settings
from tests.contracts.channel import PERSON, ChannelContract
from tests.fakes.dialogue import ScriptedDialogue
from tests.fakes.mortal import MortalDatabase


class TelegramDriver:
    channel = "telegram"
    public_url = PUBLIC
    parts_on_request = True

    def __init__(self, folder: Path, *, webhook: bool) -> None:
        self._url = f"sqlite:///{folder / 'guangzhi.db'}"
        self.database = Database(self._url)
        Base.metadata.create_all(self.database.engine)
        self.dialogue = ScriptedDialogue()
        self.platform = TelegramPlatform(time_scale=SCALE)
        self._port = free_port() if webhook else None
        self._world = World(self.database, self.platform, self.dialogue)
        self._names: dict[str, int] = {}
        self._start()

    def say(self, person: str, text: str) -> str:
        return str(self.platform.say(self._number(person), text))

    def redeliver(self, name: str, times: int = 1) -> None:
        self.platform.redeliver(int(name), times)
        self._world.settle()

    def shown(self, person: str) -> list[str]:
        return [one.html for one in self.platform.shown(self._number(person))]

    def measure(self, text: str) -> int:
        return measure(parse_html(text))

    def limit(self) -> int:
        return 4096

    def platform_id(self, person: str) -> str:
        return str(self._number(person))

    def kill_and_restart(self) -> None:
        self._mortal.kill()
        self._service.die()
        self._start()

    def refuse(self, times: int | None) -> bool:
        fault = Fault(403, "Forbidden: bot was blocked by the user")
        self.platform.always("sendMessage", fault if times is None else None)
        if times:
            self.platform.fail("sendMessage", *[fault] * times)
        return True

    def slow(self, question: str) -> None:
        """Every answer is a message of its own here."""

    def settle(self) -> None:
        self._world.settle()

    def close(self) -> None:
        self._service.close()
        self.platform.close()
        self.database.close()

    def _number(self, person: str) -> int:
        return ANN if person == PERSON else BOB

    def _start(self) -> None:
        self._mortal = MortalDatabase(self._url)
        changes = {"webhook_url": f"http://127.0.0.1:{self._port}/telegram"} if self._port else {}
        configured = settings(self.platform, **changes)
        self._service = Service(self._mortal, self.dialogue, configured, port=self._port)
        self._service.start()


@pytest.fixture(params=["polling", "webhook"])
def driver(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TelegramDriver]:
    driver = TelegramDriver(tmp_path, webhook=request.param == "webhook")
    yield driver
    driver.close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # of the killed process
class TestTelegram(ChannelContract):
    pass
