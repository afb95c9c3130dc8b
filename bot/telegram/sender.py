"""Takes parts from the outbox to Telegram: a new message, or the answer in the place of its draft."""

from __future__ import annotations

from dataclasses import replace
from html import unescape

from bot import wording
from bot.addresses import Addresses
from bot.errors import SendLater
from bot.outbox import Outgoing
from bot.telegram.bodies import Body, body_from_json
from bot.telegram.channel import CHANNEL
from bot.telegram.client import ChatMoved, FormatRefused, MessageGone, TelegramClient
from bot.telegram.drafts import Drafts
from bot.telegram.pace import Pace
from bot.telegram.rendering import plain
from bot.telegram.settings import TelegramSettings

MOVED_SECONDS = 0.5


class TelegramSender:
    def __init__(
        self, settings: TelegramSettings, client: TelegramClient, addresses: Addresses, drafts: Drafts, pace: Pace
    ) -> None:
        self.channel = CHANNEL
        self.account = settings.account
        self._settings = settings
        self._client = client
        self._addresses = addresses
        self._drafts = drafts
        self._pace = pace

    def send(self, outgoing: Outgoing, platform_id: str) -> None:
        """Raises SendLater, SendRefused, SendUnknown."""
        chat, body = int(platform_id), body_from_json(outgoing.body)
        if (seconds := self._pace.take(chat)) > 0:
            raise SendLater(seconds, wording.TELEGRAM_TOO_FAST)
        try:
            self._put(outgoing, chat, body)
        except FormatRefused:  # better without links than not at all
            self._put(outgoing, chat, replace(body, html=plain(_without_tags(body.html))))
        except ChatMoved as error:
            self._moved(outgoing, error.chat)
        except SendLater as error:
            self._pace.pause(chat, error.seconds)
            raise

    def _put(self, outgoing: Outgoing, chat: int, body: Body) -> None:
        draft = self._drafts.of(outgoing.turn_id) if outgoing.part == 0 else None
        if draft is None:
            self._client.send(chat, body)
            return
        try:
            self._client.edit(chat, draft, body)
        except MessageGone:  # the person removed it
            self._drafts.forget(outgoing.turn_id)
            self._client.send(chat, body)

    def _moved(self, outgoing: Outgoing, chat: int) -> None:
        """A group that became a supergroup has another number; the person stays who they were."""
        days = self._settings.address_days
        self._addresses.remember(outgoing.channel, outgoing.account, outgoing.person, str(chat), days)
        raise SendLater(MOVED_SECONDS, wording.TELEGRAM_TOO_FAST)


def _without_tags(html: str) -> str:
    """The text of our own HTML, in which every < that is no tag is escaped."""
    pieces = html.split("<")
    return unescape(pieces[0] + "".join(piece.partition(">")[2] for piece in pieces[1:]))
