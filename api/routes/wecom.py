"""The doors of WeCom: /wecom for the self-built application, /wecom/bot for the 智能机器人.

Each is verified by GET and called by POST, and answers within five seconds.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

import anyio
from anyio.to_thread import run_sync
from fastapi import APIRouter, Request, Response

from bot.errors import ForgedMessage, MalformedMessage, StaleMessage
from bot.wecom import wording
from bot.wecom.callback import BODY_LIMIT

logger = logging.getLogger(__name__)

APPLICATION_PATH, ROBOT_PATH = "/wecom", "/wecom/bot"
THREADS = 256  # of each door; a robot's wait for answers, and a hall of people must not queue for them


class CalledBack(Protocol):
    def handshake(self, query: Mapping[str, str]) -> str: ...

    def receive(self, query: Mapping[str, str], body: bytes) -> str | None: ...


def callback_router(path: str, channel: CalledBack) -> APIRouter:
    """Blocking work runs in threads of its own, so that a busy channel starves no other door."""
    router = APIRouter()
    threads = anyio.CapacityLimiter(THREADS)

    @router.get(path, include_in_schema=False)
    async def handshake(request: Request) -> Response:
        return await _refusing(lambda: _echo(channel, request))

    @router.post(path, include_in_schema=False)
    async def message(request: Request) -> Response:
        return await _refusing(lambda: _take(channel, request, threads))

    return router


async def _refusing(handle: Callable[[], Awaitable[Response]]) -> Response:
    try:
        return await handle()
    except ForgedMessage:
        return _text(wording.REFUSED_SIGNATURE, 403)
    except StaleMessage:
        return _text(wording.REFUSED_STALE, 403)
    except MalformedMessage:
        return _text(wording.REFUSED_MALFORMED, 400)


async def _echo(channel: CalledBack, request: Request) -> Response:
    return _text(channel.handshake(request.query_params))


async def _take(channel: CalledBack, request: Request, threads: anyio.CapacityLimiter) -> Response:
    body = await _read(request)
    if body is None:
        return _text(wording.REFUSED_TOO_LARGE, 413)
    try:
        reply = await run_sync(channel.receive, request.query_params, body, limiter=threads)
    except (ForgedMessage, StaleMessage, MalformedMessage):
        raise
    except Exception as error:  # a locked database, say: any status but 200 makes the platform deliver again
        logger.error("a WeCom message could not be taken: %s", type(error).__name__)
        return Response(status_code=500)
    return Response(reply or "", media_type="application/json" if reply else "text/plain; charset=utf-8")


async def _read(request: Request) -> bytes | None:
    """The body; none when it is too large, found out before it is in memory."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > BODY_LIMIT:
        return None
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_LIMIT:
            return None
    return bytes(body)


def _text(text: str, status: int = 200) -> Response:
    return Response(text, status, media_type="text/plain; charset=utf-8")
