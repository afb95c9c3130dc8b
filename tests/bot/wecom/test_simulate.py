"""Chatting in a terminal through the stand-ins."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from bot.simulators.wechat_kf import simulate as simulate_kf
from bot.simulators.wecom import simulate, simulate_robot
from bot.wecom import wording
from tests.bot.wechat_kf.conftest import World as KfWorld
from tests.bot.wechat_kf.conftest import world as kf  # noqa: F401  # a fixture
from tests.bot.wecom.conftest import RobotWorld, World
from tests.bot.wecom.service import until


def typing(lines: Iterable[str], shown: Callable[[], object]) -> Callable[[str], str]:
    """Types one line after the other, and leaves when what was waited for is shown."""
    left = iter(lines)

    def read(_prompt: str) -> str:
        line = next(left, None)
        if line is None:
            until(shown)
            return "/退出"
        return line

    return read


def test_a_member_chats_with_the_application(world: World) -> None:
    seen: list[str] = []
    read = typing(["", "证书有效期几年"], lambda: world.platform.screen("SimulatedMember"))
    simulate(world.platform, read=read, write=seen.append)
    assert any("关于“证书有效期几年”" in line for line in seen)


def test_a_member_chats_with_the_robot(robot: RobotWorld) -> None:
    seen: list[str] = []
    simulate_robot(robot.platform, read=typing(["证书有效期几年"], lambda: True), write=seen.append)
    assert any("关于“证书有效期几年”" in line for line in seen)


def test_a_customer_is_greeted_and_answered(kf: KfWorld) -> None:  # noqa: F811
    seen: list[str] = []
    read = typing(["证书有效期几年"], lambda: len(kf.platform.screen("wmSimulatedCustomer")) == 2)
    simulate_kf(kf.platform, read=read, write=seen.append)
    assert any("关于“证书有效期几年”" in line for line in seen)


def test_a_service_that_is_not_there_is_said(world: World) -> None:
    seen: list[str] = []
    world.platform.caller.url = "http://127.0.0.1:1/wecom"
    simulate(world.platform, read=typing(["你好"], lambda: True), write=seen.append)
    assert wording.SIMULATOR_NOT_TAKEN["unreachable"] in seen
