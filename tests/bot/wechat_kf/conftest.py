"""WeChat customer service over real HTTP: uvicorn on a loopback port, a scripted dialogue, the platform's stand-in."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from api.routes.wechat_kf import wechat_kf_router
from bot.simulators.wechat_kf import WeChatKfPlatform
from bot.simulators.wecom import AES_KEY, CORP_ID, SECRET, TOKEN
from bot.wechat_kf.channel import CHANNEL, WeChatKf, renderer_for
from bot.wechat_kf.sender import WeChatKfSender
from bot.wechat_kf.settings import WeChatKfSettings
from bot.wecom.api import Api
from tests.bot.wecom.service import PUBLIC_URL, Channel, Process, Service

SAMPLES = ("证书有效期几年？", "8.5.2 讲什么？")
CONTACT = "秘书处 0512-00000000"


class ShiftedClock:
    """Wall time that a test can move; service and platform share it."""

    def __init__(self) -> None:
        self.shift = 0.0

    def __call__(self) -> float:
        return time.time() + self.shift


@dataclass
class World:
    service: Service
    platform: WeChatKfPlatform
    clock: ShiftedClock

    def close(self) -> None:
        self.service.close()
        self.platform.close()

    def say(self, customer: str, text: str, **changes: Any) -> dict[str, Any]:
        entry = self.platform.say(customer, text, **changes)
        assert self.platform.notify() == "taken"
        return entry


def kf_world(folder: Path, platform: dict[str, Any] | None = None, **changes: Any) -> World:
    clock = ShiftedClock()
    kf = WeChatKfPlatform("", clock=clock, **(platform or {}))
    values = {
        "corp_id": CORP_ID,
        "secret": SecretStr(SECRET),
        "token": SecretStr(TOKEN),
        "aes_key": SecretStr(AES_KEY),
        "api_url": kf.api_url,
    }
    configured = WeChatKfSettings(**{**values, **changes})
    renderer = renderer_for(configured, PUBLIC_URL)

    def build(process: Process) -> Channel:
        api = Api(CORP_ID, SECRET, process.tokens, CHANNEL, url=configured.api_url, timeout=2)
        channel = WeChatKf(
            configured,
            process.runner,
            process.people,
            process.addresses,
            process.outbox,
            process.database,
            api,
            renderer,
            contact=CONTACT,
            samples=SAMPLES,
            wake=process.wake,
            clock=clock,
            poll_seconds=0.05,
        )
        sender = WeChatKfSender(configured, api, process.outbox, process.database, clock=clock)

        def close() -> None:
            channel.pulling.close()
            api.close()

        return Channel(wechat_kf_router(channel), [sender], channel.catch_up, channel.pulling.start, close)

    service = Service(folder, build, {CHANNEL: renderer.parts}, clock)
    kf.caller.url = f"{service.url}/wechat-kf"
    service.start()
    return World(service, kf, clock)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = kf_world(tmp_path)
    yield world
    world.close()
