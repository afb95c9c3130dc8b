"""Clauses and paragraphs to passages: what is embedded, found, and quoted from.

A passage never crosses a clause. A long clause is cut at sentence ends, and a sentence without an end
(a table row, a list of names) at commas.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from knowledge.documents import Block, Chunk, Clause

TARGET = 320  # characters; e5 reads 512 tokens, about 1.5 characters each, prefix and heading included
LONGEST = 480
_SENTENCE = re.compile(r"[^。！？!?；;\n]*(?:[。！？!?；;]+[”’」』）)]*|\n+|\Z)")
_SHORTEST = 2

Span = tuple[int, int]


def split(
    document_id: str, title: str, text: str, clauses: Sequence[Clause] = (), blocks: Sequence[Block] = ()
) -> list[Chunk]:
    """The passages of one document, in order. `chunk.text == text[chunk.start:chunk.end]`."""
    chunks: list[Chunk] = []
    for clause, start, end in _sections(text, clauses):
        for piece_start, piece_end in _pieces(text, start, end):
            chunks.append(
                Chunk(
                    id=f"{document_id}:{len(chunks)}",
                    document_id=document_id,
                    ordinal=len(chunks),
                    start=piece_start,
                    end=piece_end,
                    text=text[piece_start:piece_end],
                    heading=_heading(title, clause),
                    clause=clause.number if clause else None,
                    page=_page(blocks, piece_start),
                )
            )
    return chunks


def _sections(text: str, clauses: Sequence[Clause]) -> Iterator[tuple[Clause | None, int, int]]:
    if not clauses:
        yield None, 0, len(text)
        return
    if text[: clauses[0].start].strip():
        yield None, 0, clauses[0].start
    for clause, following in zip(clauses, (*clauses[1:], None), strict=True):
        if following and following.level > clause.level and _is_bare_heading(text, clause):
            continue  # the title lives on in the heading path of what stands below it
        yield clause, clause.start, clause.end


def _is_bare_heading(text: str, clause: Clause) -> bool:
    body = text[clause.start : clause.end].strip().lstrip("# ")
    return "\n" not in body and not body.endswith("。") and clause.title != "" and len(body) <= 60


def _heading(title: str, clause: Clause | None) -> str:
    if clause is None:
        return title
    own = (clause.number, clause.title) if not clause.title.startswith(clause.number or "\0") else (clause.title,)
    path = [title, *clause.path, " ".join(part for part in own if part)]
    return " › ".join(dict.fromkeys(part for part in path if part))  # noqa: RUF001


def _pieces(text: str, start: int, end: int) -> Iterator[Span]:
    """Stretches of about TARGET characters, at paragraph ends where possible, at sentence ends otherwise."""
    start, end = _trimmed(text, start, end)
    if end - start <= LONGEST:
        if end - start >= _SHORTEST:
            yield start, end
        return
    piece_start = piece_end = start
    for sentence_start, sentence_end in _bites(text, start, end):
        too_long = sentence_end - piece_start > LONGEST
        full = piece_end - piece_start >= TARGET
        if piece_end > piece_start and (too_long or full):
            yield _trimmed(text, piece_start, piece_end)
            piece_start = sentence_start
        piece_end = sentence_end
    if text[piece_start:end].strip():
        yield _trimmed(text, piece_start, end)


def _bites(text: str, start: int, end: int) -> Iterator[Span]:
    """Sentences, those longer than a passage may be cut after a comma, or where the room ends."""
    for sentence_start, sentence_end in sentences(text, start, end):
        at = sentence_start
        while sentence_end - at > LONGEST:
            comma = max(text.rfind(mark, at, at + LONGEST) for mark in "，,、|")
            cut = comma + 1 if comma > at else at + LONGEST
            yield at, cut
            at = cut
        yield at, sentence_end


def sentences(text: str, start: int, end: int) -> Iterator[Span]:
    """Sentence spans, each with its closing marks; together they cover `text[start:end]`."""
    for match in _SENTENCE.finditer(text, start, end):
        if match.end() > match.start():
            yield match.start(), match.end()


def _trimmed(text: str, start: int, end: int) -> Span:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _page(blocks: Sequence[Block], at: int) -> int | None:
    page = None
    for block in blocks:
        if block.start > at:
            break
        page = block.page or page
    return page
