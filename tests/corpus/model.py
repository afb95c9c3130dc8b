"""What a standard consists of, apart from any file format."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Merge:
    """A cell that covers others: `row` 0 is the header; the covered cells of the grid repeat its text."""

    row: int
    column: int
    rows: int = 1
    columns: int = 1

    def covers(self, row: int, column: int) -> bool:
        return self.row <= row < self.row + self.rows and self.column <= column < self.column + self.columns


@dataclass(frozen=True, slots=True)
class Table:
    number: str  # 1, B.1
    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    merges: tuple[Merge, ...] = ()

    @property
    def caption(self) -> str:
        return f"表 {self.number} {self.title}"

    @property
    def grid(self) -> tuple[tuple[str, ...], ...]:
        """Header and rows, as many cells in each as the table has columns."""
        return (self.header, *self.rows)

    @property
    def header_rows(self) -> int:
        """More than one where a cell of the header stretches downwards."""
        return max([1, *(m.rows for m in self.merges if m.row == 0)])

    def is_covered(self, row: int, column: int) -> bool:
        """Whether another cell stretches over this one."""
        return any(m.covers(row, column) and (row, column) != (m.row, m.column) for m in self.merges)

    def span(self, row: int, column: int) -> tuple[int, int]:
        """Rows and columns of the cell that begins here."""
        found = next((m for m in self.merges if (m.row, m.column) == (row, column)), None)
        return (found.rows, found.columns) if found else (1, 1)


@dataclass(frozen=True, slots=True)
class Figure:
    number: str
    title: str

    @property
    def caption(self) -> str:
        return f"图 {self.number} {self.title}"


Part = str | Table | Figure
"""A paragraph, item (a) …, 1) …), note (注：…), example (示例：…), or an exhibit."""


@dataclass(frozen=True, slots=True)
class Clause:
    """`number` is 8.5.2, 附录 A, A.1, or None for 前言 and 参考文献; without a title the number opens its text."""

    number: str | None
    title: str
    parts: tuple[Part, ...] = ()
    english: str = ""  # of a term
    standing: str = ""  # of an annex: 规范性 or 资料性

    @property
    def is_annex(self) -> bool:
        return bool(self.standing)

    @property
    def is_term(self) -> bool:
        return bool(self.english)

    @property
    def level(self) -> int:
        """1 for chapters, annexes and unnumbered headings."""
        return 1 if self.number is None or self.is_annex else self.number.count(".") + 1

    @property
    def paragraphs(self) -> tuple[str, ...]:
        return tuple(part for part in self.parts if isinstance(part, str))


@dataclass(frozen=True, slots=True)
class Faq:
    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Slide:
    title: str
    bullets: tuple[str, ...]
    notes: str


@dataclass(frozen=True, slots=True)
class Standard:
    number: str
    title: str
    body: str
    published: str
    effective: str
    clauses: tuple[Clause, ...]
    faqs: tuple[Faq, ...]
    slides: tuple[Slide, ...]

    @property
    def numbered(self) -> tuple[Clause, ...]:
        return tuple(clause for clause in self.clauses if clause.number)

    @property
    def tables(self) -> tuple[Table, ...]:
        return tuple(part for clause in self.clauses for part in clause.parts if isinstance(part, Table))

    @property
    def figures(self) -> tuple[Figure, ...]:
        return tuple(part for clause in self.clauses for part in clause.parts if isinstance(part, Figure))

    def contents(self) -> Iterator[tuple[int, str, int]]:
        """(level, line, page) of the contents page: two levels, as standards print them."""
        for at, clause in enumerate(self.clauses):
            if clause.level <= 2 and clause.title and not clause.is_term:
                yield clause.level, headline(clause), 1 + at // 7


def headline(clause: Clause) -> str:
    """A heading on one line: 4.1 标题, 附录 A（规范性） 标题."""
    if clause.is_annex:
        return f"{clause.number}（{clause.standing}） {clause.title}"
    title = f"{clause.title} {clause.english}".strip()
    return f"{clause.number} {title}" if clause.number else title
