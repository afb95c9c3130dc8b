"""Reading what is new: pages of sync_msg, each handled to the last message before the cursor moves.

A crash in between means that a page is read again; its messages join the turns that are there.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.errors import ChannelError
from bot.wechat_kf.cursors import Cursors, Place
from bot.wechat_kf.messages import KfMessage, Page, page
from bot.wecom.api import Api, WeComRefused, WeComUnreachable, meaning

logger = logging.getLogger(__name__)

TOKEN_LASTS = timedelta(minutes=10)
TOKEN_INVALID = 95007
MOST_EMPTY_PAGES = 50  # in a row, all saying that there is more: then we come back later
RETRY_SECONDS = 5.0
MOST_A_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Batch:
    """The messages of one page. `known_since`: what was sent long before, on the very first reading, is history."""

    messages: tuple[KfMessage, ...]
    known_since: datetime
    first: bool  # no cursor was stored before


class Pulling:
    """`start()` runs it in a thread; tests call `run_once()`. `handle` raises where a batch is not safe yet."""

    def __init__(
        self,
        api: Api,
        cursors: Cursors,
        handle: Callable[[Batch], None],
        *,
        untokened_pause: float = 60,
        poll_seconds: float = 1.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._api = api
        self._cursors = cursors
        self._handle = handle
        self._untokened_pause = untokened_pause
        self._poll_seconds = poll_seconds
        self._monotonic = monotonic
        self._not_before: dict[str, float] = {}  # account: when the platform may be asked again
        self._untokened: dict[str, float] = {}  # account: when it was last asked without a token
        self._news = threading.Event()
        self._closed = threading.Event()
        self._one_at_a_time = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="kf-pulling", daemon=True)

    def want(self, open_kfid: str, token: str) -> None:
        self._cursors.want(open_kfid, token)
        self._news.set()

    def start(self) -> None:
        self._cursors.want_all()  # events that met a dead service may never come again
        self._thread.start()

    def close(self) -> None:
        self._closed.set()
        self._news.set()
        if self._thread.ident is not None:
            self._thread.join()

    def run_once(self) -> int:
        """Read every account that has something; how many messages were handled."""
        with self._one_at_a_time:
            return sum(self._serve(place) for place in self._cursors.wanted())

    def _run(self) -> None:
        while not self._closed.is_set():
            self._news.clear()
            try:
                self.run_once()
            except Exception as error:  # a locked database, say: the next look may fare better
                logger.error("customer service could not be read: %s", type(error).__name__)
            self._news.wait(self._poll_seconds)

    def _serve(self, place: Place) -> int:
        if self._closed.is_set() or self._monotonic() < self._not_before.get(place.open_kfid, 0):
            return 0
        token = place.token if self._cursors.now() - place.wanted_at < TOKEN_LASTS else ""
        if not token and not self._may_ask_untokened(place.open_kfid):
            return 0
        try:
            return self._read_all(place, token)
        except WeComRefused as refusal:
            self._put_off(place, token, refusal)
        except (WeComUnreachable, ChannelError):
            self._pause(place.open_kfid, RETRY_SECONDS)
        return 0

    def _read_all(self, place: Place, token: str) -> int:
        cursor, handled, empty, first = place.cursor, 0, 0, not place.cursor
        while True:
            got = self._read(place.open_kfid, cursor, token)
            if got.messages:
                self._handle(Batch(_in_order(got.messages), place.known_since, first))
            # Only now: what is behind the cursor is never read again.
            after = got.cursor or cursor
            if after != cursor and not self._cursors.move(place.open_kfid, cursor, after):
                return handled  # another worker is ahead; what is left is still wanted
            handled, cursor = handled + len(got.messages), after
            empty = 0 if got.messages else empty + 1
            if not got.more:
                self._cursors.served(place)
                return handled
            if empty >= MOST_EMPTY_PAGES or self._closed.is_set():
                self._pause(place.open_kfid, RETRY_SECONDS)
                return handled

    def _read(self, open_kfid: str, cursor: str, token: str) -> Page:
        body: dict[str, Any] = {"open_kfid": open_kfid, "cursor": cursor, "limit": MOST_A_PAGE, "voice_format": 0}
        return page(self._api.call("kf/sync_msg", {**body, "token": token} if token else body))

    def _put_off(self, place: Place, token: str, refusal: WeComRefused) -> None:
        if refusal.code == TOKEN_INVALID and token:
            self._cursors.forget_token(place.open_kfid, token)
            self._news.set()  # at once again, without it
            return
        logger.error("customer service could not be read: %s", refusal)
        self._pause(place.open_kfid, getattr(meaning(refusal), "seconds", self._untokened_pause))

    def _may_ask_untokened(self, open_kfid: str) -> bool:
        now = self._monotonic()
        last = self._untokened.get(open_kfid)
        if last is not None and now - last < self._untokened_pause:
            return False
        self._untokened[open_kfid] = now
        return True

    def _pause(self, open_kfid: str, seconds: float) -> None:
        self._not_before[open_kfid] = self._monotonic() + seconds


def _in_order(messages: tuple[KfMessage, ...]) -> tuple[KfMessage, ...]:
    """As they were sent; of one second, as they came."""
    return tuple(sorted(messages, key=lambda message: message.sent))
