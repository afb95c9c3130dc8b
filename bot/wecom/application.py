"""A self-built application of WeCom: callbacks are acknowledged at once, answers are messages of our own.

A message is a durable turn before it is acknowledged. What is said in return goes through the outbox.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence

from bot import wording as shared
from bot.addresses import Addresses
from bot.delivery import TurnRunner
from bot.errors import SendRefused
from bot.messages import IncomingMessage, Occasion
from bot.outbox import Outbox, Outgoing
from bot.people import People
from bot.turns import Turn, TurnKind
from bot.wechat.messages import fields
from bot.wecom import wording
from bot.wecom.api import Api, send
from bot.wecom.callback import Callback, envelope
from bot.wecom.commands import Commands, command_of, said
from bot.wecom.messages import WeComMessage, parse
from bot.wecom.posting import OrderedPostbox
from bot.wecom.rendering import MessageRenderer
from bot.wecom.settings import WeComSettings

logger = logging.getLogger(__name__)

CHANNEL = "wecom"
GREETED = "greeted"  # the key of a person's greeting: there is one, however often they come in
EVERY_PART = 1000  # nothing is kept back for 「更多」


def renderer_for(settings: WeComSettings, public_url: str | None) -> MessageRenderer:
    return MessageRenderer(settings.text_limit, public_url, settings.markdown)


class WeComApplication:
    """Methods block, for as long as the database takes: call them in a thread.

    `samples` are questions a new member is shown; `wake` tells the courier that there is something to send.
    """

    def __init__(
        self,
        settings: WeComSettings,
        runner: TurnRunner,
        people: People,
        addresses: Addresses,
        outbox: Outbox,
        renderer: MessageRenderer,
        *,
        samples: Sequence[str] = (),
        wake: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.settings = settings
        token, key = settings.token.get_secret_value(), settings.aes_key.get_secret_value()
        self._callback = Callback(token, key, settings.corp_id, settings.oldest_timestamp, clock)
        self._runner = runner
        self._turns = runner.turns
        self._people = people
        self._addresses = addresses
        self._commands = Commands(renderer, EVERY_PART)
        self._samples = tuple(samples)
        self._postbox = OrderedPostbox(CHANNEL, runner.turns, outbox, self._pack, wake=wake)
        runner.when_done(CHANNEL, self._post)

    def handshake(self, query: Mapping[str, str]) -> str:
        """Raises ForgedMessage, StaleMessage."""
        return self._callback.echo(query)

    def receive(self, query: Mapping[str, str], body: bytes) -> None:
        """When this returns, the message is safe with us. Raises ForgedMessage, StaleMessage, MalformedMessage."""
        text = self._callback.open(query, envelope(fields(body), "Encrypt"))
        message = parse(fields(text))
        if message.agent_id and message.agent_id != str(self.settings.agent_id):
            logger.warning("a callback for application %s came to %d", message.agent_id, self.settings.agent_id)
            return
        self._react(message)

    def catch_up(self) -> int:
        """Post what a crash left between a stored reply and the outbox; how many parts."""
        return self._postbox.catch_up()

    def _react(self, message: WeComMessage) -> None:
        if message.type == "event":
            self._react_to_event(message)
        elif message.type not in ("text", "voice") or not message.text.strip():
            self._say(message, "unsupported", wording.ONLY_TEXT)
        else:
            self._hear(message, message.text)

    def _react_to_event(self, message: WeComMessage) -> None:
        if message.event in ("subscribe", "enter_agent"):
            self._say(message, "subscribe", shared.hello(self._samples), key=GREETED)
        elif message.event == "click" and message.event_key.strip():
            self._hear(message, message.event_key)  # the key of a menu entry is what it says for the person

    def _hear(self, message: WeComMessage, text: str) -> None:
        incoming = self._incoming(message, text)
        if not command_of(text):
            self._runner.answer(incoming, 0)
            return
        turn = self._turns.receive(incoming, "command")
        self._post(self._turns.settle(turn.id, self._commands.run))

    def _say(self, message: WeComMessage, kind: TurnKind, text: str, key: str | None = None) -> None:
        turn = self._turns.receive(self._incoming(message, "", key), kind)
        self._post(self._turns.finish(turn.id, said(text)))

    def _incoming(self, message: WeComMessage, text: str, key: str | None = None) -> IncomingMessage:
        account = self.settings.account
        person = self._people.person(CHANNEL, account, message.member)
        self._addresses.remember(CHANNEL, account, person, message.member, self.settings.address_days)
        occasion: Occasion = "event" if message.type == "event" else "message"
        return IncomingMessage(
            CHANNEL, account, person, key or message.key, text, occasion=occasion, received_at=self._turns.now()
        )

    def _post(self, turn: Turn) -> None:
        self._postbox.post(turn)

    def _pack(self, turn: Turn) -> list[str]:
        assert turn.reply is not None, "only a finished turn has parts"
        return [json.dumps({"text": part}, ensure_ascii=False) for part in turn.reply.parts]


class WeComSender:
    """Sends the application's messages. What may have been taken is not sent again: message/send knows no repetition
    that it tells from a person asking the same twice."""

    channel = CHANNEL
    account = ""

    def __init__(self, settings: WeComSettings, api: Api) -> None:
        self._settings = settings
        self._api = api

    def send(self, outgoing: Outgoing, platform_id: str) -> None:
        kind = "markdown" if self._settings.markdown else "text"
        body = {
            "touser": platform_id,
            "agentid": self._settings.agent_id,
            "msgtype": kind,
            kind: {"content": json.loads(outgoing.body)["text"]},
        }
        answer = send(self._api, "message/send", body)
        if answer.get("invaliduser"):
            raise SendRefused(wording.REFUSED.format(code=81013, why=wording.INVALID_USER))
