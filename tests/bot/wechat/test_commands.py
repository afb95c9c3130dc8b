from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from bot import wording
from bot.delivery import TurnRunner
from bot.messages import IncomingMessage
from bot.rendering import TextRenderer
from bot.turns import StoredReply, Turn, Turns
from bot.wechat.commands import Commands, command_of
from knowledge.database import Database
from retrieval.answers import Answer, Outcome
from tests.bot.conftest import Clock
from tests.fakes.dialogue import QUOTE, ScriptedDialogue, cited_answer

RENDERER = TextRenderer(400)
LONG = "".join(f"第{number}条要求供方保持记录。" for number in range(60))


class Person:
    """One person's side of the story; time moves with each thing that happens."""

    def __init__(self, turns: Turns, clock: Clock) -> None:
        self.turns, self.clock = turns, clock
        self.keys = itertools.count()
        self.commands = Commands(RENDERER, clock)

    def message(self, text: str, key: str | None = None) -> IncomingMessage:
        self.clock.advance(1)
        return IncomingMessage("wechat", "gh_1", "p1", key or str(next(self.keys)), text, received_at=self.clock())

    def asks(self, question: str) -> Turn:
        return self.turns.receive(self.message(question))

    def gets(self, turn: Turn, answer: Answer, *, shown: bool = True) -> Turn:
        self.clock.advance(1)
        turn = self.turns.finish(turn.id, StoredReply(answer, RENDERER.parts(answer)))
        if shown:
            self.turns.hand_over(turn.id, "inline")
            self.turns.mark_shown(turn.id)
        return turn

    def sends(self, command: str, key: str | None = None) -> str:
        turn = self.turns.receive(self.message(command, key), "command")
        turn = self.turns.settle(turn.id, self.commands.run)
        self.turns.mark_shown(turn.id)
        assert turn.reply is not None
        return turn.reply.parts[0]


@pytest.fixture
def person(database: Database, clock: Clock) -> Person:
    return Person(Turns(database, clock=clock), clock)


@pytest.mark.parametrize("text", ["更多", " 更多 ", "“更多”", "「更多」。", "更多！"])
def test_a_command_is_known_with_or_without_quotes(text: str) -> None:
    assert command_of(text) == "更多"


@pytest.mark.parametrize("text", ["更多标准有哪些", "产品来源是什么", "", "取回答案", "详细说说8.5.2"])
def test_a_question_that_begins_like_a_command_is_a_question(text: str) -> None:
    assert command_of(text) is None


class TestMore:
    def test_more_shows_part_after_part_until_all_is_seen(self, person: Person) -> None:
        turn = person.gets(person.asks("一"), cited_answer(LONG))
        assert turn.reply is not None
        seen = [person.sends("更多") for _ in turn.reply.parts[1:]]
        assert tuple(seen) == turn.reply.parts[1:]
        assert person.sends("更多") == wording.NO_MORE

    def test_a_redelivered_more_shows_the_same_part_and_skips_none(self, person: Person) -> None:
        turn = person.gets(person.asks("一"), cited_answer(LONG))
        assert turn.reply is not None
        assert person.sends("更多", "k") == person.sends("更多", "k") == turn.reply.parts[1]
        assert person.sends("更多") == turn.reply.parts[2]

    def test_more_after_the_details_goes_on_with_the_details(self, person: Person) -> None:
        answer = cited_answer("三年。")
        person.gets(person.asks("一"), replace(answer, details=LONG))
        first = person.sends("详细")
        assert person.sends("更多").startswith("第")
        assert first.startswith("第0条")

    def test_a_thank_you_in_between_does_not_lose_the_place(self, person: Person) -> None:
        turn = person.gets(person.asks("一"), cited_answer(LONG))
        person.gets(person.asks("谢谢"), Answer(Outcome.DIALOGUE, "dialogue", "不客气。"))
        assert turn.reply is not None
        assert person.sends("更多") == turn.reply.parts[1]

    def test_more_of_nothing_says_so(self, person: Person) -> None:
        assert person.sends("更多") == wording.NOTHING_YET


