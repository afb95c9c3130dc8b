"""Telegram's Bot API through python-telegram-bot: blocking calls, and errors of our own.

The library is asynchronous: it runs in one thread of its own, the callers wait in theirs. Its errors and log lines may
name a chat or repeat a text, so neither is passed on.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import warnings
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import CancelledError
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import suppress
from typing import Any, NoReturn, TypeVar
from urllib.parse import urlsplit

import httpx
from telegram import (
    Bot,
    BotCommand,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    ReplyParameters,
)
from telegram.constants import ChatAction, ParseMode
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)
from telegram.request import HTTPXRequest
from telegram.warnings import PTBDeprecationWarning, PTBUserWarning

from bot import wording
from bot.errors import ChannelError, SendLater, SendRefused, SendUnknown
from bot.telegram.bodies import Body
from bot.telegram.settings import TelegramSettings
from bot.telegram.updates import UPDATES, Identity

T = TypeVar("T")
Result = Callable[[Bot], Coroutine[Any, Any, T]]

CONNECT_SECONDS = 5.0
OUTAGE_SECONDS = 15.0  # between two tries while Telegram cannot be reached
LOOPBACK = ("127.0.0.1", "localhost", "::1")
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.ProxyError)


class MessageGone(ChannelError):
    """The message to be edited is not there, or cannot be edited any more."""


class FormatRefused(ChannelError):
    """Telegram cannot read our HTML."""


class ChatMoved(ChannelError):
    """The group has another number now."""

    def __init__(self, chat: int) -> None:
        super().__init__("the group became a supergroup")
        self.chat = chat


class TokenRefused(ChannelError):
    """No bot has this token."""


class Unreachable(ChannelError):
    """Telegram did not answer, or not as Telegram does."""


class TelegramClient:
    """One bot. Every method blocks; `close()` ends the calls that are waiting."""

    def __init__(self, settings: TelegramSettings) -> None:
        # Their lines at INFO and DEBUG hold the token, chats and texts.
        for name in ("telegram", "httpx", "httpcore"):
            logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger(name).level))
        warnings.filterwarnings("ignore", message=".*`retry_after`.*", category=PTBDeprecationWarning)
        warnings.filterwarnings("ignore", message=".*getUpdates.*", category=PTBUserWarning)  # see `updates`
        self._settings = settings
        self._me: Identity | None = None
        self._bot = self._open()  # now: its certificates take a while, and the first message must not wait for them
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="telegram", daemon=True)
        self._starting = threading.Lock()

    # ------------------------------------------------------------ messages

    def send(self, chat: int, body: Body) -> int:
        """The new message's number. Raises SendLater, SendRefused, SendUnknown, FormatRefused, ChatMoved."""
        return self._sending(lambda bot: _send(bot, chat, body), repeatable=False)

    def edit(self, chat: int, message: int, body: Body) -> None:
        """Raises SendLater, SendRefused, MessageGone, FormatRefused, ChatMoved."""
        self._sending(lambda bot: _edit(bot, chat, message, body), repeatable=True)

    def typing(self, chat: int, thread: int | None) -> None:
        """Show that we are at it; whether that works does not matter."""
        self._fire(lambda bot: bot.send_chat_action(chat, ChatAction.TYPING, message_thread_id=thread))

    def answer_press(self, query: str, text: str = "") -> None:
        """End the waiting sign on a pressed button; too late is too late."""
        self._fire(lambda bot: bot.answer_callback_query(query, text or None))

    # ------------------------------------------------------------ the bot itself

    def me(self) -> Identity:
        """Raises TokenRefused, Unreachable."""
        if self._me is None:
            user = self._asking(lambda bot: bot.get_me())
            self._me = Identity(user.id, user.username or "")
        return self._me

    def updates(self, offset: int | None, hold: float) -> list[dict[str, Any]]:
        """What came since `offset`, as Telegram wrote it. Raises SendLater, TokenRefused, Unreachable."""
        wanted = {"timeout": int(hold), "allowed_updates": list(UPDATES)}
        if offset is not None:
            wanted["offset"] = offset
        # Not `get_updates`: that one reads all of them at once, and one it cannot read would hold up the others.
        patience = hold + self._settings.answer_within
        told: Any = self._asking(
            lambda bot: bot.do_api_request("getUpdates", wanted, read_timeout=patience), patience + CONNECT_SECONDS
        )
        return [one for one in told if isinstance(one, dict)]

    def use_webhook(self, url: str, secret: str) -> None:
        # One connection: two messages of one person must not overtake each other.
        self._asking(lambda bot: bot.set_webhook(url, secret_token=secret, max_connections=1, allowed_updates=UPDATES))

    def use_polling(self) -> None:
        self._asking(lambda bot: bot.delete_webhook())

    def offer(self, commands: Sequence[tuple[str, str]]) -> None:
        """The menu of commands that people see."""
        self._asking(lambda bot: bot.set_my_commands([BotCommand(*command) for command in commands]))

    def close(self) -> None:
        with self._starting:
            if self._loop.is_closed():
                return
            if self._thread.ident is None:
                self._loop.close()
                return
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    # ------------------------------------------------------------ how

    def _sending(self, call: Result[T], *, repeatable: bool) -> T:
        try:
            return self._call(call, self._settings.answer_within + 2 * CONNECT_SECONDS)
        except TelegramError as error:
            _translate(error, repeatable)
        except (FutureTimeout, CancelledError) as error:
            _undecided(error, repeatable)

    def _asking(self, call: Result[T], seconds: float | None = None) -> T:
        try:
            return self._call(call, seconds or self._settings.answer_within + 2 * CONNECT_SECONDS)
        except InvalidToken as error:
            raise TokenRefused("Telegram knows no bot with this token") from error
        except RetryAfter as error:
            raise SendLater(_seconds(error), wording.TELEGRAM_TOO_FAST) from error
        except (TelegramError, FutureTimeout, CancelledError) as error:
            raise Unreachable(type(error).__name__) from error

    def _call(self, call: Result[T], seconds: float) -> T:
        loop = self._running()
        future = asyncio.run_coroutine_threadsafe(call(self._bot), loop)
        try:
            return future.result(seconds)
        except FutureTimeout:
            future.cancel()
            raise

    def _fire(self, call: Result[Any]) -> None:
        async def quietly() -> None:
            with suppress(TelegramError):
                await call(self._bot)

        loop = self._running()
        asyncio.run_coroutine_threadsafe(quietly(), loop)

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._starting:
            if self._loop.is_closed():
                raise Unreachable("the client is closed")
            if self._thread.ident is None:
                self._thread.start()
        return self._loop

    def _open(self) -> Bot:
        local = urlsplit(self._settings.api_url).hostname in LOOPBACK  # no proxy stands before this machine itself
        requests = [
            HTTPXRequest(
                connection_pool_size=connections,
                connect_timeout=CONNECT_SECONDS,
                read_timeout=self._settings.answer_within,
                pool_timeout=CONNECT_SECONDS,
                httpx_kwargs={"trust_env": not local},
            )
            for connections in (64, 1)
        ]
        return Bot(
            self._settings.token.get_secret_value(),
            base_url=f"{self._settings.api_url.rstrip('/')}/bot",
            request=requests[0],
            get_updates_request=requests[1],
        )

    async def _end(self) -> None:
        waiting = [task for task in asyncio.all_tasks(self._loop) if task is not asyncio.current_task()]
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        for request in self._bot._request:  # never initialised as a whole: that would ask Telegram who we are
            await request.shutdown()


