"""Ruled lines → the grids of tables: which cell a point is in, merged cells as one region."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from knowledge.readers.pdf_rulings import Box

_NEAR = 3.0  # points: rulings closer than this meet, or are one double ruling
_SHORTEST = 6.0  # points; a shorter ruling is a tick or a letter's stroke
_OPEN = 12.0  # points by which the cross lines stick out of the outermost upright of a table open at its sides
_LONGEST_ROW = 400  # characters; one row with a longer cell is text in columns with a rule between them
_OUTSIDE = -1

Rows = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class _Rule:
    """A ruling: `at` is y of one that runs across, x of an upright one."""

    at: float
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Grid:
    """`regions[row][column]` is the number of the cell there, the same where cells are merged; -1 is no cell."""

    xs: tuple[float, ...]  # of the uprights, from the left
    ys: tuple[float, ...]  # of the cross lines, from the top
    regions: tuple[tuple[int, ...], ...]

    @property
    def box(self) -> Box:
        return self.xs[0], self.ys[-1], self.xs[-1], self.ys[0]

    def region_at(self, x: float, y: float) -> int | None:
        """The cell that the point is in, or None outside the table."""
        column = bisect(self.xs, x) - 1
        row = bisect([-at for at in self.ys], -y) - 1
        if not (0 <= column < len(self.xs) - 1 and 0 <= row < len(self.ys) - 1):
            return None
        region = self.regions[row][column]
        return None if region == _OUTSIDE else region

    def rows(self, texts: Mapping[int, str]) -> Rows:
        """The cells' texts by row and column; empty if what is written here is no table.

        A merged cell's text stands in all that it covers, so that a row can be read alone.
        """
        rows = [tuple(" ".join(texts.get(region, "").split()) for region in row) for row in self.regions]
        written = [row for row in rows if any(row)]
        columns = [index for index in range(len(self.xs) - 1) if any(row[index] for row in written)]
        if len(columns) < 2 or (len(written) == 1 and max(map(len, written[0])) > _LONGEST_ROW):
            return ()
        return tuple(tuple(row[index] for index in columns) for row in written)


def grids(boxes: Iterable[Box]) -> list[Grid]:
    """The tables that the rulings draw, at least one row of two cells each."""
    across, upright = _merged_rules(boxes)
    if len(across) < 2 or not upright:
        return []
    found = (_grid(rows, columns) for rows, columns in _connected(across, upright))
    return [grid for grid in found if grid is not None]


def _merged_rules(boxes: Iterable[Box]) -> tuple[list[_Rule], list[_Rule]]:
    across, upright = [], []
    for left, bottom, right, top in boxes:
        if right - left >= top - bottom:
            across.append(_Rule((bottom + top) / 2, left, right))
        else:
            upright.append(_Rule((left + right) / 2, bottom, top))
    return _merged(across), _merged(upright)


def _merged(rules: Sequence[_Rule]) -> list[_Rule]:
    """Rules on one line that touch made one; what is still short after that left out."""
    merged: list[_Rule] = []
    for line in _aligned(rules):
        at = sum(rule.at for rule in line) / len(line)
        start, end = line[0].start, line[0].end
        for rule in line[1:]:
            if rule.start > end + _NEAR:
                merged.append(_Rule(at, start, end))
                start = rule.start
                end = rule.end
            end = max(end, rule.end)
        merged.append(_Rule(at, start, end))
    return [rule for rule in merged if rule.end - rule.start >= _SHORTEST]


def _aligned(rules: Sequence[_Rule]) -> Iterator[list[_Rule]]:
    """The rules that lie on one line together, each line's from its start on."""
    line: list[_Rule] = []
    for rule in sorted(rules, key=lambda rule: rule.at):
        if line and rule.at - line[0].at > _NEAR:
            yield sorted(line, key=lambda rule: rule.start)
            line = []
        line.append(rule)
    if line:
        yield sorted(line, key=lambda rule: rule.start)


