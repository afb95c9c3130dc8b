"""「来源」「详细」「更多」「取回」 in channels where we send messages ourselves.

Each is settled in the transaction that stores its own reply, so a redelivered 「更多」 does not skip a part. What
「更多」 brings is the reply of its own turn: the next 「更多」 goes on from there, and nothing has to be counted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot import wording
from bot.spoken import command_word
from bot.turns import StoredReply, TurnRow, of_person, reply_from_json
from bot.wecom.rendering import MessageRenderer
from bot.wecom.wording import ANSWER_FIRST
from retrieval.answers import Answer, Outcome

RECENT = 20  # turns looked through for the last answer


def command_of(text: str) -> str | None:
    """The command a text is; none for any other text."""
    word = command_word(text)
    return word if word in _COMMANDS else None


def said(*parts: str) -> StoredReply:
    """A reply of ours that is no answer from the knowledge."""
    return StoredReply(Answer(Outcome.DIALOGUE, "dialogue", parts[0]), parts)


@dataclass(frozen=True, slots=True)
class Commands:
    """`most`: how many parts of one reply are sent without being asked for."""

    renderer: MessageRenderer
    most: int

    def run(self, session: Session, row: TurnRow) -> StoredReply:
        """The reply to the command that this turn is; for `Turns.settle`."""
        return _COMMANDS[command_of(row.question) or ""](self, session, row)

    def parts_of(self, row: TurnRow) -> tuple[str, ...]:
        reply = reply_from_json(row.reply or "")
        return self.renderer.parts(reply.answer) if row.kind == "text" else reply.parts

    def _more(self, session: Session, row: TurnRow) -> StoredReply:
        last = next(iter(_before(session, row)), None)
        if last is None:
            return said(wording.NOTHING_YET)
        if last.reply is None:
            return said(ANSWER_FIRST)
        return said(*self.parts_of(last)[self.most :] or (wording.NO_MORE,))

    def _fetch(self, session: Session, row: TurnRow) -> StoredReply:
        before = _before(session, row)
        running = [past for past in before if past.kind == "text" and past.reply is None]
        last = next((past for past in before if past.reply is not None and past.kind == "text"), None)
        if running or last is None:
            return said(wording.STILL_RUNNING if running else wording.NOTHING_TO_FETCH)
        return said(*self.parts_of(last))

    def _details(self, session: Session, row: TurnRow) -> StoredReply:
        return self._about_last(session, row, self.renderer.details)

    def _sources(self, session: Session, row: TurnRow) -> StoredReply:
        return self._about_last(session, row, self.renderer.sources)

    def _about_last(self, session: Session, row: TurnRow, render: Callable[[Answer], tuple[str, ...]]) -> StoredReply:
        last = next((past for past in _before(session, row) if _is_answer(past)), None)
        if last is None:
            return said(wording.NOTHING_YET)
        return said(*(render(reply_from_json(last.reply).answer) if last.reply else (ANSWER_FIRST,)))


_COMMANDS: dict[str, Callable[[Commands, Session, TurnRow], StoredReply]] = {
    wording.COMMAND_FETCH: Commands._fetch,
    wording.COMMAND_MORE: Commands._more,
    wording.COMMAND_DETAILS: Commands._details,
    wording.COMMAND_SOURCES: Commands._sources,
}


def _is_answer(row: TurnRow) -> bool:
    """Also one that is still being worked out."""
    return row.kind == "text" and row.outcome != Outcome.DIALOGUE.value


def _before(session: Session, row: TurnRow) -> list[TurnRow]:
    """This person's turns before this one, the last first. A command without a reply died; it will not come back."""
    answered = or_(TurnRow.kind == "text", TurnRow.reply.is_not(None))
    wanted = (*of_person(row), TurnRow.id < row.id, TurnRow.kind.in_(("text", "command")), answered)
    return list(session.scalars(select(TurnRow).where(*wanted).order_by(TurnRow.id.desc()).limit(RECENT)))
