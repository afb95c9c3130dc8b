"""The bot as an operator gets it: settings read, service wired, doctor asked."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from api import home, wording
from api.app import create_app
from api.doctor import examine
from api.errors import SettingsInvalid
from api.settings import Settings, WebSettings, read_settings
from api.wiring import Assistant, open_assistant
from bot.simulators.telegram import TOKEN, TelegramPlatform
from bot.telegram.settings import TelegramSettings
from knowledge.settings import KnowledgeSettings
from tests.bot.telegram.conftest import ANN, until

QUESTION = "质量管理体系认证证书有效期几年"


class TestSettings:
    def test_without_a_token_there_is_no_bot(self) -> None:
        assert read_settings({}).telegram is None

    def test_a_token_is_enough_and_then_we_ask_for_messages(self) -> None:
        telegram = read_settings({"GUANGZHI_TELEGRAM_TOKEN": TOKEN}).telegram
        assert telegram is not None
        assert (telegram.account, telegram.webhook_url) == ("7000000001", None)
        assert TOKEN not in repr(telegram)

    @pytest.mark.parametrize("token", ["no colon", "abc:def", "123:"])
    def test_what_is_no_token_is_refused_without_repeating_it(self, token: str) -> None:
        with pytest.raises(SettingsInvalid) as refused:
            read_settings({"GUANGZHI_TELEGRAM_TOKEN": token})
        assert "GUANGZHI_TELEGRAM_TOKEN" in str(refused.value)
        assert token not in str(refused.value)

    def test_an_address_without_a_token_is_refused(self) -> None:
        with pytest.raises(SettingsInvalid, match="GUANGZHI_TELEGRAM_TOKEN"):
            read_settings({"GUANGZHI_TELEGRAM_WEBHOOK_URL": "https://kb.example.org/telegram"})


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder: Path = tmp_path_factory.mktemp("home")
    web = WebSettings(public_url="https://kb.example.org")
    opened = open_assistant(
        Settings(knowledge=KnowledgeSettings(home=folder, embedding="none"), web=web), home.take(folder)
    )
    yield opened
    opened.close()


@pytest.fixture
def platform() -> Iterator[TelegramPlatform]:
    platform = TelegramPlatform(time_scale=0.1)
    yield platform
    platform.close()


def with_bot(assistant: Assistant, platform: TelegramPlatform, **changes: object) -> Assistant:
    settings = TelegramSettings(token=SecretStr(TOKEN), api_url=platform.url, **changes)  # type: ignore[arg-type]
    return replace(assistant, settings=replace(assistant.settings, telegram=settings))


@pytest.mark.slow
class TestService:
    def test_a_serving_process_polls_and_answers_from_the_library(
        self, assistant: Assistant, platform: TelegramPlatform
    ) -> None:
        with TestClient(create_app(with_bot(assistant, platform))) as client:
            platform.say(ANN, QUESTION)
            until(lambda: platform.shown(ANN))
            assert client.post("/telegram", json={}).status_code in (404, 405)  # no door where none is called
        (shown,) = platform.shown(ANN)
        assert "三年" in shown.text or "3年" in shown.text
        assert "依据：" in shown.text
        assert {call.method for call in platform.calls} >= {"deleteWebhook", "setMyCommands", "getUpdates"}

    def test_with_a_webhook_the_door_is_open_to_who_knows_the_secret(
        self, assistant: Assistant, platform: TelegramPlatform
    ) -> None:
        bot = with_bot(assistant, platform, webhook_url="https://kb.example.org/telegram")
        with TestClient(create_app(bot)) as client:
            until(lambda: platform.made("setWebhook"))
            secret = platform.made("setWebhook")[0].params["secret_token"]
            expected = hmac.new(assistant.people.key, b"telegram webhook 7000000001", hashlib.sha256).hexdigest()
            assert secret == expected
            assert client.post("/telegram", json={"update_id": 1}).status_code == 403
            header = {"X-Telegram-Bot-Api-Secret-Token": secret}
            assert client.post("/telegram", json={"update_id": 1}, headers=header).status_code == 200
        assert platform.made("getUpdates") == []

    def test_doctor_names_the_bot_or_what_is_wrong(self, assistant: Assistant, platform: TelegramPlatform) -> None:
        def says(examined: Assistant) -> tuple[str, str]:
            (found,) = [one for one in examine(examined) if one.name == wording.DOCTOR_TELEGRAM]
            return found.health, found.says

        assert says(assistant) == ("ok", wording.TELEGRAM_OFF)
        assert says(with_bot(assistant, platform)) == ("ok", f"@{platform.username}，由本服务取消息")
        stranger = TelegramSettings(token=SecretStr("1:another"), api_url=platform.url)
        refused = replace(assistant, settings=replace(assistant.settings, telegram=stranger))
        assert says(refused) == ("failed", wording.TELEGRAM_TOKEN_REFUSED)
        url = platform.url
        platform.close()
        assert says(with_bot(assistant, platform)) == ("warning", wording.TELEGRAM_OUT_OF_REACH.format(url=url))
