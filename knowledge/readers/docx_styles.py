"""What a Word paragraph is, by its own properties and by the style it names, inherited styles included."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_HEADING_NAME = re.compile(r"(?:heading|标题)\s*([1-9])")
_TITLE_NAMES = ("title", "标题")
_CONTENTS_NAME = re.compile(r"(?:toc|目[录次])\s*[1-9]|table of figures|图表目录")
_MAX_INHERITANCE = 20  # Word itself stops at eleven; a cycle must stop somewhere
_BODY_TEXT = 9  # the outline level that means "none"
_INTEGER = re.compile(r"-?[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Style:
    """`level` is 1 to 9 for a heading, 0 for anything else."""

    level: int = 0
    is_title: bool = False
    is_contents: bool = False  # an entry of a contents page
    list_id: int | None = None  # `w:numId`; 0 takes away what a style gives
    list_levels: tuple[tuple[str, int | None], ...] = ()  # (style, its `w:ilvl`), nearest first; "" is the paragraph

    @property
    def is_list(self) -> bool:
        return bool(self.list_id)


class Styles:
    """The styles of one document, from its `w:styles` element."""

    def __init__(self, styles: Any) -> None:
        self._elements = {style.get(f"{_W}styleId"): style for style in styles.iterchildren(f"{_W}style")}
        self._default = next((name for name, style in self._elements.items() if _is_default(style)), None)
        self._known: dict[str | None, Style] = {}

    def of(self, paragraph: Any) -> Style:
        """The paragraph's own outline level and numbering, where it has none its style's."""
        properties = paragraph.find(f"{_W}pPr")
        named = self.named(text_value(properties, "pStyle") or self._default)
        if properties is None:
            return named
        level = _outline_level(properties)
        list_id, list_level = _numbering(properties)
        return replace(
            named,
            level=named.level if level is None else level,
            list_id=named.list_id if list_id is None else list_id,
            list_levels=named.list_levels if list_level is None else (("", list_level), *named.list_levels),
        )

    def named(self, identifier: str | None) -> Style:
        """The style with this id; one that says nothing where there is none."""
        if identifier not in self._known:
            self._known[identifier] = self._resolved(identifier)
        return self._known[identifier]

    def _resolved(self, identifier: str | None) -> Style:
        chain = list(self._inherited(identifier))
        names = [(text_value(style, "name") or "").lower() for style in chain]
        own = [style.find(f"{_W}pPr") for style in chain]
        levels = (_level(properties, name) for properties, name in zip(own, names, strict=True))
        title = any(name in _TITLE_NAMES for name in names)
        level = next((level for level in levels if level is not None), 1 if title else 0)
        lists = [_numbering(properties) for properties in own]
        return Style(
            level,
            title,
            is_contents=not level and any(_CONTENTS_NAME.fullmatch(name) for name in names),
            list_id=next((list_id for list_id, _ in lists if list_id is not None), None),
            list_levels=tuple(
                (style.get(f"{_W}styleId") or "", list_level)
                for style, (_, list_level) in zip(chain, lists, strict=True)
            ),
        )

    def _inherited(self, identifier: str | None) -> Iterator[Any]:
        """The style and those it is based on, nearest first."""
        for _ in range(_MAX_INHERITANCE):
            style = self._elements.get(identifier)
            if style is None:
                return
            yield style
            identifier = text_value(style, "basedOn")


def text_value(parent: Any, tag: str) -> str | None:
    """The `w:val` of the child element `tag`; None where either is missing."""
    child = parent.find(f"{_W}{tag}") if parent is not None else None
    value = child.get(f"{_W}val") if child is not None else None
    return str(value) if value is not None else None


def integer_value(parent: Any, tag: str) -> int | None:
    return integer(text_value(parent, tag))


def integer(value: str | None) -> int | None:
    """A whole number of at most nine figures; None for anything else."""
    return int(value) if value is not None and _INTEGER.fullmatch(value) else None


def is_on(parent: Any, tag: str) -> bool:
    """Whether the switch `tag` is set: there, and not said to be off."""
    child = parent.find(f"{_W}{tag}") if parent is not None else None
    return child is not None and child.get(f"{_W}val") not in ("0", "false", "off")


def _is_default(style: Any) -> bool:
    return style.get(f"{_W}type") == "paragraph" and style.get(f"{_W}default") in ("1", "true", "on")


def _level(properties: Any, name: str) -> int | None:
    level = _outline_level(properties)
    named = _HEADING_NAME.fullmatch(name)
    return int(named[1]) if level is None and named else level


def _outline_level(properties: Any) -> int | None:
    """1 to 9; 0 where the file says "body text"; None where it says nothing."""
    value = text_value(properties, "outlineLvl")
    if value is None or not re.fullmatch("[0-9]", value):
        return None
    return 0 if int(value) == _BODY_TEXT else int(value) + 1


def _numbering(properties: Any) -> tuple[int | None, int | None]:
    """`w:numId` and `w:ilvl`; each is inherited by itself where it is None."""
    numbering = properties.find(f"{_W}numPr") if properties is not None else None
    return integer_value(numbering, "numId"), integer_value(numbering, "ilvl")
