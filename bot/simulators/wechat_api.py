"""The server side of the platform's stand-in: tokens, customer-service messages, the menu, pictures.

It keeps the platform's documented rules: a token lasts two hours, and one that is not its own gets 40001, an expired
one 42001; 5 messages within 48 hours of a person's message, 3 within a minute of a click, a subscription or a scan,
then 45047; none to who has not written for 48 hours or has left, 45015. It can be told to fail, to be slow, and to
lose the answer to a message that it took.
"""

from __future__ import annotations

import json
import secrets
import sys
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

from bot.wechat.settings import PLATFORM_TEXT_LIMIT

Contact = Literal["message", "event", "leave", ""]  # what a person did, as far as it allows us to write to them
Way = Literal["reply", "message"]
Trouble = Literal["refuse", "lose", "drop", "busy"]

SEND, MENU, STABLE_TOKEN, TOKEN, MEDIA, PICTURES = (
    "/cgi-bin/message/custom/send",
    "/cgi-bin/menu/create",
    "/cgi-bin/stable_token",
    "/cgi-bin/token",
    "/cgi-bin/media/get",
    "/mmbiz/",
)


@dataclass(frozen=True, slots=True)
class Seen:
    """One message of ours on a person's screen, and how it came there."""

    text: str
    way: Way
    at: float  # by the platform's clock
    message_id: str = ""  # of a reply: what it answers


class Screens:
    """What each person sees of the account. A message is replied to once, however often it was delivered."""

    def __init__(self) -> None:
        self._seen: dict[str, list[Seen]] = defaultdict(list)
        self._lock = threading.Lock()
        self.on_message: Callable[[str, Seen], None] = lambda openid, seen: None  # one that came by itself

    def show(self, openid: str, seen: Seen) -> None:
        with self._lock:
            known = self._seen[openid]
            if not seen.message_id or all(seen.message_id != one.message_id for one in known):
                known.append(seen)
        if seen.way == "message":
            self.on_message(openid, seen)

    def of(self, openid: str) -> list[Seen]:
        with self._lock:
            return list(self._seen[openid])


@dataclass(slots=True)
class _Allowance:
    """What a person's doing lets us send, and until when."""

    left: int
    until: float


@dataclass(slots=True)
class _Person:
    following: bool = True
    message: _Allowance = field(default_factory=lambda: _Allowance(0, 0))
    event: _Allowance = field(default_factory=lambda: _Allowance(0, 0))


