"""Answers leave in the order of the questions: what is ready waits while an earlier question of its person is open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from sqlalchemy import and_, select
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import ColumnElement

from bot.outbox import Outbox, Postbox
from bot.turns import Turn, TurnRow, Turns

LONGEST_WAIT = timedelta(minutes=10)  # a question older than that holds up nothing any more


class OrderedPostbox:
    """Like `Postbox`, in order for each person. `pack` makes the JSON bodies of a turn's parts."""

    def __init__(
        self,
        channel: str,
        turns: Turns,
        outbox: Outbox,
        pack: Callable[[Turn], Sequence[str]],
        *,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        self._channel = channel
        self._outbox = outbox
        self._postbox = Postbox(channel, turns, outbox, pack, wake=wake, wanted=self._free)

    def post(self, turn: Turn) -> int:
        """Post this finished turn and those that waited for it; how many parts. Idempotent.

        Who finishes last sees all that is ready, so nothing is left behind whatever the order of two workers.
        """
        theirs = and_(TurnRow.account == turn.account, TurnRow.person == turn.person, self._free())
        return sum(self._postbox.post(ready) for ready in self._outbox.unposted(self._channel, theirs))

    def catch_up(self) -> int:
        """What a crash left between a stored reply and the outbox."""
        return self._postbox.catch_up()

    def _free(self) -> ColumnElement[bool]:
        earlier = aliased(TurnRow)
        still_open = select(earlier.id).where(
            earlier.channel == TurnRow.channel,
            earlier.account == TurnRow.account,
            earlier.person == TurnRow.person,
            earlier.id < TurnRow.id,
            earlier.kind == "text",  # the others are settled as they come, or by the next delivery
            earlier.reply.is_(None),
            earlier.received_at > self._outbox.now() - LONGEST_WAIT,
        )
        return ~still_open.exists()
