"""The channel contract for WeChat customer service, against its stand-in over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from bot.rendering import size
from bot.wecom.settings import MESSAGE_LIMIT
from knowledge.database import Database
from tests.bot.wechat_kf.conftest import World, kf_world
from tests.bot.wecom.service import PUBLIC_URL, until
from tests.contracts.channel import ChannelContract, ChannelDriver
from tests.fakes.dialogue import ScriptedDialogue

# A killed process' threads end in `Killed`.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning"),
]


class KfDriver:
    channel = "wechat_kf"
    public_url = PUBLIC_URL
    parts_on_request = True

    def __init__(self, world: World) -> None:
        self._world = world
        self._platform = world.platform
        self.dialogue: ScriptedDialogue = world.service.dialogue
        self.database: Database = world.service.database
        self._entries: dict[str, dict[str, Any]] = {}

    def say(self, person: str, text: str) -> str:
        entry = self._world.say(person, text)
        self._entries[entry["msgid"]] = entry
        return str(entry["msgid"])

    def redeliver(self, name: str, times: int = 1) -> None:
        for _ in range(times):
            self._platform.repeat(self._entries[name])
        with ThreadPoolExecutor(times) as pool:
            results = list(pool.map(lambda _: self._platform.notify(), range(times)))
        assert set(results) == {"taken"}
        until(self._world.service.channel_idle)

    def shown(self, person: str) -> list[str]:
        return self._platform.screen(person)

    def measure(self, text: str) -> int:
        return size(text)

    def limit(self) -> int:
        return MESSAGE_LIMIT

    def platform_id(self, person: str) -> str:
        return person

    def kill_and_restart(self) -> None:
        self._world.service.kill()
        self._world.service.start()
        self.database = self._world.service.database

    def refuse(self, times: int | None) -> bool:
        if times is None:
            self._platform.keep_failing("kf/send_msg", 95013)
        else:
            self._platform.keep_failing("kf/send_msg", None)
            self._platform.fail("kf/send_msg", *[95013] * times)
        return True

    def slow(self, question: str) -> None:
        """Answers are always sent later."""

    def settle(self) -> None:
        until(self._world.service.channel_idle)
        until(self._world.service.settled, what="something is still waiting to be sent")


class TestWeChatKf(ChannelContract):
    @pytest.fixture
    def driver(self, tmp_path: Path) -> Iterator[ChannelDriver]:
        world = kf_world(tmp_path, {"page_size": 2, "empty_pages": 1})
        yield KfDriver(world)
        world.close()
