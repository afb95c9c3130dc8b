"""From pieces of text to a `ReadDocument` whose blocks point into its text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from knowledge.documents import Block, BlockKind, ReadDocument
from knowledge.errors import DocumentTooLarge
from knowledge.readers.limits import Limits

# A NUL ends strings in C libraries further on, a lone surrogate cannot be stored as UTF-8.
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Piece:
    """One block's text before it has a place; `level` counts for headings; the rest as in `Block`."""

    text: str
    kind: BlockKind = "paragraph"
    level: int = 0
    page: int | None = None
    place: str | None = None
    confidence: float | None = None


def assemble(name: str, pieces: Iterable[Piece], *, media_type: str, title: str | None, limits: Limits) -> ReadDocument:
    """Lay the pieces out one after the other, a line break between them; blank ones are left out.

    Raises DocumentTooLarge at the first piece that goes over `limits.max_characters`.
    """
    texts: list[str] = []
    blocks: list[Block] = []
    position = 0
    for piece in pieces:
        text = storable(piece.text).strip()
        if not text:
            continue
        end = position + len(text)
        refuse_too_many_characters(name, end, limits)
        texts.append(text)
        blocks.append(Block(position, end, piece.kind, piece.level, piece.page, piece.place, piece.confidence))
        position = end + 1
    return ReadDocument("\n".join(texts), tuple(blocks), media_type, clean_title(title))


def storable(text: str) -> str:
    return _UNSTORABLE.sub("\ufffd", text)


def clean_title(title: str | None) -> str | None:
    """The title on one line, or None if nothing is left of it."""
    return " ".join(storable(title).split()) or None if title else None


def table_text(rows: Iterable[Sequence[str]]) -> str:
    """One line `| a | b |` for each row that has any text; a cell's own line breaks become spaces, its bars ｜."""
    lines = ([" ".join(cell.replace("|", "｜").split()) for cell in row] for row in rows)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines if any(cells))


def refuse_too_many_characters(name: str, count: int, limits: Limits) -> None:
    if count > limits.max_characters:
        raise DocumentTooLarge(f"{name}：文字超过上限 {limits.max_characters} 字。请拆分后再导入。")


def markup_nodes(markup: bytes) -> int:
    """At least as many as the elements and attributes a parser would make of `markup`."""
    return markup.count(b"<") + markup.count(b"=")


def refuse_too_many_nodes(name: str, count: int, limits: Limits) -> None:
    """Raise DocumentTooLarge before a parser makes a tree of more nodes than `limits` allows."""
    if count > limits.max_markup_nodes:
        raise DocumentTooLarge(f"{name}：标记过多（超过 {limits.max_markup_nodes} 个）。请拆分后再导入。")
