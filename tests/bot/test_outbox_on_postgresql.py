"""Outbox, addresses and access tokens on PostgreSQL: what rests on locks and leases must hold there as well."""

from __future__ import annotations

import pytest

from tests.bot.test_addresses import (
    test_an_address_comes_back_for_its_person_and_nobody_else,
    test_seen_again_the_address_is_kept_longer_and_after_its_time_it_is_forgotten,
    test_under_another_key_an_address_is_unknown,
    test_who_leaves_is_forgotten_at_once,
)
from tests.bot.test_outbox import TestClaiming, TestPosting, TestPutting, TestSending, courier, outbox, platform
from tests.bot.test_tokens import (
    test_a_failed_fetch_lets_the_next_one_try,
    test_a_token_the_platform_refused_is_fetched_anew_and_only_once,
    test_a_worker_that_died_while_fetching_is_waited_for_and_then_replaced,
    test_asked_by_many_at_once_it_is_fetched_once,
    test_it_is_renewed_before_it_expires,
    test_while_another_renews_the_old_one_is_used,
    test_workers_share_one_token,
    worker,
)
from tests.bot.test_turns_on_postgresql import database, server

__all__ = [
    "TestClaiming",
    "TestPosting",
    "TestPutting",
    "TestSending",
    "courier",
    "database",
    "outbox",
    "platform",
    "server",
    "test_a_failed_fetch_lets_the_next_one_try",
    "test_a_token_the_platform_refused_is_fetched_anew_and_only_once",
    "test_a_worker_that_died_while_fetching_is_waited_for_and_then_replaced",
    "test_an_address_comes_back_for_its_person_and_nobody_else",
    "test_asked_by_many_at_once_it_is_fetched_once",
    "test_it_is_renewed_before_it_expires",
    "test_seen_again_the_address_is_kept_longer_and_after_its_time_it_is_forgotten",
    "test_under_another_key_an_address_is_unknown",
    "test_while_another_renews_the_old_one_is_used",
    "test_who_leaves_is_forgotten_at_once",
    "test_workers_share_one_token",
    "worker",
]

pytestmark = pytest.mark.slow
