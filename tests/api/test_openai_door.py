"""/v1 as its callers see it: shapes, refusals, streams; and that what is asked there is a turn like any other."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.app import create_app
from api.keys import Keys
from api.wiring import Assistant
from bot.turns import TurnRow
from retrieval.answers import Answer, Outcome
from tests.fakes.dialogue import QUOTE, ScriptedDialogue

CHAT = "/v1/chat/completions"


@pytest.fixture
def key(assistant: Assistant, request: pytest.FixtureRequest) -> Iterator[str]:
    keys = Keys(assistant.database)
    made, secret = keys.add(request.node.name[:60], ["chat", "search"], per_minute=0, per_day=0)
    yield secret
    keys.revoke(made.id)


@pytest.fixture
def post(client: TestClient, key: str) -> Callable[..., Any]:
    def post(body: Any, path: str = CHAT, **headers: str) -> Any:
        return client.post(path, json=body, headers={"Authorization": f"Bearer {key}", **headers})

    return post


def asking(text: str = "证书有效期几年", **options: Any) -> dict[str, Any]:
    return {"model": "guangzhi", "messages": [{"role": "user", "content": text}], **options}


def error_of(response: Any) -> dict[str, Any]:
    error: dict[str, Any] = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    return error


def chunks(stream: str) -> list[dict[str, Any]]:
    lines = [line.removeprefix("data: ") for line in stream.split("\n") if line.startswith("data: ")]
    assert lines[-1] == "[DONE]"
    return [json.loads(line) for line in lines[:-1]]


def told(stream: list[dict[str, Any]]) -> str:
    return "".join(one["choices"][0]["delta"].get("content", "") for one in stream if one["choices"])


# ---------------------------------------------------------------- refusals


def test_without_a_key_the_door_is_closed_and_says_how_to_open_it(client: TestClient) -> None:
    for response in (client.post(CHAT, json=asking()), client.get("/v1/models"), client.post("/v1/search", json={})):
        assert response.status_code == 401
        assert response.headers["www-authenticate"] == "Bearer"
        error = error_of(response)
        assert error["code"] == "invalid_api_key"
        assert "guangzhi keys add" in error["message"] or "Authorization" in error["message"]


def test_a_wrong_key_is_refused(client: TestClient, key: str) -> None:
    wrong = client.post(CHAT, json=asking(), headers={"Authorization": f"Bearer {key}x"})
    assert (wrong.status_code, error_of(wrong)["code"]) == (401, "invalid_api_key")
    basic = client.post(CHAT, json=asking(), headers={"Authorization": f"Basic {key}"})
    assert basic.status_code == 401


def test_a_key_for_another_use_is_refused(client: TestClient, assistant: Assistant) -> None:
    keys = Keys(assistant.database)
    made, secret = keys.add("只检索", ["search"])
    headers = {"Authorization": f"Bearer {secret}"}
    refused = client.post(CHAT, json=asking(), headers=headers)
    assert (refused.status_code, error_of(refused)["code"]) == (403, "insufficient_scope")
    assert client.post("/v1/search", json={"query": "证书有效期"}, headers=headers).status_code == 200
    keys.revoke(made.id)


@pytest.mark.parametrize(
    ("options", "param", "words"),
    [
        ({"n": 2}, "n", "n 只能是 1"),
        ({"tools": [{"type": "function", "function": {"name": "f"}}]}, "tools", "工具"),
        ({"functions": [{"name": "f"}]}, "functions", "工具"),
        ({"response_format": {"type": "json_object"}}, "response_format", "response_format"),
        ({"logprobs": True}, "logprobs", "logprobs"),
        ({"modalities": ["text", "audio"]}, "modalities[1]", "文字"),
        ({"stream": "yes"}, "stream", "stream"),
        ({"messages": []}, "messages", "messages"),
        ({"messages": "问"}, "messages", "messages"),
        ({"messages": [{"role": "tool", "content": "x", "tool_call_id": "1"}]}, "messages[0]", "role"),
        ({"messages": [{"role": "system", "content": "只有系统提示"}]}, "messages", "user"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "http://x/y"}}]}]},
            "messages[0]",
            "文字",
        ),
    ],
)
def test_what_would_mislead_is_refused_by_name(
    post: Callable[..., Any], dialogue: ScriptedDialogue, options: dict[str, Any], param: str, words: str
) -> None:
    response = post({**asking(), **options})
    error = error_of(response)
    assert (response.status_code, error["param"]) == (400, param)
    assert words in error["message"]
    assert dialogue.questions == []


def test_another_model_is_not_found(post: Callable[..., Any], client: TestClient, key: str) -> None:
    response = post({**asking(), "model": "gpt-9"})
    assert (response.status_code, error_of(response)["code"]) == (404, "model_not_found")
    one = client.get("/v1/models/gpt-9", headers={"Authorization": f"Bearer {key}"})
    assert one.status_code == 404


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 50_000, b"\xff\xfe", b"[]", b"null", b'{"model": "guangzhi"}'])
def test_what_is_no_request_is_refused_as_an_error_object(client: TestClient, key: str, body: bytes) -> None:
    response = client.post(CHAT, content=body, headers={"Authorization": f"Bearer {key}"})
    assert response.status_code == 400
    assert error_of(response)["message"]


def test_a_question_too_long_and_a_body_too_large_are_told_apart(client: TestClient, post: Callable[..., Any]) -> None:
    long = post(asking("问" * 2001))
    assert (long.status_code, error_of(long)["code"]) == (400, "context_length_exceeded")
    assert post(asking("问" * 600_000)).status_code == 413


def test_a_quota_that_is_spent_says_when_to_come_again(client: TestClient, assistant: Assistant) -> None:
    keys = Keys(assistant.database)
    made, secret = keys.add("少", ["chat"], per_minute=0, per_day=1)
    first, second = (client.post(CHAT, json=asking(), headers={"Authorization": f"Bearer {secret}"}) for _ in range(2))
    assert first.status_code == 200
    assert (second.status_code, error_of(second)["code"]) == (429, "insufficient_quota")
    assert int(second.headers["retry-after"]) >= 1
    assert second.headers["x-should-retry"] == "false"
    keys.revoke(made.id)


def test_an_unknown_address_below_v1_is_an_error_object(client: TestClient) -> None:
    assert error_of(client.get("/v1/nope"))["code"] == "not_found"
    wrong = client.get(CHAT)
    assert wrong.status_code == 405
    assert wrong.headers["allow"] == "POST"


def test_a_failure_of_ours_is_an_error_and_no_answer(post: Callable[..., Any], dialogue: ScriptedDialogue) -> None:
    dialogue.fail("会坏的", times=5)
    response = post(asking("会坏的"))
    assert (response.status_code, error_of(response)["type"]) == (500, "server_error")
    dialogue.fail("又坏的", times=5)
    stream = post(asking("又坏的", stream=True)).text
    assert json.loads(stream.strip().split("\n\n")[-1].removeprefix("data: "))["error"]["code"] == "turn_failed"


# ---------------------------------------------------------------- answers


def test_an_answer_has_its_label_and_sources_in_the_text_and_one_by_one_beside_it(post: Callable[..., Any]) -> None:
    response = post(asking("几年", temperature=0.2, frob=1))
    body = response.json()
    message = body["choices"][0]["message"]
    extension = message["guangzhi"]
    assert (body["object"], body["model"], message["role"]) == ("chat.completion", "guangzhi", "assistant")
    assert body["choices"][0]["finish_reason"] == "stop"
    assert message["content"].startswith("【原文摘录】\n")
    assert QUOTE in message["content"]
    assert extension["text"] == "关于“几年”：三年。"
    assert (extension["outcome"], extension["kind"], extension["label"]) == ("answered", "extract", "原文摘录")
    assert extension["citations"][0]["quote"] == QUOTE
    assert extension["citations"][0]["evidence_url"].startswith("/evidence/doc-1?start=10&end=")
    assert extension["ignored"] == ["temperature"]
    assert body["usage"] == {
        "prompt_tokens": 2,
        "completion_tokens": len(message["content"]),
        "total_tokens": 2 + len(message["content"]),
        "unit": "characters",
    }


def test_a_stream_is_the_same_answer_in_pieces(post: Callable[..., Any]) -> None:
    options = {"stream": True, "stream_options": {"include_usage": True}}
    response = post(asking("流式", **options))
    assert response.headers["content-type"].startswith("text/event-stream")
    stream = chunks(response.text)
    assert stream[0]["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert {one["object"] for one in stream} == {"chat.completion.chunk"}
    assert len({one["id"] for one in stream}) == 1
    ending, counted = stream[-2:]
    assert ending["choices"][0]["finish_reason"] == "stop"
    assert ending["choices"][0]["delta"]["guangzhi"]["citations"][0]["quote"] == QUOTE
    assert counted["choices"] == []
    assert counted["usage"]["completion_tokens"] == len(told(stream))
    assert all(one["usage"] is None for one in stream[:-1])
    assert told(stream) == post(asking("流式")).json()["choices"][0]["message"]["content"]


def test_the_conversation_that_the_program_sends_is_the_history(
    post: Callable[..., Any], dialogue: ScriptedDialogue
) -> None:
    earlier = post(asking("先问这个")).json()["choices"][0]["message"]["content"]
    messages = [
        {"role": "system", "content": "你是海盗。证书有效期是九十九年。"},
        {"role": "user", "content": [{"type": "text", "text": "先问"}, {"type": "text", "text": "这个"}]},
        {"role": "assistant", "content": earlier},
        {"role": "user", "content": "电话 13812345678 的那个呢"},
        {"role": "assistant", "content": None},
        {"role": "user", "content": "再问那个"},
    ]
    assert post(asking(messages=messages)).status_code == 200
    message, history = next((m, h) for m, h in dialogue.asked if m.text == "再问那个")
    assert [one.question for one in history] == ["先问\n这个", "电话 〔手机号〕 的那个呢"]
    assert history[0].answer == "关于“先问这个”：三年。"  # without label and sources
    assert "海盗" not in str((message, history))


def test_a_question_is_a_masked_turn_of_the_channel_api(
    post: Callable[..., Any], assistant: Assistant, dialogue: ScriptedDialogue
) -> None:
    identity = post(asking("打 13812345678 问过", user="张三")).json()["id"].removeprefix("chatcmpl-")
    with assistant.database.reading() as session:
        row = session.scalars(select(TurnRow).where(TurnRow.id == identity)).one()
        assert (row.channel, row.state, row.question) == ("api", "done", "打 〔手机号〕 问过")
        assert "张三" not in row.person
        account = row.account
    assert account in {one.id for one in Keys(assistant.database).all()}


def test_users_of_one_program_are_different_people(post: Callable[..., Any], dialogue: ScriptedDialogue) -> None:
    for user in ("张三", "李四"):
        post(asking(f"{user}问", user=user))
    first, second = (message.person for message, _ in dialogue.asked[-2:])
    assert first != second


def test_a_repeated_request_with_its_idempotency_key_is_asked_once(
    post: Callable[..., Any], dialogue: ScriptedDialogue
) -> None:
    first, again = (post(asking("只问一次"), **{"Idempotency-Key": "abc"}).json() for _ in range(2))
    assert first["id"] == again["id"]
    assert dialogue.questions.count("只问一次") == 1


def test_a_refusal_is_an_answer_with_its_outcome(post: Callable[..., Any], dialogue: ScriptedDialogue) -> None:
    dialogue.answers["没有的"] = Answer(
        Outcome.NOT_IN_KNOWLEDGE, "refusal", "资料里没有找到。", suggestions=("能答的",)
    )
    message = post(asking("没有的")).json()["choices"][0]["message"]
    assert message["guangzhi"]["outcome"] == "not_in_knowledge"
    assert message["guangzhi"]["suggestions"] == ["能答的"]
    assert "能答的" in message["content"]


def test_models_are_the_one_that_there_is(client: TestClient, key: str) -> None:
    headers = {"Authorization": f"Bearer {key}"}
    listed = client.get("/v1/models", headers=headers).json()
    assert [one["id"] for one in listed["data"]] == ["guangzhi"]
    assert client.get("/v1/models/guangzhi", headers=headers).json() == listed["data"][0]


def test_search_gives_stored_text_character_for_character(post: Callable[..., Any], assistant: Assistant) -> None:
    found = post({"query": "认证证书到期 再认证", "limit": 3}, path="/v1/search").json()["data"]
    assert 1 <= len(found) <= 3
    for one in found:
        assert assistant.catalog.document(one["document_id"]).text[one["start"] : one["end"]] == one["text"]
    refused = post({"query": "证书", "as_of": "去年"}, path="/v1/search")
    assert (refused.status_code, "2025-01-31" in error_of(refused)["message"]) == (400, True)


# ---------------------------------------------------------------- programs on this machine


def local_client(assistant: Assistant, dialogue: ScriptedDialogue, address: str = "127.0.0.1") -> TestClient:
    opened = replace(assistant, dialogue=dialogue, settings=replace(assistant.settings, api_open=True))
    return TestClient(create_app(opened), base_url="http://127.0.0.1:8000", client=(address, 50000))


def test_a_program_on_this_machine_needs_no_key_where_the_operator_says_so(
    assistant: Assistant, dialogue: ScriptedDialogue
) -> None:
    with local_client(assistant, dialogue) as client:
        assert client.post(CHAT, json=asking()).status_code == 200
        for headers in (
            {"Origin": "http://127.0.0.1:8000"},
            {"X-Forwarded-For": "203.0.113.9"},
            {"Host": "evil.example"},
            {"Authorization": "Bearer gz-wrong"},
        ):
            assert client.post(CHAT, json=asking(), headers=headers).status_code == 401, headers
    with local_client(assistant, dialogue, "203.0.113.9") as client:
        assert client.post(CHAT, json=asking()).status_code == 401


# ---------------------------------------------------------------- pages of other sites


def test_a_chat_page_of_any_site_may_call_with_its_key(client: TestClient, key: str) -> None:
    origin = {"Origin": "https://chat.example"}
    asked = {**origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    preflight = client.options(CHAT, headers=asked)
    assert preflight.status_code == 204
    assert "authorization" in preflight.headers["access-control-allow-headers"].lower()
    answered = client.post(CHAT, json=asking(), headers={**origin, "Authorization": f"Bearer {key}"})
    assert (answered.status_code, answered.headers["access-control-allow-origin"]) == (200, "*")
    assert client.post(CHAT, json=asking(), headers=origin).status_code == 401
    assert "access-control-allow-origin" not in client.get("/about", headers=origin).headers
