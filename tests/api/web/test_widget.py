"""The widget in a real browser: on a page of another site, against the real service."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Frame, FrameLocator, Locator, Page, expect

from api.app import create_app
from api.wiring import Assistant
from tests.api.web.conftest import CHROMIUM, QUIET
from tests.api.web.host_page import HOSTILE, SHIELD, HostPage
from tests.api.web.serving import Serving, free_port
from tests.api.web.test_page import serious
from tests.fakes.dialogue import ScriptedDialogue

pytestmark = pytest.mark.slow

QUESTION = "质量管理体系认证证书有效期几年"
GREEN = (11, 107, 100)  # #0b6b64
STORED = "(() => { try { localStorage.setItem('probe', 'kept'); return localStorage.getItem('probe') } catch { return 'denied' } })()"
WITH_STORAGE = ["--disable-features=TrackingProtection3pcd,ForceThirdPartyCookieBlocking"]


@dataclass
class Sites:
    """The service by its number, the allowed host page by its name: another site to the browser, not only a port."""

    service: Serving
    foreign: Serving
    page: HostPage
    dialogue: ScriptedDialogue
    gates: list[Event] = field(default_factory=list)

    def hold(self, question: str) -> Event:
        """Answered once the event is set, at the latest when the test is over."""
        self.gates.append(self.dialogue.hold(question))
        return self.gates[-1]

    @property
    def allowed(self) -> str:
        return self.foreign.named

    @property
    def refused(self) -> str:
        return self.foreign.address


@dataclass
class Guest:
    """Somebody on the host page."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type != "log" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    @property
    def launch(self) -> Locator:
        return self.page.locator("guangzhi-widget .launch")

    @property
    def panel(self) -> Locator:
        return self.page.get_by_role("dialog")

    @property
    def chat(self) -> FrameLocator:
        return self.page.frame_locator("guangzhi-widget iframe")

    @property
    def frame(self) -> Frame:
        return next(one for one in self.page.frames if "/widget?" in one.url)

    def visit(self, address: str) -> None:
        # The host pages of these tests have no icon; the browser's complaint about that is not ours.
        self.page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
        self.page.goto(address)
        self.launch.wait_for(state="attached")

    def open(self) -> None:
        self.launch.click()
        self.chat.locator("html.ready").wait_for()

    def ask(self, question: str = QUESTION) -> None:
        self.chat.locator("html.ready").wait_for()
        self.chat.locator("#question").fill(question)
        self.chat.locator("#question").press("Enter")


Open = Callable[..., Guest]


@pytest.fixture
def sites(assistant: Assistant) -> Iterator[Sites]:
    listening = free_port()
    page, dialogue = HostPage(), ScriptedDialogue()
    web = replace(assistant.settings.web, widget_origins=(f"http://localhost:{listening.getsockname()[1]}",))
    app = create_app(replace(assistant, dialogue=dialogue, settings=replace(assistant.settings, web=web)))
    with Serving(app) as service, Serving(page.app(), listening) as foreign:
        page.service = service.address
        sites = Sites(service, foreign, page, dialogue)
        yield sites
        for gate in sites.gates:
            gate.set()


@pytest.fixture
def open_guest(browser: Browser, sites: Sites) -> Iterator[Open]:
    contexts: list[BrowserContext] = []

    def open_guest(width: int = 1200, height: int = 800, **given: object) -> Guest:
        context = browser.new_context(viewport={"width": width, "height": height}, **given)  # type: ignore[arg-type]
        context.set_default_timeout(10_000)
        contexts.append(context)
        return Guest(context.new_page())

    yield open_guest
    for context in contexts:
        context.close()


@pytest.fixture
def guest(open_guest: Open, sites: Sites) -> Guest:
    guest = open_guest()
    guest.visit(sites.allowed)
    return guest


# ── refusals first ─────────────────────────────────────


def test_a_site_that_was_not_allowed_sees_why_and_what_to_do(open_guest: Open, sites: Sites) -> None:
    guest = open_guest()
    guest.visit(sites.refused)
    guest.launch.click()
    expect(guest.chat.locator("h1")).to_have_text("这个网站还没有获准嵌入光质通。")
    expect(guest.chat.locator("main")).to_contain_text(sites.refused)
    expect(guest.chat.locator("main")).to_contain_text("GUANGZHI_WIDGET_ORIGINS")
    assert guest.chat.locator("#question").count() == 0
    guest.page.keyboard.press("Escape")
    expect(guest.launch).to_be_focused()


