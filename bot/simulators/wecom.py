"""Stand-ins of WeCom over real HTTP: the API server, a self-built application's callbacks, and a 智能机器人.

They keep the documented rules: encrypted and signed callbacks, five seconds for an answer and three deliveries, access
tokens that expire, errcodes, sizes and counts. What the documents leave open is said where it is decided.
"""

from __future__ import annotations

import itertools
import json
import secrets
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit
from xml.sax.saxutils import escape

import httpx

from bot import wording as shared
from bot.errors import ChannelError, MalformedMessage, ReplyRefused
from bot.wechat.crypto import check_signature
from bot.wecom import wording
from bot.wecom.callback import Callback
from bot.wecom.settings import MESSAGE_LIMIT, STREAM_LIMIT

CORP_ID, AGENT_ID, SECRET = "ww0123456789abcdef", 1000002, "a-corp-secret"
ROBOT_ID = "aib-0123456789"
TOKEN, AES_KEY = "a-token", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
DELIVERIES = 3
MOST_A_MINUTE = 30  # messages of an application to one member
STREAM_SECONDS = 360.0  # how long a robot's stream is asked for

Result = Literal["taken", "failed", "timeout", "unreachable"]
Answer = dict[str, Any]


class Refusal(Exception):
    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Dropped(Exception):
    """The connection dies without an answer; whether the call was carried out depends on when this is raised."""


class ApiServer:
    """`/cgi-bin/…` on a loopback port. Subclasses carry out the calls.

    `fail` makes coming calls of a path end with an errcode, `drop` cuts their connections, before they are carried
    out or after.
    """

    def __init__(
        self,
        *,
        corp_id: str = CORP_ID,
        secret: str = SECRET,
        clock: Callable[[], float] = time.time,
        port: int = 0,
    ) -> None:
        self.corp_id = corp_id
        self.secret = secret
        self.clock = clock
        self.token_seconds = 7200.0
        self.trusted = True  # off: our address is not in 企业可信IP
        self.calls: list[tuple[str, Answer]] = []
        self.lock = threading.RLock()
        self._tokens: dict[str, float] = {}
        self._failures: dict[str, list[int]] = defaultdict(list)
        self._failing: dict[str, int] = {}
        self._drops: dict[str, list[str]] = defaultdict(list)
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=10)

    def fail(self, path: str, *codes: int) -> None:
        self._failures[path].extend(codes)

    def keep_failing(self, path: str, code: int | None) -> None:
        """Every call, until this is called with none."""
        if code is None:
            self._failing.pop(path, None)
        else:
            self._failing[path] = code

    def drop(self, path: str, when: Literal["before", "after"]) -> None:
        self._drops[path].append(when)

    def expire_tokens(self) -> None:
        """The platform ends every token before its time, as it may."""
        with self.lock:
            self._tokens = dict.fromkeys(self._tokens, 0.0)

    def count(self, path: str) -> int:
        with self.lock:
            return sum(called == path for called, _body in self.calls)

    def carry_out(self, path: str, body: Answer) -> Answer:
        """Raises Refusal."""
        raise Refusal(40035, f"no such call: {path}")

    def answer(self, path: str, query: Mapping[str, str], body: Answer) -> Answer:
        with self.lock:
            self.calls.append((path, body))
            when = self._drops[path].pop(0) if self._drops[path] else ""
        if when == "before":
            raise Dropped
        try:
            result = self._answer(path, query, body)
        except Refusal as refusal:
            result = {"errcode": refusal.code, "errmsg": f"{refusal.message}, hint: [{secrets.token_hex(8)}]"}
        if when == "after":
            raise Dropped
        return {"errcode": 0, "errmsg": "ok", **result}

    def _answer(self, path: str, query: Mapping[str, str], body: Answer) -> Answer:
        with self.lock:
            if path == "gettoken":
                return self._issue(query)
            self._admit(query.get("access_token", ""))
            if self._failures[path]:
                raise Refusal(self._failures[path].pop(0), "scripted")
            if path in self._failing:
                raise Refusal(self._failing[path], "scripted")
            return self.carry_out(path, body)

    def _issue(self, query: Mapping[str, str]) -> Answer:
        if query.get("corpid") != self.corp_id:
            raise Refusal(40013, "invalid corpid")
        if query.get("corpsecret") != self.secret:
            raise Refusal(40001, "invalid credential")
        token = secrets.token_urlsafe(32)
        self._tokens[token] = self.clock() + self.token_seconds
        return {"access_token": token, "expires_in": int(self.token_seconds)}

    def _admit(self, token: str) -> None:
        if token not in self._tokens:
            raise Refusal(40014, "invalid access_token")
        if self._tokens[token] <= self.clock():
            raise Refusal(42001, "access_token expired")
        if not self.trusted:
            raise Refusal(60020, "not allow to access from your ip")


