from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from bot import wording
from bot.delivery import MOST_ATTEMPTS, TurnRunner
from bot.messages import Exchange
from bot.turns import Turns
from knowledge.database import Database
from tests.bot.conftest import Clock
from tests.bot.test_turns import message, reply
from tests.fakes.dialogue import ScriptedDialogue

Start = Callable[..., TurnRunner]


@pytest.fixture
def dialogue() -> ScriptedDialogue:
    return ScriptedDialogue()


@pytest.fixture
def start(database: Database, clock: Clock, dialogue: ScriptedDialogue) -> Iterator[Start]:
    """Starts workers on one database. Their sleep moves the clock."""
    with ExitStack() as stack:

        def start(worker: str = "a", sleep: Callable[[float], None] = clock.advance) -> TurnRunner:
            turns = Turns(database, clock=clock, worker=worker)
            runner = TurnRunner(turns, dialogue, clock=clock.seconds, sleep=sleep)
            stack.callback(runner.close)
            return runner

        yield start


def test_an_answer_is_stored_before_it_is_returned(start: Start) -> None:
    turn = start().answer(message(), 10)
    assert turn.finished
    assert start("b").turns.get(turn.id).reply == turn.reply


def test_a_redelivery_gets_the_stored_answer_and_the_dialogue_runs_once(
    start: Start, dialogue: ScriptedDialogue
) -> None:
    runner = start()
    replies = [runner.answer(message(), 10).reply for _ in range(3)]
    assert replies[0] == replies[1] == replies[2]
    assert len(dialogue.asked) == 1


def test_deliveries_at_once_share_one_run(start: Start, dialogue: ScriptedDialogue) -> None:
    runner, gate = start(), dialogue.hold("证书有效期几年")
    with ThreadPoolExecutor(5) as pool:
        waiting = [pool.submit(runner.answer, message(), 10) for _ in range(5)]
        dialogue.wait_until_asked()
        gate.set()
        turns = [one.result() for one in waiting]
    assert len({turn.reply.answer.text for turn in turns if turn.reply}) == 1
    assert sorted(turn.deliveries for turn in turns) == [1, 2, 3, 4, 5]
    assert len(dialogue.asked) == 1


def test_when_the_time_is_up_the_unfinished_turn_comes_back_and_the_next_delivery_finds_the_answer(
    start: Start, dialogue: ScriptedDialogue
) -> None:
    runner, gate = start(), dialogue.hold("证书有效期几年")
    assert not runner.answer(message(), 0).finished
    gate.set()
    assert runner.answer(message(), 10).finished
    assert len(dialogue.asked) == 1


def test_two_questions_of_one_person_each_get_their_own_answer(start: Start, dialogue: ScriptedDialogue) -> None:
    runner, gate = start(), dialogue.hold("慢")
    assert not runner.answer(message("慢", key="1"), 0).finished
    second = runner.answer(message("快", key="2"), 10)
    gate.set()
    first = runner.answer(message("慢", key="1"), 10)
    assert first.reply is not None
    assert second.reply is not None
    assert ("慢" in first.reply.answer.text, "快" in second.reply.answer.text) == (True, True)


def test_the_second_question_sees_the_first_and_its_answer(
    start: Start, dialogue: ScriptedDialogue, clock: Clock
) -> None:
    runner = start()
    runner.answer(message("一", key="1", clock=clock), 10)
    clock.advance(1)
    runner.answer(message("二", key="2", clock=clock), 10)
    assert dialogue.asked[1][1] == (Exchange("一", "关于“一”：三年。"),)


def test_the_dialogue_never_sees_personal_details(start: Start, dialogue: ScriptedDialogue) -> None:
    start().answer(message("我是13812345678"), 10)
    assert dialogue.questions == [f"我是{wording.MASKED_MOBILE}"]


def test_a_dialogue_that_raises_is_asked_once_more(start: Start, dialogue: ScriptedDialogue) -> None:
    dialogue.fail("证书有效期几年", times=1)
    turn = start().answer(message(), 10)
    assert (turn.state, turn.failures, len(dialogue.asked)) == ("done", 1, 2)


def test_a_dialogue_that_raises_again_ends_in_an_apology_and_no_loop(start: Start, dialogue: ScriptedDialogue) -> None:
    dialogue.fail("证书有效期几年", times=9)
    runner = start()
    turns = [runner.answer(message(), 10) for _ in range(3)]
    assert {turn.reply.parts for turn in turns if turn.reply} == {(wording.APOLOGY,)}
    assert (turns[-1].state, len(dialogue.asked), runner.sweep()) == ("failed", 2, 0)


def test_a_turn_that_kills_each_worker_ends_in_an_apology(
    database: Database, start: Start, clock: Clock, dialogue: ScriptedDialogue
) -> None:
    dead = Turns(database, clock=clock, worker="dead")
    turn = dead.receive(message())
    for _ in range(MOST_ATTEMPTS):
        assert dead.claim(turn.id)
        clock.advance(4)
    answered = start().answer(message(), 10)
    assert answered.reply is not None
    assert answered.reply.parts == (wording.APOLOGY,)
    assert dialogue.asked == []


def test_a_turn_another_worker_runs_is_waited_for(
    database: Database, start: Start, dialogue: ScriptedDialogue, clock: Clock
) -> None:
    other = Turns(database, clock=clock, worker="other")
    turn = other.receive(message())
    other.claim(turn.id)

    def finish_meanwhile(seconds: float) -> None:
        clock.advance(seconds)
        other.finish(turn.id, reply("别的进程答的"))

    answered = start("b", finish_meanwhile).answer(message(), 10)
    assert answered.reply == reply("别的进程答的")
    assert dialogue.asked == []


def test_the_turn_of_a_dead_worker_is_taken_over_by_the_delivery_that_waits(
    database: Database, start: Start, dialogue: ScriptedDialogue, clock: Clock
) -> None:
    dead = Turns(database, clock=clock, worker="dead")
    dead.claim(dead.receive(message()).id)
    assert start("b").answer(message(), 10).finished
    assert len(dialogue.asked) == 1


def test_a_sweep_answers_what_a_dead_worker_left(
    database: Database, start: Start, dialogue: ScriptedDialogue, clock: Clock
) -> None:
    dead = Turns(database, clock=clock, worker="dead")
    running, waiting = dead.receive(message(key="1")), dead.receive(message(key="2"))
    dead.claim(running.id)
    runner = start("b")
    clock.advance(3.1)
    assert runner.sweep() == 2
    runner.close()
    assert runner.turns.get(running.id).finished
    assert runner.turns.get(waiting.id).finished


def test_the_lease_of_a_long_answer_is_renewed(database: Database, dialogue: ScriptedDialogue, clock: Clock) -> None:
    renewed = dialogue.hold("证书有效期几年")

    class Watched(Turns):
        def renew(self, *turn_ids: str) -> int:
            count = super().renew(*turn_ids)
            renewed.set()  # the answer comes only once the lease was renewed
            return count

    turns = Watched(database, clock=clock, worker="a")
    runner = TurnRunner(turns, dialogue, heartbeat_seconds=0.01)
    assert runner.answer(message(), 30).finished
    runner.close()


def test_after_closing_a_message_is_received_and_left_to_the_next_process(
    start: Start, dialogue: ScriptedDialogue
) -> None:
    runner = start()
    runner.close()
    assert not runner.answer(message(), 1).finished
    assert start("b").sweep() == 1
