"""Keys for programs: who may use which door, how often a minute and a day. Only a hash of a key is stored.

Both tables are the only memory, so that every worker counts the same requests.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, Integer, String, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from api import wording
from api.errors import KeyInvalid, KeyNotFound, KeyRefused, QuotaSpent
from knowledge.database import Base, Database, Moment

SCOPES = ("chat", "search", "mcp")
PREFIX = "gz-"
PER_DAY, PER_MINUTE = 1000, 60
LONGEST_NAME = 60
DAYS_KEPT = 62  # of daily counts
_MINUTES_KEPT = timedelta(hours=1)  # clocks of workers may differ a little


class ApiKeyRow(Base):
    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[str] = mapped_column(String(60))  # words
    per_day: Mapped[int] = mapped_column(Integer)  # 0: no limit
    per_minute: Mapped[int] = mapped_column(Integer)  # 0: no limit
    created_at: Mapped[datetime] = mapped_column(Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment, default=None)


class ApiUsageRow(Base):
    __tablename__ = "api_usage"

    key_id: Mapped[str] = mapped_column(String(16), ForeignKey("api_keys.id", ondelete="CASCADE"), primary_key=True)
    period: Mapped[str] = mapped_column(String(16), primary_key=True)  # 2026-11-21, or 2026-11-21T09:30
    requests: Mapped[int] = mapped_column(Integer)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is known of a key; the key itself is not."""

    id: str
    name: str
    scopes: tuple[str, ...]
    per_day: int
    per_minute: int
    created_at: datetime
    revoked_at: datetime | None = None
    today: int = 0  # requests


def _local_now() -> datetime:
    return datetime.now().astimezone()


