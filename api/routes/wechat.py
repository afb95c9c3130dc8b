"""The door of the WeChat official account: GET and POST /wechat."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable

import anyio
from anyio.to_thread import run_sync
from fastapi import APIRouter, Request, Response
from starlette.background import BackgroundTask

from bot import wording
from bot.errors import ForgedMessage, MalformedMessage, StaleMessage
from bot.wechat.channel import Hold, PassiveReply, WeChatChannel
from bot.wechat.messages import BODY_LIMIT

logger = logging.getLogger(__name__)

PATH = "/wechat"

# Each thread waits for one person's answer; a hall of 200 asking at once must not queue for threads.
THREADS = 256


def wechat_router(channel: WeChatChannel) -> APIRouter:
    """Blocking work runs in threads of its own, so that waiting WeChat messages starve no other door."""
    router = APIRouter()
    threads = anyio.CapacityLimiter(THREADS)

    @router.get(PATH, include_in_schema=False)
    async def handshake(request: Request) -> Response:
        return await _refusing(lambda: _echo(channel, request))

    @router.post(PATH, include_in_schema=False)
    async def message(request: Request) -> Response:
        return await _refusing(lambda: _answer(channel, request, threads))

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


async def _echo(channel: WeChatChannel, request: Request) -> Response:
    return _text(channel.handshake(request.query_params))


async def _answer(channel: WeChatChannel, request: Request, threads: anyio.CapacityLimiter) -> Response:
    arrived = time.monotonic()
    body = await _read(request)
    if body is None:
        return _text(wording.REFUSED_TOO_LARGE, 413)
    try:
        reply = await run_sync(channel.receive, request.query_params, body, arrived, limiter=threads)
    except (ForgedMessage, StaleMessage, MalformedMessage):
        raise
    except Exception:  # a locked database, say: the next delivery may fare better, so make the platform send it
        logger.exception("a WeChat message could not be taken")
        reply = Hold(channel.settings.reply_within + channel.settings.hold_for)
    if isinstance(reply, Hold):
        return await _hold(request, reply.seconds)
    return await _write(channel, request, reply, arrived, threads)


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


async def _hold(request: Request, seconds: float) -> Response:
    """Keep silent until the platform cuts the connection at five seconds.

    That, and nothing else, is what the platform documents as making it deliver again: "success" or an empty 200
    ends the matter, and an error status is shown to the person as an outage by some reports. The 500 is only for a
    proxy in between that does not pass the cut on.
    """
    with anyio.move_on_after(seconds):
        while (await request.receive())["type"] != "http.disconnect":
            pass
    return Response(status_code=500)


async def _write(
    channel: WeChatChannel, request: Request, reply: PassiveReply, arrived: float, threads: anyio.CapacityLimiter
) -> Response:
    if not reply.turn_id:
        return _xml(reply.body)
    if await request.is_disconnected():  # the next delivery, or we ourselves, may show it
        await run_sync(channel.not_shown, reply.turn_id, reply.delivery, limiter=threads)
        return _xml(reply.body)

    async def shown() -> None:
        if time.monotonic() - arrived <= channel.settings.noted_within:
            await run_sync(channel.shown, reply.turn_id, limiter=threads)

    # After the reply is out, not before: killed in between, the answer can still be fetched.
    return _xml(reply.body, BackgroundTask(shown))


def _text(text: str, status: int = 200) -> Response:
    return Response(text, status, media_type="text/plain; charset=utf-8")


def _xml(body: str, background: BackgroundTask | None = None) -> Response:
    return Response(body, media_type="text/xml; charset=utf-8", background=background)
