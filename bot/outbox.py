"""Messages that we send by ourselves: a durable row for each part, sent once, in order for each person.

    waiting ──claim──▶ sending ──▶ sent
       ▲                 │  │
       └──── later ──────┘  ├──▶ dead      the platform refuses it, or it failed too often
                            └──▶ unknown   the platform may have taken it

The one case nobody can decide is that the platform took a message and we died, or lost the connection, before we
noted it. The rule: what may have arrived is not sent again by itself. The row is kept as `unknown`; the person gets
the answer with 「取回」, an operator sees it in `guangzhi outbox` and may send it again.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, Protocol, cast

from sqlalchemy import (
    CursorResult,
    Index,
    Select,
    String,
    Text,
    UniqueConstraint,
    and_,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy import false as sql_false
from sqlalchemy import true as sql_true
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column
from sqlalchemy.sql.elements import ColumnElement

from bot import wording
from bot.addresses import Addresses
from bot.errors import SendLater, SendRefused, SendUnknown
from bot.turns import Turn, TurnRow, Turns, read_turn
from knowledge.database import Base, Database, Moment

logger = logging.getLogger(__name__)

OutgoingState = Literal["waiting", "sending", "sent", "unknown", "dead"]
Route = tuple[str, str]  # channel and account; an empty account stands for every account of the channel

MOST_ATTEMPTS = 8
LONGEST_PAUSE = 300.0  # seconds between two attempts
LONGEST_WAIT = timedelta(hours=48)  # after that no platform takes an answer any more
LEASE_SECONDS = 30.0  # longer than any sender waits for its platform


class OutgoingRow(Base):
    __tablename__ = "outgoing"
    __table_args__ = (
        UniqueConstraint("channel", "account", "turn_id", "part"),
        Index("ix_outgoing_of_person", "channel", "account", "person", "id"),
        Index("ix_outgoing_due", "state", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)  # the order of a person's messages
    channel: Mapped[str] = mapped_column(String)
    account: Mapped[str] = mapped_column(String)
    person: Mapped[str] = mapped_column(String)  # keyed hash
    turn_id: Mapped[str] = mapped_column(String)
    part: Mapped[int]
    body: Mapped[str] = mapped_column(Text)  # JSON, in the channel's own form
    state: Mapped[str] = mapped_column(String, default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(Moment)
    leased_until: Mapped[datetime | None] = mapped_column(Moment, default=None)
    error: Mapped[str | None] = mapped_column(Text, default=None)  # Chinese, for the operator
    created_at: Mapped[datetime] = mapped_column(Moment)
    sent_at: Mapped[datetime | None] = mapped_column(Moment, default=None)


@dataclass(frozen=True, slots=True)
class NewOutgoing:
    """One part to be sent. (channel, account, turn_id, part) names it: put twice, it is there once."""

    channel: str
    account: str
    person: str
    turn_id: str
    part: int
    body: str
    after_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A part as a sender gets it; `attempts` counts this one."""

    id: int
    channel: str
    account: str
    person: str
    turn_id: str
    part: int
    body: str
    attempts: int


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """What an operator sees of a part that was not sent, or may not have been. No word of it, no platform id."""

    id: int
    channel: str
    account: str
    person: str
    turn_id: str
    part: int
    state: str  # dead or unknown
    attempts: int
    error: str
    created_at: datetime


