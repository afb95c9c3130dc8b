"""Access tokens of the platforms: one for all workers, sealed in the database, renewed by one of them in time.

A platform counts how often a token is asked for, and a new one ends the one before: workers that each fetched their
own would lock each other out.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import LargeBinary, String, or_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from bot.addresses import Seal
from bot.errors import SendLater
from knowledge.database import Base, Database, Moment

Fetch = Callable[[], tuple[str, float]]  # asks the platform: the token and how many seconds it lasts

MARGIN_SECONDS = 300.0  # a token is renewed so long before it expires
LEASE_SECONDS = 20.0  # for asking the platform; longer than the client waits
PATIENCE_SECONDS = 15.0  # of those who wait for the worker that asks


class TokenRow(Base):
    __tablename__ = "access_tokens"

    name: Mapped[str] = mapped_column(String, primary_key=True)  # channel:application
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary, default=None)
    expires_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    leased_until: Mapped[datetime | None] = mapped_column(Moment, default=None)


class AccessTokens:
    """`key` is the home's secret key; a token sealed under another one is fetched anew."""

    def __init__(
        self,
        database: Database,
        key: bytes,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
        margin_seconds: float = MARGIN_SECONDS,
    ) -> None:
        self._database = database
        self._seal = Seal(key, "access tokens")
        self._clock = clock
        self._sleep = sleep
        self._margin = timedelta(seconds=margin_seconds)

    def get(self, name: str, fetch: Fetch, busy: str = "") -> str:
        """A token that still lasts. Raises what `fetch` raises, and SendLater(`busy`) where another worker hangs."""
        give_up = self._clock() + timedelta(seconds=PATIENCE_SECONDS)
        while True:
            now = self._clock()
            token, expires = self._read(name)
            if token and expires > now + self._margin:
                return token
            if self._lease(name, now):
                return self._renewed_meanwhile(name, now) or self._renew(name, fetch)
            if token and expires > now:  # another worker is at it, and this one is still good
                return token
            if now > give_up:
                raise SendLater(5, busy or name)
            self._sleep(0.1)

    def expire(self, name: str, token: str) -> None:
        """The platform no longer takes this token. Where another worker has renewed it already, nothing changes."""
        with self._database.session() as session:
            row = session.get(TokenRow, name, with_for_update=True)
            if row is not None and row.sealed is not None and self._seal.open(row.sealed, name) == token:
                row.sealed = row.expires_at = None

    def _renewed_meanwhile(self, name: str, now: datetime) -> str | None:
        """Between our look and our lease another worker may have been and gone."""
        token, expires = self._read(name)
        if token is None or expires <= now + self._margin:
            return None
        self._store(name, leased_until=None)
        return token

    def _renew(self, name: str, fetch: Fetch) -> str:
        try:
            token, seconds = fetch()
        except BaseException:
            self._store(name, leased_until=None)
            raise
        expires = self._clock() + timedelta(seconds=seconds)
        self._store(name, sealed=self._seal.close(token, name), expires_at=expires, leased_until=None)
        return token

    def _read(self, name: str) -> tuple[str | None, datetime]:
        with self._database.reading() as session:
            row = session.get(TokenRow, name)
            if row is None or row.sealed is None or row.expires_at is None:
                return None, datetime.min.replace(tzinfo=UTC)
            return self._seal.open(row.sealed, name), row.expires_at

    def _lease(self, name: str, now: datetime) -> bool:
        free = or_(TokenRow.leased_until.is_(None), TokenRow.leased_until < now)
        until = now + timedelta(seconds=LEASE_SECONDS)
        insert = self._insert()(TokenRow).values(name=name, leased_until=until)
        leasing = insert.on_conflict_do_update(index_elements=["name"], set_={"leased_until": until}, where=free)
        with self._database.session() as session:
            return session.scalars(leasing.returning(TokenRow.name)).one_or_none() is not None

    def _store(self, name: str, **values: Any) -> None:
        with self._database.session() as session:
            session.execute(update(TokenRow).where(TokenRow.name == name).values(**values))

    def _insert(self) -> Callable[..., Any]:
        dialects: dict[str, Callable[..., Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
        return dialects[self._database.engine.dialect.name]
