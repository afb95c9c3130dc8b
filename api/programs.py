"""Questions of programs: each a durable turn like anyone else's, under the program's own account."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from api.access import Caller
from api.recounted import Recounted
from bot.delivery import TurnRunner
from bot.masking import mask
from bot.messages import Exchange, IncomingMessage
from bot.people import People
from bot.turns import Turn

EXCHANGES = 6  # of the conversation that count
LONGEST_EXCHANGE = 2000  # characters of each side


@dataclass(frozen=True, slots=True)
class Programs:
    """`channel` is `api` or `mcp`. A person is a hash of the key and of what the program calls its own user."""

    runner: TurnRunner
    people: People
    recounted: Recounted
    channel: str

    def message(self, caller: Caller, text: str, user: str = "", key: str = "") -> IncomingMessage:
        """`key` makes a repeated request the same question; without one every request is a new one."""
        person = self.people.person(self.channel, caller.id, user)
        return IncomingMessage(self.channel, caller.id, person, key or secrets.token_hex(16), text)

    def begin(self, message: IncomingMessage, history: Sequence[Exchange]) -> Turn:
        """The turn as it is received; the dialogue runs on."""
        self.recounted.bring(message, tuple(_kept(one) for one in history[-EXCHANGES:]))
        return self.runner.answer(message, 0)

    def follow(self, turn: Turn, seconds: float, heard: str) -> tuple[Turn, str]:
        """See `TurnRunner.follow`."""
        return self.runner.follow(turn, seconds, heard)

    def answer(self, message: IncomingMessage, history: Sequence[Exchange], seconds: float) -> Turn:
        turn = self.begin(message, history)
        if not turn.finished:
            turn = self.runner.answer(message, seconds)
        if turn.finished:
            self.recounted.forget(message)
        return turn


def _kept(exchange: Exchange) -> Exchange:
    """Masked: an answer may repeat what stood before it, and answers are stored."""
    return Exchange(mask(exchange.question[:LONGEST_EXCHANGE]), mask(exchange.answer[:LONGEST_EXCHANGE]))
