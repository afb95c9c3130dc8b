"""A stand-in of Telegram's Bot API over real HTTP, with the people and groups behind it.

It keeps the documented rules: getUpdates holds an unanswered request and forgets what an offset confirms; a webhook is
called with its secret until it answers 2xx; HTML is parsed and refused as Telegram refuses it; 4,096 characters a
message; one message a second in a chat and twenty a minute in a group, beyond that 429 with `retry_after`; 403 from who
blocked the bot; 400 for an edit that changes nothing; a pressed button has to be answered in time.
"""

from __future__ import annotations

import itertools
import json
import re
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qs

import httpx

from bot import wording

TOKEN = "7000000001:AAE-a-token-of-the-stand-in-0123456789"
USERNAME = "guangzhi_test_bot"
TEXT_LIMIT = 4096
DATA_LIMIT = 64  # bytes of a button
TAGS = {"b", "strong", "i", "em", "u", "s", "a", "code", "pre", "blockquote", "tg-spoiler"}
REDELIVERY_SECONDS = 0.3  # Telegram waits longer, and longer each time

Json = dict[str, Any]
When = Literal["before", "after"]  # whether the message was taken when the fault struck


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to a call instead of, or after, its success. Without a status the connection is cut."""

    status: int | None = None
    description: str = ""
    parameters: Json = field(default_factory=dict)
    when: When = "before"
    delay: float = 0.0  # seconds until the answer
    body: bytes | None = None  # of a proxy, say, instead of Telegram's JSON


@dataclass(slots=True)
class Shown:
    """A message of the bot as it stands in a chat."""

    message_id: int
    html: str
    text: str
    buttons: list[list[Json]]
    reply_to: int | None
    edits: list[str] = field(default_factory=list)  # what it said before


@dataclass(frozen=True, slots=True)
class Call:
    method: str
    params: Json
    status: int
    at: float


class Refused(Exception):
    def __init__(self, status: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.status, self.description, self.parameters = status, description, parameters


class TelegramPlatform:
    """`port` 0 takes a free one. `flood` enforces the limits; `time_scale` is how many of our seconds one of Telegram's
    takes. Chats below zero are groups.
    """

    def __init__(
        self,
        token: str = TOKEN,
        username: str = USERNAME,
        *,
        port: int = 0,
        flood: bool = True,
        time_scale: float = 1.0,
        press_seconds: float = 15.0,
    ) -> None:
        self.token, self.username, self.id = token, username, int(token.partition(":")[0])
        self.time_scale = time_scale
        self.flood = flood
        self._press_seconds = press_seconds * time_scale
        self._lock = threading.RLock()
        self._news = threading.Condition(self._lock)
        self._update_ids, self._message_ids = itertools.count(10_001), itertools.count(101)
        self._queue: deque[Json] = deque()
        self._again: deque[Json] = deque()  # delivered once more, whatever was confirmed
        self._handed: set[int] = set()  # of these, what the request before this one got
        self._kept: dict[int, Json] = {}  # every update, to be delivered again
        self._taken: set[int] = set()  # answered with 2xx, or confirmed by an offset
        self._webhook: tuple[str, str] | None = None
        self._presses: dict[str, float] = {}
        self._spent: dict[int, deque[float]] = {}
        self._faults: dict[str, deque[Fault]] = {}
        self._always: dict[str, Fault] = {}
        self.refused_pushes = 0  # calls of the webhook that were not answered with 2xx
        self.blocked: set[int] = set()
        self.chats: dict[int, list[Shown]] = {}
        self.calls: list[Call] = []
        self.answered_presses: dict[str, str] = {}
        self._closed = threading.Event()
        self._server = _Server(("127.0.0.1", port), self)
        self._threads = [
            threading.Thread(target=self._server.serve_forever, args=(0.05,), name="telegram-platform", daemon=True),
            threading.Thread(target=self._push, name="telegram-webhooks", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        if self._closed.is_set():
            return
        self._closed.set()
        with self._news:
            self._news.notify_all()
        self._server.shutdown()
        self._server.server_close()
        for thread in self._threads:
            thread.join(5)

    # ------------------------------------------------------------ people

    def say(
        self, sender: int, text: str, *, chat: int | None = None, reply_to: Shown | None = None, **more: Any
    ) -> int:
        """A person writes, in private or in a group; the update's number."""
        return self.send(sender, {"text": text, "entities": self._entities(text), **more}, chat=chat, reply_to=reply_to)

    def send(self, sender: int, content: Json, *, chat: int | None = None, reply_to: Shown | None = None) -> int:
        """Any kind of message; `content` has its own fields."""
        message = self._message(sender, chat or sender) | content
        if reply_to is not None:
            replied = self._message(self.id, chat or sender) | {"message_id": reply_to.message_id, "text": "…"}
            message["reply_to_message"] = replied | {"from": self._bot()}
        return self.deliver({"message": message})

    def edit(self, update: int, text: str) -> int:
        """The person changes what they wrote."""
        message = self._kept[update]["message"] | {"text": text, "entities": self._entities(text), "edit_date": _now()}
        return self.deliver({"edited_message": message})

    def press(self, sender: int, shown: Shown, button: str, *, chat: int | None = None) -> str:
        """Press the button with this text; the query's name."""
        data = next(one["callback_data"] for row in shown.buttons for one in row if one["text"] == button)
        return self.press_raw(sender, shown.message_id, data, chat=chat)

    def press_raw(self, sender: int, message_id: int, data: str, *, chat: int | None = None) -> str:
        query = str(4_000_000_000 + next(self._update_ids))
        message = self._message(self.id, chat or sender) | {"message_id": message_id, "from": self._bot(), "text": "…"}
        with self._lock:
            self._presses[query] = time.monotonic()
        pressed = {"id": query, "from": _user(sender), "message": message, "chat_instance": "1", "data": data}
        self.deliver({"callback_query": pressed})
        return query

    def deliver(self, content: Json) -> int:
        with self._news:
            number = next(self._update_ids)
            self._kept[number] = {"update_id": number, **content}
            self._queue.append(self._kept[number])
            self._news.notify_all()
        return number

    def redeliver(self, number: int, times: int = 1) -> None:
        """As if Telegram had not heard that the update was taken."""
        with self._news:
            self._taken.discard(number)
            self._again.extend([self._kept[number]] * times)
            self._news.notify_all()

    def shown(self, chat: int) -> list[Shown]:
        with self._lock:
            return list(self.chats.get(chat, []))

    def quiet(self) -> bool:
        """Whether every update was taken."""
        with self._lock:
            return not self._queue and not self._again and self._taken >= set(self._kept)

    # ------------------------------------------------------------ trouble

    def fail(self, method: str, *faults: Fault) -> None:
        """What happens to the next calls of a method, one each."""
        with self._lock:
            self._faults.setdefault(method, deque()).extend(faults)

    def always(self, method: str, fault: Fault | None) -> None:
        """What happens to every call of a method from now on; None: nothing any more."""
        with self._lock:
            self._always.pop(method, None)
            if fault is not None:
                self._always[method] = fault

    def made(self, method: str) -> list[Call]:
        with self._lock:
            return [call for call in self.calls if call.method == method]

    # ------------------------------------------------------------ the API

    def call(self, token: str, method: str, params: Json) -> tuple[int, Json | bytes] | None:
        """Status and answer; None: cut the connection."""
        handler: Callable[[Json], Any] | None = getattr(self, f"_do_{method.lower()}", None)
        with self._lock:
            faults = self._faults.get(method)
            fault = faults.popleft() if faults else self._always.get(method)
        try:
            if token != self.token:
                raise Refused(401, "Unauthorized")
            if handler is None:
                raise Refused(404, "Not Found")
            if fault is not None and fault.when == "before" and (fault.status != 200):
                answer = _failing(fault)
            else:
                result = handler(params)
                answer = _failing(fault) if fault and fault.status != 200 else (200, {"ok": True, "result": result})
        except Refused as refused:
            answer = _refusal(refused.status, refused.description, refused.parameters)
        if fault is not None and fault.delay:
            self._closed.wait(fault.delay)
        with self._lock:
            self.calls.append(Call(method, params, answer[0] if answer else 0, time.monotonic()))
        return answer

    def _do_getme(self, _params: Json) -> Json:
        return self._bot()

    def _do_getupdates(self, params: Json) -> list[Json]:
        if self._webhook is not None:
            raise Refused(409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook first")
        offset, limit = int(params.get("offset", 0)), int(params.get("limit", 100))
        deadline = time.monotonic() + float(params.get("timeout", 0)) * self.time_scale
        with self._news:
            for update in [one for one in self._queue if one["update_id"] < offset]:
                self._queue.remove(update)
            waiting = {one["update_id"] for one in (*self._queue, *self._again)}
            self._taken |= ({number for number in self._kept if number < offset} | self._handed) - waiting
            self._handed = set()
            seconds = max(deadline - time.monotonic(), 0)
            self._news.wait_for(lambda: self._queue or self._again or self._closed.is_set(), seconds)
            again = list(self._again)
            self._again.clear()
            self._handed = {one["update_id"] for one in again}
            return again + list(itertools.islice(self._queue, limit))

    def _do_setwebhook(self, params: Json) -> bool:
        with self._news:
            self._webhook = (params["url"], params.get("secret_token", ""))
            self._news.notify_all()
        return True

    def _do_deletewebhook(self, _params: Json) -> bool:
        self._webhook = None
        return True

    def _do_getwebhookinfo(self, _params: Json) -> Json:
        url = self._webhook[0] if self._webhook else ""
        return {"url": url, "has_custom_certificate": False, "pending_update_count": len(self._queue)}

    def _do_setmycommands(self, _params: Json) -> bool:
        return True

    def _do_sendchataction(self, _params: Json) -> bool:
        return True

    def _do_sendmessage(self, params: Json) -> Json:
        chat = self._chat(params)
        text, buttons = self._checked(params)
        reply = json.loads(params["reply_parameters"])["message_id"] if "reply_parameters" in params else None
        with self._lock:
            self._spend(chat)
            shown = Shown(next(self._message_ids), params["text"], text, buttons, reply)
            self.chats.setdefault(chat, []).append(shown)
        return self._message(self.id, chat) | {"message_id": shown.message_id, "from": self._bot(), "text": text}

    def _do_editmessagetext(self, params: Json) -> Json:
        chat, number = self._chat(params), int(params["message_id"])
        text, buttons = self._checked(params)
        with self._lock:
            shown = next((one for one in self.chats.get(chat, []) if one.message_id == number), None)
            if shown is None:
                raise Refused(400, "Bad Request: message to edit not found")
            if (shown.html, shown.buttons) == (params["text"], buttons):
                raise Refused(
                    400,
                    "Bad Request: message is not modified: specified new message content and reply markup are exactly "
                    "the same as a current content and reply markup of the message",
                )
            self._spend(chat)
            shown.edits.append(shown.html)
            shown.html, shown.text, shown.buttons = params["text"], text, buttons
        return self._message(self.id, chat) | {"message_id": number, "from": self._bot(), "text": text}

    def _do_answercallbackquery(self, params: Json) -> bool:
        with self._lock:
            pressed = self._presses.get(params["callback_query_id"])
            if pressed is None or time.monotonic() - pressed > self._press_seconds:
                raise Refused(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
            self.answered_presses[params["callback_query_id"]] = params.get("text", "")
        return True

    def _chat(self, params: Json) -> int:
        chat = int(params["chat_id"])
        if chat in self.blocked:
            raise Refused(403, "Forbidden: bot was blocked by the user")
        return chat

    def _checked(self, params: Json) -> tuple[str, list[list[Json]]]:
        """The text without tags, and the buttons."""
        text = parse_html(params["text"]) if params.get("parse_mode") == "HTML" else params["text"]
        if not text.strip():
            raise Refused(400, "Bad Request: message text is empty")
        if measure(text) > TEXT_LIMIT:
            raise Refused(400, "Bad Request: message is too long")
        rows: list[list[Json]] = json.loads(params.get("reply_markup", "{}")).get("inline_keyboard", [])
        if any(len(one["callback_data"].encode()) > DATA_LIMIT for row in rows for one in row):
            raise Refused(400, "Bad Request: BUTTON_DATA_INVALID")
        return text, rows

    def _spend(self, chat: int) -> None:
        """Count a message against the limits of a chat: short bursts of three are let through."""
        if not self.flood:
            return
        now, spent = time.monotonic(), self._spent.setdefault(chat, deque())
        most, seconds = (20, 60 * self.time_scale) if chat < 0 else (3, 2.5 * self.time_scale)
        while spent and spent[0] <= now - seconds:
            spent.popleft()
        if len(spent) >= most:
            wait = max(int(spent[0] + seconds - now) + 1, 1)
            raise Refused(429, f"Too Many Requests: retry after {wait}", retry_after=wait)
        spent.append(now)

    # ------------------------------------------------------------ webhooks

    def _push(self) -> None:
        """One update after the other, each until it is taken, as with max_connections=1."""
        with httpx.Client(trust_env=False, timeout=10) as client:
            while not self._closed.is_set():
                with self._news:
                    self._news.wait_for(lambda: (self._lines() and self._webhook) or self._closed.is_set())
                    if self._closed.is_set() or self._webhook is None:
                        return
                    line, (url, secret) = self._lines()[0], self._webhook
                    update = line[0]
                if self._post(client, url, secret, update):
                    with self._lock, suppress(ValueError):
                        line.remove(update)
                        self._taken.add(update["update_id"])
                else:
                    self.refused_pushes += 1
                    self._closed.wait(REDELIVERY_SECONDS)

    def _lines(self) -> list[deque[Json]]:
        """What is to be delivered, where there is something."""
        return [line for line in (self._again, self._queue) if line]

    def _post(self, client: httpx.Client, url: str, secret: str, update: Json) -> bool:
        try:
            answer = client.post(url, json=update, headers={"X-Telegram-Bot-Api-Secret-Token": secret})
        except httpx.HTTPError:
            return False
        return answer.is_success

    # ------------------------------------------------------------ what messages look like

    def _message(self, sender: int, chat: int) -> Json:
        return {"message_id": next(self._message_ids), "from": _user(sender), "chat": _chat(chat), "date": _now()}

    def _bot(self) -> Json:
        return {"id": self.id, "is_bot": True, "first_name": "光质通", "username": self.username}

    def _entities(self, text: str) -> list[Json]:
        found = []
        command = text.split()[0] if text.startswith("/") else ""
        if command:
            found.append({"type": "bot_command", "offset": 0, "length": measure(command)})
        mention = f"@{self.username}"
        if not command and mention in text:
            at = text.index(mention)
            found.append({"type": "mention", "offset": measure(text[:at]), "length": measure(mention)})
        return found


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512

    def __init__(self, address: tuple[str, int], platform: TelegramPlatform) -> None:
        self.platform = platform
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who asked has gone in the middle: a killed service does."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        params = {name: values[0] for name, values in parse_qs(body.decode(), keep_blank_values=True).items()}
        bot, _, method = self.path.lstrip("/").partition("/")
        answer = self.server.platform.call(bot.removeprefix("bot"), method, params)
        if answer is None:
            self.close_connection = True
            return
        status, content = answer
        said = content if isinstance(content, bytes) else json.dumps(content, ensure_ascii=False).encode()
        with suppress(OSError):  # who asked has gone
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

    do_GET = do_POST  # noqa: N815  # the name is the base class's

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the calls are in `TelegramPlatform.calls`."""


def parse_html(html: str) -> str:
    """The text people see: few tags, all of them closed, and no other <. Raises Refused as Telegram refuses."""
    text, opened, at = "", list[str](), 0
    for tag in _TAG.finditer(html):
        text += _read(html[at : tag.start()])
        at = tag.end()
        name = tag["name"].lower()
        if name not in TAGS:
            raise _unparsable(f'Unsupported start tag "{name}" at byte offset {len(html[: tag.start()].encode())}')
        if not tag["end"]:
            opened.append(name)
        elif not opened or opened.pop() != name:
            raise _unparsable(f"Unmatched end tag at byte offset {len(html[: tag.start()].encode())}")
    if opened:
        raise _unparsable(f'Can\'t find end tag corresponding to start tag "{opened[-1]}"')
    return text + _read(html[at:])


_TAG = re.compile(r"""<(?P<end>/?)(?P<name>[A-Za-z][\w-]*)(?:\s+[\w-]+(?:=(?:"[^"<>]*"|'[^'<>]*'))?)*\s*>""")


def _read(text: str) -> str:
    if "<" in text:
        raise _unparsable(f"Unsupported start tag at byte offset {len(text.partition('<')[0].encode())}")
    return unescape(text)


def _unparsable(why: str) -> Refused:
    return Refused(400, f"Bad Request: can't parse entities: {why}")


def measure(text: str) -> int:
    """UTF-16 units; some measure characters, which are never more."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _failing(fault: Fault) -> tuple[int, Json | bytes] | None:
    if fault.status is None:
        return None
    if fault.body is not None:
        return fault.status, fault.body
    return _refusal(fault.status, fault.description, fault.parameters)


def _refusal(status: int, description: str, parameters: Json) -> tuple[int, Json | bytes]:
    told: Json = {"ok": False, "error_code": status, "description": description}
    return status, told | ({"parameters": parameters} if parameters else {})


def _user(number: int) -> Json:
    return {"id": number, "is_bot": False, "first_name": "某人", "language_code": "zh-hans"}


def _chat(number: int) -> Json:
    if number < 0:
        return {"id": number, "type": "supergroup", "title": "质量群"}
    return {"id": number, "type": "private", "first_name": "某人"}


def _now() -> int:
    return int(time.time())


# ---------------------------------------------------------------- a person at a terminal


def simulate(
    platform: TelegramPlatform,
    person: int = 5_000_000_001,
    *,
    read: Callable[[str], str] = input,
    write: Callable[[str], None] = print,
) -> None:
    """Chat with a service whose GUANGZHI_TELEGRAM_API_URL is the stand-in: what the person sees, as it changes."""
    write(wording.TELEGRAM_SIMULATOR_STARTED.format(url=platform.url))
    write(wording.TELEGRAM_SIMULATOR_WELCOME)
    watching = threading.Event()
    watcher = threading.Thread(target=_watch, args=(platform, person, write, watching), daemon=True)
    watcher.start()
    try:
        while _handle(platform, person, read(wording.SIMULATOR_PROMPT).strip(), write):
            pass
    except (EOFError, KeyboardInterrupt):
        pass
    watching.set()
    watcher.join()
    write(wording.SIMULATOR_GOODBYE)


def _handle(platform: TelegramPlatform, person: int, line: str, write: Callable[[str], None]) -> bool:
    if wording.SIMULATOR_COMMANDS.get(line) == "quit":
        return False
    command, _, button = line.partition(" ")
    if command == "/按":
        shown = [one for one in platform.shown(person) if any(b["text"] == button for row in one.buttons for b in row)]
        if shown:
            platform.press(person, shown[-1], button)
        else:
            write(wording.TELEGRAM_SIMULATOR_NO_BUTTON)
    elif line:
        platform.say(person, line)
    return True


def _watch(platform: TelegramPlatform, person: int, write: Callable[[str], None], stopped: threading.Event) -> None:
    seen: dict[int, str] = {}
    while not stopped.wait(0.1):
        for one in platform.shown(person):
            if seen.get(one.message_id) != one.html:
                seen[one.message_id] = one.html
                write(wording.TELEGRAM_SIMULATOR_REPLY.format(text=one.text))
                if buttons := " ".join(button["text"] for row in one.buttons for button in row):
                    write(wording.TELEGRAM_SIMULATOR_BUTTONS.format(buttons=buttons))
