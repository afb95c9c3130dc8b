"""A durable row for every message of every person: what was asked, who works on it, what was answered.

The row is the only memory of a turn. A redelivery of the platform joins the row that is there; a worker leases it
while it thinks; the reply is stored before it is written to anyone. Kill the process anywhere in between and
another one finds all it needs here.

    waiting ──claim──▶ running ──finish──▶ done
                        │   ▲
                        fail│ claim again       (an expired lease is claimed like a waiting turn)
                        ▼   │
                       failed ──finish──▶ failed, with an apology as its reply
"""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Literal, cast

from pydantic import TypeAdapter
from sqlalchemy import CursorResult, Float, Index, String, Text, UniqueConstraint, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.sql.elements import ColumnElement

from bot.dialogue import wants_person
from bot.masking import mask
from bot.messages import Exchange, IncomingMessage, Occasion
from knowledge.database import Base, Database, Moment
from retrieval.answers import Answer

TurnKind = Literal["text", "subscribe", "unsupported", "command"]
TurnState = Literal["waiting", "running", "done", "failed"]
# How the platform's own deliveries of this message end; `message`: the answer is sent by ourselves.
HandOver = Literal["inline", "placeholder", "fetched", "message"]


@dataclass(frozen=True, slots=True)
class StoredReply:
    """An answer and the parts it was rendered into, exactly as every delivery of the message gets them."""

    answer: Answer
    parts: tuple[str, ...]


@cache
def _reply_json() -> TypeAdapter[StoredReply]:
    return TypeAdapter(StoredReply)


def reply_to_json(reply: StoredReply) -> str:
    return _reply_json().dump_json(reply).decode()


def reply_from_json(text: str) -> StoredReply:
    """Fields that a later version added are ignored, fields it misses take their defaults."""
    return _reply_json().validate_json(text)