def _connected(across: Sequence[_Rule], upright: Sequence[_Rule]) -> Iterator[tuple[list[_Rule], list[_Rule]]]:
    """Rules that hang together by crossing or touching."""
    joined = _Sets(len(across) + len(upright))
    for row, rule in enumerate(across):
        for column, other in enumerate(upright):
            if _within(other.at, rule) and _within(rule.at, other):
                joined.unite(row, len(across) + column)
    parts: dict[int, tuple[list[_Rule], list[_Rule]]] = {}
    for index in range(len(across) + len(upright)):
        part = parts.setdefault(joined.find(index), ([], []))
        if index < len(across):
            part[0].append(across[index])
        else:
            part[1].append(upright[index - len(across)])
    yield from parts.values()


def _within(at: float, rule: _Rule) -> bool:
    return rule.start - _NEAR <= at <= rule.end + _NEAR


def _grid(across: list[_Rule], upright: list[_Rule]) -> Grid | None:
    if len(across) < 2 or not upright:
        return None
    upright = upright + list(_open_sides(across, upright))
    xs = tuple(_positions(upright))
    ys = tuple(reversed(_positions(across)))
    if len(xs) < 3 or len(ys) < 2:
        return None
    return Grid(xs, ys, _regions(xs, ys, across, upright))


def _open_sides(across: Sequence[_Rule], upright: Sequence[_Rule]) -> Iterator[_Rule]:
    """The uprights that a table open at its sides would have there."""
    low, high = min(rule.at for rule in across), max(rule.at for rule in across)
    left, right = min(rule.start for rule in across), max(rule.end for rule in across)
    if min(rule.at for rule in upright) - left > _OPEN:
        yield _Rule(left, low, high)
    if right - max(rule.at for rule in upright) > _OPEN:
        yield _Rule(right, low, high)


def _positions(rules: Iterable[_Rule]) -> list[float]:
    positions: list[float] = []
    for at in sorted(rule.at for rule in rules):
        if not positions or at - positions[-1] > _NEAR:
            positions.append(at)
    return positions


def _regions(
    xs: Sequence[float], ys: Sequence[float], across: Sequence[_Rule], upright: Sequence[_Rule]
) -> tuple[tuple[int, ...], ...]:
    """Fields of the grid with no rule between them are one region; one open to the outside is none."""
    width, height = len(xs) - 1, len(ys) - 1
    outside = width * height
    joined = _Sets(outside + 1)
    middles_x = [(a + b) / 2 for a, b in pairwise(xs)]
    middles_y = [(a + b) / 2 for a, b in pairwise(ys)]

    def field(row: int, column: int) -> int:
        return row * width + column if 0 <= row < height and 0 <= column < width else outside

    for row in range(height):
        for column, x in enumerate(xs):
            if not _is_ruled(upright, x, middles_y[row]):
                joined.unite(field(row, column - 1), field(row, column))
    for column in range(width):
        for row, y in enumerate(ys):
            if not _is_ruled(across, y, middles_x[column]):
                joined.unite(field(row - 1, column), field(row, column))
    out = joined.find(outside)
    names = [joined.find(index) for index in range(outside)]
    return tuple(
        tuple(_OUTSIDE if name == out else name for name in names[row * width : (row + 1) * width])
        for row in range(height)
    )


def _is_ruled(rules: Sequence[_Rule], at: float, beside: float) -> bool:
    return any(abs(rule.at - at) <= _NEAR and rule.start <= beside <= rule.end for rule in rules)


class _Sets:
    """Disjoint sets of the numbers below `count`."""

    def __init__(self, count: int) -> None:
        self._parents = list(range(count))

    def find(self, index: int) -> int:
        while self._parents[index] != index:
            self._parents[index] = self._parents[self._parents[index]]
            index = self._parents[index]
        return index

    def unite(self, first: int, second: int) -> None:
        self._parents[self.find(first)] = self.find(second)
