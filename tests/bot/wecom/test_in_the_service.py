"""All three doors in the real service: wired from settings, asked real questions, examined by doctor."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn

from api import home
from api.app import create_app
from api.doctor import examine
from api.settings import read_settings
from api.wiring import Assistant, open_assistant
from bot.simulators.wechat_kf import WeChatKfPlatform
from bot.simulators.wecom import AES_KEY, AGENT_ID, CORP_ID, SECRET, TOKEN, RobotPlatform, WeComPlatform
from tests.bot.wecom.service import until

pytestmark = pytest.mark.slow

QUESTION = "质量管理体系认证证书有效期几年"


@dataclass
class World:
    assistant: Assistant
    company: WeComPlatform
    robot: RobotPlatform
    kf: WeChatKfPlatform


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    company, robot = WeComPlatform(f"{url}/wecom"), RobotPlatform(f"{url}/wecom/bot")
    kf = WeChatKfPlatform(f"{url}/wechat-kf", secret=SECRET)
    folder = tmp_path_factory.mktemp("home")
    assistant = open_assistant(read_settings(_environment(folder, company.api_url)), home.take(folder))
    server = uvicorn.Server(uvicorn.Config(create_app(assistant, sweep_seconds=0.2), port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield World(assistant, company, robot, kf)
    robot.close()
    server.should_exit = True
    thread.join(timeout=20)
    company.close()
    kf.close()
    assistant.close()


def _environment(folder: Path, api_url: str) -> dict[str, str]:
    keys = {"TOKEN": TOKEN, "AES_KEY": AES_KEY}
    doors = ("WECOM", "WECOM_BOT", "KF")
    return {
        "GUANGZHI_HOME": str(folder),
        "GUANGZHI_EMBEDDING": "none",
        "GUANGZHI_PUBLIC_URL": "https://kb.example.org",
        "GUANGZHI_WECOM_CORP_ID": CORP_ID,
        "GUANGZHI_WECOM_AGENT_ID": str(AGENT_ID),
        "GUANGZHI_WECOM_SECRET": SECRET,
        "GUANGZHI_WECOM_API_URL": api_url,
        "GUANGZHI_KF_SECRET": SECRET,
        **{f"GUANGZHI_{door}_{name}": value for door in doors for name, value in keys.items()},
    }


def test_every_address_answers_the_platforms_handshake(world: World) -> None:
    assert world.company.caller.verify()
    assert world.robot.caller.verify()
    assert world.kf.caller.verify()


def test_a_member_gets_a_real_answer_with_its_source(world: World) -> None:
    assert world.company.deliver(world.company.text("m-1", QUESTION)) == "taken"
    until(lambda: world.company.screen("m-1"))
    assert "依据" in world.company.screen("m-1")[0]


def test_the_robot_gives_the_same(world: World) -> None:
    world.robot.send(world.robot.text("m-2", QUESTION))
    until(lambda: world.robot.streams("m-2") and world.robot.streams("m-2")[0].finished)
    assert "依据" in world.robot.screen("m-2")[0]


def test_doctor_names_each_door_and_its_address(world: World) -> None:
    says = {finding.name: finding for finding in examine(world.assistant)}
    assert says["企业微信自建应用"].health == "ok"
    assert "https://kb.example.org/wecom" in says["企业微信自建应用"].says
    assert "https://kb.example.org/wecom/bot" in says["企业微信智能机器人"].says
    # The stand-in of the application does not know the calls of customer service: doctor says so.
    assert says["微信客服"].health == "warning"


def test_doctor_says_what_to_do_about_an_address_that_is_not_trusted(world: World) -> None:
    world.company.trusted = False
    says = {finding.name: finding for finding in examine(world.assistant)}["企业微信自建应用"]
    world.company.trusted = True
    assert says.health == "warning"
    assert "企业可信IP" in says.says
