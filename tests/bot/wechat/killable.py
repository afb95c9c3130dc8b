"""A whole service in a process of its own, to be killed: `python -m tests.bot.wechat.killable`.

From the environment: TEST_DATABASE, TEST_PORT, TEST_DIARY (a file that gets a line when a dialogue begins and one
when it ends) and TEST_SECONDS (how long a dialogue takes).
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr

import bot.turns  # noqa: F401  # declares its table
from api.routes.wechat import wechat_router
from bot.delivery import TurnRunner
from bot.messages import Exchange, IncomingMessage
from bot.people import People
from bot.rendering import TextRenderer
from bot.turns import Turns
from bot.wechat.channel import WeChatChannel
from bot.wechat.settings import WeChatSettings
from knowledge.database import Base, Database
from retrieval.answers import Answer
from tests.bot.wechat.conftest import AES_KEY, APP_ID, PERSON_KEY, TOKEN
from tests.fakes.dialogue import cited_answer


class Diarist:
    def __init__(self, diary: Path, seconds: float) -> None:
        self._diary, self._seconds = diary, seconds

    def reply(self, message: IncomingMessage, history: tuple[Exchange, ...]) -> Answer:
        self._note("began", message)
        time.sleep(self._seconds)
        self._note("ended", message)
        return cited_answer(f"关于“{message.text}”：三年。")

    def _note(self, what: str, message: IncomingMessage) -> None:
        with self._diary.open("a", encoding="utf-8") as diary:
            diary.write(f"{what} {message.text}\n")


async def sweep_now_and_then(runner: TurnRunner) -> None:
    while True:  # again and again: at the start the leases of the process before still run
        await asyncio.to_thread(runner.sweep)
        await asyncio.sleep(1)


def main() -> None:
    database = Database(os.environ["TEST_DATABASE"])
    Base.metadata.create_all(database.engine)
    renderer = TextRenderer(1800)
    dialogue = Diarist(Path(os.environ["TEST_DIARY"]), float(os.environ["TEST_SECONDS"]))
    runner = TurnRunner(Turns(database), dialogue, renderers={"wechat": renderer.parts})
    settings = WeChatSettings(token=SecretStr(TOKEN), aes_key=SecretStr(AES_KEY), app_id=APP_ID, mode="safe")
    channel = WeChatChannel(settings, runner, People(PERSON_KEY), renderer)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        sweeping = asyncio.create_task(sweep_now_and_then(runner))
        yield
        sweeping.cancel()
        runner.close()

    app = FastAPI(lifespan=lifespan)
    app.include_router(wechat_router(channel))
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["TEST_PORT"]), log_level="warning")


if __name__ == "__main__":
    main()
