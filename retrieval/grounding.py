"""An approved entry to the documents it rests on: the quote comes from there, where we hold it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from knowledge.catalog import Catalog, Shelved
from knowledge.documents import Chunk, Document, Origin
from knowledge.editions import title_key
from knowledge.faqs import FaqEntry, Source
from knowledge.splitting import sentences
from knowledge.standards import fold_clause
from retrieval.answers import Citation
from retrieval.evidence import pairs, share
from retrieval.extractive import cite
from retrieval.passages import Passage

_ENOUGH = 0.22  # of the answer's pairs of characters: less is a sentence about something else
_QUOTES = 2  # an answer of two facts may rest on two sentences


def ground(entry: FaqEntry, catalog: Catalog, shelf: Sequence[Shelved]) -> tuple[Citation, ...]:
    """One citation a source, or two where two sentences carry the answer between them."""
    return tuple(c for source in entry.sources for c in _of_source(entry, source, catalog, shelf))


def _of_source(entry: FaqEntry, source: Source, catalog: Catalog, shelf: Sequence[Shelved]) -> Iterator[Citation]:
    own = entry.document_id
    held = next((s for s in shelf if s.id == own), None) if own else _held(source, shelf)
    quoted = list(_quotes(entry, source, held, catalog)) if held else []
    if quoted:
        yield from quoted
        return
    yield Citation(
        document=source.title,
        source=f"内置知识/{entry.topic}.yaml#{entry.id}",
        clause=source.clause,
        body=source.body,
        number=source.number,
        date=source.date,
        url=source.url,
    )


def _held(source: Source, shelf: Sequence[Shelved]) -> Shelved | None:
    """The document of that title in the catalog; of several editions the one in force."""
    key = _plain(source.title)
    same = [s for s in shelf if s.origin is Origin.FILE and s.holds and _plain(s.metadata.title) == key]
    return same[0] if same else None


def _plain(title: str) -> str:
    return re.sub(r"[，,。.；;：:、]", "", title_key(title))


def _quotes(entry: FaqEntry, source: Source, held: Shelved, catalog: Catalog) -> Iterator[Citation]:
    document = catalog.document(held.id)
    if source.clause and (chunks := catalog.clause(held.id, fold_clause(source.clause))):
        yield cite(document, chunks[0].start, chunks[-1].end, Passage(chunks[0], held, 1.0))
        return
    answer = wanted = pairs(entry.answer)
    spans = [(s, e) for s, e in sentences(document.text, 0, len(document.text)) if document.text[s:e].strip()]
    for _ in range(_QUOTES):
        best = max(spans, key=lambda span: share(wanted, pairs(document.text[span[0] : span[1]])), default=None)
        if best is None or share(answer, wanted & pairs(document.text[best[0] : best[1]])) < _ENOUGH:
            return
        start, end = _trimmed(document, best)
        yield cite(document, start, end, _passage_at(catalog, held, start))
        spans.remove(best)
        wanted = wanted - pairs(document.text[best[0] : best[1]])


def _trimmed(document: Document, span: tuple[int, int]) -> tuple[int, int]:
    raw = document.text[span[0] : span[1]]
    return span[0] + len(raw) - len(raw.lstrip()), span[0] + len(raw.rstrip())


def _passage_at(catalog: Catalog, held: Shelved, start: int) -> Passage | None:
    chunk: Chunk | None = next((c for c in catalog.document_chunks(held.id) if c.start <= start < c.end), None)
    return Passage(chunk, held, 1.0) if chunk else None
