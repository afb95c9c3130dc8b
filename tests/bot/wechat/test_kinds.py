"""Every kind of message and event, over real HTTP, with the platform's server side beside it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from PIL import Image, ImageDraw
from pydantic import SecretStr
from sqlalchemy import select

from bot import wording
from bot.errors import ReplyRefused
from bot.outbox import OutgoingRow
from bot.simulators.wechat import PlatformClock, Shown, WeChatPlatform
from bot.simulators.wechat_api import WeChatApiServer
from bot.turns import TurnRow
from bot.wechat.menu import BUILT_IN, KEY, MenuInvalid, read_menu
from bot.wechat.pictures import question_in
from bot.wechat.settings import WeChatSettings
from bot.wechat.spoken import written
from knowledge.database import Database
from retrieval.answers import Answer, Outcome
from tests.bot.wechat.house import APP_ID, CONTACT, SAMPLES, SECRET, TOKEN, House, build, sending
from tests.contracts.channel import until
from tests.fakes.dialogue import ScriptedDialogue

SCALE = 0.2
AES_KEYS = ("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", "GFEDCBA9876543210zyxwvutsrqponmlkjihgfedcba")
QUESTION = "证书有效期几年"


@dataclass
class World:
    url: str
    dialogue: ScriptedDialogue
    platform: WeChatPlatform
    api: WeChatApiServer
    house: House

    def say(self, text: str) -> str:
        return self.platform.send_text("o-1", text).text or ""

    def sends(self, parcel: Any) -> Shown:
        return self.platform.deliver(parcel)


Serve = Callable[..., World]


@pytest.fixture
def serve(database: Database) -> Iterator[Serve]:
    with ExitStack() as stack:

        def serve(read_picture: Callable[[str, bytes], str] | None = None, **changes: Any) -> World:
            dialogue, clock = ScriptedDialogue(), PlatformClock(SCALE)
            api = stack.enter_context(WeChatApiServer(APP_ID, SECRET, clock=clock))
            settings: WeChatSettings = sending(api.url, SCALE, **changes)
            house = build(database, settings, dialogue, clock, read_picture=read_picture)
            server = uvicorn.Server(uvicorn.Config(house.app, log_level="error"))
            listening = socket.create_server(("127.0.0.1", 0), backlog=128)
            thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
            thread.start()
            until(lambda: server.started)
            url = f"http://127.0.0.1:{listening.getsockname()[1]}/wechat"
            platform = WeChatPlatform(url, TOKEN, time_scale=SCALE, clock=clock, api=api)
            stack.callback(house.runner.close)
            stack.callback(house.courier.close)
            stack.callback(thread.join, 10)
            stack.callback(setattr, server, "should_exit", True)
            stack.callback(platform.close)
            return World(url, dialogue, platform, api, house)

        yield serve


@pytest.fixture
def world(serve: Serve) -> World:
    return serve()


class TestVoice:
    def test_what_the_platform_heard_is_the_question(self, world: World) -> None:
        text = world.sends(world.platform.voice("o-1", "八点五点二讲什么。")).text or ""
        assert world.dialogue.questions == ["8.5.2讲什么"]
        assert "8.5.2" in text

    def test_a_spoken_command_is_a_command(self, world: World) -> None:
        assert world.sends(world.platform.voice("o-1", "取回。")).text == wording.NOTHING_TO_FETCH

    @pytest.mark.parametrize("heard", [None, "", " 。"])
    def test_without_recognition_the_person_is_asked_to_type(self, world: World, heard: str | None) -> None:
        assert world.sends(world.platform.voice("o-1", heard)).text == wording.NOT_HEARD
        assert world.dialogue.questions == []


@pytest.mark.parametrize(
    ("heard", "typed"),
    [
        ("八点五点二讲什么", "8.5.2讲什么"),
        ("八点五点二点一", "8.5.2.1"),
        ("8点5点2要求做什么？", "8.5.2要求做什么？"),
        ("十点二点一说的是什么", "10.2.1说的是什么"),
        ("第八点五条", "第8.5条"),
        ("早上八点五分开会吗", "早上八点五分开会吗"),
        ("百分之三点五", "百分之三点五"),
        ("证书有效期几年。", "证书有效期几年"),
    ],
)
def test_spoken_clause_numbers_are_written_with_dots_and_times_are_left_alone(heard: str, typed: str) -> None:
    assert written(heard) == typed


class TestPictures:
    def test_the_line_with_the_clause_is_the_question_and_is_said(self, serve: Serve) -> None:
        page = "GB/T 19001-2016\n8.5.2 标识和可追溯性\n需要时，组织应采用适当的方法识别输出，以确保产品合格。"
        world = serve(read_picture=lambda name, data: page)
        text = world.sends(world.platform.image("o-1", b"\x89PNG picture")).text or ""
        assert world.dialogue.questions == ["GB/T 19001-2016 8.5.2 标识和可追溯性"]
        assert wording.READ_IN_PICTURE.format(text="GB/T 19001-2016 8.5.2 标识和可追溯性") in text

    def test_the_picture_is_fetched_by_its_media_id_where_it_has_no_address(self, serve: Serve) -> None:
        world = serve(read_picture=lambda name, data: data.decode())
        _, media_id = world.api.add_picture("认证证书有效期".encode())
        parcel = world.platform.message("o-1", "image", f"<MediaId>{media_id}</MediaId>")
        assert "认证证书有效期" in (world.sends(parcel).text or "")

    def test_a_picture_without_words_is_answered_politely(self, serve: Serve) -> None:
        world = serve(read_picture=lambda name, data: "")
        assert world.sends(world.platform.image("o-1", b"\x89PNG")).text == wording.NOT_READ
        assert world.dialogue.questions == []

    def test_a_picture_that_is_no_picture_is_answered_politely(self, world: World) -> None:
        assert world.sends(world.platform.image("o-1", b"not a picture")).text == wording.NOT_READ

    @pytest.mark.parametrize("url", ["http://127.0.0.1:1/secret", "file:///etc/passwd", "http://evil.example/qpic.cn"])
    def test_nothing_is_fetched_from_anywhere_but_the_platform(self, serve: Serve, url: str) -> None:
        world = serve(read_picture=lambda name, data: "证书有效期几年？")
        parcel = world.platform.message("o-1", "image", f"<PicUrl>{url}</PicUrl>")
        assert world.sends(parcel).text == wording.NOT_READ

    def test_a_redelivered_picture_is_read_once(self, serve: Serve) -> None:
        read: list[str] = []
        world = serve(read_picture=lambda name, data: read.append(name) or "证书有效期几年？")  # type: ignore[func-returns-value]
        parcel = world.platform.image("o-1", b"\x89PNG")
        texts = {world.platform.deliver_once(parcel, number).text for number in (1, 2)}
        assert (len(texts), read) == (1, ["picture.png"])

    @pytest.mark.slow
    def test_a_real_photo_of_a_clause_is_read(self, serve: Serve, tmp_path: Path) -> None:
        world = serve(reply_within=60.0)
        font = _chinese_font(40)
        picture = Image.new("RGB", (1000, 240), "white")
        ImageDraw.Draw(picture).text(
            (30, 40), "8.5.2 标识和可追溯性\n组织应采用适当的方法识别输出", fill="black", font=font
        )
        picture.save(tmp_path / "clause.png")
        parcel = world.platform.image("o-1", (tmp_path / "clause.png").read_bytes())
        patient = WeChatPlatform(world.url, TOKEN, redelivery_after=60, api=world.api)
        assert "8.5.2" in (patient.deliver(parcel).text or "")
        assert "可追溯性" in world.dialogue.questions[0]


def _chinese_font(size: int) -> Any:
    from PIL import ImageFont

    for path in sorted(Path("/usr/share/fonts").rglob("*CJK*Regular*")) + sorted(
        Path("/usr/share/fonts").rglob("*wqy*")
    ):
        return ImageFont.truetype(str(path), size)
    pytest.skip("no Chinese font here")


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("质量管理体系认证证书\n证书编号：0012\n某某公司", "质量管理体系认证证书"),
        ("第十二条 认证机构应当公开信息。其他", "第十二条 认证机构应当公开信息"),
        ("随便什么\n证书有效期几年？", "证书有效期几年？"),
        ("GB/T 19001-2016", "GB/T 19001-2016"),
        ("～～～\n12", ""),
        ("", ""),
    ],
)
def test_a_photo_asks_for_its_clause_its_certificate_or_its_question(text: str, question: str) -> None:
    assert question_in(text) == question


def test_what_a_photo_asks_is_never_longer_than_a_line() -> None:
    assert len(question_in("追溯" * 500)) <= 60


class TestOtherMessages:
    def test_a_place_is_answered_politely(self, world: World) -> None:
        assert world.sends(world.platform.location("o-1")).text == wording.NO_PLACES

    def test_the_title_of_a_link_can_be_asked_by_its_number(self, world: World) -> None:
        told = world.sends(world.platform.link("o-1", "新版认证规则发布", "https://example.org")).text
        assert told == wording.LINK_TITLE.format(title="新版认证规则发布")
        assert "关于“新版认证规则发布”" in world.say("1")

    def test_a_link_without_title_is_answered_politely(self, world: World) -> None:
        assert world.sends(world.platform.link("o-1", "", "https://example.org")).text == wording.LINK_NOT_OPENED


class TestEvents:
    def test_a_sample_question_of_the_greeting_is_asked_by_its_number(self, world: World) -> None:
        greeting = world.platform.subscribe("o-1").text or ""
        assert f"2. {SAMPLES[1]}" in greeting
        assert f"关于“{SAMPLES[1]}”" in world.say("2")

    def test_a_click_asks_its_question_once(self, world: World) -> None:
        click = world.platform.click("o-1", f"{KEY}{QUESTION}")
        assert world.platform.deliver_once(click).text == world.platform.deliver_once(click, 2).text
        assert world.dialogue.questions == [QUESTION]

    def test_a_click_can_be_a_command(self, world: World) -> None:
        world.say(QUESTION)
        assert "质量管理体系认证规则" in (world.sends(world.platform.click("o-1", f"{KEY}来源")).text or "")

    def test_a_click_on_a_menu_that_is_gone_is_explained(self, world: World) -> None:
        assert world.sends(world.platform.click("o-1", "V1001_TODAY")).text == wording.MENU_OLD

    def test_a_scanned_code_asks_its_question_or_greets(self, world: World) -> None:
        scanned = world.sends(world.platform.event("o-1", "SCAN", f"{KEY}{QUESTION}")).text or ""
        assert f"关于“{QUESTION}”" in scanned
        assert (world.sends(world.platform.event("o-1", "SCAN", "12")).text or "").startswith(wording.GREETING)

    def test_opening_a_page_from_the_menu_is_answered_with_nothing(self, world: World) -> None:
        assert world.sends(world.platform.event("o-1", "VIEW", "https://example.org")).deliveries[-1].result == "silent"

    def test_who_leaves_is_forgotten(self, world: World, database: Database) -> None:
        world.say(QUESTION)
        person = _turn(database, QUESTION).person
        account = world.platform.account
        assert world.house.courier._addresses.platform_id("wechat", account, person) == "o-1"
        world.sends(world.platform.event("o-1", "unsubscribe"))
        assert world.house.courier._addresses.platform_id("wechat", account, person) is None


class TestCommands:
    def test_a_number_chooses_one_of_the_questions_offered(self, world: World) -> None:
        offer = ("证书有效期几年", "监督审核多久一次")
        world.dialogue.answers["证书"] = Answer(Outcome.NOT_IN_KNOWLEDGE, "refusal", "资料里没有。", suggestions=offer)
        assert f"2. {offer[1]}" in world.say("证书")
        for choice, question in (("2", offer[1]), ("第一个", offer[0]), ("１。", offer[0])):
            assert f"关于“{question}”" in world.say(choice)

    def test_a_number_nobody_offered_is_a_question(self, world: World) -> None:
        world.say("7")
        assert world.dialogue.questions == ["7"]

    def test_a_redelivered_number_keeps_its_choice(self, world: World) -> None:
        world.platform.subscribe("o-1")
        parcel = world.platform.text("o-1", "1")
        first = world.platform.deliver_once(parcel).text
        world.dialogue.answers["别的"] = Answer(Outcome.DIALOGUE, "dialogue", "哪一个？", suggestions=("甲", "乙"))
        world.say("别的")
        assert world.platform.deliver_once(parcel, 2).text == first

    def test_asking_otherwise_offers_the_last_suggestions_by_number(self, world: World) -> None:
        world.dialogue.answers["证书"] = Answer(
            Outcome.NOT_IN_KNOWLEDGE, "refusal", "资料里没有。", suggestions=("证书有效期几年",)
        )
        world.say("证书")
        assert "1. 证书有效期几年" in world.say("换个问法")
        assert "关于“证书有效期几年”" in world.say("1")

    def test_asking_otherwise_with_nothing_before_offers_samples(self, world: World) -> None:
        assert f"1. {SAMPLES[0]}" in world.say("换个问法")

    def test_a_person_is_named_and_the_turn_marked(self, world: World, database: Database) -> None:
        assert CONTACT in world.say("转人工")
        assert _turn(database, "转人工").person_wanted_at is not None
        world.say(QUESTION)
        assert _turn(database, QUESTION).person_wanted_at is None

    def test_where_the_platforms_own_service_is_enabled_it_takes_over(self, serve: Serve) -> None:
        world = serve(transfer=True)
        shown = world.sends(world.platform.text("o-1", "转人工"))
        assert (shown.text, shown.notice, shown.deliveries[-1].result) == (None, None, "transferred")
        assert CONTACT not in world.say(QUESTION)


class TestLateAnswers:
    def late(self, world: World, question: str = QUESTION) -> list[str]:
        """Ask what takes longer than three deliveries; what is on the screen when it has come."""
        gate = world.dialogue.hold(question)
        assert world.platform.send_text("o-1", question).text is None  # no placeholder
        gate.set()
        return self.wait_for(world, 1)

    def wait_for(self, world: World, count: int) -> list[str]:
        until(lambda: len(self.screen(world)) >= count and self.noted(world))
        return self.screen(world)

    def noted(self, world: World) -> bool:
        """On the screen is one thing, written down that it is, another; the second comes a moment later."""
        with world.house.outbox._database.reading() as session:
            return not session.scalars(select(OutgoingRow).where(OutgoingRow.state == "sending")).all()

    def screen(self, world: World) -> list[str]:
        return [one.text for one in world.platform.screens.of("o-1") if one.way == "message"]

    def test_a_late_answer_comes_by_itself_and_names_its_question(self, world: World) -> None:
        (text,) = self.late(world)
        assert text.startswith(wording.FETCHED_FOR.format(question=QUESTION))
        assert "三年" in text
        assert world.say("取回").startswith(wording.NOTHING_NEW)

    def test_a_long_one_comes_in_two_parts_and_goes_on_with_more(self, world: World) -> None:
        long = "".join(f"第{number}条要求供方保持记录，并在交付前逐项核对。" for number in range(120))
        world.dialogue.answers[QUESTION] = Answer(Outcome.ANSWERED, "extract", long)
        self.late(world)
        self.wait_for(world, 2)
        assert wording.MORE_HINT not in self.screen(world)[0]
        third = world.say("更多")
        joined = "".join([*self.screen(world), third])
        assert all(f"第{number}条" in joined for number in range(60))

    def test_a_token_that_ran_out_is_renewed_once(self, world: World) -> None:
        self.late(world)
        world.api.expire_tokens()
        world.dialogue.hold("又一个")
        gate = world.dialogue.hold("又一个")
        world.platform.send_text("o-1", "又一个")
        gate.set()
        self.wait_for(world, 2)
        assert world.api.codes == [42001]
        assert world.api.tokens_given == 2

    @pytest.mark.parametrize("code", [45015, 45047, 48002])
    def test_what_the_platform_will_not_take_is_a_dead_letter_that_says_why_and_can_be_fetched(
        self, world: World, code: int
    ) -> None:
        world.api.refuse_all(code)
        gate = world.dialogue.hold(QUESTION)
        world.platform.send_text("o-1", QUESTION)
        gate.set()
        until(world.house.outbox.dead_letters)
        (letter,) = world.house.outbox.dead_letters()
        assert letter.error == f"{code}：{wording.WECHAT_ERRORS[code]}"
        assert "三年" in world.say("取回")

    def test_a_used_up_day_is_waited_for(self, world: World) -> None:
        world.api.plan("refuse", 45009)
        gate = world.dialogue.hold(QUESTION)
        world.platform.send_text("o-1", QUESTION)
        gate.set()
        until(lambda: 45009 in world.api.codes)
        time.sleep(0.3)
        assert (self.screen(world), world.house.outbox.dead_letters()) == ([], [])
        assert world.house.outbox.due(10) == []
        assert "三年" in world.say("取回")  # meanwhile it can be fetched, and is not sent any more

    def test_a_busy_platform_is_asked_again(self, world: World) -> None:
        world.api.plan("busy")
        assert len(self.late(world)) == 1

    def test_an_answer_that_may_have_arrived_is_not_sent_again(self, world: World) -> None:
        world.api.plan("lose")
        self.late(world)
        until(world.house.outbox.dead_letters)
        assert [letter.state for letter in world.house.outbox.dead_letters()] == ["unknown"]
        assert len(self.screen(world)) == 1

    def test_four_of_five_messages_are_ours_and_one_is_kept_for_a_person(self, world: World) -> None:
        gates = [world.dialogue.hold(f"慢{number}") for number in range(6)]
        threads = [
            threading.Thread(target=world.platform.send_text, args=("o-1", f"慢{number}")) for number in range(6)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for gate in gates:
            gate.set()
        until(lambda: len(world.house.outbox.dead_letters()) == 2)
        assert len(self.screen(world)) == 4
        assert {letter.error for letter in world.house.outbox.dead_letters()} == {wording.WECHAT_COUNT_USED}
        assert world.api.codes == []  # the platform never had to say no


class TestKeyChange:
    def test_two_tokens_and_two_keys_are_valid_while_they_are_changed(self, serve: Serve) -> None:
        world = serve(
            mode="safe",
            aes_key=SecretStr(AES_KEYS[1]),
            aes_key_before=SecretStr(AES_KEYS[0]),
            token=SecretStr("new-token"),
            token_before=SecretStr(TOKEN),
        )
        clock = world.platform.clock
        for token, key in ((TOKEN, AES_KEYS[0]), ("new-token", AES_KEYS[1]), ("new-token", AES_KEYS[0])):
            platform = WeChatPlatform(world.url, token, aes_key=key, app_id=APP_ID, time_scale=SCALE, clock=clock)
            assert platform.verify()
            assert platform.send_text("o-1", QUESTION).text
        other = WeChatPlatform(world.url, "third", aes_key=AES_KEYS[0], app_id=APP_ID, time_scale=SCALE, clock=clock)
        assert not other.verify()

    def test_after_the_change_the_old_ones_are_refused(self, serve: Serve) -> None:
        world = serve(token=SecretStr("new-token"))
        assert not world.platform.verify()
        assert world.platform.deliver_once(world.platform.text("o-1", QUESTION)).status == 403


class TestMenu:
    def test_the_built_in_menu_is_taken_by_the_platform_and_its_clicks_are_understood(self, world: World) -> None:
        from bot.wechat.client import WeChatApi

        menu = read_menu(BUILT_IN)
        api: WeChatApi = world.house.courier._senders["wechat", ""]._api  # type: ignore[attr-defined]
        api.create_menu(menu)
        assert world.api.menu == menu
        clicks = [item["key"] for button in menu["button"] for item in button.get("sub_button", [button])]
        for key in clicks:
            assert world.sends(world.platform.click("o-1", key)).text not in (None, wording.MENU_OLD)

    @pytest.mark.parametrize(
        ("text", "why"),
        [
            ("buttons: []", "1 到 3"),
            ("[1, 2]", "1 到 3"),
            ("buttons: [{name: 一二三四五六七, say: x}]", "16 字节"),
            ("buttons: [{name: 问}]", "没有"),
            ("buttons: [{name: 问, ask: a, url: 'https://x'}]", "ask、url"),
            ("buttons: [{name: 网, url: 'javascript:x'}]", "https://"),
            (f"buttons: [{{name: 问, ask: {'长' * 41}}}]", "120 字节"),
            ("buttons: [{name: 问, items: [" + "{name: a, say: b}," * 6 + "]}]", "最多 5 个"),
            ("a: [", "读不出来"),
        ],
    )
    def test_a_wrong_menu_file_is_refused_with_its_name_and_the_place(
        self, tmp_path: Path, text: str, why: str
    ) -> None:
        path = tmp_path / "menu.yaml"
        path.write_text(text, "utf-8")
        with pytest.raises(MenuInvalid, match=r"menu\.yaml") as refused:
            read_menu(path)
        assert why in str(refused.value)


def test_a_reply_to_somebody_else_is_refused_by_the_platform(world: World) -> None:
    reply = "<xml><ToUserName>o-2</ToUserName><FromUserName>gh</FromUserName><MsgType>text</MsgType></xml>"
    with pytest.raises(ReplyRefused, match="not from our account"):
        world.platform._read(reply.encode(), "o-1")


def _turn(database: Database, question: str) -> TurnRow:
    with database.reading() as session:
        return session.scalars(select(TurnRow).where(TurnRow.question == question)).one()
