"""The structure of standards and regulations: chapters, clauses, articles, annexes, headings, tables, figures.

Numbering follows GB/T 1.1-2020 for standards (4, 4.1, 4.1.2, 附录 A, A.1, 表 B.2) and the drafting rules of Chinese
legislation for regulations (编, 章, 节, 条). A heading is told from a cross-reference, a figure or a line of the
contents page by three things: how its line reads, whether its number continues the one before, and the line above.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from knowledge.clauses.contents import contents_span
from knowledge.clauses.exhibits import find_exhibits
from knowledge.clauses.headings import Heading, read_headings
from knowledge.clauses.numbering import numbering_warnings
from knowledge.documents import Block, Clause
from knowledge.standards import fold_clause

__all__ = ["clause_key", "contents_span", "find_clauses", "find_exhibits", "numbering_warnings"]


def find_clauses(text: str, blocks: Sequence[Block] = ()) -> tuple[Clause, ...]:
    """The clauses of a document in order, each ending where the next begins; none for running prose."""
    headings = read_headings(text, blocks, contents_span(text))
    return tuple(_clauses(text, headings))


def _clauses(text: str, headings: Sequence[Heading]) -> Iterator[Clause]:
    path: list[tuple[int, str]] = []
    for i, heading in enumerate(headings):
        end = headings[i + 1].start if i + 1 < len(headings) else len(text)
        path = [(level, title) for level, title in path if level < heading.level]
        yield Clause(
            number=heading.number,
            title=heading.title,
            start=heading.start,
            end=end,
            level=heading.level,
            path=tuple(title for _, title in path),
        )
        label = " ".join(part for part in (heading.number, heading.title) if part)
        path.append((heading.level, heading.title if heading.title.startswith(heading.number or "\0") else label))


def clause_key(number: str | None) -> str | None:
    """The folded term a clause is looked up by: 第二十四条 → 第24条."""
    return fold_clause(number) if number else None
