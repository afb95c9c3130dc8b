"""The stand-in must be as strict as what it stands in for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from bot.simulators.wechat_api import SEND, STABLE_TOKEN, TOKEN, WeChatApiServer


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def api(clock: Clock) -> Iterator[WeChatApiServer]:
    with WeChatApiServer("wx-1", "secret", clock=clock) as api:
        yield api


def post(api: WeChatApiServer, path: str, body: dict[str, Any], **query: str) -> dict[str, Any]:
    told: dict[str, Any] = httpx.post(f"{api.url}{path}", params=query, json=body, trust_env=False).json()
    return told


def token(api: WeChatApiServer, **changes: Any) -> str:
    asked = {"grant_type": "client_credential", "appid": "wx-1", "secret": "secret", **changes}
    return str(post(api, STABLE_TOKEN, asked).get("access_token", ""))


def send(api: WeChatApiServer, text: str = "好", to: str = "o-1", key: str = "") -> int:
    body = {"touser": to, "msgtype": "text", "text": {"content": text}}
    return int(post(api, SEND, body, access_token=key or token(api))["errcode"])


def test_the_stable_token_is_the_same_for_all_and_another_one_by_force(api: WeChatApiServer) -> None:
    assert token(api) == token(api)
    old = token(api)
    assert token(api, force_refresh=True) != old
    api.contact("o-1", "message")
    assert send(api, key=old) == 42001


def test_the_plain_token_ends_the_one_before(api: WeChatApiServer) -> None:
    query = {"appid": "wx-1", "secret": "secret"}
    first, second = (
        httpx.get(f"{api.url}{TOKEN}", params=query, trust_env=False).json()["access_token"] for _ in range(2)
    )
    api.contact("o-1", "message")
    assert (send(api, key=first), send(api, key=second)) == (42001, 0)


def test_a_token_of_nobody_and_one_that_ran_out_are_told_apart(api: WeChatApiServer, clock: Clock) -> None:
    mine = token(api)
    clock.now += 7201
    assert (send(api, key="nobody's"), send(api, key=mine)) == (40001, 42001)


@pytest.mark.parametrize(("changes", "code"), [({"secret": "x"}, 40125), ({"appid": "wx-2"}, 40013)])
def test_who_does_not_know_the_secret_gets_no_token(api: WeChatApiServer, changes: dict[str, str], code: int) -> None:
    assert token(api, **changes) == ""
    assert api.codes == [code]


def test_five_messages_after_one_of_theirs_and_not_after_two_days(api: WeChatApiServer, clock: Clock) -> None:
    assert send(api) == 40003
    api.contact("o-1", "message")
    assert [send(api) for _ in range(6)] == [0] * 5 + [45047]
    api.contact("o-1", "message")
    assert send(api) == 0
    clock.now += 48 * 3600 + 1
    assert send(api) == 45015


def test_three_within_a_minute_of_a_click(api: WeChatApiServer, clock: Clock) -> None:
    api.contact("o-1", "event")
    assert [send(api) for _ in range(4)] == [0, 0, 0, 45047]
    api.contact("o-1", "event")
    clock.now += 61
    assert send(api) == 45015


def test_who_left_gets_nothing(api: WeChatApiServer) -> None:
    api.contact("o-1", "message")
    api.contact("o-1", "leave")
    assert send(api) == 45015


def test_a_text_too_long_or_empty_is_refused(api: WeChatApiServer) -> None:
    api.contact("o-1", "message")
    assert (send(api, "长" * 683), send(api, "")) == (45002, 44004)
    assert api.screens.of("o-1") == []


def test_the_calls_of_a_day_are_counted(clock: Clock) -> None:
    with WeChatApiServer("wx-1", "secret", clock=clock, calls_a_day=1) as api:
        api.contact("o-1", "message")
        assert (send(api), send(api)) == (0, 45009)


def test_a_message_whose_answer_is_lost_was_taken(api: WeChatApiServer) -> None:
    api.contact("o-1", "message")
    api.plan("lose")
    key = token(api)
    with pytest.raises(httpx.HTTPError):
        send(api, key=key)
    assert [one.text for one in api.screens.of("o-1")] == ["好"]
    api.plan("drop")
    with pytest.raises(httpx.HTTPError):
        send(api, key=key)
    assert len(api.taken) == 1
