"""A whole service in a process of its own, to be killed: `python -m tests.bot.telegram.killable`.

From the environment: TEST_DATABASE, TEST_API (the stand-in's address), TEST_DIARY (a file that gets a line when a
dialogue begins and one when it ends) and TEST_SECONDS (how long a dialogue takes).
"""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

from pydantic import SecretStr

from bot.messages import Exchange, IncomingMessage, Show
from bot.simulators.telegram import TOKEN
from bot.telegram.settings import TelegramSettings
from knowledge.database import Base, Database
from retrieval.answers import Answer
from tests.bot.telegram.conftest import Service
from tests.fakes.dialogue import cited_answer


class Diarist:
    def __init__(self, diary: Path, seconds: float) -> None:
        self._diary, self._seconds = diary, seconds

    def reply(self, message: IncomingMessage, history: tuple[Exchange, ...], show: Show | None = None) -> Answer:
        self._note(f"began {message.text}")
        time.sleep(self._seconds)
        self._note(f"ended {message.text}")
        return cited_answer(f"关于“{message.text}”：三年。")

    def _note(self, what: str) -> None:
        with self._diary.open("a", encoding="utf-8") as diary:
            diary.write(f"{what}\n")


def main() -> None:
    database = Database(os.environ["TEST_DATABASE"])
    Base.metadata.create_all(database.engine)
    dialogue = Diarist(Path(os.environ["TEST_DIARY"]), float(os.environ["TEST_SECONDS"]))
    settings = TelegramSettings(
        token=SecretStr(TOKEN), api_url=os.environ["TEST_API"], between=0.05, slow_after=0.0, poll_for=1.0
    )
    service = Service(database, dialogue, settings, lease_seconds=1.0)
    service.start()
    while True:  # as the web application does beside its requests
        threading.Event().wait(0.5)
        service.runner.sweep()
        service.bot.catch_up()


if __name__ == "__main__":
    main()