def test_a_site_that_lies_about_its_name_shows_no_chat(open_guest: Open, sites: Sites) -> None:
    guest = open_guest()
    guest.page.clock.install()
    guest.visit(sites.refused)
    guest.page.route(
        "**/widget?*", lambda route: route.continue_(url=f"{sites.service.address}/widget?host={sites.allowed}")
    )
    guest.launch.click()
    expect(guest.panel.get_by_role("status")).to_have_text("正在打开…")
    guest.page.wait_for_timeout(1000)
    guest.page.clock.fast_forward(16_000)
    expect(guest.panel.get_by_role("status")).to_contain_text("没有连上光质通")
    assert any("frame-ancestors" in said for said in guest.complaints)
    with suppress(Exception):  # whatever the frame holds now, it is not our page
        assert guest.page.frames[-1].locator("#question").count() == 0


def test_a_page_of_a_site_that_was_not_allowed_cannot_ask_through_the_api(open_guest: Open, sites: Sites) -> None:
    asking = """async (service) => {
        const body = JSON.stringify({ message: '问', key: 'k', conversation: 'c' });
        try { return (await fetch(service + '/api/chat', { method: 'POST', body })).status } catch (refused) { return 'refused' }
    }"""
    guest = open_guest()
    guest.visit(sites.refused)
    assert guest.page.evaluate(asking, sites.service.address) == "refused"
    assert sites.dialogue.asked == []
    guest.visit(sites.allowed)
    assert guest.page.evaluate(asking, sites.service.address) == 200


@pytest.mark.parametrize(
    "attributes",
    [
        'data-color="red;position:static"',
        'data-color="#12"',
        'data-position="top"',
        f'data-title="{"长" * 21}"',
        'data-title=" "',
    ],
)
def test_a_value_that_cannot_be_used_is_named_and_the_usual_one_taken(
    open_guest: Open, sites: Sites, attributes: str
) -> None:
    sites.page.attributes = attributes
    guest = open_guest()
    guest.visit(sites.allowed)
    expect(guest.launch).to_have_text("光质通")
    expect(guest.launch).to_have_css("background-color", "rgb(11, 107, 100)")
    box = guest.launch.bounding_box()
    assert box is not None
    assert box["x"] > 600
    assert any(attributes.split("=")[0] in said for said in guest.complaints)


def test_without_a_network_it_says_so_and_opens_when_it_is_back(guest: Guest) -> None:
    guest.page.context.set_offline(True)
    guest.launch.click()
    expect(guest.panel.get_by_role("status")).to_have_text("网络已断开。连上后会自动打开。")
    expect(guest.panel.get_by_role("button", name="再试一次")).to_be_visible()
    guest.page.context.set_offline(False)
    guest.ask()
    expect(guest.chat.locator(".citation")).to_have_count(1)


# ── on a page of another site ──────────────────────────


def test_a_question_is_answered_on_a_page_of_another_site(guest: Guest, sites: Sites) -> None:
    guest.open()
    guest.ask()
    expect(guest.chat.locator(".answer")).to_contain_text(QUESTION)
    assert sites.dialogue.questions == [QUESTION]
    assert all(cookie.get("partitionKey") for cookie in guest.page.context.cookies())  # none follows anyone elsewhere
    assert guest.complaints == []


def test_the_title_the_colour_and_the_side_are_the_host_pages_choice(open_guest: Open, sites: Sites) -> None:
    sites.page.attributes = 'data-title="质量问答" data-color="#FFD400" data-position="left"'
    guest = open_guest()
    guest.visit(sites.allowed)
    expect(guest.launch).to_have_text("质量问答")
    expect(guest.launch).to_have_css("background-color", "rgb(255, 212, 0)")
    expect(guest.launch).to_have_css("color", "rgb(0, 0, 0)")  # white would not be read on it
    box = guest.launch.bounding_box()
    assert box is not None
    assert box["x"] == 20
    guest.open()
    expect(guest.page.get_by_role("dialog", name="质量问答")).to_be_visible()
    assert guest.complaints == []


