from __future__ import annotations

from pathlib import Path

import pytest

from api.errors import SettingsInvalid
from api.settings import VARIABLES, read_settings
from api.wiring import settings_from_environment

AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


def test_a_mistyped_name_is_refused_and_the_near_one_offered() -> None:
    with pytest.raises(SettingsInvalid, match=r"GUANGZHI_EMBEDING.*GUANGZHI_EMBEDDING？"):
        read_settings({"GUANGZHI_EMBEDING": "none"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GUANGZHI_PORT", "八千"),
        ("GUANGZHI_PORT", "70000"),
        ("GUANGZHI_EMBEDDING", "openai"),
        ("GUANGZHI_CHROMA_URL", "localhost:8001"),
        ("GUANGZHI_SECRET_KEY", "short"),
        ("GUANGZHI_LOG_LEVEL", "chatty"),
        ("GUANGZHI_API_OPEN", "yes"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(SettingsInvalid, match=name):
        read_settings({name: value})


def test_a_broken_wechat_key_is_refused_without_being_repeated() -> None:
    with pytest.raises(SettingsInvalid) as refusal:
        read_settings({"GUANGZHI_WECHAT_TOKEN": "t", "GUANGZHI_WECHAT_AES_KEY": "not-a-key-but-secret"})
    assert "secret" not in str(refusal.value)


def test_wechat_without_its_token_is_refused() -> None:
    with pytest.raises(SettingsInvalid, match="GUANGZHI_WECHAT_TOKEN"):
        read_settings({"GUANGZHI_WECHAT_APP_ID": "wx1"})


def test_nothing_set_is_a_local_service_that_needs_no_network() -> None:
    settings = read_settings({"PATH": "/bin", "GUANGZHI_CONTACT": ""})
    assert (settings.web.host, settings.web.port, settings.wechat, settings.contact) == ("127.0.0.1", 8000, None, None)
    assert settings.knowledge.embedding == "builtin"


def test_an_aes_key_makes_the_account_encrypted() -> None:
    given = {"GUANGZHI_WECHAT_TOKEN": "t", "GUANGZHI_WECHAT_APP_ID": "wx1", "GUANGZHI_WECHAT_AES_KEY": AES_KEY}
    settings = read_settings(given)
    assert settings.wechat is not None
    assert settings.wechat.mode == "safe"


def test_secrets_are_not_shown() -> None:
    secret = "0123456789abcdef-secret"
    given = {"GUANGZHI_SECRET_KEY": secret, "GUANGZHI_WECHAT_TOKEN": secret, "GUANGZHI_EMBEDDING_KEY": secret}
    assert secret not in repr(read_settings(given))


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("GUANGZHI_PORT=9001\nGUANGZHI_CONTACT=秘书处\nOTHER=1\n", "utf-8")
    monkeypatch.setenv("GUANGZHI_PORT", "9002")
    settings = settings_from_environment(tmp_path)
    assert (settings.web.port, settings.contact) == (9002, "秘书处")


def test_the_example_file_names_every_variable() -> None:
    example = (Path(__file__).parents[2] / ".env.example").read_text("utf-8")
    assert [name for name in VARIABLES if f"{name}=" not in example] == []


def test_programs_need_a_key_unless_the_operator_says_that_local_ones_do_not() -> None:
    assert read_settings({}).api_open is False
    assert read_settings({"GUANGZHI_API_OPEN": "local"}).api_open is True
