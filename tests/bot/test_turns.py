from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.messages import Exchange, IncomingMessage
from bot.turns import StoredReply, TurnRow, Turns, reply_from_json, reply_to_json
from knowledge.database import Database
from retrieval.answers import Answer, Citation, Outcome
from tests.bot.conftest import Clock
from tests.fakes.dialogue import cited_answer


def message(
    text: str = "证书有效期几年", person: str = "p1", key: str = "1", clock: Clock | None = None
) -> IncomingMessage:
    when = (clock or Clock())()
    return IncomingMessage("wechat", "gh_1", person, key, text, received_at=when)


def reply(text: str = "三年。") -> StoredReply:
    return StoredReply(cited_answer(text), (text,))


@pytest.fixture
def turns(database: Database, clock: Clock) -> Turns:
    return Turns(database, clock=clock, worker="a")


class TestReceiving:
    def test_a_redelivery_joins_the_turn_that_is_there(self, turns: Turns) -> None:
        first, second = turns.receive(message()), turns.receive(message())
        assert first.id == second.id
        assert (first.deliveries, second.deliveries) == (1, 2)

    def test_the_same_key_from_two_people_is_two_turns(self, turns: Turns) -> None:
        assert turns.receive(message(person="p1")).id != turns.receive(message(person="p2")).id

    def test_twenty_threads_receiving_one_message_make_one_turn(self, turns: Turns) -> None:
        start = threading.Barrier(20)

        def receive(_: int) -> tuple[str, int]:
            start.wait()
            turn = turns.receive(message())
            return turn.id, turn.deliveries

        with ThreadPoolExecutor(20) as pool:
            received = list(pool.map(receive, range(20)))
        assert len({turn_id for turn_id, _ in received}) == 1
        assert sorted(number for _, number in received) == list(range(1, 21))

    def test_a_question_is_masked_before_it_is_stored(self, turns: Turns) -> None:
        assert "13812345678" not in turns.receive(message("我是13812345678")).question

    def test_what_no_database_stores_is_left_out(self, turns: Turns) -> None:
        assert turns.receive(message("a\x00b\ud800")).question == "ab?"

    def test_ids_sort_as_the_turns_came(self, turns: Turns, clock: Clock) -> None:
        ids = []
        for number in range(5):
            ids.append(turns.receive(message(key=str(number), clock=clock)).id)
            clock.advance(0.002)
        assert ids == sorted(ids)


class TestLeases:
    def test_a_turn_is_claimed_once(self, turns: Turns, database: Database, clock: Clock) -> None:
        turn = turns.receive(message())
        assert turns.claim(turn.id)
        assert not Turns(database, clock=clock, worker="b").claim(turn.id)

    def test_twenty_threads_claiming_one_turn_leave_one_owner(self, turns: Turns) -> None:
        turn = turns.receive(message())
        with ThreadPoolExecutor(20) as pool:
            assert sum(pool.map(lambda _: turns.claim(turn.id), range(20))) == 1

    def test_an_expired_lease_is_taken_over(self, turns: Turns, database: Database, clock: Clock) -> None:
        turn, other = turns.receive(message()), Turns(database, clock=clock, worker="b")
        turns.claim(turn.id)
        clock.advance(3.1)
        assert [late.id for late in other.unfinished()] == [turn.id]
        assert other.claim(turn.id)
        assert (other.get(turn.id).lease_owner, other.get(turn.id).attempts) == ("b", 2)

    def test_a_renewed_lease_is_not_taken_over(self, turns: Turns, database: Database, clock: Clock) -> None:
        turn, other = turns.receive(message()), Turns(database, clock=clock, worker="b")
        turns.claim(turn.id)
        clock.advance(2)
        assert turns.renew(turn.id) == 1
        clock.advance(2)
        assert not other.claim(turn.id)
        assert other.unfinished() == ()

    def test_a_lease_that_was_taken_over_cannot_be_renewed(
        self, turns: Turns, database: Database, clock: Clock
    ) -> None:
        turn = turns.receive(message())
        turns.claim(turn.id)
        clock.advance(3.1)
        Turns(database, clock=clock, worker="b").claim(turn.id)
        assert turns.renew(turn.id) == 0

    def test_a_finished_turn_cannot_be_claimed(self, turns: Turns) -> None:
        turn = turns.receive(message())
        turns.finish(turn.id, reply())
        assert not turns.claim(turn.id)
        assert turns.unfinished() == ()

    def test_a_failed_turn_can_be_claimed_again(self, turns: Turns) -> None:
        turn = turns.receive(message())
        turns.claim(turn.id)
        turns.fail(turn.id)
        assert turns.claim(turn.id)
        assert turns.get(turn.id).failures == 1


