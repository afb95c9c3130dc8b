"""Quotas counted by PostgreSQL as by SQLite. Skipped where no server is installed."""

from __future__ import annotations

import pytest

from tests.api.test_keys import (
    clock,
    keys,
    test_a_key_is_found_by_itself_and_by_nothing_else,
    test_a_revoked_key_opens_nothing_and_is_still_listed,
    test_counts_of_long_ago_are_tidied_away,
    test_the_day_is_a_limit_and_what_it_refuses_is_not_counted,
    test_the_minute_is_a_limit_and_the_next_minute_begins_anew,
    test_workers_that_ask_at_once_share_one_quota,
)
from tests.bot.test_turns_on_postgresql import database, server

__all__ = [
    "clock",
    "database",
    "keys",
    "server",
    "test_a_key_is_found_by_itself_and_by_nothing_else",
    "test_a_revoked_key_opens_nothing_and_is_still_listed",
    "test_counts_of_long_ago_are_tidied_away",
    "test_the_day_is_a_limit_and_what_it_refuses_is_not_counted",
    "test_the_minute_is_a_limit_and_the_next_minute_begins_anew",
    "test_workers_that_ask_at_once_share_one_quota",
]

pytestmark = pytest.mark.slow
