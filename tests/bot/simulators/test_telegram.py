"""The stand-in keeps Telegram's rules: asked directly, without our client."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from bot.simulators.telegram import TOKEN, Refused, TelegramPlatform, parse_html

ANN, GROUP = 55, -55


@pytest.fixture
def platform() -> Iterator[TelegramPlatform]:
    platform = TelegramPlatform(time_scale=0.1)
    yield platform
    platform.close()


def call(platform: TelegramPlatform, method: str, token: str = TOKEN, **params: Any) -> dict[str, Any]:
    answer = httpx.post(f"{platform.url}/bot{token}/{method}", data=params, trust_env=False)
    said: dict[str, Any] = answer.json()
    assert said["ok"] == (answer.status_code == 200)
    return said


def test_only_the_bots_own_token_opens_and_only_what_exists(platform: TelegramPlatform) -> None:
    assert call(platform, "getMe", token="1:x")["error_code"] == 401
    assert call(platform, "noSuchMethod")["error_code"] == 404
    assert call(platform, "getMe")["result"]["username"] == platform.username


def test_updates_come_until_an_offset_confirms_them(platform: TelegramPlatform) -> None:
    first, second = platform.say(ANN, "一"), platform.say(ANN, "二")
    for _ in range(2):
        assert [one["update_id"] for one in call(platform, "getUpdates")["result"]] == [first, second]
    assert [one["update_id"] for one in call(platform, "getUpdates", offset=second)["result"]] == [second]
    assert call(platform, "getUpdates", offset=second + 1)["result"] == []
    assert platform.quiet()


def test_with_a_webhook_nobody_may_poll(platform: TelegramPlatform) -> None:
    call(platform, "setWebhook", url="http://127.0.0.1:9/telegram")
    assert call(platform, "getUpdates")["error_code"] == 409


@pytest.mark.parametrize(
    "html", ["a < b", "<b>a", "a</b>", "<i><b>a</i></b>", "<div>a</div>", '<a href="x>a</a>', "<b", "1<2 und <b>3</b>"]
)
def test_html_it_cannot_read_is_refused(html: str) -> None:
    with pytest.raises(Refused, match="can't parse entities"):
        parse_html(html)


def test_html_it_can_read_is_counted_without_its_tags(platform: TelegramPlatform) -> None:
    assert parse_html('<b>1 &lt; 2</b> &amp; <a href="https://a.b/?c=1&amp;d=2">见</a>') == "1 < 2 & 见"
    fits = f'<a href="https://kb.example.org/evidence/1">{"字" * 4096}</a>'
    assert call(platform, "sendMessage", chat_id=ANN, text=fits, parse_mode="HTML")["ok"]
    over = call(platform, "sendMessage", chat_id=ANN, text="字" * 4097)
    assert over["description"] == "Bad Request: message is too long"


def test_who_is_too_fast_is_told_how_long_to_wait(platform: TelegramPlatform) -> None:
    platform.time_scale = 10  # whatever else this machine does, these calls are fast enough
    private = [call(platform, "sendMessage", chat_id=ANN, text=str(number)) for number in range(4)]
    assert [one["ok"] for one in private] == [True, True, True, False]
    assert private[-1]["parameters"]["retry_after"] >= 1
    group = [call(platform, "sendMessage", chat_id=GROUP, text=str(number)) for number in range(21)]
    assert [one["ok"] for one in group] == [True] * 20 + [False]


def test_an_edit_has_to_change_something_that_is_there(platform: TelegramPlatform) -> None:
    number = call(platform, "sendMessage", chat_id=ANN, text="一")["result"]["message_id"]
    same = call(platform, "editMessageText", chat_id=ANN, message_id=number, text="一")
    assert "message is not modified" in same["description"]
    assert call(platform, "editMessageText", chat_id=ANN, message_id=number, text="二")["ok"]
    gone = call(platform, "editMessageText", chat_id=ANN, message_id=number + 99, text="二")
    assert gone["description"] == "Bad Request: message to edit not found"


def test_who_blocked_the_bot_gets_nothing(platform: TelegramPlatform) -> None:
    platform.blocked.add(ANN)
    assert call(platform, "sendMessage", chat_id=ANN, text="一")["error_code"] == 403


def test_a_press_has_to_be_answered_in_time_and_a_button_is_small(platform: TelegramPlatform) -> None:
    query = platform.press_raw(ANN, 1, "s:1")
    assert call(platform, "answerCallbackQuery", callback_query_id=query)["ok"]
    platform._presses[query] -= 2  # twenty of Telegram's seconds
    assert "too old" in call(platform, "answerCallbackQuery", callback_query_id=query)["description"]
    markup = json.dumps({"inline_keyboard": [[{"text": "x", "callback_data": "d" * 65}]]})
    assert (
        "BUTTON_DATA_INVALID"
        in call(platform, "sendMessage", chat_id=ANN, text="一", reply_markup=markup)["description"]
    )
