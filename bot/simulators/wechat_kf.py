"""A stand-in of WeChat customer service (微信客服): sessions, sync_msg with cursors and tokens, and its counts.

It keeps the documented rules: five messages within 48 hours of the customer's last, an own msgid once, states that
allow or forbid our messages, an event's token good for ten minutes and few calls without one, pages that may be empty
though more is to come. Not documented, and decided here: the errcode for a msgid used before (40058).
"""

from __future__ import annotations

import secrets
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bot.simulators.wecom import (
    AES_KEY,
    CORP_ID,
    DELIVERIES,
    SECRET,
    TOKEN,
    Answer,
    ApiServer,
    Caller,
    Refusal,
    Result,
    _cdata,
    chat,
)
from bot.wecom.settings import MESSAGE_LIMIT

OPEN_KFID = "wkAJ2GCAAASSm4_FhToWMFea0xAFfd3Q"
MOST_MESSAGES, ANSWERABLE = 5, 48 * 3600.0
TOKEN_LASTS, WELCOME_LASTS = 600.0, 20.0
UNTOKENED_A_MINUTE = 3
NEW, BOT, QUEUED, HUMAN, OVER = range(5)


@dataclass
class Session:
    state: int = OVER
    servicer: str = ""
    last_message: float = 0.0
    left: int = 0  # messages we may still send
    welcomed: float = float("-inf")
    screen: list[str] = field(default_factory=list)


