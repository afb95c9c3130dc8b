"""The door of the Telegram bot: POST /telegram, called by Telegram with the secret we gave it."""

from __future__ import annotations

import json
import logging
from typing import Protocol

import anyio
from anyio.to_thread import run_sync
from fastapi import APIRouter, Request, Response

from bot import wording
from bot.errors import ForgedMessage, MalformedMessage

PATH = "/telegram"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
THREADS = 16  # each only stores a message
BODY_LIMIT = 1024 * 1024  # bytes; a long message that replies to a long message, each character escaped, is 50,000

logger = logging.getLogger(__name__)


class Receiver(Protocol):
    def check(self, secret: str) -> None: ...

    def receive(self, update: dict[str, object]) -> None: ...


def telegram_router(receiver: Receiver) -> APIRouter:
    """2xx only once the message is stored: until then Telegram delivers it again."""
    router = APIRouter()
    threads = anyio.CapacityLimiter(THREADS)

    @router.post(PATH, include_in_schema=False)
    async def update(request: Request) -> Response:
        try:
            receiver.check(request.headers.get(SECRET_HEADER, ""))
        except ForgedMessage:
            return _text(wording.TELEGRAM_REFUSED_SECRET, 403)
        try:
            await run_sync(receiver.receive, _read(await _body(request)), limiter=threads)
        except MalformedMessage:
            # Telegram would come again and again with what will never be readable, and hold back what comes after.
            logger.warning("a Telegram update cannot be read and is passed over")
            return _text(wording.TELEGRAM_REFUSED_MALFORMED, 200)
        except Exception as error:  # a locked database, say: the next delivery may fare better
            logger.error("a Telegram update could not be taken: %s", type(error).__name__)
            return Response(status_code=500)
        return Response(status_code=200)

    return router


async def _body(request: Request) -> bytes:
    """Raises MalformedMessage for what is too large, before it is in memory."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_LIMIT:
            raise MalformedMessage("too large")
    return bytes(body)


def _read(body: bytes) -> dict[str, object]:
    """Raises MalformedMessage."""
    try:
        update = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise MalformedMessage("not JSON") from error
    if not isinstance(update, dict):
        raise MalformedMessage("not an object")
    return update


def _text(text: str, status: int) -> Response:
    return Response(text, status, media_type="text/plain; charset=utf-8")