class Outbox:
    """The messages of all channels. Every method is one transaction; none keeps anything in memory."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        lease_seconds: float = LEASE_SECONDS,
    ) -> None:
        self._database = database
        self._clock = clock
        self._lease = timedelta(seconds=lease_seconds)

    def now(self) -> datetime:
        return self._clock()

    def put(self, items: Sequence[NewOutgoing]) -> int:
        """How many of them were new. A person's parts are sent in the order they were put."""
        if not items:
            return 0
        with self._database.session() as session:
            return sum(session.scalar(self._inserting(item)) is not None for item in items)

    def due(self, limit: int, routes: Collection[Route] | None = None) -> list[Outgoing]:
        """What can be sent now: of each person the first that is not over, where its time has come."""
        with self._database.reading() as session:
            return [_read(row) for row in session.scalars(self._due(routes).order_by(OutgoingRow.id).limit(limit))]

    def claim(self, id: int) -> Outgoing | None:
        """Lease a part to the caller; none where another has it, or one before it is not over."""
        now = self._clock()
        claimed = (
            update(OutgoingRow)
            .where(OutgoingRow.id == id, *_ready(now))
            .values(state="sending", attempts=OutgoingRow.attempts + 1, leased_until=now + self._lease)
            .returning(OutgoingRow)
            .execution_options(synchronize_session=False)
        )
        with self._database.session() as session:
            row = session.scalars(claimed).one_or_none()
            return _read(row) if row is not None else None

    def sent(self, id: int) -> None:
        """Stands against everything: a lease may have run out while the platform was answering."""
        self._change(id, state="sent", sent_at=self._clock(), leased_until=None, error=None)

    def later(self, id: int, seconds: float, error: str, *, counted: bool = True) -> None:
        """Again after so many seconds. Not `counted`: the platform asked us to wait, which is no failed attempt."""
        attempts = OutgoingRow.attempts - (0 if counted else 1)
        due = self._clock() + timedelta(seconds=seconds)
        self._change(id, state="waiting", due_at=due, leased_until=None, error=error, attempts=attempts)

    def dead(self, id: int, error: str) -> None:
        self._change(id, state="dead", leased_until=None, error=error)

    def unknown(self, id: int, error: str) -> None:
        self._change(id, state="unknown", leased_until=None, error=error)

    def give_up_expired(self) -> int:
        """Parts whose sender died while sending become unknown, those nobody could send in 48 hours dead."""
        now = self._clock()
        lost = and_(OutgoingRow.state == "sending", OutgoingRow.leased_until < now)
        old = and_(OutgoingRow.state == "waiting", OutgoingRow.created_at < now - LONGEST_WAIT)
        with self._database.reading() as session:  # mostly nothing: ask before taking the write lock
            if not session.scalar(select(exists().where(or_(lost, old)))):
                return 0
        unknown = update(OutgoingRow).where(lost)
        dead = update(OutgoingRow).where(old)
        with self._database.session() as session:
            results = (
                session.execute(unknown.values(state="unknown", leased_until=None, error=wording.OUTBOX_SENDER_DIED)),
                session.execute(dead.values(state="dead", error=wording.OUTBOX_TOO_OLD)),
            )
            return sum(cast("CursorResult[Any]", result).rowcount for result in results)

    def dead_letters(self, limit: int = 200) -> list[DeadLetter]:
        """Dead and unknown parts, the newest first."""
        wanted = OutgoingRow.state.in_(("dead", "unknown"))
        with self._database.reading() as session:
            rows = session.scalars(select(OutgoingRow).where(wanted).order_by(OutgoingRow.id.desc()).limit(limit))
            return [_letter(row) for row in rows]

    def resend(self, id: int) -> bool:
        """Put a dead or unknown part back into its line; false where there is no such part."""
        now = self._clock()
        again = (
            update(OutgoingRow)
            .where(OutgoingRow.id == id, OutgoingRow.state.in_(("dead", "unknown")))
            .values(state="waiting", attempts=0, due_at=now, created_at=now, error=None)
        )
        with self._database.session() as session:
            return cast("CursorResult[Any]", session.execute(again)).rowcount == 1

    def pending(self, channel: str, account: str, person: str) -> int:
        """How many parts of this person are not over."""
        return self._count(*_of(channel, account, person), OutgoingRow.state.in_(("waiting", "sending")))

    def spent(self, channel: str, account: str, person: str, since: datetime) -> int:
        """How many messages the platform may have counted for this person since then, the one being sent among them."""
        sent = and_(OutgoingRow.state == "sent", OutgoingRow.sent_at >= since, OutgoingRow.attempts > 0)
        maybe = and_(OutgoingRow.state == "unknown", OutgoingRow.created_at >= since)
        return self._count(*_of(channel, account, person), or_(sent, maybe, OutgoingRow.state == "sending"))

    def holds(self, channel: str, account: str, turn_id: str) -> bool:
        mine = (OutgoingRow.channel == channel, OutgoingRow.account == account, OutgoingRow.turn_id == turn_id)
        return self._count(*mine) > 0

    def unposted(
        self, channel: str, wanted: ColumnElement[bool] | None = None, hours: float = 48, limit: int = 200
    ) -> tuple[Turn, ...]:
        """Finished turns of a channel that have no part here: a crash came between the answer and `put`."""
        since = self._clock() - timedelta(hours=hours)
        there = exists().where(
            OutgoingRow.channel == TurnRow.channel,
            OutgoingRow.account == TurnRow.account,
            OutgoingRow.turn_id == TurnRow.id,
        )
        unposted = (TurnRow.channel == channel, TurnRow.reply.is_not(None), TurnRow.received_at > since, ~there)
        turns = select(TurnRow).where(*unposted, wanted if wanted is not None else sql_true())
        with self._database.reading() as session:
            return tuple(read_turn(row) for row in session.scalars(turns.order_by(TurnRow.id).limit(limit)))

    def _due(self, routes: Collection[Route] | None) -> Select[OutgoingRow]:
        wanted = select(OutgoingRow).where(*_ready(self._clock()))
        return wanted if routes is None else wanted.where(or_(sql_false(), *(_on(route) for route in routes)))

    def _inserting(self, item: NewOutgoing) -> Any:
        now = self._clock()
        insert = self._insert()(OutgoingRow).values(
            channel=item.channel,
            account=item.account,
            person=item.person,
            turn_id=item.turn_id,
            part=item.part,
            body=item.body,
            due_at=now + timedelta(seconds=item.after_seconds),
            created_at=now,
        )
        new = insert.on_conflict_do_nothing(index_elements=["channel", "account", "turn_id", "part"])
        return new.returning(OutgoingRow.id)

    def _change(self, id: int, **values: Any) -> None:
        with self._database.session() as session:
            session.execute(update(OutgoingRow).where(OutgoingRow.id == id).values(**values))

    def _count(self, *wanted: ColumnElement[bool]) -> int:
        with self._database.reading() as session:
            return session.scalar(select(func.count()).select_from(OutgoingRow).where(*wanted)) or 0

    def _insert(self) -> Callable[..., Any]:
        dialects: dict[str, Callable[..., Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
        return dialects[self._database.engine.dialect.name]


class Sender(Protocol):
    """Hands one message to one platform.

    Raises SendLater, SendRefused or SendUnknown; anything else is tried again with growing pauses, so it must only
    be raised where the platform cannot have taken the message.
    """

    channel: str
    account: str  # empty: sends for every account of the channel

    def send(self, outgoing: Outgoing, platform_id: str) -> None: ...


class Courier:
    """Sends what is due: several at once, one at a time for each person, on any number of workers.

    `start()` runs it in a thread; tests call `run_once()`. `poll_seconds` is how often it looks by itself; `wake()`
    makes it look at once.
    """

    def __init__(
        self,
        outbox: Outbox,
        addresses: Addresses,
        senders: Sequence[Sender],
        *,
        workers: int = 8,
        poll_seconds: float = 0.5,
    ) -> None:
        self.outbox = outbox
        self._addresses = addresses
        self._senders = {(sender.channel, sender.account): sender for sender in senders}
        self._workers = workers
        self._poll_seconds = poll_seconds
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="courier")
        self._lock = threading.Lock()
        self._in_hand: set[int] = set()
        self._news = threading.Event()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="courier", daemon=True)

    def start(self) -> None:
        if self._senders:
            self._thread.start()

    def wake(self) -> None:
        self._news.set()

    def close(self) -> None:
        """Parts that are being sent are finished; the others stay for the next process."""
        self._closed.set()
        self._news.set()
        if self._thread.ident is not None:
            self._thread.join()
        self._pool.shutdown(wait=True)

    def run_once(self) -> int:
        """Send what is due now, and wait for it; how many parts were taken in hand."""
        self.outbox.give_up_expired()
        due = self.outbox.due(self._workers * 4, self._senders)
        return sum(self._pool.map(self._deliver, [one.id for one in due]))

    def _run(self) -> None:
        while not self._closed.is_set():
            self._news.clear()
            try:
                self._hand_out()
            except Exception as error:  # a locked database, say: the next look may fare better
                logger.error("the courier could not look into the outbox: %s", type(error).__name__)
            self._news.wait(self._poll_seconds)

    def _hand_out(self) -> None:
        """As many as there are free hands: what is claimed is sent at once, its lease does not wait in a queue."""
        self.outbox.give_up_expired()
        with self._lock:
            free, busy = self._workers - len(self._in_hand), set(self._in_hand)
        if not free:
            return
        due = self.outbox.due(free + len(busy), self._senders)
        for id in [one.id for one in due if one.id not in busy][:free]:
            with self._lock:
                self._in_hand.add(id)
            self._pool.submit(self._in_turn, id)

    def _in_turn(self, id: int) -> None:
        try:
            self._deliver(id)
        except Exception as error:
            logger.error("outgoing %d could not be noted: %s", id, type(error).__name__)
        finally:
            with self._lock:
                self._in_hand.discard(id)
            self._news.set()

    def _deliver(self, id: int) -> bool:
        """Whether this worker had the part in hand."""
        outgoing = self.outbox.claim(id)
        if outgoing is None:
            return False
        sender = self._senders.get((outgoing.channel, outgoing.account)) or self._senders[outgoing.channel, ""]
        address = self._addresses.platform_id(outgoing.channel, outgoing.account, outgoing.person)
        if address is None:
            self.outbox.dead(id, wording.OUTBOX_NO_ADDRESS)
            return True
        try:
            sender.send(outgoing, address)
        except SendLater as error:
            self.outbox.later(id, error.seconds, error.reason, counted=False)
        except SendRefused as error:
            self.outbox.dead(id, error.reason)
        except SendUnknown as error:
            self.outbox.unknown(id, error.reason)
        except Exception as error:
            self._again(outgoing, error)
        else:
            self.outbox.sent(id)
        return True

    def _again(self, outgoing: Outgoing, error: Exception) -> None:
        # The kind alone: an exception's own text may repeat an address or a word of the message.
        logger.warning("outgoing %d: attempt %d failed: %s", outgoing.id, outgoing.attempts, type(error).__name__)
        reason = wording.OUTBOX_FAILED.format(kind=type(error).__name__)
        if outgoing.attempts >= MOST_ATTEMPTS:
            self.outbox.dead(outgoing.id, reason)
        else:
            self.outbox.later(outgoing.id, pause(outgoing.attempts), reason)


