"""A Word table as rows of cells, each in its row and column: a merged cell's text stands in all it covers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from knowledge.readers.docx_styles import integer_value, text_value
from knowledge.readers.docx_text import spoken, through

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MAX_COLUMNS = 63  # Word's own limit
_MANY = 1000  # columns; beyond them a span counts as one, or a row of spans would fill the memory


def table_cells(table: Any) -> list[list[Any]]:
    """The `w:tc` elements row by row, without the rows that were deleted with changes tracked."""
    return [list(through(row, f"{_W}tc")) for row in _rows(table)]


def table_rows(table: Any, text_of: Callable[[Any], str]) -> Iterator[list[str]]:
    """The texts of the table's columns, row by row; `text_of` is asked once for each cell that has its own text."""
    above: dict[int, str] = {}  # column → what the cell says that is still being continued downwards
    for row in _rows(table):
        texts = [""] * _skipped(row, "gridBefore")
        continued: dict[int, str] = {}
        for cell in through(row, f"{_W}tc"):
            column, properties = len(texts), cell.find(f"{_W}tcPr")
            down, across = _merge(properties, "vMerge"), _merge(properties, "hMerge")
            if down == "continue" and column in above and not _says_anything(cell):
                text = above[column]
            elif across == "continue" and texts and not _says_anything(cell):
                text = texts[-1]
            else:
                text = text_of(cell)
            if down:
                continued[column] = text
            texts += [text] * (_span(integer_value(properties, "gridSpan")) if column < _MANY else 1)
        above = continued
        yield [*texts, *[""] * _skipped(row, "gridAfter")]


def _rows(table: Any) -> Iterator[Any]:
    return (row for row in through(table, f"{_W}tr") if row.find(f"{_W}trPr/{_W}del") is None)


def _skipped(row: Any, tag: str) -> int:
    return min(max(integer_value(row.find(f"{_W}trPr"), tag) or 0, 0), _MAX_COLUMNS)


def _span(columns: int | None) -> int:
    return min(max(columns or 1, 1), _MAX_COLUMNS)


def _merge(properties: Any, tag: str) -> str | None:
    """restart, continue (which an element without a value means) or None."""
    if properties is None or properties.find(f"{_W}{tag}") is None:
        return None
    return text_value(properties, tag) or "continue"


def _says_anything(cell: Any) -> bool:
    return any(spoken(paragraph).strip() for paragraph in cell.iter(f"{_W}p"))
