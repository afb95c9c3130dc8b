"""The process is killed between receipt and reply, and started again: the answer arrives, once."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot import wording
from bot.simulators.wechat import WeChatPlatform
from tests.bot.wechat.conftest import AES_KEY
from tests.bot.wechat.house import APP_ID, TOKEN

pytestmark = pytest.mark.slow

QUESTION = "证书有效期几年"
ROOT = Path(__file__).parents[3]


def until(true: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)


class Service:
    """Our service in its own process, on a port that stays the same over restarts."""

    def __init__(self, home: Path) -> None:
        self.diary = home / "diary.txt"
        self.diary.touch()
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self._database = f"sqlite:///{home / 'guangzhi.db'}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, seconds: float) -> None:
        """With dialogues that take so many seconds."""
        told = {
            "TEST_DATABASE": self._database,
            "TEST_PORT": str(self.port),
            "TEST_DIARY": str(self.diary),
            "TEST_SECONDS": str(seconds),
        }
        command = [sys.executable, "-m", "tests.bot.wechat.killable"]
        self._process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **told})
        until(self._answers)

    def kill(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def noted(self) -> list[str]:
        return [line.split()[0] for line in self.diary.read_text(encoding="utf-8").splitlines()]

    def platform(self) -> WeChatPlatform:
        return WeChatPlatform(f"http://127.0.0.1:{self.port}/wechat", TOKEN, aes_key=AES_KEY, app_id=APP_ID)

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    service = Service(tmp_path)
    yield service
    service.kill()


def test_killed_while_thinking_the_answer_arrives_once_by_redelivery(service: Service) -> None:
    service.start(seconds=60)
    platform = service.platform()
    with ThreadPoolExecutor(1) as pool:
        shown = pool.submit(platform.send_text, "o-1", QUESTION)
        until(lambda: service.noted() == ["began"])
        service.kill()
        service.start(seconds=0.2)
        answer = shown.result()
    assert "三年" in (answer.text or "")
    assert [one.result for one in answer.deliveries].count("shown") == 1
    assert service.noted() == ["began", "began", "ended"]  # begun twice, answered once
    # Nothing is left over: no unseen answer waits behind the one that was shown.
    assert (platform.send_text("o-1", "取回").text or "").startswith(wording.NOTHING_NEW)


def test_killed_after_the_answer_was_stored_the_dialogue_does_not_run_again(service: Service) -> None:
    service.start(seconds=0)
    platform = service.platform()
    message = platform.text("o-1", QUESTION)
    first = platform.deliver_once(message)
    service.kill()
    service.start(seconds=60)
    assert platform.deliver_once(message, 2).text == first.text
    assert service.noted() == ["began", "ended"]


def test_killed_and_never_delivered_again_the_answer_can_be_fetched(service: Service) -> None:
    service.start(seconds=60)
    platform = service.platform()
    with ThreadPoolExecutor(1) as pool:
        lost = pool.submit(platform.deliver_once, platform.text("o-1", QUESTION))
        until(lambda: service.noted() == ["began"])
        service.kill()
        assert lost.result().result in ("failed", "unreachable")
    service.start(seconds=0)
    until(lambda: "ended" in service.noted())
    until(lambda: "三年" in (platform.send_text("o-1", "取回").text or ""))
