"""The pictures of docs/channels/web.md: `python -m tests.api.web.pictures` takes them anew, with a library of its own."""

from __future__ import annotations

import base64
import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, FrameLocator, Page, sync_playwright
from pydantic import SecretStr

from api import home
from api.app import create_app
from api.settings import LoginSettings
from api.wiring import open_assistant
from tests.api.conftest import settings_for
from tests.api.web.conftest import CHROMIUM, QUIET
from tests.api.web.host_page import FRIENDLY, HostPage
from tests.api.web.serving import Serving, free_port
from tests.api.web.wechat_platform import APP_ID, SECRET, Platform

IMAGES = Path(__file__).parents[3] / "docs" / "images"
QUESTION = "什么是质量追溯"
COLOURS = 64  # of a picture: small, and nothing of a plain page is lost
WECHAT = "Mozilla/5.0 (Linux; Android 14) Chrome/126.0 Mobile Safari/537.36 MicroMessenger/8.0.50"
LOUD = """
* { all: unset !important; font-size: 40px !important; color: #d00 !important; background: #ff0 !important;
    transform: rotate(1.5deg) !important; opacity: .85 !important }
title, style, script, head { display: none !important }
header, main, h1, p { display: block !important }
div, iframe, section, button { display: none !important }
*::before { content: '★' !important }
"""
DESK: dict[str, Any] = {"viewport": {"width": 1100, "height": 720}}
PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True}


@dataclass(frozen=True, slots=True)
class Photographer:
    browser: Browser
    page: HostPage
    allowed: str
    refused: str
    service: str

    def all(self) -> None:
        self.widget("widget-desk", DESK)
        chosen = 'data-title="质量问答" data-color="#8a1c4a" data-position="left"'
        self.widget("widget-dark", {**DESK, "color_scheme": "dark"}, attributes=chosen)
        self.widget("widget-hostile", DESK, style=LOUD)
        self.widget("widget-phone", PHONE)
        self.widget("widget-refused", DESK, address=self.refused)
        self.h5("h5-phone", "light", 100)
        self.h5("h5-phone-dark", "dark", 100)
        self.h5("h5-phone-large", "light", 160)

    def widget(
        self, name: str, device: dict[str, Any], *, style: str = FRIENDLY, attributes: str = "", address: str = ""
    ) -> None:
        self.page.style, self.page.attributes = style, attributes
        context = self.browser.new_context(**device)
        page = context.new_page()
        page.goto(address or self.allowed)
        page.locator("guangzhi-widget .launch").click()
        if not address:
            _ask(page.frame_locator("guangzhi-widget iframe"))
        _keep(page, name)
        context.close()

    def h5(self, name: str, scheme: str, percent: int) -> None:
        context = self.browser.new_context(**PHONE, user_agent=WECHAT, color_scheme=scheme)  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(self.service + "/h5")
        page.evaluate("percent => { document.body.style.webkitTextSizeAdjust = percent + '%' }", percent)
        _ask(page)
        _keep(page, name)
        context.close()


def _ask(where: Page | FrameLocator) -> None:
    where.locator("html.ready").wait_for()
    where.locator("#question").fill(QUESTION)
    where.locator(".send").click()
    where.locator(".citation").first.wait_for()


def _keep(page: Page, name: str) -> None:
    page.wait_for_timeout(500)
    # The browser's own picture: Playwright's is clipped, and displaced where a page is wider than it seems.
    taken = page.context.new_cdp_session(page).send("Page.captureScreenshot", {"format": "png"})["data"]
    picture = Image.open(io.BytesIO(base64.b64decode(taken))).convert("RGB")
    picture.quantize(COLOURS).save(IMAGES / f"{name}.png", optimize=True)


@contextmanager
def photographer(folder: Path) -> Iterator[Photographer]:
    listening, foreign = free_port(), free_port()
    address, port = f"http://127.0.0.1:{listening.getsockname()[1]}", foreign.getsockname()[1]
    page = HostPage(service=address)
    with Serving(Platform().app()) as platform:
        usual = settings_for(folder)
        login = LoginSettings("gh_0123456789ab", APP_ID, SecretStr(SECRET), platform.address, platform.address)
        web = replace(usual.web, public_url=address, widget_origins=(f"http://localhost:{port}",))
        assistant = open_assistant(replace(usual, web=web, h5=login), home.take(folder))
        with Serving(create_app(assistant), listening), Serving(page.app(), foreign) as host, sync_playwright() as tool:
            browser = tool.chromium.launch(executable_path=CHROMIUM, args=QUIET)
            yield Photographer(browser, page, host.named, host.address, address)
            browser.close()
        assistant.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, photographer(Path(folder)) as taking:
        taking.all()
