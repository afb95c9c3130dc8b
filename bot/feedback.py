"""What a person thought of an answer: one opinion a turn, the last one counts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bot.masking import mask
from knowledge.database import Base, Database, Moment


class FeedbackRow(Base):
    __tablename__ = "feedback"

    turn_id: Mapped[str] = mapped_column(String, ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True)
    useful: Mapped[bool]
    reason: Mapped[str | None] = mapped_column(Text)  # masked
    given_at: Mapped[datetime] = mapped_column(Moment)


class Feedback:
    def __init__(self, database: Database, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database = database
        self._clock = clock

    def give(self, turn_id: str, useful: bool, reason: str | None) -> None:
        """A thumb counts at once; the reason that may follow replaces it."""
        row = FeedbackRow(
            turn_id=turn_id, useful=useful, reason=mask(reason) if reason else None, given_at=self._clock()
        )
        with self._database.session() as session:
            session.merge(row)

    def of(self, turn_id: str) -> tuple[bool, str | None] | None:
        with self._database.session() as session:
            row = session.get(FeedbackRow, turn_id)
            return (row.useful, row.reason) if row else None
