"""What a Word paragraph is, by its own properties and by the style it names, inherited styles included."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_HEADING_NAME = re.compile(r"(?:heading|标题)\s*([1-9])")
_TITLE_NAMES = ("title", "标题")
_MAX_INHERITANCE = 20  # Word itself stops at eleven; a cycle must stop somewhere
_BODY_TEXT = 9  # the outline level that means "none"


@dataclass(frozen=True, slots=True)
class Style:
    """`level` is 1 to 9 for a heading, 0 for anything else."""

    level: int = 0
    is_list: bool = False
    is_title: bool = False


class Styles:
    """The styles of one document, from its `w:styles` element."""

    def __init__(self, styles: Any) -> None:
        self._elements = {style.get(f"{_W}styleId"): style for style in styles.iterchildren(f"{_W}style")}
        self._known: dict[str | None, Style] = {}

    def of(self, paragraph: Any) -> Style:
        """The paragraph's own outline level and numbering, where it has none its style's."""
        properties = paragraph.find(f"{_W}pPr")
        if properties is None:
            return Style()
        named = self._named(_value(properties, "pStyle"))
        level, numbered = _outline_level(properties), _is_numbered(properties)
        return Style(
            named.level if level is None else level,
            named.is_list if numbered is None else numbered,
            named.is_title,
        )

    def _named(self, identifier: str | None) -> Style:
        if identifier not in self._known:
            self._known[identifier] = self._resolved(identifier)
        return self._known[identifier]

    def _resolved(self, identifier: str | None) -> Style:
        chain = list(self._inherited(identifier))
        names = [(_value(style, "name") or "").lower() for style in chain]
        own = [style.find(f"{_W}pPr") for style in chain]
        levels = (_level(properties, name) for properties, name in zip(own, names, strict=True))
        lists = (_is_numbered(properties) for properties in own)
        title = any(name in _TITLE_NAMES for name in names)
        level = next((level for level in levels if level is not None), 1 if title else 0)
        return Style(level, next((numbered for numbered in lists if numbered is not None), False), title)

    def _inherited(self, identifier: str | None) -> Iterator[Any]:
        """The style and those it is based on, nearest first."""
        for _ in range(_MAX_INHERITANCE):
            style = self._elements.get(identifier)
            if style is None:
                return
            yield style
            identifier = _value(style, "basedOn")


def _level(properties: Any, name: str) -> int | None:
    level = _outline_level(properties)
    named = _HEADING_NAME.fullmatch(name)
    return int(named[1]) if level is None and named else level


def _outline_level(properties: Any) -> int | None:
    """1 to 9; 0 where the file says "body text"; None where it says nothing."""
    value = _value(properties, "outlineLvl")
    if value is None or not re.fullmatch("[0-9]", value):
        return None
    return 0 if int(value) == _BODY_TEXT else int(value) + 1


def _is_numbered(properties: Any) -> bool | None:
    """Whether numbering or bullets apply; numbering 0 takes away what the style gives."""
    numbering = properties.find(f"{_W}numPr") if properties is not None else None
    return None if numbering is None else _value(numbering, "numId") != "0"


def _value(parent: Any, tag: str) -> str | None:
    child = parent.find(f"{_W}{tag}") if parent is not None else None
    value = child.get(f"{_W}val") if child is not None else None
    return str(value) if value is not None else None
