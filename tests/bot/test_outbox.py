from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from bot import wording
from bot.addresses import Addresses
from bot.errors import SendLater, SendRefused, SendUnknown
from bot.outbox import MOST_ATTEMPTS, Courier, NewOutgoing, Outbox, Outgoing, Postbox, pause
from bot.turns import Turns
from knowledge.database import Database
from tests.bot.conftest import Clock
from tests.bot.test_turns import message, reply

KEY = b"k" * 32


def part(turn: str = "t1", number: int = 0, person: str = "p1", body: str = "") -> NewOutgoing:
    return NewOutgoing("chat", "a", person, turn, number, body or f"{turn}/{number}")


@dataclass
class Platform:
    """A sender whose platform does what the test says: raises what is planned, takes everything else."""

    channel: str = "chat"
    account: str = "a"
    planned: list[BaseException] = field(default_factory=list)
    took: list[tuple[str, str]] = field(default_factory=list)
    before: Callable[[Outgoing], None] = lambda outgoing: None

    def send(self, outgoing: Outgoing, platform_id: str) -> None:
        self.before(outgoing)
        if self.planned:
            raise self.planned.pop(0)
        self.took.append((platform_id, outgoing.body))


@pytest.fixture
def outbox(database: Database, clock: Clock) -> Outbox:
    return Outbox(database, clock=clock, lease_seconds=30)


@pytest.fixture
def platform() -> Platform:
    return Platform()


@pytest.fixture
def courier(database: Database, clock: Clock, outbox: Outbox, platform: Platform) -> Iterator[Courier]:
    addresses = Addresses(database, KEY, clock)
    for person in ("p1", "p2"):
        addresses.remember("chat", "a", person, f"o-{person}", days=2)
    courier = Courier(outbox, addresses, [platform])
    yield courier
    courier.close()


def states(outbox: Outbox) -> list[str]:
    return [letter.state for letter in outbox.dead_letters()]


class TestPutting:
    def test_put_twice_is_there_once(self, outbox: Outbox) -> None:
        assert outbox.put([part(), part(number=1)]) == 2
        assert outbox.put([part(), part(number=1), part(number=2)]) == 1
        assert outbox.pending("chat", "a", "p1") == 3

    def test_only_the_first_part_of_each_person_is_due(self, outbox: Outbox) -> None:
        outbox.put([part(number=0), part(number=1), part("t2", person="p2")])
        assert [one.body for one in outbox.due(10)] == ["t1/0", "t2/0"]

    def test_a_part_is_not_due_before_its_time(self, outbox: Outbox, clock: Clock) -> None:
        outbox.put([NewOutgoing("chat", "a", "p1", "t", 0, "x", after_seconds=5)])
        assert outbox.due(10) == []
        clock.advance(5)
        assert len(outbox.due(10)) == 1

    def test_other_channels_are_left_alone(self, outbox: Outbox) -> None:
        outbox.put([part()])
        assert outbox.due(10, [("chat", "b"), ("mail", "")]) == []
        assert len(outbox.due(10, [("chat", "")])) == 1