def test_a_script_included_twice_makes_one_button(open_guest: Open, sites: Sites) -> None:
    sites.page.after = f'<script src="{sites.service.address}/widget.js"></script>'
    guest = open_guest()
    guest.visit(sites.allowed)
    expect(guest.page.locator("guangzhi-widget")).to_have_count(1)


def test_a_strict_policy_of_the_host_needs_our_address_twice_and_nothing_else(open_guest: Open, sites: Sites) -> None:
    here = sites.service.address
    sites.page.policy = (
        f"default-src 'none'; script-src {here}; frame-src {here}; style-src 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )
    sites.page.style = ""
    guest = open_guest()
    guest.visit(sites.allowed)
    expect(guest.launch).to_have_css("background-color", "rgb(11, 107, 100)")
    guest.open()
    guest.ask()
    expect(guest.chat.locator(".citation")).to_have_count(1)
    assert guest.complaints == []


def test_hostile_styles_change_nothing(open_guest: Open, sites: Sites) -> None:
    plain, hostile = open_guest(), open_guest()
    plain.visit(sites.allowed)
    sites.page.style, sites.page.after = HOSTILE, f'<div style="{SHIELD}"></div>'
    hostile.visit(sites.allowed)
    expect(hostile.page.locator("#own")).to_be_hidden()  # the styles do what they can
    assert hostile.launch.bounding_box() == plain.launch.bounding_box()
    assert seen_at(hostile, 1200 - 60, 800 - 28) == GREEN
    hostile.open()
    hostile.ask()
    expect(hostile.chat.locator(".citation")).to_have_count(1)
    plain.open()
    frame = "guangzhi-widget iframe"
    assert hostile.page.locator(frame).bounding_box() == plain.page.locator(frame).bounding_box()
    assert seen_at(hostile, 1200 - 200, 800 - 635) == GREEN  # the bar above the chat
    size = "getComputedStyle(document.querySelector('.question')).fontSize"
    assert hostile.frame.evaluate(size) == "16px"


def test_hostile_styles_would_have_hidden_something_without_its_defence(open_guest: Open, sites: Sites) -> None:
    sites.page.style = HOSTILE
    guest = open_guest()
    guest.visit(sites.allowed)
    guest.page.evaluate("document.querySelector('guangzhi-widget').shadowRoot.adoptedStyleSheets = []")
    expect(guest.launch).not_to_be_visible()


def seen_at(guest: Guest, x: int, y: int) -> tuple[int, ...]:
    """The colour on the screen; the browser's own picture, for a clipped one is displaced on a right-to-left page."""
    session = guest.page.context.new_cdp_session(guest.page)
    picture = base64.b64decode(session.send("Page.captureScreenshot", {"format": "png"})["data"])
    return Image.open(io.BytesIO(picture)).convert("RGB").getpixel((x, y))  # type: ignore[return-value]


# ── keyboard and screen reader ─────────────────────────


def test_it_is_opened_used_and_left_with_the_keyboard_alone(guest: Guest) -> None:
    keyboard = guest.page.keyboard
    guest.page.locator("#own").focus()
    keyboard.press("Tab")
    expect(guest.launch).to_be_focused()
    keyboard.press("Enter")
    expect(guest.chat.locator("#question")).to_be_focused()
    keyboard.type(QUESTION)
    keyboard.press("Enter")
    expect(guest.chat.locator(".citation")).to_have_count(1)
    keyboard.press("Escape")
    expect(guest.panel).to_be_hidden()
    expect(guest.launch).to_be_focused()
    keyboard.press("Shift+Tab")
    expect(guest.page.locator("#own")).to_be_focused()
    keyboard.press("Tab")
    keyboard.press("Space")
    expect(guest.chat.locator("#question")).to_be_focused()
    expect(guest.chat.locator(".citation")).to_have_count(1)
    guest.page.get_by_role("button", name="收起").focus()
    keyboard.press("Enter")
    expect(guest.launch).to_be_focused()


def test_esc_while_an_input_method_composes_closes_nothing(guest: Guest) -> None:
    guest.open()
    guest.chat.locator("#question").dispatch_event("keydown", {"key": "Escape", "keyCode": 229, "bubbles": True})
    guest.page.wait_for_timeout(200)
    expect(guest.panel).to_be_visible()


def test_a_screen_reader_finds_a_named_button_and_a_named_dialog(guest: Guest) -> None:
    expect(guest.page.get_by_role("button", name="光质通", exact=True)).to_have_attribute("aria-haspopup", "dialog")
    expect(guest.page.get_by_role("dialog")).to_have_count(0)
    guest.open()
    expect(guest.page.get_by_role("dialog", name="光质通")).to_be_visible()
    assert guest.page.locator("guangzhi-widget iframe").get_attribute("title") == "光质通"


def test_an_answer_that_comes_while_it_is_closed_is_announced_on_the_button(guest: Guest, sites: Sites) -> None:
    gate = sites.hold(QUESTION)
    guest.open()
    guest.ask()
    expect(guest.chat.locator(".answer.running")).to_be_visible()
    guest.page.get_by_role("button", name="收起").click()
    gate.set()
    expect(guest.page.get_by_role("button", name=re.compile("光质通.*（有新回答）"))).to_be_visible()
    guest.open()
    expect(guest.chat.locator(".citation")).to_have_count(1)
    guest.page.get_by_role("button", name="收起").click()
    expect(guest.page.get_by_role("button", name="光质通", exact=True)).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(360, 740), (1200, 800)])