class Postbox:
    """Puts the parts of finished turns into the outbox, for a channel that answers by messages of its own.

    `pack` makes the JSON bodies of a turn's parts. Give `post` to `TurnRunner.when_done`; call `catch_up` at the
    start and now and then: it posts what a crash left between the stored answer and the outbox. `wanted` narrows
    that to some turns of the channel.
    """

    def __init__(
        self,
        channel: str,
        turns: Turns,
        outbox: Outbox,
        pack: Callable[[Turn], Sequence[str]],
        *,
        wake: Callable[[], None] = lambda: None,
        wanted: Callable[[], ColumnElement[bool]] | None = None,
    ) -> None:
        self._channel = channel
        self._turns = turns
        self._outbox = outbox
        self._pack = pack
        self._wake = wake
        self._wanted = wanted

    def post(self, turn: Turn) -> int:
        """How many parts were new. Idempotent; none where the platform's own deliveries ended otherwise."""
        if self._turns.hand_over(turn.id, "message") != "message":
            return 0
        new = self._outbox.put(
            [
                NewOutgoing(turn.channel, turn.account, turn.person, turn.id, part, body)
                for part, body in enumerate(self._pack(turn))
            ]
        )
        if new:
            self._wake()
        return new

    def catch_up(self) -> int:
        wanted = self._wanted() if self._wanted else None
        return sum(self.post(turn) for turn in self._outbox.unposted(self._channel, wanted))