class WeChatKfPlatform(ApiServer):
    """`page_size` messages a page; `empty_pages` come first on each pull, each saying that there is more."""

    def __init__(
        self,
        callback_url: str,
        *,
        corp_id: str = CORP_ID,
        secret: str = SECRET,
        token: str = TOKEN,
        aes_key: str = AES_KEY,
        clock: Callable[[], float] = time.time,
        page_size: int = 1000,
        empty_pages: int = 0,
        window: float = 5.0,
        port: int = 0,
    ) -> None:
        super().__init__(corp_id=corp_id, secret=secret, clock=clock, port=port)
        self.caller = Caller(callback_url, token, aes_key, corp_id, clock, window)
        self.page_size = page_size
        self.empty_pages = empty_pages
        self.servicers: set[str] = set()  # those on duty
        self.backwards = False  # pages list the latest first
        self.sessions: dict[tuple[str, str], Session] = defaultdict(Session)
        self._log: dict[str, list[Answer]] = defaultdict(list)
        self._tokens_of_events: dict[str, float] = {}
        self._used_ids: dict[str, set[str]] = defaultdict(set)
        self._codes: dict[str, tuple[str, tuple[str, str], float]] = {}  # code: what for, session, until
        self._empties: dict[str, int] = {}
        self._untokened: list[float] = []

    def close(self) -> None:
        self.caller.close()
        super().close()

    # ------------------------------------------------------------ customers

    def say(self, customer: str, text: str, kfid: str = OPEN_KFID, **changes: Any) -> Answer:
        """A customer writes a text; nothing is delivered yet, see `notify`."""
        return self.write(customer, "text", {"content": text}, kfid, **changes)

    def write(self, customer: str, kind: str, content: Answer, kfid: str = OPEN_KFID, **changes: Any) -> Answer:
        """Any kind of message; `changes` to its entry: send_time, msgid …"""
        with self.lock:
            session = self.sessions[kfid, customer]
            if session.state == OVER:
                session.state = NEW
            session.last_message, session.left = self.clock(), MOST_MESSAGES
            return self._enter(
                kfid, kind, {kind: content}, open_kfid=kfid, external_userid=customer, origin=3, **changes
            )

    def repeat(self, entry: Answer, kfid: str = OPEN_KFID) -> None:
        """The same message is listed once more."""
        with self.lock:
            self._log[kfid].append(entry)

    def enter(self, customer: str, kfid: str = OPEN_KFID) -> str:
        """A customer opens the conversation; the welcome code, or empty where the platform gives none."""
        with self.lock:
            session, now, code = self.sessions[kfid, customer], self.clock(), ""
            if now - max(session.welcomed, session.last_message) > ANSWERABLE:
                session.welcomed = now
                code = self._code("welcome", (kfid, customer), WELCOME_LASTS)
            event = {"event_type": "enter_session", "open_kfid": kfid, "external_userid": customer, "scene": ""}
            self._event(kfid, {**event, **({"welcome_code": code} if code else {})})
            return code

    def servicer_takes(self, customer: str, servicer: str = "ZhangSan", kfid: str = OPEN_KFID) -> None:
        with self.lock:
            session = self.sessions[kfid, customer]
            session.state, session.servicer = HUMAN, servicer
            change = {"event_type": "session_status_change", "change_type": 1, "new_servicer_userid": servicer}
            self._event(kfid, {**change, "open_kfid": kfid, "external_userid": customer})

    def servicer_ends(self, customer: str, kfid: str = OPEN_KFID) -> None:
        with self.lock:
            self.sessions[kfid, customer].state = OVER
            change = {"event_type": "session_status_change", "change_type": 3}
            self._event(kfid, {**change, "open_kfid": kfid, "external_userid": customer})

    def servicer_says(self, customer: str, text: str, kfid: str = OPEN_KFID) -> None:
        with self.lock:
            self._enter(kfid, "text", {"text": {"content": text}}, open_kfid=kfid, external_userid=customer, origin=5)

    def fail_to_deliver(self, message_id: str, customer: str, fail_type: int, kfid: str = OPEN_KFID) -> None:
        """A message we took was not delivered after all."""
        with self.lock:
            failed = {"event_type": "msg_send_fail", "fail_msgid": message_id, "fail_type": fail_type}
            self._event(kfid, {**failed, "open_kfid": kfid, "external_userid": customer})

    def screen(self, customer: str, kfid: str = OPEN_KFID) -> list[str]:
        with self.lock:
            return list(self.sessions[kfid, customer].screen)

    # ------------------------------------------------------------ the callback

    def notify(self, kfid: str = OPEN_KFID, times: int = DELIVERIES) -> Result:
        """Tell the service that there is something, until it takes it."""
        token = secrets.token_urlsafe(24)
        with self.lock:
            self._tokens_of_events[token] = self.clock() + TOKEN_LASTS
        xml = (
            f"<xml><ToUserName>{_cdata(self.corp_id)}</ToUserName><CreateTime>{int(self.clock())}</CreateTime>"
            f"<MsgType>{_cdata('event')}</MsgType><Event>{_cdata('kf_msg_or_event')}</Event>"
            f"<Token>{_cdata(token)}</Token><OpenKfId>{_cdata(kfid)}</OpenKfId></xml>"
        )
        return self.caller.deliver_until_taken(lambda: self.caller.seal_xml(xml), times)[0]

    # ------------------------------------------------------------ the calls

    def carry_out(self, path: str, body: Answer) -> Answer:
        calls: dict[str, Callable[[Answer], Answer]] = {
            "kf/sync_msg": self._sync,
            "kf/send_msg": self._send,
            "kf/send_msg_on_event": self._send_on_event,
            "kf/service_state/get": self._get_state,
            "kf/service_state/trans": self._transfer,
            "kf/account/list": lambda _body: {"account_list": [{"open_kfid": OPEN_KFID, "name": "光质通"}]},
        }
        return calls[path](body) if path in calls else super().carry_out(path, body)

    def _sync(self, body: Answer) -> Answer:
        self._admit_pull(str(body.get("token", "")))
        kfid, at = str(body["open_kfid"]), _position(str(body.get("cursor", "")))
        entries = self._log[kfid]
        left = self._empties.setdefault(kfid, self.empty_pages)
        if left > 0 and at < len(entries):
            self._empties[kfid] = left - 1
            return {"next_cursor": _cursor(at), "has_more": 1, "msg_list": []}
        self._empties.pop(kfid, None)
        upto = min(at + min(self.page_size, int(body.get("limit", 1000))), len(entries))
        page = entries[at:upto]
        return {
            "next_cursor": _cursor(upto),
            "has_more": int(upto < len(entries)),
            "msg_list": page[::-1] if self.backwards else page,
        }

    def _admit_pull(self, token: str) -> None:
        now = self.clock()
        if token:
            if self._tokens_of_events.get(token, 0) <= now:
                raise Refusal(95007, "invalid msg token")
            return
        self._untokened = [one for one in self._untokened if one > now - 60]
        if len(self._untokened) >= UNTOKENED_A_MINUTE:
            raise Refusal(45009, "api freq out of limit")
        self._untokened.append(now)

    def _send(self, body: Answer) -> Answer:
        kfid, customer = str(body["open_kfid"]), str(body["touser"])
        session = self.sessions[kfid, customer]
        self._check_text(body)
        self._check_id(kfid, str(body.get("msgid", "")))
        if session.state not in (NEW, BOT):
            raise Refusal(95018, "send msg session status invalid")
        if self.clock() - session.last_message > ANSWERABLE:
            raise Refusal(95002, "send msg time limit")
        if session.left <= 0:
            raise Refusal(95001, "send msg count limit")
        session.left -= 1
        return self._show(kfid, session, body)

    def _send_on_event(self, body: Answer) -> Answer:
        self._check_text(body)
        _why, place, until = self._codes.pop(str(body.get("code", "")), ("", ("", ""), 0.0))
        if until <= self.clock():
            raise Refusal(40058, "invalid code")
        return self._show(place[0], self.sessions[place], body)

    def _show(self, kfid: str, session: Session, body: Answer) -> Answer:
        message_id = str(body.get("msgid") or secrets.token_hex(16))
        self._used_ids[kfid].add(message_id)
        session.screen.append(str(body["text"]["content"]))
        return {"msgid": message_id}

    def _check_text(self, body: Answer) -> None:
        if body.get("msgtype") != "text":
            raise Refusal(40008, "invalid message type")
        if not 0 < len(str(body["text"]["content"]).encode()) <= MESSAGE_LIMIT:
            raise Refusal(45002, "content size out of limit")

    def _check_id(self, kfid: str, message_id: str) -> None:
        if message_id in self._used_ids[kfid]:
            raise Refusal(40058, "msgid repeated")
        if len(message_id) > 32 or not message_id.replace("-", "").replace("_", "").isalnum():
            raise Refusal(40058, "invalid parameter")

    def _get_state(self, body: Answer) -> Answer:
        session = self.sessions[str(body["open_kfid"]), str(body["external_userid"])]
        return {"service_state": session.state, "servicer_userid": session.servicer}

    def _transfer(self, body: Answer) -> Answer:
        place = str(body["open_kfid"]), str(body["external_userid"])
        session, wanted = self.sessions[place], int(body["service_state"])
        allowed = {NEW: (BOT, QUEUED, HUMAN, OVER), BOT: (QUEUED, HUMAN, OVER), QUEUED: (HUMAN, OVER), HUMAN: (OVER,)}
        if wanted not in allowed.get(session.state, ()):
            raise Refusal(95016, "not allow to change session state")
        if wanted == HUMAN and body.get("servicer_userid") not in self.servicers:
            raise Refusal(95014, "servicer not on duty")
        session.state, session.servicer = wanted, str(body.get("servicer_userid", ""))
        return {"msg_code": self._code("transfer", place, ANSWERABLE)} if wanted in (QUEUED, HUMAN) else {}

    # ------------------------------------------------------------ the log

    def _code(self, why: str, place: tuple[str, str], seconds: float) -> str:
        code = secrets.token_urlsafe(16)
        self._codes[code] = (why, place, self.clock() + seconds)
        return code

    def _event(self, kfid: str, event: Answer) -> None:
        self._enter(kfid, "event", {"event": event}, origin=4)

    def _enter(self, kfid: str, kind: str, content: Answer, **fields: Any) -> Answer:
        entry = {
            "msgid": secrets.token_urlsafe(24),
            "send_time": int(self.clock()),
            "servicer_userid": "",
            "msgtype": kind,
            **content,
            **fields,
        }
        self._log[kfid].append(entry)
        return entry


def simulate(
    platform: WeChatKfPlatform,
    customer: str = "wmSimulatedCustomer",
    *,
    read: Callable[[str], str] = input,
    write: Callable[[str], None] = print,
) -> None:
    """Chat as a customer with a running service whose GUANGZHI_WECOM_API_URL is the stand-in."""

    def send(text: str) -> Result:
        platform.say(customer, text)
        return platform.notify()

    platform.enter(customer)
    platform.notify()
    chat(send, lambda: platform.screen(customer), read, write)


def _cursor(position: int) -> str:
    return f"4gw7MepFLfgF2VC5{position:08d}"


def _position(cursor: str) -> int:
    return int(cursor[-8:]) if cursor else 0
