from __future__ import annotations

from pydantic import SecretStr

from bot.telegram.pace import Pace
from bot.telegram.settings import TelegramSettings

SETTINGS = TelegramSettings(token=SecretStr("1:a"))
PERSON, GROUP = 7, -7


class Seconds:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_one_message_a_second_in_a_chat() -> None:
    clock = Seconds()
    pace = Pace(SETTINGS, clock)
    assert pace.take(PERSON) == 0
    clock.now += 0.25
    assert pace.take(PERSON) == 0.75
    assert pace.take(PERSON + 1) == 0
    clock.now += 0.75
    assert pace.take(PERSON) == 0


def test_twenty_messages_a_minute_in_a_group_of_which_drafts_leave_some_for_answers() -> None:
    clock = Seconds()
    pace = Pace(SETTINGS, clock)
    drafts = 0
    for _ in range(58):
        drafts += pace.take_for_draft(GROUP)
        clock.now += 1
    assert drafts == 14
    answers = 0
    for _ in range(10):
        answers += pace.take(GROUP) == 0
        clock.now += 1.0
    assert 6 <= answers <= 10
    with_wait = Pace(SETTINGS, clock)
    for _ in range(20):
        assert with_wait.take(GROUP) == 0
        clock.now += 1
    assert with_wait.take(GROUP) == 41


def test_what_telegram_asks_for_is_kept() -> None:
    clock = Seconds()
    pace = Pace(SETTINGS, clock)
    pace.pause(PERSON, 30)
    assert pace.take(PERSON) == 30
    assert not pace.take_for_draft(PERSON)
    clock.now += 30
    assert pace.take_for_draft(PERSON)


def test_no_more_than_telegram_takes_in_a_second_in_all_chats_together() -> None:
    clock = Seconds()
    pace = Pace(SETTINGS, clock)
    assert [pace.take(chat) for chat in range(1, 27)] == [0.0] * 25 + [1.0]
    clock.now += 1
    assert pace.take(26) == 0
