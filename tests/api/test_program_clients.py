"""Other people's clients against the real service on the loopback: openai, LangChain, mcp."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest
from langchain_openai import ChatOpenAI
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client
from pydantic import SecretStr
from sqlalchemy import select

from api.app import create_app
from api.keys import SCOPES, Keys
from api.wiring import Assistant
from bot.messages import Exchange, IncomingMessage, Show
from bot.turns import TurnRow
from retrieval.answers import Answer, Outcome
from tests.api.editions import OLD_NAME, open_with_editions
from tests.api.loopback import serving
from tests.fakes.dialogue import WaveringDialogue

MANUAL = Path(__file__).parents[2] / "docs" / "programs.md"
EXAMPLES = re.findall(r"```python\n(.*?)```", MANUAL.read_text("utf-8"), re.S)

QUESTION = "质量管理体系认证证书有效期几年"


@dataclass(frozen=True, slots=True)
class Service:
    url: str
    assistant: Assistant
    key: str

    @property
    def keys(self) -> Keys:
        return Keys(self.assistant.database)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The built-in library and two editions of a standard, keywords only; a key for everything."""
    assistant = open_with_editions(tmp_path_factory.mktemp("service"))
    _, secret = Keys(assistant.database).add("测试", SCOPES, per_day=0, per_minute=0)
    with serving(create_app(assistant)) as url:
        yield Service(url, assistant, secret)
    assistant.close()


@pytest.fixture
def client(service: Service) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{service.url}/v1", api_key=service.key, max_retries=0) as client:
        yield client


# ---------------------------------------------------------------- openai


def test_the_openai_client_gets_an_answer_with_its_evidence(client: openai.OpenAI, service: Service) -> None:
    done = client.chat.completions.create(model="guangzhi", messages=[{"role": "user", "content": QUESTION}], user="甲")
    message = done.choices[0].message
    extension: dict[str, Any] = (message.model_extra or {})["guangzhi"]
    assert extension["outcome"] == "answered"
    assert "三年" in (message.content or "")
    assert extension["citations"][0]["document"] in (message.content or "")
    assert done.usage is not None
    assert done.usage.total_tokens == len(QUESTION) + len(message.content or "")
    assert done._request_id == extension["turn"]
    with service.assistant.database.reading() as session:
        assert session.scalars(select(TurnRow.channel).where(TurnRow.id == extension["turn"])).one() == "api"


