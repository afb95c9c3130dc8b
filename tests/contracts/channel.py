"""What every channel promises, each over its platform's stand-in: inherit, and give a driver.

    class TestTelegram(ChannelContract):
        @pytest.fixture
        def driver(self, tmp_path) -> Iterator[ChannelDriver]: ...

The driver plays the platform and the operator. It runs the real channel on real HTTP, on `MortalDatabase`, with a
`ScriptedDialogue`. Channels that answer by messages of their own run a Courier thread.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Protocol

import pytest
from sqlalchemy import inspect, text

from bot.outbox import Outbox
from knowledge.database import Database
from tests.fakes.dialogue import QUOTE, ScriptedDialogue, cited_answer

QUESTION = "证书有效期几年"
PERSON = "o-a-very-own-id-of-one-person"  # drivers may map it to what the platform's ids look like, see `platform_id`
OTHER = "o-somebody-else-altogether"
SENTENCE_ENDS = tuple("。！？；”’」』）…\n")


class ChannelDriver(Protocol):
    channel: str
    database: Database
    dialogue: ScriptedDialogue
    public_url: str  # where the evidence pages are
    parts_on_request: bool  # the rest of a long answer comes on 「更多」, not by itself

    def say(self, person: str, text: str) -> str:
        """A person sends a text; returns a name for the message, without waiting for the answer."""

    def redeliver(self, name: str, times: int = 1) -> None:
        """The platform delivers that message again, so many times at once; ends when all were taken."""

    def shown(self, person: str) -> list[str]:
        """What is on the person's screen, oldest first, without what they wrote and without passing notices."""

    def measure(self, text: str) -> int:
        """The size of a shown message as the platform counts it …"""

    def limit(self) -> int:
        """… and the most it may be."""

    def platform_id(self, person: str) -> str:
        """What the platform calls this person."""

    def kill_and_restart(self) -> None:
        """The process dies as it is, and another one starts on the same database and address."""

    def refuse(self, times: int | None) -> bool:
        """The platform refuses what we send for good, so many times (None: from now on; 0: no more).

        False where this channel never sends by itself.
        """

    def slow(self, question: str) -> None:
        """Make the dialogue take longer than the platform waits for a reply, so that the answer is sent later."""

    def settle(self) -> None:
        """Ends when the platform has nothing under way and no part is waiting to be sent."""


def until(true: Callable[[], object], seconds: float = 20, what: str = "it never came true") -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


