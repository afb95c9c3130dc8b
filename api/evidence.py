"""A quote in its context: what stood before and after it, as cleaned and as it came, and what was repaired."""

from __future__ import annotations

from typing import Any

from knowledge.cleaning.aligned import original_span
from knowledge.documents import Document, Metadata

CONTEXT = 400  # characters on either side
LONGEST = 4000  # of the stretch itself: the page shows evidence, not whole documents


def evidence_page(document: Document, start: int | None, end: int | None) -> dict[str, Any]:
    """What `evidence.html` shows. `found` is false where the offsets do not lie in the text."""
    described = {"document": describe(document.metadata, document.source)}
    if start is None or end is None or not 0 <= start < end <= len(document.text) or end - start > LONGEST:
        return {**described, "found": False}
    described["document"]["place"] = document.place(start)
    text = document.text
    return {
        **described,
        "found": True,
        "clause": _clause(document, start),
        "before": text[max(start - CONTEXT, 0) : start],
        "quote": text[start:end],
        "after": text[end : end + CONTEXT],
        **_original(document, start, end),
        "repairs": _repairs(document, start, end),
    }


def describe(metadata: Metadata, source: str) -> dict[str, Any]:
    """A document as the pages name it."""
    day = metadata.published or metadata.effective
    return {
        "title": metadata.title,
        "body": metadata.body,
        "number": metadata.number,
        "edition": metadata.edition,
        "status": metadata.status.value if metadata.number or metadata.edition else None,  # news is not 现行
        "date": day.isoformat() if day else None,
        "source": source,
    }


def _original(document: Document, start: int, end: int) -> dict[str, Any]:
    try:
        begins, ends = original_span(document.alignment, start, end)
    except ValueError:
        return {"original": None}
    whole = document.original
    # the same stretch of text on both sides, however much longer its original is
    first, _ = original_span(document.alignment, max(start - CONTEXT, 0), end)
    _, last = original_span(document.alignment, start, min(end + CONTEXT, len(document.text)))
    return {
        "original": whole[begins:ends],
        "original_before": whole[first:begins],
        "original_after": whole[ends:last],
    }


def _repairs(document: Document, start: int, end: int) -> list[dict[str, Any]]:
    return [
        {
            "text": repair.meaning or document.text[repair.start : repair.end],
            "original": repair.original,
            "reason": repair.reason,
            "inferred": repair.inferred,
        }
        for repair in document.repairs
        if repair.start < end and repair.end > start
    ]


def _clause(document: Document, start: int) -> str | None:
    """The innermost numbered clause that the stretch begins in."""
    around = [clause for clause in document.clauses if clause.number and clause.start <= start < clause.end]
    return around[-1].number if around else None
