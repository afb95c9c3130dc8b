"""What the person sees of a message: the answer, a placeholder, nothing yet, or nothing at all.

The platform waits five seconds for our reply, then cuts the connection and delivers the same message again, three
times in all. Silence makes it come back; an empty answer or "success" would tell it that we are done. So an answer
that is not ready is awaited by saying nothing, and the last delivery brings a placeholder instead.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot import wording
from bot.delivery import TurnRunner
from bot.messages import IncomingMessage
from bot.people import People
from bot.rendering import TextRenderer
from bot.turns import Turn, TurnKind
from bot.wechat.commands import Commands, command_of, named, said
from bot.wechat.messages import WeChatMessage
from bot.wechat.settings import WeChatSettings

CHANNEL = "wechat"


@dataclass(frozen=True, slots=True)
class Say:
    """Show this text; once it is out, `turn_id` has been shown."""

    text: str
    turn_id: str


@dataclass(frozen=True, slots=True)
class SayNothing:
    """Nothing to show: the platform need not come back."""


@dataclass(frozen=True, slots=True)
class ComeBack:
    """Not ready: the platform shall deliver again."""


Reaction = Say | SayNothing | ComeBack


class Conversation:
    """Reacts to the messages of one official account.

    `clock` is wall time in seconds, comparable to the CreateTime of the platform; `monotonic` measures our five
    seconds. `samples` are questions a new follower is shown.
    """

    def __init__(
        self,
        settings: WeChatSettings,
        runner: TurnRunner,
        people: People,
        renderer: TextRenderer,
        *,
        samples: Sequence[str] = (),
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._runner = runner
        self._turns = runner.turns
        self._people = people
        self._commands = Commands(renderer, runner.turns.now)
        self._samples = tuple(samples)
        self._clock = clock
        self._monotonic = monotonic

    def react(self, message: WeChatMessage, arrived: float) -> Reaction:
        """`arrived`: when the request did, by the monotonic clock. Blocks for at most `reply_within`."""
        if message.type == "text":
            if command_of(message.text):
                return self._settle(message, "command")
            return self._answer(message, arrived)
        if message.type != "event":
            return self._say(message, "unsupported", wording.ONLY_TEXT)
        if message.event.lower() == "subscribe":
            return self._say(message, "subscribe", self._greeting())
        return SayNothing()  # unsubscribed, a location report, a link opened: nobody is waiting for words

    def _answer(self, message: WeChatMessage, arrived: float) -> Reaction:
        age = self._clock() - message.created  # now, not after the waiting
        remaining = arrived + self._settings.reply_within - self._monotonic()
        turn = self._runner.answer(self._incoming(message), max(remaining, 0))
        if turn.finished:
            return self._hand_over(turn)
        if self._is_last_delivery(turn, age):
            return self._put_off(turn)
        return ComeBack()

    def _hand_over(self, turn: Turn) -> Reaction:
        way = self._turns.hand_over(turn.id, "inline")
        if way == "fetched":  # shown by 「取回」 while this delivery was on its way
            return SayNothing()
        if way == "placeholder":  # every delivery gets the same; the answer waits for 「取回」
            return Say(_placeholder(turn), "")
        return _first_part(turn)

    def _put_off(self, turn: Turn) -> Reaction:
        way = self._turns.hand_over(turn.id, "placeholder")
        return Say(_placeholder(turn), "") if way == "placeholder" else self._hand_over(self._turns.get(turn.id))

    def _is_last_delivery(self, turn: Turn, age: float) -> bool:
        # Deliveries that met a dead service were not counted. How old the message was on arrival tells of them:
        # better a placeholder that was not needed than silence on a delivery that has no next one.
        return turn.deliveries >= self._settings.last_delivery or age >= self._settings.last_delivery_age

    def _settle(self, message: WeChatMessage, kind: TurnKind) -> Reaction:
        turn = self._turns.receive(self._incoming(message), kind)
        return _first_part(self._turns.settle(turn.id, self._commands.run))

    def _say(self, message: WeChatMessage, kind: TurnKind, text: str) -> Reaction:
        turn = self._turns.receive(self._incoming(message), kind)
        return _first_part(self._turns.finish(turn.id, said(text)))

    def _incoming(self, message: WeChatMessage) -> IncomingMessage:
        return IncomingMessage(
            channel=CHANNEL,
            account=message.to_user,
            person=self._people.person(CHANNEL, message.to_user, message.from_user),
            key=message.key,
            text=message.text,
            received_at=self._turns.now(),
        )

    def _greeting(self) -> str:
        samples = [f"· {question}" for question in self._samples]
        return "\n".join([wording.GREETING, *([wording.GREETING_SAMPLES, *samples] if samples else [])])


def _first_part(turn: Turn) -> Say:
    assert turn.reply is not None, "only a finished turn has parts"
    return Say(turn.reply.parts[0], turn.id)


def _placeholder(turn: Turn) -> str:
    return wording.PLACEHOLDER.format(question=named(turn.question))
