"""What people write for 「来源」, 「详细」 and 「更多」, and the questions that only look like it."""

from __future__ import annotations

import pytest

from bot import wording
from bot.spoken import command_word


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("来源", wording.COMMAND_SOURCES),
        ("「来源」。", wording.COMMAND_SOURCES),
        ("是哪一条？", wording.COMMAND_SOURCES),
        ("哪一条规定的", wording.COMMAND_SOURCES),
        ("依据是什么", wording.COMMAND_SOURCES),
        ("有没有出处?", wording.COMMAND_SOURCES),
        ("根据哪条", wording.COMMAND_SOURCES),
        ("原文呢", wording.COMMAND_SOURCES),
        ("说详细点", wording.COMMAND_DETAILS),
        ("具体说说", wording.COMMAND_DETAILS),
        ("还有吗", wording.COMMAND_MORE),
        ("取回", wording.COMMAND_FETCH),
    ],
)
def test_a_command_in_other_words(text: str, command: str) -> None:
    assert command_word(text) == command


@pytest.mark.parametrize(
    "text",
    [
        "新版规则的依据是什么",
        "第几条说的是校准",
        "哪一条规定了罚款",
        "原文第五条",
        "具体要交哪些材料",
        "有哪些",
        "还有哪些",
        "",
    ],
)
def test_a_question_stays_a_question(text: str) -> None:
    assert command_word(text) == ""
