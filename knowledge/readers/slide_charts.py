"""The numbers behind a chart, as the presentation itself keeps them; the workbook embedded beside is not opened."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from lxml import etree  # type: ignore[import-untyped]

from knowledge.readers.spreadsheet_values import plain_number

_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_MAX_POINTS = 1000  # of one series: more is a measurement, not a table


def chart_title(markup: bytes) -> str:
    found = _parsed(markup).find(f"{_C}chart/{_C}title")
    return "" if found is None else "".join(text.text or "" for text in found.iter(f"{_A}t")).strip()


def chart_rows(markup: bytes) -> list[list[str]]:
    """A heading row with the names of the series, then a row for each category; empty if no values are kept."""
    series = list(_parsed(markup).iter(f"{_C}ser"))
    columns = [_points(one.find(f"{_C}val"), one.find(f"{_C}yVal")) for one in series]
    categories: dict[int, str] = {}
    for one in series:
        categories |= _points(one.find(f"{_C}cat"), one.find(f"{_C}xVal"))
    numbers = sorted({number for column in columns for number in column})
    if not numbers:
        return []
    names = ["".join(_points(one.find(f"{_C}tx")).values()) for one in series]
    rows = [[categories.get(number, ""), *(column.get(number, "") for column in columns)] for number in numbers]
    return [["", *names], *rows]


def _parsed(markup: bytes) -> Any:
    return etree.fromstring(markup, etree.XMLParser(resolve_entities=False, no_network=True))


def _points(*sources: Any) -> dict[int, str]:
    """The cached values of the first source there is, by their index."""
    source = next((source for source in sources if source is not None), None)
    points: dict[int, str] = {}
    for point in () if source is None else source.iter(f"{_C}pt"):
        index = point.get("idx", "")
        if index.isascii() and index.isdigit() and len(points) < _MAX_POINTS:
            points[int(index[:9])] = _shown(point.findtext(f"{_C}v", ""))
    return points


def _shown(stored: str) -> str:
    """0.30000000000000004 as 0.3; text as it is."""
    try:
        value = Decimal(stored)
    except InvalidOperation:
        return stored
    return plain_number(value) if "." in stored and value.is_finite() and abs(value.adjusted()) < 300 else stored