class TurnRow(Base):
    __tablename__ = "turns"
    __table_args__ = (
        UniqueConstraint("channel", "account", "person", "key"),
        Index("ix_turns_of_person", "channel", "account", "person", "id"),
        Index("ix_turns_state", "state"),
    )

    id: Mapped[str] = mapped_column(String, primary_key=True)  # sorts by time of receipt
    channel: Mapped[str] = mapped_column(String)
    account: Mapped[str] = mapped_column(String)
    person: Mapped[str] = mapped_column(String)  # keyed hash
    key: Mapped[str] = mapped_column(String)  # the platform's identity of the message
    kind: Mapped[str] = mapped_column(String)
    question: Mapped[str] = mapped_column(Text)  # masked
    received_at: Mapped[datetime] = mapped_column(Moment)
    deliveries: Mapped[int] = mapped_column(default=1)
    state: Mapped[str] = mapped_column(String, default="waiting")
    lease_owner: Mapped[str | None] = mapped_column(String, default=None)
    leased_until: Mapped[datetime | None] = mapped_column(Moment, default=None)
    attempts: Mapped[int] = mapped_column(default=0)  # claims, those that ended in a crash among them
    failures: Mapped[int] = mapped_column(default=0)  # attempts that raised
    reply: Mapped[str | None] = mapped_column(Text, default=None)  # JSON of StoredReply
    outcome: Mapped[str | None] = mapped_column(String, default=None)
    answered_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    milliseconds: Mapped[float | None] = mapped_column(Float, default=None)  # the dialogue's own time
    handed_over: Mapped[str | None] = mapped_column(String, default=None)
    fetched_at: Mapped[datetime | None] = mapped_column(Moment, default=None)  # when a part was last shown
    offset: Mapped[int] = mapped_column("parts_shown", default=0)
    attachment: Mapped[str] = mapped_column(Text, default="", server_default="")  # to be read before answering; JSON
    occasion: Mapped[str] = mapped_column(String, default="message", server_default="message")
    person_wanted_at: Mapped[datetime | None] = mapped_column(Moment, default=None)  # 「转人工」 was said of this turn


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn as it stood when it was read."""

    id: str
    channel: str
    account: str
    person: str
    key: str
    kind: str
    question: str
    received_at: datetime
    deliveries: int
    state: str
    lease_owner: str | None
    leased_until: datetime | None
    attempts: int
    failures: int
    reply: StoredReply | None
    outcome: str | None
    answered_at: datetime | None
    milliseconds: float | None
    handed_over: str | None
    fetched_at: datetime | None
    offset: int
    attachment: str
    occasion: str
    person_wanted_at: datetime | None

    @property
    def finished(self) -> bool:
        return self.reply is not None

    def leased(self, now: datetime) -> bool:
        return self.state == "running" and self.leased_until is not None and self.leased_until > now


def read_turn(row: TurnRow) -> Turn:
    values = {name: getattr(row, name) for name in Turn.__dataclass_fields__ if name != "reply"}
    return Turn(**values, reply=reply_from_json(row.reply) if row.reply is not None else None)


class Turns:
    """The turns of all channels. Every method is one transaction; none keeps anything in memory.

    `worker` names this process in leases; two processes must not share it.
    """

    def __init__(
        self,
        database: Database,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        worker: str | None = None,
        lease_seconds: float = 3,
    ) -> None:
        self._database = database
        self._clock = clock
        self._lease = timedelta(seconds=lease_seconds)
        self.worker = worker or f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"

    def now(self) -> datetime:
        return self._clock()

    def receive(self, message: IncomingMessage, kind: TurnKind | None = None) -> Turn:
        """Record a delivery: a new turn, or the one that is there with one delivery more.

        One statement, so that twenty deliveries at once make one row on SQLite as on PostgreSQL.
        """
        insert = self._insert()(TurnRow).values(
            id=_turn_id(message.received_at),
            channel=message.channel,
            account=message.account,
            person=message.person,
            key=message.key,
            kind=kind or message.kind,
            question=mask(_storable(message.text)),
            received_at=message.received_at,
            attachment=_storable(message.attachment),
            occasion=message.occasion,
            person_wanted_at=message.received_at if wants_person(message.text) else None,
        )
        joining = insert.on_conflict_do_update(
            index_elements=["channel", "account", "person", "key"], set_={"deliveries": TurnRow.deliveries + 1}
        ).returning(TurnRow)
        with self._database.session() as session:
            return read_turn(session.scalars(joining).one())

    def claim(self, turn_id: str) -> bool:
        """Lease the turn to this worker; false when it is finished or another's lease still runs."""
        return self.lease(turn_id) is not None

    def lease(self, turn_id: str) -> Turn | None:
        """Claim the turn and read it, in one statement; none when it cannot be claimed."""
        now = self._clock()
        claimed = (
            update(TurnRow)
            .where(TurnRow.id == turn_id, TurnRow.reply.is_(None), _unleased(now))
            .values(
                state="running",
                lease_owner=self.worker,
                leased_until=now + self._lease,
                attempts=TurnRow.attempts + 1,
            )
            .returning(TurnRow)
        )
        with self._database.session() as session:
            row = session.scalars(claimed).one_or_none()
            return read_turn(row) if row is not None else None

    def renew(self, *turn_ids: str) -> int:
        """Extend the leases this worker still holds; how many those were."""
        mine = (TurnRow.id.in_(turn_ids), TurnRow.state == "running", TurnRow.lease_owner == self.worker)
        return self._change(update(TurnRow).where(*mine).values(leased_until=self._clock() + self._lease))

    def fail(self, turn_id: str) -> None:
        """Note that the attempt raised, and give the lease back."""
        failed = update(TurnRow).where(TurnRow.id == turn_id, TurnRow.reply.is_(None))
        self._change(failed.values(state="failed", failures=TurnRow.failures + 1, lease_owner=None, leased_until=None))

    def finish(
        self, turn_id: str, reply: StoredReply, *, state: TurnState = "done", milliseconds: float | None = None
    ) -> Turn:
        """Store the reply, unless one is there: the first stands, and is what this returns."""

        def decide(_session: Session, _row: TurnRow) -> StoredReply:
            return reply

        return self.settle(turn_id, decide, state=state, milliseconds=milliseconds)

    def settle(
        self,
        turn_id: str,
        decide: Callable[[Session, TurnRow], StoredReply],
        *,
        state: TurnState = "done",
        milliseconds: float | None = None,
    ) -> Turn:
        """Finish a turn with a reply that `decide` makes in the same transaction, once however often it is asked.

        What `decide` changes through the session is stored with the reply or not at all.
        """
        with self._database.session() as session:
            row = session.get_one(TurnRow, turn_id, with_for_update=True)
            if row.reply is None:
                self._store(row, decide(session, row), state, milliseconds)
            return read_turn(row)

    def hand_over(self, turn_id: str, way: HandOver) -> str:
        """Decide how the platform's deliveries of this message end. The first decision stands and is returned."""
        with self._database.session() as session:
            row = session.get_one(TurnRow, turn_id, with_for_update=True)
            row.handed_over = row.handed_over or way
            return row.handed_over

    def take_back(self, turn_id: str, delivery: int) -> None:
        """This delivery was to show the answer and is known to have been dead: nobody saw anything yet.

        Unless a later delivery came: the decision is that one's then, and it may be showing the answer right now.
        """
        unseen = (
            TurnRow.id == turn_id,
            TurnRow.handed_over == "inline",
            TurnRow.fetched_at.is_(None),
            TurnRow.deliveries == delivery,
        )
        self._change(update(TurnRow).where(*unseen).values(handed_over=None))

    def note_question(self, turn_id: str, text: str) -> None:
        """What was read in the attachment is the question from here on."""
        asked = update(TurnRow).where(TurnRow.id == turn_id, TurnRow.reply.is_(None))
        self._change(asked.values(question=mask(_storable(text)), attachment=""))

    def mark_shown(self, turn_id: str, parts: int = 1) -> None:
        """Note that the first parts went out, so many."""
        with self._database.session() as session:
            row = session.get_one(TurnRow, turn_id, with_for_update=True)
            row.fetched_at, row.offset = row.fetched_at or self._clock(), max(row.offset, parts)

    def get(self, turn_id: str) -> Turn:
        with self._database.reading() as session:
            return read_turn(session.get_one(TurnRow, turn_id))

    def history(
        self, channel: str, account: str, person: str, limit: int, *, before: str | None = None
    ) -> tuple[Exchange, ...]:
        """The last `limit` answered questions of a person, oldest first; `before` a turn, where its id is given."""
        wanted = [*_of_person(channel, account, person), TurnRow.kind == "text", TurnRow.state == "done"]
        if before is not None:
            wanted.append(TurnRow.id < before)
        newest = select(TurnRow.question, TurnRow.reply).where(*wanted).order_by(TurnRow.id.desc()).limit(limit)
        with self._database.reading() as session:
            rows = session.execute(newest).all()
        return tuple(
            Exchange(question, reply_from_json(reply).answer.text) for question, reply in reversed(rows) if reply
        )

    def last_offer(self, channel: str, account: str, person: str, looking_back: int = 5) -> tuple[str, ...]:
        """The questions that were last offered to this person to choose from by their number."""
        # What is no question is settled within its delivery; the note that it went out comes a moment later.
        seen = or_(TurnRow.fetched_at.is_not(None), TurnRow.handed_over == "inline", TurnRow.kind != "text")
        wanted = (*_of_person(channel, account, person), TurnRow.reply.is_not(None), seen)
        newest = select(TurnRow.reply).where(*wanted).order_by(last_activity().desc(), TurnRow.id.desc())
        with self._database.reading() as session:
            replies = session.scalars(newest.limit(looking_back)).all()
        offers = (reply_from_json(reply).answer.suggestions for reply in replies if reply)
        return next((offer for offer in offers if offer), ())

    def last_contact(self, channel: str, account: str, person: str, occasion: Occasion) -> datetime | None:
        """When the person last wrote to us, or last clicked, subscribed or scanned."""
        contact = select(func.max(TurnRow.received_at)).where(
            *_of_person(channel, account, person), TurnRow.occasion == occasion
        )
        with self._database.reading() as session:
            return session.scalar(contact)

    def unfinished(self, limit: int = 1000) -> tuple[Turn, ...]:
        """Questions without a reply that nobody holds, oldest first: those of dead workers, and those just received.

        Commands and greetings are not among them: they are settled within their delivery, and one whose worker
        died is settled by the next delivery. Without one there is nobody to show them to.
        """
        wanted = (TurnRow.kind == "text", TurnRow.state != "done", TurnRow.reply.is_(None), _unleased(self._clock()))
        with self._database.session() as session:
            rows = session.scalars(select(TurnRow).where(*wanted).order_by(TurnRow.id).limit(limit))
            return tuple(read_turn(row) for row in rows)

    def _store(self, row: TurnRow, reply: StoredReply, state: TurnState, milliseconds: float | None) -> None:
        row.reply = reply_to_json(reply)
        row.outcome = reply.answer.outcome.value
        row.state = state
        row.answered_at = self._clock()
        row.milliseconds = milliseconds
        row.lease_owner = row.leased_until = None

    def _insert(self) -> Callable[..., Any]:
        dialects: dict[str, Callable[..., Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
        return dialects[self._database.engine.dialect.name]

    def _change(self, statement: Any) -> int:
        with self._database.session() as session:
            return cast("CursorResult[Any]", session.execute(statement)).rowcount


def of_person(row: TurnRow) -> Sequence[ColumnElement[bool]]:
    """The turns of the person whose turn this is."""
    return _of_person(row.channel, row.account, row.person)


def last_activity() -> ColumnElement[datetime]:
    """When a turn was last shown; where only its writing is known, when it was answered."""
    return func.coalesce(TurnRow.fetched_at, TurnRow.answered_at)


def _of_person(channel: str, account: str, person: str) -> list[ColumnElement[bool]]:
    return [TurnRow.channel == channel, TurnRow.account == account, TurnRow.person == person]


def _unleased(now: datetime) -> ColumnElement[bool]:
    return or_(TurnRow.state != "running", TurnRow.leased_until.is_(None), TurnRow.leased_until < now)


def _turn_id(moment: datetime) -> str:
    """Milliseconds first, so that ids sort as the turns came; then chance, so that no two workers collide."""
    return f"{int(moment.timestamp() * 1000):012x}{secrets.token_hex(10)}"


def _storable(text: str) -> str:
    """PostgreSQL stores no NUL, and no encoding has half a surrogate pair."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()
