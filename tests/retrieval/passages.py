"""Passages made by hand, without a catalog."""

from __future__ import annotations

from datetime import date
from hashlib import sha256

from knowledge.documents import Chunk, Metadata, Origin
from knowledge.editions import Shelved
from retrieval.passages import Passage


def a_passage(
    text: str,
    *,
    source: str = "",
    title: str = "",
    heading: str = "",
    score: float = 0.0,
    published: date | None = None,
    origin: Origin = Origin.FILE,
    clause: str | None = None,
    superseded_by: str | None = None,
    start: int = 0,
) -> Passage:
    """A passage of a document of its own, unless `source` names one."""
    document_id = sha256((source or text).encode()).hexdigest()[:12]
    metadata = Metadata(title=title or source or document_id, published=published)
    document = Shelved(document_id, source or document_id, origin, metadata, title or document_id, superseded_by)
    chunk_id = f"{document_id}:{sha256(text.encode()).hexdigest()[:6]}"
    chunk = Chunk(chunk_id, document_id, 0, start, start + len(text), text, heading or metadata.title, clause, None)
    return Passage(chunk, document, score)
