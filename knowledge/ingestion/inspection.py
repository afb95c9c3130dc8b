"""What ingestion would make of a file, before anything is stored: the same reading, no catalog and no model."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from knowledge.documents import Document, ReadDocument
from knowledge.errors import KnowledgeError
from knowledge.ingestion.finding import ARCHIVE, OPENING_FAILED, Found, contents, find_files
from knowledge.ingestion.preparing import recognised, tables, understand
from knowledge.readers import Limits
from knowledge.splitting import split


@dataclass(frozen=True, slots=True)
class Inspection:
    """One file as it was read, or why it could not be."""

    path: str
    document: Document | None = None
    pages: int | None = None
    passages: int = 0
    tables: int = 0
    faqs: int = 0
    recognised: float | None = None
    error: str | None = None


def inspect(path: Path, limits: Limits) -> Iterator[Inspection]:
    """The file, or every member of an archive. Nothing that a file contains raises."""
    if path.is_dir():
        yield Inspection(path.name, error=f"{path.name}：是一个目录。请指明其中的一个文件。")
        return
    (found,) = find_files([path], limits)
    if found.kind != ARCHIVE:
        yield _inspected(found, limits)
        return
    try:
        for member in contents(found, limits):
            yield _inspected(member, limits)
    except (KnowledgeError, OSError) as error:
        yield Inspection(found.name, error=_said(error))


def _inspected(found: Found, limits: Limits) -> Inspection:
    try:
        return _of(*understand(found.read(), found.name, limits))
    except (KnowledgeError, OSError) as error:
        return Inspection(found.name, error=_said(error))


def _of(read: ReadDocument, document: Document) -> Inspection:
    return Inspection(
        path=document.source,
        document=document,
        pages=read.pages,
        passages=len(split(document.id, document.metadata.title, document.text, document.clauses, document.blocks)),
        tables=tables(document),
        faqs=len(read.faqs),
        recognised=recognised(document.blocks),
    )


def place_finder(document: Document) -> Callable[[int], str | None]:
    """From a place in the text to the page, slide or row where a person finds it."""
    starts = [block.start for block in document.blocks]

    def place(at: int) -> str | None:
        block = document.blocks[max(bisect_right(starts, at) - 1, 0)] if starts else None
        if block is None or not block.start <= at < block.end:
            return None
        return block.place or (f"第 {block.page} 页" if block.page else None)

    return place


def _said(error: Exception) -> str:
    return OPENING_FAILED.format(why=error.strerror or error) if isinstance(error, OSError) else str(error)