def _handler(server: ApiServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the name http.server calls
            self._serve({})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            self._serve(json.loads(body))

        def log_message(self, format: str, *args: Any) -> None:
            return None

        def _serve(self, body: Answer) -> None:
            split = urlsplit(self.path)
            try:
                answer = server.answer(split.path.removeprefix("/cgi-bin/"), dict(parse_qsl(split.query)), body)
            except Dropped:
                self.close_connection = True
                return
            content = json.dumps(answer, ensure_ascii=False).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    return Handler


class Caller:
    """Posts encrypted callbacks to the service; each request has its own nonce and signature."""

    def __init__(
        self, url: str, token: str, aes_key: str, receiver: str, clock: Callable[[], float], window: float = 5.0
    ) -> None:
        self.url = url
        self.callback = Callback(token, aes_key, receiver, clock=clock)
        self.window = window
        self._token = token
        # The platform does not keep connections to us open, and no proxy stands between it and a test.
        self._client = httpx.Client(trust_env=False, headers={"Connection": "close"})

    def close(self) -> None:
        self._client.close()

    def verify(self, echo: str = "7281933615412904") -> bool:
        """What the settings page does: whether the service gave our echo back, decrypted."""
        sealed = self.callback.seal(echo)
        query = {**_query(sealed.signature, sealed.timestamp, sealed.nonce), "echostr": sealed.encrypted}
        answer = self._client.get(self.url, params=query, timeout=self.window)
        return answer.status_code == 200 and answer.text == echo

    def post_raw(self, body: bytes, query: Mapping[str, str]) -> httpx.Response:
        """Anything at all; for forged, broken and huge requests."""
        return self._client.post(self.url, params=dict(query), content=body, timeout=self.window)

    def seal_xml(self, xml: str) -> tuple[dict[str, str], bytes]:
        sealed = self.callback.seal(xml)
        body = (
            f"<xml><ToUserName>{_cdata(self.callback.receiver)}</ToUserName>"
            f"<Encrypt>{_cdata(sealed.encrypted)}</Encrypt><AgentID>{_cdata('')}</AgentID></xml>"
        )
        return _query(sealed.signature, sealed.timestamp, sealed.nonce), body.encode()

    def seal_json(self, values: Answer) -> tuple[dict[str, str], bytes]:
        sealed = self.callback.seal(json.dumps(values, ensure_ascii=False))
        body = json.dumps({"encrypt": sealed.encrypted}).encode()
        return _query(sealed.signature, sealed.timestamp, sealed.nonce), body

    def deliver(self, seal: Callable[[], tuple[dict[str, str], bytes]]) -> tuple[Result, str]:
        """Once; the answer's body where there is one."""
        query, body = seal()
        try:
            answer = self.post_raw(body, query)
        except httpx.TimeoutException:
            return "timeout", ""
        except httpx.ConnectError:
            return "unreachable", ""
        except httpx.HTTPError:
            return "failed", ""
        return ("taken", answer.text) if answer.status_code == 200 else ("failed", "")

    def deliver_until_taken(
        self, seal: Callable[[], tuple[dict[str, str], bytes]], times: int = DELIVERIES
    ) -> tuple[Result, str]:
        for _ in range(times - 1):
            result, text = self.deliver(seal)
            if result == "taken":
                return result, text
        return self.deliver(seal)

    def unseal(self, body: str) -> Answer:
        """A robot's answer. Raises ChannelError for what the platform would not show."""
        values = json.loads(body)
        encrypted, nonce, timestamp = values["encrypt"], values["nonce"], str(values["timestamp"])
        check_signature(values["msgsignature"], self._token, timestamp, nonce, encrypted)
        query = _query(values["msgsignature"], timestamp, nonce)
        return dict(json.loads(self.callback.open(query, encrypted)))


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message ready to be delivered, any number of times."""

    member: str
    message_id: str
    xml: str


class WeComPlatform(ApiServer):
    """The company's side of one self-built application: members who write, and their screens."""

    def __init__(
        self,
        callback_url: str,
        *,
        corp_id: str = CORP_ID,
        agent_id: int = AGENT_ID,
        secret: str = SECRET,
        token: str = TOKEN,
        aes_key: str = AES_KEY,
        clock: Callable[[], float] = time.time,
        window: float = 5.0,
        port: int = 0,
    ) -> None:
        super().__init__(corp_id=corp_id, secret=secret, clock=clock, port=port)
        self.agent_id = agent_id
        self.caller = Caller(callback_url, token, aes_key, corp_id, clock, window)
        self.invisible: set[str] = set()  # members outside the application's 可见范围
        self._screens: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self._sent: dict[str, list[float]] = defaultdict(list)
        self._ids = itertools.count(secrets.randbelow(10**9) * 10**9 + 10**18)

    def close(self) -> None:
        self.caller.close()
        super().close()

    def screen(self, member: str) -> list[str]:
        with self.lock:
            return [text for _kind, text in self._screens[member]]

    def kinds(self, member: str) -> list[str]:
        with self.lock:
            return [kind for kind, _text in self._screens[member]]

    def text(self, member: str, text: str, message_id: str | None = None) -> Parcel:
        return self.message(member, "text", f"<Content>{_cdata(text)}</Content>", message_id)

    def message(self, member: str, kind: str, content: str = "", message_id: str | None = None) -> Parcel:
        """Any kind of message; `content` is the XML of its own fields."""
        message_id = message_id or str(next(self._ids))
        return Parcel(member, message_id, self._xml(member, kind, f"{content}<MsgId>{message_id}</MsgId>"))

    def event(self, member: str, event: str, key: str = "") -> Parcel:
        content = f"<Event>{_cdata(event)}</Event><EventKey>{_cdata(key)}</EventKey>"
        return Parcel(member, event, self._xml(member, "event", content))

    def deliver(self, parcel: Parcel, times: int = DELIVERIES) -> Result:
        """Until it is taken, at most so often."""
        return self.caller.deliver_until_taken(lambda: self.caller.seal_xml(parcel.xml), times)[0]

    def deliver_once(self, parcel: Parcel) -> Result:
        return self.caller.deliver(lambda: self.caller.seal_xml(parcel.xml))[0]

    def carry_out(self, path: str, body: Answer) -> Answer:
        if path == "agent/get":
            return {"agentid": self.agent_id, "name": "光质通"}
        if path != "message/send":
            return super().carry_out(path, body)
        if body.get("agentid") != self.agent_id:
            raise Refusal(40056, "invalid agentid")
        members = [member for member in str(body.get("touser", "")).split("|") if member]
        known = [member for member in members if member not in self.invisible]
        if not known:
            raise Refusal(81013, "user & party & tag all invalid")
        kind = body.get("msgtype")
        if kind not in ("text", "markdown"):
            raise Refusal(40008, "invalid message type")
        text = str(body[kind]["content"])
        for member in known:
            self._show(member, str(kind), text)
        unknown = [member for member in members if member in self.invisible]
        return {"msgid": secrets.token_hex(16), "invaliduser": "|".join(unknown)}

    def _show(self, member: str, kind: str, text: str) -> None:
        content = text.encode()
        if kind == "markdown" and len(content) > MESSAGE_LIMIT:  # the documents name the limit, not the errcode
            raise Refusal(45002, "content size out of limit")
        now = self.clock()
        self._sent[member] = [sent for sent in self._sent[member] if sent > now - 60]
        if len(self._sent[member]) >= MOST_A_MINUTE:
            raise Refusal(45009, "api freq out of limit")
        self._sent[member].append(now)
        self._screens[member].append((kind, content[:MESSAGE_LIMIT].decode(errors="ignore")))

    def _xml(self, member: str, kind: str, content: str) -> str:
        return (
            f"<xml><ToUserName>{_cdata(self.corp_id)}</ToUserName><FromUserName>{_cdata(member)}</FromUserName>"
            f"<CreateTime>{int(self.clock())}</CreateTime><MsgType>{_cdata(kind)}</MsgType>{content}"
            f"<AgentID>{self.agent_id}</AgentID></xml>"
        )


@dataclass
class Stream:
    """One reply of a robot as a member sees it grow."""

    states: list[str] = field(default_factory=list)  # the whole text, each time it was told
    finished: bool = False
    id: str = ""

    @property
    def text(self) -> str:
        return self.states[-1] if self.states else ""


class RobotPlatform:
    """Members who write to a 智能机器人, alone or in groups; asks for unfinished streams until they are.

    A callback that is not answered is delivered again, three times in all; the documents only say that a message may
    come more than once. `refresh_seconds` is how often a stream is asked for, which they do not say at all.
    """

    def __init__(
        self,
        callback_url: str,
        *,
        token: str = TOKEN,
        aes_key: str = AES_KEY,
        robot: str = ROBOT_ID,
        clock: Callable[[], float] = time.time,
        refresh_seconds: float = 0.05,
        stream_seconds: float = STREAM_SECONDS,
        window: float = 5.0,
    ) -> None:
        self.caller = Caller(callback_url, token, aes_key, "", clock, window)
        self.robot = robot
        self._refresh_seconds = refresh_seconds
        self._stream_seconds = stream_seconds
        self._screens: dict[str, list[Stream]] = defaultdict(list)
        self._shown: dict[str, Stream] = {}
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._asking: list[threading.Thread] = []

    def close(self) -> None:
        self._closed.set()
        for thread in self._asking:
            thread.join(timeout=10)
        self.caller.close()

    def message(self, member: str, kind: str, chat: str = "", **content: Any) -> Answer:
        """A message's JSON; `content` are the fields of its kind."""
        group = {"chatid": chat, "chattype": "group"} if chat else {"chattype": "single"}
        return {
            "msgid": secrets.token_hex(12),
            "aibotid": self.robot,
            **group,
            "from": {"userid": member},
            "response_url": "https://qyapi.weixin.qq.com/cgi-bin/aibot/response?response_code=CODE",
            "msgtype": kind,
            **content,
        }

    def text(self, member: str, text: str, chat: str = "", quote: Answer | None = None) -> Answer:
        quoted = {"quote": quote} if quote else {}
        return self.message(member, "text", chat, text={"content": text}, **quoted)

    def event(self, member: str, event: str, **content: Any) -> Answer:
        return self.message(member, "event", event={"eventtype": event, **content}, create_time=0)

    def send(self, values: Answer, times: int = DELIVERIES) -> Result:
        """Deliver, show what comes back, and go on asking in a thread while it is unfinished."""
        result, body = self.caller.deliver_until_taken(lambda: self.caller.seal_json(values), times)
        if result == "taken" and body:
            self._show(values, self.caller.unseal(body))
        return result

    def screen(self, member: str) -> list[str]:
        """The last state of each reply, oldest first."""
        with self._lock:
            return [stream.text for stream in self._screens[member] if stream.states]

    def streams(self, member: str) -> list[Stream]:
        with self._lock:
            return list(self._screens[member])

    def idle(self) -> bool:
        return not any(thread.is_alive() for thread in self._asking)

    def _show(self, values: Answer, reply: Answer) -> None:
        member = values["from"]["userid"]
        if reply["msgtype"] == "text":
            if values["msgtype"] != "event":  # a text is taken for a greeting only
                raise ReplyRefused("a text does not answer a message")
            with self._lock:
                self._screens[member].append(Stream([reply["text"]["content"]], True))
            return
        if reply["msgtype"] != "stream":
            raise MalformedMessage("not a stream")
        with self._lock:
            stream = self._shown.get(values["msgid"])
            if stream is None:
                stream = self._shown[values["msgid"]] = Stream()
                self._screens[member].append(stream)
            fresh = not stream.states
        self._update(stream, reply["stream"])
        if fresh and not stream.finished:
            thread = threading.Thread(target=self._ask, args=(values, stream), daemon=True)
            self._asking.append(thread)
            thread.start()

    def _update(self, stream: Stream, told: Answer) -> None:
        content = str(told.get("content", ""))
        if len(content.encode()) > STREAM_LIMIT:
            raise ReplyRefused(f"{len(content.encode())} bytes in a stream")
        with self._lock:
            if stream.finished:
                return
            stream.id = stream.id or str(told["id"])
            stream.states.append(content)
            stream.finished = bool(told.get("finish"))

    def _ask(self, values: Answer, stream: Stream) -> None:
        until = time.monotonic() + self._stream_seconds
        asked = {key: value for key, value in values.items() if key in ("aibotid", "chatid", "chattype", "from")}
        while not stream.finished and time.monotonic() < until and not self._closed.wait(self._refresh_seconds):
            refresh = {**asked, "msgid": secrets.token_hex(12), "msgtype": "stream", "stream": {"id": stream.id}}
            result, body = self.caller.deliver(lambda refresh=refresh: self.caller.seal_json(refresh))  # type: ignore[misc]
            if result == "taken" and body:
                try:
                    self._update(stream, self.caller.unseal(body)["stream"])
                except (ChannelError, KeyError, ValueError):
                    return


# ---------------------------------------------------------------- in a terminal


def simulate(
    platform: WeComPlatform,
    member: str = "SimulatedMember",
    *,
    read: Callable[[str], str] = input,
    write: Callable[[str], None] = print,
) -> None:
    """Chat as a member with a running service whose GUANGZHI_WECOM_API_URL is the stand-in."""
    chat(lambda text: platform.deliver(platform.text(member, text)), lambda: platform.screen(member), read, write)


def simulate_robot(
    platform: RobotPlatform,
    member: str = "SimulatedMember",
    *,
    read: Callable[[str], str] = input,
    write: Callable[[str], None] = print,
) -> None:
    """Chat with the robot of a running service; a stream is shown each time it has grown."""
    chat(lambda text: platform.send(platform.text(member, text)), lambda: platform.screen(member), read, write)


def chat(
    send: Callable[[str], Result],
    screen: Callable[[], list[str]],
    read: Callable[[str], str],
    write: Callable[[str], None],
) -> None:
    """What is typed is sent, what comes onto the screen is written, as it changes."""
    write(wording.SIMULATOR_HELP)
    over = threading.Event()
    watcher = threading.Thread(target=_watch, args=(screen, write, over), daemon=True)
    watcher.start()
    try:
        while (line := read(shared.SIMULATOR_PROMPT).strip()) not in wording.SIMULATOR_QUIT:
            if line and (result := send(line)) != "taken":
                write(wording.SIMULATOR_NOT_TAKEN[result])
    except (EOFError, KeyboardInterrupt):
        pass
    over.set()
    watcher.join()
    write(shared.SIMULATOR_GOODBYE)


def _watch(screen: Callable[[], list[str]], write: Callable[[str], None], over: threading.Event) -> None:
    seen: list[str] = []
    last = False
    while not last:
        last = over.wait(0.1)  # once more after the end: what came meanwhile is shown
        now = screen()
        for number, text in enumerate(now):
            if number >= len(seen) or seen[number] != text:
                write(wording.SIMULATOR_REPLY.format(text=text))
        seen = now


def _query(signature: str, timestamp: str, nonce: str) -> dict[str, str]:
    return {"msg_signature": signature, "timestamp": timestamp, "nonce": nonce}


def _cdata(text: str) -> str:
    return escape(text) if "]]>" in text else f"<![CDATA[{text}]]>"
