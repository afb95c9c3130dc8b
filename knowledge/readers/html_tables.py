"""An HTML table as rows of cells, each in its row and column: a spanning cell's text stands in all it covers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from lxml import etree  # type: ignore[import-untyped]

CELLS = ("td", "th")
_MAX_COLUMNS = 1000  # HTML's own bounds
_MAX_ROWS = 65_534
_SHORT = 300  # characters: less is a value, more may be an article
_COUNT = re.compile(r"\s*([0-9]{1,6})")


class TableTooLarge(Exception):
    """The cells, each repeated where it spans, come to more characters than there is room for."""


def is_data_table(element: etree._Element) -> bool:
    """Rows and columns with no table inside; old pages put a whole article into the cells of a layout table."""
    if element.tag != "table" or next(element.iterdescendants("table"), None) is not None:
        return False
    wide = [row for row in element.iter("tr") if sum(1 for _ in row.iterchildren(*CELLS)) > 1]
    return len(wide) > 1 or (len(wide) == 1 and _has_a_group(element))


def captions(table: etree._Element) -> Iterator[etree._Element]:
    return iter(table.iterchildren("caption"))


def table_rows(table: etree._Element, text_of: Callable[[etree._Element], str], room: int) -> Iterator[list[str]]:
    """The texts of the table's columns, row by row. Raises TableTooLarge beyond `room` characters."""
    rows = [list(row.iterchildren(*CELLS)) for row in table.iter("tr")]
    ends = _group_ends(table)
    width = _width(rows)
    below: dict[int, tuple[int, str]] = {}  # column → (the row its cell ends before, the cell's text)
    for index, row in enumerate(rows):
        texts: list[str] = []
        for cell in row:
            room -= _fill(texts, below, index)
            down, text = _span(cell, "rowspan", _MAX_ROWS), text_of(cell)
            across = _span(cell, "colspan", _MAX_COLUMNS)
            across = min(across, width) if len(row) == 1 else across
            end = ends[index] if down == 0 else min(index + down, ends[index])
            for _ in range(across):
                if end > index + 1:
                    below[len(texts)] = (end, text)
                texts.append(text)
            room -= across * (len(text) + 3)
            if room < 0:
                raise TableTooLarge
        room -= _fill(texts, below, index)
        yield texts


def _fill(texts: list[str], below: dict[int, tuple[int, str]], index: int) -> int:
    """Append what the cells above say of this row's next columns; how many characters that comes to."""
    length = 0
    while len(texts) in below and below[len(texts)][0] > index:
        text = below[len(texts)][1]
        texts.append(text)
        length += len(text) + 3
    return length


def _group_ends(table: etree._Element) -> list[int]:
    """For each row the index of the row its section (thead, tbody) ends before: no cell spans beyond."""
    parents = [row.getparent() for row in table.iter("tr")]
    ends = [index + 1 for index, (one, other) in enumerate(pairwise(parents)) if one is not other]
    ends.append(len(parents))
    found: list[int] = []
    for end in ends:
        found += [end] * (end - len(found))
    return found


def _width(rows: Sequence[Sequence[etree._Element]]) -> int:
    """Columns of the widest row of several cells; a cell alone in its row often claims far more than there are."""
    widths = (sum(_span(cell, "colspan", _MAX_COLUMNS) for cell in row) for row in rows if len(row) > 1)
    return max(widths, default=1)


def _has_a_group(table: etree._Element) -> bool:
    """Whether a cell stands beside several rows of short ones, and not a menu beside an article."""
    cells = list(table.iter(*CELLS))
    beside = any(_span(cell, "rowspan", _MAX_ROWS) != 1 for cell in cells)
    return beside and all(len("".join(cell.itertext())) <= _SHORT for cell in cells)


def _span(cell: etree._Element, attribute: str, most: int) -> int:
    """What the attribute says, 1 where it says nothing sensible; a rowspan of 0 is "to the end"."""
    count = _COUNT.match(cell.get(attribute) or "")
    if count is None or (int(count[1]) == 0 and attribute == "colspan"):
        return 1
    return min(int(count[1]), most)