def withdraw(session: Session, turn_id: str, now: datetime) -> bool:
    """Drop a turn's parts that nobody has begun to send: the person is about to get the answer otherwise.

    False, and nothing changed, where one is being sent right now. In the caller's transaction.
    """
    mine = OutgoingRow.turn_id == turn_id
    if session.scalar(select(exists().where(mine, OutgoingRow.state == "sending"))):
        return False
    waiting = update(OutgoingRow).where(mine, OutgoingRow.state == "waiting")
    session.execute(waiting.values(state="sent", attempts=0, sent_at=now, error=wording.OUTBOX_FETCHED))
    return True


def pause(attempts: int) -> float:
    """Seconds before the next attempt: 1, 2, 4 … 300."""
    return min(2.0 ** (attempts - 1), LONGEST_PAUSE)


def _ready(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Waiting, due, and nothing of the same person before it that is not over."""
    before = aliased(OutgoingRow)
    line = and_(
        before.channel == OutgoingRow.channel,
        before.account == OutgoingRow.account,
        before.person == OutgoingRow.person,
        before.id < OutgoingRow.id,
        before.state.in_(("waiting", "sending")),
    )
    return OutgoingRow.state == "waiting", OutgoingRow.due_at <= now, ~select(before.id).where(line).exists()


def _on(route: Route) -> ColumnElement[bool]:
    channel, account = route
    on_channel = OutgoingRow.channel == channel
    return and_(on_channel, OutgoingRow.account == account) if account else on_channel


def _of(channel: str, account: str, person: str) -> tuple[ColumnElement[bool], ...]:
    return OutgoingRow.channel == channel, OutgoingRow.account == account, OutgoingRow.person == person


def _read(row: OutgoingRow) -> Outgoing:
    return Outgoing(**{name: getattr(row, name) for name in Outgoing.__dataclass_fields__})


def _letter(row: OutgoingRow) -> DeadLetter:
    values = {name: getattr(row, name) for name in DeadLetter.__dataclass_fields__ if name != "error"}
    return DeadLetter(**values, error=row.error or "")