def test_the_openai_client_streams_the_same_answer(client: openai.OpenAI) -> None:
    asked: list[Any] = [{"role": "user", "content": "请问 T/GMJ 001 的 2.1 怎么规定"}]
    done = client.chat.completions.create(model="guangzhi", messages=asked)
    stream = client.chat.completions.create(
        model="guangzhi", messages=asked, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == done.choices[0].message.content
    ending = next(c for c in chunks if c.choices and c.choices[0].finish_reason == "stop")
    assert (ending.choices[0].delta.model_extra or {})["guangzhi"]["citations"][0]["clause"] == "2.1"
    assert chunks[-1].usage is not None


def test_a_follow_up_is_understood_from_what_the_client_sends_along(client: openai.OpenAI) -> None:
    def ask(messages: list[Any]) -> Any:
        return client.chat.completions.create(model="guangzhi", messages=messages).choices[0].message

    first: Any = {"role": "user", "content": "T/GMJ 001-2023 的 2.1 是什么"}
    answer = ask([first])
    followed = ask([first, {"role": "assistant", "content": answer.content}, {"role": "user", "content": "下一条呢"}])
    alone = ask([{"role": "user", "content": "下一条呢"}])
    assert [one["clause"] for one in followed.guangzhi["citations"]] == ["2.2"]
    assert not any(one["clause"] == "2.2" for one in alone.guangzhi["citations"])


def test_the_openai_client_reads_our_refusals_as_its_own_errors(client: openai.OpenAI, service: Service) -> None:
    messages: list[Any] = [{"role": "user", "content": QUESTION}]
    with pytest.raises(openai.AuthenticationError, match="密钥"):
        client.with_options(api_key="gz-wrong").chat.completions.create(model="guangzhi", messages=messages)
    with pytest.raises(openai.NotFoundError) as missing:
        client.chat.completions.create(model="gpt-4o", messages=messages)
    assert missing.value.code == "model_not_found"
    with pytest.raises(openai.BadRequestError) as bad:
        client.chat.completions.create(model="guangzhi", messages=messages, n=3)
    assert bad.value.param == "n"
    _, secret = service.keys.add("少", ["chat"], per_minute=1)
    few = client.with_options(api_key=secret)
    few.chat.completions.create(model="guangzhi", messages=messages)
    with pytest.raises(openai.RateLimitError) as spent:
        few.chat.completions.create(model="guangzhi", messages=messages)
    assert 1 <= int(spent.value.response.headers["retry-after"]) <= 60


def test_a_request_too_large_is_told_and_not_cut_off(client: openai.OpenAI) -> None:
    with pytest.raises(openai.APIStatusError) as refusal:
        client.chat.completions.create(model="guangzhi", messages=[{"role": "user", "content": "问" * 3_000_000}])
    assert (refusal.value.status_code, refusal.value.code) == (413, "request_too_large")


def test_programs_that_ask_at_once_each_get_their_own_answer(client: openai.OpenAI, service: Service) -> None:
    _, secret = service.keys.add("一半", ["chat"], per_day=20, per_minute=0)
    few = client.with_options(api_key=secret)

    def ask(number: int) -> str:
        messages: list[Any] = [{"role": "user", "content": f"GB/T {80000 + number} 的第 {number} 条"}]
        try:
            done = few.chat.completions.create(model="guangzhi", messages=messages, stream=False)
        except openai.RateLimitError:
            return "spent"
        assert done.choices[0].message.guangzhi["question"] == messages[0]["content"]  # type: ignore[attr-defined]
        return "answered"

    with ThreadPoolExecutor(16) as pool:
        counted = Counter(pool.map(ask, range(40)))
    assert counted == {"answered": 20, "spent": 20}


def test_the_openai_client_lists_the_model(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["guangzhi"]
    assert client.models.retrieve("guangzhi").owned_by == "guangzhi"


class Writing:
    """Says one sentence, goes on when the test lets it, and answers with both."""

    def __init__(self, first: str, then: str) -> None:
        self.go_on = threading.Event()
        self._first, self._then = first, then

    def reply(self, message: IncomingMessage, history: tuple[Exchange, ...], show: Show | None = None) -> Answer:
        assert show is not None, "nobody reads along"
        show(self._first)
        assert self.go_on.wait(timeout=30), "the test never let go"
        show(self._then)
        return Answer(Outcome.ANSWERED, "generated", self._first + self._then)


def told_by(service: Service, dialogue: Any) -> tuple[list[str], dict[str, Any]]:
    """What came before the dialogue was let go on, what came after it, and the extension."""
    asked: list[Any] = [{"role": "user", "content": "几年"}]
    with serving(create_app(replace(service.assistant, dialogue=dialogue))) as url:
        client = openai.OpenAI(base_url=f"{url}/v1", api_key=service.key, max_retries=0)
        early, late, extension = "", "", {}
        for chunk in client.chat.completions.create(model="guangzhi", messages=asked, stream=True):
            delta = chunk.choices[0].delta
            if dialogue.go_on.is_set():
                late += delta.content or ""
            else:
                early += delta.content or ""
            if early:
                dialogue.go_on.set()
            extension = (delta.model_extra or {}).get("guangzhi") or extension
    return [early, late], extension


def test_what_a_chat_model_writes_is_told_as_it_is_verified(service: Service) -> None:
    (early, late), extension = told_by(service, Writing("证书有效期为三年。", "到期前再认证。"))
    assert early == "【AI 生成】\n证书有效期为三年。"
    assert late == "到期前再认证。"
    assert (extension["text"], extension["label"]) == ("证书有效期为三年。到期前再认证。", "AI 生成")


def test_what_was_told_and_does_not_stand_is_corrected_in_the_open(service: Service) -> None:
    (early, late), extension = told_by(service, WaveringDialogue("证书有效期为五年。", "证书有效期为三年。"))
    assert early == "【AI 生成】\n证书有效期为五年。"
    assert late.startswith("\n\n更正，以下面为准：\n【原文摘录】\n证书有效期为三年。")
    assert extension["text"] == "证书有效期为三年。"


# ---------------------------------------------------------------- LangChain


def test_langchain_invokes_and_streams(service: Service) -> None:
    model = ChatOpenAI(model="guangzhi", base_url=f"{service.url}/v1", api_key=SecretStr(service.key), max_retries=0)
    asked = [("system", "只用英文回答"), ("human", QUESTION)]
    whole = model.invoke(asked)
    assert "三年" in str(whole.content)
    assert whole.usage_metadata is not None
    assert whole.usage_metadata["output_tokens"] == len(str(whole.content))
    pieces = [str(piece.content) for piece in model.stream(asked)]
    assert len(pieces) > 2
    assert "".join(pieces) == whole.content


# ---------------------------------------------------------------- mcp over HTTP


def over_http(
    service: Service, use: Callable[[Client], Coroutine[Any, Any, Any]], key: str = "", **options: Any
) -> Any:
    async def run() -> Any:
        headers = {"Authorization": f"Bearer {key or service.key}"}
        async with httpx2.AsyncClient(headers=headers, timeout=30) as http:
            transport = streamable_http_client(f"{service.url}/mcp", http_client=http)
            async with Client(transport, **options) as client:
                return await use(client)

    return asyncio.run(run())


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_the_mcp_client_finds_the_tools_and_uses_them(service: Service, mode: str) -> None:
    async def use(client: Client) -> None:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert set(tools) == {"search", "ask", "read_clause", "compare_editions", "list_documents"}
        assert all(tool.output_schema and tool.description for tool in tools.values())

        found = await client.call_tool("search", {"query": "光模块端面多久清洁一次", "limit": 2})
        assert "十五天" in (found.structured_content or {})["passages"][0]["text"]
        assert "十五天" in found.content[0].text  # type: ignore[union-attr]

        told = (await client.call_tool("ask", {"question": QUESTION})).structured_content or {}
        assert told["outcome"] == "answered"
        assert told["citations"][0]["document"]

        clause = await client.call_tool("read_clause", {"document": OLD_NAME, "clause": "2.1"})
        assert (clause.structured_content or {})["status"] == "废止"
        compared = (await client.call_tool("compare_editions", {"old": OLD_NAME})).structured_content or {}
        assert compared["counts"]["新增"] == 1
        listed = (await client.call_tool("list_documents", {"containing": "端面"})).structured_content or {}
        assert (listed["total"], len(listed["documents"])) == (2, 2)

    over_http(service, use, mode=mode)


def test_what_a_tool_cannot_do_is_said_in_words(service: Service) -> None:
    async def use(client: Client) -> list[str]:
        calls = [
            ("read_clause", {"document": "没有的规范", "clause": "1"}),
            ("read_clause", {"document": OLD_NAME, "clause": "9.9"}),
            ("search", {"query": "清洁", "as_of": "去年"}),
            ("search", {"query": " "}),
        ]
        results = [await client.call_tool(name, arguments) for name, arguments in calls]
        assert all(result.is_error for result in results)
        return [result.content[0].text for result in results]  # type: ignore[union-attr]

    said = over_http(service, use)
    for words, text in zip(("list_documents", "没有 9.9", "2025-01-31", "空"), said, strict=True):
        assert words in text


def test_questions_over_mcp_are_turns_and_calls_are_counted(service: Service) -> None:
    made, secret = service.keys.add("计数", ["mcp"], per_day=2, per_minute=0)

    async def use(client: Client) -> list[Any]:
        await client.list_tools()
        calls = [await client.call_tool("ask", {"question": "今天天气怎么样"}) for _ in range(3)]
        return [one.is_error for one in calls] + [calls[2].content[0].text]  # type: ignore[union-attr]

    *failed, words = over_http(service, use, secret)
    assert failed == [False, False, True]
    assert "今天的 2 次" in words
    with service.assistant.database.reading() as session:
        turns = session.execute(select(TurnRow.channel, TurnRow.outcome).where(TurnRow.account == made.id)).all()
    assert [tuple(turn) for turn in turns] == [("mcp", "not_in_knowledge")] * 2


def test_mcp_needs_a_key_that_is_for_it(service: Service) -> None:
    _, chat_only = service.keys.add("只聊天", ["chat"])
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    accepting = {"Accept": "application/json, text/event-stream"}
    with httpx2.Client(base_url=service.url, headers=accepting) as http:
        assert http.post("/mcp", json=body).status_code == 401
        refused = http.post("/mcp", json=body, headers={"Authorization": f"Bearer {chat_only}"})
        assert refused.status_code == 403
        assert "--scope mcp" in refused.json()["error"]["message"]
    with pytest.raises((MCPError, ExceptionGroup)):
        over_http(service, lambda client: client.list_tools(), "gz-wrong")


# ---------------------------------------------------------------- the manual


@pytest.mark.slow
@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_every_example_in_the_manual_runs(service: Service, example: str) -> None:
    told = {"GUANGZHI_URL": service.url, "GUANGZHI_KEY": service.key, "PYTHONUTF8": "1"}
    command = [sys.executable, "-c", example]
    done = subprocess.run(
        command, env={**os.environ, **told}, capture_output=True, encoding="utf-8", timeout=90, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "三年" in done.stdout
