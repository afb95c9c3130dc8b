"""What holds for every response and every request body, as plain ASGI: streams pass through untouched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import wording


def policy(ancestors: str = "'self'") -> str:
    """What a page of ours may load, and which pages may show it in a frame."""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        f"connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors {ancestors}"
    )


SAFE = {
    "Content-Security-Policy": policy(),
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


@dataclass(frozen=True, slots=True)
class Origins:
    """Whose pages may show the chat and call the API: our own, and those of the origins the operator named.

    Origins as browsers write them; `public` is the one of our address outside, where that is known.
    """

    allowed: tuple[str, ...] = ()
    public: str | None = None

    @property
    def ancestors(self) -> str:
        return " ".join(["'self'", *self.allowed])

    def trusted(self, origin: str, scope: Scope) -> bool:
        return origin in self.allowed or self.own(origin, scope)

    def own(self, origin: str, scope: Scope) -> bool:
        """Whether the request came from a page of ours. The proxy before us may have changed scheme and host."""
        headers = Headers(scope=scope)
        if origin == self.public or headers.get("sec-fetch-site") == "same-origin":
            return True
        # No other site can make a browser send these two without asking first, and then it is refused.
        ours = (headers.get("host"), headers.get("x-forwarded-host"))
        return urlsplit(origin).netloc in {host.lower() for host in ours if host}


class OriginCheck:
    """The API is for our own pages, for pages of the allowed origins, and for programs, which name no origin."""

    def __init__(self, app: ASGIApp, origins: Origins) -> None:
        self._app = app
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        origin = Headers(scope=scope).get("origin") if scope["type"] == "http" else None
        if origin is None or not scope["path"].startswith("/api/") or self._origins.own(origin, scope):
            await self._app(scope, receive, send)
        elif origin not in self._origins.allowed:
            message = wording.ORIGIN_REFUSED.format(origin=origin[:200])
            await JSONResponse({"message": message}, 403)(scope, receive, send)
        elif scope["method"] == "OPTIONS":
            await Response(status_code=204, headers=_PREFLIGHT | _readable(origin))(scope, receive, send)
        else:
            await self._app(scope, receive, _adding(send, _readable(origin)))


_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Content-Type",
    "Access-Control-Max-Age": "600",
}


def _readable(origin: str) -> dict[str, str]:
    """Without credentials: who is logged in with us stays a matter of our own pages."""
    return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}


def _adding(send: Send, headers: dict[str, str]) -> Send:
    async def adding(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(headers)
        await send(message)

    return adding


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
