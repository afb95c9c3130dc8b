"""Answers a person approved: the built-in library's entries and those a helpdesk adds.

An entry is no evidence for itself: it names the document it rests on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

OF_SHEET = ":"  # an entry that came with a document is known by `document:entry`; no other entry's id has one


class Confidence(StrEnum):
    """How well a fact is known; the last two are never stated as true."""

    SEED = "seed"
    OFFICIAL = "官方页面"
    SECONDARY = "二手来源"
    UNVERIFIED = "通用知识—未核实"
    NOT_FOUND = "未查到"


@dataclass(frozen=True, slots=True)
class Source:
    """The document an entry rests on, as its issuer names it."""

    body: str
    title: str
    number: str | None = None
    date: str | None = None  # ISO: 2024-11-29, 2024-11 or 2024
    clause: str | None = None
    url: str | None = None  # the issuer's own site only


@dataclass(frozen=True, slots=True)
class FaqEntry:
    id: str
    question: str
    answer: str
    sources: tuple[Source, ...]
    confidence: Confidence
    similar: tuple[str, ...] = ()  # other ways the same thing is asked
    not_for: tuple[str, ...] = ()  # questions that look alike and are not answered here
    details: str = ""
    settles: bool = True  # False: says what is not public; the outcome is then not_in_knowledge
    partly: bool = False  # and it still says part of what is asked, or an earlier state of it
    as_of: date | None = None
    facts: tuple[str, ...] = ()
    topic: str = ""

    @property
    def document_id(self) -> str | None:
        """The document it came with; None for the library's own entries."""
        owner, mark, _ = self.id.partition(OF_SHEET)
        return owner if mark else None

    @property
    def phrasings(self) -> tuple[str, ...]:
        return (self.question, *self.similar)