class WeChatApiServer:
    """`clock` is the platform's wall time in seconds; one is used for all of its servers. A context manager."""

    def __init__(
        self,
        app_id: str,
        secret: str,
        *,
        clock: Callable[[], float] = time.time,
        screens: Screens | None = None,
        token_seconds: float = 7200,
        calls_a_day: int | None = None,
        port: int = 0,
    ) -> None:
        self.app_id = app_id
        self.secret = secret
        self.clock = clock
        self.screens = screens or Screens()
        self.menu: dict[str, Any] | None = None
        self.pictures: dict[str, bytes] = {}
        self.taken: list[tuple[str, str]] = []  # messages the platform took: to whom, which text
        self.lost: list[tuple[str, str]] = []  # those of them whose answer was lost
        self.codes: list[int] = []  # every error code it gave
        self.tokens_given = 0
        self.seconds = 0.0  # how long an answer takes, in our own seconds
        self.before_answer: Callable[[str], None] = lambda path: None
        self._token_seconds = token_seconds
        self._calls_left = calls_a_day
        self._tokens: dict[str, float] = {}  # token → when it expires
        self._people: dict[str, _Person] = defaultdict(_Person)
        self._planned: deque[tuple[Trouble, int]] = deque()
        self._refusing: int | None = None
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", port), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> WeChatApiServer:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    # ------------------------------------------------------------ what a test or a person does to it

    def contact(self, openid: str, what: Contact) -> None:
        """A person wrote, clicked, subscribed, scanned, or left."""
        now = self.clock()
        with self._lock:
            person = self._people[openid]
            if what:
                person.following = what != "leave"
            if what == "message":
                person.message = _Allowance(5, now + 48 * 3600)
            if what == "event":
                person.event = _Allowance(3, now + 60)

    def plan(self, trouble: Trouble, code: int = 0, times: int = 1) -> None:
        """The next messages: `refuse` with a code, `lose` the answer after taking it, `drop` it before, be `busy`."""
        with self._lock:
            self._planned.extend([(trouble, code)] * times)

    def refuse_all(self, code: int | None) -> None:
        """From now on every message is refused with this code; None: no more."""
        with self._lock:
            self._refusing = code

    def expire_tokens(self) -> None:
        with self._lock:
            self._tokens = dict.fromkeys(self._tokens, 0.0)

    def add_picture(self, data: bytes) -> tuple[str, str]:
        """Where it can be fetched, and its media id."""
        name = secrets.token_hex(8)
        self.pictures[name] = data
        return f"{self.url}{PICTURES}{name}", name

    # ------------------------------------------------------------ what the service asks of it

    def answer(self, path: str, query: dict[str, str], body: dict[str, Any]) -> dict[str, Any] | bytes | None:
        """JSON, a picture, or none: the connection is dropped."""
        if self.seconds:
            time.sleep(self.seconds)
        if path in (STABLE_TOKEN, TOKEN):
            return self._give_token(body or query, stable=path == STABLE_TOKEN)
        if path.startswith(PICTURES):
            return self.pictures.get(path.removeprefix(PICTURES), b"")
        if code := self._refused(query.get("access_token", "")):
            return self._error(code)
        if path == SEND:
            return self._send(body)
        if path == MENU:
            return self._set_menu(body)
        if path == MEDIA:
            return self.pictures.get(query.get("media_id", "")) or self._error(40007)
        return self._error(40066)

    def _give_token(self, asked: dict[str, Any], stable: bool) -> dict[str, Any]:
        if asked.get("appid") != self.app_id:
            return self._error(40013)
        if asked.get("secret") != self.secret:
            return self._error(40125)
        now = self.clock()
        with self._lock:
            living = [(token, until) for token, until in self._tokens.items() if until > now]
            if stable and living and not asked.get("force_refresh"):
                token, until = living[-1]
                return {"access_token": token, "expires_in": int(until - now)}
            self.tokens_given += 1
            token = secrets.token_urlsafe(24)
            self._tokens = {**dict.fromkeys(self._tokens, 0.0), token: now + self._token_seconds}
        return {"access_token": token, "expires_in": int(self._token_seconds)}

    def _refused(self, token: str) -> int:
        with self._lock:
            until = self._tokens.get(token)
            if until is None:
                return 40001
            if until <= self.clock():
                return 42001
            if self._calls_left is not None:
                self._calls_left -= 1
                return 45009 if self._calls_left < 0 else 0
        return 0

    def _send(self, body: dict[str, Any]) -> dict[str, Any] | None:
        openid, text = str(body.get("touser", "")), str(body.get("text", {}).get("content", ""))
        with self._lock:
            trouble, code = self._planned.popleft() if self._planned else ("", 0)
            if self._refusing is not None:
                trouble, code = "refuse", self._refusing
        if trouble == "drop":
            return None
        if trouble in ("refuse", "busy"):
            return self._error(code or -1)
        if code := self._not_allowed(openid, text):
            return self._error(code)
        self.taken.append((openid, text))
        self.screens.show(openid, Seen(text, "message", self.clock()))
        if trouble == "lose":
            self.lost.append((openid, text))
            return None
        return {"errcode": 0, "errmsg": "ok"}

    def _not_allowed(self, openid: str, text: str) -> int:
        if not 0 < len(text.encode()) <= PLATFORM_TEXT_LIMIT:
            return 45002 if text else 44004
        now = self.clock()
        with self._lock:
            if openid not in self._people:
                return 40003
            person = self._people[openid]
            living = [one for one in (person.event, person.message) if one.until > now]
            if not person.following or not living:
                return 45015
            open_one = next((one for one in living if one.left > 0), None)
            if open_one is None:
                return 45047
            open_one.left -= 1
        return 0

    def _set_menu(self, body: dict[str, Any]) -> dict[str, Any]:
        buttons = body.get("button", [])
        if not 0 < len(buttons) <= 3:
            return self._error(40016)
        if any(len(one.get("sub_button", [])) > 5 for one in buttons):
            return self._error(40023)
        if any(len(one.get("name", "").encode()) > 16 for one in buttons):
            return self._error(40018)
        self.menu = body
        return {"errcode": 0, "errmsg": "ok"}

    def _error(self, code: int) -> dict[str, Any]:
        self.codes.append(code)
        return {"errcode": code, "errmsg": f"stand-in rid: {secrets.token_hex(4)}"}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who asks may be killed at any moment: a connection that breaks is no error of ours."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def _handler(api: WeChatApiServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            try:
                told = json.loads(body)
            except ValueError:
                told = {}
            self._answer(told if isinstance(told, dict) else {})

        def _answer(self, body: dict[str, Any]) -> None:
            told = urlsplit(self.path)
            answer = api.answer(told.path, dict(parse_qsl(told.query)), body)
            api.before_answer(told.path)
            if answer is None:
                self.close_connection = True
                return
            picture = isinstance(answer, bytes)
            content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(200 if content else 404)
            self.send_header("Content-Type", "image/jpeg" if picture else "application/json; encoding=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            return  # the address has the token in it

    return Handler
