"""From a received message to a stored reply: who runs the dialogue, who waits for it, who takes over."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import replace
from typing import cast

from bot import wording
from bot.messages import Dialogue, IncomingMessage, MessageKind
from bot.turns import StoredReply, Turn, Turns
from retrieval.answers import Answer, Outcome

logger = logging.getLogger(__name__)

Renderer = Callable[[Answer], tuple[str, ...]]

MOST_FAILURES = 2  # the first try and one more
MOST_ATTEMPTS = 6  # a turn may be hit by kills meant for others; one that kills its worker each time must end


class TurnRunner:
    """Answers messages, each once, whatever the number of deliveries, threads and workers.

    `workers` is how many dialogues run at once; `renderers` cut an answer into a channel's parts (a channel without
    one gets the text as it is); `history` is how many earlier exchanges the dialogue sees. A running turn's lease is
    renewed every `heartbeat_seconds`; a turn that another worker runs is looked at every `poll_seconds`.
    """

    def __init__(
        self,
        turns: Turns,
        dialogue: Dialogue,
        *,
        renderers: Mapping[str, Renderer] | None = None,
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
        self._history = history
        self._poll_seconds = poll_seconds
        self._clock = clock
        self._sleep = sleep
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="turn")
        self._lock = threading.Lock()
        self._running: dict[str, Future[Turn]] = {}  # what this process has in hand; the truth is in the table
        self._leased: set[str] = set()
        self._closed = threading.Event()
        self._heart = threading.Thread(target=self._beat, args=(heartbeat_seconds,), name="turn-leases", daemon=True)
        self._heart.start()

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

    def sweep(self) -> int:
        """Start on the unfinished turns of dead workers; how many those were. Returns without waiting for them."""
        return sum(self._start(turn) is not None for turn in self.turns.unfinished())

    def close(self) -> None:
        """Let the running dialogues finish and store their replies; those not begun stay for the next process."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._closed.set()
        self._heart.join()

    def _start(self, turn: Turn) -> Future[Turn] | None:
        """The work on this turn in this process; none while another worker holds it, or when closing."""
        with self._lock:
            if turn.id in self._running:
                return self._running[turn.id]
            if turn.leased(self.turns.now()):
                return None
            try:
                work = self._running[turn.id] = self._pool.submit(self._run, turn)
            except RuntimeError:  # the pool is shut down: the turn stays in the table
                return None
        work.add_done_callback(lambda _: self._forget(turn.id))
        return work

    def _forget(self, turn_id: str) -> None:
        with self._lock:
            self._running.pop(turn_id, None)

    def _wait(self, turn: Turn, work: Future[Turn] | None, seconds: float) -> Turn:
        if work is not None:
            wait([work], timeout=seconds)
            if not work.done():
                return turn
            turn = _result(work) or turn
            if turn.finished:
                return turn
        self._sleep(min(self._poll_seconds, seconds))
        return self.turns.get(turn.id)

    def _run(self, turn: Turn) -> Turn:
        """Claim, think, store. Ends early where another worker has the turn."""
        while (leased := self.turns.lease(turn.id)) is not None:
            with self._leasing(turn.id):
                finished = self._attempt(leased)
            if finished is not None:
                return finished
        return self.turns.get(turn.id)

    def _attempt(self, turn: Turn) -> Turn | None:
        """The finished turn; none when the dialogue raised and may be asked once more."""
        if turn.attempts > MOST_ATTEMPTS:
            return self._apologise(turn)
        started = time.perf_counter()
        try:
            reply = self._think(turn)
        except Exception:
            logger.exception("turn %s: the dialogue raised (attempt %d)", turn.id, turn.attempts)
            if turn.failures + 1 >= MOST_FAILURES:
                return self._apologise(turn)
            self.turns.fail(turn.id)
            return None
        return self.turns.finish(turn.id, reply, milliseconds=(time.perf_counter() - started) * 1000)

    def _think(self, turn: Turn) -> StoredReply:
        history = self.turns.history(turn.channel, turn.account, turn.person, self._history, before=turn.id)
        answer = self._dialogue.reply(_message(turn), history)
        render = self._renderers.get(turn.channel, _as_it_is)
        return StoredReply(answer, render(answer))

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
    )


def _as_it_is(answer: Answer) -> tuple[str, ...]:
    return (answer.text,)
