"""Sees each person's turns through, one after the other: shows an answer while it grows, then posts it.

What is shown on the way is a draft: one message that is edited. The answer itself goes through the outbox and takes
the draft's place. Nothing here is remembered: after a crash the tables say which turns are not posted yet.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import ColumnElement, or_, select

from bot import wording
from bot.addresses import Addresses
from bot.delivery import TurnRunner
from bot.errors import ChannelError, SendLater
from bot.outbox import Outbox, Postbox
from bot.telegram.bodies import Body
from bot.telegram.channel import CHANNEL, place_of
from bot.telegram.client import ChatMoved, TelegramClient
from bot.telegram.drafts import Drafts
from bot.telegram.pace import Pace
from bot.telegram.rendering import HtmlRenderer, keyboard, plain
from bot.telegram.settings import TelegramSettings
from bot.turns import Turn, TurnRow, read_turn
from knowledge.database import Database

AT_ONCE = 64  # people whose answers are being seen through; the others wait a little longer for theirs
STEP_SECONDS = 0.25  # how often a turn that says nothing new is looked at
TYPING_LASTS = 4.5  # seconds; Telegram shows the sign for five
REACHES_BACK = timedelta(hours=48)  # an answer that could not be posted in this time is not posted any more

logger = logging.getLogger(__name__)


class Closing(Exception):
    """The service stops: the turn is seen through by the next one."""


def pack(renderer: HtmlRenderer) -> Callable[[Turn], Sequence[str]]:
    """The messages of a finished turn. A long answer's first part; the rest comes with its button."""

    def bodies(turn: Turn) -> Sequence[str]:
        if turn.reply is None:
            return ()
        if turn.kind != "text":
            return turn.reply.parts  # whole messages already
        answer, (message, thread) = turn.reply.answer, place_of(turn.key)
        parts = renderer.parts(answer)
        return (Body(parts[0], message, thread, keyboard(turn.id, answer, 0, len(parts))).to_json(),)

    return bodies


class Desk:
    """For the people of one bot. `attend(person)` returns at once."""

    def __init__(
        self,
        settings: TelegramSettings,
        database: Database,
        runner: TurnRunner,
        outbox: Outbox,
        postbox: Postbox,
        addresses: Addresses,
        drafts: Drafts,
        client: TelegramClient,
        renderer: HtmlRenderer,
        pace: Pace,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._account = settings.account
        self._database = database
        self._runner = runner
        self._outbox = outbox
        self._postbox = postbox
        self._addresses = addresses
        self._drafts = drafts
        self._client = client
        self._renderer = renderer
        self._pace = pace
        self._clock = clock
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="telegram-desk")
        self._lock = threading.Lock()
        self._attended: dict[str, bool] = {}  # whom a thread attends to, and whether there is more since it looked
        self._closed = threading.Event()

    def attend(self, person: str) -> None:
        """Somebody has a turn that is not posted yet."""
        with self._lock:
            if self._closed.is_set():
                return
            if person in self._attended:
                self._attended[person] = True
                return
            self._attended[person] = False
            self._pool.submit(self._attend, person)

    def catch_up(self) -> None:
        """At the start and now and then: what a crash or a locked database left behind."""
        for person in self._waiting():
            self.attend(person)
        for id in self._drafts.repeatable(CHANNEL):
            self._outbox.resend(id)
        self._drafts.forget_old()

    def close(self) -> None:
        with self._lock:
            self._closed.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _attend(self, person: str) -> None:
        while True:
            try:
                while (turn := self._next(person)) is not None:
                    self._see_through(turn)
            except Closing:
                return
            except Exception as error:  # the next `catch_up` takes it up again
                logger.error("a Telegram answer could not be posted: %s", type(error).__name__)
                with self._lock:
                    self._attended.pop(person, None)
                return
            with self._lock:
                if not self._attended[person]:
                    del self._attended[person]
                    return
                self._attended[person] = False

    def _see_through(self, turn: Turn) -> None:
        draft = _Draft(self, turn)
        heard = ""
        while not turn.finished:
            if self._closed.is_set():
                raise Closing
            turn, heard = self._runner.follow(turn, STEP_SECONDS, heard)
            if not turn.finished:
                draft.show(heard)
        self._postbox.post(turn)

    def _next(self, person: str) -> Turn | None:
        """The first turn of a person that is not posted. A command without a reply is settled when it comes again."""
        first = select(TurnRow).where(*self._unposted(), TurnRow.person == person).order_by(TurnRow.id).limit(1)
        with self._database.reading() as session:
            row = session.scalars(first).one_or_none()
            return read_turn(row) if row is not None else None

    def _waiting(self) -> list[str]:
        with self._database.reading() as session:
            return list(session.scalars(select(TurnRow.person).where(*self._unposted()).distinct()))

    def _unposted(self) -> tuple[ColumnElement[bool], ...]:
        return (
            TurnRow.channel == CHANNEL,
            TurnRow.account == self._account,
            TurnRow.handed_over.is_(None),
            TurnRow.received_at > self._runner.turns.now() - REACHES_BACK,
            or_(TurnRow.kind == "text", TurnRow.reply.is_not(None)),
        )


class _Draft:
    """One turn's message while its answer grows. Whatever goes wrong with it, the answer comes all the same."""

    def __init__(self, desk: Desk, turn: Turn) -> None:
        self._desk = desk
        self._turn = turn
        self._began = desk._clock()
        self._typed = -TYPING_LASTS
        self._shown = ""
        self._message: int | None = None
        self._chat: int | None = None
        self._found = False
        self._given_up = False

    def show(self, said: str) -> None:
        """Called again and again while the turn runs, with what is verified of its answer."""
        if self._given_up:
            return
        try:
            self._show(said)
        except SendLater as error:
            if self._chat is not None:
                self._desk._pace.pause(self._chat, error.seconds)
        except (ChannelError, ChatMoved):
            self._given_up = True

    def _show(self, said: str) -> None:
        desk = self._desk
        self._find()
        if self._chat is None:
            self._given_up = True
            return
        waited = desk._clock() - self._began
        html = self._html(said, waited)
        if html == self._shown:
            self._type(waited)
        elif desk._pace.take_for_draft(self._chat):
            self._put(self._chat, html)
            self._shown = html

    def _html(self, said: str, waited: float) -> str:
        if said.strip():
            return self._desk._renderer.growing(said)
        slow = waited >= self._desk._settings.slow_after
        return self._shown or (plain(wording.TELEGRAM_SEARCHING) if slow else "")

    def _put(self, chat: int, html: str) -> None:
        message, thread = place_of(self._turn.key)
        if self._message is not None:
            self._desk._client.edit(chat, self._message, Body(html))
            return
        self._message = self._desk._client.send(chat, Body(html, message, thread))
        self._desk._drafts.note(self._turn.id, self._message)

    def _type(self, waited: float) -> None:
        if self._chat is not None and waited >= STEP_SECONDS and waited - self._typed >= TYPING_LASTS:
            self._typed = waited
            self._desk._client.typing(self._chat, place_of(self._turn.key)[1])

    def _find(self) -> None:
        """The chat, and the draft that a process before this one began."""
        if self._found:
            return
        turn = self._turn
        address = self._desk._addresses.platform_id(turn.channel, turn.account, turn.person)
        self._chat = int(address) if address is not None else None
        self._message, self._found = self._desk._drafts.of(turn.id), True
