"""Small documents and entries, each a whole value."""

from __future__ import annotations

import hashlib
from datetime import date

from knowledge.catalog import ChunkTerms
from knowledge.clauses import find_clauses
from knowledge.documents import Chunk, Document, Metadata, Origin, Repair
from knowledge.faqs import Confidence, FaqEntry, Source
from knowledge.splitting import split
from knowledge.terms import Segmenter


def a_document(
    text: str = "第一条 证书有效期三年。\n第二条 到期前申请再认证。\n",
    source: str = "规则.txt",
    metadata: Metadata | None = None,
    origin: Origin = Origin.FILE,
) -> Document:
    content_hash = hashlib.sha256(f"{source}{text}".encode()).hexdigest()
    return Document(
        id=content_hash[:16],
        source=source,
        origin=origin,
        content_hash=content_hash,
        media_type="text/plain",
        metadata=metadata or Metadata(title=source.split(".")[0]),
        original=text,
        text=text,
        alignment=((0, len(text), 0, len(text)),),
        repairs=(Repair(0, 1, "第", "示例", True, "示例"),),
        clauses=find_clauses(text),
        warnings=("示例提醒",),
    )


def its_passages(document: Document) -> list[Chunk]:
    return split(document.id, document.metadata.title, document.text, document.clauses)


def their_terms(chunks: list[Chunk], segmenter: Segmenter) -> list[ChunkTerms]:
    rows = []
    for chunk in chunks:
        terms, heading = segmenter.terms(chunk.text), segmenter.terms(chunk.heading)
        rows.append(ChunkTerms(" ".join(terms.words), " ".join(terms.bigrams), " ".join(heading.words)))
    return rows


def an_edition(title: str, edition: str, published: date, effective: date | None = None) -> Metadata:
    return Metadata(title=title, edition=edition, published=published, effective=effective)


def an_entry(
    entry_id: str = "cert-validity", question: str = "认证证书有效期几年？", answer: str = "三年。"
) -> FaqEntry:
    return FaqEntry(
        id=entry_id,
        question=question,
        answer=answer,
        sources=(Source(body="国家认监委", title="质量管理体系认证规则", date="2025-08-31"),),
        confidence=Confidence.OFFICIAL,
        similar=("证书能用多久",),
        not_for=("CCC证书有效期几年",),
        as_of=date(2025, 8, 31),
        facts=("C-01",),
        topic="certification",
    )