class TestClaiming:
    def test_one_of_many_gets_a_part(self, outbox: Outbox) -> None:
        outbox.put([part()])
        (one,) = outbox.due(1)
        claimed: list[Outgoing | None] = []
        threads = [threading.Thread(target=lambda: claimed.append(outbox.claim(one.id))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len([claim for claim in claimed if claim]) == 1

    def test_the_second_part_cannot_be_claimed_while_the_first_is_being_sent(self, outbox: Outbox) -> None:
        outbox.put([part(number=0), part(number=1)])
        first = outbox.due(1)[0]
        assert outbox.claim(first.id)
        assert outbox.claim(first.id + 1) is None
        outbox.sent(first.id)
        assert outbox.claim(first.id + 1)

    def test_a_part_whose_sender_died_becomes_unknown_and_lets_the_next_one_go(
        self, outbox: Outbox, clock: Clock
    ) -> None:
        outbox.put([part(number=0), part(number=1)])
        outbox.claim(outbox.due(1)[0].id)
        assert outbox.give_up_expired() == 0
        clock.advance(31)
        assert outbox.give_up_expired() == 1
        assert [letter.error for letter in outbox.dead_letters()] == [wording.OUTBOX_SENDER_DIED]
        assert [one.body for one in outbox.due(10)] == ["t1/1"]

    def test_a_late_success_stands_against_an_expired_lease(self, outbox: Outbox, clock: Clock) -> None:
        outbox.put([part()])
        one = outbox.due(1)[0]
        outbox.claim(one.id)
        clock.advance(31)
        outbox.give_up_expired()
        outbox.sent(one.id)
        assert outbox.dead_letters() == []


class TestSending:
    def test_parts_arrive_once_and_in_order(self, courier: Courier, outbox: Outbox, platform: Platform) -> None:
        outbox.put([part(number=number) for number in range(3)])
        while courier.run_once():
            pass
        assert platform.took == [("o-p1", f"t1/{number}") for number in range(3)]
        assert outbox.pending("chat", "a", "p1") == 0

    def test_a_failure_is_tried_again_with_growing_pauses_and_the_order_kept(
        self, courier: Courier, outbox: Outbox, platform: Platform, clock: Clock
    ) -> None:
        platform.planned = [ConnectionError("refused") for _ in range(3)]
        outbox.put([part(number=0), part(number=1)])
        waited = 0
        while len(platform.took) < 2:
            if not courier.run_once():
                clock.advance(1)
                waited += 1
        assert [body for _, body in platform.took] == ["t1/0", "t1/1"]
        assert waited == 1 + 2 + 4

    def test_what_fails_too_often_is_dead_and_can_be_sent_again(
        self, courier: Courier, outbox: Outbox, platform: Platform, clock: Clock
    ) -> None:
        platform.planned = [ConnectionError("refused") for _ in range(MOST_ATTEMPTS)]
        outbox.put([part()])
        for _ in range(MOST_ATTEMPTS):
            assert courier.run_once() == 1
            clock.advance(300)
        assert courier.run_once() == 0
        (letter,) = outbox.dead_letters()
        assert (letter.state, letter.attempts) == ("dead", MOST_ATTEMPTS)
        assert outbox.resend(letter.id)
        assert courier.run_once() == 1
        assert platform.took == [("o-p1", "t1/0")]
        assert not outbox.resend(letter.id)

    def test_a_rate_limit_is_waited_for_and_does_not_count_as_a_failure(
        self, courier: Courier, outbox: Outbox, platform: Platform, clock: Clock
    ) -> None:
        platform.planned = [SendLater(60, "频率") for _ in range(MOST_ATTEMPTS + 2)]
        outbox.put([part()])
        for _ in range(MOST_ATTEMPTS + 2):
            assert courier.run_once() == 1
            assert courier.run_once() == 0
            clock.advance(60)
        assert courier.run_once() == 1
        assert platform.took

    def test_a_refusal_is_dead_at_once_with_its_reason(
        self, courier: Courier, outbox: Outbox, platform: Platform
    ) -> None:
        platform.planned = [SendRefused("超过 48 小时")]
        outbox.put([part(number=0), part(number=1)])
        courier.run_once()
        assert [(one.state, one.error) for one in outbox.dead_letters()] == [("dead", "超过 48 小时")]
        courier.run_once()
        assert [body for _, body in platform.took] == ["t1/1"]

    def test_what_may_have_been_taken_is_not_sent_again(
        self, courier: Courier, outbox: Outbox, platform: Platform, clock: Clock
    ) -> None:
        platform.planned = [SendUnknown("没有等到平台的回话")]
        outbox.put([part()])
        courier.run_once()
        clock.advance(3600)
        assert courier.run_once() == 0
        assert states(outbox) == ["unknown"]

    def test_a_person_without_an_address_is_a_dead_letter(
        self, courier: Courier, outbox: Outbox, platform: Platform
    ) -> None:
        outbox.put([part(person="stranger")])
        courier.run_once()
        assert [one.error for one in outbox.dead_letters()] == [wording.OUTBOX_NO_ADDRESS]
        assert platform.took == []

    def test_what_waited_for_48_hours_is_dead(
        self, courier: Courier, outbox: Outbox, platform: Platform, clock: Clock
    ) -> None:
        outbox.put([part()])
        clock.moment += timedelta(hours=49)
        assert courier.run_once() == 0
        assert [one.error for one in outbox.dead_letters()] == [wording.OUTBOX_TOO_OLD]

    def test_the_thread_sends_what_is_put_and_woken_for(
        self, courier: Courier, outbox: Outbox, platform: Platform
    ) -> None:
        arrived = threading.Event()
        platform.before = lambda outgoing: arrived.set() if outgoing.part == 20 else None
        courier.start()
        outbox.put([part(number=number) for number in range(21)])
        courier.wake()
        assert arrived.wait(20)

    def test_a_slow_platform_holds_nobody_else_up(self, courier: Courier, outbox: Outbox, platform: Platform) -> None:
        slow, done = threading.Event(), threading.Event()
        platform.before = lambda outgoing: slow.wait(20) and None if outgoing.person == "p1" else done.set()
        courier.start()
        outbox.put([part(), part("t2", person="p2")])
        courier.wake()
        assert done.wait(20)
        slow.set()


class TestPosting:
    @pytest.fixture
    def postbox(self, database: Database, clock: Clock, outbox: Outbox) -> Postbox:
        turns = Turns(database, clock=clock)
        return Postbox("wechat", turns, outbox, lambda turn: turn.reply.parts if turn.reply else ())

    def test_a_finished_turn_that_was_not_posted_is_posted_at_the_start_and_once(
        self, database: Database, clock: Clock, outbox: Outbox, postbox: Postbox
    ) -> None:
        turns = Turns(database, clock=clock)
        turn = turns.finish(turns.receive(message(clock=clock)).id, reply("三年。"))
        assert postbox.catch_up() == 1
        assert postbox.catch_up() == 0
        assert postbox.post(turn) == 0
        assert turns.get(turn.id).handed_over == "message"

    def test_an_unfinished_turn_is_not_posted(self, database: Database, clock: Clock, postbox: Postbox) -> None:
        Turns(database, clock=clock).receive(message(clock=clock))
        assert postbox.catch_up() == 0


def test_pauses_double_up_to_five_minutes() -> None:
    assert [pause(attempt) for attempt in (1, 2, 3, 9, 10, 40)] == [1, 2, 4, 256, 300, 300]
