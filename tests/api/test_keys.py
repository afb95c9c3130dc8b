"""Keys for programs: told once, kept as a hash, counted in the database."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import text

from api.errors import KeyInvalid, KeyNotFound, KeyRefused, QuotaSpent
from api.keys import ApiKey, Keys
from api.migrations import migrate
from knowledge.database import Database


@dataclass
class Clock:
    now: datetime = datetime(2026, 11, 21, 9, 30, 20, tzinfo=timezone(timedelta(hours=8)))

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'guangzhi.db'}")
    migrate(database)
    yield database
    database.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(database: Database, clock: Clock) -> Keys:
    return Keys(database, clock)


def spent(keys: Keys, key: ApiKey, times: int) -> int:
    """How many of so many requests were let through."""
    through = 0
    for _ in range(times):
        try:
            keys.spend(key)
            through += 1
        except QuotaSpent:
            pass
    return through


def test_without_any_key_the_refusal_says_how_to_open_the_door(keys: Keys) -> None:
    with pytest.raises(KeyInvalid, match="guangzhi keys add"):
        keys.find("gz-anything")


@pytest.mark.parametrize(
    ("name", "scopes", "words"),
    [
        ("", ["chat"], "名字"),
        ("甲" * 61, ["chat"], "60"),
        ("两\n行", ["chat"], "换行"),
        ("机器人", ["everything"], "everything"),
        ("机器人", [], "--scope"),
    ],
)
def test_a_key_that_cannot_be_made_is_refused_in_words(keys: Keys, name: str, scopes: list[str], words: str) -> None:
    with pytest.raises(KeyRefused, match=words):
        keys.add(name, scopes)
    assert keys.all() == []


def test_a_name_in_use_is_refused_until_its_key_is_revoked(keys: Keys) -> None:
    keys.add("机器人", ["chat"])
    with pytest.raises(KeyRefused, match="机器人"):
        keys.add("机器人", ["chat"])
    keys.revoke("机器人")
    assert keys.add("机器人", ["mcp"])[0].scopes == ("mcp",)


def test_a_key_is_found_by_itself_and_by_nothing_else(keys: Keys) -> None:
    key, secret = keys.add(" 客服 ", ["search", "chat", "chat"])
    found = keys.find(secret)
    assert (found.id, found.name, found.scopes) == (key.id, "客服", ("chat", "search"))
    for wrong in (secret[:-1], secret + "x", key.id, "", "\ud800"):
        with pytest.raises(KeyInvalid, match="不对"):
            keys.find(wrong)


def test_nothing_in_the_database_is_the_key(keys: Keys, database: Database) -> None:
    _, secret = keys.add("客服", ["chat"])
    with database.reading() as session:
        stored = str(session.execute(text("select * from api_keys")).all())
    assert secret not in stored
    assert secret.removeprefix("gz-") not in stored


def test_a_revoked_key_opens_nothing_and_is_still_listed(keys: Keys) -> None:
    key, secret = keys.add("客服", ["chat"])
    keys.revoke(key.id)
    with pytest.raises(KeyInvalid):
        keys.find(secret)
    assert [one.revoked_at is not None for one in keys.all()] == [True]
    assert keys.usable() == 0
    with pytest.raises(KeyNotFound, match="客服"):
        keys.revoke("客服")


def test_the_minute_is_a_limit_and_the_next_minute_begins_anew(keys: Keys, clock: Clock) -> None:
    key, _ = keys.add("客服", ["chat"], per_minute=2)
    assert spent(keys, key, 5) == 2
    with pytest.raises(QuotaSpent, match="2 次") as refusal:
        keys.spend(key)
    assert (refusal.value.seconds, refusal.value.daily) == (40, False)
    clock.now += timedelta(seconds=40)
    assert spent(keys, key, 5) == 2


def test_the_day_is_a_limit_and_what_it_refuses_is_not_counted(keys: Keys, clock: Clock) -> None:
    key, _ = keys.add("客服", ["chat"], per_day=3, per_minute=0)
    assert spent(keys, key, 6) == 3
    with pytest.raises(QuotaSpent, match="今天") as refusal:
        keys.spend(key)
    assert refusal.value.daily
    clock.now += timedelta(seconds=refusal.value.seconds)
    assert (clock.now.hour, clock.now.minute, clock.now.second) == (0, 0, 0)
    assert [one.today for one in keys.all()] == [0]
    assert spent(keys, key, 1) == 1
    assert [one.today for one in keys.all()] == [1]


def test_zero_is_no_limit(keys: Keys) -> None:
    key, _ = keys.add("客服", ["chat"], per_day=0, per_minute=0)
    assert spent(keys, key, 30) == 30


def test_workers_that_ask_at_once_share_one_quota(keys: Keys, database: Database, clock: Clock) -> None:
    key, _ = keys.add("客服", ["chat"], per_day=25, per_minute=0)
    workers = [Keys(Database(str(database.url)), clock) for _ in range(4)]
    with ThreadPoolExecutor(8) as pool:
        through = sum(pool.map(lambda at: spent(workers[at % 4], key, 10), range(8)))
    assert through == 25
    assert keys.all()[0].today == 25


def test_counts_of_long_ago_are_tidied_away(keys: Keys, clock: Clock, database: Database) -> None:
    key, _ = keys.add("客服", ["chat"])
    keys.spend(key)
    clock.now += timedelta(days=100)
    keys.spend(key)
    with database.reading() as session:
        assert session.execute(text("select count(*) from api_usage")).scalar() == 2
