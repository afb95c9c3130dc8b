"""Passages as a phone shows them, their citations, and several answers in one."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from knowledge.documents import Chunk
from retrieval import wording
from retrieval.answers import Answer, Citation, Outcome
from retrieval.extractive import cite
from retrieval.lookup.places import HeldEdition, Place
from retrieval.passages import Passage

LONGEST = 280
LONGEST_LIST = 590  # of clauses below one, a line each
Chunks = Callable[[str], Sequence[Chunk]]

_HEADING = re.compile(r"^#{1,6}\s+")
_STRONG = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_BULLET = re.compile(r"^[-*+•]\s+(?=\S)")
_RULE = re.compile(r"^\|?[\s:|-]+\|[\s:|-]*$|^[-*_=]{3,}$")
_SPREAD = re.compile(r"^(第\S+[编章节])\s+(\S)\s+(\S)$")


def readable(text: str) -> str:
    """Without the markup's marks and empty lines; one item and one table row a line."""
    lines = (
        _line(line.strip().replace("\u3000", " ")) for line in re.sub(r"<!--.*?-->", "", text, flags=re.S).split("\n")
    )
    return "\n".join(line for line in lines if line)


def _line(line: str) -> str:
    if _RULE.match(line):
        return ""
    if line.startswith("|") and line.endswith("|") and len(line) > 1:
        return " | ".join(cell.strip() for cell in line[1:-1].split("|"))
    line = _STRONG.sub(r"\2", _HEADING.sub("", line))
    marked = _BULLET.match(line)
    if marked:
        line = line[marked.end() :]
        line = line if re.match(r"[（(]|[a-z\d]{1,2}[)）.、]", line) else f"· {line}"
    return _SPREAD.sub(r"\1 \2\3", re.sub(r"[ \t]{2,}", " ", line))


def cut(answer: Answer, longest: int = LONGEST) -> Answer:
    """At most one screen, cut at a sentence end; the whole goes to the details."""
    text = answer.text
    if len(text) <= longest:
        return answer
    head = text[:longest]
    end = max(head.rfind(mark) for mark in "。；\n")
    short = head[: end + 1 if end > longest // 2 else longest].rstrip() + wording.REST_IN_DETAILS
    return replace(answer, text=short, details=text)


def place_text(edition: HeldEdition, place: Place) -> str:
    text = edition.held.document.text
    return "\n".join(readable(text[start:end]) for start, end in (*place.leads, (place.start, place.end)))


def place_citations(edition: HeldEdition, place: Place, chunks: Chunks) -> list[Citation]:
    spans = list(place.cited or ((place.start, place.end, place.label),))
    spans += [(start, end, place.label) for start, end in place.leads]
    return [citation(edition, start, end, label, chunks) for start, end, label in spans]


def citation(edition: HeldEdition, start: int, end: int, label: str, chunks: Chunks) -> Citation:
    """Of `text[start:end]`, named by the clause it is."""
    document = edition.held.document
    chunk = next((c for c in chunks(document.id) if c.start <= start < c.end), None)
    passage = Passage(chunk, edition.shelved, 1.0) if chunk else None
    return replace(cite(document, start, end, passage), clause=label or None)


def together(answers: Sequence[Answer]) -> Answer:
    """Several answers as one: what was found, then what was not."""
    if len(answers) == 1:
        return answers[0]
    found = [one for one in answers if one.outcome in {Outcome.ANSWERED, Outcome.PARTLY_SUPPORTED}]
    asking = [one for one in answers if one.outcome is Outcome.DIALOGUE]
    if asking and not found:
        return asking[0]
    whole = len(found) == len(answers) and all(one.outcome is Outcome.ANSWERED for one in found)
    outcome = Outcome.ANSWERED if whole else Outcome.PARTLY_SUPPORTED if found else Outcome.NOT_IN_KNOWLEDGE
    return Answer(
        outcome,
        "clause",
        "\n".join(one.text for one in answers),
        tuple(citation for one in answers for citation in one.citations),
        suggestions=tuple(suggestion for one in answers for suggestion in one.suggestions),
        missing=tuple(part for one in answers for part in one.missing),
    )
