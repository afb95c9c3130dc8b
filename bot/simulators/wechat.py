"""A stand-in of the WeChat platform: signs, encrypts and delivers over real HTTP, and shows what a person would see.

It keeps the platform's documented rules: five seconds for an answer, then the connection is cut and the message
delivered again, three times in all; an empty answer or "success" ends the matter and shows nothing; anything else
that is no valid reply, and a text over 2,048 bytes, shows the platform's notice of an outage.
"""

from __future__ import annotations

import itertools
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection, IncompleteRead
from pathlib import Path
from typing import Literal
from urllib.parse import urlencode, urlsplit
from xml.sax.saxutils import escape

import httpx

from bot import wording
from bot.errors import ChannelError, MalformedMessage, ReplyRefused
from bot.simulators.wechat_api import Contact, Screens, Seen, WeChatApiServer
from bot.wechat.crypto import MessageCipher, check_signature, signature
from bot.wechat.messages import fields
from bot.wechat.settings import PLATFORM_TEXT_LIMIT

DELIVERIES = 3
_CONTACTS: dict[str, Contact] = {"subscribe": "event", "scan": "event", "click": "event", "unsubscribe": "leave"}
ACCOUNT = "gh_0123456789ab"

Result = Literal["shown", "silent", "transferred", "timeout", "failed", "unreachable", "refused"]
_OVER = ("shown", "silent", "transferred", "refused")  # the platform does not deliver again after these