def test_axe_finds_nothing_serious(open_guest: Open, sites: Sites, scheme: str, width: int, height: int) -> None:
    guest = open_guest(width, height, color_scheme=scheme, reduced_motion="reduce")
    guest.visit(sites.allowed)
    found = serious(guest.page)
    guest.open()
    found += serious(guest.page) + serious(guest.frame)
    guest.ask()
    expect(guest.chat.locator(".citation")).to_have_count(1)
    found += serious(guest.frame)
    guest.visit(sites.refused)
    guest.launch.click()
    guest.chat.locator("h1").wait_for()
    found += serious(guest.page) + serious(guest.frame)
    assert found == []


def test_axe_looks_into_the_shadow_tree(guest: Guest) -> None:
    guest.page.evaluate(
        "document.querySelector('guangzhi-widget').shadowRoot.querySelector('.launch').replaceChildren()"
    )
    assert any("button-name" in line for line in serious(guest.page))


# ── on a phone ─────────────────────────────────────────


def test_on_a_phone_it_fills_the_screen_and_the_page_behind_is_out_of_reach(open_guest: Open, sites: Sites) -> None:
    guest = open_guest(360, 740, is_mobile=True, has_touch=True)
    guest.visit(sites.allowed)
    guest.launch.tap()
    guest.chat.locator("#question").wait_for()
    expect(guest.panel).to_have_attribute("aria-modal", "true")
    assert guest.panel.bounding_box() == {"x": 0, "y": 0, "width": 360, "height": 740}
    assert guest.page.evaluate("document.body.inert") is True
    expect(guest.chat.locator("#question")).not_to_be_focused()  # no keyboard over the welcome
    guest.ask()
    expect(guest.chat.locator(".citation")).to_have_count(1)
    sideways = (
        "[document.documentElement, ...document.querySelectorAll('.talk')].some(e => e.scrollWidth > e.clientWidth)"
    )
    assert not guest.frame.evaluate(sideways)
    guest.page.get_by_role("button", name="收起").tap()
    assert guest.page.evaluate("document.body.inert") is False
    guest.page.locator("#own").tap()
    assert not guest.page.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_a_phone_turned_or_a_window_widened_while_it_is_open_gets_the_other_form(
    open_guest: Open, sites: Sites
) -> None:
    guest = open_guest(360, 740)
    guest.visit(sites.allowed)
    guest.open()
    guest.page.set_viewport_size({"width": 1200, "height": 800})
    expect(guest.panel).to_have_attribute("aria-modal", "false")
    assert guest.page.evaluate("document.body.inert") is False
    box = guest.panel.bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (400, 640)


# ── what stays ─────────────────────────────────────────


