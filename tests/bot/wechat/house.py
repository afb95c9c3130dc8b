"""The official account as it is wired for people, around any dialogue: turns, outbox, courier, channel, routes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from pydantic import SecretStr

from api.routes.wechat import wechat_router
from bot.addresses import Addresses
from bot.delivery import TurnRunner
from bot.messages import Dialogue
from bot.outbox import Courier, Outbox
from bot.people import People
from bot.rendering import TextRenderer
from bot.tokens import AccessTokens
from bot.turns import Turns
from bot.wechat.channel import WeChatChannel
from bot.wechat.client import WeChatApi
from bot.wechat.pictures import PictureReader
from bot.wechat.sending import Allowance, LateAnswers, WeChatSender
from bot.wechat.settings import WeChatSettings
from knowledge.database import Database

TOKEN = "a-token"
APP_ID = "wx0123456789abcdef"
SECRET = "app-secret"
PERSON_KEY = b"0123456789abcdef0123456789abcdef"
SAMPLES = ("证书有效期几年？", "8.5.2 讲什么？", "团标什么时候实施？")
PUBLIC_URL = "https://kb.example.org"
CONTACT = "商会秘书处 0512-00000000"


def scaled(scale: float, **changes: Any) -> WeChatSettings:
    """Settings for a platform whose second takes `scale` of ours."""
    times = {
        "reply_within": 4.0 * scale,
        "hold_for": 10 * scale,
        "noted_within": 4.8 * scale,
        "last_delivery_wait": 7 * scale,
        "deliveries_last": 20 * scale,
        "after_event": 60 * scale,
    }
    return WeChatSettings(**{"token": SecretStr(TOKEN), **times, **changes})


def sending(api_url: str, scale: float, **changes: Any) -> WeChatSettings:
    """Those of a verified account."""
    own = {"verified": True, "app_id": APP_ID, "app_secret": SecretStr(SECRET), "api_url": api_url}
    return scaled(scale, **{**own, **changes})


@dataclass
class House:
    runner: TurnRunner
    channel: WeChatChannel
    outbox: Outbox
    courier: Courier
    app: FastAPI


def build(
    database: Database,
    settings: WeChatSettings,
    dialogue: Dialogue,
    clock: Callable[[], float],
    *,
    workers: int = 8,
    lease_seconds: float = 3.0,
    outbox_lease: float = 30.0,
    sweep_seconds: float = 0.2,
    read_picture: Callable[[str, bytes], str] | None = None,
) -> House:
    turns, outbox = Turns(database, lease_seconds=lease_seconds), Outbox(database, lease_seconds=outbox_lease)
    renderer = TextRenderer(settings.text_limit, PUBLIC_URL, numbered=True)
    addresses = Addresses(database, PERSON_KEY)
    api = WeChatApi(settings, AccessTokens(database, PERSON_KEY))
    sender = WeChatSender(api, turns, Allowance(settings, turns, outbox))
    courier = Courier(outbox, addresses, [sender] if settings.sends else [], poll_seconds=0.1)
    runner = TurnRunner(
        turns,
        dialogue,
        renderers={"wechat": renderer.parts},
        readers={"wechat": PictureReader(api, read_picture)},
        workers=workers,
        heartbeat_seconds=lease_seconds / 3,
    )
    channel = WeChatChannel(
        settings,
        runner,
        People(PERSON_KEY),
        renderer,
        samples=SAMPLES,
        contact=CONTACT,
        addresses=addresses if settings.sends else None,
        late=LateAnswers(settings, turns, outbox, courier) if settings.sends else None,
        clock=clock,
    )

    async def sweep() -> None:
        while True:
            with suppress(Exception):
                await asyncio.to_thread(runner.sweep)
                await asyncio.to_thread(channel.catch_up)
            await asyncio.sleep(sweep_seconds)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        courier.start()
        sweeping = asyncio.create_task(sweep())
        yield
        sweeping.cancel()

    app = FastAPI(lifespan=lifespan)
    app.include_router(wechat_router(channel))
    return House(runner, channel, outbox, courier, app)
