"""The WeCom doors over real HTTP: uvicorn on a loopback port, a scripted dialogue, the platform's stand-ins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from api.routes.wecom import APPLICATION_PATH, ROBOT_PATH, callback_router
from bot.feedback import Feedback
from bot.simulators.wecom import (
    AES_KEY,
    AGENT_ID,
    CORP_ID,
    SECRET,
    TOKEN,
    RobotPlatform,
    WeComPlatform,
)
from bot.wecom.api import Api
from bot.wecom.application import CHANNEL, WeComApplication, WeComSender, renderer_for
from bot.wecom.robot import WeComRobot
from bot.wecom.settings import WeComBotSettings, WeComSettings
from tests.bot.wecom.service import PUBLIC_URL, Channel, Process, Service

SAMPLES = ("证书有效期几年？", "8.5.2 讲什么？")


def settings(platform: WeComPlatform, **changes: Any) -> WeComSettings:
    values = {
        "corp_id": CORP_ID,
        "agent_id": AGENT_ID,
        "secret": SecretStr(SECRET),
        "token": SecretStr(TOKEN),
        "aes_key": SecretStr(AES_KEY),
        "api_url": platform.api_url,
    }
    return WeComSettings(**{**values, **changes})


def bot_settings(**changes: Any) -> WeComBotSettings:
    values = {"token": SecretStr(TOKEN), "aes_key": SecretStr(AES_KEY), "reply_within": 0.2, "refresh_within": 0.1}
    return WeComBotSettings(**{**values, **changes})


@dataclass
class World:
    service: Service
    platform: WeComPlatform

    def close(self) -> None:
        self.service.close()
        self.platform.close()


@dataclass
class RobotWorld:
    service: Service
    platform: RobotPlatform

    def close(self) -> None:
        self.platform.close()
        self.service.close()


def application_world(folder: Path, **changes: Any) -> World:
    platform = WeComPlatform("")
    configured = settings(platform, **changes)
    renderer = renderer_for(configured, PUBLIC_URL)

    def build(process: Process) -> Channel:
        api = Api(CORP_ID, SECRET, process.tokens, CHANNEL, url=configured.api_url, timeout=2)
        application = WeComApplication(
            configured,
            process.runner,
            process.people,
            process.addresses,
            process.outbox,
            renderer,
            samples=SAMPLES,
            wake=process.wake,
        )
        sender = WeComSender(configured, api)
        return Channel(callback_router(APPLICATION_PATH, application), [sender], application.catch_up, close=api.close)

    service = Service(folder, build, {CHANNEL: renderer.parts})
    platform.caller.url = f"{service.url}/wecom"
    service.start()
    return World(service, platform)


def robot_world(folder: Path, **changes: Any) -> RobotWorld:
    configured = bot_settings(**changes)

    def build(process: Process) -> Channel:
        feedback = Feedback(process.database)
        robot = WeComRobot(configured, process.runner, process.people, feedback, PUBLIC_URL, samples=SAMPLES)
        return Channel(callback_router(ROBOT_PATH, robot))

    service = Service(folder, build, {}, sending=False)
    platform = RobotPlatform(f"{service.url}/wecom/bot")
    service.start()
    return RobotWorld(service, platform)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = application_world(tmp_path)
    yield world
    world.close()


@pytest.fixture
def robot(tmp_path: Path) -> Iterator[RobotWorld]:
    world = robot_world(tmp_path, reply_within=5)  # what is ready goes out at once, also on a busy machine
    yield world
    world.close()
