"""From a received message to a stored reply: who runs the dialogue, who waits for it, who takes over."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import cast

from bot import wording
from bot.messages import Dialogue, IncomingMessage, MessageKind, Occasion
from bot.turns import StoredReply, Turn, Turns
from retrieval.answers import Answer, Outcome

logger = logging.getLogger(__name__)

Renderer = Callable[[Answer], tuple[str, ...]]
Reader = Callable[[str], str]  # from a turn's attachment to the question in it; an empty one: nothing was read
Follower = Callable[[Turn], object]

MOST_FAILURES = 2  # the first try and one more
MOST_ATTEMPTS = 6  # a turn may be hit by kills meant for others; one that kills its worker each time must end


class Telling:
    """What a running dialogue has said so far, for those who read along. Thread-safe.

    Nothing here is stored. The stored reply is what counts, and where both differ, the reply is right.
    """

    def __init__(self) -> None:
        self._said = ""
        self._over = False
        self._news = threading.Condition()

    @property
    def said(self) -> str:
        return self._said

    def say(self, piece: str) -> None:
        with self._news:
            self._said += piece
            self._news.notify_all()

    def begin(self) -> None:
        """A dialogue asked once more starts over."""
        with self._news:
            self._said = ""
            self._news.notify_all()

    def end(self) -> None:
        with self._news:
            self._over = True
            self._news.notify_all()

    def wait(self, heard: str, seconds: float) -> None:
        """Until more, or other, than `heard` was said, it is over, or the time is up."""
        with self._news:
            self._news.wait_for(lambda: self._over or self._said != heard, seconds)


@dataclass(frozen=True, slots=True)
class Work:
    """A turn that this process has in hand."""

    result: Future[Turn]
    telling: Telling


class TurnRunner:
    """Answers messages, each once, whatever the number of deliveries, threads and workers.

    `workers` is how many dialogues run at once; `renderers` cut an answer into a channel's parts (a channel without
    one gets the text as it is, and may read along while it is written); `history` is how many earlier exchanges the
    dialogue sees; `readers` find the question in a channel's attachments, `unread` is what is said where there is
    none. A running turn's lease is renewed every `heartbeat_seconds`; a turn that another worker runs is
    looked at every `poll_seconds`.
    """

    def __init__(
        self,
        turns: Turns,
        dialogue: Dialogue,
        *,
        renderers: Mapping[str, Renderer] | None = None,
        readers: Mapping[str, Reader] | None = None,
        unread: str = wording.NOT_READ,
        workers: int = 4,
        history: int = 6,
        heartbeat_seconds: float = 1.0,
        poll_seconds: float = 0.1,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.turns = turns
        self._dialogue = dialogue
        self._renderers = dict(renderers or {})
        self._readers = dict(readers or {})
        self._unread = unread
        self._followers: dict[str, Follower] = {}
        self._history = history
        self._poll_seconds = poll_seconds
        self._clock = clock
        self._sleep = sleep
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="turn")
        self._lock = threading.Lock()
        self._running: dict[str, Work] = {}  # what this process has in hand; the truth is in the table
        self._leased: set[str] = set()
        self._closed = threading.Event()
        self._heart = threading.Thread(target=self._beat, args=(heartbeat_seconds,), name="turn-leases", daemon=True)
        self._heart.start()

    def when_done(self, channel: str, follower: Follower) -> None:
        """Call `follower` with each turn of the channel that this process finished, once its reply is stored.

        A crash can come between the two: the channel has to look for such turns at the start, too.
        """
        self._followers[channel] = follower

    def answer(self, message: IncomingMessage, within_seconds: float) -> Turn:
        """The message's turn: finished with its reply stored, or as far as it came when the time was up.

        `deliveries` of the result is the number of this very delivery.
        """
        deadline = self._clock() + within_seconds
        received = turn = self.turns.receive(message)
        while not turn.finished:
            work = self._start(turn)
            remaining = deadline - self._clock()
            if remaining <= 0:
                break
            turn = self._wait(turn, work, remaining)
        return replace(turn, deliveries=received.deliveries)

    def follow(self, turn: Turn, within_seconds: float, heard: str = "") -> tuple[Turn, str]:
        """The turn and what its dialogue said so far, as soon as that differs from `heard`, the turn is finished, or
        the time is up. A turn that another worker runs says nothing until it is finished.
        """
        deadline = self._clock() + within_seconds
        while not turn.finished:
            work = self._start(turn)
            # nothing said yet: begun over, or over already; what was heard stands until there is more
            said = (work.telling.said if work else "") or heard
            remaining = deadline - self._clock()
            if said != heard or remaining <= 0:
                return turn, said
            turn = self._wait(turn, work, remaining, heard)
        return turn, heard

    def said(self, turn_id: str) -> str:
        """What the dialogue of a running turn has said so far."""
        with self._lock:
            work = self._running.get(turn_id)
        return work.telling.said if work else ""

    def sweep(self) -> int:
        """Start on the unfinished turns of dead workers; how many those were. Returns without waiting for them."""
        return sum(self._start(turn) is not None for turn in self.turns.unfinished())

    def close(self) -> None:
        """Let the running dialogues finish and store their replies; those not begun stay for the next process."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._closed.set()
        self._heart.join()

    def _start(self, turn: Turn) -> Work | None:
        """The work on this turn in this process; none while another worker holds it, or when closing."""
        with self._lock:
            if turn.id in self._running:
                return self._running[turn.id]
            if turn.leased(self.turns.now()):
                return None
            telling = Telling()
            try:
                work = self._running[turn.id] = Work(self._pool.submit(self._run, turn, telling), telling)
            except RuntimeError:  # the pool is shut down: the turn stays in the table
                return None
        work.result.add_done_callback(lambda _: self._forget(turn.id, telling))
        return work

    def _forget(self, turn_id: str, telling: Telling) -> None:
        with self._lock:
            self._running.pop(turn_id, None)
        telling.end()

    def _wait(self, turn: Turn, work: Work | None, seconds: float, heard: str | None = None) -> Turn:
        """The turn as it then is. With `heard`, more that is said ends the waiting too."""
        if work is not None:
            if heard is None:
                wait([work.result], timeout=seconds)
            else:
                work.telling.wait(heard, seconds)
            if not work.result.done():
                return turn
            turn = _result(work.result) or turn
            if turn.finished:
                return turn
        self._sleep(min(self._poll_seconds, seconds))
        return self.turns.get(turn.id)

    def _run(self, turn: Turn, telling: Telling) -> Turn:
        """Claim, think, store. Ends early where another worker has the turn."""
        while (leased := self.turns.lease(turn.id)) is not None:
            with self._leasing(turn.id):
                finished = self._attempt(leased, telling)
            if finished is not None:
                self._tell(finished)
                return finished
        return self.turns.get(turn.id)

    def _tell(self, turn: Turn) -> None:
        try:
            if (follower := self._followers.get(turn.channel)) is not None:
                follower(turn)
        except Exception:
            logger.exception("turn %s: finished, and its channel could not take it; it will look again", turn.id)

    def _attempt(self, turn: Turn, telling: Telling) -> Turn | None:
        """The finished turn; none when the dialogue raised and may be asked once more."""
        if turn.attempts > MOST_ATTEMPTS:
            return self._apologise(turn)
        started = time.perf_counter()
        telling.begin()
        try:
            reply = self._think(turn, telling)
        except Exception:
            logger.exception("turn %s: the dialogue raised (attempt %d)", turn.id, turn.attempts)
            if turn.failures + 1 >= MOST_FAILURES:
                return self._apologise(turn)
            self.turns.fail(turn.id)
            return None
        return self.turns.finish(turn.id, reply, milliseconds=(time.perf_counter() - started) * 1000)

    def _think(self, turn: Turn, telling: Telling) -> StoredReply:
        if turn.attachment:
            read = self._read(turn)
            if not read.strip():
                return StoredReply(Answer(Outcome.DIALOGUE, "dialogue", self._unread), (self._unread,))
            self.turns.note_question(turn.id, read)
            turn = self.turns.get(turn.id)
            return self._said_of(turn, telling, wording.READ_IN_PICTURE.format(text=turn.question))
        return self._said_of(turn, telling)

    def _said_of(self, turn: Turn, telling: Telling, above: str = "") -> StoredReply:
        """`above` stands before the answer: what we took the question to be."""
        history = self.turns.history(turn.channel, turn.account, turn.person, self._history, before=turn.id)
        render = self._renderers.get(turn.channel)
        if render is not None:  # a channel of whole messages
            answer = _below(above, self._dialogue.reply(_message(turn), history))
            return StoredReply(answer, render(answer))
        answer = _below(above, self._dialogue.reply(_message(turn), history, telling.say))
        return StoredReply(answer, (answer.text,))

    def _read(self, turn: Turn) -> str:
        """The question in the attachment; empty where there is none to be found."""
        read = self._readers.get(turn.channel)
        try:
            return read(turn.attachment) if read else ""
        except Exception as error:  # a picture that cannot be had or read: said to the person, not tried for ever
            logger.warning("turn %s: its attachment could not be read: %s", turn.id, type(error).__name__)
            return ""

    def _apologise(self, turn: Turn) -> Turn:
        answer = Answer(Outcome.DIALOGUE, "dialogue", wording.APOLOGY)
        return self.turns.finish(turn.id, StoredReply(answer, (answer.text,)), state="failed")

    @contextmanager
    def _leasing(self, turn_id: str) -> Iterator[None]:
        with self._lock:
            self._leased.add(turn_id)
        try:
            yield
        finally:
            with self._lock:
                self._leased.discard(turn_id)

    def _beat(self, seconds: float) -> None:
        while not self._closed.wait(seconds):
            with self._lock:
                leased = tuple(self._leased)
            try:
                if leased:
                    self.turns.renew(*leased)
            except Exception:  # a beat missed is a beat missed; the lease outlives two of them
                logger.exception("could not renew %d leases", len(leased))


def _result(work: Future[Turn]) -> Turn | None:
    """What finished work came to; none where it was cancelled at closing, or could not be stored."""
    if work.cancelled():
        return None
    error = work.exception()
    if error is None:
        return work.result()
    logger.error("a turn could not be stored and will be taken up again", exc_info=error)
    return None


def _below(above: str, answer: Answer) -> Answer:
    return replace(answer, text=f"{above}\n{answer.text}") if above else answer


def _message(turn: Turn) -> IncomingMessage:
    """The message as it was stored. The first attempt sees the masked text like the one after a crash."""
    return IncomingMessage(
        channel=turn.channel,
        account=turn.account,
        person=turn.person,
        key=turn.key,
        text=turn.question,
        kind=cast(MessageKind, turn.kind),
        received_at=turn.received_at,
        attachment=turn.attachment,
        occasion=cast(Occasion, turn.occasion),
    )
