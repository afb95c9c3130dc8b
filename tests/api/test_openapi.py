"""The description of the API against the API: schemathesis asks whatever the description allows, and what it forbids."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api import home
from api.app import create_app
from api.keys import SCOPES, Keys
from api.wiring import Assistant, open_assistant
from tests.api.conftest import settings_for
from tests.api.loopback import serving

EXAMPLES = 60  # for each operation
RELAXED = settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """A home of its own, with the library: what is asked here is no history of other tests."""
    folder: Path = tmp_path_factory.mktemp("fuzzed")
    assistant = open_assistant(settings_for(folder), home.take(folder))
    yield assistant
    assistant.close()


@pytest.fixture(scope="module")
def secret(fuzzed: Assistant) -> str:
    return Keys(fuzzed.database).add("schemathesis", SCOPES, per_day=0, per_minute=0)[1]


@pytest.fixture(scope="module")
def application(fuzzed: Assistant) -> FastAPI:
    return create_app(fuzzed)


def test_every_door_for_programs_is_described_and_no_callback_of_a_platform(application: FastAPI) -> None:
    paths = TestClient(application).get("/openapi.json").json()["paths"]
    assert {
        "/api/chat",
        "/api/turns/{turn_id}",
        "/api/turns/{turn_id}/feedback",
        "/v1/chat/completions",
        "/v1/models",
        "/v1/models/{model}",
        "/v1/search",
    } <= set(paths)
    assert not [path for path in paths if path.startswith(("/wechat", "/wecom", "/telegram", "/internal", "/mcp"))]
    for path, operations in paths.items():
        for operation in operations.values():
            assert ("security" in operation) == path.startswith("/v1/"), path


@pytest.mark.slow
def test_nothing_that_is_asked_breaks_what_is_described(fuzzed: Assistant, secret: str, tmp_path: Path) -> None:
    """The whole of schemathesis over HTTP: every check, data that fits the description and data that does not."""
    with serving(create_app(fuzzed)) as url:
        asked = {"message": "证书有效期几年", "key": "k", "conversation": "c"}
        paths = httpx.get(f"{url}/openapi.json", trust_env=False).json()["paths"]
        operations = sum(len(path) for path in paths.values())
        events = httpx.post(f"{url}/api/chat", json=asked, trust_env=False, timeout=30).text
        turn = json.loads(events.split("data: ")[1].split("\n")[0])["turn"]
        # a turn that is there, so that opinions on it are asked about too
        (tmp_path / "schemathesis.toml").write_text(f'[parameters]\n"path.turn_id" = "{turn}"\n', "utf-8")
        for options in ([], ["--config-file", str(tmp_path / "schemathesis.toml")]):
            tool = [sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()", *options]
            wanted = ["--max-examples", str(EXAMPLES), "--generation-deterministic", "--no-color"]
            header = f"Authorization: Bearer {secret}"
            command = [*tool, "run", f"{url}/openapi.json", "-H", header, *wanted]
            done = subprocess.run(command, capture_output=True, text=True, timeout=540, cwd=tmp_path, check=False)
            assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
            assert f"{operations} selected / {operations} total" in done.stdout


@pytest.fixture(scope="module")
def visitor(application: FastAPI) -> Iterator[TestClient]:
    with TestClient(application, raise_server_exceptions=False, follow_redirects=False) as client:
        yield client


@pytest.mark.slow
@RELAXED
@given(words=st.lists(st.text(min_size=1, max_size=40), min_size=2, max_size=2), query=st.text(max_size=40))
def test_no_address_of_a_page_breaks_it(visitor: TestClient, words: list[str], query: str) -> None:
    one, other = (quote(word.encode("utf-8", "replace"), safe="") for word in words)
    asked = quote(query.encode("utf-8", "replace"), safe="")
    for path in (
        f"/{one}",
        f"/evidence/{one}?start={asked}&end={asked}",
        f"/compare/{one}/{other}",
        f"/widget?host={asked}",
        f"/h5?anonymous={asked}",
        f"/static/{one}",
        f"/v1/{one}",
        f"/mcp/{one}",
    ):
        assert visitor.get(path).status_code < 500, path
