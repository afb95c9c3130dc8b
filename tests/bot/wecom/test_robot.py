"""The 智能机器人: streams that grow until they are finished, over real HTTP."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from bot import wording as shared
from bot.feedback import Feedback
from bot.messages import Exchange, IncomingMessage, Show
from bot.wecom import wording
from retrieval.answers import Answer, Outcome
from tests.bot.wecom.conftest import SAMPLES, RobotWorld, robot_world
from tests.bot.wecom.service import until
from tests.fakes.dialogue import QUOTE, cited_answer

QUESTION = "证书有效期几年"

Serve = Callable[..., RobotWorld]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    worlds: list[RobotWorld] = []

    def serve(**changes: Any) -> RobotWorld:
        worlds.append(robot_world(tmp_path, **changes))
        return worlds[-1]

    yield serve
    for world in worlds:
        world.close()


class Writer:
    """Says verified pieces one by one, as a chat model's answer is written."""

    def __init__(self, *pieces: str) -> None:
        self.pieces = pieces
        self.go_on = threading.Semaphore(0)

    def reply(self, message: IncomingMessage, history: tuple[Exchange, ...], show: Show | None = None) -> Answer:
        assert show is not None, "nobody reads along"
        for piece in self.pieces:
            show(piece)
            assert self.go_on.acquire(timeout=30)
        return Answer(Outcome.ANSWERED, "generated", "".join(self.pieces))


def test_the_handshake_has_no_receiver(robot: RobotWorld) -> None:
    assert robot.platform.caller.verify()


def test_an_answer_that_is_ready_is_one_finished_stream(robot: RobotWorld) -> None:
    robot.platform.send(robot.platform.text("m-1", QUESTION))
    (stream,) = robot.platform.streams("m-1")
    assert stream.finished
    assert len(stream.states) == 1
    assert QUOTE in stream.text
    assert "[查看原文](https://kb.example.org/evidence/doc-1" in stream.text
    assert stream.id == robot.service.turns()[0].id


def test_a_slow_answer_is_asked_for_until_it_is_finished(serve: Serve) -> None:
    robot = serve(reply_within=0.1)
    gate = robot.service.dialogue.hold(QUESTION)
    robot.platform.send(robot.platform.text("m-1", QUESTION))
    (stream,) = robot.platform.streams("m-1")
    assert (stream.text, stream.finished) == (wording.SEARCHING, False)
    gate.set()
    until(lambda: stream.finished)
    assert f"关于“{QUESTION}”" in stream.text


def test_what_is_written_is_shown_as_it_grows_and_says_that_it_is_generated(serve: Serve) -> None:
    robot = serve(reply_within=0.1)
    writer = Writer("证书有效期为三年。", "到期前可以申请再认证。")
    robot.service.process.runner._dialogue = writer
    robot.platform.send(robot.platform.text("m-1", QUESTION))
    (stream,) = robot.platform.streams("m-1")
    until(lambda: "三年。" in stream.text)
    assert not stream.finished
    writer.go_on.release()
    until(lambda: "再认证。" in stream.text)
    writer.go_on.release()
    until(lambda: stream.finished)
    label = Answer(Outcome.ANSWERED, "generated", "").label
    told = [state for state in stream.states if state != wording.SEARCHING]
    assert all(state.startswith(f"【{label}】") for state in told)
    assert all(later.startswith(earlier) for earlier, later in pairwise(told))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # the killed ones
def test_a_stream_goes_on_after_a_restart(serve: Serve) -> None:
    robot = serve(reply_within=0.1)
    gate = robot.service.dialogue.hold(QUESTION)
    robot.platform.send(robot.platform.text("m-1", QUESTION))
    (stream,) = robot.platform.streams("m-1")
    robot.service.kill()
    robot.service.start()
    gate.set()
    until(lambda: stream.finished)
    assert f"关于“{QUESTION}”" in stream.text
    assert stream.id == robot.service.turns()[0].id


def test_the_same_message_twice_is_the_same_stream(robot: RobotWorld) -> None:
    message = robot.platform.text("m-1", QUESTION)
    robot.platform.send(message)
    robot.platform.send(message)
    assert len(robot.platform.screen("m-1")) == 1
    assert robot.service.dialogue.questions == [QUESTION]


def test_in_a_group_the_mention_is_no_part_of_the_question(robot: RobotWorld) -> None:
    robot.platform.send(robot.platform.text("m-1", f"@光质通 {QUESTION}", chat="c-1"))
    assert robot.service.dialogue.questions == [QUESTION]


