"""Clauses and paragraphs to passages: what is embedded, found, and quoted from.

A passage never crosses a clause, and never begins where it cannot be understood: a clause too long for one passage is
cut at sentence ends, the last sentence said again; the items of an enumeration carry their lead-in, the rows of a
table its caption and header, in the passage's heading. The contents page is no passage.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

from knowledge.clauses import contents_span
from knowledge.documents import Block, Chunk, Clause, Exhibit

TARGET = 320  # characters; e5 reads 512 tokens, about 1.5 characters each, prefix and heading included
LONGEST = 480
OVERLAP = 80  # a sentence up to this long is said again at the start of the next passage
_SENTENCE = re.compile(r"[^。！？!?；;\n]*(?:[。！？!?；;]+[”’」』）)]*|\n+|\Z)")
_SHORTEST = 2
_ITEM = re.compile(r"\s*(?:[a-z]\)|[a-z]）|\d{1,2}[)）]|[（(][一二三四五六七八九十]{1,3}[)）]|[①-⑳]|[—–·•-]{1,2}\s?)")
_LEAD_IN = re.compile(r"[^\n]*[:：]\s*$", re.M)
_LONGEST_LEAD_IN = 100

Span = tuple[int, int]
Section = tuple[Clause | None, int, int]


def split(
    document_id: str,
    title: str,
    text: str,
    clauses: Sequence[Clause] = (),
    blocks: Sequence[Block] = (),
    exhibits: Sequence[Exhibit] = (),
) -> list[Chunk]:
    """The passages of one document, in order. `chunk.text == text[chunk.start:chunk.end]`."""
    chunks: list[Chunk] = []
    tables = [(block.start, block.end) for block in blocks if block.kind == "table"]
    pages = _Pages(blocks)
    for clause, start, end in _without(contents_span(text), _sections(text, clauses)):
        heading = _heading(title, clause)
        for piece_start, piece_end in _pieces(text, start, end, tables):
            context = _context(text, start, piece_start, tables, exhibits)
            chunks.append(
                Chunk(
                    id=f"{document_id}:{len(chunks)}",
                    document_id=document_id,
                    ordinal=len(chunks),
                    start=piece_start,
                    end=piece_end,
                    text=text[piece_start:piece_end],
                    heading=f"{heading} › {context}" if context else heading,  # noqa: RUF001
                    clause=clause.number if clause else None,
                    page=pages.at(piece_start),
                )
            )
    return chunks


def _sections(text: str, clauses: Sequence[Clause]) -> Iterator[Section]:
    if not clauses:
        yield None, 0, len(text)
        return
    if text[: clauses[0].start].strip():
        yield None, 0, clauses[0].start
    for clause, following in zip(clauses, (*clauses[1:], None), strict=True):
        if following and following.level > clause.level and _is_bare_heading(text, clause):
            continue  # the title lives on in the heading path of what stands below it
        yield clause, clause.start, clause.end


def _without(contents: Span | None, sections: Iterable[Section]) -> Iterator[Section]:
    for clause, start, end in sections:
        if contents is None or contents[1] <= start or contents[0] >= end:
            yield clause, start, end
            continue
        if start < contents[0]:
            yield clause, start, contents[0]
        if end > contents[1]:
            yield clause, contents[1], end


def _is_bare_heading(text: str, clause: Clause) -> bool:
    body = text[clause.start : clause.end].strip().lstrip("# ")
    return "\n" not in body and not body.endswith("。") and clause.title != "" and len(body) <= 60


def _heading(title: str, clause: Clause | None) -> str:
    if clause is None:
        return title
    own = (clause.number, clause.title) if not clause.title.startswith(clause.number or "\0") else (clause.title,)
    path = [title, *clause.path, " ".join(part for part in own if part)]
    return " › ".join(dict.fromkeys(part for part in path if part))  # noqa: RUF001


def _pieces(text: str, start: int, end: int, tables: Sequence[Span]) -> Iterator[Span]:
    """Stretches of about TARGET characters, at paragraph ends where possible, at sentence ends otherwise."""
    start, end = _trimmed(text, start, end)
    if end - start <= LONGEST:
        if end - start >= _SHORTEST:
            yield start, end
        return
    piece_start = piece_end = last = start
    for bite_start, bite_end in _bites(text, start, end, tables):
        too_long = bite_end - piece_start > LONGEST
        full = piece_end - piece_start >= TARGET
        if piece_end > piece_start and (too_long or full):
            yield _trimmed(text, piece_start, piece_end)
            repeats = last > piece_start and _may_repeat(text, last, bite_start, bite_end, tables)
            piece_start = last if repeats else bite_start
        last, piece_end = bite_start, bite_end
    if text[piece_start:end].strip():
        yield _trimmed(text, piece_start, end)


def _may_repeat(text: str, last: int, start: int, end: int, tables: Sequence[Span]) -> bool:
    """Whether the sentence before a cut helps the passage after it: a short one of running text."""
    short = start - last <= OVERLAP and end - last <= LONGEST
    running = not _ITEM.match(text, last) and "\n" not in text[last:start].strip("\n")
    return short and running and bool(text[last:start].strip()) and not any(a <= last < b for a, b in tables)


def _bites(text: str, start: int, end: int, tables: Sequence[Span]) -> Iterator[Span]:
    """Sentences and rows of tables; one longer than a passage may be is cut after a comma, or where the room ends."""
    for bite_start, bite_end in _units(text, start, end, tables):
        at = bite_start
        while bite_end - at > LONGEST:
            comma = max(text.rfind(mark, at, at + LONGEST) for mark in "，,、|")
            cut = comma + 1 if comma > at else at + LONGEST
            yield at, cut
            at = cut
        yield at, bite_end


def _units(text: str, start: int, end: int, tables: Sequence[Span]) -> Iterator[Span]:
    for table_start, table_end in tables:
        if table_end <= start or table_start >= end:
            continue
        yield from sentences(text, start, max(table_start, start))
        for row in re.compile(r"[^\n]*\n*").finditer(text, max(table_start, start), min(table_end, end)):
            if row.end() > row.start():
                yield row.span()
        start = max(start, min(table_end, end))
    yield from sentences(text, start, end)


def _context(text: str, section: int, start: int, tables: Sequence[Span], exhibits: Sequence[Exhibit]) -> str:
    """What a passage that begins in the middle of something needs said: a table's head, an enumeration's lead-in."""
    for table_start, table_end in tables:
        if table_start < start < table_end:
            header = text[table_start:table_end].split("\n", 1)[0].strip("| ")
            return " ".join(part for part in (_caption(start, exhibits), header) if part)
    if start > section and _ITEM.match(text, start):
        leads = list(_LEAD_IN.finditer(text, section, start))
        if leads and all(_ITEM.match(line) for line in text[leads[-1].end() : start].split("\n") if line.strip()):
            return leads[-1][0].strip()[-_LONGEST_LEAD_IN:]
    return ""


def _caption(at: int, exhibits: Sequence[Exhibit]) -> str:
    table = next((e for e in exhibits if e.kind == "table" and e.start <= at < e.end), None)
    return f"表 {table.number.upper()} {table.title}".strip() if table else ""


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


class _Pages:
    """Which page a place stands on."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self._starts = [(block.start, block.page) for block in blocks if block.page]

    def at(self, place: int) -> int | None:
        following = bisect_right(self._starts, place, key=lambda pair: pair[0])
        return self._starts[following - 1][1] if following else None
