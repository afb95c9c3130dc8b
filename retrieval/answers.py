"""What leaves the answering journey: an outcome, a text, and the citations that carry it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal


class Outcome(StrEnum):
    """How far the knowledge carried the question."""

    ANSWERED = "answered"  # every part asked has evidence
    PARTLY_SUPPORTED = "partly_supported"  # some parts have it; the answer names those that have not
    NOT_IN_KNOWLEDGE = "not_in_knowledge"  # nothing carries it; declined requests count here
    DIALOGUE = "dialogue"  # greetings, commands, a question back


AnswerKind = Literal["faq", "clause", "extract", "refusal", "dialogue", "generated", "several"]


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a statement rests.

    With `quote`, `quote == document.text[start:end]`, checked by `verification` before the answer left.
    Without (empty), the document is known but its text is not in the catalog: 依据：…（原文未收录）.
    """

    document: str  # title
    source: str  # file name, or library entry
    quote: str = ""
    document_id: str | None = None
    chunk_id: str | None = None
    edition: str | None = None
    clause: str | None = None
    page: int | None = None
    place: str | None = None  # where in the file: 第3页, 幻灯片 5, 工作表“供方”第 12 行
    start: int | None = None
    end: int | None = None
    original: str | None = None  # the same stretch as it stood in the file, where it differs
    body: str | None = None  # issuing body
    number: str | None = None
    date: str | None = None
    url: str | None = None
    inferences: tuple[tuple[str, str], ...] = ()  # (as read, as it stood), for values the file does not state


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as every channel gets it; `text` is plain, one item a line, without citation marks."""

    outcome: Outcome
    kind: AnswerKind
    text: str
    citations: tuple[Citation, ...] = ()
    details: str = ""  # shown on 「详细」
    suggestions: tuple[str, ...] = ()  # questions the knowledge can answer
    question: str = ""  # as understood, follow-ups made whole
    missing: tuple[str, ...] = ()  # parts asked that have no evidence
    milliseconds: dict[str, float] = field(default_factory=dict)  # by stage, and "total"

    @property
    def label(self) -> str:
        """What the wording is, said wherever it is shown."""
        if self.outcome is Outcome.NOT_IN_KNOWLEDGE and not self.citations:
            return ""  # what is said of a missing clause is nobody's text
        if self.kind == "clause" and self.citations and not any(c.quote for c in self.citations):
            return "条款要点"  # of a text that is not held
        return {"faq": "常见问题", "clause": "原文摘录", "extract": "原文摘录", "generated": "AI 生成"}.get(
            self.kind, ""
        )
