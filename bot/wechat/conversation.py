"""What the person sees of a message: the answer, a placeholder, nothing yet, or nothing at all.

The platform waits five seconds for our reply, then cuts the connection and delivers the same message again, three
times in all. Silence makes it come back; an empty answer or "success" would tell it that we are done. So an answer
that is not ready is awaited by saying nothing. The last delivery brings a placeholder instead; where we may send
messages by ourselves it brings nothing, and the answer follows when it is ready.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot import wording
from bot.addresses import Addresses
from bot.delivery import TurnRunner
from bot.dialogue import wants_person
from bot.messages import IncomingMessage, Occasion
from bot.people import People
from bot.rendering import TextRenderer
from bot.turns import Turn, TurnKind
from bot.wechat import pictures
from bot.wechat.commands import Commands, choice_of, command_of, named, numbered, said
from bot.wechat.menu import text_of_click
from bot.wechat.messages import WeChatMessage
from bot.wechat.sending import CHANNEL as CHANNEL
from bot.wechat.sending import LateAnswers
from bot.wechat.settings import WeChatSettings
from bot.wechat.spoken import written

ADDRESS_DAYS = 2.0  # as long as the platform takes a message for somebody who wrote to us
SEEN_AGAIN_SECONDS = 60.0  # a person who writes every second is not written down every second
LINK_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class Say:
    """Show this text; once it is out, `turn_id` has been shown."""

    text: str
    turn_id: str
    delivery: int = 0  # the number of the one that shows it


@dataclass(frozen=True, slots=True)
class SayNothing:
    """Nothing to show: the platform need not come back."""


@dataclass(frozen=True, slots=True)
class ComeBack:
    """Not ready: the platform shall deliver again."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """The platform's own 客服 takes over."""

    turn_id: str


Reaction = Say | SayNothing | ComeBack | Transfer


