"""/mcp: streamable HTTP for programs with a key. Every request stands alone, so any worker can take it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
from anyio.to_thread import run_sync
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from api import wording
from api.access import Access, Caller
from api.answers import to_json
from api.errors import CommandFailed, KeyInvalid, ScopeMissing
from api.programs import Programs
from retrieval.questions import parse_history

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

PATH = "/mcp"
MOST_BYTES = 256 * 1024
ANSWER_SECONDS = 120.0
THREADS = 32

Params = dict[str, Any]
Run = Callable[[str, Params], dict[str, Any]]
_caller: ContextVar[Caller] = ContextVar("caller")  # of the request that a tool runs for


@dataclass(frozen=True, slots=True)
class Counted:
    """Counts every call of a tool; questions become turns, so that what is not known is noticed."""

    access: Access
    programs: Programs
    command: Run

    def ask(self, question: str, history: list[str]) -> dict[str, Any]:
        caller = _caller.get()
        self.access.spend(caller)
        message = self.programs.message(caller, question)
        turn = self.programs.answer(message, parse_history(history), ANSWER_SECONDS)
        if turn.reply is None or turn.state == "failed":
            raise CommandFailed(wording.TURN_FAILED if turn.finished else wording.TURN_UNFINISHED)
        return to_json(turn.reply.answer)

    def run(self, name: str, params: Params) -> dict[str, Any]:
        self.access.spend(_caller.get())
        return self.command(name, params)


class McpDoor:
    """An ASGI application; `running` has to be entered around it.

    The protocol's package takes a second to load: it is loaded for the first program that comes with a key.
    """

    def __init__(self, access: Access, programs: Programs, command: Run, version: str, public_url: str | None) -> None:
        self._access = access
        self._threads = anyio.CapacityLimiter(THREADS)
        self._build = partial(_sessions, Counted(access, programs, command), version, public_url)
        self._wanted = self._ready = anyio.Event()
        self._sessions: StreamableHTTPSessionManager | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self._wanted, self._ready = anyio.Event(), anyio.Event()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._serve)
            try:
                yield
            finally:
                tasks.cancel_scope.cancel()

    async def _serve(self) -> None:
        await self._wanted.wait()
        self._sessions = await run_sync(self._build)
        async with self._sessions.run():
            self._ready.set()
            await anyio.sleep_forever()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            caller = await run_sync(self._access.caller, HTTPConnection(scope), "mcp", limiter=self._threads)
        except (KeyInvalid, ScopeMissing) as error:
            await _refused(error)(scope, receive, send)
            return
        self._wanted.set()
        await self._ready.wait()
        assert self._sessions is not None
        token = _caller.set(caller)
        try:
            await self._sessions.handle_request(scope, receive, send)
        finally:
            _caller.reset(token)


def _sessions(backing: Counted, version: str, public_url: str | None) -> StreamableHTTPSessionManager:
    from mcp.server.transport_security import TransportSecuritySettings

    from api.mcp_server.server import build

    server = build(backing, version, public_url)
    server.streamable_http_app(
        streamable_http_path=PATH,
        json_response=True,
        stateless_http=True,
        max_request_body_size=MOST_BYTES,
        # A key in a header is nothing a foreign page can send; without a key, `access` looks at the origin itself.
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )
    return server.session_manager


def _refused(error: KeyInvalid | ScopeMissing) -> JSONResponse:
    body = {"error": {"message": str(error)}}
    if isinstance(error, ScopeMissing):
        return JSONResponse(body, 403)
    return JSONResponse(body, 401, {"WWW-Authenticate": "Bearer"})
