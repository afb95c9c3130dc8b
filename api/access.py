"""Who stands at a door for programs: a key, or where the operator allows it, a program on this very machine."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import wording
from api.errors import KeyInvalid, ScopeMissing
from api.keys import SCOPES, ApiKey, Keys

LOCAL = "local"
_PASSED_ON = ("origin", "forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")
_LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True, slots=True)
class Caller:
    """`id` names the program in turns; `key` is none for a program on this machine, which has no quota."""

    id: str
    scopes: tuple[str, ...]
    key: ApiKey | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """`open_here`: programs on this machine need no key. Every method asks the database and may wait for it."""

    keys: Keys
    open_here: bool = False

    def caller(self, connection: HTTPConnection, scope: str) -> Caller:
        """Raises KeyInvalid (no key, a wrong or a revoked one) and ScopeMissing."""
        secret = _bearer(connection)
        if secret:
            return self._known(secret, scope)
        if self.open_here and is_here(connection):
            return Caller(LOCAL, SCOPES)
        raise KeyInvalid(wording.KEY_MISSING if self.keys.usable() else wording.KEYS_NONE)

    def spend(self, caller: Caller) -> None:
        """Count one request. Raises QuotaSpent."""
        if caller.key is not None:
            self.keys.spend(caller.key)

    def _known(self, secret: str, scope: str) -> Caller:
        key = self.keys.find(secret)
        if scope not in key.scopes:
            raise ScopeMissing(wording.KEY_OUT_OF_SCOPE.format(name=key.name, scope=scope))
        return Caller(key.id, key.scopes, key)


def _bearer(connection: HTTPConnection) -> str:
    scheme, _, secret = connection.headers.get("authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else ""


def is_here(connection: HTTPConnection) -> bool:
    """From a program on this machine, meant for this machine: not through a proxy, not from a page in a browser."""
    client, headers = connection.client, connection.headers
    if client is None or any(name in headers for name in _PASSED_ON):
        return False
    try:
        loopback = ipaddress.ip_address(client.host).is_loopback
    except ValueError:
        return False
    host = headers.get("host", "").lower()
    return loopback and any(host == name or host.startswith(f"{name}:") for name in _LOCAL_NAMES)


class AnyOrigin:
    """Chat pages of any site may call the doors for programs: what they bring is a key, never a cookie of ours."""

    def __init__(self, app: ASGIApp, below: Sequence[str]) -> None:
        self._app = app
        self._below = tuple(below)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(self._below) or "origin" not in Headers(scope=scope):
            await self._app(scope, receive, send)
        elif scope["method"] == "OPTIONS":
            await Response(status_code=204, headers=_PREFLIGHT | _READABLE)(scope, receive, send)
        else:
            await self._app(scope, receive, _readable(send))


_READABLE = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After, x-request-id"}
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST, DELETE",
    "Access-Control-Allow-Headers": "*, Authorization",  # the star does not stand for this one
    "Access-Control-Max-Age": "600",
}


def _readable(send: Send) -> Send:
    async def adding(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(_READABLE)
        await send(message)

    return adding