class Keys:
    """Keeps nothing in memory. `clock` gives the machine's own time, with its zone: a quota's day ends at midnight."""

    def __init__(self, database: Database, clock: Callable[[], datetime] = _local_now) -> None:
        self._database = database
        self._clock = clock

    def add(
        self, name: str, scopes: Iterable[str], per_day: int = PER_DAY, per_minute: int = PER_MINUTE
    ) -> tuple[ApiKey, str]:
        """The key as listed, and the key itself, told this once. Raises KeyRefused."""
        name, wanted = _name(name), _scopes(scopes)
        if per_day < 0 or per_minute < 0:
            raise KeyRefused(wording.KEY_BAD_LIMIT)
        secret = PREFIX + secrets.token_urlsafe(32)
        row = ApiKeyRow(
            id=secrets.token_hex(6),
            name=name,
            digest=_digest(secret),
            scopes=" ".join(wanted),
            per_day=per_day,
            per_minute=per_minute,
            created_at=self._clock().astimezone(UTC),
        )
        with self._database.session() as session:
            taken = select(ApiKeyRow.id).where(ApiKeyRow.name == name, ApiKeyRow.revoked_at.is_(None))
            if session.scalar(taken):
                raise KeyRefused(wording.KEY_NAME_TAKEN.format(name=name))
            session.add(row)
            session.flush()
            return _read(row), secret

    def all(self) -> list[ApiKey]:
        """Every key, revoked ones among them, oldest first, with how often each was used today."""
        today = func.coalesce(ApiUsageRow.requests, 0)
        used = (ApiUsageRow.key_id == ApiKeyRow.id) & (ApiUsageRow.period == _day(self._clock()))
        query = select(ApiKeyRow, today).outerjoin(ApiUsageRow, used).order_by(ApiKeyRow.created_at, ApiKeyRow.id)
        with self._database.reading() as session:
            return [_read(row, count) for row, count in session.execute(query)]

    def usable(self) -> int:
        """How many keys are not revoked."""
        with self._database.reading() as session:
            query = select(func.count()).select_from(ApiKeyRow).where(ApiKeyRow.revoked_at.is_(None))
            return session.scalar(query) or 0

    def revoke(self, name: str) -> ApiKey:
        """By name or id; counts from the next request on. Raises KeyNotFound."""
        with self._database.session() as session:
            called = (ApiKeyRow.name == name) | (ApiKeyRow.id == name)
            row = session.scalar(select(ApiKeyRow).where(called, ApiKeyRow.revoked_at.is_(None)))
            if row is None:
                raise KeyNotFound(wording.KEY_NOT_FOUND.format(name=name))
            row.revoked_at = self._clock().astimezone(UTC)
            return _read(row)

    def find(self, secret: str) -> ApiKey:
        """The key that this is. Raises KeyInvalid; says what to do where there are no keys at all."""
        with self._database.reading() as session:
            row = session.scalar(select(ApiKeyRow).where(ApiKeyRow.digest == _digest(secret)))
            if row is not None and row.revoked_at is None:
                return _read(row)
        raise KeyInvalid(wording.KEY_WRONG if self.usable() else wording.KEYS_NONE)

    def spend(self, key: ApiKey) -> None:
        """Count one request, or raise QuotaSpent and count nothing."""
        now = self._clock()
        with self._database.session() as session:
            if not self._count(session, key.id, _minute(now), key.per_minute):
                seconds = 60 - now.second
                says = wording.QUOTA_MINUTE.format(limit=key.per_minute, seconds=seconds)
                raise QuotaSpent(says, seconds, daily=False)
            if not self._count(session, key.id, _day(now), key.per_day):
                raise QuotaSpent(wording.QUOTA_DAY.format(limit=key.per_day), _until_midnight(now), daily=True)
            self._tidy(session, key.id, now)

    def _count(self, session: Session, key_id: str, period: str, limit: int) -> bool:
        """One statement, so that requests at once cannot pass the limit together."""
        statement = self._insert()(ApiUsageRow).values(key_id=key_id, period=period, requests=1)
        statement = statement.on_conflict_do_update(
            index_elements=["key_id", "period"],
            set_={"requests": ApiUsageRow.requests + 1},
            where=(ApiUsageRow.requests < limit) if limit else None,
        ).returning(ApiUsageRow.requests)
        return session.scalar(statement) is not None

    def _tidy(self, session: Session, key_id: str, now: datetime) -> None:
        minutes, days = ApiUsageRow.period.contains("T"), ~ApiUsageRow.period.contains("T")
        old_minute, old_day = _minute(now - _MINUTES_KEPT), _day(now - timedelta(days=DAYS_KEPT))
        old = (minutes & (ApiUsageRow.period < old_minute)) | (days & (ApiUsageRow.period < old_day))
        session.execute(delete(ApiUsageRow).where(ApiUsageRow.key_id == key_id, old))

    def _insert(self) -> Callable[..., Any]:
        dialects: dict[str, Callable[..., Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
        return dialects[self._database.engine.dialect.name]


def _digest(secret: str) -> str:
    # 256 bits of chance need no slow hash: there is nothing to guess.
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise KeyRefused(wording.KEY_BAD_NAME.format(longest=LONGEST_NAME))
    return name


def _scopes(scopes: Iterable[str]) -> Sequence[str]:
    given = set(scopes)
    if unknown := sorted(given - set(SCOPES)):
        raise KeyRefused(wording.KEY_BAD_SCOPE.format(scope="、".join(unknown), scopes="、".join(SCOPES)))
    if not given:
        raise KeyRefused(wording.KEY_NO_SCOPE.format(scopes="、".join(SCOPES)))
    return [scope for scope in SCOPES if scope in given]


def _read(row: ApiKeyRow, today: int = 0) -> ApiKey:
    scopes = tuple(row.scopes.split())
    return ApiKey(row.id, row.name, scopes, row.per_day, row.per_minute, row.created_at, row.revoked_at, today)


def _day(now: datetime) -> str:
    return f"{now:%Y-%m-%d}"


def _minute(now: datetime) -> str:
    return f"{now:%Y-%m-%dT%H:%M}"


def _until_midnight(now: datetime) -> int:
    midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return max(int((midnight - now).total_seconds()), 1)
