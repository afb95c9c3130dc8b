from __future__ import annotations

import sqlite3

from bot.addresses import Addresses, AddressRow, Seal
from knowledge.database import Database
from tests.bot.conftest import Clock

KEY = b"k" * 32


def test_an_address_comes_back_for_its_person_and_nobody_else(database: Database, clock: Clock) -> None:
    addresses = Addresses(database, KEY, clock)
    addresses.remember("wechat", "gh_1", "p1", "o-very-own", days=2)
    assert addresses.platform_id("wechat", "gh_1", "p1") == "o-very-own"
    assert addresses.platform_id("wechat", "gh_2", "p1") is None
    assert addresses.platform_id("wechat", "gh_1", "p2") is None


def test_the_table_holds_no_address_in_the_clear(database: Database, clock: Clock) -> None:
    Addresses(database, KEY, clock).remember("wechat", "gh_1", "p1", "o-very-own", days=2)
    with sqlite3.connect(str(database.url.database)) as raw:
        assert b"o-very-own" not in b"".join(bytes(str(row), "utf-8") for row in raw.execute("SELECT * FROM addresses"))
        (sealed,) = raw.execute("SELECT sealed FROM addresses").fetchone()
    assert b"o-very-own" not in sealed


def test_seen_again_the_address_is_kept_longer_and_after_its_time_it_is_forgotten(
    database: Database, clock: Clock
) -> None:
    addresses = Addresses(database, KEY, clock)
    addresses.remember("wechat", "gh_1", "p1", "o-1", days=2)
    clock.advance(86_400)
    addresses.remember("wechat", "gh_1", "p1", "o-1", days=2)
    clock.advance(1.5 * 86_400)
    assert addresses.platform_id("wechat", "gh_1", "p1") == "o-1"
    clock.advance(86_400)
    assert addresses.platform_id("wechat", "gh_1", "p1") is None
    assert addresses.forget_expired() == 1
    with database.session() as session:
        assert session.query(AddressRow).count() == 0


def test_who_leaves_is_forgotten_at_once(database: Database, clock: Clock) -> None:
    addresses = Addresses(database, KEY, clock)
    addresses.remember("wechat", "gh_1", "p1", "o-1", days=2)
    addresses.forget("wechat", "gh_1", "p1")
    assert addresses.platform_id("wechat", "gh_1", "p1") is None


def test_under_another_key_an_address_is_unknown(database: Database, clock: Clock) -> None:
    Addresses(database, KEY, clock).remember("wechat", "gh_1", "p1", "o-1", days=2)
    assert Addresses(database, b"x" * 32, clock).platform_id("wechat", "gh_1", "p1") is None


def test_a_sealed_text_opens_only_where_it_belongs_and_only_whole() -> None:
    seal = Seal(KEY, "addresses")
    sealed = seal.close("o-1", "here")
    assert seal.open(sealed, "here") == "o-1"
    assert seal.open(sealed, "there") is None
    assert Seal(KEY, "tokens").open(sealed, "here") is None
    assert seal.open(sealed[:-1], "here") is None
    assert seal.open(b"", "here") is None
    assert seal.close("o-1", "here") != sealed
