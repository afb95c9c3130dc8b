"""The official account's callback without HTTP: a signed request in, the body of our answer out."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.delivery import TurnRunner
from bot.errors import ForgedMessage, StaleMessage
from bot.people import People
from bot.rendering import TextRenderer
from bot.wechat.conversation import ComeBack, Conversation, SayNothing
from bot.wechat.crypto import MessageCipher, check_signature, sealed
from bot.wechat.messages import WeChatMessage, fields, parse
from bot.wechat.replies import SUCCESS, text_reply
from bot.wechat.settings import WeChatSettings


@dataclass(frozen=True, slots=True)
class PassiveReply:
    """The body to answer with; when it is out, `WeChatChannel.shown(turn_id)`, unless that is empty."""

    body: str
    turn_id: str = ""


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
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = settings
        self._token = settings.token.get_secret_value()
        self._cipher = MessageCipher(settings.aes_key.get_secret_value(), settings.app_id) if settings.aes_key else None
        self._turns = runner.turns
        self._clock = clock
        self._conversation = Conversation(
            settings, runner, people, renderer, samples=samples, clock=clock, monotonic=monotonic
        )

    def handshake(self, query: Mapping[str, str]) -> str:
        """The echo the platform expects when the callback address is saved. Raises ForgedMessage, StaleMessage."""
        echo = query.get("echostr", "")
        if self._cipher is not None and query.get("msg_signature"):
            self._check(query, "msg_signature", echo)
            return self._cipher.decrypt(echo)
        self._check(query, "signature")
        return echo

    def receive(self, query: Mapping[str, str], body: bytes, arrived: float) -> PassiveReply | Hold:
        """`arrived` by the monotonic clock. Raises ForgedMessage, StaleMessage, MalformedMessage."""
        self._check(query, "signature")
        values, encrypted = self._open(query, fields(body))
        message = parse(values)
        reaction = self._conversation.react(message, arrived)
        if isinstance(reaction, ComeBack):
            return Hold(self.settings.hold_for)
        if isinstance(reaction, SayNothing):
            return PassiveReply(SUCCESS)
        return PassiveReply(self._reply(message, reaction.text, encrypted), reaction.turn_id)

    def shown(self, turn_id: str) -> None:
        """Note that a reply went out on a connection that was alive. Until then 「取回」 offers the answer."""
        self._turns.mark_shown(turn_id)

    def _open(self, query: Mapping[str, str], values: dict[str, str]) -> tuple[dict[str, str], bool]:
        """The message's fields, decrypted where they came encrypted, and whether they did.

        In the compatible mode a request carries both forms; only the encrypted one is signed, so it is taken.
        """
        encrypted = values.get("Encrypt")
        if encrypted and self._cipher is not None:
            self._check(query, "msg_signature", encrypted)
            return fields(self._cipher.decrypt(encrypted)), True
        if self.settings.mode == "safe" or "FromUserName" not in values:
            raise ForgedMessage("not encrypted under our key")
        return values, False

    def _reply(self, message: WeChatMessage, text: str, encrypted: bool) -> str:
        now = int(self._clock())
        reply = text_reply(message, text, now)
        if not encrypted or self._cipher is None:
            return reply
        return sealed(reply, token=self._token, cipher=self._cipher, timestamp=str(now), nonce=secrets.token_hex(8))

    def _check(self, query: Mapping[str, str], name: str, *signed: str) -> None:
        timestamp = query.get("timestamp", "")
        check_signature(query.get(name, ""), self._token, timestamp, query.get("nonce", ""), *signed)
        # A nonce seen before is no replay: the platform delivers again, and the turn it joins answers the same.
        if not timestamp.isdecimal() or self._clock() - int(timestamp) > self.settings.oldest_timestamp:
            raise StaleMessage(f"signed at {timestamp}")
