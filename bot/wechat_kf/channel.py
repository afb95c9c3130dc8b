"""WeChat customer service: an event says that there is something, we read it, answers are messages of our own.

Whose message is answered: the customer's, while no person of the company has the session.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from bot import wording as shared
from bot.addresses import Addresses
from bot.delivery import TurnRunner
from bot.dialogue import wants_person
from bot.errors import ChannelError
from bot.messages import IncomingMessage, Occasion
from bot.outbox import Outbox, OutgoingRow
from bot.people import People
from bot.turns import StoredReply, Turn, TurnKind, TurnRow
from bot.wechat.messages import fields
from bot.wechat_kf import wording
from bot.wechat_kf.cursors import Cursors
from bot.wechat_kf.identity import turn_and_part
from bot.wechat_kf.messages import CUSTOMER, SYSTEM, KfMessage
from bot.wechat_kf.pulling import Batch, Pulling
from bot.wechat_kf.settings import WeChatKfSettings
from bot.wecom.api import Api
from bot.wecom.callback import Callback, envelope
from bot.wecom.commands import Commands, command_of, said
from bot.wecom.posting import OrderedPostbox
from bot.wecom.rendering import MessageRenderer
from bot.wecom.wording import ONLY_TEXT
from knowledge.database import Database

logger = logging.getLogger(__name__)

CHANNEL = "wechat_kf"
NEW, BOT, QUEUED, HUMAN, OVER = range(5)  # service_state
ANSWERABLE = timedelta(hours=48)  # after the customer's message
HISTORY = timedelta(minutes=10)  # before we first heard of an account: older messages were answered by someone else
ADDRESS_DAYS = 3.0
_HINT = f"\n\n{shared.MORE_HINT}"

Body = dict[str, str | float]


def renderer_for(settings: WeChatKfSettings, public_url: str | None) -> MessageRenderer:
    """Leaves room for the way to the rest."""
    return MessageRenderer(settings.text_limit - len(_HINT.encode()), public_url)


class WeChatKf:
    """All customer-service accounts of one company. `receive` blocks for as long as the database takes."""

    def __init__(
        self,
        settings: WeChatKfSettings,
        runner: TurnRunner,
        people: People,
        addresses: Addresses,
        outbox: Outbox,
        database: Database,
        api: Api,
        renderer: MessageRenderer,
        *,
        contact: str | None = None,
        samples: Sequence[str] = (),
        wake: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.time,
        poll_seconds: float = 1.0,
    ) -> None:
        self.settings = settings
        token, key = settings.token.get_secret_value(), settings.aes_key.get_secret_value()
        self._callback = Callback(token, key, settings.corp_id, settings.oldest_timestamp, clock)
        self._runner = runner
        self._turns = runner.turns
        self._people = people
        self._addresses = addresses
        self._outbox = outbox
        self._database = database
        self._api = api
        self._contact = contact
        self._commands = Commands(renderer, settings.parts_at_once)
        self._samples = tuple(samples)
        self._wake = wake
        self._clock = clock
        self._postbox = OrderedPostbox(CHANNEL, runner.turns, outbox, self._pack, wake=wake)
        self.pulling = Pulling(
            api,
            Cursors(database, settings.account, lambda: datetime.fromtimestamp(clock(), UTC)),
            self.handle,
            untokened_pause=settings.untokened_pause,
            poll_seconds=poll_seconds,
        )
        runner.when_done(CHANNEL, self._post)

    def handshake(self, query: Mapping[str, str]) -> str:
        """Raises ForgedMessage, StaleMessage."""
        return self._callback.echo(query)

    def receive(self, query: Mapping[str, str], body: bytes) -> None:
        """Note that there is something to read. Raises ForgedMessage, StaleMessage, MalformedMessage."""
        values = fields(self._callback.open(query, envelope(fields(body), "Encrypt")))
        if values.get("Event") == "kf_msg_or_event" and values.get("OpenKfId"):
            self.pulling.want(values["OpenKfId"], values.get("Token", ""))

    def catch_up(self) -> int:
        """Post what a crash left between a stored reply and the outbox, and put back what died on its way."""
        return self._postbox.catch_up() + self._retry_lost()

    def handle(self, batch: Batch) -> None:
        """Make every message of the batch safe, in order. Raises what a database raises: then none counts as read."""
        states: dict[str, int] = {}
        for message in batch.messages:
            try:
                self._take(message, batch, states)
            except (ValueError, TypeError, LookupError, ArithmeticError) as error:
                # Not the database's kind: read again it would fail again, and hold up everyone behind it.
                logger.error("a customer-service message could not be read: %s", type(error).__name__)

    def _take(self, message: KfMessage, batch: Batch, states: dict[str, int]) -> None:
        if message.origin == CUSTOMER and message.customer:
            self._hear(message, batch, states)
        elif message.origin == SYSTEM:
            self._react(message)

    def _hear(self, message: KfMessage, batch: Batch, states: dict[str, int]) -> None:
        sent = datetime.fromtimestamp(message.sent, UTC)
        if batch.first and sent < batch.known_since - HISTORY:
            return
        if datetime.fromtimestamp(self._clock(), UTC) - sent > ANSWERABLE:
            logger.warning("a customer's message was read after 48 hours; no answer is allowed any more")
            return
        if message.address not in states:
            states[message.address] = self._state(message)
        if states[message.address] in (QUEUED, HUMAN):
            return  # a person has the session, or will
        incoming = self._incoming(message)
        self._release(incoming.person)
        if message.type != "text" or not message.text.strip():
            self._say(incoming, "unsupported", ONLY_TEXT)
        elif self.settings.servicer and wants_person(message.text):
            self._settle(incoming, self._call_person)
        elif command_of(message.text):
            self._settle(incoming, self._commands.run)
        else:
            self._runner.answer(incoming, 0)

    def _react(self, message: KfMessage) -> None:
        kind = message.event.get("event_type")
        if kind == "enter_session" and message.event.get("welcome_code"):
            self._say(self._incoming(message, json.dumps(_welcome(message))), "subscribe", shared.hello(self._samples))
        elif kind == "msg_send_fail":
            self._bury(message.event)
        elif kind == "servicer_status_change":
            logger.info("a servicer's status is now %s", message.event.get("status"))
        elif kind == "session_status_change":
            logger.info("a session changed hands: %s", message.event.get("change_type"))

    def _state(self, message: KfMessage) -> int:
        """The session's state; taken for ours where the platform does not tell: then it refuses our answer itself."""
        try:
            body = {"open_kfid": message.open_kfid, "external_userid": message.customer}
            return int(self._api.call("kf/service_state/get", body).get("service_state", NEW))
        except (ChannelError, ValueError, TypeError) as error:
            logger.warning("a session's state could not be asked for: %s", type(error).__name__)
            return NEW

    def _call_person(self, _session: Session, _row: TurnRow) -> StoredReply:
        """What is said where no transfer works."""
        return said(shared.to_a_person(self._contact))

    def _settle(self, incoming: IncomingMessage, decide: Callable[[Session, TurnRow], StoredReply]) -> None:
        turn = self._turns.receive(incoming, "command")
        self._post(self._turns.settle(turn.id, decide))

    def _say(self, incoming: IncomingMessage, kind: TurnKind, text: str) -> None:
        turn = self._turns.receive(incoming, kind)
        self._post(self._turns.finish(turn.id, said(text)))

    def _incoming(self, message: KfMessage, attachment: str = "") -> IncomingMessage:
        account = self.settings.account
        person = self._people.person(CHANNEL, account, message.address)
        self._addresses.remember(CHANNEL, account, person, message.address, ADDRESS_DAYS)
        occasion: Occasion = "event" if message.type == "event" else "message"
        return IncomingMessage(
            CHANNEL,
            account,
            person,
            message.id,
            message.text,
            attachment=attachment,
            occasion=occasion,
            received_at=self._turns.now(),
        )

    def _post(self, turn: Turn) -> None:
        self._postbox.post(turn)

    def _pack(self, turn: Turn) -> list[str]:
        return [json.dumps(body, ensure_ascii=False) for body in self._bodies(turn)]

    def _bodies(self, turn: Turn) -> list[Body]:
        assert turn.reply is not None, "only a finished turn has parts"
        if turn.kind == "subscribe":
            return [{"kind": "welcome", "text": turn.reply.parts[0], **json.loads(turn.attachment)}]
        if turn.kind == "command" and turn.person_wanted_at is not None:
            return [{"kind": "transfer", "text": turn.reply.parts[0]}]
        now, later = _divided(turn.reply.parts, self.settings.parts_at_once)
        return [{"kind": "text", "text": text} for text in (*now[:-1], now[-1] + (_HINT if later else ""))]

    def _release(self, person: str) -> None:
        """The customer wrote: what waited for that may go."""
        mine = (OutgoingRow.channel == CHANNEL, OutgoingRow.account == self.settings.account)
        waiting = update(OutgoingRow).where(*mine, OutgoingRow.person == person, OutgoingRow.state == "waiting")
        with self._database.session() as session:
            session.execute(waiting.values(due_at=self._outbox.now()))

    def _bury(self, event: dict[str, Any]) -> None:
        """The platform took a message and could not deliver it: a dead letter."""
        named = turn_and_part(str(event.get("fail_msgid", "")))
        if named is None:
            logger.warning("a message that is not ours was not delivered: type %s", event.get("fail_type"))
            return
        turn_id, part = named
        wanted = (OutgoingRow.channel == CHANNEL, OutgoingRow.turn_id == turn_id, OutgoingRow.part == part)
        with self._database.session() as session:
            failed = update(OutgoingRow).where(*wanted, OutgoingRow.account == self.settings.account)
            session.execute(failed.values(state="dead", error=wording.failed(event.get("fail_type"))))

    def _retry_lost(self) -> int:
        """Parts that died on their way are sent again: our msgid keeps the platform from showing one twice."""
        lost = update(OutgoingRow).where(
            OutgoingRow.channel == CHANNEL,
            OutgoingRow.account == self.settings.account,
            OutgoingRow.state == "unknown",
            OutgoingRow.created_at > self._outbox.now() - ANSWERABLE,
        )
        with self._database.session() as session:
            again = session.execute(lost.values(state="waiting", due_at=self._outbox.now()))
            count: int = again.rowcount  # type: ignore[attr-defined]
        if count:
            self._wake()
        return count


def _divided(parts: Sequence[str], most: int) -> tuple[Sequence[str], Sequence[str]]:
    return parts[:most], parts[most:]


def _welcome(message: KfMessage) -> Body:
    return {"code": str(message.event["welcome_code"]), "entered": message.sent}