def test_what_was_asked_in_a_group_is_not_the_past_of_a_single_conversation(robot: RobotWorld) -> None:
    def past() -> list[str]:
        return [exchange.question for exchange in robot.service.dialogue.asked[-1][1]]

    robot.platform.send(robot.platform.text("m-1", f"@光质通 {QUESTION}", chat="c-1"))
    robot.platform.send(robot.platform.text("m-1", "为什么"))
    assert past() == []
    robot.platform.send(robot.platform.text("m-1", "@光质通 那监督审核呢", chat="c-1"))
    assert past() == [QUESTION]


def test_a_picture_is_answered_with_a_request_to_type(robot: RobotWorld) -> None:
    robot.platform.send(robot.platform.message("m-1", "image", image={"url": "https://example.org/x"}))
    assert robot.platform.screen("m-1") == [wording.ONLY_TEXT]


def test_who_opens_the_conversation_is_greeted(robot: RobotWorld) -> None:
    robot.platform.send(robot.platform.event("m-1", "enter_chat"))
    assert robot.platform.screen("m-1") == [shared.hello(SAMPLES)]


def test_an_answer_over_the_limit_goes_on_when_asked(serve: Serve) -> None:
    world = serve(text_limit=800, reply_within=5)
    sentences = [f"第{number}条要求供方保持记录，并在交付前逐项核对。" for number in range(40)]
    world.service.dialogue.answers[QUESTION] = cited_answer("".join(sentences))
    world.platform.send(world.platform.text("m-1", QUESTION))
    for _ in range(10):
        world.platform.send(world.platform.text("m-1", "更多"))
        if shared.MORE_HINT not in world.platform.screen("m-1")[-1]:
            break
    shown = "".join(world.platform.screen("m-1"))
    assert all(shown.count(sentence) == 1 for sentence in sentences)
    assert all(len(text.encode()) <= 800 for text in world.platform.screen("m-1"))
    world.platform.send(world.platform.text("m-1", "来源"))
    assert QUOTE in world.platform.screen("m-1")[-1]


def test_a_stream_that_takes_too_long_ends_with_how_to_get_the_answer(serve: Serve) -> None:
    world = serve(give_up_after=0.3, reply_within=0.1)
    gate = world.service.dialogue.hold(QUESTION)
    world.platform.send(world.platform.text("m-1", QUESTION))
    (stream,) = world.platform.streams("m-1")
    until(lambda: stream.finished)
    assert stream.text == wording.STILL_SEARCHING
    world.platform.send(world.platform.text("m-1", "取回"))
    assert world.platform.screen("m-1")[-1] == shared.STILL_RUNNING
    gate.set()
    until(world.service.settled)
    world.platform.send(world.platform.text("m-1", "取回"))
    assert f"关于“{QUESTION}”" in world.platform.screen("m-1")[-1]


def test_an_unknown_stream_is_ended(robot: RobotWorld) -> None:
    refresh = robot.platform.message("m-1", "stream", stream={"id": "no-such-turn"})
    robot.platform.send(refresh)
    (stream,) = robot.platform.streams("m-1")
    assert (stream.text, stream.finished) == (wording.UNKNOWN_STREAM, True)


def test_another_robots_stream_is_not_told(robot: RobotWorld) -> None:
    robot.platform.send(robot.platform.text("m-1", QUESTION))
    robot.platform.robot = "another-robot"
    refresh = robot.platform.message("m-2", "stream", stream={"id": robot.service.turns()[0].id})
    robot.platform.send(refresh)
    assert robot.platform.screen("m-2") == [wording.UNKNOWN_STREAM]


@pytest.mark.parametrize(("type_", "useful"), [(1, True), (2, False)])
def test_a_thumb_is_kept_with_its_reason(robot: RobotWorld, type_: int, useful: bool) -> None:
    robot.platform.send(robot.platform.text("m-1", QUESTION))
    turn = robot.service.turns()[0].id
    feedback = {"id": turn, "type": type_, "content": "电话 13800138000 打不通"}
    robot.platform.send(robot.platform.event("m-1", "feedback_event", feedback_event=feedback))
    given = Feedback(robot.service.database).of(turn)
    assert given is not None
    assert given[0] is useful
    assert "13800138000" not in (given[1] or "")