async def _send(bot: Bot, chat: int, body: Body) -> int:
    reply = ReplyParameters(body.reply_to, allow_sending_without_reply=True) if body.reply_to else None
    sent = await bot.send_message(
        chat,
        body.html,
        parse_mode=ParseMode.HTML,
        message_thread_id=body.thread,
        reply_parameters=reply,
        reply_markup=_keyboard(body),
        link_preview_options=LinkPreviewOptions(is_disabled=True),
    )
    return sent.message_id


async def _edit(bot: Bot, chat: int, message: int, body: Body) -> None:
    try:
        await bot.edit_message_text(
            body.html,
            chat,
            message,
            parse_mode=ParseMode.HTML,
            reply_markup=_keyboard(body),
            link_preview_options=LinkPreviewOptions(is_disabled=True),
        )
    except BadRequest as error:
        if "message is not modified" not in error.message.lower():
            raise


def _keyboard(body: Body) -> InlineKeyboardMarkup | None:
    rows = [[InlineKeyboardButton(one.text, callback_data=one.data) for one in row] for row in body.buttons]
    return InlineKeyboardMarkup(rows) if rows else None


def _translate(error: TelegramError, repeatable: bool) -> NoReturn:
    if isinstance(error, RetryAfter):
        raise SendLater(_seconds(error), wording.TELEGRAM_TOO_FAST) from error
    if isinstance(error, ChatMigrated):
        raise ChatMoved(error.new_chat_id) from error
    if isinstance(error, Forbidden):
        raise SendRefused(wording.TELEGRAM_BLOCKED) from error
    if isinstance(error, InvalidToken):
        raise SendLater(OUTAGE_SECONDS, wording.TELEGRAM_TOKEN_REFUSED) from error
    if isinstance(error, BadRequest):
        _refused(error)
    _undecided(error, repeatable)


def _refused(error: BadRequest) -> NoReturn:
    said = error.message.lower()
    if "can't parse entities" in said:
        raise FormatRefused("our HTML") from error
    if "message to edit not found" in said or "message can't be edited" in said:
        raise MessageGone("the message to edit") from error
    reasons = [words for known, words in wording.TELEGRAM_REFUSALS.items() if known in said]
    raise SendRefused(reasons[0] if reasons else wording.TELEGRAM_REFUSED) from error


def _undecided(error: BaseException, repeatable: bool) -> NoReturn:
    """The connection failed, or there was no answer. Was the message taken?"""
    if repeatable or isinstance(error.__cause__, _NOT_SENT) or _failed_aloud(error):
        raise SendLater(OUTAGE_SECONDS if not repeatable else 2.0, wording.TELEGRAM_UNREACHABLE) from error
    raise SendUnknown(wording.TELEGRAM_UNDECIDED) from error


def _failed_aloud(error: BaseException) -> bool:
    """Telegram itself answered that it failed: an error in its own JSON, not one of a proxy in between."""
    return isinstance(error, NetworkError) and error.__cause__ is None


def _seconds(error: RetryAfter) -> float:
    after = error.retry_after
    return float(after) if isinstance(after, int) else after.total_seconds()
