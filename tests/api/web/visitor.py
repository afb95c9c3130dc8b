"""A person in front of the page."""

from __future__ import annotations

from dataclasses import dataclass, field

from playwright.sync_api import BrowserContext, ConsoleMessage, Page

from tests.fakes.web_server import FakeServer


@dataclass
class Visitor:
    page: Page
    server: FakeServer
    complaints: list[str] = field(default_factory=list)  # console errors and uncaught exceptions

    @property
    def context(self) -> BrowserContext:
        return self.page.context

    def listen(self) -> None:
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(message.text)

    def open(self, path: str = "/") -> None:
        self.page.goto(self.server.address + path)

    def type(self, question: str) -> None:
        self.page.fill("#question", question)

    def ask(self, question: str) -> None:
        self.type(question)
        self.page.press("#question", "Enter")

    def answered(self, turns: int = 1) -> None:
        done = "n => document.querySelectorAll('.turn').length === n && !document.querySelector('.answer.running')"
        self.page.wait_for_function(done, arg=turns)
