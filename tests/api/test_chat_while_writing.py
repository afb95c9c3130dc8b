"""What a person reads while a chat model still writes: verified sentences, the label, and in the end the stored reply."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator
from threading import Event
from typing import Any

import anyio
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

import bot.turns  # noqa: F401  # declares its table
from api.routes.chat import CHANNEL, Asked, Chat, chat_router, state_of
from bot.delivery import TurnRunner
from bot.dialogue import Conversation
from bot.feedback import Feedback
from bot.messages import Exchange, IncomingMessage, Show
from bot.people import People
from bot.turns import Turns
from knowledge.terms import Segmenter
from retrieval.answers import Answer, Outcome
from retrieval.generation.budget import Budget
from retrieval.generation.generator import Generator
from tests.fakes.chat_models import ScriptedChatModel
from tests.fakes.dialogue import WaveringDialogue
from tests.retrieval.generation.material import Memory
from tests.retrieval.world import CONFIDENCE, World, open_world

ASKED = "今年建成多少个质量联合体"
FIRST = "今年共建成12个质量联合体，覆盖企业86家。"
SECOND = "目前全市已有3个片区试点。"
LIE = "其中70家已获得补贴[1]。"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = open_world(tmp_path_factory.mktemp("world"), Segmenter())
    world.answerer._confidence = CONFIDENCE
    yield world
    world.answerer.generator = None
    world.database.close()


Begin = Callable[..., Chat]


@pytest.fixture
def begin(world: World) -> Iterator[Begin]:
    """Chat with a model that says what the test wrote; `dialogue` in place of the real one where given."""
    runners = []

    def begin(*script: object, timeout: float = 5.0, dialogue: Any = None) -> Chat:
        model = ScriptedChatModel(script=list(script))
        world.answerer.generator = Generator(model, Budget(Memory(), 0), timeout)
        runners.append(TurnRunner(Turns(world.database), dialogue or Conversation(world.answerer)))
        feedback = Feedback(world.database)
        return Chat(runners[-1], People(b"a key of at least sixteen bytes"), feedback, anyio.CapacityLimiter(8))

    yield begin
    for runner in runners:
        runner.close()


async def events(chat: Chat, key: str) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    turn = await chat.begin(Asked(message=ASKED, key=key, conversation="c"))
    async for block in chat.events(turn):
        if block.startswith("event: "):
            name, data = block.strip().split("\n")
            yield name.removeprefix("event: "), json.loads(data.removeprefix("data: "))


def all_of(chat: Chat, key: str) -> list[tuple[str, dict[str, Any]]]:
    async def listen() -> list[tuple[str, dict[str, Any]]]:
        return [one async for one in events(chat, key)]

    return anyio.run(listen)


def test_the_first_sentence_is_told_while_the_model_still_writes(begin: Begin) -> None:
    go_on = Event()
    chat = begin("今年共建成12个质量联合体，覆盖企业86家[1]。", go_on, LIE, SECOND.replace("。", "[1]。"), timeout=20.0)

    async def listen() -> list[tuple[str, dict[str, Any]]]:
        heard = []
        async for name, data in events(chat, "while"):
            heard.append((name, data))
            if name == "delta" and not go_on.is_set():
                running = await chat.find(heard[0][1]["turn"])
                assert running is not None
                assert state_of(running, chat.runner.said(running.id)) == {
                    "turn": running.id,
                    "state": "running",
                    "text": FIRST,
                    "label": "AI 生成",
                }
                go_on.set()  # the model would wait for ever if nothing were told before its end
        return heard

    heard = anyio.run(listen)
    assert heard[1] == ("delta", {"text": FIRST, "label": "AI 生成"})
    told = "".join(data["text"] for name, data in heard if name == "delta")
    assert heard[-1][0] == "done"
    assert told == heard[-1][1]["text"]
    assert "补贴" not in json.dumps(heard, ensure_ascii=False)
    assert (heard[-1][1]["kind"], heard[-1][1]["label"]) == ("generated", "AI 生成")


def test_who_comes_in_later_hears_it_from_the_beginning(begin: Begin) -> None:
    go_on = Event()
    chat = begin("今年共建成12个质量联合体，覆盖企业86家[1]。", go_on, timeout=20.0)

    async def listen() -> list[str]:
        texts = []
        async for name, _ in events(chat, "twice"):
            if name == "delta":
                break  # the connection is lost
        async for name, data in events(chat, "twice"):
            if name == "delta":
                texts.append(data["text"])
                go_on.set()
        return texts

    assert "".join(anyio.run(listen)).startswith(FIRST)


@pytest.mark.parametrize("ending", ["stall", "death", "lies"])
def test_what_was_told_stays_and_is_the_answer_however_the_model_ends(begin: Begin, ending: str) -> None:
    never = Event()
    steps = {"stall": ["其中", never], "death": ["其中", ConnectionError("reset")], "lies": [LIE, LIE]}[ending]
    heard = all_of(begin("今年共建成12个质量联合体，覆盖企业86家[1]。", *steps, timeout=0.5), f"ends-{ending}")
    never.set()
    assert [name for name, _ in heard] == ["turn", "delta", "done"]
    assert heard[1][1]["text"] == heard[2][1]["text"] == FIRST


def test_what_does_not_answer_is_not_told_and_the_extract_comes(begin: Begin) -> None:
    never = Event()
    chat = begin("启动会之后，与会代表参观了展厅[1]。", LIE, never, timeout=0.5)
    heard = all_of(chat, "nothing")
    never.set()
    assert {data["label"] for name, data in heard if name == "delta"} == {"原文摘录"}
    assert heard[-1][1]["kind"] == "extract"


def test_where_the_stored_reply_reads_otherwise_the_text_is_replaced(begin: Begin) -> None:
    dialogue = WaveringDialogue("先这样说。", "后来那样说。")
    chat = begin(dialogue=dialogue)

    async def listen() -> list[tuple[str, dict[str, Any]]]:
        heard = []
        async for name, data in events(chat, "otherwise"):
            heard.append((name, data))
            if name == "delta":
                dialogue.go_on.set()
        return heard

    heard = anyio.run(listen)
    assert heard[1] == ("delta", {"text": "先这样说。", "label": "AI 生成"})
    screen = ""
    for name, data in heard:
        screen = {"delta": screen + data.get("text", ""), "replace": data.get("text", "")}.get(name, screen)
    assert "replace" in [name for name, _ in heard]
    assert screen == heard[-1][1]["text"] == "后来那样说。"


def test_a_channel_of_whole_messages_is_told_nothing_on_the_way(world: World, begin: Begin) -> None:
    told: list[object] = []

    class Attentive:
        def reply(self, message: IncomingMessage, history: tuple[Exchange, ...], show: Show | None = None) -> Answer:
            told.append(show)
            return Answer(Outcome.ANSWERED, "generated", "三年。")

    turns = Turns(world.database)
    runner = TurnRunner(turns, Attentive(), renderers={"wechat": lambda answer: (f"【{answer.label}】",)})
    for channel in ("wechat", CHANNEL):
        runner.answer(IncomingMessage(channel, "a", "p", "k", "问"), 10)
    runner.close()
    assert told[0] is None
    assert told[1] is not None


def test_a_reader_with_the_same_key_gets_the_stored_reply(begin: Begin) -> None:
    chat = begin("今年共建成12个质量联合体，覆盖企业86家[1]。")
    first = all_of(chat, "again")
    app = FastAPI()
    app.include_router(chat_router(chat.runner, chat.people, chat.feedback))
    with TestClient(app) as client:
        found = client.get(f"/api/turns/{first[-1][1]['turn']}").json()
    assert found == first[-1][1] == all_of(chat, "again")[-1][1]