class PlatformClock:
    """Wall time of a platform that runs 1 / `time_scale` times as fast as ours; the service under test shares it."""

    def __init__(self, time_scale: float = 1.0, start: float | None = None) -> None:
        self.time_scale = time_scale
        self._start = time.time() if start is None else start

    def __call__(self) -> float:
        return self.at(time.time())

    def at(self, ours: float) -> float:
        """The platform's time when ours is this."""
        return self._start + (ours - self._start) / self.time_scale


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery as the platform saw it, in the platform's seconds."""

    openid: str
    message_id: str
    number: int
    started: float
    seconds: float
    result: Result
    status: int | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the person saw of one message: a reply, or the platform's notice, or neither."""

    text: str | None
    notice: str | None = None
    deliveries: tuple[Delivery, ...] = ()
    seconds: float = 0.0  # from sending to seeing, by the platform's clock


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message ready to be delivered, any number of times."""

    openid: str
    message_id: str  # an event's is its kind: it has none of its own
    xml: str
    contact: Contact = "message"


class WeChatPlatform:
    """Delivers to `callback_url` as the official account `account`, encrypted when there is an `aes_key`.

    `time_scale` is how many of our seconds one platform second takes: 0.1 runs it ten times as fast. `clock` is the
    platform's wall time. `before_delivery` is called with each delivery's number before it is sent. `api` is the
    server side of the platform: with it the account can send customer-service messages. `screens` is what people see.
    """

    def __init__(
        self,
        callback_url: str,
        token: str,
        *,
        aes_key: str | None = None,
        app_id: str = "",
        account: str = ACCOUNT,
        redelivery_after: float = 5.0,
        time_scale: float = 1.0,
        clock: Callable[[], float] | None = None,
        sleep: Callable[[float], None] = time.sleep,
        before_delivery: Callable[[int], None] = lambda _number: None,
        api: WeChatApiServer | None = None,
    ) -> None:
        self._url = callback_url
        self._token = token
        self._cipher = MessageCipher(aes_key, app_id) if aes_key else None
        self.account = account
        self._window = redelivery_after
        self._time_scale = time_scale
        self.clock = clock or PlatformClock(time_scale)
        self._sleep = sleep
        self.before_delivery = before_delivery
        self.api = api
        self.screens = api.screens if api else Screens()
        self._events = itertools.count()
        self._ids = itertools.count(secrets.randbelow(10**9) * 10**9 + 10**18)  # 64 bits, as the platform's MsgId
        self._lock = threading.Lock()
        self.log: list[Delivery] = []
        # The platform does not keep connections to us open, and no proxy stands between it and a test.
        self._client = httpx.Client(
            trust_env=False, headers={"Connection": "close"}, limits=httpx.Limits(max_connections=None)
        )

    def close(self) -> None:
        self._client.close()

    def send_text(self, openid: str, text: str, msg_id: str | None = None) -> Shown:
        """A person sends a text: delivered until it is answered, at most three times."""
        return self.deliver(self.text(openid, text, msg_id))

    def subscribe(self, openid: str) -> Shown:
        """A person begins to follow the account."""
        return self.deliver(self.event(openid, "subscribe"))

    def verify(self, echo: str = "7281933615412904") -> bool:
        """The handshake of the 服务器配置 page: whether the service gave our echo back."""
        answer = self._client.get(self._url, params={**self.signed(), "echostr": echo}, timeout=self._window)
        return answer.status_code == 200 and answer.text == echo

    def text(self, openid: str, text: str, msg_id: str | None = None) -> Parcel:
        return self.message(openid, "text", f"<Content>{_cdata(text)}</Content>", msg_id)

    def message(self, openid: str, type: str, content: str = "", msg_id: str | None = None) -> Parcel:
        """Any kind of message; `content` is the XML of its own fields."""
        msg_id = msg_id or str(next(self._ids))
        return Parcel(openid, msg_id, self._xml(openid, type, f"{content}<MsgId>{msg_id}</MsgId>"))

    def event(self, openid: str, event: str, event_key: str = "") -> Parcel:
        content = f"<Event>{_cdata(event)}</Event><EventKey>{_cdata(event_key)}</EventKey>"
        contact = _CONTACTS.get(event.lower(), "")
        return Parcel(openid, f"{event}:{next(self._events)}", self._xml(openid, "event", content), contact)

    def click(self, openid: str, key: str) -> Parcel:
        """A person taps an item of the menu."""
        return self.event(openid, "CLICK", key)

    def voice(self, openid: str, heard: str | None) -> Parcel:
        """`heard` is what the platform's recognition made of it; None where that is switched off."""
        recognition = "" if heard is None else f"<Recognition>{_cdata(heard)}</Recognition>"
        return self.message(openid, "voice", f"<MediaId>v1</MediaId><Format>amr</Format>{recognition}")

    def image(self, openid: str, data: bytes) -> Parcel:
        assert self.api is not None, "pictures are fetched from the platform's server side"
        url, media_id = self.api.add_picture(data)
        return self.message(openid, "image", f"<PicUrl>{_cdata(url)}</PicUrl><MediaId>{_cdata(media_id)}</MediaId>")

    def link(self, openid: str, title: str, url: str) -> Parcel:
        return self.message(openid, "link", f"<Title>{_cdata(title)}</Title><Url>{_cdata(url)}</Url>")

    def location(self, openid: str) -> Parcel:
        return self.message(openid, "location", "<Location_X>31.29</Location_X><Location_Y>120.58</Location_Y>")

    def deliver(self, parcel: Parcel) -> Shown:
        """Deliver until answered, at most three times, each five seconds after the one before."""
        sent, deliveries = self.clock(), list[Delivery]()
        while True:
            delivery = self.deliver_once(parcel, len(deliveries) + 1)
            deliveries.append(delivery)
            if delivery.result in _OVER or len(deliveries) == DELIVERIES:
                return self._screen(deliveries, self.clock() - sent)
            self._sleep(max(delivery.started + self._window - self.clock(), 0) * self._time_scale)

    def deliver_once(self, parcel: Parcel, number: int = 1) -> Delivery:
        """One delivery, its answer awaited for five seconds and judged by the platform's rules."""
        self.before_delivery(number)
        if self.api is not None and number == 1:
            self.api.contact(parcel.openid, parcel.contact)
        started = self.clock()
        result, status, text = self._post(parcel)
        seconds = self.clock() - started
        if result == "shown":
            self.screens.show(parcel.openid, Seen(text, "reply", self.clock(), parcel.message_id))
        delivery = Delivery(parcel.openid, parcel.message_id, number, started, seconds, result, status, text)
        with self._lock:
            self.log.append(delivery)
        return delivery

    def deliver_raw(
        self, body: bytes | Iterator[bytes], query: dict[str, str] | None = None, timeout: float = 10
    ) -> httpx.Response:
        """Post anything at all, signed unless a `query` is given; for forged, broken and huge requests."""
        query = self.signed() if query is None else query
        return self._client.post(self._url, params=query, content=body, timeout=timeout)

    def signed(self, *, timestamp: int | None = None, nonce: str | None = None) -> dict[str, str]:
        """The query of a request, signed now or as if it were then."""
        stamp = str(int(self.clock()) if timestamp is None else timestamp)
        nonce = nonce or str(secrets.randbelow(10**10))
        return {"signature": signature(self._token, stamp, nonce), "timestamp": stamp, "nonce": nonce}

    def seal(self, parcel: Parcel) -> tuple[dict[str, str], bytes]:
        """Query and body of one delivery; each has its own nonce and signature."""
        query = {**self.signed(), "openid": parcel.openid}
        if self._cipher is None:
            return query, parcel.xml.encode()
        encrypted = self._cipher.encrypt(parcel.xml)
        signed = signature(self._token, query["timestamp"], query["nonce"], encrypted)
        body = f"<xml><ToUserName>{_cdata(self.account)}</ToUserName><Encrypt>{_cdata(encrypted)}</Encrypt></xml>"
        return {**query, "encrypt_type": "aes", "msg_signature": signed}, body.encode()

    def _post(self, parcel: Parcel) -> tuple[Result, int | None, str]:
        query, body = self.seal(parcel)
        try:
            status, answer = self._exchange(urlencode(query), body)
        except TimeoutError:
            return "timeout", None, ""
        except ConnectionRefusedError:
            return "unreachable", None, ""
        except (OSError, HTTPException):  # the connection did not live to the end
            return "failed", None, ""
        if status != 200:
            return "failed", status, ""
        if answer in (b"", b"success"):
            return "silent", status, ""
        try:
            text = self._read(answer, parcel.openid)
            return ("shown" if text else "transferred"), status, text
        except ChannelError:
            return "refused", status, ""

    def _exchange(self, query: str, body: bytes) -> tuple[int, bytes]:
        """Status and whole body, if both come within the window.

        By the standard library: hundreds of people at once are one machine's work here, and httpx costs ten times it.
        """
        deadline, told = time.monotonic() + self._window * self._time_scale, urlsplit(self._url)
        kind = HTTPSConnection if told.scheme == "https" else HTTPConnection
        connection = kind(told.netloc, timeout=self._window * self._time_scale)
        try:
            headers = {"Content-Type": "text/xml", "Connection": "close"}
            connection.request("POST", f"{told.path}?{query}", body, headers)
            response = connection.getresponse()
            answer = b""
            while chunk := response.read1(65_536):
                answer += chunk
                if time.monotonic() > deadline:  # the socket limits each read, the platform the whole
                    raise TimeoutError("the answer took too long")
            if response.length:
                raise IncompleteRead(answer, response.length)
            return response.status, answer
        finally:
            connection.close()

    def _read(self, answer: bytes, openid: str) -> str:
        """The text of a passive reply; none where the person is handed to the platform's own 客服. Raises ChannelError
        for what the platform would not show.
        """
        reply = fields(self._unseal(answer))
        if (reply.get("ToUserName"), reply.get("FromUserName")) != (openid, self.account):
            raise ReplyRefused("the reply is not from our account to this person")
        if reply.get("MsgType") == "transfer_customer_service":
            return ""
        if reply.get("MsgType") != "text" or not reply.get("CreateTime", "").isdecimal():
            raise MalformedMessage("not a text reply")
        text = reply.get("Content", "")
        if not 0 < len(text.encode()) <= PLATFORM_TEXT_LIMIT:
            raise ReplyRefused(f"{len(text.encode())} bytes of text")
        return text

    def _unseal(self, answer: bytes) -> str:
        if self._cipher is None:
            return answer.decode(errors="replace")
        envelope = fields(answer)
        encrypted = envelope.get("Encrypt", "")
        signed = (envelope.get("TimeStamp", ""), envelope.get("Nonce", ""), encrypted)
        check_signature(envelope.get("MsgSignature", ""), self._token, *signed)
        return self._cipher.decrypt(encrypted)

    def _screen(self, deliveries: list[Delivery], seconds: float) -> Shown:
        last = deliveries[-1]
        if last.result == "shown":
            return Shown(last.text, None, tuple(deliveries), seconds)
        notice = None if last.result in ("silent", "transferred") else wording.PLATFORM_NOTICE
        return Shown(None, notice, tuple(deliveries), seconds)

    def _xml(self, openid: str, type: str, content: str) -> str:
        return (
            f"<xml><ToUserName>{_cdata(self.account)}</ToUserName><FromUserName>{_cdata(openid)}</FromUserName>"
            f"<CreateTime>{int(self.clock())}</CreateTime><MsgType>{_cdata(type)}</MsgType>{content}</xml>"
        )


