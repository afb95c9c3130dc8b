"""The paragraphs of a DrawingML text body, and the rows of a DrawingML table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_MATH_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"  # says an equation a second time
_NUMBERED = {"arabicPeriod": "{}. ", "arabicParenR": "{}) ", "arabicParenBoth": "({}) ", "arabicPlain": "{} "}
_CHINESE_NUMBERED = {"ea1ChsPeriod": "{}、", "ea1ChsPlain": "{} ", "ea1ChtPeriod": "{}、", "ea1JpnChsDbPeriod": "{}、"}
_CIRCLED = ("circleNumDbPlain", "circleNumWdWhitePlain", "circleNumWdBlackPlain")
_CHINESE = "一二三四五六七八九十"
_MAX_SPAN = 1000  # columns or rows that one cell may cover


@dataclass(frozen=True, slots=True)
class Paragraph:
    """`bullet` is None where the paragraph leaves it to its placeholder whether it is a list item."""

    text: str
    level: int
    bullet: bool | None


def paragraphs_of(body: Any) -> Iterator[Paragraph]:
    """All paragraphs, empty ones too, with the numbers that PowerPoint computes for numbered lists."""
    counters: dict[int, tuple[str, int]] = {}
    for element in body.iterchildren(f"{A}p"):
        text = "".join(_spoken(element)).strip()
        properties = element.find(f"{A}pPr")
        level = _level(properties)
        scheme = _numbering(properties)
        if not text:
            yield Paragraph("", level, False)
            continue
        counters = {deep: counter for deep, counter in counters.items() if deep <= level}
        if scheme is None:
            counters.pop(level, None)
            yield Paragraph(text, level, _bullet(properties))
            continue
        known, count = counters.get(level, ("", 0))
        kind, start = scheme
        count = count + 1 if known == kind else start
        counters[level] = (kind, count)
        yield Paragraph(_label(kind, count) + text, level, True)


def table_rows(table: Any) -> list[list[str]]:
    """A cell for each column of each row; a merged cell's text in all it covers, over a whole row only once."""
    grid: dict[tuple[int, int], str] = {}
    rows = table.findall(f"{A}tr")
    width = 0
    for number, row in enumerate(rows):
        cells = row.findall(f"{A}tc")
        width = max(width, len(cells))
        for column, cell in enumerate(cells):
            if cell.get("hMerge") in ("1", "true") or cell.get("vMerge") in ("1", "true"):
                continue
            text = _cell_text(cell)
            across = min(_span(cell, "gridSpan"), len(cells) - column)
            down = min(_span(cell, "rowSpan"), len(rows) - number)
            if across == len(cells) > 1:
                grid[number, column] = text
                continue
            for covered in ((number + y, column + x) for y in range(down) for x in range(across)):
                grid.setdefault(covered, text)
    return [[grid.get((number, column), "") for column in range(width)] for number in range(len(rows))]


def _cell_text(cell: Any) -> str:
    body = cell.find(f"{A}txBody")
    return "" if body is None else " ".join(paragraph.text for paragraph in paragraphs_of(body) if paragraph.text)


def _spoken(element: Any) -> Iterator[str]:
    """Text, breaks and equations; slide numbers and dates are fields whose text is not the author's."""
    for child in element.iterchildren():
        if child.tag in (f"{A}t", _MATH_TEXT):
            yield child.text or ""
        elif child.tag == f"{A}br":
            yield "\n"
        elif child.tag == f"{A}fld" and child.get("type", "").startswith(("slidenum", "datetime")):
            continue
        elif child.tag not in (f"{A}pPr", f"{A}rPr", _FALLBACK):
            yield from _spoken(child)


def _level(properties: Any) -> int:
    return _integer(properties.get("lvl"), 0) if properties is not None else 0


def _bullet(properties: Any) -> bool | None:
    if properties is None:
        return None
    if properties.find(f"{A}buNone") is not None:
        return False
    if properties.find(f"{A}buChar") is not None or properties.find(f"{A}buBlip") is not None:
        return True
    return True if _level(properties) else None


def _numbering(properties: Any) -> tuple[str, int] | None:
    """The scheme and the number it starts at."""
    numbering = properties.find(f"{A}buAutoNum") if properties is not None else None
    return None if numbering is None else (numbering.get("type", ""), _integer(numbering.get("startAt"), 1))


def _label(scheme: str, count: int) -> str:
    if scheme in _NUMBERED:
        return _NUMBERED[scheme].format(count)
    if scheme in _CHINESE_NUMBERED and count <= len(_CHINESE):
        return _CHINESE_NUMBERED[scheme].format(_CHINESE[count - 1])
    if scheme in _CIRCLED and count <= 20:
        return chr(0x2460 + count - 1)
    return ""


def _span(cell: Any, name: str) -> int:
    return min(max(1, _integer(cell.get(name), 1)), _MAX_SPAN)


def _integer(value: str | None, otherwise: int) -> int:
    return int(value) if value and value.isascii() and value.isdigit() and len(value) < 7 else otherwise
