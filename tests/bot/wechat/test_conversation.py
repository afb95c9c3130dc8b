"""The window's decisions, on a clock that stands still."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.delivery import TurnRunner
from bot.people import People
from bot.rendering import TextRenderer
from bot.turns import Turns
from bot.wechat.conversation import ComeBack, Conversation, Reaction, Say
from bot.wechat.messages import WeChatMessage
from knowledge.database import Database
from tests.bot.wechat.house import PERSON_KEY, scaled
from tests.fakes.dialogue import ScriptedDialogue

CREATED = 1_700_000_000


class Window:
    """Deliveries of one question that is not answered, each at a time of our choosing."""

    def __init__(self, runner: TurnRunner) -> None:
        self._now = 0.0
        self._conversation = Conversation(
            scaled(1.0), runner, People(PERSON_KEY), TextRenderer(1800), clock=self._clock, monotonic=lambda: 100.0
        )

    def _clock(self) -> float:
        now, self._now = self._now, self._now + 4.5  # whoever looks again does so after having waited
        return CREATED + now

    def deliver(self, seconds: float) -> Reaction:
        self._now = seconds
        message = WeChatMessage("gh_1", "o-1", CREATED, "text", "慢", "77")
        return self._conversation.react(message, arrived=100.0 - 60)  # its time is up at once


@pytest.fixture
def window(database: Database) -> Iterator[Window]:
    dialogue = ScriptedDialogue()
    gate = dialogue.hold("慢")
    runner = TurnRunner(Turns(database), dialogue)
    yield Window(runner)
    gate.set()
    runner.close()


def test_the_placeholder_comes_with_the_third_delivery_and_not_before(window: Window) -> None:
    assert isinstance(window.deliver(0.4), ComeBack)
    assert isinstance(window.deliver(5.6), ComeBack)
    assert isinstance(window.deliver(10.8), Say)


def test_the_third_delivery_is_known_by_its_age_when_the_first_two_were_not_counted(window: Window) -> None:
    assert isinstance(window.deliver(10.4), Say)


def test_the_second_delivery_is_not_taken_for_the_third_when_the_first_was_not_counted(window: Window) -> None:
    assert isinstance(window.deliver(5.6), ComeBack)
    assert isinstance(window.deliver(10.8), Say)


def test_two_clocks_a_second_apart_change_nothing(window: Window) -> None:
    assert isinstance(window.deliver(-1.0), ComeBack)
    assert isinstance(window.deliver(6.6), ComeBack)


def test_a_delivery_made_twice_is_no_later_delivery(window: Window) -> None:
    assert isinstance(window.deliver(0.4), ComeBack)
    assert isinstance(window.deliver(0.5), ComeBack)
    assert isinstance(window.deliver(5.6), ComeBack)
    assert isinstance(window.deliver(10.8), Say)
