"""Pieces of text on a page → its lines in reading order."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from statistics import median

from knowledge.readers.pdf_layout import Line, Page, beside

_SAME_ROW = 0.5  # of a line's height: centres closer than this stand in one row
_GAP = 0.5  # of a line's height: fragments closer than this touch
_GUTTER = 0.8  # of a line's height, at the least, between two columns
_FEWEST = 4  # lines in each of two columns
_FILLED = 0.8  # of a column's width: what a line that runs on fills at least
_FILLED_SHARE = 1 / 3  # of a column's lines at least; cells of a table are shorter
_WORDY = 10  # characters of such a line, by the median


def in_reading_order(fragments: Sequence[Line], number: int, width: float) -> Page:
    """Rows from top to bottom, each from left to right; but columns one after the other.

    A file draws a row of a table piece after piece, and one column after the other: pieces of one row
    that the file does not draw in succession are columns. Columns drawn otherwise, or seen in an image,
    show by the white between them and by lines that fill their width.
    """
    tables = [line for line in fragments if line.table]
    pieces = [line for line in fragments if not line.table]
    if side_by_side := _in_columns(pieces):
        return Page(number, width, _with_tables(side_by_side, tables, True), True)
    rows = _rows(pieces)
    torn = sum(1 for row in rows if max(row) - min(row) != len(row) - 1)
    if torn >= 3 and torn * 3 > len(rows):
        return Page(number, width, _with_tables(pieces, tables, True), True)
    lines = [_merged([pieces[index] for index in row]) for row in rows]
    return Page(number, width, _with_tables(lines, tables, False))


def _rows(fragments: Sequence[Line]) -> list[list[int]]:
    """Indices of the fragments, those on one line together, from the top of the page down."""
    rows: list[list[int]] = []
    for index in sorted(range(len(fragments)), key=lambda index: -fragments[index].middle):
        line = fragments[index]
        first = fragments[rows[-1][0]] if rows else None
        if first and first.middle - line.middle < _SAME_ROW * min(first.size, line.size):
            rows[-1].append(index)
        else:
            rows.append([index])
    return rows


def _merged(row: Sequence[Line]) -> Line:
    return reduce(_beside, sorted(row, key=lambda line: line.left))


def _beside(before: Line, line: Line) -> Line:
    gap = " " if line.left - before.right > _GAP * line.size else ""
    return beside(before, line, f"{before.text}{gap}{line.text}")


def _in_columns(pieces: Sequence[Line]) -> list[Line] | None:
    """The pieces of a page in two columns, the left one first; None if it is not in two columns.

    A line across both ends what stands side by side above it.
    """
    if len(pieces) < 2 * _FEWEST:
        return None
    middle = (min(line.left for line in pieces) + max(line.right for line in pieces)) / 2
    size = median(line.size for line in pieces)
    left = [line for line in pieces if line.right < middle + size]
    right = [line for line in pieces if line.left > middle - size and line not in left]
    if not (_is_column(left) and _is_column(right)):
        return None
    if min(line.left for line in right) - max(line.right for line in left) < _GUTTER * size:
        return None
    if min(left[0].top, right[0].top) < max(left[-1].bottom, right[-1].bottom):
        return None  # one above the other
    return _band_by_band(left, right, [line for line in pieces if line not in left and line not in right])


def _is_column(lines: list[Line]) -> bool:
    if len(lines) < _FEWEST:
        return False
    lines.sort(key=lambda line: -line.middle)
    width = max(line.right for line in lines) - min(line.left for line in lines)
    filled = [line for line in lines if line.right - line.left >= _FILLED * width]
    return len(filled) >= len(lines) * _FILLED_SHARE and median(len(line.text) for line in filled) >= _WORDY


def _band_by_band(left: Sequence[Line], right: Sequence[Line], across: Sequence[Line]) -> list[Line]:
    ordered: list[Line] = []
    ceiling = float("inf")
    for line in [*sorted(across, key=lambda line: -line.middle), None]:
        floor = line.middle if line else float("-inf")
        for column in (left, right):
            ordered += [piece for piece in column if floor < piece.middle <= ceiling]
        ordered += [line] if line else []
        ceiling = floor
    return ordered


def _with_tables(lines: Sequence[Line], tables: Sequence[Line], in_columns: bool) -> tuple[Line, ...]:
    """The tables put before the first line that stands below them, in columns the first in their own."""
    ordered = list(lines)
    for table in sorted(tables, key=lambda table: -table.top):
        below = (
            index
            for index, line in enumerate(ordered)
            if line.middle < table.middle and (not in_columns or (line.left < table.right and line.right > table.left))
        )
        ordered.insert(next(below, len(ordered)), table)
    return tuple(ordered)
