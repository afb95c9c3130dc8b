"""Which message of ours shows a turn while it is being answered: the answer then takes its place.

An edit may be repeated: the same text twice is the same message. So an answer that has a draft is never undecided.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import BigInteger, Index, String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from bot import wording
from bot.outbox import OutgoingRow
from knowledge.database import Base, Database, Moment

KEPT = timedelta(days=30)


class DraftRow(Base):
    __tablename__ = "telegram_drafts"
    __table_args__ = (Index("ix_telegram_drafts_sent_at", "sent_at"),)

    turn_id: Mapped[str] = mapped_column(String, primary_key=True)
    message_id: Mapped[int] = mapped_column(BigInteger)  # counted within its chat: no one can be found by it
    sent_at: Mapped[datetime] = mapped_column(Moment)


class Drafts:
    def __init__(self, database: Database, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database = database
        self._clock = clock

    def note(self, turn_id: str, message_id: int) -> None:
        with self._database.session() as session:
            session.merge(DraftRow(turn_id=turn_id, message_id=message_id, sent_at=self._clock()))

    def of(self, turn_id: str) -> int | None:
        with self._database.reading() as session:
            row = session.get(DraftRow, turn_id)
            return row.message_id if row is not None else None

    def forget(self, turn_id: str) -> None:
        """The person removed the message."""
        with self._database.session() as session:
            session.execute(delete(DraftRow).where(DraftRow.turn_id == turn_id))

    def forget_old(self) -> None:
        with self._database.session() as session:
            session.execute(delete(DraftRow).where(DraftRow.sent_at < self._clock() - KEPT))

    def repeatable(self, channel: str) -> list[int]:
        """Parts whose sender died over an edit: sent again, they show the same."""
        lost = select(OutgoingRow.id).join(DraftRow, DraftRow.turn_id == OutgoingRow.turn_id)
        wanted = (
            OutgoingRow.channel == channel,
            OutgoingRow.part == 0,
            OutgoingRow.state == "unknown",
            OutgoingRow.error == wording.OUTBOX_SENDER_DIED,
        )
        with self._database.reading() as session:
            return list(session.scalars(lost.where(*wanted)))
