"""The chat model's settings: off by default, refused by name, the key never shown."""

from __future__ import annotations

import pytest

from api.errors import SettingsInvalid
from api.settings import read_settings
from api.wiring import _generator as generator_of
from retrieval.generation.settings import ChatSettings, Prices
from tests.retrieval.generation.material import Memory

GIVEN = {"GUANGZHI_CHAT_MODEL": "deepseek-chat", "GUANGZHI_CHAT_URL": "https://example.org/v1"}


def test_no_model_is_configured_unless_somebody_does() -> None:
    assert read_settings({}).chat is None


def test_what_is_given_is_read() -> None:
    more = {
        "GUANGZHI_CHAT_TIMEOUT_SECONDS": "8",
        "GUANGZHI_CHAT_DAILY_TOKENS": "200000",
        "GUANGZHI_CHAT_PRICES": "2/8.5",
    }
    chat = read_settings(GIVEN | more).chat
    assert chat == ChatSettings("deepseek-chat", "https://example.org/v1", None, 8, 200_000, Prices(2.0, 8.5))
    plain = read_settings(GIVEN).chat
    assert plain is not None
    assert (plain.timeout_seconds, plain.daily_tokens) == (20, 0)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"GUANGZHI_CHAT_KEY": "k"}, "GUANGZHI_CHAT_MODEL"),
        ({"GUANGZHI_CHAT_MODEL": "deepseek-chat"}, "GUANGZHI_CHAT_URL"),
        (GIVEN | {"GUANGZHI_CHAT_PRICES": "便宜"}, "GUANGZHI_CHAT_PRICES"),
        (GIVEN | {"GUANGZHI_CHAT_TIMEOUT_SECONDS": "0"}, "GUANGZHI_CHAT_TIMEOUT_SECONDS"),
        (GIVEN | {"GUANGZHI_CHAT_URL": "example.org"}, "GUANGZHI_CHAT_URL"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(given: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsInvalid, match=named):
        read_settings(given)


def test_the_key_is_not_shown() -> None:
    assert "sk-hidden" not in repr(read_settings(GIVEN | {"GUANGZHI_CHAT_KEY": "sk-hidden"}))


def test_the_wiring_makes_a_generator_only_where_a_model_is_configured() -> None:
    assert generator_of(read_settings({}), Memory()) is None
    assert generator_of(read_settings(GIVEN | {"GUANGZHI_CHAT_KEY": "k"}), Memory()) is not None
    with pytest.raises(SettingsInvalid, match="GUANGZHI_CHAT_MODEL"):
        generator_of(read_settings({"GUANGZHI_CHAT_MODEL": "nobody:model"}), Memory())
