"""The chat inside WeChat: anonymous, or as the person whom the official account knows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, Page, expect
from pydantic import SecretStr

from api.app import create_app
from api.errors import SettingsInvalid
from api.h5_login import PASS_SECONDS, STATE_SECONDS, H5Login
from api.settings import LoginSettings, read_settings
from api.wiring import Assistant, Channels, open_channels
from bot.messages import IncomingMessage
from tests.api.web.serving import Serving, free_port
from tests.api.web.test_page import SIDEWAYS, serious
from tests.api.web.wechat_platform import APP_ID, SECRET, Platform
from tests.fakes.dialogue import ScriptedDialogue

ACCOUNT = "gh_0123456789ab"
WECHAT = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36 MicroMessenger/8.0.50"
FROM_WECHAT = {"User-Agent": WECHAT}


@dataclass
class World:
    """The service, the platform on a real socket, and somebody's browser inside WeChat."""

    client: TestClient
    platform: Platform
    channels: Channels
    dialogue: ScriptedDialogue
    assistant: Assistant

    @property
    def person(self) -> str:
        return self.assistant.people.person("wechat", ACCOUNT, self.platform.openid)

    def leave_for_the_platform(self) -> str:
        """The address, with code and state, that the platform sends the browser back to."""
        away = self.client.get("/h5", headers=FROM_WECHAT)
        assert away.status_code == 302
        return httpx.get(away.headers["location"]).headers["location"]

    def log_in(self) -> httpx.Response:
        return self.client.get(self.leave_for_the_platform(), headers=FROM_WECHAT)

    def ask(self, message: str, key: str = "k1") -> str:
        """The turn's id."""
        asked = {"message": message, "key": key, "conversation": "c"}
        return re.search(r'"turn": "(\w+)"', self.client.post("/api/chat", json=asked).text)[1]  # type: ignore[index]


@pytest.fixture
def platform() -> Platform:
    return Platform(openid=f"o{uuid4().hex}")


@pytest.fixture
def world(assistant: Assistant, platform: Platform) -> Iterator[World]:
    with Serving(platform.app()) as there:
        login = LoginSettings(ACCOUNT, APP_ID, SecretStr(SECRET), there.address, there.address)
        web = replace(assistant.settings.web, public_url="http://127.0.0.1:9")
        dialogue = ScriptedDialogue()
        known = replace(assistant, dialogue=dialogue, settings=replace(assistant.settings, h5=login, web=web))
        channels = open_channels(known)
        with TestClient(
            create_app(known, channels=channels), base_url="http://127.0.0.1:9", follow_redirects=False
        ) as client:
            yield World(client, platform, channels, dialogue, known)


# ── refusals first ─────────────────────────────────────


def test_a_state_is_taken_once(world: World) -> None:
    back = world.leave_for_the_platform()
    cookies = dict(world.client.cookies)
    assert world.client.get(back).status_code == 303
    world.client.cookies.clear()
    world.client.cookies.update(cookies)
    world.platform.used.clear()  # as if the platform took the code again
    again = world.client.get(back)
    assert again.status_code == 403
    assert "已经用过" in again.text
    assert "guangzhi_h5" not in again.headers.get("set-cookie", "")


def test_a_state_made_for_another_browser_is_refused(world: World) -> None:
    back = world.leave_for_the_platform()
    world.client.cookies.clear()
    assert world.client.get(back).status_code == 403
    world.client.get("/h5", headers=FROM_WECHAT)
    assert world.client.get(back).status_code == 403


def test_a_state_that_was_changed_or_made_up_is_refused_before_the_platform_is_asked(world: World) -> None:
    back = world.leave_for_the_platform()
    state = parse_qs(urlsplit(back).query)["state"][0]
    for other in ("0" * 80, "ffffffff" + state[8:], state[:-1] + ("0" if state[-1] != "0" else "1"), "", state + "0"):
        assert world.client.get("/h5/back", params={"code": "code0", "state": other}).status_code == 403
    assert world.platform.used == set()


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (40029, "再试一次"),
        (40163, "再试一次"),
        (40125, "管理员"),
        (40013, "管理员"),
        (-1, "稍后再试"),
        ("page", "稍后再试"),
    ],
)
def test_what_the_platform_refuses_is_told_in_words_with_a_way_on(world: World, trouble: int | str, words: str) -> None:
    world.platform.trouble = trouble
    answer = world.log_in()
    assert answer.status_code == 403
    assert words in answer.text
    assert 'href="/h5?anonymous=1"' in answer.text
    assert SECRET not in answer.text
    assert world.client.get("/h5?anonymous=1", headers=FROM_WECHAT).status_code == 200


