"""A dialogue that says what the test told it to, when the test lets it."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from bot.messages import Exchange, IncomingMessage, Show
from retrieval.answers import Answer, Citation, Outcome

QUOTE = "质量管理体系认证证书有效期为三年。"


def cited_answer(text: str) -> Answer:
    """An extract with one citation that has a quote."""
    citation = Citation(
        document="质量管理体系认证规则",
        source="rules.md",
        quote=QUOTE,
        document_id="doc-1",
        edition="2023版",
        clause="6.1",
        start=10,
        end=10 + len(QUOTE),
    )
    return Answer(Outcome.ANSWERED, "extract", text, (citation,), details="证书到期前应当申请再认证。")


class ScriptedDialogue:
    """Answers from `answers`, any other question with a cited answer that repeats it. Remembers what it was asked."""

    def __init__(self, answers: Mapping[str, Answer] | None = None) -> None:
        self.answers = dict(answers or {})
        self.asked: list[tuple[IncomingMessage, tuple[Exchange, ...]]] = []
        self._gates: dict[str, threading.Event] = {}
        self._errors: dict[str, int] = {}
        self._began = threading.Semaphore(0)
        self._lock = threading.Lock()

    @property
    def questions(self) -> list[str]:
        return [message.text for message, _history in self.asked]

    def hold(self, question: str) -> threading.Event:
        """Answer this question only once the event is set."""
        return self._gates.setdefault(question, threading.Event())

    def fail(self, question: str, times: int) -> None:
        """Raise for this question, so many times."""
        self._errors[question] = times

    def wait_until_asked(self) -> None:
        """Returns when one more question has arrived."""
        assert self._began.acquire(timeout=30), "nobody asked"

    def reply(self, message: IncomingMessage, history: tuple[Exchange, ...], show: Show | None = None) -> Answer:
        with self._lock:
            self.asked.append((message, history))
            failing = self._errors.get(message.text, 0)
            self._errors[message.text] = failing - 1
        self._began.release()
        if failing > 0:
            raise RuntimeError("scripted failure")
        gate = self._gates.get(message.text)
        assert gate is None or gate.wait(timeout=30), "the test never let go"
        return self.answers.get(message.text) or cited_answer(f"关于“{message.text}”：三年。")


class WaveringDialogue:
    """Says one thing, raises when the test lets it go on, and answers otherwise when it is asked once more."""

    def __init__(self, first: str, then: str) -> None:
        self.go_on = threading.Event()
        self._first, self._then = first, then
        self._tries = 0

    def reply(self, message: IncomingMessage, history: tuple[Exchange, ...], show: Show | None = None) -> Answer:
        self._tries += 1
        if self._tries > 1:
            return cited_answer(self._then)
        assert show is not None, "nobody reads along"
        show(self._first)
        assert self.go_on.wait(timeout=30), "the test never let go"
        raise RuntimeError("scripted failure")
