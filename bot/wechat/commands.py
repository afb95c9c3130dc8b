"""「取回」「更多」「详细」「来源」「换个问法」: what a person asks of answers that are there already.

Each runs inside the transaction that stores its own reply: the next part is counted as shown if and only if
the reply that shows it is stored, and a redelivered 「更多」 does not skip a part.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from bot import wording
from bot.outbox import withdraw
from bot.rendering import TextRenderer, shorten, size
from bot.spoken import command_word
from bot.turns import StoredReply, TurnRow, last_activity, of_person, reply_from_json
from knowledge.standards import numeral_value
from retrieval.answers import Answer, Outcome

DELIVERIES_LAST = 20.0  # seconds: three times five, and some for the way
FETCHABLE = timedelta(hours=48)  # an answer nobody came for in this time is not offered any more
RECENT = 20  # turns looked through for the last answer
QUESTION_CHARACTERS = 20  # of a question named in a reply

_CHOICE = re.compile(r"^\s*第?([1-9]|[一二三四五六七八九])(?:个|条|项)?\s*[.。、,,!!]?\s*$")


def command_of(text: str) -> str | None:
    """The command a text is; none for any other text."""
    word = command_word(text)
    return word if word in _COMMANDS else None


@dataclass(frozen=True, slots=True)
class Commands:
    renderer: TextRenderer
    now: Callable[[], datetime]
    samples: Sequence[str] = ()
    deliveries_last: float = DELIVERIES_LAST

    def run(self, session: Session, row: TurnRow) -> StoredReply:
        """The reply to the command that this turn is; for `Turns.settle`."""
        row.handed_over = "inline"  # a 「更多」 after it may come before the note that it went out
        return _COMMANDS[command_of(row.question) or ""](self, session, row)

    def _fetch(self, session: Session, row: TurnRow) -> StoredReply:
        unseen = [past for past in self._unseen(session, row) if withdraw(session, past.id, self.now())]
        running = session.scalars(self._recent_questions(row).where(TurnRow.reply.is_(None)).limit(1)).first()
        if unseen:
            text = self._show(unseen[0])
            return _say(self._with_company(text, unseen[0].question, len(unseen) - 1, running is not None))
        if running is not None:
            return _say(wording.STILL_RUNNING)
        return self._show_again(session, row)

    def _more(self, session: Session, row: TurnRow) -> StoredReply:
        shown = next((past for past in _shown(session, row) if _goes_on(past)), None)
        if shown is None:
            return _say(wording.NOTHING_YET)
        session.refresh(shown, with_for_update=True)  # another 「更多」 may be at the same part
        parts = _reply(shown).parts
        offset = max(shown.offset, 1)
        if offset >= len(parts):
            return _say(wording.NO_MORE)
        shown.offset, shown.fetched_at = offset + 1, self.now()
        return _say(parts[offset])

    def _details(self, session: Session, row: TurnRow) -> StoredReply:
        return self._about_last(session, row, self.renderer.details)

    def _sources(self, session: Session, row: TurnRow) -> StoredReply:
        return self._about_last(session, row, self.renderer.sources)

    def _otherwise(self, session: Session, row: TurnRow) -> StoredReply:
        """Other questions near the last one, by number; how to ask where there are none."""
        offers = (_reply(past).answer.suggestions for past in _shown(session, row))
        offered = next((offer for offer in offers if offer), tuple(self.samples))
        lines = [wording.ASK_OTHERWISE, *numbered(offered)]
        while len(lines) > 1 and size("\n".join(lines)) > self.renderer.limit:
            lines.pop()
        return _say("\n".join(lines), suggestions=offered[: len(lines) - 1])

    def _about_last(self, session: Session, row: TurnRow, render: Callable[[Answer], tuple[str, ...]]) -> StoredReply:
        last = next((past for past in _shown(session, row) if _is_answer(past)), None)
        return _say(*(render(_reply(last).answer) if last is not None else (wording.NOTHING_YET,)))

    def _show_again(self, session: Session, row: TurnRow) -> StoredReply:
        # What we wrote may never have reached the screen; who asks for an answer gets the last one again.
        last = next((past for past in _shown(session, row) if _is_answer(past)), None)
        if last is None:
            return _say(wording.NOTHING_TO_FETCH)
        last.offset = 1
        return _say(self._if_it_fits(wording.NOTHING_NEW, _reply(last).parts[0]))

    def _show(self, target: TurnRow) -> str:
        target.fetched_at, target.offset = self.now(), 1
        target.handed_over = target.handed_over or "fetched"  # a delivery still to come must not show it again
        return _reply(target).parts[0]

    def _with_company(self, text: str, question: str, waiting: int, running: bool) -> str:
        text = self._if_it_fits(wording.FETCHED_FOR.format(question=named(question)), text)
        if waiting:
            return self._if_it_fits(text, wording.ALSO_WAITING.format(count=waiting), keep=text)
        return self._if_it_fits(text, wording.ALSO_RUNNING, keep=text) if running else text

    def _if_it_fits(self, above: str, below: str, keep: str | None = None) -> str:
        together = f"{above}\n{below}"
        return together if size(together) <= self.renderer.limit else keep or below

    def _unseen(self, session: Session, row: TurnRow) -> list[TurnRow]:
        """Answers this person was not shown, newest first, locked against another 「取回」."""
        # An answer handed to a delivery counts as seen, though the note that it went out comes a moment later;
        # where that note is still missing when the deliveries are over, it probably never reached anyone.
        over = self.now() - timedelta(seconds=self.deliveries_last)
        missed = or_(TurnRow.handed_over.is_distinct_from("inline"), TurnRow.received_at < over)
        unseen = (TurnRow.reply.is_not(None), TurnRow.fetched_at.is_(None), missed)
        return list(session.scalars(self._recent_questions(row).where(*unseen).with_for_update()))

    def _recent_questions(self, row: TurnRow) -> Select[TurnRow]:
        """Newest first."""
        wanted = (*of_person(row), TurnRow.kind == "text", TurnRow.received_at > self.now() - FETCHABLE)
        return select(TurnRow).where(*wanted).order_by(TurnRow.id.desc())


_COMMANDS: dict[str, Callable[[Commands, Session, TurnRow], StoredReply]] = {
    wording.COMMAND_FETCH: Commands._fetch,
    wording.COMMAND_MORE: Commands._more,
    wording.COMMAND_DETAILS: Commands._details,
    wording.COMMAND_SOURCES: Commands._sources,
    wording.COMMAND_OTHERWISE: Commands._otherwise,
}


def choice_of(text: str) -> int | None:
    """The number a text is, from 1; none for any other text."""
    match = _CHOICE.match(unicodedata.normalize("NFKC", text))
    return numeral_value(match[1]) if match else None


def numbered(questions: Sequence[str]) -> list[str]:
    return [f"{number}. {question}" for number, question in enumerate(questions, 1)]


def named(question: str) -> str:
    """A question as we name it in a reply: one short line."""
    return shorten(" ".join(question.split()), QUESTION_CHARACTERS)


def said(text: str, suggestions: Sequence[str] = ()) -> StoredReply:
    """A reply of ours that is no answer from the knowledge; `suggestions` are what it offers by number."""
    return _say(text, suggestions=suggestions)


def _say(*parts: str, suggestions: Sequence[str] = ()) -> StoredReply:
    return StoredReply(Answer(Outcome.DIALOGUE, "dialogue", parts[0], suggestions=tuple(suggestions)), parts)


def _reply(row: TurnRow) -> StoredReply:
    return reply_from_json(row.reply or "")


def _goes_on(row: TurnRow) -> bool:
    """Whether 「更多」 can mean this turn: an answer, or anything else that has a part left."""
    return _is_answer(row) or len(_reply(row).parts) > max(row.offset, 1)


def _is_answer(row: TurnRow) -> bool:
    return row.kind == "text" and row.outcome != Outcome.DIALOGUE.value


def _shown(session: Session, row: TurnRow) -> list[TurnRow]:
    """What the person has seen of late, the last first."""
    seen = or_(TurnRow.fetched_at.is_not(None), TurnRow.handed_over == "inline")
    wanted = (*of_person(row), TurnRow.id != row.id, TurnRow.reply.is_not(None), seen)
    recent = select(TurnRow).where(*wanted).order_by(last_activity().desc(), TurnRow.id.desc()).limit(RECENT)
    return list(session.scalars(recent))
