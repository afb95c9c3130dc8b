"""A stand-in for the real routes: the page, scripted answers, and a connection that breaks on request.

Run `python -m tests.fakes.web_server` to look at the page in a browser.
"""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, StreamingResponse
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates

from api.middleware import policy
from tests.api.web import scripted_answers

WEB = Path(__file__).parents[2] / "api" / "web"
SAMPLES = [
    "质量管理体系认证证书有效期几年",
    "光电产业链质量管理体系要求什么时候发布、什么时候实施",
    "8.5.2 标识和可追溯性要求做什么",
    "苏质贷余额多少、惠及多少户",
]
PRIVACY = (
    "对话记录保存在您这台设备的浏览器里，可随时清空。\n"
    "服务器留存的提问会先遮盖手机号、身份证号和邮箱，只用来改进知识库。"
)
CONTACT = "苏州市光电产业商会秘书处"


@dataclass
class Turn:
    """One message as the server knows it; joined again by its key."""

    id: str
    key: str
    message: str
    answer: dict[str, Any]
    finished: bool = False
    breaks_left: int = 0
    polls_left: int = 0


@dataclass
class FakeServer:
    """Remembers what it was asked. `hold` keeps questions with 「慢」 running until `release`."""

    turns: dict[str, Turn] = field(default_factory=dict)
    posts: list[dict[str, Any]] = field(default_factory=list)
    polls: list[str] = field(default_factory=list)
    opinions: list[dict[str, Any]] = field(default_factory=list)
    refusals: list[tuple[int, str]] = field(default_factory=list)
    pace: float = 0.01
    released: threading.Event = field(default_factory=threading.Event)
    numbers: count[int] = field(default_factory=lambda: count(1))
    address: str = ""

    def release(self) -> None:
        self.released.set()

    def refuse_next(self, status: int, message: str) -> None:
        self.refusals.append((status, message))

    def forget(self) -> None:
        """As if its database had been lost."""
        self.turns.clear()

    def join(self, message: str, key: str) -> Turn:
        for turn in self.turns.values():
            if turn.key == key:
                return turn
        number = f"t{next(self.numbers)}"
        answer = {**scripted_answers.answer_to(message), "turn": number, "milliseconds": 38}
        turn = Turn(number, key, message, answer, breaks_left=int("断" in message), polls_left=2 * int("断" in message))
        self.turns[number] = turn
        return turn

    def state(self, turn: Turn) -> dict[str, Any]:
        waiting = "慢" in turn.message and not self.released.is_set()
        if waiting or turn.polls_left > 0:
            turn.polls_left -= 1
            return {"state": "running"}
        return turn.answer

    async def events(self, turn: Turn) -> AsyncIterator[str]:
        if "断在最前" in turn.message and turn.breaks_left:
            turn.breaks_left -= 1
            raise ConnectionResetError
        yield event("turn", {"turn": turn.id})
        if "出错" in turn.message:
            yield event("error", {"message": "服务器刚才出了点问题，请再问一次。"})
            return
        for place, piece in enumerate(pieces(turn.answer["text"])):
            if place == 3 and turn.breaks_left:
                turn.breaks_left -= 1
                raise ConnectionResetError
            if place == 2:
                await self.wait_for_release(turn)
            yield event("delta", {"text": piece})
            await asyncio.sleep(self.pace)
        yield event("done", turn.answer)

    async def wait_for_release(self, turn: Turn) -> None:
        while "慢" in turn.message and not self.released.is_set():
            await asyncio.sleep(0.02)


def event(name: str, data: dict[str, Any]) -> str:
    return f": alive\n\nevent: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


def pieces(text: str) -> list[str]:
    return [text[at : at + 6] for at in range(0, len(text), 6)]


def create_app(server: FakeServer) -> FastAPI:
    app = FastAPI()
    templates = Jinja2Templates(WEB / "templates")
    app.mount("/static", StaticFiles(directory=WEB / "static"))

    @app.middleware("http")
    async def strict_policy(request: Request, call_next: Any) -> Response:
        response: Response = await call_next(request)
        response.headers["Content-Security-Policy"] = policy()
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Cache-Control"] = "no-cache"
        return response

    @app.get("/")
    def page(request: Request) -> HTMLResponse:
        indexed = {"documents": 12, "faqs": 64, "newest": "2026-01-15"}
        context = {"samples": SAMPLES, "contact": CONTACT, "indexed": indexed, "version": "0.1.0"}
        return templates.TemplateResponse(request, "page.html", context)

    @app.get("/about")
    def about(request: Request) -> HTMLResponse:
        context = {
            "documents": scripted_answers.DOCUMENTS,
            "faqs": 64,
            "revision": 17,
            "model": None,
            "privacy": PRIVACY,
        }
        return templates.TemplateResponse(request, "about.html", context)

    @app.get("/evidence/{document_id}")
    def evidence(request: Request, document_id: str) -> HTMLResponse:
        context = scripted_answers.EVIDENCE.get(document_id)
        if context is None:
            message = "这份文件不在现在的资料里，可能已经移除。"
            problem = {"status": 404, "title": "找不到这份文件", "message": message}
            return templates.TemplateResponse(request, "error.html", problem, status_code=404)
        return templates.TemplateResponse(request, "evidence.html", context)

    @app.post("/api/chat")
    async def chat(request: Request) -> Response:
        asked = await request.json()
        server.posts.append(asked)
        if server.refusals:
            status, message = server.refusals.pop(0)
            return JSONResponse({"message": message}, status)
        turn = server.join(asked["message"], asked["key"])
        return StreamingResponse(server.events(turn), media_type="text/event-stream")

    @app.get("/api/turns/{turn_id}")
    def turn(turn_id: str) -> Response:
        server.polls.append(turn_id)
        found = server.turns.get(turn_id)
        if found is None:
            return JSONResponse({"message": "没有这一轮对话。"}, 404)
        return JSONResponse(server.state(found))

    @app.post("/api/turns/{turn_id}/feedback")
    async def feedback(turn_id: str, request: Request) -> Response:
        server.opinions.append({"turn": turn_id, **await request.json()})
        return Response(status_code=204)

    return app


class RunningServer:
    """The fake on a real socket, in a thread."""

    def __init__(self, fake: FakeServer, port: int = 0) -> None:
        self.socket = socket.create_server(("127.0.0.1", port))
        fake.address = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        config = uvicorn.Config(create_app(fake), log_level="critical", timeout_graceful_shutdown=1)
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [self.socket]}, daemon=True)

    def __enter__(self) -> RunningServer:
        self.thread.start()
        deadline = monotonic() + 10
        while not self.server.started and monotonic() < deadline:
            sleep(0.01)
        return self

    def __exit__(self, *exception: object) -> None:
        self.server.should_exit = True
        self.thread.join(10)


if __name__ == "__main__":
    fake = FakeServer(pace=0.08)
    with RunningServer(fake, 8765) as running:
        print(fake.address)
        running.thread.join()
