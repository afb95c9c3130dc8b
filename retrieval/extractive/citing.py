"""A citation of a stretch of a document."""

from __future__ import annotations

from knowledge.cleaning.aligned import original_span
from knowledge.documents import Document
from retrieval.answers import Citation
from retrieval.passages import Passage


def cite(document: Document, start: int, end: int, passage: Passage | None = None) -> Citation:
    """A citation of `document.text[start:end]`, with the original where it reads differently."""
    quote = document.text[start:end]
    repairs = [r for r in document.repairs if r.start < end and r.end > start and r.inferred]
    metadata = document.metadata
    return Citation(
        document=metadata.title,
        document_id=document.id,
        chunk_id=passage.chunk.id if passage else None,
        edition=metadata.edition,
        clause=passage.chunk.clause if passage else None,
        page=passage.chunk.page if passage else None,
        place=document.place(start),
        quote=quote,
        source=document.source,
        start=start,
        end=end,
        original=_original(document, start, end, quote),
        body=metadata.body,
        number=metadata.number,
        date=metadata.published.isoformat() if metadata.published else None,
        inferences=tuple((r.meaning or document.text[r.start : r.end], r.original) for r in repairs),
    )


def _original(document: Document, start: int, end: int, quote: str) -> str | None:
    if not document.alignment:
        return None
    a, b = original_span(document.alignment, start, end)
    stood = document.original[a:b]
    return stood if stood != quote else None
