"""智能机器人 of WeCom: the answer to a callback is a stream that the platform asks for until it is finished.

The stream's id is the turn's id and its content is made from the durable turn, so it goes on after a restart and on
any worker. Each reply has the whole text so far; nothing is in it that was not verified.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy.exc import NoResultFound

from bot import wording as shared
from bot.delivery import TurnRunner
from bot.feedback import Feedback
from bot.messages import IncomingMessage
from bot.people import People
from bot.rendering import cut, size
from bot.turns import Turn, TurnKind
from bot.wecom import wording
from bot.wecom.callback import Callback, envelope
from bot.wecom.commands import Commands, command_of, said
from bot.wecom.rendering import MessageRenderer
from bot.wecom.robot_messages import RobotMessage, parse, read
from bot.wecom.settings import WeComBotSettings
from retrieval.answers import Answer, Outcome

CHANNEL = "wecom_bot"
ONE_PART = 1  # the rest comes on 「更多」
NOTHING = ""  # an empty answer: received, nothing to show
_HINT = f"\n\n{shared.MORE_HINT}"
_GENERATED = Answer(Outcome.ANSWERED, "generated", "").label


class WeComRobot:
    """Methods block for at most `reply_within` or `refresh_within`: call them in a thread."""

    def __init__(
        self,
        settings: WeComBotSettings,
        runner: TurnRunner,
        people: People,
        feedback: Feedback,
        public_url: str | None = None,
        *,
        samples: Sequence[str] = (),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.settings = settings
        token, key = settings.token.get_secret_value(), settings.aes_key.get_secret_value()
        self._callback = Callback(token, key, "", settings.oldest_timestamp, clock)
        self._runner = runner
        self._turns = runner.turns
        self._people = people
        self._feedback = feedback
        self._commands = Commands(
            MessageRenderer(settings.text_limit - size(_HINT), public_url, markdown=True), ONE_PART
        )
        self._samples = tuple(samples)

    def handshake(self, query: Mapping[str, str]) -> str:
        """Raises ForgedMessage, StaleMessage."""
        return self._callback.echo(query)

    def receive(self, query: Mapping[str, str], body: bytes) -> str:
        """The body of our answer, encrypted. Raises ForgedMessage, StaleMessage, MalformedMessage."""
        text = self._callback.open(query, envelope(read(body), "encrypt"))
        reply = self._react(parse(read(text), self.settings.name))
        return self._seal(reply) if reply else NOTHING

    def _react(self, message: RobotMessage) -> dict[str, Any] | None:
        if message.type == "stream":
            return self._refresh(message)
        if message.type == "event":
            return self._react_to_event(message)
        if not message.text:
            return self._say(message, "unsupported", wording.ONLY_TEXT)
        if command_of(message.text):
            turn = self._turns.receive(self._incoming(message), "command")
            return self._stream(self._turns.settle(turn.id, self._commands.run))
        return self._stream(self._runner.answer(self._incoming(message), self.settings.reply_within))

    def _react_to_event(self, message: RobotMessage) -> dict[str, Any] | None:
        if message.event == "enter_chat":
            return {"msgtype": "text", "text": {"content": shared.hello(self._samples)}}
        if message.event == "feedback_event" and message.feedback:
            self._judge(message.feedback)
        return None

    def _judge(self, feedback: dict[str, Any]) -> None:
        """1: right, 2: wrong; 3 takes back what was said, and there is nothing of ours to take back."""
        turn = self._find(str(feedback.get("id", "")))
        if turn is not None and feedback.get("type") in (1, 2):
            reason = feedback.get("content")
            self._feedback.give(turn.id, feedback["type"] == 1, reason if isinstance(reason, str) else None)

    def _refresh(self, message: RobotMessage) -> dict[str, Any]:
        turn = self._find(message.stream_id)
        if turn is None or turn.account != message.robot:
            return _reply(message.stream_id, wording.UNKNOWN_STREAM, finish=True)
        heard = self._runner.said(turn.id)
        turn, _said = self._runner.follow(turn, self.settings.refresh_within, heard)
        return self._stream(turn)

    def _stream(self, turn: Turn) -> dict[str, Any]:
        if turn.reply is not None:
            self._turns.hand_over(turn.id, "inline")
            parts = self._commands.renderer.parts(turn.reply.answer) if turn.kind == "text" else turn.reply.parts
            more = _HINT if len(parts) > ONE_PART else ""
            return _reply(turn.id, parts[0] + more, finish=True)
        if self._turns.now() - turn.received_at > timedelta(seconds=self.settings.give_up_after):
            return _reply(turn.id, wording.STILL_SEARCHING, finish=True)
        told = self._runner.said(turn.id)
        label = shared.LABEL_LINE.format(label=_GENERATED)
        text = f"{label}\n{told}" if told else wording.SEARCHING
        return _reply(turn.id, cut(text, self.settings.text_limit)[0], finish=False)

    def _say(self, message: RobotMessage, kind: TurnKind, text: str) -> dict[str, Any]:
        turn = self._turns.receive(self._incoming(message), kind)
        return self._stream(self._turns.finish(turn.id, said(text)))

    def _find(self, turn_id: str) -> Turn | None:
        try:
            turn = self._turns.get(turn_id)
        except NoResultFound:
            return None
        return turn if turn.channel == CHANNEL else None

    def _incoming(self, message: RobotMessage) -> IncomingMessage:
        # What someone asked alone is no part of what they ask in a group, and the other way round.
        place = f"{message.chat}/{message.member}" if message.chat else message.member
        person = self._people.person(CHANNEL, message.robot, place)
        return IncomingMessage(
            CHANNEL, message.robot, person, message.message_id, message.text, received_at=self._turns.now()
        )

    def _seal(self, reply: dict[str, Any]) -> str:
        sealed = self._callback.seal(json.dumps(reply, ensure_ascii=False))
        return json.dumps(
            {
                "encrypt": sealed.encrypted,
                "msgsignature": sealed.signature,
                "timestamp": int(sealed.timestamp),
                "nonce": sealed.nonce,
            }
        )


def _reply(stream_id: str, content: str, *, finish: bool) -> dict[str, Any]:
    stream: dict[str, Any] = {"id": stream_id, "finish": finish, "content": content, "feedback": {"id": stream_id}}
    return {"msgtype": "stream", "stream": stream}
