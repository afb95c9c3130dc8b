"""The process is killed (kill -9) at the worst moments and started again: the answer is shown once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import wording
from bot.outbox import Outbox
from bot.simulators.telegram import Fault, TelegramPlatform
from knowledge.database import Base, Database
from tests.bot.telegram.conftest import ANN, SCALE, until

pytestmark = pytest.mark.slow

QUESTION = "证书有效期几年"
ANSWER = f"关于“{QUESTION}”"
ROOT = Path(__file__).parents[3]


class Service:
    def __init__(self, home: Path) -> None:
        self.diary = home / "diary.txt"
        self.diary.touch()
        self._url = f"sqlite:///{home / 'guangzhi.db'}"
        self.database = Database(self._url)
        Base.metadata.create_all(self.database.engine)
        self.outbox = Outbox(self.database)
        self.platform = TelegramPlatform(time_scale=SCALE)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, seconds: float) -> None:
        told = {
            "TEST_DATABASE": self._url,
            "TEST_API": self.platform.url,
            "TEST_DIARY": str(self.diary),
            "TEST_SECONDS": str(seconds),
        }
        command = [sys.executable, "-m", "tests.bot.telegram.killable"]
        self._process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **told})

    def kill(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def noted(self) -> list[str]:
        return [line.split()[0] for line in self.diary.read_text(encoding="utf-8").splitlines()]

    def began(self, question: str) -> bool:
        return f"began {question}\n" in self.diary.read_text(encoding="utf-8")

    def texts(self) -> list[str]:
        return [one.text for one in self.platform.shown(ANN)]

    def answers(self) -> int:
        return sum(ANSWER in one for one in self.texts())


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    service = Service(tmp_path)
    yield service
    service.kill()
    service.platform.close()
    service.database.close()


def test_killed_while_thinking_the_answer_takes_the_place_of_the_draft(service: Service) -> None:
    service.start(seconds=60)
    service.platform.say(ANN, QUESTION)
    until(lambda: service.texts() == [wording.TELEGRAM_SEARCHING], seconds=30)
    time.sleep(0.3)  # the draft is noted right after it is shown
    service.kill()
    service.start(seconds=0)
    until(lambda: service.answers() == 1, seconds=30)
    assert len(service.texts()) == 1
    assert service.noted() == ["began", "began", "ended"]


def test_killed_while_the_draft_becomes_the_answer_it_is_decided(service: Service) -> None:
    service.platform.always("editMessageText", Fault(200, delay=5.0))
    service.start(seconds=1)
    service.platform.say(ANN, QUESTION)
    until(lambda: service.answers() == 1, seconds=30)  # taken, and we do not know it yet
    service.kill()
    service.platform.always("editMessageText", None)
    service.start(seconds=60)
    # For a moment it is undecided; then the edit is made once more, and that decides it.
    until(lambda: not _under_way(service) and not service.outbox.dead_letters(), seconds=30)
    assert service.answers() == 1
    assert len(service.texts()) == 1
    assert service.noted() == ["began", "ended"]


def test_killed_when_telegram_had_the_answer_and_we_did_not_know_it_is_not_sent_twice(service: Service) -> None:
    service.platform.always("sendMessage", Fault(200, delay=5.0))
    service.start(seconds=0)
    service.platform.say(ANN, QUESTION)
    until(lambda: service.answers() == 1, seconds=30)
    service.kill()
    service.platform.always("sendMessage", None)
    service.start(seconds=0)
    until(service.outbox.dead_letters, seconds=30)
    (letter,) = service.outbox.dead_letters()
    assert (letter.state, letter.error) == ("unknown", wording.OUTBOX_SENDER_DIED)
    assert service.answers() == 1
    service.platform.say(ANN, "取回")
    until(lambda: service.answers() == 2, seconds=30)


def test_killed_ten_times_every_question_is_answered_once(service: Service) -> None:
    """At ten different moments: before, while and after it thinks, and while it sends."""
    service.start(seconds=0.1)
    for number in range(10):
        service.platform.say(ANN, f"第{number}问")
        until(lambda number=number: service.began(f"第{number}问"), seconds=60)  # type: ignore[misc]
        time.sleep(0.04 * number)
        service.kill()
        service.start(seconds=0.1)
    until(lambda: service.platform.quiet() and not _under_way(service), seconds=90)
    # An undecided edit is made once more a little later, so what is shown and what is undecided are read until they agree:
    # of the undecided ones some arrived and some did not; whatever is neither was lost.
    until(lambda: not _under_way(service) and sum(_shown(service)) >= 10 - _undecided(service), seconds=60)
    print(f"shown {_shown(service)}, undecided {_undecided(service)}, messages {len(service.texts())}")
    assert max(_shown(service)) == 1


def _shown(service: Service) -> list[int]:
    return [sum(f"关于“第{number}问”" in text for text in service.texts()) for number in range(10)]


def _undecided(service: Service) -> int:
    return sum(one.state == "unknown" for one in service.outbox.dead_letters())


def _under_way(service: Service) -> bool:
    statement = (
        "SELECT (SELECT COUNT(*) FROM turns WHERE handed_over IS NULL)"
        " + (SELECT COUNT(*) FROM outgoing WHERE state IN ('waiting', 'sending'))"
    )
    with service.database.engine.connect() as connection:
        return bool(connection.exec_driver_sql(statement).scalar_one())
