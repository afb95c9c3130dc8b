"""200 members ask at once, each message delivered twice and more: everyone is answered, once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.bot.wecom.conftest import World
from tests.bot.wecom.service import until

pytestmark = pytest.mark.slow

PEOPLE = 200


def test_200_members_at_once_are_answered_once(world: World) -> None:
    parcels = [world.platform.text(f"m-{number}", f"第{number}位的问题") for number in range(PEOPLE)]
    with ThreadPoolExecutor(50) as pool:
        results = set(pool.map(world.platform.deliver, [*parcels, *parcels]))
    assert results == {"taken"}
    until(lambda: all(world.platform.screen(f"m-{number}") for number in range(PEOPLE)), seconds=60)
    until(world.service.settled)
    for number in range(PEOPLE):
        (text,) = world.platform.screen(f"m-{number}")
        assert f"“第{number}位的问题”" in text
    assert len(world.service.dialogue.questions) == PEOPLE
