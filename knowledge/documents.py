"""The values that carry a document through the journey in: file → blocks → clauses → chunks.

Offsets are half-open, in characters (code points), never bytes. A `Block` points into the text of the
value it came with: `ReadDocument.original` after reading, `Document.text` after cleaning.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Literal

BlockKind = Literal["heading", "paragraph", "list_item", "table", "note"]


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of text with the role the file's own markup gives it."""

    start: int
    end: int
    kind: BlockKind = "paragraph"
    level: int = 0  # headings only: 1 is the outermost
    page: int | None = None  # 1-based, where the format has pages
    place: str | None = None  # where the format has others: 幻灯片 3 · 工作表“供方”第 12 行
    confidence: float | None = None  # 0 … 1, where the text was recognised from an image


@dataclass(frozen=True, slots=True)
class ReadFaq:
    """A question and its answer as a sheet of them has it; `place` says in which row."""

    question: str
    answer: str
    similar: tuple[str, ...] = ()
    place: str = ""


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """What a reader returns: the text as the file had it, decoded, and where its blocks lie in it."""

    original: str
    blocks: tuple[Block, ...]
    media_type: str
    title: str | None = None  # only if the file's own markup or properties name one
    pages: int | None = None  # or slides
    faqs: tuple[ReadFaq, ...] = ()
    warnings: tuple[str, ...] = ()  # Chinese, for the operator: what was left out, or is doubtful


@dataclass(frozen=True, slots=True)
class Repair:
    """One stretch of the cleaned text that differs from the original by more than spelling.

    `text[start:end]` stands where `original` stood. `inferred` marks a reading that the file does not
    state (a date whose digits ran together); verification accepts the value, and the answer says 推断.
    """

    start: int
    end: int
    original: str
    reason: str
    inferred: bool = False
    meaning: str | None = None  # what a relative date stands for; the text itself is unchanged then


class Origin(StrEnum):
    """Where a document came from."""

    LIBRARY = "library"  # built in
    FILE = "file"  # ingested by the operator


class Status(StrEnum):
    """Whether a document is in force, in the words standards bodies use."""

    IN_FORCE = "现行"
    UPCOMING = "即将实施"
    REPEALED = "废止"


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a document says of itself; every field may be unknown."""

    title: str
    body: str | None = None  # issuing body or publisher
    number: str | None = None  # standard or document number, folded to one spelling
    edition: str | None = None  # such as 2016 or 2023-07-20
    published: date | None = None
    effective: date | None = None
    status: Status = Status.IN_FORCE
    repealed: date | None = None  # the first day on which it no longer holds
    replaces: str | None = None  # number or title of the earlier edition
    replaced_by: str | None = None


@dataclass(frozen=True, slots=True)
class Clause:
    """A numbered or headed part of a document, with the path of headings above it."""

    number: str | None  # 8.5.2, 第十二条, A.1; None for an unnumbered heading
    title: str
    start: int  # of the heading itself
    end: int  # where the next clause begins
    level: int
    path: tuple[str, ...] = ()  # headings from the outermost down to, not including, this one


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A numbered table or figure: 表 2, 表 B.2, 图 1. Stands inside a clause; a table ends with its last row."""

    kind: Literal["table", "figure"]
    number: str  # folded, without its word: 2, b.2
    title: str
    start: int  # of the caption
    end: int


@dataclass(frozen=True, slots=True)
class Document:
    """A document as the catalog keeps it."""

    id: str
    source: str  # file name or library path, shown to people
    origin: Origin
    content_hash: str  # SHA-256 of the file's bytes
    media_type: str
    metadata: Metadata
    original: str
    text: str
    alignment: tuple[tuple[int, int, int, int], ...] = ()  # (text_start, text_end, original_start, original_end)
    repairs: tuple[Repair, ...] = ()
    blocks: tuple[Block, ...] = ()
    clauses: tuple[Clause, ...] = ()
    exhibits: tuple[Exhibit, ...] = ()
    warnings: tuple[str, ...] = ()

    def place(self, at: int) -> str | None:
        """Where in the file a place of the text stands, as a person would look for it: 第3页, 幻灯片 5."""
        block = next((block for block in self.blocks if block.start <= at < block.end), None)
        if block is None:
            return None
        place = block.place or (f"第{block.page}页" if block.page else None)
        return f"{place}（由图像识别）" if place and block.confidence is not None else place


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage of one document: what the indexes hold and what evidence is cut from.

    `text == document.text[start:end]`, always; `heading` is shown and indexed beside it, never quoted.
    """

    id: str
    document_id: str
    ordinal: int
    start: int
    end: int
    text: str
    heading: str = ""  # title and heading path, joined by " › "  # noqa: RUF003
    clause: str | None = None
    page: int | None = None


@dataclass(frozen=True, slots=True)
class IngestedFile:
    """One line of ingestion's report."""

    path: str
    outcome: Literal["added", "replaced", "unchanged", "duplicate", "skipped", "failed"]
    document_id: str | None = None
    title: str | None = None
    chunks: int = 0
    clauses: int = 0
    pages: int | None = None
    tables: int = 0
    faqs: int = 0
    recognised: float | None = None  # mean confidence of the text that was recognised from images, 0 … 1
    warnings: tuple[str, ...] = ()
    error: str | None = None


@dataclass(frozen=True, slots=True)
class IngestionReport:
    files: Sequence[IngestedFile] = field(default_factory=tuple)
    left: int = 0  # files that were not looked at, because somebody stopped it

    @property
    def failed(self) -> int:
        return sum(f.outcome == "failed" for f in self.files)
