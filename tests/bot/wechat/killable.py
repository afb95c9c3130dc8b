"""A whole service in a process of its own, to be killed: `python -m tests.bot.wechat.killable`.

From the environment: TEST_DATABASE, TEST_PORT, TEST_DIARY (a file that gets a line when a dialogue begins and one
when it ends), TEST_SECONDS (how long a dialogue takes; a question that begins with 〔12〕 takes 12 of the platform's
seconds), TEST_SCALE and TEST_START (the platform's clock), TEST_API (its server side: the account is verified) and
TEST_LEASE. With TEST_WAIT it imports everything, and begins when it is told to by a line on its standard input.
"""

from __future__ import annotations

import os
import re
import sys
import time
from pathlib import Path

import uvicorn
from pydantic import SecretStr

import bot.addresses
import bot.outbox
import bot.tokens
import bot.turns  # noqa: F401  # declare their tables
from bot.messages import Exchange, IncomingMessage
from bot.simulators.wechat import PlatformClock
from bot.wechat.settings import WeChatSettings
from knowledge.database import Base, Database
from retrieval.answers import Answer
from tests.bot.wechat.conftest import AES_KEY
from tests.bot.wechat.house import APP_ID, build, scaled, sending
from tests.fakes.dialogue import cited_answer

_TOLD = re.compile(r"〔([\d.]+)〕")


class Diarist:
    def __init__(self, diary: Path, seconds: float, scale: float) -> None:
        self._diary, self._seconds, self._scale = diary, seconds, scale

    def reply(self, message: IncomingMessage, history: tuple[Exchange, ...]) -> Answer:
        self._note("began", message)
        told = _TOLD.match(message.text)
        time.sleep(float(told[1]) * self._scale if told else self._seconds)
        self._note("ended", message)
        return cited_answer(f"关于“{message.text}”：三年。")

    def _note(self, what: str, message: IncomingMessage) -> None:
        with self._diary.open("a", encoding="utf-8") as diary:
            diary.write(f"{what} {message.text}\n")


def settings(scale: float, api_url: str) -> WeChatSettings:
    safe = {"aes_key": SecretStr(AES_KEY), "app_id": APP_ID, "mode": "safe"}
    return sending(api_url, scale, **safe) if api_url else scaled(scale, **safe)


def main() -> None:
    told = os.environ
    scale = float(told.get("TEST_SCALE", "1"))
    clock = PlatformClock(scale, float(told.get("TEST_START", time.time())))
    if told.get("TEST_WAIT"):
        print("imported", flush=True)
        if not sys.stdin.readline():
            return
    database = Database(told["TEST_DATABASE"])
    Base.metadata.create_all(database.engine)
    house = build(
        database,
        settings(scale, told.get("TEST_API", "")),
        Diarist(Path(told["TEST_DIARY"]), float(told["TEST_SECONDS"]), scale),
        clock,
        workers=int(told.get("TEST_WORKERS", "8")),
        lease_seconds=float(told.get("TEST_LEASE", "3")),
        outbox_lease=float(told.get("TEST_OUTBOX_LEASE", "30")),
        sweep_seconds=0.5,
    )
    uvicorn.run(house.app, host="127.0.0.1", port=int(told["TEST_PORT"]), log_level="error", backlog=1024)


if __name__ == "__main__":
    main()
