"""Sends customer-service messages within the platform's counts, each under our own msgid."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from bot.errors import SendLater, SendRefused
from bot.outbox import Outbox, Outgoing, OutgoingRow
from bot.turns import TurnRow
from bot.wechat_kf import wording
from bot.wechat_kf.channel import BOT, CHANNEL, HUMAN, NEW, OVER, QUEUED
from bot.wechat_kf.identity import message_id
from bot.wechat_kf.settings import POOL, WeChatKfSettings
from bot.wecom.api import Api, WeComRefused, meaning, send
from knowledge.database import Database

MOST_MESSAGES = 5  # after each message of the customer, within 48 hours
WELCOME_LASTS = 20.0  # seconds
QUOTA_SPENT = 95001
WRONG_STATE = 95018
UNTIL_THEY_WRITE = 6 * 3600.0  # the customer's next message ends this sooner


class WeChatKfSender:
    channel = CHANNEL
    account = ""

    def __init__(
        self,
        settings: WeChatKfSettings,
        api: Api,
        outbox: Outbox,
        database: Database,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._api = api
        self._outbox = outbox
        self._database = database
        self._clock = clock

    def send(self, outgoing: Outgoing, platform_id: str) -> None:
        body = json.loads(outgoing.body)
        open_kfid, _, customer = platform_id.partition("/")
        to = {"open_kfid": open_kfid, "external_userid": customer}
        if body["kind"] == "welcome":
            self._welcome(outgoing, body)
        elif body["kind"] == "transfer":
            self._transfer(outgoing, body, to)
        else:
            self._text(outgoing, body["text"], to)

    def _text(self, outgoing: Outgoing, text: str, to: dict[str, str]) -> None:
        if self._spent(outgoing) > MOST_MESSAGES:
            raise SendLater(UNTIL_THEY_WRITE, wording.QUOTA_SPENT)
        body = {
            "touser": to["external_userid"],
            "open_kfid": to["open_kfid"],
            "msgid": self._message_id(outgoing),
            "msgtype": "text",
            "text": {"content": text},
        }
        try:
            self._once("kf/send_msg", body)
        except WeComRefused as refusal:
            raise self._meaning(refusal, to) from refusal

    def _welcome(self, outgoing: Outgoing, body: dict[str, Any]) -> None:
        if self._clock() - float(body["entered"]) > WELCOME_LASTS:
            raise SendRefused(wording.WELCOME_TOO_LATE)
        self._on_event(outgoing, str(body["code"]), str(body["text"]))

    def _transfer(self, outgoing: Outgoing, body: dict[str, Any], to: dict[str, str]) -> None:
        """To the servicer; where that fails to whoever is free; where that fails, whom to contact is said."""
        if self._state(to) in (QUEUED, HUMAN):
            return  # it is done, and we died before we noted it; or a person was faster
        for change in self._changes():
            try:
                answer = self._api.call("kf/service_state/trans", {**to, **change})
            except WeComRefused as refusal:
                if isinstance(meaning(refusal), SendLater):
                    raise meaning(refusal) from refusal
                continue
            if code := answer.get("msg_code"):
                self._tell_transferred(outgoing, str(code))
            return
        self._text(outgoing, str(body["text"]), to)

    def _changes(self) -> list[dict[str, Any]]:
        pool: dict[str, Any] = {"service_state": QUEUED}
        if self._settings.servicer == POOL:
            return [pool]
        return [{"service_state": HUMAN, "servicer_userid": self._settings.servicer}, pool]

    def _tell_transferred(self, outgoing: Outgoing, code: str) -> None:
        """The session has changed hands already: the words that go with it are not worth a second transfer."""
        try:
            self._on_event(outgoing, code, wording.TRANSFERRED)
        except SendRefused:
            return

    def _on_event(self, outgoing: Outgoing, code: str, text: str) -> None:
        body = {"code": code, "msgid": self._message_id(outgoing), "msgtype": "text", "text": {"content": text}}
        try:
            self._once("kf/send_msg_on_event", body)
        except WeComRefused as refusal:
            raise meaning(refusal) from refusal

    def _once(self, path: str, body: dict[str, Any]) -> None:
        """Raises WeComRefused, but not for a msgid that was there before: then the message is shown already.

        The platform documents that it refuses a msgid used before, not with which errcode; its words name the field.
        """
        try:
            self._api.call(path, body)
        except WeComRefused as refusal:
            if "msgid" not in refusal.message.lower():
                raise

    def _meaning(self, refusal: WeComRefused, to: dict[str, str]) -> Exception:
        if refusal.code == QUOTA_SPENT:
            return SendLater(UNTIL_THEY_WRITE, wording.QUOTA_SPENT)
        if refusal.code != WRONG_STATE:
            return meaning(refusal)
        state = self._state(to)
        if state in (QUEUED, HUMAN):
            return SendRefused(wording.IN_HUMAN_HANDS)
        return SendRefused(wording.SESSION_OVER if state == OVER else str(refusal))

    def _state(self, to: dict[str, str]) -> int:
        state = int(send(self._api, "kf/service_state/get", dict(to), repeatable=True).get("service_state", NEW))
        return state if state in (NEW, BOT, QUEUED, HUMAN, OVER) else NEW

    def _spent(self, outgoing: Outgoing) -> int:
        """How many messages the platform may have counted since the customer last wrote, this one included."""
        of = (TurnRow.channel == CHANNEL, TurnRow.account == outgoing.account, TurnRow.person == outgoing.person)
        last = select(func.max(TurnRow.received_at)).where(*of, TurnRow.occasion == "message")
        with self._database.reading() as session:
            since = session.scalar(last)
        if since is None:
            return 0
        return self._outbox.spent(CHANNEL, outgoing.account, outgoing.person, since)

    def _message_id(self, outgoing: Outgoing) -> str:
        with self._database.reading() as session:
            created: datetime = session.get_one(OutgoingRow, outgoing.id).created_at
        return message_id(outgoing.turn_id, outgoing.part, created)
