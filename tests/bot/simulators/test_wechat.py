from __future__ import annotations

from collections.abc import Callable

from bot import wording
from bot.simulators.wechat import PlatformClock, WeChatPlatform, simulate


def test_a_clock_five_times_as_fast_moves_five_times_as_far() -> None:
    slow, fast = PlatformClock(1.0, start=0.0), PlatformClock(0.2, start=0.0)
    assert 4.9 < fast() / slow() < 5.1


def scripted(*lines: str) -> Callable[[str], str]:
    typed = iter(lines)

    def read(_prompt: str) -> str:
        try:
            return next(typed)
        except StopIteration:
            raise EOFError from None

    return read


def test_in_the_terminal_a_person_sees_each_delivery_and_what_came_of_it() -> None:
    platform = WeChatPlatform("http://127.0.0.1:9/wechat", "token", sleep=lambda _seconds: None)
    seen: list[str] = []
    simulate(platform, read=scripted("", "/重发", "你好", "/重发", "/关注"), write=seen.append)
    assert seen[0] == wording.SIMULATOR_WELCOME
    assert seen[1] == wording.SIMULATOR_NOTHING_TO_REPEAT
    assert seen[2].startswith("  第 1 次投递：")
    assert seen[5] == wording.SIMULATOR_NOTICE.format(notice=wording.PLATFORM_NOTICE)
    assert len(seen) == 2 + 3 * 4 + 1
    assert seen[-1] == wording.SIMULATOR_GOODBYE
    assert platform.log[0].message_id == platform.log[3].message_id
