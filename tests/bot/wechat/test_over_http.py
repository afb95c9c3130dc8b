"""What a person sees, with every delivery going over real HTTP."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from bot import wording
from bot.errors import ForgedMessage
from bot.simulators.wechat import WeChatPlatform
from bot.turns import Turn, TurnRow
from bot.wechat.crypto import signature
from knowledge.database import Database
from tests.bot.wechat.conftest import APP_ID, SAMPLES, TOKEN, World, encrypted
from tests.bot.wechat.house import scaled
from tests.fakes.dialogue import QUOTE, cited_answer

Serve = Callable[..., World]

QUESTION = "证书有效期几年"
LONG = "".join(f"第{number}条要求供方保持记录，并在交付前逐项核对。" for number in range(80))


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.01)


def answered(world: World, question: str) -> bool:
    wanted = select(TurnRow.reply).where(TurnRow.question == question)
    with world.turns._database.session() as session:
        return session.scalars(wanted).one_or_none() is not None


def results(shown: object) -> list[str]:
    return [delivery.result for delivery in shown.deliveries]  # type: ignore[attr-defined]


class TestAnswers:
    def test_an_encrypted_question_returns_the_cited_answer(self, serve: Serve) -> None:
        world = serve(encrypted())
        shown = world.platform.send_text("o-1", QUESTION)
        assert shown.text is not None
        assert "三年" in shown.text
        assert f"“{QUOTE}”" in shown.text
        assert "https://kb.example.org/evidence/doc-1" in shown.text
        assert results(shown) == ["shown"]

    def test_a_plain_question_returns_the_same(self, world: World) -> None:
        text = world.platform.send_text("o-1", QUESTION).text
        assert text is not None
        assert QUOTE in text

    def test_a_compatible_account_answers_both_forms_in_kind(self, serve: Serve) -> None:
        world = serve(encrypted().model_copy(update={"mode": "compatible"}))
        sealed = WeChatPlatform(world.url, TOKEN, aes_key="abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", app_id=APP_ID)
        assert sealed.send_text("o-1", QUESTION).text
        assert world.platform.send_text("o-2", QUESTION).text

    def test_the_persons_own_id_is_not_stored(self, world: World, database: Database) -> None:
        world.platform.send_text("o-very-own-id", QUESTION)
        with database.session() as session:
            row = session.scalars(select(TurnRow)).one()
        assert not any("o-very-own-id" in str(value) for value in vars(row).values())

    def test_a_long_answer_comes_in_parts_within_the_platforms_limit(self, world: World) -> None:
        world.dialogue.answers[QUESTION] = cited_answer(LONG)
        seen = [world.platform.send_text("o-1", QUESTION).text]
        while wording.MORE_HINT in (seen[-1] or ""):
            seen.append(world.platform.send_text("o-1", "更多").text)
        assert len(seen) > 2
        assert "第79条" in "".join(text or "" for text in seen)
        assert QUOTE in (world.platform.send_text("o-1", "来源").text or "")
        assert world.platform.send_text("o-1", "详细").text == "证书到期前应当申请再认证。"

    def test_a_new_follower_is_greeted_with_questions_to_ask(self, world: World) -> None:
        text = world.platform.subscribe("o-1").text or ""
        assert text.startswith(wording.GREETING)
        assert all(sample in text for sample in SAMPLES)

    def test_a_video_is_answered_with_a_request_to_type(self, world: World) -> None:
        assert world.platform.deliver(world.platform.message("o-1", "video")).text == wording.ONLY_TEXT

    @pytest.mark.parametrize("event", ["unsubscribe", "LOCATION", "VIEW"])
    def test_an_event_that_asks_nothing_is_answered_with_nothing(self, world: World, event: str) -> None:
        shown = world.platform.deliver(world.platform.event("o-1", event))
        assert (shown.text, shown.notice, results(shown)) == (None, None, ["silent"])


class TestRedeliveries:
    def test_the_same_message_three_times_runs_once_and_is_answered_the_same(self, world: World) -> None:
        message = world.platform.text("o-1", QUESTION, "1")
        texts = {world.platform.deliver_once(message, number).text for number in (1, 2, 3)}
        assert len(texts) == 1
        assert len(world.dialogue.asked) == 1

    def test_three_deliveries_at_once_run_once(self, world: World) -> None:
        message = world.platform.text("o-1", QUESTION, "1")
        with ThreadPoolExecutor(3) as pool:
            texts = {delivery.text for delivery in pool.map(lambda _: world.platform.deliver_once(message), range(3))}
        assert len(texts) == 1
        assert len(world.dialogue.asked) == 1

    def test_the_same_message_id_from_two_people_is_two_questions(self, world: World) -> None:
        first = world.platform.send_text("o-1", "一", "1").text
        second = world.platform.send_text("o-2", "二", "1").text
        assert ("一" in (first or ""), "二" in (second or "")) == (True, True)
        assert len(world.dialogue.asked) == 2

    def test_a_subscription_delivered_again_greets_the_same(self, world: World) -> None:
        event = world.platform.event("o-1", "subscribe")
        assert world.platform.deliver_once(event).text == world.platform.deliver_once(event).text

    def test_messages_out_of_order_each_get_their_own_answer(self, world: World) -> None:
        first, second = world.platform.text("o-1", "一"), world.platform.text("o-1", "二")
        assert "二" in world.platform.deliver_once(second).text
        assert "一" in world.platform.deliver_once(first).text

    def test_a_nonce_seen_before_is_no_replay(self, world: World) -> None:
        query, body = world.platform.seal(world.platform.text("o-1", QUESTION))
        assert [world.platform.deliver_raw(body, query).status_code for _ in range(2)] == [200, 200]


class TestSlowAnswers:
    @pytest.mark.parametrize("delivery", [2, 3])
    def test_a_slow_answer_arrives_on_a_later_delivery(self, hurried: World, delivery: int) -> None:
        gate = hurried.dialogue.hold(QUESTION)
        hurried.platform.before_delivery = lambda number: gate.set() if number == delivery else None
        shown = hurried.platform.send_text("o-1", QUESTION)
        assert "三年" in (shown.text or "")
        assert results(shown)[: delivery - 1] == ["timeout"] * (delivery - 1)
        assert len(hurried.dialogue.asked) == 1

    def test_a_very_slow_answer_is_put_off_and_can_be_fetched(self, hurried: World) -> None:
        gate = hurried.dialogue.hold(QUESTION)
        message = hurried.platform.text("o-1", QUESTION)
        put_off = hurried.platform.deliver(message)
        assert put_off.text == wording.PLACEHOLDER.format(question=QUESTION)
        assert len(put_off.deliveries) == 3
        assert hurried.platform.send_text("o-1", "取回").text == wording.STILL_RUNNING
        gate.set()
        until(lambda: answered(hurried, QUESTION))
        fetched = hurried.platform.send_text("o-1", "取回").text or ""
        assert "三年" in fetched
        assert QUOTE in fetched
        # … and a delivery that comes late is told the same as the one before.
        assert hurried.platform.deliver_once(message, 4).text == put_off.text

    def test_a_first_delivery_made_twice_does_not_bring_the_placeholder_early(self, hurried: World) -> None:
        gate = hurried.dialogue.hold(QUESTION)
        message = hurried.platform.text("o-1", QUESTION)
        with ThreadPoolExecutor(1) as pool:
            pool.submit(hurried.platform.deliver_once, message, 1)
            assert results(hurried.platform.deliver(message)) == ["timeout", "timeout", "shown"]
        gate.set()

    def test_another_question_meanwhile_is_answered_on_its_own(self, hurried: World) -> None:
        gate = hurried.dialogue.hold("慢")
        with ThreadPoolExecutor(1) as pool:
            slow = pool.submit(hurried.platform.send_text, "o-1", "慢")
            hurried.dialogue.wait_until_asked()
            assert "快" in (hurried.platform.send_text("o-1", "快").text or "")
            gate.set()
            assert "慢" in (slow.result().text or "")

    def test_an_answer_fetched_between_deliveries_is_not_shown_twice(self, hurried: World) -> None:
        gate = hurried.dialogue.hold(QUESTION)
        message = hurried.platform.text("o-1", QUESTION)
        assert hurried.platform.deliver_once(message).result == "timeout"
        gate.set()
        until(lambda: answered(hurried, QUESTION))
        assert "三年" in (hurried.platform.send_text("o-1", "取回").text or "")
        assert hurried.platform.deliver_once(message, 2).result == "silent"

    def test_the_last_of_three_deliveries_is_known_though_two_met_a_dead_service(self, hurried: World) -> None:
        gate = hurried.dialogue.hold(QUESTION)
        ten_seconds_ago = WeChatPlatform(hurried.url, TOKEN, clock=lambda: hurried.clock() - 10)
        message = ten_seconds_ago.text("o-1", QUESTION)
        assert hurried.platform.deliver_once(message, 3).text == wording.PLACEHOLDER.format(question=QUESTION)
        gate.set()

    def test_a_question_that_breaks_the_dialogue_is_apologised_for(self, world: World) -> None:
        world.dialogue.fail(QUESTION, times=9)
        assert world.platform.send_text("o-1", QUESTION).text == wording.APOLOGY

    def test_a_failure_of_ours_makes_the_platform_deliver_again(
        self, hurried: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        receive, failures = hurried.turns.receive, iter([RuntimeError("database is locked")])

        def fail_once(*message: Any) -> Turn:
            for failure in failures:
                raise failure
            return receive(*message)

        monkeypatch.setattr(hurried.turns, "receive", fail_once)
        shown = hurried.platform.send_text("o-1", QUESTION)
        assert "三年" in (shown.text or "")
        assert results(shown)[0] == "timeout"
        assert len(hurried.dialogue.asked) == 1


class TestRefusals:
    def test_the_handshake_echoes_for_the_platform_and_nobody_else(self, world: World) -> None:
        assert world.platform.verify("123abc")
        assert not WeChatPlatform(world.url, "another-token").verify()

    def test_an_encrypted_handshake_is_decrypted(self, serve: Serve) -> None:
        world = serve(encrypted())
        assert world.platform.verify("123abc")
        sealed = world.platform._cipher.encrypt("123abc")  # type: ignore[union-attr]
        query = world.platform.signed()
        query["msg_signature"] = signature(TOKEN, query["timestamp"], query["nonce"], sealed)
        assert httpx.get(world.url, params={**query, "echostr": sealed}, trust_env=False).text == "123abc"

    @pytest.mark.parametrize("query", [{}, {"signature": "0" * 40, "timestamp": "1", "nonce": "2"}])
    def test_a_forged_signature_is_refused_in_words(self, world: World, query: dict[str, str]) -> None:
        _, body = world.platform.seal(world.platform.text("o-1", QUESTION))
        answer = world.platform.deliver_raw(body, query)
        assert (answer.status_code, answer.text) == (403, wording.REFUSED_SIGNATURE)
        assert world.dialogue.asked == []

    def test_a_forged_body_under_a_true_signature_is_refused_where_bodies_are_signed(self, serve: Serve) -> None:
        world = serve(encrypted())
        query, _ = world.platform.seal(world.platform.text("o-1", QUESTION))
        _, other = world.platform.seal(world.platform.text("o-1", "别的"))
        assert world.platform.deliver_raw(other, query).status_code == 403

    def test_a_safe_account_takes_nothing_in_plain(self, serve: Serve) -> None:
        world = serve(encrypted())
        plain = world.platform.text("o-1", QUESTION).xml.encode()
        assert world.platform.deliver_raw(plain).status_code == 403

    def test_a_stale_message_is_refused(self, world: World) -> None:
        query = world.platform.signed(timestamp=int(world.clock()) - 601)
        _, body = world.platform.seal(world.platform.text("o-1", QUESTION))
        answer = world.platform.deliver_raw(body, query)
        assert (answer.status_code, answer.text) == (403, wording.REFUSED_STALE)

    @pytest.mark.parametrize("streamed", [False, True])
    def test_ten_megabytes_are_refused_and_the_service_goes_on(self, world: World, streamed: bool) -> None:
        def stream() -> Iterator[bytes]:
            for _ in range(160):
                yield b"x" * 65_536

        answer = world.platform.deliver_raw(stream() if streamed else b"x" * 10_485_760)
        assert (answer.status_code, answer.text) == (413, wording.REFUSED_TOO_LARGE)
        assert world.platform.send_text("o-1", QUESTION).text

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{}",
            b"<xml><Content>",
            b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><xml><Content>&b;</Content></xml>',
            b"<xml><FromUserName>o-1</FromUserName></xml>",
        ],
    )
    def test_broken_xml_and_entity_bombs_are_refused_and_the_service_goes_on(self, world: World, body: bytes) -> None:
        answer = world.platform.deliver_raw(body)
        assert (answer.status_code, answer.text) == (400, wording.REFUSED_MALFORMED)
        assert world.platform.send_text("o-1", QUESTION).text


class TestThePlatformItself:
    """The stand-in must be as strict as what it stands in for."""

    def test_a_reply_over_its_limit_shows_an_outage(self, serve: Serve) -> None:
        world = serve()
        world.runner._renderers["wechat"] = lambda answer: ("长" * 683,)
        shown = world.platform.send_text("o-1", QUESTION)
        assert (shown.text, shown.notice, results(shown)) == (None, wording.PLATFORM_NOTICE, ["refused"])

    def test_a_reply_under_another_key_shows_an_outage(self, serve: Serve) -> None:
        world = serve(encrypted())
        world.platform._read = lambda answer, openid: (_ for _ in ()).throw(ForgedMessage())  # type: ignore[method-assign]
        assert world.platform.send_text("o-1", QUESTION).notice == wording.PLATFORM_NOTICE

    def test_a_dead_service_is_tried_three_times_and_then_shows_an_outage(self) -> None:
        slept: list[float] = []
        platform = WeChatPlatform("http://127.0.0.1:9/wechat", TOKEN, sleep=slept.append)
        shown = platform.send_text("o-1", QUESTION)
        assert (shown.notice, results(shown)) == (wording.PLATFORM_NOTICE, ["unreachable"] * 3)
        assert len(slept) == 2
        assert all(4 < seconds <= 5 for seconds in slept)


@pytest.mark.slow
def test_two_hundred_people_at_once_each_get_one_answer(serve: Serve, database: Database) -> None:
    world = serve(scaled(1.0, reply_within=4.5, hold_for=2.0))
    platform = WeChatPlatform(world.url, TOKEN)
    with ThreadPoolExecutor(200) as pool:
        shown = list(pool.map(lambda number: platform.send_text(f"o-{number}", f"问题{number}号"), range(200)))
    assert all(f"“问题{number}号”" in (one.text or "") for number, one in enumerate(shown))
    assert len(world.dialogue.asked) == 200
    with database.session() as session:
        assert session.scalar(select(func.count()).select_from(TurnRow)) == 200
    print(
        "slowest delivery",
        max(delivery.seconds for delivery in platform.log),
        "most",
        max(len(s.deliveries) for s in shown),
    )
