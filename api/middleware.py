"""What holds for every response and every request body, as plain ASGI: streams pass through untouched."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import wording

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'"
)
SAFE = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-cache",
}
MOST_BYTES = 64 * 1024
MOST_DISCARDED = 32 * 1024 * 1024


class BodyTooLarge(Exception):  # told to the sender as a 413, never raised out of the app
    pass


class SafeHeaders:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SAFE.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_safely if scope["type"] == "http" else send)


class BodyLimit:
    """Refuses a larger body, declared or not; `exempt` are the paths that look after themselves."""

    def __init__(self, app: ASGIApp, exempt: Sequence[str] = (), most: int = MOST_BYTES) -> None:
        self._app = app
        self._exempt = frozenset(exempt)
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in self._exempt:
            await self._app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "0")
        if declared.isdecimal() and int(declared) > self._most:
            await _discard(receive)
            await too_large()(scope, receive, send)
            return
        await self._app(scope, self._counted(receive), send)

    def _counted(self, receive: Receive) -> Receive:
        read = 0

        async def counting() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._most:
                raise BodyTooLarge
            return message

        return counting


def too_large() -> JSONResponse:
    return JSONResponse({"message": wording.TOO_LARGE}, 413, {"Connection": "close"})


async def _discard(receive: Receive) -> None:
    """Let the sender finish, keeping nothing: a browser that is cut off in the middle never sees the answer."""
    discarded = 0
    while discarded <= MOST_DISCARDED:
        message = await receive()
        discarded += len(message.get("body", b""))
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            return
