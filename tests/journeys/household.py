"""The product as its users meet it: `guangzhi` in processes of its own, a data folder, a port, and plain HTTP."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from bot.simulators.wechat import WeChatPlatform
from tests.bot.wechat.conftest import AES_KEY
from tests.bot.wechat.house import APP_ID, TOKEN

PATIENCE = 90.0  # seconds for anything to come true on a machine that others are using too
WECHAT = {"GUANGZHI_WECHAT_TOKEN": TOKEN, "GUANGZHI_WECHAT_AES_KEY": AES_KEY, "GUANGZHI_WECHAT_APP_ID": APP_ID}
CERTIFICATE = "质量管理体系认证证书有效期几年"
SEARCHED = "证书上的有效期一般是几年呢"  # no approved wording: searched for, embedded, weighed
QUOTED = "再认证到期前没审完怎么办"  # answered from a built-in guide, whose text is held


def until(true: Callable[[], Any], what: str, seconds: float = PATIENCE, pause: float = 0.02) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"it never came true: {what}"
        time.sleep(pause)


@dataclass(frozen=True, slots=True)
class Told:
    """What a web visitor got for one question."""

    events: list[str]
    streamed: str
    done: dict[str, Any]


@dataclass
class Household:
    """One data folder and everything that is run on it."""

    folder: Path
    embedding: str = "none"
    settings: dict[str, str] = field(default_factory=dict)
    port: int = 0
    started: list[subprocess.Popen[str]] = field(default_factory=list)
    server: subprocess.Popen[str] | None = None

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    # ------------------------------------------------------------ the command line

    def begin(self, *words: str | Path) -> subprocess.Popen[str]:
        """A command that goes on beside us."""
        # As the installed command does, with this very interpreter.
        command = [sys.executable, "-c", "from api.cli import main; main()", *map(str, words)]
        process = subprocess.Popen(
            command,
            cwd=self.folder,  # no .env of the checkout
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        self.started.append(process)
        return process

    def run(self, *words: str | Path, status: int = 0) -> str:
        """A command from beginning to end: what it said on both outputs. Its exit status is checked."""
        return finish(self.begin(*words), status)

    def asks(self, question: str) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.output("ask", "--json", question))
        return told

    def output(self, *words: str | Path) -> str:
        """Standard output alone."""
        return output(self.begin(*words))

    def documents(self) -> list[str]:
        """Titles of what was brought in; the built-in library left out."""
        listed = json.loads(self.output("documents", "--json"))
        return sorted(one["title"] for one in listed if one["origin"] == "file")

    def finding(self, name: str) -> dict[str, str]:
        """One line of the doctor's."""
        findings: list[dict[str, str]] = json.loads(self.output("doctor", "--json"))
        return {one["name"]: one for one in findings}[name]

    # ------------------------------------------------------------ the service

    def serve(self) -> None:
        """Start the service and wait until it answers. The port stays the same over restarts."""
        self.port = self.port or free_port()
        self.server = self.begin("serve", "--port", str(self.port))
        until(self._answers, "the service answers")

    def kill(self) -> None:
        assert self.server is not None
        self.server.send_signal(signal.SIGKILL)
        self.server.communicate(timeout=PATIENCE)
        self.server = None

    def stop(self) -> None:
        """As an operator does: SIGTERM, and it leaves by itself."""
        assert self.server is not None
        self.server.terminate()
        self.server.communicate(timeout=PATIENCE)
        self.server = None

    def close(self) -> None:
        for process in self.started:
            if process.poll() is None:
                process.kill()
                process.communicate()

    # ------------------------------------------------------------ the web

    def get(self, path: str) -> httpx.Response:
        return httpx.get(self.url + path, timeout=PATIENCE, trust_env=False)

    def post(self, path: str, content: bytes) -> httpx.Response:
        return httpx.post(self.url + path, content=content, timeout=PATIENCE, trust_env=False)

    def chats(self, question: str, key: str = "k1", conversation: str = "c1") -> httpx.Response:
        body = {"message": question, "key": key, "conversation": conversation}
        return self.post("/api/chat", json.dumps(body, ensure_ascii=False).encode())

    def visitor_asks(self, question: str, key: str = "k1", conversation: str = "c1") -> Told:
        response = self.chats(question, key, conversation)
        assert response.status_code == 200, response.text
        assert response.headers["content-type"].startswith("text/event-stream")
        events = [event for event in map(_event, response.text.split("\n\n")) if event]
        streamed = "".join(data["text"] for name, data in events if name == "delta")
        return Told([name for name, _ in events], streamed, events[-1][1])

    def still_answers(self) -> None:
        """Whatever was done to it, the next person gets an answer."""
        key = f"still-{time.monotonic_ns()}"
        told = self.visitor_asks(CERTIFICATE, key, key)
        assert told.done["outcome"] == "answered"
        assert "三年" in told.done["text"]

    # ------------------------------------------------------------ WeChat

    def platform(self) -> WeChatPlatform:
        return WeChatPlatform(f"{self.url}/wechat", TOKEN, aes_key=AES_KEY, app_id=APP_ID)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Straight from the database file: what is written, not what is said to be."""
        file = self.home / "guangzhi.db"
        if not file.exists():
            return []
        with closing(sqlite3.connect(file, timeout=30)) as connection:
            return connection.execute(query).fetchall()

    def turns(self) -> list[tuple[str, str, int]]:
        """(channel, state, deliveries) of every question."""
        return self.rows("select channel, state, deliveries from turns where kind = 'text' order by id")

    # ------------------------------------------------------------

    def count(self, table: str) -> int:
        ((number,),) = self.rows(f"select count(*) from {table}") or [(0,)]
        return int(number)

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def _environment(self) -> dict[str, str]:
        ours = {name: value for name, value in os.environ.items() if not name.startswith("GUANGZHI_")}
        told = {"GUANGZHI_HOME": str(self.home), "GUANGZHI_EMBEDDING": self.embedding, "PYTHONUTF8": "1"}
        return {**ours, **told, **self.settings}

    def _answers(self) -> bool:
        assert self.server is not None
        if self.server.poll() is not None:
            raise AssertionError(f"the service ended: {self.server.communicate()}")
        try:
            return httpx.get(self.url + "/health", timeout=2, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False


def finish(process: subprocess.Popen[str], status: int = 0) -> str:
    said = "".join(process.communicate(timeout=PATIENCE))
    assert process.returncode == status, f"{process.args!r}: exit status {process.returncode}: {said}"
    assert "Traceback" not in said
    return said


def output(process: subprocess.Popen[str]) -> str:
    """Standard output alone, when the command is done and went well."""
    said, complained = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, f"{process.args!r}: exit status {process.returncode}: {complained}"
    return said


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def _event(block: str) -> tuple[str, dict[str, Any]] | None:
    lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
    return (lines["event"], json.loads(lines["data"])) if "event" in lines else None
