"""WeChat customer service: what customers see, with every callback and call going over real HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot import wording as shared
from bot.simulators.wechat_kf import HUMAN, OPEN_KFID, QUEUED
from bot.wechat_kf import wording
from bot.wechat_kf.cursors import KfCursorRow
from bot.wecom.wording import ONLY_TEXT
from tests.bot.wechat_kf.conftest import CONTACT, SAMPLES, World, kf_world
from tests.bot.wecom.service import until
from tests.fakes.dialogue import QUOTE, cited_answer

QUESTION = "证书有效期几年"
LONG = "".join(f"第{number}条要求供方保持记录，并在交付前逐项核对。" for number in range(200))
HOUR = 3600.0

Serve = Callable[..., World]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    worlds: list[World] = []

    def serve(platform: dict[str, Any] | None = None, **changes: Any) -> World:
        worlds.append(kf_world(tmp_path, platform, **changes))
        return worlds[-1]

    yield serve
    for world in worlds:
        world.close()


def shown(world: World, customer: str, count: int = 1) -> list[str]:
    screen = world.platform.screen
    until(lambda: len(screen(customer)) >= count, what=f"on screen: {screen(customer)}")
    return screen(customer)


def read(world: World) -> None:
    until(world.service.channel_idle)


def cursor(world: World) -> str:
    with world.service.database.reading() as session:
        return session.query(KfCursorRow).one().cursor


class TestReading:
    def test_a_question_is_answered_with_its_evidence(self, world: World) -> None:
        assert world.platform.caller.verify()
        world.say("c-1", QUESTION)
        (text,) = shown(world, "c-1")
        assert QUOTE in text
        assert "https://kb.example.org/evidence/doc-1" in text

    def test_every_message_of_many_pages_is_answered_also_behind_empty_ones(self, serve: Serve) -> None:
        world = serve({"page_size": 3, "empty_pages": 2})
        for number in range(10):
            world.platform.say(f"c-{number}", f"第{number}问")
        world.platform.notify()
        for number in range(10):
            assert f"“第{number}问”" in shown(world, f"c-{number}")[0]

    def test_messages_listed_backwards_are_answered_as_they_were_sent(self, serve: Serve) -> None:
        world = serve()
        world.platform.backwards = True
        now = int(world.clock())
        for number in range(3):
            world.platform.say("c-1", f"第{number}问", send_time=now - 10 + number)
        world.platform.notify()
        until(lambda: len(world.service.turns()) == 3)
        assert [turn.question for turn in world.service.turns()] == ["第0问", "第1问", "第2问"]

    def test_an_expired_token_is_done_without(self, serve: Serve) -> None:
        world = serve()
        world.platform.fail("kf/sync_msg", 95007)
        world.say("c-1", QUESTION)
        assert QUOTE in shown(world, "c-1")[0]
        pulls = [body for path, body in world.platform.calls if path == "kf/sync_msg"]
        assert pulls[0].get("token")
        assert "token" not in pulls[1]

    def test_pulls_without_a_token_are_few(self, serve: Serve) -> None:
        world = serve(untokened_pause=60)
        world.say("c-1", QUESTION)
        shown(world, "c-1")
        world.platform.fail("kf/sync_msg", *[95007] * 20)
        world.say("c-1", "又一问")
        until(lambda: world.platform.count("kf/sync_msg") >= 3)
        before = world.platform.count("kf/sync_msg")
        assert world.service.channel.catch_up() == 0
        assert world.platform.count("kf/sync_msg") == before <= 4

    def test_the_cursor_moves_only_past_messages_that_are_safe(self, world: World) -> None:
        world.say("c-1", "一")
        shown(world, "c-1")
        before = cursor(world)
        with world.service.database.session() as session:
            session.connection().exec_driver_sql("ALTER TABLE turns RENAME TO turns_gone")
        pulls = world.platform.count("kf/sync_msg")
        world.say("c-1", "二")
        until(lambda: world.platform.count("kf/sync_msg") > pulls)
        assert cursor(world) == before
        with world.service.database.session() as session:
            session.connection().exec_driver_sql("ALTER TABLE turns_gone RENAME TO turns")
        assert "“二”" in shown(world, "c-1", 2)[1]
        assert cursor(world) != before

    @pytest.mark.slow
    @pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # the killed ones
    def test_events_that_met_a_dead_service_are_made_up_for_at_the_start(self, world: World) -> None:
        world.say("c-1", "一")
        shown(world, "c-1")
        world.service.kill()
        world.platform.say("c-1", "二")
        assert world.platform.notify() == "unreachable"
        world.service.start()
        assert "“二”" in shown(world, "c-1", 2)[1]

    def test_what_was_written_before_we_knew_the_account_is_not_answered(self, world: World) -> None:
        world.platform.say("c-1", "昨天的问题", send_time=int(world.clock() - 24 * HOUR))
        world.say("c-1", "现在的问题")
        shown(world, "c-1")
        read(world)
        assert world.service.dialogue.questions == ["现在的问题"]

    def test_only_customers_are_answered(self, world: World) -> None:
        world.platform.servicer_says("c-1", "我是接待人员")
        world.say("c-1", QUESTION)
        shown(world, "c-1")
        assert world.service.dialogue.questions == [QUESTION]

    @pytest.mark.parametrize("kind", ["image", "voice", "file", "location", "business_card"])
    def test_what_has_no_words_is_answered_with_a_request_to_type(self, world: World, kind: str) -> None:
        world.platform.write("c-1", kind, {"media_id": "m"})
        world.platform.notify()
        assert shown(world, "c-1") == [ONLY_TEXT]

    def test_two_accounts_are_two_conversations(self, world: World) -> None:
        world.platform.say("c-1", "一", kfid="wk-one")
        world.platform.say("c-1", "二", kfid="wk-two")
        world.platform.notify("wk-one")
        world.platform.notify("wk-two")
        until(lambda: world.platform.screen("c-1", "wk-one") and world.platform.screen("c-1", "wk-two"))
        assert "“一”" in world.platform.screen("c-1", "wk-one")[0]
        assert "“二”" in world.platform.screen("c-1", "wk-two")[0]
        assert len({turn.person for turn in world.service.turns()}) == 2


class TestSending:
    def test_a_message_that_may_have_been_taken_is_sent_again_under_the_same_id(self, world: World) -> None:
        world.platform.drop("kf/send_msg", "after")
        world.say("c-1", QUESTION)
        until(lambda: world.platform.count("kf/send_msg") >= 2)
        until(world.service.settled)
        assert len(world.platform.screen("c-1")) == 1
        assert [row.state for row in world.service.rows()] == ["sent"]
        ids = {body["msgid"] for path, body in world.platform.calls if path == "kf/send_msg"}
        assert len(ids) == 1

    def test_a_part_whose_sender_died_is_sent_again_and_shown_once(self, world: World) -> None:
        world.say("c-1", QUESTION)
        shown(world, "c-1")
        until(world.service.settled)
        (row,) = world.service.rows()
        world.service.process.outbox.unknown(row.id, "died on the way")
        world.service.channel.catch_up()
        until(lambda: world.platform.count("kf/send_msg") >= 2)
        until(world.service.settled)
        assert len(world.platform.screen("c-1")) == 1
        assert world.service.process.outbox.dead_letters() == []

    def test_at_most_five_messages_and_the_rest_when_the_customer_writes_again(self, world: World) -> None:
        world.service.dialogue.answers.update({f"问{number}": cited_answer(LONG) for number in range(4)})
        for number in range(4):
            world.platform.say("c-1", f"问{number}")
        world.platform.notify()
        until(lambda: [row for row in world.service.rows() if row.error == wording.QUOTA_SPENT])
        assert len(world.platform.screen("c-1")) == 5
        world.say("c-1", "你还在吗，我再问一句")
        assert len(shown(world, "c-1", 9)) >= 9
        assert world.service.process.outbox.dead_letters() == []

    def test_a_long_answer_goes_on_when_asked(self, world: World) -> None:
        world.service.dialogue.answers[QUESTION] = cited_answer(LONG)
        world.say("c-1", QUESTION)
        texts = shown(world, "c-1", 2)
        assert texts[1].endswith(shared.MORE_HINT)
        assert shared.MORE_HINT not in texts[0]
        world.say("c-1", "更多")
        shown(world, "c-1", 4)

    def test_after_48_hours_nothing_is_sent(self, world: World) -> None:
        world.platform.say("c-1", QUESTION)
        world.clock.shift += 49 * HOUR
        world.platform.notify()
        read(world)
        assert world.service.turns() == []

    def test_a_message_not_delivered_after_all_is_a_dead_letter_and_can_be_sent_again(self, world: World) -> None:
        world.say("c-1", QUESTION)
        shown(world, "c-1")
        until(world.service.settled)
        sent = next(body for path, body in world.platform.calls if path == "kf/send_msg")
        world.platform.fail_to_deliver(sent["msgid"], "c-1", fail_type=10)
        world.platform.notify()
        until(world.service.process.outbox.dead_letters)
        (letter,) = world.service.process.outbox.dead_letters()
        assert "客户拒收" in letter.error
        assert world.service.process.outbox.resend(letter.id)
        assert len(shown(world, "c-1", 2)) == 2


class TestWelcome:
    def test_who_comes_in_is_greeted_once_by_the_code(self, world: World) -> None:
        assert world.platform.enter("c-1")
        world.platform.notify()
        assert shown(world, "c-1") == [shared.hello(SAMPLES)]
        assert world.platform.enter("c-1") == ""
        world.platform.notify()
        read(world)
        assert len(world.platform.screen("c-1")) == 1

    def test_a_code_read_too_late_is_not_used(self, world: World) -> None:
        world.platform.enter("c-1")
        world.clock.shift += 30
        world.platform.notify()
        until(world.service.process.outbox.dead_letters)
        assert world.platform.count("kf/send_msg_on_event") == 0
        (letter,) = world.service.process.outbox.dead_letters()
        assert letter.error == wording.WELCOME_TOO_LATE


class TestAPerson:
    @pytest.mark.parametrize("asked", ["转人工", "转人工客服", "人工", "帮我转人工！"])
    def test_is_called_when_the_customer_asks(self, serve: Serve, asked: str) -> None:
        world = serve(servicer="LiSi")
        world.platform.servicers.add("LiSi")
        world.say("c-1", asked)
        assert shown(world, "c-1") == [wording.TRANSFERRED]
        session = world.platform.sessions[OPEN_KFID, "c-1"]
        assert (session.state, session.servicer) == (HUMAN, "LiSi")
        assert world.service.turns()[0].person_wanted_at is not None
        assert world.service.dialogue.questions == []

    def test_is_called_after_the_answer_that_is_still_being_worked_out(self, serve: Serve) -> None:
        world = serve(servicer="pool")
        gate = world.service.dialogue.hold(QUESTION)
        world.platform.say("c-1", QUESTION)
        world.platform.say("c-1", "转人工")
        world.platform.notify()
        until(lambda: len(world.service.turns()) == 2)
        assert world.platform.count("kf/service_state/trans") == 0
        gate.set()
        answer, transferred = shown(world, "c-1", 2)
        assert QUOTE in answer
        assert transferred == wording.TRANSFERRED

    def test_who_is_not_on_duty_leaves_the_customer_to_whoever_is_free(self, serve: Serve) -> None:
        world = serve(servicer="LiSi")
        world.say("c-1", "转人工")
        assert shown(world, "c-1") == [wording.TRANSFERRED]
        assert world.platform.sessions[OPEN_KFID, "c-1"].state == QUEUED

    def test_is_named_where_no_transfer_works(self, serve: Serve) -> None:
        world = serve(servicer="pool")
        world.platform.keep_failing("kf/service_state/trans", 95016)
        world.say("c-1", "转人工")
        assert CONTACT in shown(world, "c-1")[0]

    def test_is_left_to_the_dialogue_where_no_transfer_is_configured(self, world: World) -> None:
        world.say("c-1", "转人工")
        shown(world, "c-1")
        assert world.service.dialogue.questions == ["转人工"]
        assert world.platform.count("kf/service_state/trans") == 0

    def test_who_has_the_session_is_not_interrupted(self, world: World) -> None:
        world.say("c-1", "一")
        shown(world, "c-1")
        world.platform.servicer_takes("c-1")
        world.say("c-1", "这句是对人说的")
        read(world)
        assert world.service.dialogue.questions == ["一"]
        world.platform.servicer_ends("c-1")
        world.say("c-1", "二")
        assert "“二”" in shown(world, "c-1", 2)[1]

    def test_who_took_over_meanwhile_makes_the_answer_a_dead_letter(self, world: World) -> None:
        gate = world.service.dialogue.hold(QUESTION)
        world.say("c-1", QUESTION)
        world.service.dialogue.wait_until_asked()
        world.platform.servicer_takes("c-1")
        gate.set()
        until(world.service.process.outbox.dead_letters)
        (letter,) = world.service.process.outbox.dead_letters()
        assert letter.error == wording.IN_HUMAN_HANDS
        assert world.platform.screen("c-1") == []
