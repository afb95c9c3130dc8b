"""Where a message of ours can be sent: the platform's own id of a person, sealed, in the one table that has it.

Everywhere else a person is a keyed hash (`bot.people`). Only delivery reads this table, and an address is forgotten
when the platform would no longer take a message for it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import CursorResult, Index, LargeBinary, String, delete, exists, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from knowledge.database import Base, Database, Moment

NONCE_BYTES = 12


class AddressRow(Base):
    __tablename__ = "addresses"
    __table_args__ = (Index("ix_addresses_expires_at", "expires_at"),)

    person: Mapped[str] = mapped_column(String, primary_key=True)  # keyed hash
    channel: Mapped[str] = mapped_column(String, primary_key=True)
    account: Mapped[str] = mapped_column(String, primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    seen_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)


@dataclass(frozen=True, slots=True)
class Seal:
    """Encrypts short texts under a key derived from the home's secret; `purpose` keeps the uses of it apart.

    AES-256-GCM. What a text belongs to is authenticated with it: moved to another row, it does not open.
    """

    secret: bytes = field(repr=False)
    purpose: str

    def close(self, text: str, belongs_to: str) -> bytes:
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._cipher().encrypt(nonce, text.encode(), belongs_to.encode())

    def open(self, sealed: bytes, belongs_to: str) -> str | None:
        """None where it was sealed under another key, for another place, or is damaged."""
        try:
            nonce, text = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
            return self._cipher().decrypt(nonce, text, belongs_to.encode()).decode()
        except (InvalidTag, ValueError):
            return None

    def _cipher(self) -> AESGCM:
        derived = HKDF(SHA256(), length=32, salt=None, info=f"guangzhi:{self.purpose}".encode())
        return AESGCM(derived.derive(self.secret))


class Addresses:
    """`key` is the home's secret key. Every method is one transaction."""

    def __init__(
        self, database: Database, key: bytes, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._database = database
        self._seal = Seal(key, "addresses")
        self._clock = clock

    def remember(self, channel: str, account: str, person: str, platform_id: str, days: float) -> None:
        """The person was seen now; their address is kept for `days` from here on."""
        now = self._clock()
        values = {
            "sealed": self._seal.close(platform_id, _place(channel, account, person)),
            "seen_at": now,
            "expires_at": now + timedelta(days=days),
        }
        insert = self._insert()(AddressRow).values(person=person, channel=channel, account=account, **values)
        with self._database.session() as session:
            session.execute(insert.on_conflict_do_update(index_elements=["person", "channel", "account"], set_=values))

    def platform_id(self, channel: str, account: str, person: str) -> str | None:
        """None where the person is unknown or was forgotten, or the secret key is another one now."""
        with self._database.reading() as session:
            row = session.get(AddressRow, (person, channel, account))
            if row is None or row.expires_at <= self._clock():
                return None
            return self._seal.open(row.sealed, _place(channel, account, person))

    def forget(self, channel: str, account: str, person: str) -> None:
        """The person left: nothing may be sent any more."""
        mine = (AddressRow.person == person, AddressRow.channel == channel, AddressRow.account == account)
        with self._database.session() as session:
            session.execute(delete(AddressRow).where(*mine))

    def forget_expired(self) -> int:
        old = AddressRow.expires_at <= self._clock()
        with self._database.reading() as session:  # mostly none: ask before taking the write lock
            if not session.scalar(select(exists().where(old))):
                return 0
        expired = delete(AddressRow).where(old)
        with self._database.session() as session:
            return cast("CursorResult[Any]", session.execute(expired)).rowcount

    def _insert(self) -> Callable[..., Any]:
        dialects: dict[str, Callable[..., Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
        return dialects[self._database.engine.dialect.name]


def _place(channel: str, account: str, person: str) -> str:
    return f"{channel}\n{account}\n{person}"
