"""The self-built application: what members see, with every callback and call going over real HTTP."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot import wording as shared
from bot.simulators.wecom import AES_KEY, SECRET, TOKEN, Caller
from bot.wecom import wording
from tests.bot.wecom.conftest import SAMPLES, World, application_world
from tests.bot.wecom.service import until
from tests.fakes.dialogue import QUOTE, cited_answer

QUESTION = "证书有效期几年"
LONG = "".join(f"第{number}条要求供方保持记录，并在交付前逐项核对。" for number in range(80))

Serve = Callable[..., World]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    worlds: list[World] = []

    def serve(**changes: Any) -> World:
        worlds.append(application_world(tmp_path, **changes))
        return worlds[-1]

    yield serve
    for world in worlds:
        world.close()


def shown(world: World, member: str, count: int = 1) -> list[str]:
    until(lambda: len(world.platform.screen(member)) >= count, what=f"on screen: {world.platform.screen(member)}")
    return world.platform.screen(member)


class TestTheHandshake:
    def test_gives_the_decrypted_echo_back(self, world: World) -> None:
        assert world.platform.caller.verify()

    def test_with_another_key_is_refused_in_chinese(self, world: World) -> None:
        other = Caller(world.platform.caller.url, TOKEN, AES_KEY[::-1], "ww0123456789abcdef", world.platform.clock)
        assert not other.verify()
        query, body = other.seal_xml("<xml></xml>")
        answer = other.post_raw(body, query)
        assert (answer.status_code, answer.text) == (403, wording.REFUSED_SIGNATURE)
        other.close()


class TestMessages:
    def test_a_question_is_acknowledged_at_once_and_answered_in_markdown(self, world: World) -> None:
        gate = world.service.dialogue.hold(QUESTION)
        assert world.platform.deliver_once(world.platform.text("m-1", QUESTION)) == "taken"
        assert world.platform.screen("m-1") == []
        gate.set()
        (text,) = shown(world, "m-1")
        assert QUOTE in text
        assert "[查看原文](https://kb.example.org/evidence/doc-1" in text
        assert world.platform.kinds("m-1") == ["markdown"]

    def test_plain_text_is_sent_where_members_read_in_wechat(self, serve: Serve) -> None:
        world = serve(markdown=False)
        world.platform.deliver(world.platform.text("m-1", QUESTION))
        (text,) = shown(world, "m-1")
        assert world.platform.kinds("m-1") == ["text"]
        assert "](" not in text

    def test_what_the_platform_heard_in_a_voice_message_is_the_question(self, world: World) -> None:
        heard = f"<MediaId>m</MediaId><Recognition>{QUESTION}</Recognition>"
        world.platform.deliver(world.platform.message("m-1", "voice", heard))
        assert f"关于“{QUESTION}”" in shown(world, "m-1")[0]

    @pytest.mark.parametrize("kind", ["voice", "image", "video", "location", "link"])
    def test_what_has_no_words_is_answered_with_a_request_to_type(self, world: World, kind: str) -> None:
        world.platform.deliver(world.platform.message("m-1", kind, "<MediaId>m</MediaId>"))
        assert shown(world, "m-1") == [wording.ONLY_TEXT]

    def test_a_menu_click_says_what_its_key_says(self, world: World) -> None:
        click = world.platform.event("m-1", "click", QUESTION)
        world.platform.deliver(click)
        world.platform.deliver(click)
        assert f"关于“{QUESTION}”" in shown(world, "m-1")[0]
        assert world.service.dialogue.questions == [QUESTION]

    def test_a_member_who_comes_in_is_greeted_once_with_questions_to_ask(self, world: World) -> None:
        for event in ("subscribe", "enter_agent", "enter_agent"):
            world.platform.deliver(world.platform.event("m-1", event))
        (text,) = shown(world, "m-1")
        assert text == shared.hello(SAMPLES)

    @pytest.mark.parametrize("event", ["unsubscribe", "LOCATION", "view", "batch_job_result"])
    def test_an_event_that_asks_nothing_is_answered_with_nothing(self, world: World, event: str) -> None:
        assert world.platform.deliver(world.platform.event("m-1", event, "https://example.org")) == "taken"
        assert world.service.turns() == []

    def test_a_message_to_another_application_is_left_alone(self, world: World) -> None:
        world.platform.agent_id = 1000099
        assert world.platform.deliver(world.platform.text("m-1", QUESTION)) == "taken"
        assert world.service.turns() == []

    def test_a_long_answer_comes_whole_without_being_asked_for(self, world: World) -> None:
        world.service.dialogue.answers[QUESTION] = cited_answer(LONG)
        world.platform.deliver(world.platform.text("m-1", QUESTION))
        until(lambda: "第79条" in "".join(world.platform.screen("m-1")))
        texts = shown(world, "m-1", 2)
        assert all(shared.MORE_HINT not in text for text in texts)
        world.platform.deliver(world.platform.text("m-1", "更多"))
        assert shown(world, "m-1", len(texts) + 1)[-1] == shared.NO_MORE

    def test_the_sources_and_the_details_of_the_last_answer_can_be_asked_for(self, world: World) -> None:
        world.platform.deliver(world.platform.text("m-1", "来源"))
        assert shown(world, "m-1")[-1] == shared.NOTHING_YET
        world.platform.deliver(world.platform.text("m-1", QUESTION))
        shown(world, "m-1", 2)
        world.platform.deliver(world.platform.text("m-1", "“来源”"))
        assert QUOTE in shown(world, "m-1", 3)[-1]
        world.platform.deliver(world.platform.text("m-1", "详细"))
        assert "再认证" in shown(world, "m-1", 4)[-1]
        world.platform.deliver(world.platform.text("m-1", "取回"))
        assert f"关于“{QUESTION}”" in shown(world, "m-1", 5)[-1]
        assert world.service.dialogue.questions == [QUESTION]

    def test_answers_leave_in_the_order_of_the_questions(self, world: World) -> None:
        gate = world.service.dialogue.hold("慢问题")
        world.platform.deliver(world.platform.text("m-1", "慢问题"))
        world.service.dialogue.wait_until_asked()
        world.platform.deliver(world.platform.text("m-1", "快问题"))
        until(lambda: [turn.reply is not None for turn in world.service.turns()] == [False, True])
        world.platform.deliver(world.platform.text("m-1", "来源"))
        world.platform.deliver(world.platform.text("m-2", "别人的问题"))
        shown(world, "m-2")
        until(lambda: [turn.reply is not None for turn in world.service.turns()] == [False, True, True, True])
        assert world.platform.screen("m-1") == []
        gate.set()
        slow, fast, sources = shown(world, "m-1", 3)
        assert ("“慢问题”" in slow, "“快问题”" in fast, QUOTE in sources) == (True, True, True)

    def test_the_sources_of_an_answer_that_is_not_there_yet_come_later(self, world: World) -> None:
        gate = world.service.dialogue.hold("慢问题")
        world.platform.deliver(world.platform.text("m-1", "慢问题"))
        world.service.dialogue.wait_until_asked()
        for command in ("更多", "来源"):
            world.platform.deliver(world.platform.text("m-1", command))
        gate.set()
        assert shown(world, "m-1", 3)[1:] == [wording.ANSWER_FIRST] * 2


class TestTheToken:
    def test_is_asked_for_once_for_many_messages(self, world: World) -> None:
        for number in range(3):
            world.platform.deliver(world.platform.text("m-1", f"问题{number}"))
        shown(world, "m-1", 3)
        assert world.platform.count("gettoken") == 1

    @pytest.mark.parametrize("code", [40014, 42001])
    def test_is_renewed_once_when_the_platform_no_longer_takes_it(self, world: World, code: int) -> None:
        world.platform.deliver(world.platform.text("m-1", "一"))
        shown(world, "m-1")
        world.platform.fail("message/send", code)
        world.platform.deliver(world.platform.text("m-1", "二"))
        shown(world, "m-1", 2)
        assert world.platform.count("gettoken") == 2

    def test_expired_before_its_time_is_renewed(self, world: World) -> None:
        world.platform.deliver(world.platform.text("m-1", "一"))
        shown(world, "m-1")
        world.platform.expire_tokens()
        world.platform.deliver(world.platform.text("m-1", "二"))
        assert len(shown(world, "m-1", 2)) == 2

    def test_is_in_no_table_in_the_clear(self, world: World, tmp_path: Path) -> None:
        world.platform.deliver(world.platform.text("m-1", QUESTION))
        shown(world, "m-1")
        (token,) = world.platform._tokens
        files = [path.read_bytes() for path in tmp_path.glob("guangzhi.db*")]
        assert not any(token.encode() in content for content in files)
        assert not any(b"m-1" in content for content in files)


class TestRefusals:
    def test_a_member_out_of_reach_is_a_dead_letter_that_says_what_to_do(self, world: World) -> None:
        world.platform.invisible.add("m-1")
        world.platform.deliver(world.platform.text("m-1", QUESTION))
        until(world.service.process.outbox.dead_letters)
        (letter,) = world.service.process.outbox.dead_letters()
        assert "81013" in letter.error
        assert "可见范围" in letter.error

    def test_an_address_that_is_not_trusted_is_named_and_the_message_waits(
        self, world: World, caplog: pytest.LogCaptureFixture
    ) -> None:
        world.platform.trusted = False
        with caplog.at_level(logging.ERROR, "bot.wecom.api"):
            world.platform.deliver(world.platform.text("m-1", QUESTION))
            until(lambda: [row for row in world.service.rows() if row.error])
        (row,) = world.service.rows()
        assert (row.state, row.attempts) == ("waiting", 0)
        assert "60020" in (row.error or "")
        assert "企业可信IP" in caplog.text

    def test_a_wrong_secret_is_named_without_being_shown(self, serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
        world = serve()
        world.platform.secret = "another-secret"
        world.platform.deliver(world.platform.text("m-1", QUESTION))
        until(lambda: [row for row in world.service.rows() if row.error])
        (row,) = world.service.rows()
        assert row.state == "waiting"
        assert "40001" in (row.error or "")
        ours = [one.getMessage() for one in caplog.records if one.name.startswith("bot")]
        assert SECRET not in "".join(ours)

    def test_too_many_calls_are_waited_out(self, world: World) -> None:
        world.platform.fail("message/send", 45009)
        world.platform.deliver(world.platform.text("m-1", QUESTION))
        until(lambda: [row for row in world.service.rows() if row.error])
        (row,) = world.service.rows()
        pause = (row.due_at - row.created_at).total_seconds()
        assert (row.state, row.attempts) == ("waiting", 0)
        assert 55 < pause < 70

    def test_an_answer_lost_on_the_way_back_is_not_sent_again(self, world: World) -> None:
        world.platform.drop("message/send", "after")
        world.platform.deliver(world.platform.text("m-1", QUESTION))
        until(world.service.process.outbox.dead_letters)
        (letter,) = world.service.process.outbox.dead_letters()
        assert (letter.state, letter.error) == ("unknown", wording.MAYBE_TAKEN)
        assert len(world.platform.screen("m-1")) == 1

    def test_the_platform_unreachable_for_a_token_is_tried_again(self, world: World) -> None:
        world.platform.drop("gettoken", "before")
        world.platform.deliver(world.platform.text("m-1", QUESTION))
        assert len(shown(world, "m-1")) == 1


class TestTheDoor:
    @pytest.mark.parametrize(
        "body",
        [b"", b"nonsense", b"<xml></xml>", b"<xml><Encrypt></Encrypt></xml>", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a/>"],
    )
    def test_refuses_what_is_not_the_platforms(self, world: World, body: bytes) -> None:
        answer = world.platform.caller.post_raw(body, {"msg_signature": "x", "timestamp": "1", "nonce": "2"})
        assert answer.status_code == 400
        assert world.service.turns() == []

    def test_refuses_a_message_signed_by_someone_else(self, world: World) -> None:
        query, body = world.platform.caller.seal_xml(world.platform.text("m-1", QUESTION).xml)
        answer = world.platform.caller.post_raw(body, {**query, "msg_signature": "0" * 40})
        assert answer.status_code == 403
        assert world.service.turns() == []

    def test_refuses_a_huge_body(self, world: World) -> None:
        answer = world.platform.caller.post_raw(b"x" * 300_000, {})
        assert (answer.status_code, answer.text) == (413, wording.REFUSED_TOO_LARGE)

    def test_a_database_that_fails_makes_the_platform_deliver_again(self, world: World) -> None:
        world.service.database.engine.dispose()
        with world.service.database.session() as session:
            session.connection().exec_driver_sql("ALTER TABLE turns RENAME TO turns_gone")
        assert world.platform.deliver_once(world.platform.text("m-1", QUESTION)) == "failed"
        with world.service.database.session() as session:
            session.connection().exec_driver_sql("ALTER TABLE turns_gone RENAME TO turns")

    def test_serves_get_and_post_only(self, world: World) -> None:
        assert httpx.put(world.platform.caller.url, trust_env=False).status_code == 405
