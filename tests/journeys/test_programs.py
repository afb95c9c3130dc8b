"""Doors for other programs, from the command line on: a key, a client, the tools over standard input and output."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Coroutine
from typing import Any

import openai
import pytest
from mcp import Client, StdioServerParameters

from tests.journeys.household import CERTIFICATE, Household, output

pytestmark = pytest.mark.slow

MCP = [sys.executable, "-c", "from api.cli import main; main()", "mcp"]


def key_of(household: Household, *options: str) -> str:
    """As an operator would copy it: the one line on standard output."""
    said = household.output("keys", "add", "机器人", *options)
    assert said.startswith("gz-")
    assert said.count("\n") == 1
    return said.strip()


def ask(household: Household, key: str, question: str = CERTIFICATE) -> Any:
    with openai.OpenAI(base_url=f"{household.url}/v1", api_key=key, max_retries=0) as client:
        return client.chat.completions.create(model="guangzhi", messages=[{"role": "user", "content": question}])


def over_stdio(household: Household, use: Callable[[Client], Coroutine[Any, Any, Any]]) -> Any:
    async def run() -> Any:
        ours = {name: value for name, value in household._environment().items() if name.startswith(("GUANGZHI", "PY"))}
        server = StdioServerParameters(command=MCP[0], args=MCP[1:], env=ours, cwd=household.folder)
        async with Client(server, read_timeout_seconds=90) as client:
            return await use(client)

    return asyncio.run(run())


async def asks(client: Client) -> dict[str, Any]:
    told = await client.call_tool("ask", {"question": CERTIFICATE})
    assert not told.is_error, told.content
    return told.structured_content or {}


def test_a_key_made_before_or_while_serving_opens_the_door_until_it_is_revoked(household: Household) -> None:
    early = key_of(household, "--scope", "chat", "--per-day", "2")
    household.serve()
    assert "三年" in (ask(household, early).choices[0].message.content or "")
    listed = json.loads(household.output("keys", "list", "--json"))
    assert [(one["name"], one["scopes"], one["today"]) for one in listed] == [("机器人", ["chat"], 1)]
    assert early not in json.dumps(listed)

    household.stop()
    household.serve()  # the count outlives the process
    ask(household, early)
    with pytest.raises(openai.RateLimitError, match="今天的 2 次"):
        ask(household, early)

    assert "已撤销" in household.run("keys", "revoke", "机器人")
    with pytest.raises(openai.AuthenticationError, match="密钥"):
        ask(household, early)
    assert "没有叫" in household.run("keys", "revoke", "机器人", status=1)
    late = key_of(household, "--scope", "chat", "--scope", "mcp")
    assert ask(household, late).choices[0].message.role == "assistant"
    assert {channel for channel, _, _ in household.turns()} == {"api"}


def test_keys_with_an_unknown_scope_are_refused_in_words(household: Household) -> None:
    assert "chat、search、mcp" in household.run("keys", "add", "机器人", "--scope", "all", status=1)


def test_the_tools_work_over_standard_input_and_output_with_and_without_a_service(household: Household) -> None:
    alone = over_stdio(household, asks)
    household.serve()
    beside = over_stdio(household, asks)
    assert alone["outcome"] == beside["outcome"] == "answered"
    assert alone["text"] == beside["text"]

    async def through_a_restart(client: Client) -> None:
        await asks(client)
        household.stop()
        await asks(client)  # takes the data folder itself
        tools = (await client.list_tools()).tools
        assert len(tools) == 5

    over_stdio(household, through_a_restart)


def test_nothing_but_the_protocol_goes_to_standard_output(household: Household) -> None:
    household.settings["GUANGZHI_LOG_LEVEL"] = "debug"
    lines = [
        {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "initialize",
            "params": {
                "protocolVersion": "2025-06-18",
                "capabilities": {},
                "clientInfo": {"name": "t", "version": "1"},
            },
        },
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {
            "jsonrpc": "2.0",
            "id": 2,
            "method": "tools/call",
            "params": {"name": "search", "arguments": {"query": "证书有效期"}},
        },
    ]
    process = subprocess.Popen(
        MCP,
        cwd=household.folder,
        env=household._environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    household.started.append(process)
    assert process.stdin is not None
    assert process.stdout is not None
    said = []
    for line in lines:
        process.stdin.write(json.dumps(line) + "\n")
        process.stdin.flush()
        if "id" in line:
            said.append(json.loads(process.stdout.readline()))
    process.stdin.close()
    process.stdin = None
    rest, complained = process.communicate(timeout=60)
    assert [one["id"] for one in said] == [1, 2]
    assert said[0]["result"]["serverInfo"]["name"] == "guangzhi"
    assert said[1]["result"]["structuredContent"]["passages"]
    assert rest == ""
    assert "Traceback" not in complained
    assert process.returncode == 0


def test_the_doctor_says_whether_programs_have_a_door(household: Household) -> None:
    assert "keys add" in household.finding("程序接口")["says"]
    key_of(household, "--scope", "mcp")
    assert "1 个密钥" in household.finding("程序接口")["says"]
    household.settings.update({"GUANGZHI_API_OPEN": "local", "GUANGZHI_PUBLIC_URL": "https://kb.example.org"})
    assert household.finding("程序接口")["health"] == "warning"
    assert "GUANGZHI_API_OPEN" in output(household.begin("doctor"))
