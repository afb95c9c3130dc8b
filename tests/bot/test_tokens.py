from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.errors import SendLater
from bot.tokens import LEASE_SECONDS, AccessTokens
from knowledge.database import Database
from tests.bot.conftest import Clock

KEY = b"k" * 32


class Endpoint:
    """Gives out token-1, token-2 … each for two hours."""

    def __init__(self) -> None:
        self.asked = 0
        self._lock = threading.Lock()

    def __call__(self) -> tuple[str, float]:
        with self._lock:
            self.asked += 1
            return f"token-{self.asked}", 7200


def worker(database: Database, clock: Clock) -> AccessTokens:
    return AccessTokens(database, KEY, clock=clock, sleep=clock.advance)


def test_workers_share_one_token(database: Database, clock: Clock) -> None:
    endpoint = Endpoint()
    assert {worker(database, clock).get("wechat", endpoint) for _ in range(5)} == {"token-1"}
    assert endpoint.asked == 1


def test_asked_by_many_at_once_it_is_fetched_once(database: Database) -> None:
    endpoint = Endpoint()
    with ThreadPoolExecutor(10) as pool:
        tokens = set(pool.map(lambda _: AccessTokens(database, KEY).get("wechat", endpoint), range(20)))
    assert (tokens, endpoint.asked) == ({"token-1"}, 1)


def test_it_is_renewed_before_it_expires(database: Database, clock: Clock) -> None:
    endpoint = Endpoint()
    tokens = worker(database, clock)
    tokens.get("wechat", endpoint)
    clock.advance(7200 - 301)
    assert tokens.get("wechat", endpoint) == "token-1"
    clock.advance(2)
    assert tokens.get("wechat", endpoint) == "token-2"


def test_while_another_renews_the_old_one_is_used(database: Database, clock: Clock) -> None:
    endpoint = Endpoint()
    worker(database, clock).get("wechat", endpoint)
    clock.advance(7000)
    seen: list[str] = []

    def renewing() -> tuple[str, float]:
        seen.append(worker(database, clock).get("wechat", endpoint))
        return "new", 7200

    assert worker(database, clock).get("wechat", renewing) == "new"
    assert seen == ["token-1"]


def test_a_token_the_platform_refused_is_fetched_anew_and_only_once(database: Database, clock: Clock) -> None:
    endpoint = Endpoint()
    tokens = worker(database, clock)
    old = tokens.get("wechat", endpoint)
    tokens.expire("wechat", old)
    assert tokens.get("wechat", endpoint) == "token-2"
    tokens.expire("wechat", old)  # another worker's late complaint about the old one
    assert tokens.get("wechat", endpoint) == "token-2"


def test_a_failed_fetch_lets_the_next_one_try(database: Database, clock: Clock) -> None:
    def broken() -> tuple[str, float]:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        worker(database, clock).get("wechat", broken)
    assert worker(database, clock).get("wechat", Endpoint()) == "token-1"


def test_a_worker_that_died_while_fetching_is_waited_for_and_then_replaced(database: Database, clock: Clock) -> None:
    tokens = worker(database, clock)
    assert tokens._lease("wechat", clock())
    with pytest.raises(SendLater):
        tokens.get("wechat", Endpoint())
    clock.advance(LEASE_SECONDS)
    assert tokens.get("wechat", Endpoint()) == "token-1"


def test_the_table_holds_no_token_in_the_clear(database: Database, clock: Clock) -> None:
    worker(database, clock).get("wechat", Endpoint())
    with database.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT sealed FROM access_tokens").all()
    assert b"token-1" not in rows[0][0]
