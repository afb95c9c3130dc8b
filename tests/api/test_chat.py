"""The contract of the chat page: events, joining a turn again, and refusals in words."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.wiring import Assistant
from bot.feedback import Feedback
from bot.turns import TurnRow
from retrieval.answers import Answer, Citation, Outcome
from tests.fakes.dialogue import ScriptedDialogue

Events = list[tuple[str, dict[str, Any]]]


def ask(client: TestClient, message: str, key: str = "k1", conversation: str = "c1") -> Events:
    response = client.post("/api/chat", json={"message": message, "key": key, "conversation": conversation})
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("text/event-stream")
    return parse(response.text)


def parse(stream: str) -> Events:
    events: Events = []
    for block in stream.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.split("\n") if line and not line.startswith(":"))
        if lines:
            events.append((lines["event"], json.loads(lines["data"])))
    return events


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "JSON"),
        (b"{", "JSON"),
        (b"[" * 50_000, "JSON"),
        (b"\xff\xfe", "JSON"),
        (b"[]", "格式"),
        (b'{"message": "x"}', "格式"),
        (b'{"message": 5, "key": "k", "conversation": "c"}', "格式"),
        (b'{"message": " ", "key": "k", "conversation": "c"}', "请先写下"),
        (json.dumps({"message": "问" * 501, "key": "k", "conversation": "c"}).encode(), "500"),
        (json.dumps({"message": "问", "key": "k" * 101, "conversation": "c"}).encode(), "格式"),
    ],
)
def test_what_is_no_question_is_refused_in_words(client: TestClient, body: bytes, words: str) -> None:
    response = client.post("/api/chat", content=body)
    assert response.status_code == 400
    assert words in response.json()["message"]


def test_a_body_too_large_is_refused_and_the_service_answers_on(client: TestClient) -> None:
    def in_pieces() -> Any:
        yield from (b"x" * 100_000 for _ in range(20))

    for content in (b"x" * 10_000_000, in_pieces()):
        response = client.post("/api/chat", content=content)
        assert response.status_code == 413
        assert "太大" in response.json()["message"]
    assert ask(client, "还在吗", key="after-large")[-1][0] == "done"


def test_twenty_thousand_characters_are_refused_in_words(client: TestClient) -> None:
    response = client.post("/api/chat", json={"message": "问" * 20_000, "key": "k", "conversation": "c"})
    assert response.status_code in (400, 413)
    assert response.json()["message"]


def test_an_unknown_turn_is_said_to_be_unknown(client: TestClient) -> None:
    for response in (client.get("/api/turns/nope"), client.post("/api/turns/nope/feedback", json={"useful": True})):
        assert response.status_code == 404
        assert response.json()["message"]


def test_an_unknown_address_is_answered_in_the_callers_language(client: TestClient) -> None:
    assert client.get("/api/nope").json() == {"message": "没有这个地址。"}
    assert "<html" in client.get("/nope").text


# ---------------------------------------------------------------- answers


def test_a_question_is_told_turn_first_then_text_then_everything(client: TestClient) -> None:
    events = ask(client, "证书有效期几年", key="order")
    assert [name for name, _ in events] == ["turn", *["delta"] * (len(events) - 2), "done"]
    done = events[-1][1]
    assert "".join(data["text"] for name, data in events if name == "delta") == done["text"]
    assert done["turn"] == events[0][1]["turn"]
    citation = done["citations"][0]
    assert citation["evidence_url"].startswith("/evidence/doc-1?start=10&end=")
    assert (done["outcome"], done["label"]) == ("answered", "原文摘录")


def test_the_same_key_joins_the_same_turn(client: TestClient, dialogue: ScriptedDialogue) -> None:
    first, again = (ask(client, "只问一次", key="same") for _ in range(2))
    assert first == again
    assert dialogue.questions.count("只问一次") == 1


def test_the_same_key_in_another_conversation_is_another_turn(client: TestClient) -> None:
    first, other = (ask(client, "两个人", key="shared", conversation=name) for name in ("甲", "乙"))
    assert first[0] != other[0]


def running_turn(assistant: Assistant) -> str:
    with assistant.database.session() as session:
        return session.scalars(select(TurnRow.id).where(TurnRow.state == "running")).one()


def test_a_turn_still_running_is_said_to_run_and_then_found(
    client: TestClient, assistant: Assistant, dialogue: ScriptedDialogue
) -> None:
    gate = dialogue.hold("慢的")
    told: Events = []
    asking = threading.Thread(target=lambda: told.extend(ask(client, "慢的", key="slow")))
    asking.start()
    dialogue.wait_until_asked()
    turn = running_turn(assistant)
    assert client.get(f"/api/turns/{turn}").json()["state"] == "running"
    gate.set()
    asking.join(10)
    assert client.get(f"/api/turns/{turn}").json() == told[-1][1]


def test_a_failure_is_told_as_an_error_that_may_be_asked_again(client: TestClient, dialogue: ScriptedDialogue) -> None:
    dialogue.fail("会坏的", times=5)
    name, data = ask(client, "会坏的", key="broken")[-1]
    assert name == "error"
    assert data["message"]


def test_answers_are_shown_as_text_that_cannot_carry_anything_else(
    client: TestClient, dialogue: ScriptedDialogue
) -> None:
    text = "<script>alert(1)</script>\n[点](javascript:alert(1)) ![图](http://x/y.png)\n**要点**"
    cited = Citation("某文件", "x.md", url="javascript:alert(1)")
    dialogue.answers["脏"] = Answer(Outcome.ANSWERED, "extract", text, (cited,))
    done = ask(client, "脏", key="dirty")[-1][1]
    assert "<script" not in done["html"]
    assert "<img" not in done["html"]
    assert 'href="javascript' not in done["html"]
    assert "<strong>要点</strong>" in done["html"]
    assert done["citations"][0]["url"] is None


def test_earlier_questions_of_the_conversation_are_its_history(client: TestClient, dialogue: ScriptedDialogue) -> None:
    ask(client, "先问这个", key="h1", conversation="history")
    ask(client, "再问那个", key="h2", conversation="history")
    asked = {message.text: history for message, history in dialogue.asked}
    assert [one.question for one in asked["再问那个"]] == ["先问这个"]


def test_an_opinion_is_kept_and_the_last_one_counts(client: TestClient, assistant: Assistant) -> None:
    turn = ask(client, "有用吗", key="opinion")[0][1]["turn"]
    for opinion in ({"useful": True, "reason": None}, {"useful": False, "reason": "打 13812345678 问过，不对"}):
        assert client.post(f"/api/turns/{turn}/feedback", json=opinion).status_code == 204
    useful, reason = Feedback(assistant.database).of(turn) or (None, None)
    assert useful is False
    assert "13812345678" not in (reason or "")
    assert client.post(f"/api/turns/{turn}/feedback", json={"useful": "ja"}).status_code == 400


def test_jobs_have_no_door_without_a_token(open_client: Callable[..., TestClient]) -> None:
    assert open_client().post("/internal/jobs", json={"name": "documents"}).status_code == 404
    guarded = open_client(job_token="secret")
    refused = guarded.post("/internal/jobs", json={"name": "documents"}, headers={"X-Guangzhi-Token": "guess"})
    assert refused.status_code == 404
    taken = guarded.post("/internal/jobs", json={"name": "documents"}, headers={"X-Guangzhi-Token": "secret"})
    assert "result" in json.loads(taken.text.strip().split("\n")[-1])
