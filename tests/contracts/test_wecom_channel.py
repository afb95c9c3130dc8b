"""The channel contract for both WeCom doors, each against its stand-in over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from bot.outbox import Outbox
from bot.rendering import size
from bot.simulators.wecom import Parcel
from bot.wecom import wording
from bot.wecom.settings import MESSAGE_LIMIT, STREAM_LIMIT
from knowledge.database import Database
from retrieval.answers import Answer
from tests.bot.wecom.conftest import RobotWorld, World, application_world, robot_world
from tests.bot.wecom.service import PUBLIC_URL, until
from tests.contracts.channel import ChannelContract, ChannelDriver
from tests.fakes.dialogue import ScriptedDialogue, cited_answer

# A killed process' threads end in `Killed`.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning"),
]


class _Driver:
    public_url = PUBLIC_URL

    def __init__(self, world: World | RobotWorld) -> None:
        self._service = world.service
        self.dialogue: ScriptedDialogue = world.service.dialogue
        self.database: Database = world.service.database

    def measure(self, text: str) -> int:
        return size(text)

    def platform_id(self, person: str) -> str:
        return person

    def kill_and_restart(self) -> None:
        self._service.kill()
        self._service.start()
        self.database = self._service.database

    def slow(self, question: str) -> None:
        """Answers are always sent, or asked for, later."""


class ApplicationDriver(_Driver):
    channel = "wecom"
    parts_on_request = False

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._platform = world.platform
        self._parcels: dict[str, Parcel] = {}

    def say(self, person: str, text: str) -> str:
        parcel = self._platform.text(person, text)
        self._parcels[parcel.message_id] = parcel
        assert self._platform.deliver(parcel) == "taken"
        return parcel.message_id

    def redeliver(self, name: str, times: int = 1) -> None:
        with ThreadPoolExecutor(times) as pool:
            results = list(pool.map(lambda _: self._platform.deliver(self._parcels[name]), range(times)))
        assert set(results) == {"taken"}

    def shown(self, person: str) -> list[str]:
        return self._platform.screen(person)

    def limit(self) -> int:
        return MESSAGE_LIMIT

    def refuse(self, times: int | None) -> bool:
        if times is None:
            self._platform.keep_failing("message/send", 60111)
        else:
            self._platform.keep_failing("message/send", None)
            self._platform.fail("message/send", *[60111] * times)
        return True

    def settle(self) -> None:
        until(self._service.settled, what="something is still waiting to be sent")


class RobotDriver(_Driver):
    channel = "wecom_bot"
    parts_on_request = True

    def __init__(self, world: RobotWorld) -> None:
        super().__init__(world)
        self._platform = world.platform
        self._sent: dict[str, dict[str, Any]] = {}

    def say(self, person: str, text: str) -> str:
        message = self._platform.text(person, text)
        self._sent[message["msgid"]] = message
        assert self._platform.send(message) == "taken"
        return str(message["msgid"])

    def redeliver(self, name: str, times: int = 1) -> None:
        with ThreadPoolExecutor(times) as pool:
            results = list(pool.map(lambda _: self._platform.send(self._sent[name]), range(times)))
        assert set(results) == {"taken"}

    def shown(self, person: str) -> list[str]:
        return [text for text in self._platform.screen(person) if text != wording.SEARCHING]

    def limit(self) -> int:
        return STREAM_LIMIT

    def refuse(self, times: int | None) -> bool:
        return False

    def settle(self) -> None:
        until(lambda: self._service.settled() and self._platform.idle(), what="a stream never ended")


class TestWeComApplication(ChannelContract):
    @pytest.fixture
    def driver(self, tmp_path: Path) -> Iterator[ChannelDriver]:
        world = application_world(tmp_path)
        yield ApplicationDriver(world)
        world.close()

    def test_the_rest_of_a_parts_line_is_not_sent_twice(self, driver: ChannelDriver) -> None:
        """A crash while parts are being sent: what went out is not sent again, what waits is."""
        driver.dialogue.answers["长问题"] = _long()
        driver.say("o-1", "长问题")
        until(lambda: len(driver.shown("o-1")) >= 1)
        driver.kill_and_restart()
        driver.settle()
        # A part whose sender died is unknown: it is never shown twice, and an operator sees it.
        lost = [one for one in Outbox(driver.database).dead_letters() if one.state == "unknown"]
        screen = driver.shown("o-1")
        assert len(screen) == len(set(screen))
        assert len(lost) <= 1


class TestWeComRobot(ChannelContract):
    @pytest.fixture
    def driver(self, tmp_path: Path) -> Iterator[ChannelDriver]:
        world = robot_world(tmp_path)
        yield RobotDriver(world)
        world.close()


def _long() -> Answer:
    return cited_answer(
        "".join(f"第{number}条要求供方保持成文信息，并在交付之前逐项核对记录。" for number in range(120))
    )
