"""What a person asks of answers that are there already, by a word, a command or a button.

Each runs inside the transaction that stores its own reply; its parts are whole messages (`bodies`), ready to be sent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from bot import wording
from bot.outbox import OutgoingRow
from bot.spoken import command_word
from bot.telegram.bodies import Body
from bot.telegram.rendering import HtmlRenderer, keyboard
from bot.turns import StoredReply, TurnRow, of_person, reply_from_json
from retrieval.answers import Answer, Outcome

FETCH = "fetch"
Run = Callable[[Session, TurnRow], StoredReply]

_WORDS = {
    wording.COMMAND_MORE: "more",
    wording.COMMAND_DETAILS: "details",
    wording.COMMAND_SOURCES: "sources",
    wording.COMMAND_FETCH: FETCH,
}


def command_of(text: str) -> str:
    """The command that a text is; empty for any other."""
    return _WORDS.get(command_word(text), "")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked, of which turn (empty: the last answer), and where the answer to it goes."""

    command: str
    turn_id: str = ""
    page: int | None = None
    reply_to: int | None = None
    thread: int | None = None


@dataclass(frozen=True, slots=True)
class Commands:
    renderer: HtmlRenderer
    now: Callable[[], datetime]

    def run(self, wanted: Wanted) -> Run:
        """For `Turns.settle`."""
        how = {"more": self._more, "details": self._details, "sources": self._sources, FETCH: self._fetch}
        return lambda session, row: how[wanted.command](session, row, wanted)

    def say(self, text: str, wanted: Wanted) -> StoredReply:
        return self._reply(self.renderer.plain_pages(text), wanted)

    def _sources(self, session: Session, row: TurnRow, wanted: Wanted) -> StoredReply:
        return self._about(session, row, wanted, self.renderer.sources)

    def _details(self, session: Session, row: TurnRow, wanted: Wanted) -> StoredReply:
        return self._about(session, row, wanted, self.renderer.details)

    def _more(self, session: Session, row: TurnRow, wanted: Wanted) -> StoredReply:
        asked = _answer_meant(session, row, wanted)
        if asked is None:
            return self.say(_nothing(wanted), wanted)
        session.refresh(asked, with_for_update=True)  # another 「更多」 may be at the same part
        answer = _answer(asked)
        parts, shown = self.renderer.parts(answer), max(asked.offset, 1)
        page = shown if wanted.page is None else wanted.page
        if page >= len(parts):
            return self.say(wording.NO_MORE, wanted)
        asked.offset, asked.fetched_at = max(shown, page + 1), self.now()
        buttons = keyboard(asked.id, answer, page, len(parts))
        return _stored([Body(parts[page], wanted.reply_to, wanted.thread, buttons)])

    def _fetch(self, session: Session, row: TurnRow, wanted: Wanted) -> StoredReply:
        """What may not have arrived, as it was; or the last answer once more."""
        lost = list(session.scalars(_lost(row).with_for_update()))
        if lost:
            for one in lost:
                one.state, one.sent_at, one.error = "sent", self.now(), wording.OUTBOX_FETCHED
            return StoredReply(_said(wording.COMMAND_FETCH), tuple(one.body for one in lost))
        last = _last_answer(session, row)
        if last is None:
            return self.say(wording.NOTHING_TO_FETCH, wanted)
        answer, parts = _answer(last), self.renderer.parts(_answer(last))
        last.offset = 1
        buttons = keyboard(last.id, answer, 0, len(parts))
        again = Body(parts[0], wanted.reply_to, wanted.thread, buttons)
        return _stored([Body(wording.NOTHING_NEW, wanted.reply_to, wanted.thread), again])

    def _about(
        self, session: Session, row: TurnRow, wanted: Wanted, render: Callable[[Answer], tuple[str, ...]]
    ) -> StoredReply:
        asked = _answer_meant(session, row, wanted)
        return self._reply(render(_answer(asked)), wanted) if asked is not None else self.say(_nothing(wanted), wanted)

    def _reply(self, pages: Sequence[str], wanted: Wanted) -> StoredReply:
        return _stored([Body(page, wanted.reply_to, wanted.thread) for page in pages])


def _stored(bodies: Sequence[Body]) -> StoredReply:
    return StoredReply(_said(bodies[0].html), tuple(body.to_json() for body in bodies))


def _said(text: str) -> Answer:
    return Answer(Outcome.DIALOGUE, "dialogue", text)


def _nothing(wanted: Wanted) -> str:
    return wording.TELEGRAM_GONE if wanted.turn_id else wording.NOTHING_YET


def _answer(row: TurnRow) -> Answer:
    return reply_from_json(row.reply or "").answer


def _answer_meant(session: Session, row: TurnRow, wanted: Wanted) -> TurnRow | None:
    """The turn a button belongs to, or the last answer.

    Who knows a turn's name has seen its button, for nobody can guess one; in a group all have read the answer.
    """
    if not wanted.turn_id:
        return _last_answer(session, row)
    found = session.get(TurnRow, wanted.turn_id)
    ours = found is not None and (found.channel, found.account) == (row.channel, row.account)
    return found if found is not None and ours and found.reply is not None and found.kind == "text" else None


def _last_answer(session: Session, row: TurnRow) -> TurnRow | None:
    wanted = (
        *of_person(row),
        TurnRow.id != row.id,
        TurnRow.kind == "text",
        TurnRow.reply.is_not(None),
        TurnRow.outcome != Outcome.DIALOGUE.value,
    )
    return session.scalars(select(TurnRow).where(*wanted).order_by(TurnRow.id.desc()).limit(1)).one_or_none()


def _lost(row: TurnRow) -> Select[OutgoingRow]:
    mine = (
        OutgoingRow.channel == row.channel,
        OutgoingRow.account == row.account,
        OutgoingRow.person == row.person,
        OutgoingRow.state.in_(("unknown", "dead")),
    )
    return select(OutgoingRow).where(*mine).order_by(OutgoingRow.id)