class ChannelContract:
    def wait_for(self, driver: ChannelDriver, person: str, *wanted: str) -> list[str]:
        """The screen, once each of `wanted` is on it."""

        def there() -> bool:
            screen = "\n".join(driver.shown(person))
            return all(one in screen for one in wanted)

        until(there, what=f"never shown: {wanted}; shown: {driver.shown(person)}")
        return driver.shown(person)

    def count(self, driver: ChannelDriver, person: str, wanted: str) -> int:
        return sum(wanted in one for one in driver.shown(person))

    def test_a_question_is_answered_once(self, driver: ChannelDriver) -> None:
        driver.say(PERSON, QUESTION)
        self.wait_for(driver, PERSON, f"关于“{QUESTION}”")
        driver.settle()
        assert self.count(driver, PERSON, f"关于“{QUESTION}”") == 1
        assert driver.shown(OTHER) == []

    def test_delivered_again_and_again_it_is_answered_once(self, driver: ChannelDriver) -> None:
        name = driver.say(PERSON, QUESTION)
        driver.redeliver(name, times=3)
        self.wait_for(driver, PERSON, f"关于“{QUESTION}”")
        driver.redeliver(name, times=2)
        driver.settle()
        assert self.count(driver, PERSON, f"关于“{QUESTION}”") == 1
        assert driver.dialogue.questions == [QUESTION]

    def test_a_second_question_is_never_swallowed(self, driver: ChannelDriver) -> None:
        gate = driver.dialogue.hold("慢问题")
        driver.say(PERSON, "慢问题")
        driver.dialogue.wait_until_asked()
        driver.say(PERSON, "快问题")
        driver.say(PERSON, "又一个问题")
        gate.set()
        self.wait_for(driver, PERSON, "关于“慢问题”", "关于“快问题”", "关于“又一个问题”")
        driver.settle()
        for question in ("慢问题", "快问题", "又一个问题"):
            assert self.count(driver, PERSON, f"关于“{question}”") == 1

    def test_answers_of_one_person_keep_the_order_of_their_questions(self, driver: ChannelDriver) -> None:
        for number in range(4):
            driver.say(PERSON, f"第{number}问")
            self.wait_for(driver, PERSON, f"关于“第{number}问”")
        shown = [one for one in driver.shown(PERSON) if "关于“" in one]
        assert [next(n for n in range(4) if f"“第{n}问”" in one) for one in shown] == [0, 1, 2, 3]

    def test_a_long_answer_comes_whole_in_parts_cut_at_sentence_ends(self, driver: ChannelDriver) -> None:
        sentences = [f"第{number}条要求供方保持成文信息，并在交付之前逐项核对记录。" for number in range(260)]
        driver.dialogue.answers[QUESTION] = cited_answer("".join(sentences))
        driver.say(PERSON, QUESTION)
        self.wait_for(driver, PERSON, sentences[0])
        driver.settle()
        asked = 0
        while driver.parts_on_request and sentences[-1] not in "".join(driver.shown(PERSON)) and asked < 40:
            before = len(driver.shown(PERSON))
            driver.say(PERSON, "更多")
            until(lambda before=before: len(driver.shown(PERSON)) > before)  # type: ignore[misc]
            asked += 1
        driver.settle()
        parts = driver.shown(PERSON)
        assert len(parts) > 1
        assert all(driver.measure(part) <= driver.limit() for part in parts)
        # Every sentence whole in one part: none is cut, none is lost, none comes twice.
        assert [sum(part.count(sentence) for part in parts) for sentence in sentences] == [1] * len(sentences)

    def test_an_answer_names_its_evidence_and_links_to_it(self, driver: ChannelDriver) -> None:
        driver.say(PERSON, QUESTION)
        shown = "\n".join(self.wait_for(driver, PERSON, f"关于“{QUESTION}”"))
        assert QUOTE in shown
        assert f"{driver.public_url}/evidence/doc-1" in shown

    def test_the_platforms_id_is_in_no_table_but_the_sealed_one_and_in_no_log(
        self, driver: ChannelDriver, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        driver.say(PERSON, QUESTION)
        driver.slow("慢慢答")
        driver.say(PERSON, "慢慢答")
        self.wait_for(driver, PERSON, f"关于“{QUESTION}”")
        driver.settle()
        own = driver.platform_id(PERSON)
        for table, rows in _rows(driver.database).items():
            assert own not in rows, f"in the clear in the table {table}"
        persons = _column(driver.database, "turns", "person")
        assert persons
        assert all(len(person) == 64 and int(person, 16) for person in persons)
        ours = [one for one in caplog.records if not one.name.startswith(("httpx", "httpcore", "hpack", "asyncio"))]
        assert own not in "\n".join(one.getMessage() for one in ours)

    def test_killed_while_thinking_the_answer_comes_once_after_the_restart(self, driver: ChannelDriver) -> None:
        gate = driver.dialogue.hold(QUESTION)
        driver.say(PERSON, QUESTION)
        driver.dialogue.wait_until_asked()
        driver.kill_and_restart()
        gate.set()
        self.wait_for(driver, PERSON, f"关于“{QUESTION}”")
        driver.settle()
        assert self.count(driver, PERSON, f"关于“{QUESTION}”") == 1

    def test_after_a_restart_a_redelivered_message_is_not_answered_again(self, driver: ChannelDriver) -> None:
        name = driver.say(PERSON, QUESTION)
        self.wait_for(driver, PERSON, f"关于“{QUESTION}”")
        driver.settle()
        driver.kill_and_restart()
        driver.redeliver(name)
        driver.settle()
        assert self.count(driver, PERSON, f"关于“{QUESTION}”") == 1
        assert driver.dialogue.questions == [QUESTION]

    def test_what_could_not_be_sent_is_listed_and_can_be_sent_again(self, driver: ChannelDriver) -> None:
        outbox = Outbox(driver.database)
        if not driver.refuse(times=None):
            return self.no_dead_letters(driver, outbox)
        driver.slow(QUESTION)
        driver.say(PERSON, QUESTION)
        until(outbox.dead_letters)
        (letter, *_) = outbox.dead_letters()
        assert letter.channel == driver.channel
        assert letter.error
        assert driver.platform_id(PERSON) not in letter.error
        driver.refuse(times=0)
        for one in reversed(outbox.dead_letters()):
            assert outbox.resend(one.id)
        self.wait_for(driver, PERSON, f"关于“{QUESTION}”")
        driver.settle()
        assert self.count(driver, PERSON, f"关于“{QUESTION}”") == 1
        assert outbox.dead_letters() == []
        return None

    def no_dead_letters(self, driver: ChannelDriver, outbox: Outbox) -> None:
        """A channel that only answers has nothing of its own to send."""
        driver.say(PERSON, QUESTION)
        self.wait_for(driver, PERSON, f"关于“{QUESTION}”")
        assert outbox.due(100) == []
        assert outbox.dead_letters() == []


def _rows(database: Database) -> dict[str, str]:
    tables = inspect(database.engine).get_table_names()
    with database.engine.connect() as connection:
        return {table: str(connection.execute(text(f"SELECT * FROM {table}")).all()) for table in tables}


def _column(database: Database, table: str, column: str) -> list[str]:
    with database.engine.connect() as connection:
        return [str(row[0]) for row in connection.execute(text(f"SELECT {column} FROM {table}"))]