class TestSourcesAndDetails:
    def test_sources_are_those_of_the_last_answer_with_their_quotes(self, person: Person) -> None:
        person.gets(person.asks("一"), cited_answer("三年。"))
        person.gets(person.asks("谢谢"), Answer(Outcome.DIALOGUE, "dialogue", "不客气。"))
        assert f"“{QUOTE}”" in person.sends("来源")

    def test_details_are_those_of_the_last_answer(self, person: Person) -> None:
        person.gets(person.asks("一"), cited_answer("三年。"))
        assert person.sends("详细") == "证书到期前应当申请再认证。"

    def test_an_answer_not_seen_yet_is_not_the_last(self, person: Person) -> None:
        person.gets(person.asks("一"), cited_answer("三年。"), shown=False)
        assert person.sends("来源") == wording.NOTHING_YET


class TestFetch:
    def test_the_newest_unseen_answer_comes_first_and_each_comes_once(self, person: Person) -> None:
        first, second = person.asks("一"), person.asks("二")
        person.gets(first, cited_answer("答一。"), shown=False)
        person.gets(second, cited_answer("答二。"), shown=False)
        newest = person.sends("取回")
        assert "答二。" in newest
        assert newest.endswith(wording.ALSO_WAITING.format(count=1))
        assert "答一。" in person.sends("取回")
        assert person.sends("取回").startswith(wording.NOTHING_NEW)

    def test_a_redelivered_fetch_brings_the_same_answer(self, person: Person) -> None:
        for text in ("一", "二"):
            person.gets(person.asks(text), cited_answer(f"答{text}。"), shown=False)
        assert person.sends("取回", "k") == person.sends("取回", "k")

    def test_a_running_question_is_said_to_run(self, person: Person) -> None:
        person.asks("一")
        assert person.sends("取回") == wording.STILL_RUNNING

    def test_a_running_question_is_mentioned_beside_a_finished_one(self, person: Person) -> None:
        person.gets(person.asks("一"), cited_answer("答一。"), shown=False)
        person.asks("二")
        fetched = person.sends("取回")
        assert "答一。" in fetched
        assert fetched.endswith(wording.ALSO_RUNNING)

    def test_a_fetched_answer_goes_on_with_more(self, person: Person) -> None:
        turn = person.gets(person.asks("一"), cited_answer(LONG), shown=False)
        person.sends("取回")
        assert turn.reply is not None
        assert person.sends("更多") == turn.reply.parts[1]

    def test_a_fetched_answer_stays_within_the_limit(self, person: Person) -> None:
        for text in ("一" * 50, "二" * 50):
            person.gets(person.asks(text), cited_answer(LONG), shown=False)
        assert len(person.sends("取回").encode()) <= RENDERER.limit

    def test_an_answer_just_handed_to_a_delivery_is_not_offered_as_new(self, person: Person) -> None:
        turn = person.gets(person.asks("一"), cited_answer("答一。"), shown=False)
        person.turns.hand_over(turn.id, "inline")
        assert person.sends("取回").startswith(wording.NOTHING_NEW)

    def test_an_answer_whose_delivery_died_is_offered_when_the_deliveries_are_over(self, person: Person) -> None:
        turn = person.gets(person.asks("一"), cited_answer("答一。"), shown=False)
        person.turns.hand_over(turn.id, "inline")
        person.clock.advance(20)
        fetched = person.sends("取回")
        assert "答一。" in fetched
        assert not fetched.startswith(wording.NOTHING_NEW)

    def test_nobody_fetches_another_persons_answer(self, person: Person) -> None:
        stranger = person.turns.receive(IncomingMessage("wechat", "gh_1", "p2", "x", "问", received_at=person.clock()))
        person.turns.finish(stranger.id, StoredReply(cited_answer("秘密。"), ("秘密。",)))
        assert person.sends("取回") == wording.NOTHING_TO_FETCH

    def test_an_answer_of_last_week_is_not_offered(self, person: Person) -> None:
        person.gets(person.asks("一"), cited_answer("答一。"), shown=False)
        person.clock.advance(7 * 86_400)
        assert person.sends("取回") == wording.NOTHING_TO_FETCH


def test_commands_are_not_swept_up_as_questions(person: Person) -> None:
    person.turns.receive(person.message("更多"), "command")
    dialogue = ScriptedDialogue()
    runner = TurnRunner(person.turns, dialogue)
    assert runner.sweep() == 0
    runner.close()
