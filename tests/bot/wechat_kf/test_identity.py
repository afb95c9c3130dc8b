from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.wechat_kf.identity import message_id, turn_and_part

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@given(st.integers(0, (1 << 128) - 1), st.integers(0, 500))
def test_an_id_fits_the_platform_and_leads_back(turn: int, part: int) -> None:
    made = message_id(f"{turn:032x}", part, NOW)
    assert re.fullmatch(r"[0-9a-zA-Z]{32}", made)
    assert turn_and_part(made) == (f"{turn:032x}", part)


def test_a_resend_has_another_id() -> None:
    turn = "0" * 31 + "1"
    assert message_id(turn, 0, NOW) != message_id(turn, 0, NOW + timedelta(milliseconds=1))


def test_ids_that_are_not_ours_lead_nowhere() -> None:
    assert turn_and_part("") is None
    assert turn_and_part("from_msgid_4622416642169452483") is None
    assert turn_and_part("Z" * 32) is None