class TestReplies:
    def test_the_first_reply_stands(self, turns: Turns) -> None:
        turn = turns.receive(message())
        turns.finish(turn.id, reply("三年。"), milliseconds=12.5)
        late = turns.finish(turn.id, reply("五年。"))
        assert late.reply == reply("三年。")
        assert (late.state, late.outcome, late.milliseconds) == ("done", "answered", 12.5)

    def test_a_reply_survives_the_way_through_json(self) -> None:
        citation = Citation("题名", "a.md", "引文", inferences=(("9月28日", "928日"),), page=3, place="第3页")
        answer = Answer(
            Outcome.PARTLY_SUPPORTED, "faq", "文", (citation,), "细", ("问？",), "问", ("缺",), {"total": 1.5}
        )
        stored = StoredReply(answer, ("一", "二"))
        assert reply_from_json(reply_to_json(stored)) == stored

    def test_the_way_a_reply_is_handed_over_is_decided_once(self, turns: Turns) -> None:
        turn = turns.receive(message())
        assert turns.hand_over(turn.id, "placeholder") == "placeholder"
        assert turns.hand_over(turn.id, "inline") == "placeholder"

    def test_what_settling_changes_is_stored_with_the_reply_or_not_at_all(self, turns: Turns) -> None:
        turn, other = turns.receive(message()), turns.receive(message(key="2"))

        def decide(session: object, row: object) -> StoredReply:
            session.get_one(TurnRow, other.id).offset = 7  # type: ignore[attr-defined]
            raise RuntimeError("in the middle")

        with pytest.raises(RuntimeError):
            turns.settle(turn.id, decide)
        assert turns.get(other.id).offset == 0
        assert not turns.get(turn.id).finished


class TestHistory:
    def test_only_this_persons_answered_questions_oldest_first(self, turns: Turns, clock: Clock) -> None:
        for key, person, text in [("1", "p1", "一"), ("2", "p2", "别人"), ("3", "p1", "二"), ("4", "p1", "三")]:
            turn = turns.receive(message(text, person, key, clock))
            clock.advance(1)
            if key != "4":
                turns.finish(turn.id, reply(f"答{text}"))
        assert turns.history("wechat", "gh_1", "p1", 5) == (Exchange("一", "答一"), Exchange("二", "答二"))
        assert turns.history("wechat", "gh_1", "p1", 1) == (Exchange("二", "答二"),)

    def test_a_turn_taken_over_late_does_not_see_what_came_after_it(self, turns: Turns, clock: Clock) -> None:
        first = turns.receive(message("一", key="1", clock=clock))
        clock.advance(1)
        second = turns.receive(message("二", key="2", clock=clock))
        turns.finish(second.id, reply())
        assert turns.history("wechat", "gh_1", "p1", 5, before=first.id) == ()

    def test_commands_and_apologies_are_no_history(self, turns: Turns) -> None:
        turns.finish(turns.receive(message("更多", key="1"), "command").id, reply())
        turns.finish(turns.receive(message("坏", key="2")).id, reply(), state="failed")
        assert turns.history("wechat", "gh_1", "p1", 5) == ()
        assert turns.unfinished() == ()


def test_a_dead_delivery_takes_back_its_own_decision_and_no_later_one(database: Database, clock: Clock) -> None:
    turns = Turns(database, clock=clock)
    turn = turns.finish(turns.receive(message(clock=clock)).id, reply("三年。"))
    turns.hand_over(turn.id, "inline")
    turns.take_back(turn.id, delivery=1)
    assert turns.get(turn.id).handed_over is None
    turns.receive(message(clock=clock))
    turns.hand_over(turn.id, "inline")
    turns.take_back(turn.id, delivery=1)  # late: the second delivery is showing it
    assert turns.get(turn.id).handed_over == "inline"
