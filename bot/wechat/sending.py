"""Answers that come later than the platform's window, as customer-service messages, within the platform's counts.

A verified account may send 5 messages within 48 hours of a person's message, and 3 within a minute of a click, a
subscription or a scan. An answer takes at most two of them; of the five, one is kept for a human reply.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import and_, or_
from sqlalchemy.sql.elements import ColumnElement

from bot import wording
from bot.errors import SendRefused
from bot.messages import Occasion
from bot.outbox import Courier, Outbox, Outgoing, Postbox
from bot.rendering import size
from bot.turns import Turn, TurnRow, Turns
from bot.wechat.client import WeChatApi
from bot.wechat.commands import named
from bot.wechat.settings import WeChatSettings

CHANNEL = "wechat"
MOST_PARTS = 2  # of one answer; the rest waits for 「更多」
AFTER_MESSAGE = 5
KEPT_FOR_A_PERSON = 1
AFTER_EVENT = 3


class Allowance:
    """Whether the platform, by its counts, lets us send to a person without being asked."""

    def __init__(self, settings: WeChatSettings, turns: Turns, outbox: Outbox) -> None:
        self._settings = settings
        self._turns = turns
        self._outbox = outbox

    def covers(self, outgoing: Outgoing) -> bool:
        """Whether this part, which is being sent, is within the counts together with those sent before it."""
        message, event = self._settings.after_message, self._settings.after_event
        return self._window(outgoing, "message", message, AFTER_MESSAGE - KEPT_FOR_A_PERSON) or self._window(
            outgoing, "event", event, AFTER_EVENT
        )

    def _window(self, outgoing: Outgoing, occasion: Occasion, seconds: float, most: int) -> bool:
        whom = (outgoing.channel, outgoing.account, outgoing.person)
        when = self._turns.last_contact(*whom, occasion)
        if when is None or self._turns.now() - when > timedelta(seconds=seconds):
            return False
        return self._outbox.spent(*whom, when) <= most


class WeChatSender:
    """The outbox's way to the platform."""

    channel = CHANNEL
    account = ""  # every account: the platform knows ours by the token

    def __init__(self, api: WeChatApi, turns: Turns, allowance: Allowance) -> None:
        self._api = api
        self._turns = turns
        self._allowance = allowance

    def send(self, outgoing: Outgoing, platform_id: str) -> None:
        if not self._allowance.covers(outgoing):
            raise SendRefused(wording.WECHAT_COUNT_USED)
        self._api.send_text(platform_id, json.loads(outgoing.body)["text"])
        self._turns.mark_shown(outgoing.turn_id, outgoing.part + 1)


class LateAnswers:
    """Answers that no delivery of the platform showed, put into the outbox."""

    def __init__(self, settings: WeChatSettings, turns: Turns, outbox: Outbox, courier: Courier) -> None:
        self._turns = turns
        self._limit = settings.text_limit
        self._over = timedelta(seconds=settings.deliveries_last)
        self._postbox = Postbox(CHANNEL, turns, outbox, self._pack, wake=courier.wake, wanted=self._wanted)

    def promise(self, turn: Turn) -> str:
        """From here on the answer is ours to send. How the deliveries end: `message`, or as was decided before."""
        way = self._turns.hand_over(turn.id, "message")
        if way == "message":
            self.post(self._turns.get(turn.id))
        return way

    def post(self, turn: Turn) -> None:
        """For `TurnRunner.when_done`: only what was promised; everything else a delivery may still show."""
        if turn.finished and turn.handed_over == "message":
            self._postbox.post(turn)

    def catch_up(self) -> int:
        """What a crash left between answer and outbox, and answers whose deliveries are all over and showed nothing."""
        return self._postbox.catch_up()

    def _wanted(self) -> ColumnElement[bool]:
        over = and_(TurnRow.handed_over.is_(None), TurnRow.received_at < self._turns.now() - self._over)
        promised = TurnRow.handed_over == "message"
        return and_(TurnRow.kind == "text", TurnRow.fetched_at.is_(None), or_(promised, over))

    def _pack(self, turn: Turn) -> Sequence[str]:
        if turn.reply is None:
            return ()
        parts = list(turn.reply.parts[:MOST_PARTS])
        parts[:-1] = [part.removesuffix(f"\n{wording.MORE_HINT}") for part in parts[:-1]]  # the next comes by itself
        above = f"{wording.FETCHED_FOR.format(question=named(turn.question))}\n"
        if size(above + parts[0]) <= self._limit:
            parts[0] = above + parts[0]
        return [json.dumps({"text": part}, ensure_ascii=False) for part in parts]
