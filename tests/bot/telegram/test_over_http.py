"""What people see in Telegram, with every call going over real HTTP."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest
from sqlalchemy import text

from bot import wording
from bot.messages import Exchange, IncomingMessage, Show
from bot.simulators.telegram import TOKEN, Fault
from retrieval.answers import Answer
from tests.bot.telegram.conftest import ANN, BOB, GROUP, SAMPLES, SECRET, World, until
from tests.fakes.dialogue import QUOTE, cited_answer

Open = Callable[..., World]

QUESTION = "证书有效期几年"
ANSWER = f"关于“{QUESTION}”"


class Writing:
    """A dialogue that says its answer piece by piece, each when the test lets it."""

    def __init__(self, *pieces: str) -> None:
        self.pieces = pieces
        self.gates = [threading.Event() for _ in range(len(pieces) + 1)]

    def reply(self, message: IncomingMessage, history: tuple[Exchange, ...], show: Show | None = None) -> Answer:
        for gate, piece in zip(self.gates, self.pieces, strict=False):
            assert gate.wait(20)
            assert show is not None
            show(piece)
        assert self.gates[-1].wait(20)
        return replace(cited_answer("".join(self.pieces)), kind="generated")


class TestAnswers:
    def test_an_answer_has_label_quote_link_and_buttons(self, world: World) -> None:
        update = world.platform.say(ANN, QUESTION)
        shown = world.wait_for(ANSWER)
        assert shown.text.startswith("【原文摘录】\n")
        assert f"“{QUOTE}”" in shown.text
        assert [[one["text"] for one in row] for row in shown.buttons] == [["来源", "详细"], ["👍", "👎"]]
        assert shown.reply_to == world.platform._kept[update]["message"]["message_id"]

    def test_a_question_changed_later_is_answered_again_and_one_left_as_it_is_not(self, world: World) -> None:
        update = world.platform.say(ANN, QUESTION)
        world.wait_for(ANSWER)
        world.platform.edit(update, QUESTION)
        world.platform.edit(update, "复审几年一次")
        world.wait_for("关于“复审几年一次”")
        world.settle()
        assert world.dialogue.questions == [QUESTION, "复审几年一次"]

    def test_a_picture_with_words_is_answered_and_an_album_without_is_refused_once(self, world: World) -> None:
        photo = [{"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}]
        world.platform.send(ANN, {"photo": photo, "caption": QUESTION})
        world.wait_for(ANSWER)
        for _ in range(3):
            world.platform.send(ANN, {"photo": photo, "media_group_id": "31"})
        world.wait_for(wording.ONLY_TEXT)
        world.settle()
        assert world.texts().count(wording.ONLY_TEXT) == 1

    def test_a_voice_message_is_politely_declined(self, world: World) -> None:
        world.platform.send(ANN, {"voice": {"file_id": "v", "file_unique_id": "u", "duration": 3}})
        world.wait_for(wording.ONLY_TEXT)
        assert world.dialogue.questions == []

    def test_answers_come_in_the_order_of_the_questions_though_the_first_takes_longer(self, world: World) -> None:
        gate = world.dialogue.hold("慢问题")
        world.platform.say(ANN, "慢问题")
        world.platform.say(ANN, "快问题")
        world.platform.say(BOB, "别人的问题")
        world.wait_for("别人的问题", BOB)  # nobody waits for another person
        gate.set()
        world.wait_for("关于“快问题”")
        answers = [one for one in world.texts() if "关于“" in one]
        assert ["慢问题" in answers[0], "快问题" in answers[1], len(answers)] == [True, True, 2]


class TestCommands:
    def test_start_greets_with_samples_and_help_names_the_bot(self, world: World) -> None:
        world.platform.say(ANN, "/start")
        assert SAMPLES[0] in world.wait_for("光质通").text
        world.platform.say(ANN, "/help")
        world.wait_for(f"@{world.platform.username}")
        world.platform.say(ANN, "/human")
        world.wait_for("质量部 0512-12345678")
        assert world.dialogue.questions == []

    def test_sources_by_command_by_word_and_by_button(self, world: World) -> None:
        world.platform.say(ANN, "/sources")
        world.wait_for(wording.NOTHING_YET)
        world.platform.say(ANN, QUESTION)
        shown = world.wait_for(ANSWER)
        world.platform.say(ANN, "/sources")
        world.platform.say(ANN, "来源")
        query = world.platform.press(ANN, shown, "来源")
        until(lambda: sum(one.startswith("1. 依据：") for one in world.texts()) == 3)
        assert query in world.platform.answered_presses

    def test_a_press_delivered_twice_shows_the_sources_once(self, world: World) -> None:
        world.platform.say(ANN, QUESTION)
        world.platform.press(ANN, world.wait_for(ANSWER), "来源")
        world.wait_for("1. 依据：")
        world.platform.redeliver(max(world.platform._kept), 2)
        world.settle()
        assert sum(one.startswith("1. 依据：") for one in world.texts()) == 1

    def test_details_and_the_rest_of_a_long_answer_by_button(self, world: World) -> None:
        world.dialogue.answers[QUESTION] = cited_answer("".join(f"第{n}条要留样并做好记录。" for n in range(700)))
        world.platform.say(ANN, QUESTION)
        first = world.wait_for("第0条要留样")
        world.platform.press(ANN, first, "更多")
        second = world.wait_for("第400条")
        world.platform.press(ANN, second, "更多")
        last = world.wait_for("第699条")
        assert "更多" not in [one["text"] for row in last.buttons for one in row]
        world.platform.say(ANN, "更多")
        world.wait_for(wording.NO_MORE)
        world.platform.press(ANN, first, "详细")
        world.wait_for("再认证")

    def test_a_thumb_is_noted_for_who_asked_and_for_nobody_else(self, world: World) -> None:
        world.platform.say(ANN, QUESTION)
        shown = world.wait_for(ANSWER)
        data = shown.buttons[1][1]["callback_data"]
        theirs = world.platform.press_raw(BOB, 5, data)
        until(lambda: theirs in world.platform.answered_presses)
        assert world.platform.answered_presses[theirs] == wording.TELEGRAM_NOT_YOURS
        mine = world.platform.press(ANN, shown, "👎")
        until(lambda: mine in world.platform.answered_presses)
        assert world.platform.answered_presses[mine] == wording.TELEGRAM_THANKS
        assert world.service.feedback.of(data.partition(":")[2]) == (False, None)

    @pytest.mark.parametrize("data", ["u:nobody", "s:nobody", "m:nobody:1", "x", "old:button:x"])
    def test_a_button_of_an_answer_that_is_gone_says_so(self, world: World, data: str) -> None:
        query = world.platform.press_raw(ANN, 5, data)
        until(lambda: query in world.platform.answered_presses)
        said = [world.platform.answered_presses[query], *world.texts()]
        until(lambda: wording.TELEGRAM_GONE in [*said, *world.texts()])


class TestGroups:
    def test_only_who_names_the_bot_is_answered_and_under_their_message(self, world: World) -> None:
        world.platform.say(ANN, "大家好", chat=GROUP)
        update = world.platform.say(ANN, f"@{world.platform.username} {QUESTION}", chat=GROUP)
        shown = world.wait_for(ANSWER, GROUP)
        assert shown.reply_to == world.platform._kept[update]["message"]["message_id"]
        world.platform.say(BOB, "那复审呢", chat=GROUP, reply_to=shown)
        world.wait_for("那复审呢", GROUP)
        world.platform.say(BOB, f"/ask@{world.platform.username} 留样几年", chat=GROUP)
        world.wait_for("关于“留样几年”", GROUP)
        assert world.dialogue.questions == [QUESTION, "那复审呢", "留样几年"]
        assert world.texts(ANN) == []

    def test_what_somebody_asked_in_private_is_not_known_in_a_group(self, world: World) -> None:
        world.platform.say(ANN, QUESTION)
        world.wait_for(ANSWER)
        world.platform.say(ANN, f"@{world.platform.username} 那复审呢", chat=GROUP)
        world.wait_for("那复审呢", GROUP)
        assert world.dialogue.asked[1][1] == ()

    @pytest.mark.slow
    def test_more_messages_than_a_group_may_get_in_a_minute_all_arrive_in_the_end(self, open_world: Open) -> None:
        world = open_world()
        for number in range(24):
            world.platform.say(ANN + number, f"@{world.platform.username} 第{number}问", chat=GROUP)
        until(lambda: len(world.platform.shown(GROUP)) == 24, seconds=30)
        assert [call.status for call in world.platform.made("sendMessage")].count(429) == 0

    def test_a_group_that_became_a_supergroup_is_answered_there(self, world: World) -> None:
        moved = Fault(
            400, "Bad Request: group chat was upgraded to a supergroup chat", {"migrate_to_chat_id": GROUP - 1}
        )
        world.platform.fail("sendMessage", moved)
        world.platform.say(ANN, f"@{world.platform.username} {QUESTION}", chat=GROUP)
        world.wait_for(ANSWER, GROUP - 1)
        assert world.texts(GROUP) == []


class TestStreaming:
    def test_verified_sentences_are_shown_as_they_come_in_one_message(self, open_world: Open) -> None:
        dialogue = Writing("证书有效期为三年。", "期满前要再认证。")
        world = open_world(dialogue=dialogue)
        world.platform.say(ANN, QUESTION)
        world.wait_for(wording.TELEGRAM_SEARCHING)
        dialogue.gates[0].set()
        assert world.wait_for("三年。").text == "【AI 生成】\n证书有效期为三年。 …"
        dialogue.gates[1].set()
        world.wait_for("再认证。")
        dialogue.gates[2].set()
        shown = world.wait_for(QUOTE)
        world.settle()
        assert shown.text.startswith("【AI 生成】\n证书有效期为三年。期满前要再认证。\n")
        assert shown.buttons
        assert len(world.platform.shown(ANN)) == 1
        assert "typing" in [call.params["action"] for call in world.platform.made("sendChatAction")]

    def test_edits_keep_to_the_pace_and_a_flood_answer_is_respected(self, open_world: Open) -> None:
        dialogue = Writing(*(f"第{number}句话。" for number in range(60)))
        world = open_world(dialogue=dialogue, slow_after=0.0)
        world.platform.say(ANN, QUESTION)
        world.wait_for(wording.TELEGRAM_SEARCHING)
        world.platform.fail("editMessageText", Fault(429, "Too Many Requests: retry after 1", {"retry_after": 1}))
        for gate in dialogue.gates:
            gate.set()
            time.sleep(0.02)
        world.wait_for(QUOTE)
        calls = world.platform.made("editMessageText")
        flooded = next(one for one in calls if one.status == 429)
        after = [one.at - flooded.at for one in calls if one.at > flooded.at]
        assert min(after) >= 0.95
        assert len(calls) <= 12
        assert len(world.platform.shown(ANN)) == 1

    def test_a_draft_the_person_removed_does_not_take_the_answer_with_it(self, open_world: Open) -> None:
        dialogue = Writing("证书有效期为三年。")
        world = open_world(dialogue=dialogue, slow_after=0.0)
        world.platform.say(ANN, QUESTION)
        world.wait_for(wording.TELEGRAM_SEARCHING)
        world.platform.chats[ANN].clear()
        for gate in dialogue.gates:
            gate.set()
        world.wait_for(QUOTE)
        assert len(world.platform.shown(ANN)) == 1

    @pytest.mark.slow
    def test_an_edit_whose_answer_was_lost_is_made_again(self, open_world: Open) -> None:
        dialogue = Writing("证书有效期为三年。")
        world = open_world(dialogue=dialogue, slow_after=0.0)
        world.platform.say(ANN, QUESTION)
        world.wait_for(wording.TELEGRAM_SEARCHING)
        world.platform.always("editMessageText", Fault(None, when="after"))
        for gate in dialogue.gates:
            gate.set()
        world.wait_for(QUOTE)
        world.platform.always("editMessageText", None)
        world.settle()
        assert len(world.platform.shown(ANN)) == 1
        assert world.service.outbox.dead_letters() == []


class TestTrouble:
    def test_who_blocked_the_bot_gets_a_dead_letter_at_once_and_the_answer_when_they_return(self, world: World) -> None:
        world.platform.blocked.add(ANN)
        world.platform.say(ANN, QUESTION)
        until(world.service.outbox.dead_letters)
        (letter,) = world.service.outbox.dead_letters()
        assert (letter.state, letter.attempts, letter.error) == ("dead", 1, wording.TELEGRAM_BLOCKED)
        assert len(world.platform.made("sendMessage")) == 1
        world.platform.blocked.clear()
        world.platform.say(ANN, "取回")
        world.wait_for(ANSWER)
        assert world.service.outbox.dead_letters() == []

    def test_when_nobody_knows_whether_it_arrived_it_is_not_sent_again_by_itself(self, world: World) -> None:
        world.platform.fail("sendMessage", Fault(None, when="after"))
        world.platform.say(ANN, QUESTION)
        until(world.service.outbox.dead_letters)
        assert [one.state for one in world.service.outbox.dead_letters()] == ["unknown"]
        assert len(world.platform.made("sendMessage")) == 1
        world.platform.say(ANN, "取回")
        until(lambda: len(world.platform.shown(ANN)) == 2)
        assert world.service.outbox.dead_letters() == []

    def test_a_proxys_error_page_is_no_answer_of_telegrams_but_telegrams_own_error_is(self, open_world: Open) -> None:
        world = open_world()
        world.platform.fail("sendMessage", Fault(502, body=b"<html>Bad Gateway</html>"))
        world.platform.say(ANN, QUESTION)
        until(world.service.outbox.dead_letters)
        assert world.service.outbox.dead_letters()[0].state == "unknown"
        world.platform.fail("sendMessage", Fault(500, "Internal Server Error"))
        world.platform.say(BOB, QUESTION)
        until(lambda: 500 in [call.status for call in world.platform.made("sendMessage")])
        until(lambda: self.waiting(world) == [wording.TELEGRAM_UNREACHABLE])

    def test_too_fast_is_sent_later_and_counts_as_no_failure(self, world: World) -> None:
        world.platform.fail("sendMessage", Fault(429, "Too Many Requests: retry after 1", {"retry_after": 1}))
        began = time.monotonic()
        world.platform.say(ANN, QUESTION)
        world.wait_for(ANSWER)
        assert time.monotonic() - began >= 1
        assert world.service.outbox.dead_letters() == []

    def test_html_that_telegram_cannot_read_is_sent_as_plain_text(self, world: World) -> None:
        unreadable = Fault(400, "Bad Request: can't parse entities: Unsupported start tag")
        world.platform.fail("sendMessage", unreadable)
        world.platform.say(ANN, "孔径 <5 mm 行吗")
        shown = world.wait_for("<5 mm")
        assert "<a" not in shown.html
        assert QUOTE in shown.text

    def test_a_slow_telegram_delays_nobody_else(self, world: World) -> None:
        world.platform.fail("sendMessage", Fault(200, delay=1.5))
        world.platform.say(ANN, QUESTION)
        until(lambda: world.under_way() == 1)
        world.platform.say(BOB, QUESTION)
        began = time.monotonic()
        world.wait_for(ANSWER, BOB)
        assert time.monotonic() - began < 1.2
        world.wait_for(ANSWER, ANN)

    @pytest.mark.parametrize("webhook", [False, True])
    def test_an_update_nobody_can_read_holds_up_none_after_it(self, open_world: Open, webhook: bool) -> None:
        world = open_world(webhook=webhook)
        world.platform.deliver({"message": {"text": "no chat, no date"}})
        world.platform.say(ANN, QUESTION)
        world.wait_for(ANSWER)
        world.settle()

    @pytest.mark.slow
    def test_polling_starts_once_telegram_can_be_reached(self, open_world: Open) -> None:
        world = open_world()
        world.platform.fail("getUpdates", Fault(None), Fault(500, "Internal Server Error"))
        world.platform.say(ANN, QUESTION)
        world.wait_for(ANSWER)

    def waiting(self, world: World) -> list[str]:
        with world.database.engine.connect() as connection:
            return [row[0] for row in connection.execute(text("SELECT error FROM outgoing WHERE state = 'waiting'"))]


class TestManyAndSecret:
    def test_neither_the_token_nor_a_word_of_anyone_is_in_the_log(
        self, open_world: Open, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        world = open_world()
        world.platform.fail(
            "sendMessage", Fault(500, "Internal Server Error"), Fault(400, "Bad Request: chat not found")
        )
        world.platform.say(ANN, QUESTION)
        world.platform.say(BOB, QUESTION)
        until(lambda: len(world.platform.made("sendMessage")) >= 2)
        until(world.service.outbox.dead_letters)
        logged = "\n".join(f"{one.getMessage()} {one.exc_text or ''}" for one in caplog.records)
        for secret in (TOKEN, TOKEN.partition(":")[2], SECRET, str(ANN), str(BOB), QUESTION):
            assert secret not in logged

    @pytest.mark.slow
    def test_two_hundred_people_at_once_are_each_answered_once(self, open_world: Open) -> None:
        world = open_world(a_second=1000)
        people = range(ANN, ANN + 200)
        began = time.monotonic()
        for person in people:
            world.platform.redeliver(world.platform.say(person, QUESTION), 1)
        until(lambda: all(world.platform.shown(person) for person in people), seconds=120)
        print(f"200 people answered in {time.monotonic() - began:.1f} s")
        world.settle()
        assert [len(world.platform.shown(person)) for person in people] == [1] * 200


class TestWebhook:
    def test_telegram_is_told_where_to_call_and_with_which_secret(self, open_world: Open) -> None:
        world = open_world(webhook=True)
        world.platform.say(ANN, QUESTION)
        world.wait_for(ANSWER)
        (call,) = world.platform.made("setWebhook")
        assert call.params["secret_token"] == SECRET
        assert call.params["max_connections"] == "1"

    @pytest.mark.parametrize("headers", [{}, {"X-Telegram-Bot-Api-Secret-Token": "another"}])
    def test_a_call_without_the_secret_is_refused_and_stores_nothing(
        self, open_world: Open, headers: dict[str, str]
    ) -> None:
        world = open_world(webhook=True)
        until(lambda: world.platform.made("setWebhook"))
        url = world.platform.made("setWebhook")[0].params["url"]
        refused = httpx.post(url, json={"update_id": 1}, headers=headers, trust_env=False)
        assert refused.status_code == 403
        assert "密钥不对" in refused.text
        assert world._count("SELECT COUNT(*) FROM turns") == 0

    def test_a_message_that_could_not_be_stored_is_taken_from_the_next_delivery(self, open_world: Open) -> None:
        world = open_world(webhook=True)
        self.rename(world, "turns", "turns_gone")
        world.platform.say(ANN, QUESTION)
        until(lambda: world.platform.refused_pushes >= 2)
        self.rename(world, "turns_gone", "turns")
        world.wait_for(ANSWER)
        world.settle()
        assert len(world.platform.shown(ANN)) == 1

    def rename(self, world: World, old: str, new: str) -> None:
        with world.database.engine.begin() as connection:
            connection.exec_driver_sql(f"ALTER TABLE {old} RENAME TO {new}")