class Conversation:
    """Reacts to the messages of one official account.

    `clock` is wall time in seconds, comparable to the CreateTime of the platform; `monotonic` measures our five
    seconds. `samples` are questions a new follower is shown. `late` and `addresses` are there where the account may
    send messages by itself; `contact` is whom 「转人工」 names.
    """

    def __init__(
        self,
        settings: WeChatSettings,
        runner: TurnRunner,
        people: People,
        renderer: TextRenderer,
        *,
        samples: Sequence[str] = (),
        contact: str | None = None,
        addresses: Addresses | None = None,
        late: LateAnswers | None = None,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._runner = runner
        self._turns = runner.turns
        self._people = people
        self._commands = Commands(renderer, runner.turns.now, samples, settings.deliveries_last)
        self._samples = tuple(samples)
        self._contact = contact
        self._addresses = addresses
        self._late = late
        self._clock = clock
        self._monotonic = monotonic
        self._seen: dict[str, float] = {}  # when an address was last written down; only saves writing

    def react(self, message: WeChatMessage, arrived: float) -> Reaction:
        """`arrived`: when the request did, by the monotonic clock. Blocks for at most `reply_within`."""
        if message.type == "event":
            return self._event(message, arrived)
        self._remember(message)
        if message.type in ("text", "voice"):
            return self._spoken_or_written(message, arrived)
        if message.type == "image":
            attachment = pictures.attachment(message.picture_url, message.media_id)
            return self._answer(self._incoming(message, "", attachment=attachment), message, arrived)
        if message.type == "link":
            return self._link(message)
        refusal = wording.NO_PLACES if message.type == "location" else wording.ONLY_TEXT
        return self._say(message, "unsupported", refusal)

    def _spoken_or_written(self, message: WeChatMessage, arrived: float) -> Reaction:
        if message.type == "text":
            return self._take(message, message.text, arrived)
        heard = written(message.heard)
        return self._take(message, heard, arrived) if heard else self._say(message, "unsupported", wording.NOT_HEARD)

    def _event(self, message: WeChatMessage, arrived: float) -> Reaction:
        event = message.event.lower()
        if event == "unsubscribe":
            self._forget(message)
            return SayNothing()
        if event == "subscribe":
            self._remember(message)
            return self._say(message, "subscribe", self._greeting(), self._samples, occasion="event")
        if event not in ("click", "scan"):
            return SayNothing()  # a location report, a link opened: nobody is waiting for words
        self._remember(message)
        text = text_of_click(message.event_key)
        if text:
            return self._take(message, text, arrived, "event")
        greeting = wording.MENU_OLD if event == "click" else self._greeting()
        return self._say(message, "subscribe", greeting, self._samples, occasion="event")

    def _take(self, message: WeChatMessage, text: str, arrived: float, occasion: Occasion = "message") -> Reaction:
        """A text that a person typed, said, or clicked."""
        if wants_person(text):
            return self._to_a_person(self._incoming(message, text, occasion))
        if command_of(text):
            turn = self._turns.receive(self._incoming(message, text, occasion), "command")
            return _first_part(self._turns.settle(turn.id, self._commands.run))
        return self._answer(self._incoming(message, self._chosen(message, text), occasion), message, arrived)

    def _chosen(self, message: WeChatMessage, text: str) -> str:
        """The question that a number stands for, where one was offered; any other text as it is."""
        number = choice_of(text)
        if number is None:
            return text
        offered = self._turns.last_offer(CHANNEL, message.to_user, self._person(message))
        return offered[number - 1] if number <= len(offered) else text

    def _answer(self, incoming: IncomingMessage, message: WeChatMessage, arrived: float) -> Reaction:
        age = self._clock() - message.created  # now, not after the waiting
        remaining = arrived + self._settings.reply_within - self._monotonic()
        turn = self._runner.answer(incoming, max(remaining, 0))
        if turn.finished:
            return self._hand_over(turn)
        if self._is_last_delivery(turn, age, arrived):
            return self._put_off(turn)
        return ComeBack()

    def _hand_over(self, turn: Turn) -> Reaction:
        way = self._turns.hand_over(turn.id, "inline")
        if way in ("fetched", "message"):  # shown by 「取回」 while this delivery was on its way, or sent by ourselves
            return SayNothing()
        if way == "placeholder":  # every delivery gets the same; the answer waits for 「取回」
            return Say(_placeholder(turn), "")
        return _first_part(turn)

    def _put_off(self, turn: Turn) -> Reaction:
        way = self._late.promise(turn) if self._late else self._turns.hand_over(turn.id, "placeholder")
        if way == "message":
            return SayNothing()
        return Say(_placeholder(turn), "") if way == "placeholder" else self._hand_over(self._turns.get(turn.id))

    def _is_last_delivery(self, turn: Turn, age: float, arrived: float) -> bool:
        # Deliveries that met a dead service were not counted. How old the message was on arrival tells of them:
        # better a placeholder that was not needed than silence on a delivery that has no next one. Counted ones tell
        # where the clocks differ, unless two of them were one delivery, made twice by the platform: the last one
        # arrives two rounds after the first.
        since_arrival = self._monotonic() - arrived
        waited = (self._turns.now() - turn.received_at).total_seconds() - since_arrival
        counted = turn.deliveries >= self._settings.last_delivery and waited >= self._settings.last_delivery_wait
        return counted or age >= self._settings.last_delivery_age

    def _to_a_person(self, incoming: IncomingMessage) -> Reaction:
        turn = self._turns.receive(incoming, "command")
        turn = self._turns.finish(turn.id, said(wording.to_a_person(self._contact)))
        return Transfer(turn.id) if self._settings.transfer else _first_part(turn)

    def _link(self, message: WeChatMessage) -> Reaction:
        title = " ".join(message.title.split())[:LINK_CHARACTERS]
        if not title:
            return self._say(message, "unsupported", wording.LINK_NOT_OPENED)
        return self._say(message, "unsupported", wording.LINK_TITLE.format(title=title), [title])

    def _say(
        self,
        message: WeChatMessage,
        kind: TurnKind,
        text: str,
        suggestions: Sequence[str] = (),
        occasion: Occasion = "message",
    ) -> Reaction:
        turn = self._turns.receive(self._incoming(message, message.text, occasion), kind)
        return _first_part(self._turns.finish(turn.id, said(text, suggestions)))

    def _incoming(
        self, message: WeChatMessage, text: str, occasion: Occasion = "message", attachment: str = ""
    ) -> IncomingMessage:
        return IncomingMessage(
            channel=CHANNEL,
            account=message.to_user,
            person=self._person(message),
            key=message.key,
            text=text,
            received_at=self._turns.now(),
            attachment=attachment,
            occasion=occasion,
        )

    def _person(self, message: WeChatMessage) -> str:
        return self._people.person(CHANNEL, message.to_user, message.from_user)

    def _remember(self, message: WeChatMessage) -> None:
        """Before the turn is received: an answer must know where to go."""
        if self._addresses is None:
            return
        person, now = self._person(message), self._clock()
        if now - self._seen.get(person, 0.0) < SEEN_AGAIN_SECONDS:
            return
        self._addresses.remember(CHANNEL, message.to_user, person, message.from_user, ADDRESS_DAYS)
        if len(self._seen) > 10_000:
            self._seen.clear()
        self._seen[person] = now

    def _forget(self, message: WeChatMessage) -> None:
        if self._addresses is not None:
            self._seen.pop(self._person(message), None)
            self._addresses.forget(CHANNEL, message.to_user, self._person(message))

    def _greeting(self) -> str:
        return "\n".join(
            [wording.GREETING, *([wording.GREETING_SAMPLES, *numbered(self._samples)] if self._samples else [])]
        )


def _first_part(turn: Turn) -> Say:
    assert turn.reply is not None, "only a finished turn has parts"
    return Say(turn.reply.parts[0], turn.id, turn.deliveries)


def _placeholder(turn: Turn) -> str:
    return wording.PLACEHOLDER.format(question=named(turn.question) or wording.A_PICTURE)
