"""What an operator writes into the environment for WeCom and customer service, and what is said about mistakes."""

from __future__ import annotations

import pytest

from api.errors import SettingsInvalid
from api.settings import read_settings
from bot.simulators.wecom import AES_KEY, CORP_ID

APPLICATION = {
    "GUANGZHI_WECOM_CORP_ID": CORP_ID,
    "GUANGZHI_WECOM_AGENT_ID": "1000002",
    "GUANGZHI_WECOM_SECRET": "the-app-secret",
    "GUANGZHI_WECOM_TOKEN": "the-token",
    "GUANGZHI_WECOM_AES_KEY": AES_KEY,
}
ROBOT = {"GUANGZHI_WECOM_BOT_TOKEN": "the-token", "GUANGZHI_WECOM_BOT_AES_KEY": AES_KEY}
KF = {
    "GUANGZHI_KF_CORP_ID": CORP_ID,
    "GUANGZHI_KF_SECRET": "the-kf-secret",
    "GUANGZHI_KF_TOKEN": "the-token",
    "GUANGZHI_KF_AES_KEY": AES_KEY,
}


def test_nothing_given_opens_no_door() -> None:
    settings = read_settings({})
    assert (settings.wecom, settings.wecom_bot, settings.wechat_kf) == (None, None, None)


def test_each_door_opens_by_itself() -> None:
    assert read_settings(APPLICATION).wecom is not None
    assert read_settings(ROBOT).wecom_bot is not None
    assert read_settings(KF).wechat_kf is not None
    assert read_settings(KF).wecom is None


def test_customer_service_takes_the_companys_id_from_the_application() -> None:
    given = {**APPLICATION, **{name: value for name, value in KF.items() if name != "GUANGZHI_KF_CORP_ID"}}
    settings = read_settings(given)
    assert settings.wechat_kf is not None
    assert settings.wechat_kf.corp_id == CORP_ID


def test_text_instead_of_markdown_is_a_choice() -> None:
    settings = read_settings({**APPLICATION, "GUANGZHI_WECOM_FORMAT": "text"})
    assert settings.wecom is not None
    assert not settings.wecom.markdown


@pytest.mark.parametrize("complete", [APPLICATION, ROBOT, KF])
def test_what_is_missing_is_named(complete: dict[str, str]) -> None:
    for name in complete:
        with pytest.raises(SettingsInvalid, match=name):
            read_settings({other: value for other, value in complete.items() if other != name})


@pytest.mark.parametrize("complete", [APPLICATION, ROBOT, KF])
def test_a_wrong_key_is_told_without_repeating_it(complete: dict[str, str]) -> None:
    wrong = {name: "not-43-letters" if name.endswith("AES_KEY") else value for name, value in complete.items()}
    with pytest.raises(SettingsInvalid) as told:
        read_settings(wrong)
    assert "EncodingAESKey" in str(told.value)
    assert "not-43-letters" not in str(told.value)
    assert "the-" not in str(told.value)


def test_secrets_are_not_in_the_settings_own_description() -> None:
    described = repr(read_settings({**APPLICATION, **ROBOT, **KF}))
    assert "secret" not in described.replace("secret=SecretStr", "").replace("secret_key", "").replace("app_secret", "")
    assert AES_KEY not in described
