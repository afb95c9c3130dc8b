"""What a Telegram update becomes: a durable turn, before Telegram hears that we have it.

A person is a person in a chat: what somebody asked in private is no one's business in a group. The same message with
the same words is the same turn, whatever the number of deliveries; an edit with other words is a new question.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import NoResultFound

from bot import wording
from bot.addresses import Addresses
from bot.delivery import TurnRunner
from bot.errors import ForgedMessage
from bot.feedback import Feedback
from bot.messages import IncomingMessage
from bot.people import People
from bot.telegram.client import TelegramClient
from bot.telegram.commands import Commands, Wanted, command_of
from bot.telegram.rendering import DETAILS, MORE, SOURCES, USEFUL, USELESS
from bot.telegram.settings import TelegramSettings
from bot.telegram.updates import Asked, Place, Pressed, read
from bot.turns import TurnKind

CHANNEL = "telegram"
_BUTTONS = {SOURCES: "sources", DETAILS: "details", MORE: "more"}


@dataclass(frozen=True, slots=True)
class _Sender:
    """Who wrote, and where: the turn's person."""

    person: str
    place: Place


class TelegramChannel:
    """One bot. `attend` is told each person who has something coming; methods block."""

    def __init__(
        self,
        settings: TelegramSettings,
        runner: TurnRunner,
        people: People,
        addresses: Addresses,
        feedback: Feedback,
        commands: Commands,
        client: TelegramClient,
        attend: Callable[[str], None],
        *,
        secret: str,
        contact: str | None = None,
        samples: Sequence[str] = (),
    ) -> None:
        self._settings = settings
        self._account = settings.account
        self._runner = runner
        self._people = people
        self._addresses = addresses
        self._feedback = feedback
        self._commands = commands
        self._client = client
        self._attend = attend
        self._secret = secret
        self._contact = contact
        self._samples = tuple(samples)

    def check(self, secret: str) -> None:
        """Whether it is Telegram who calls. Raises ForgedMessage."""
        if not hmac.compare_digest(secret.encode(), self._secret.encode()):
            raise ForgedMessage("not our secret")

    def receive(self, update: Mapping[str, Any]) -> None:
        """When this returns, nothing of the update can be lost any more. Raises MalformedMessage; anything else
        that it raises may pass: Telegram shall deliver the update again.
        """
        came = read(update, self._client.me)
        if isinstance(came, Pressed):
            self._pressed(came)
        elif came is not None:
            self._asked(came)

    def _asked(self, asked: Asked) -> None:
        sender = self._remember(asked.place)
        if not asked.readable:
            self._say(sender, self._key_of_album(asked), "unsupported", wording.ONLY_TEXT)
        elif asked.command and asked.command != "ask":
            self._command(sender, asked)
        elif command := command_of(asked.text):
            self._run(sender, self._key(asked), asked.text, Wanted(command))
        else:
            self._runner.answer(self._incoming(sender, self._key(asked), asked.text), 0)
        self._attend(sender.person)

    def _command(self, sender: _Sender, asked: Asked) -> None:
        key = self._key(asked)
        if asked.command == "sources":
            self._run(sender, key, f"/{asked.command}", Wanted("sources"))
        elif asked.command == "start":
            self._say(sender, key, "subscribe", wording.hello(self._samples))
        elif asked.command == "human":
            self._say(sender, key, "command", wording.to_a_person(self._contact))
        else:  # /help, and any other: how it is done
            self._say(sender, key, "command", wording.TELEGRAM_HELP.format(name=self._client.me().username))

    def _pressed(self, pressed: Pressed) -> None:
        kind, _, rest = pressed.data.partition(":")
        turn_id, _, page = rest.partition(":")
        if kind in _BUTTONS:
            sender = self._remember(pressed.place)
            wanted = Wanted(_BUTTONS[kind], turn_id, int(page) if page.isdecimal() else None)
            self._run(sender, f"press:{pressed.query}", _BUTTONS[kind], wanted)
            self._attend(sender.person)
            self._client.answer_press(pressed.query)
        elif kind in (USEFUL, USELESS):
            self._client.answer_press(pressed.query, self._judge(pressed.place, turn_id, kind == USEFUL))
        else:  # a button of an older version
            self._client.answer_press(pressed.query, wording.TELEGRAM_GONE)

    def _judge(self, place: Place, turn_id: str, useful: bool) -> str:
        """Note the opinion of who asked; what to tell them."""
        try:
            turn = self._runner.turns.get(turn_id)
        except NoResultFound:
            return wording.TELEGRAM_GONE
        if (turn.channel, turn.account, turn.person) != (CHANNEL, self._account, self._person(place)):
            return wording.TELEGRAM_NOT_YOURS
        self._feedback.give(turn_id, useful, None)
        return wording.TELEGRAM_THANKS

    def _run(self, sender: _Sender, key: str, text: str, wanted: Wanted) -> None:
        turn = self._runner.turns.receive(self._incoming(sender, key, text), "command")
        wanted = self._here(sender.place, wanted)
        self._runner.turns.settle(turn.id, self._commands.run(wanted))

    def _say(self, sender: _Sender, key: str, kind: TurnKind, text: str) -> None:
        turn = self._runner.turns.receive(self._incoming(sender, key, ""), kind)
        self._runner.turns.finish(turn.id, self._commands.say(text, self._here(sender.place, Wanted(""))))

    def _here(self, place: Place, wanted: Wanted) -> Wanted:
        return Wanted(wanted.command, wanted.turn_id, wanted.page, place.message, place.thread)

    def _remember(self, place: Place) -> _Sender:
        """The address first: a turn whose person cannot be written to is worth nothing."""
        person = self._person(place)
        self._addresses.remember(CHANNEL, self._account, person, str(place.chat), self._settings.address_days)
        return _Sender(person, place)

    def _person(self, place: Place) -> str:
        return self._people.person(CHANNEL, self._account, f"{place.chat}:{place.sender}")

    def _key(self, asked: Asked) -> str:
        """Message and topic can be read from it again; the words are in it as a keyed hash only."""
        words = self._people.person("telegram words", self._account, f"/{asked.command} {asked.text}")[:16]
        return key_of(asked.place, words)

    def _key_of_album(self, asked: Asked) -> str:
        """The pictures of one album are told once that they cannot be read."""
        return f"album:{asked.album}" if asked.album else key_of(asked.place, "unreadable")

    def _incoming(self, sender: _Sender, key: str, text: str) -> IncomingMessage:
        now = self._runner.turns.now()
        return IncomingMessage(CHANNEL, self._account, sender.person, key, text, received_at=now)


def key_of(place: Place, words: str) -> str:
    return f"{place.message}/{place.thread or ''}/{words}"


def place_of(key: str) -> tuple[int | None, int | None]:
    """The message and the topic that a turn's key names."""
    message, _, rest = key.partition("/")
    thread = rest.partition("/")[0]
    return (int(message) if message.isdecimal() else None, int(thread) if thread.isdecimal() else None)
