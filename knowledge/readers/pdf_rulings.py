"""The straight lines that a PDF page draws: borders of tables, and whatever else is ruled."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pypdfium2.raw as pdfium

Box = tuple[float, float, float, float]  # left, bottom, right, top in points, y upwards
_Matrix = tuple[float, float, float, float, float, float]
_Point = tuple[float, float]

_THIN = 3.0  # points: a filled box no thicker than this is a line
_STRAIGHT = 1.0  # points by which a ruling may be askew
_DEEPEST = 4  # forms within forms
_MOST_OBJECTS = 20_000  # of one page; a drawing with more has no tables worth its time
_MOST_SEGMENTS = 400  # of one path; more is a curve or a map
_MOST_RULINGS = 3000


def rulings(page: Any) -> list[Box]:
    """Boxes no wider or no higher than `_THIN`; empty where the page draws more than a table would."""
    found: list[Box] = []
    budget = [_MOST_OBJECTS]
    for path, matrix in _paths(page.raw, (1, 0, 0, 1, 0, 0), 0, budget):
        found.extend(_lines(path, matrix))
        if len(found) > _MOST_RULINGS:
            return []
    return found if budget[0] > 0 else []


def _paths(container: Any, matrix: _Matrix, depth: int, budget: list[int]) -> Iterator[tuple[Any, _Matrix]]:
    """Every path of a page, or of a form in it, with the matrix that takes its points to the page."""
    count, get = (
        (pdfium.FPDFFormObj_CountObjects, pdfium.FPDFFormObj_GetObject)
        if depth
        else (pdfium.FPDFPage_CountObjects, pdfium.FPDFPage_GetObject)
    )
    for index in range(count(container)):
        budget[0] -= 1
        if budget[0] <= 0:
            return
        item = get(container, index)
        kind = pdfium.FPDFPageObj_GetType(item)
        if kind == pdfium.FPDF_PAGEOBJ_PATH:
            yield item, _times(_matrix_of(item), matrix)
        elif kind == pdfium.FPDF_PAGEOBJ_FORM and depth < _DEEPEST:
            yield from _paths(item, _times(_matrix_of(item), matrix), depth + 1, budget)


def _matrix_of(item: Any) -> _Matrix:
    matrix = pdfium.FS_MATRIX()
    if not pdfium.FPDFPageObj_GetMatrix(item, matrix):
        return (1, 0, 0, 1, 0, 0)
    return (matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f)


def _times(first: _Matrix, then: _Matrix) -> _Matrix:
    a, b, c, d, e, f = first
    g, h, i, j, k, m = then
    return (
        a * g + b * i,
        a * h + b * j,
        c * g + d * i,
        c * h + d * j,
        e * g + f * i + k,
        e * h + f * j + m,
    )


def _lines(path: Any, matrix: _Matrix) -> Iterator[Box]:
    count = pdfium.FPDFPath_CountSegments(path)
    if not 2 <= count <= _MOST_SEGMENTS:
        return
    fill, stroke = ctypes.c_int(), pdfium.FPDF_BOOL()
    if not pdfium.FPDFPath_GetDrawMode(path, fill, stroke) or not (fill.value or stroke.value):
        return
    for outline in _outlines(path, matrix, count):
        if stroke.value:
            yield from _sides(outline)
        else:
            yield from _as_line(outline)


def _outlines(path: Any, matrix: _Matrix, count: int) -> Iterator[list[_Point]]:
    """The path's pieces as corners; a curved piece is left out."""
    outline: list[_Point] = []
    curved = False
    x, y = ctypes.c_float(), ctypes.c_float()
    for index in range(count):
        segment = pdfium.FPDFPath_GetPathSegment(path, index)
        kind = pdfium.FPDFPathSegment_GetType(segment)
        pdfium.FPDFPathSegment_GetPoint(segment, x, y)
        if kind == pdfium.FPDF_SEGMENT_MOVETO:
            if len(outline) > 1 and not curved:
                yield outline
            outline, curved = [], False
        curved = curved or kind == pdfium.FPDF_SEGMENT_BEZIERTO
        a, b, c, d, e, f = matrix
        outline.append((a * x.value + c * y.value + e, b * x.value + d * y.value + f))
        if pdfium.FPDFPathSegment_GetClose(segment):
            outline.append(outline[0])
    if len(outline) > 1 and not curved:
        yield outline


def _sides(outline: list[_Point]) -> Iterator[Box]:
    for (x, y), (to_x, to_y) in pairwise(outline):
        if abs(x - to_x) <= _STRAIGHT or abs(y - to_y) <= _STRAIGHT:
            yield min(x, to_x), min(y, to_y), max(x, to_x), max(y, to_y)


def _as_line(outline: list[_Point]) -> Iterator[Box]:
    """A filled box that is a line by its looks."""
    xs, ys = [x for x, _ in outline], [y for _, y in outline]
    if max(xs) - min(xs) <= _THIN or max(ys) - min(ys) <= _THIN:
        yield min(xs), min(ys), max(xs), max(ys)