def test_a_platform_that_cannot_be_reached_is_told_in_words_and_never_by_its_address(
    world: World, capfd: pytest.CaptureFixture[str]
) -> None:
    with free_port() as closed:
        nowhere = f"http://127.0.0.1:{closed.getsockname()[1]}"
    back = world.leave_for_the_platform()
    assert world.assistant.settings.h5 is not None
    settings = replace(world.assistant.settings, h5=replace(world.assistant.settings.h5, api_url=nowhere))
    with TestClient(create_app(replace(world.assistant, settings=settings)), base_url="http://127.0.0.1:9") as client:
        client.cookies.update(dict(world.client.cookies))
        answer = client.get(back)
    assert answer.status_code == 403
    assert "连不上微信" in answer.text
    out, err = capfd.readouterr()
    assert SECRET not in answer.text + out + err


def test_a_pass_that_was_changed_or_is_too_old_admits_nobody(world: World) -> None:
    world.log_in()
    held = world.client.cookies["guangzhi_h5"]
    assert world.assistant.settings.h5 is not None
    now = [1_800_000_000.0]
    login = H5Login(world.assistant.settings.h5, world.assistant.people, "http://127.0.0.1:9", clock=lambda: now[0])
    made = login.pass_for(world.person)
    assert login.holder(made) == world.person
    for other in ("", held[:-1], held[:-1] + ("0" if held[-1] != "0" else "1"), "f" * len(held), "0" * 64 + made[64:]):
        assert login.holder(other) is None
    now[0] += PASS_SECONDS + 1
    assert login.holder(made) is None


async def _person(login: H5Login, state: str) -> str:
    return await login.person("code", state, "browser")


def test_a_state_is_good_for_ten_minutes(world: World) -> None:
    import anyio

    from api.errors import LoginFailed

    assert world.assistant.settings.h5 is not None
    now = [1_800_000_000.0]
    login = H5Login(world.assistant.settings.h5, world.assistant.people, "http://127.0.0.1:9", clock=lambda: now[0])
    state = parse_qs(urlsplit(login.way_there("browser")).query)["state"][0]
    now[0] += STATE_SECONDS + 1
    with pytest.raises(LoginFailed, match="过期"):
        anyio.run(_person, login, state)


def test_nobody_reads_the_answers_of_another_person_of_the_account(world: World) -> None:
    message = IncomingMessage("wechat", ACCOUNT, "another", "m1", "别人的问题")
    turn = world.channels.runner.answer(message, 5)
    world.log_in()
    assert world.client.get(f"/api/turns/{turn.id}").status_code == 404
    own = world.ask("我的问题")
    assert world.client.get(f"/api/turns/{own}").status_code == 200
    world.client.cookies.clear()
    assert world.client.get(f"/api/turns/{own}").status_code == 404


@pytest.mark.parametrize("missing", ["GUANGZHI_WECHAT_APP_ID", "GUANGZHI_WECHAT_APP_SECRET", "GUANGZHI_PUBLIC_URL"])
def test_a_login_that_lacks_a_setting_is_refused_by_its_name(missing: str) -> None:
    given = {
        "GUANGZHI_H5_ACCOUNT": ACCOUNT,
        "GUANGZHI_WECHAT_TOKEN": "t",
        "GUANGZHI_WECHAT_APP_ID": APP_ID,
        "GUANGZHI_WECHAT_APP_SECRET": SECRET,
        "GUANGZHI_PUBLIC_URL": "https://kb.example.org",
    }
    read = read_settings(given)
    assert read.h5 is not None
    assert read.h5.account == ACCOUNT
    assert SECRET not in repr(read.h5)
    with pytest.raises(SettingsInvalid, match=missing):
        read_settings({name: value for name, value in given.items() if name != missing})


# ── the way there and back ─────────────────────────────


def test_without_a_login_configured_everybody_is_anonymous(client: TestClient) -> None:
    page = client.get("/h5", headers=FROM_WECHAT)
    assert page.status_code == 200
    assert "退出登录" not in page.text
    assert client.get("/h5/back?code=x&state=y").status_code == 404


