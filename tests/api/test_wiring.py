"""What is kept for people, and what evaluation always gets anew."""

from __future__ import annotations

from pathlib import Path

from api import commands
from api.wiring import Assistant, silent
from bot.messages import IncomingMessage

ASKED = "证书上的有效期一般是几年呢"


def message(text: str) -> IncomingMessage:
    return IncomingMessage("web", "web", "person", "key", text)


def test_people_get_a_kept_answer_that_says_so_and_commands_a_new_one(assistant: Assistant) -> None:
    first, again = assistant.dialogue.reply(message(ASKED), ()), assistant.dialogue.reply(message(ASKED), ())
    assert "cached" not in first.milliseconds
    assert "cached" in again.milliseconds
    assert (again.text, again.citations) == (first.text, first.citations)
    told = commands.ask(assistant, {"question": ASKED}, silent)
    assert "cached" not in told["milliseconds"]
    assert told["text"] == first.text


def test_a_document_added_while_serving_is_not_hidden_by_a_kept_answer(assistant: Assistant, note: Path) -> None:
    asked = "光模块测试仪多久校准一次"
    before = assistant.dialogue.reply(message(asked), ())
    (added,) = assistant.ingestion.add([note]).files
    assert added.document_id
    try:
        after = assistant.dialogue.reply(message(asked), ())
        assert "七个月" not in before.text
        assert "七个月" in after.text
    finally:
        assistant.ingestion.remove(added.document_id)
    assert "七个月" not in assistant.dialogue.reply(message(asked), ()).text