def test_the_conversation_is_kept_over_a_reload_of_the_host_page(
    browser: Browser, sites: Sites, tmp_path: Path
) -> None:
    context = browser.browser_type.launch_persistent_context(
        tmp_path, executable_path=CHROMIUM, args=[*QUIET, *WITH_STORAGE]
    )
    guest = Guest(context.new_page())
    guest.visit(sites.allowed)
    guest.open()
    assert guest.frame.evaluate(STORED) == "kept"
    kept_over_a_reload(guest, sites)
    assert context.cookies() == []
    context.close()


def test_it_is_kept_where_the_browser_denies_storage_to_third_parties(guest: Guest, sites: Sites) -> None:
    guest.open()  # a private window, as every context of these tests is
    assert guest.frame.evaluate(STORED) == "denied"
    kept_over_a_reload(guest, sites)
    cookies = guest.page.context.cookies()
    assert {cookie["path"] for cookie in cookies} == {"/widget"}
    assert all(cookie.get("partitionKey", "").startswith("http://localhost") for cookie in cookies)
    guest.chat.get_by_role("button", name="清空").click()
    guest.page.reload()
    guest.open()
    expect(guest.chat.locator("#welcome")).to_be_visible()
    assert guest.chat.locator(".turn").count() == 0


def test_where_storage_is_denied_the_last_six_turns_are_kept_and_long_questions_shortened(guest: Guest) -> None:
    guest.open()
    for number in range(8):
        guest.ask(f"第{number}问" + "长" * 400)
        expect(guest.chat.locator(".citation")).to_have_count(number + 1)
    guest.page.reload()
    guest.open()
    expect(guest.chat.locator(".citation")).to_have_count(6)
    expect(guest.chat.locator(".question").first).to_have_text("第2问" + "长" * 56 + "…")


def kept_over_a_reload(guest: Guest, sites: Sites) -> None:
    guest.ask()
    expect(guest.chat.locator(".citation")).to_have_count(1)
    guest.page.reload()
    guest.open()
    expect(guest.chat.locator(".citation")).to_have_count(1)
    expect(guest.chat.locator(".question")).to_have_text(QUESTION)
    guest.ask("那监督审核呢")
    expect(guest.chat.locator(".citation")).to_have_count(2)
    _message, history = sites.dialogue.asked[-1]
    assert [exchange.question for exchange in history] == [QUESTION]


def test_an_answer_that_was_on_its_way_when_the_host_page_was_left_is_there_on_return(
    guest: Guest, sites: Sites
) -> None:
    gate = sites.hold(QUESTION)
    guest.open()
    guest.ask()
    expect(guest.chat.locator(".answer.running")).to_be_visible()
    guest.page.reload()
    guest.open()
    expect(guest.chat.locator(".answer.running")).to_be_visible()
    gate.set()
    expect(guest.chat.locator(".citation")).to_have_count(1)
    assert sites.dialogue.questions == [QUESTION]


def test_a_connection_lost_inside_the_widget_is_said_and_resumed(guest: Guest, sites: Sites) -> None:
    gate = sites.hold(QUESTION)
    guest.open()
    guest.ask()
    expect(guest.chat.locator(".answer.running")).to_be_visible()
    sites.dialogue.wait_until_asked()
    guest.page.context.set_offline(True)
    expect(guest.chat.locator(".status")).to_have_text("网络已断开，连上后会自动继续。")
    gate.set()
    guest.page.context.set_offline(False)
    expect(guest.chat.locator(".citation")).to_have_count(1)
    assert sites.dialogue.questions == [QUESTION]


def test_a_source_opens_in_a_window_of_its_own_and_leads_back_to_the_host_page(
    guest: Guest, sites: Sites, assistant: Assistant
) -> None:
    guest.open()
    held = assistant.catalog.shelf()[0].id
    link = "(id) => { const a = document.createElement('a'); a.href = `/evidence/${id}?start=0&end=9`; a.textContent = '原文甲'; document.querySelector('main').prepend(a) }"
    guest.frame.evaluate(link, held)
    with guest.page.context.expect_page() as opened:
        guest.chat.get_by_role("link", name="原文甲").click()
    source = opened.value
    source.wait_for_load_state()
    expect(source.locator("#quote")).to_be_visible()
    with source.expect_event("close"):
        source.get_by_text("关闭，回到原来的网页").click()
    expect(guest.chat.locator("#question")).to_be_visible()