@pytest.mark.parametrize("agent", ["Mozilla/5.0 Chrome/126.0", WECHAT + " wxwork/4.1.28"])
def test_outside_wechat_nobody_is_sent_to_its_login(world: World, agent: str) -> None:
    assert world.client.get("/h5", headers={"User-Agent": agent}).status_code == 200


def test_who_comes_back_is_the_person_who_writes_to_the_account(world: World) -> None:
    answer = world.log_in()
    assert (answer.status_code, answer.headers["location"]) == (303, "/h5")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert world.platform.openid not in cookie
    assert "退出登录" in world.client.get("/h5", headers=FROM_WECHAT).text
    world.ask("证书有效期几年")
    message, _history = world.dialogue.asked[-1]
    assert (message.channel, message.account, message.person) == ("wechat", ACCOUNT, world.person)


def test_the_history_is_one_whichever_way_it_was_asked(world: World) -> None:
    said = IncomingMessage("wechat", ACCOUNT, world.person, "m1", "在公众号里问的")
    world.channels.runner.answer(said, 5)
    world.log_in()
    world.ask("在网页里问的")
    _message, history = world.dialogue.asked[-1]
    assert [exchange.question for exchange in history] == ["在公众号里问的"]
    world.channels.runner.answer(IncomingMessage("wechat", ACCOUNT, world.person, "m2", "又在公众号里问的"), 5)
    _message, history = world.dialogue.asked[-1]
    assert [exchange.question for exchange in history] == ["在公众号里问的", "在网页里问的"]


def test_what_the_page_has_shown_is_not_offered_again_by_the_account(world: World) -> None:
    world.log_in()
    turn = world.channels.runner.turns.get(world.ask("在网页里问的"))
    assert turn.handed_over == "inline"
    assert turn.fetched_at is not None


def test_the_same_key_joins_the_same_turn_and_two_people_may_use_it(world: World) -> None:
    world.log_in()
    first = world.ask("在网页里问的", "k")
    assert world.ask("在网页里问的", "k") == first
    world.client.post("/h5/leave")
    assert world.ask("在网页里问的", "k") != first


def test_who_leaves_is_anonymous_again_and_not_sent_to_the_login_at_once(world: World) -> None:
    world.log_in()
    leaving = world.client.post("/h5/leave", headers=FROM_WECHAT)
    assert leaving.headers["location"] == "/h5?anonymous=1"
    page = world.client.get(leaving.headers["location"], headers=FROM_WECHAT)
    assert page.status_code == 200
    assert "退出登录" not in page.text
    world.ask("证书有效期几年")
    assert world.dialogue.asked[-1][0].channel == "web"


def test_by_https_the_cookies_insist_on_it(world: World) -> None:
    web = replace(world.assistant.settings.web, public_url="https://kb.example.org")
    with TestClient(
        create_app(replace(world.assistant, settings=replace(world.assistant.settings, web=web)))
    ) as client:
        away = client.get("/h5", headers=FROM_WECHAT, follow_redirects=False)
    assert "Secure" in away.headers["set-cookie"]
    asked = parse_qs(urlsplit(away.headers["location"]).query)
    assert asked["redirect_uri"] == ["https://kb.example.org/h5/back"]
    assert away.headers["location"].endswith("#wechat_redirect")
    assert away.headers["cache-control"] == "no-store"


# ── in a browser ───────────────────────────────────────


@pytest.fixture
def phone(assistant: Assistant, platform: Platform, browser: Browser) -> Iterator[Page]:
    """A page inside WeChat, 360 wide, in front of the real service with its login."""
    listening = free_port()
    here = f"http://127.0.0.1:{listening.getsockname()[1]}"
    with Serving(platform.app()) as there:
        login = LoginSettings(ACCOUNT, APP_ID, SecretStr(SECRET), there.address, there.address)
        web = replace(assistant.settings.web, public_url=here)
        app = create_app(replace(assistant, settings=replace(assistant.settings, h5=login, web=web)))
        with Serving(app, listening):
            context = browser.new_context(
                viewport={"width": 360, "height": 740}, user_agent=WECHAT, is_mobile=True, has_touch=True, base_url=here
            )
            page = context.new_page()
            page.goto("/h5")
            yield page
            context.close()


