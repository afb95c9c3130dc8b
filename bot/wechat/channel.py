"""The official account's callback without HTTP: a signed request in, the body of our answer out."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pydantic import SecretStr

from bot.addresses import Addresses
from bot.delivery import TurnRunner
from bot.errors import ForgedMessage, StaleMessage
from bot.people import People
from bot.rendering import TextRenderer
from bot.wechat.conversation import ComeBack, Conversation, SayNothing, Transfer
from bot.wechat.crypto import MessageCipher, matching_cipher, matching_token, sealed
from bot.wechat.messages import fields, parse
from bot.wechat.replies import SUCCESS, text_reply, transfer_reply
from bot.wechat.sending import CHANNEL, LateAnswers
from bot.wechat.settings import WeChatSettings


@dataclass(frozen=True, slots=True)
class PassiveReply:
    """The body to answer with; when it is out, `WeChatChannel.shown(turn_id)`, unless that is empty; where the
    connection is known to be dead before it is written, `WeChatChannel.not_shown(turn_id, delivery)`.
    """

    body: str
    turn_id: str = ""
    delivery: int = 0


@dataclass(frozen=True, slots=True)
class Hold:
    """Answer nothing: keep the connection until the platform cuts it, at most for these seconds."""

    seconds: float


class WeChatChannel:
    """One official account. Methods block: call them in a thread."""

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
        self.settings = settings
        # The ones in force first, then those of before: while they are being changed, both are valid.
        self._tokens = _secrets(settings.token, settings.token_before)
        keys = _secrets(settings.aes_key, settings.aes_key_before)
        self._ciphers = [MessageCipher(key, settings.app_id) for key in keys]
        self._turns = runner.turns
        self._clock = clock
        self._late = late
        self._conversation = Conversation(
            settings,
            runner,
            people,
            renderer,
            samples=samples,
            contact=contact,
            addresses=addresses,
            late=late,
            clock=clock,
            monotonic=monotonic,
        )
        if late is not None:
            runner.when_done(CHANNEL, late.post)

    def handshake(self, query: Mapping[str, str]) -> str:
        """The echo the platform expects when the callback address is saved. Raises ForgedMessage, StaleMessage."""
        echo = query.get("echostr", "")
        if self._ciphers and query.get("msg_signature"):
            self._check(query, "msg_signature", echo)
            return matching_cipher(echo, self._ciphers)[1]
        self._check(query, "signature")
        return echo

    def receive(self, query: Mapping[str, str], body: bytes, arrived: float) -> PassiveReply | Hold:
        """`arrived` by the monotonic clock. Raises ForgedMessage, StaleMessage, MalformedMessage."""
        token = self._check(query, "signature")
        values, cipher = self._open(query, fields(body))
        message = parse(values)
        reaction = self._conversation.react(message, arrived)
        if isinstance(reaction, ComeBack):
            return Hold(self.settings.hold_for)
        if isinstance(reaction, SayNothing):
            return PassiveReply(SUCCESS)
        now = int(self._clock())
        if isinstance(reaction, Transfer):
            return PassiveReply(self._sealed(transfer_reply(message, now), token, cipher, now), reaction.turn_id)
        answer = self._sealed(text_reply(message, reaction.text, now), token, cipher, now)
        return PassiveReply(answer, reaction.turn_id, reaction.delivery)

    def shown(self, turn_id: str) -> None:
        """Note that a reply went out on a connection that was alive. Until then 「取回」 offers the answer."""
        self._turns.mark_shown(turn_id)

    def not_shown(self, turn_id: str, delivery: int) -> None:
        """The connection was dead before anything was written to it: the answer may still go another way."""
        self._turns.take_back(turn_id, delivery)

    def catch_up(self) -> int:
        """Send what a crash left unsent; at the start and now and then. How many messages that were."""
        return self._late.catch_up() if self._late else 0

    def _open(self, query: Mapping[str, str], values: dict[str, str]) -> tuple[dict[str, str], MessageCipher | None]:
        """The message's fields, and the key that opened them where they came encrypted.

        In the compatible mode a request carries both forms; only the encrypted one is signed, so it is taken.
        """
        encrypted = values.get("Encrypt")
        if encrypted and self._ciphers:
            self._check(query, "msg_signature", encrypted)
            cipher, text = matching_cipher(encrypted, self._ciphers)
            return fields(text), cipher
        if self.settings.mode == "safe" or "FromUserName" not in values:
            raise ForgedMessage("not encrypted under our key")
        return values, None

    def _sealed(self, reply: str, token: str, cipher: MessageCipher | None, now: int) -> str:
        """A reply under the same token and key as the message it answers."""
        if cipher is None:
            return reply
        return sealed(reply, token=token, cipher=cipher, timestamp=str(now), nonce=secrets.token_hex(8))

    def _check(self, query: Mapping[str, str], name: str, *signed: str) -> str:
        """Which of our tokens signed it."""
        timestamp = query.get("timestamp", "")
        token = matching_token(query.get(name, ""), self._tokens, timestamp, query.get("nonce", ""), *signed)
        # A nonce seen before is no replay: the platform delivers again, and the turn it joins answers the same.
        if not timestamp.isdecimal() or self._clock() - int(timestamp) > self.settings.oldest_timestamp:
            raise StaleMessage(f"signed at {timestamp}")
        return token


def _secrets(*given: SecretStr | None) -> list[str]:
    return [one.get_secret_value() for one in given if one is not None and one.get_secret_value()]
