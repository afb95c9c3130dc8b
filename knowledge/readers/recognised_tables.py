"""Ruled tables in the image of a page: its lines put into the cells that its rulings draw."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.readers.assembly import table_text
from knowledge.readers.pdf_layout import Line, mean_confidence
from knowledge.readers.pdf_mending import join_lines
from knowledge.readers.pdf_order import in_reading_order
from knowledge.readers.pdf_rulings import Box
from knowledge.readers.pdf_tables import Grid, grids

_ACROSS = 1 / 30  # of the page's width: a shorter stroke is part of a character
_UPRIGHT = 1 / 50  # of its height
_THICK = 14  # pixels; thicker is a bar or a picture


def with_tables(lines: Sequence[Line], image: NDArray[np.uint8], slope: float, points: float) -> list[Line]:
    """The lines, those in ruled tables replaced by the tables; `points` to a pixel, `slope` of the page in radians."""
    rest = list(lines)
    for grid in grids(_rulings(image, slope, points)):
        inside = {id(line): region for line in rest if (region := _region(grid, line)) is not None}
        cells: dict[int, list[Line]] = {}
        for line in rest:
            if id(line) in inside:
                cells.setdefault(inside[id(line)], []).append(line)
        rows = grid.rows({region: _text(cell) for region, cell in cells.items()})
        if rows:
            sure = mean_confidence([line for cell in cells.values() for line in cell])
            rest = [line for line in rest if id(line) not in inside]
            rest.append(Line(table_text(rows), *grid.box, confidence=sure, table=rows))
    return rest


def _region(grid: Grid, line: Line) -> int | None:
    return None if line.table else grid.region_at((line.left + line.right) / 2, line.middle)


def _text(lines: Sequence[Line]) -> str:
    return reduce(join_lines, (line.text for line in in_reading_order(lines, 0, 0.0).lines), "")


def _rulings(image: NDArray[np.uint8], slope: float, points: float) -> list[Box]:
    """Long straight strokes of the page laid straight, in points, y upwards."""
    import cv2

    high, wide = image.shape[:2]
    turn = cv2.getRotationMatrix2D((wide / 2, high / 2), math.degrees(slope), 1.0)
    straight = cv2.warpAffine(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), turn, (wide, high), borderValue=(255,))
    _, dark = cv2.threshold(straight, 0, 255, cv2.THRESH_BINARY_INV + cv2.THRESH_OTSU)
    across = _strokes(cv2, dark, (max(20, int(wide * _ACROSS)), 1), (1, 3))
    upright = _strokes(cv2, dark, (1, max(20, int(high * _UPRIGHT))), (3, 1))
    return [
        (left * points, -bottom * points, right * points, -top * points)
        for left, top, right, bottom in (*across, *upright)
        if min(right - left, bottom - top) <= _THICK
    ]


def _strokes(
    cv2: Any, dark: Any, length: tuple[int, int], thicken: tuple[int, int]
) -> Iterator[tuple[int, int, int, int]]:
    """Left, top, right, bottom of strokes at least so long; thickened first, for those a little askew."""
    thick = cv2.dilate(dark, np.ones(thicken[::-1], np.uint8))
    kept = cv2.morphologyEx(thick, cv2.MORPH_OPEN, np.ones(length[::-1], np.uint8))
    count, _, boxes, _ = cv2.connectedComponentsWithStats(kept, connectivity=8)
    for index in range(1, count):
        left, top, width, height = (int(value) for value in boxes[index][:4])
        yield left, top, left + width, top + height