@pytest.mark.slow
def test_opening_the_menu_logs_in_without_a_trace_in_the_history(phone: Page) -> None:
    expect(phone.get_by_role("button", name="退出登录")).to_be_visible()
    assert urlsplit(phone.url).path == "/h5"
    assert phone.evaluate("history.length") == 2  # about:blank and the page: back leaves, and does not log in again
    phone.get_by_role("button", name="退出登录").click()
    expect(phone.get_by_role("button", name="退出登录")).to_have_count(0)


@pytest.mark.slow
def test_a_welcome_longer_than_the_screen_opens_at_its_beginning(phone: Page) -> None:
    phone.set_viewport_size({"width": 360, "height": 480})
    phone.reload()
    expect(phone.locator("#welcome-title")).to_be_in_viewport(ratio=1)
    assert phone.evaluate("document.querySelector('#talk').scrollTop") == 0


@pytest.mark.slow
def test_back_from_a_source_leads_to_the_same_place_of_the_conversation(phone: Page) -> None:
    phone.locator("#question").fill("什么是质量追溯")
    phone.locator(".send").tap()
    expect(phone.locator(".citation").first).to_be_visible()
    phone.get_by_role("link", name="查看原文").first.tap()
    expect(phone.locator("#quote")).to_be_in_viewport()
    phone.go_back()
    expect(phone.locator(".citation").first).to_be_visible()
    assert urlsplit(phone.url).path == "/h5"
    phone.get_by_role("link", name="查看原文").first.tap()
    phone.get_by_role("link", name="返回对话").tap()
    expect(phone.locator(".citation").first).to_be_visible()
    assert urlsplit(phone.url).path == "/h5"


@pytest.mark.slow
@pytest.mark.parametrize("percent", [80, 160])
def test_the_font_size_of_wechat_is_followed_and_nothing_runs_off_the_side(phone: Page, percent: int) -> None:
    phone.locator("#question").fill("质量管理体系认证证书有效期几年")
    phone.locator(".send").tap()
    expect(phone.locator(".citation").first).to_be_visible()
    width = "document.querySelector('.question').firstChild && (() => { const r = document.createRange(); r.selectNodeContents(document.querySelector('.chip')); return r.getBoundingClientRect().width })()"
    before = phone.evaluate(width)
    # What WeChat does on iOS. On Android its WebView scales every text by as much.
    phone.evaluate("p => { document.body.style.webkitTextSizeAdjust = p + '%' }", percent)
    phone.wait_for_timeout(200)
    assert phone.evaluate(width) == pytest.approx(before * percent / 100, rel=0.1)
    assert not phone.evaluate(SIDEWAYS)
    clipped = (
        "(() => { const box = document.querySelector('#question'); return box.scrollHeight > box.clientHeight })()"
    )
    assert not phone.evaluate(clipped)
    for control in ("#question", ".send", "#clear"):
        expect(phone.locator(control)).to_be_in_viewport(ratio=1)


@pytest.mark.slow
def test_everything_a_finger_needs_is_there_without_hovering(phone: Page) -> None:
    phone.locator("#question").fill("质量管理体系认证证书有效期几年")
    phone.locator(".send").tap()
    expect(phone.locator(".citation").first).to_be_visible()
    small = phone.evaluate(
        """() => [...document.querySelectorAll('button, a[href], summary')]
            .filter((one) => one.offsetParent && !one.closest('.skip') && one.getBoundingClientRect().height < 32)
            .map((one) => one.textContent)"""
    )
    assert small == []
    rules = phone.evaluate(
        """() => [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules])
            .filter((rule) => rule.selectorText && rule.selectorText.includes(':hover')).map((rule) => rule.cssText)"""
    )
    assert rules == []  # all of them stand under (hover: hover)


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_the_phone(phone: Page, platform: Platform, scheme: str) -> None:
    phone.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    found = serious(phone)
    phone.locator("#question").fill("质量管理体系认证证书有效期几年")
    phone.locator(".send").tap()
    expect(phone.locator(".citation").first).to_be_visible()
    found += serious(phone)
    platform.trouble = 40125
    phone.context.clear_cookies()
    phone.goto("/h5")
    expect(phone.locator("h1")).to_have_text("没能用微信登录")
    found += serious(phone)
    assert found == []
