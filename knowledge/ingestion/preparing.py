"""From a file's bytes to everything that will be stored of it. No catalog, no model: it can run beside both."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from pathlib import PurePosixPath

from knowledge.catalog import ChunkTerms, Likeness
from knowledge.clauses import find_clauses, find_exhibits, numbering_warnings
from knowledge.cleaning import clean
from knowledge.documents import Block, Chunk, Document, Metadata, Origin, ReadDocument
from knowledge.errors import KnowledgeError, UnreadableDocument
from knowledge.faqs import FaqEntry
from knowledge.ingestion.likeness import likeness
from knowledge.ingestion.sheets import sheet_entries
from knowledge.readers import Limits, read_bytes
from knowledge.splitting import split
from knowledge.terms import Segmenter, Terms

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Prepared:
    document: Document
    chunks: list[Chunk]
    terms: list[ChunkTerms]
    faqs: list[tuple[FaqEntry, Terms]]
    likeness: Likeness
    pages: int | None
    tables: int
    recognised: float | None


def hash_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def understand(
    data: bytes, name: str, limits: Limits, origin: Origin = Origin.FILE, metadata: Metadata | None = None
) -> tuple[ReadDocument, Document]:
    """Read, clean, and find the clauses. Raises KnowledgeError, whatever the file does to its reader."""
    try:
        read = read_bytes(PurePosixPath(name).name, data, limits)
        return read, _document(read, data, name, origin, metadata)
    except KnowledgeError:
        raise
    except Exception as error:
        log.debug("reading failed", exc_info=True)
        raise UnreadableDocument(
            f"{PurePosixPath(name).name}：读取时出了意外的错误（{type(error).__name__}）。"
            "请另存为其他格式再导入，并把这个问题报告给维护者。"
        ) from error


def prepare(read: ReadDocument, document: Document, segmenter: Segmenter) -> Prepared:
    chunks = split(document.id, document.metadata.title, document.text, document.clauses, document.blocks)
    return Prepared(
        document=document,
        chunks=chunks,
        terms=[chunk_terms(chunk, segmenter) for chunk in chunks],
        faqs=[(entry, entry_terms(entry, segmenter)) for entry in sheet_entries(document, read.faqs)],
        likeness=likeness(document.text, read.faqs),
        pages=read.pages,
        tables=tables(document),
        recognised=recognised(document.blocks),
    )


def entry_terms(entry: FaqEntry, segmenter: Segmenter) -> Terms:
    return segmenter.terms("\n".join((*entry.phrasings, entry.answer)))


def tables(document: Document) -> int:
    return sum(block.kind == "table" for block in document.blocks)


def recognised(blocks: tuple[Block, ...]) -> float | None:
    """Mean confidence of the characters that were recognised from images, 0 … 1; None where none were."""
    seen = [(block.confidence, block.end - block.start) for block in blocks if block.confidence is not None]
    characters = sum(length for _, length in seen)
    return sum(confidence * length for confidence, length in seen) / characters if characters else None


def _document(read: ReadDocument, data: bytes, name: str, origin: Origin, metadata: Metadata | None) -> Document:
    content_hash = hash_of(data)
    cleaned = clean(read, name)
    clauses = find_clauses(cleaned.text, cleaned.blocks)
    return Document(
        id=content_hash[:16],
        source=name,
        origin=origin,
        content_hash=content_hash,
        media_type=read.media_type,
        metadata=metadata or cleaned.metadata,
        original=read.original,
        text=cleaned.text,
        alignment=cleaned.alignment,
        repairs=cleaned.repairs,
        blocks=cleaned.blocks,
        clauses=clauses,
        exhibits=find_exhibits(cleaned.text, cleaned.blocks),
        warnings=(*read.warnings, *numbering_warnings(clauses)),
    )


def chunk_terms(chunk: Chunk, segmenter: Segmenter) -> ChunkTerms:
    terms, heading = segmenter.terms(chunk.text), segmenter.terms(chunk.heading)
    return ChunkTerms(" ".join(terms.words), " ".join(terms.bigrams), " ".join(heading.words))