@dataclass
class _Terminal:
    platform: WeChatPlatform
    openid: str
    write: Callable[[str], None]
    last: Parcel | None = field(default=None)

    def handle(self, line: str) -> bool:
        """Whether to go on."""
        if not line:  # the app sends no empty message
            return True
        word, _, rest = line.partition(" ")
        command = wording.SIMULATOR_COMMANDS.get(word)
        if command == "quit":
            return False
        parcel = self.last if command == "again" else self._parcel(command, line, rest.strip())
        if parcel is None:
            self.write(wording.SIMULATOR_NOTHING_TO_REPEAT if command == "again" else wording.SIMULATOR_WELCOME)
            return True
        self.last = parcel
        self._show(self.platform.deliver(parcel))
        return True

    def _parcel(self, command: str | None, line: str, rest: str) -> Parcel | None:
        """What a line of the terminal sends; none where something is missing in it."""
        platform, openid = self.platform, self.openid
        if command is None:
            return platform.text(openid, line)
        if command in ("subscribe", "unsubscribe"):
            return platform.event(openid, command)
        if command == "image":
            path = Path(rest)
            return platform.image(openid, path.read_bytes()) if platform.api and path.is_file() else None
        makers: dict[str, Callable[[str], Parcel]] = {
            "click": lambda text: platform.click(openid, f"say:{text}"),
            "voice": lambda text: platform.voice(openid, text),
            "link": lambda text: platform.link(openid, text, "https://example.org/"),
        }
        return makers[command](rest) if rest else None

    def _show(self, shown: Shown) -> None:
        for delivery in shown.deliveries:
            result = wording.SIMULATOR_RESULTS[delivery.result]
            line = wording.SIMULATOR_DELIVERY
            self.write(line.format(number=delivery.number, seconds=delivery.seconds, result=result))
        if shown.text is not None:
            self.write(wording.SIMULATOR_REPLY.format(text=shown.text))
        else:
            notice = shown.notice
            self.write(wording.SIMULATOR_NOTICE.format(notice=notice) if notice else wording.SIMULATOR_SILENT)


def simulate(
    platform: WeChatPlatform,
    openid: str = "o-simulated-person",
    *,
    read: Callable[[str], str] = input,
    write: Callable[[str], None] = print,
) -> None:
    """Chat with the service in a terminal, through the platform: what the person sees, each delivery and its time."""
    terminal = _Terminal(platform, openid, write)
    platform.screens.on_message = lambda _openid, seen: write(wording.SIMULATOR_MESSAGE.format(text=seen.text))
    write(wording.SIMULATOR_WELCOME)
    if platform.api is not None:
        write(wording.SIMULATOR_API.format(url=platform.api.url))
    try:
        while terminal.handle(read(wording.SIMULATOR_PROMPT).strip()):
            pass
    except (EOFError, KeyboardInterrupt):
        pass
    write(wording.SIMULATOR_GOODBYE)


def _cdata(text: str) -> str:
    return escape(text) if "]]>" in text else f"<![CDATA[{text}]]>"
