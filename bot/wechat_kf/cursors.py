"""How far we have read each customer-service account, and whether there is more to read. Nothing is in memory only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import String, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from knowledge.database import Base, Database, Moment


class KfCursorRow(Base):
    __tablename__ = "kf_cursors"

    account: Mapped[str] = mapped_column(String, primary_key=True)  # corp id
    open_kfid: Mapped[str] = mapped_column(String, primary_key=True)
    cursor: Mapped[str] = mapped_column(String, default="")
    token: Mapped[str] = mapped_column(String, default="")  # of the last event; good for ten minutes
    known_since: Mapped[datetime] = mapped_column(Moment)
    wanted_at: Mapped[datetime] = mapped_column(Moment)  # when we last heard that there is something
    served_at: Mapped[datetime | None] = mapped_column(Moment, default=None)  # the `wanted_at` we have read up to


@dataclass(frozen=True, slots=True)
class Place:
    """One account's row as it stood when it was read."""

    open_kfid: str
    cursor: str
    token: str
    known_since: datetime
    wanted_at: datetime


class Cursors:
    def __init__(
        self, database: Database, account: str, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._database = database
        self._account = account
        self._clock = clock

    def now(self) -> datetime:
        return self._clock()

    def want(self, open_kfid: str, token: str) -> None:
        """There is something to read, and `token` reads it for ten minutes. Stored before the event is acknowledged."""
        now = self._clock()
        values = {"account": self._account, "open_kfid": open_kfid, "cursor": "", "token": token}
        insert = self._insert()(KfCursorRow).values(**values, known_since=now, wanted_at=now)
        heard = insert.on_conflict_do_update(
            index_elements=["account", "open_kfid"], set_={"token": token, "wanted_at": now}
        )
        with self._database.session() as session:
            session.execute(heard)

    def want_all(self) -> None:
        """Look once at every account, as after a time of not listening."""
        mine = update(KfCursorRow).where(KfCursorRow.account == self._account)
        with self._database.session() as session:
            session.execute(mine.values(served_at=None))

    def wanted(self) -> tuple[Place, ...]:
        rows = select(KfCursorRow).where(
            KfCursorRow.account == self._account,
            KfCursorRow.served_at.is_(None) | (KfCursorRow.served_at < KfCursorRow.wanted_at),
        )
        with self._database.reading() as session:
            return tuple(
                Place(row.open_kfid, row.cursor, row.token, row.known_since, row.wanted_at)
                for row in session.scalars(rows.order_by(KfCursorRow.wanted_at))
            )

    def move(self, open_kfid: str, before: str, cursor: str) -> bool:
        """The messages up to `cursor` are safe. False where another worker has moved it meanwhile."""
        at = update(KfCursorRow).where(*self._row(open_kfid), KfCursorRow.cursor == before).values(cursor=cursor)
        with self._database.session() as session:
            moved: int = session.execute(at).rowcount  # type: ignore[attr-defined]
            return moved == 1

    def served(self, place: Place) -> None:
        """Everything up to what was wanted then is read; what came after stays wanted."""
        with self._database.session() as session:
            done = update(KfCursorRow).where(*self._row(place.open_kfid))
            session.execute(done.values(served_at=place.wanted_at))

    def forget_token(self, open_kfid: str, token: str) -> None:
        """The platform no longer takes it."""
        over = update(KfCursorRow).where(*self._row(open_kfid), KfCursorRow.token == token).values(token="")
        with self._database.session() as session:
            session.execute(over)

    def _row(self, open_kfid: str) -> tuple[Any, ...]:
        return KfCursorRow.account == self._account, KfCursorRow.open_kfid == open_kfid

    def _insert(self) -> Callable[..., Any]:
        dialects: dict[str, Callable[..., Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
        return dialects[self._database.engine.dialect.name]
