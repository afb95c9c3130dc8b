"""The Telegram channel put together: what `api/wiring` opens, a door hands updates to, and a Courier sends for."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot import wording
from bot.addresses import Addresses
from bot.delivery import TurnRunner
from bot.errors import BotError
from bot.feedback import Feedback
from bot.outbox import Outbox, Postbox
from bot.people import People
from bot.telegram.channel import CHANNEL, TelegramChannel
from bot.telegram.client import TelegramClient
from bot.telegram.commands import Commands
from bot.telegram.desk import Desk, pack
from bot.telegram.drafts import Drafts
from bot.telegram.pace import Pace
from bot.telegram.polling import Poller
from bot.telegram.rendering import HtmlRenderer
from bot.telegram.sender import TelegramSender
from bot.telegram.settings import TelegramSettings
from knowledge.database import Database

AGAIN_SECONDS = 30.0  # between two tries to tell Telegram about us

logger = logging.getLogger(__name__)


class TelegramService:
    """One bot. Its messages go out through a Courier that is given `sender`; `wake` calls that Courier.

    `secret` is what Telegram has to show at our webhook: at most 256 of A-Z a-z 0-9 _ -.
    """

    def __init__(
        self,
        settings: TelegramSettings,
        database: Database,
        runner: TurnRunner,
        people: People,
        addresses: Addresses,
        outbox: Outbox,
        *,
        secret: str,
        public_url: str | None = None,
        contact: str | None = None,
        samples: Sequence[str] = (),
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        self._settings = settings
        self._secret = secret
        self._client = TelegramClient(settings)
        renderer, drafts, pace = HtmlRenderer(settings.text_limit, public_url), Drafts(database), Pace(settings)
        postbox = Postbox(CHANNEL, runner.turns, outbox, pack(renderer), wake=wake)
        self._desk = Desk(settings, database, runner, outbox, postbox, addresses, drafts, self._client, renderer, pace)
        self.sender = TelegramSender(settings, self._client, addresses, drafts, pace)
        self.channel = TelegramChannel(
            settings,
            runner,
            people,
            addresses,
            Feedback(database),
            Commands(renderer, runner.turns.now),
            self._client,
            self._desk.attend,
            secret=secret,
            contact=contact,
            samples=samples,
        )
        self._poller = Poller(self._client, self.channel.receive, settings.poll_for)
        self._closed = threading.Event()
        self._introducing = threading.Thread(target=self._introduce, name="telegram-introduction", daemon=True)

    @property
    def polls(self) -> bool:
        return self._settings.webhook_url is None

    def start(self) -> None:
        """Take up what a crash left, and begin to take messages. Returns at once, Telegram reachable or not."""
        self._desk.catch_up()
        self._introducing.start()
        if self.polls:
            self._poller.start()

    def check(self, secret: str) -> None:
        self.channel.check(secret)

    def receive(self, update: Mapping[str, Any]) -> None:
        self.channel.receive(update)

    def catch_up(self) -> None:
        self._desk.catch_up()

    def leave(self) -> None:
        """Take no more messages; what is being answered is left to the runner and the next process."""
        self._closed.set()
        self._poller.leave()
        self._desk.close()

    def close(self) -> None:
        """After the Courier: what it has in hand needs the connection."""
        self.leave()
        self._client.close()
        for thread in (self._introducing, self._poller):
            if isinstance(thread, Poller) or thread.ident is not None:
                thread.join()

    def _introduce(self) -> None:
        """Tell Telegram where to call us and which commands there are, once it can be reached."""
        while not self._closed.is_set():
            try:
                if self._settings.webhook_url is not None:
                    self._client.use_webhook(self._settings.webhook_url, self._secret)
                self._client.offer(wording.TELEGRAM_COMMANDS)
                return
            except BotError as error:
                logger.warning("Telegram could not be told about us: %s %s", type(error).__name__, error)
            self._closed.wait(AGAIN_SECONDS)
