"""The numbers Word computes for paragraphs: `word/numbering.xml` and a walk through the document in order.

A `w:num` is one use of a `w:abstractNum`, whose counters all its uses share; a use may start a level anew
(once, where it first uses it) and define levels of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from knowledge.readers.docx_number_formats import formatted
from knowledge.readers.docx_styles import Style, Styles, integer, integer_value, is_on, text_value

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_LEVELS = 9
_MAX_LINKS = 10  # a list that borrows its levels borrows them once; a cycle must stop somewhere
_PLACE = re.compile("%([1-9])")
_ZEROS = re.compile(r"(0+)1\s*,")  # a custom format of figures: 001, 002, 003, ...


@dataclass(frozen=True, slots=True)
class _Level:
    start: int = 0  # the format's own default
    kind: str = "decimal"  # ST_NumberFormat
    width: int = 0  # figures, padded with zeros
    template: str = ""  # 第%1条, %1.%2
    suffix: str = "tab"
    is_legal: bool = False  # every number in it in figures
    is_hidden: bool = False
    restart: int | None = None  # how many of the outer levels start it anew; None is all
    style: str | None = None  # the paragraph style that is this level

    def shown(self, value: int) -> str:
        return str(value).zfill(self.width) if self.width else formatted(value, self.kind)


_MISSING = _Level(start=1)


@dataclass(slots=True)
class _List:
    """One `w:num`; `counters` is shared by all of the same `w:abstractNum`."""

    levels: dict[int, _Level]
    counters: list[int | None]
    starts: dict[int, int] = field(default_factory=dict)  # where this use starts a level anew
    started: set[int] = field(default_factory=set)

    def count(self, level: int) -> None:
        counters, value = self.counters, self.counters[level]
        if level in self.starts and level not in self.started:
            counters[level] = self._start(level)
        else:
            counters[level] = self._start(level) if value is None else value + 1
        for outer in range(level):
            if counters[outer] is None:  # skipped: counts as if it had been there
                counters[outer] = self._start(outer)
        for inner in range(level + 1, _LEVELS):
            if level < self._restarted_by(inner):
                counters[inner] = None

    def label(self, level: int) -> str:
        definition = self.levels[level]
        if definition.kind == "bullet" or definition.is_hidden:
            return ""
        text = _PLACE.sub(lambda place: self._shown(int(place[1]) - 1, level), definition.template)
        if not text.strip():
            return ""
        return text if definition.suffix == "nothing" else f"{text.rstrip()} "

    def _shown(self, place: int, level: int) -> str:
        value = self.counters[place] if place <= level else None
        if value is None:
            return ""
        return str(value) if self.levels[level].is_legal else self.levels.get(place, _MISSING).shown(value)

    def _start(self, level: int) -> int:
        self.started.add(level)
        return self.starts.get(level, self.levels.get(level, _MISSING).start)

    def _restarted_by(self, level: int) -> int:
        restart = self.levels.get(level, _MISSING).restart
        return level if restart is None or restart > level else restart


class Numbering:
    """The lists of one document, from its `w:numbering` element (None where it has none), and their counters."""

    def __init__(self, numbering: Any | None, styles: Styles) -> None:
        self._styles = styles
        self._abstract = dict(_by_id(numbering, "abstractNum", "abstractNumId"))
        self._used = dict(_by_id(numbering, "num", "numId"))
        self._counters: dict[int, list[int | None]] = {}
        self._lists: dict[int, _List | None] = {}

    def label(self, style: Style) -> str:
        """Count a paragraph of this style; its number and the space after it, "" where Word shows none."""
        numbered = self._list(style.list_id) if style.list_id else None
        level = _level_of(style, numbered) if numbered else 0
        if numbered is None or level not in numbered.levels:
            return ""
        numbered.count(level)
        return numbered.label(level)

    def _list(self, list_id: int) -> _List | None:
        if list_id not in self._lists:
            self._lists[list_id] = self._opened(list_id)
        return self._lists[list_id]

    def _opened(self, list_id: int) -> _List | None:
        use = self._used.get(list_id)
        identifier = self._defining(list_id)
        if use is None or identifier is None:
            return None
        opened = _List(
            dict(_levels(self._abstract[identifier])),
            self._counters.setdefault(identifier, [None] * _LEVELS),
        )
        for override in use.iterchildren(f"{_W}lvlOverride"):
            opened.levels.update(_levels(override))
            level, start = integer(override.get(f"{_W}ilvl")), integer_value(override, "startOverride")
            if level is not None and start is not None:
                opened.starts[level] = start
        return opened

    def _defining(self, list_id: int | None) -> int | None:
        """The `w:abstractNum` that has the list's levels, by way of the list styles it may borrow them from."""
        for _ in range(_MAX_LINKS):
            identifier = integer_value(self._used.get(list_id), "abstractNumId") if list_id is not None else None
            abstract = self._abstract.get(identifier) if identifier is not None else None
            link = text_value(abstract, "numStyleLink")
            if abstract is None or link is None:
                return identifier if abstract is not None else None
            linked = self._styles.named(link).list_id
            if linked is None or linked == list_id:
                return self._by_style(link)
            list_id = linked
        return None

    def _by_style(self, link: str) -> int | None:
        return next((key for key, each in self._abstract.items() if text_value(each, "styleLink") == link), None)


def _by_id(numbering: Any | None, tag: str, attribute: str) -> Iterator[tuple[int, Any]]:
    for element in numbering.iterchildren(f"{_W}{tag}") if numbering is not None else ():
        identifier = integer(element.get(f"{_W}{attribute}"))
        if identifier is not None:
            yield identifier, element


def _level_of(style: Style, numbered: _List) -> int:
    """The paragraph's own level, else that of the nearest style that is a level of the list or names one."""
    linked = {definition.style: level for level, definition in numbered.levels.items() if definition.style}
    for name, own in style.list_levels:
        if name in linked:
            return linked[name]
        if own is not None:
            return own
    return 0


def _levels(parent: Any) -> Iterator[tuple[int, _Level]]:
    for element in parent.iterchildren(f"{_W}lvl"):
        level = integer(element.get(f"{_W}ilvl"))
        if level is not None and 0 <= level < _LEVELS:
            yield level, _defined(element)


def _defined(level: Any) -> _Level:
    kind, width = _format(level)
    return _Level(
        start=integer_value(level, "start") or 0,
        kind=kind,
        width=width,
        template=text_value(level, "lvlText") or "",
        suffix=text_value(level, "suff") or "tab",
        is_legal=is_on(level, "isLgl"),
        is_hidden=is_on(level.find(f"{_W}rPr"), "vanish"),
        restart=integer_value(level, "lvlRestart"),
        style=text_value(level, "pStyle"),
    )


def _format(level: Any) -> tuple[str, int]:
    """The number format and, where it pads with zeros, its width; newer formats stand beside an older one."""
    direct = level.find(f"{_W}numFmt")
    choices = [direct] if direct is not None else list(level.iterfind(f"{_MC}AlternateContent/*/{_W}numFmt"))
    for choice in choices:
        zeros = _ZEROS.match(choice.get(f"{_W}format") or "")
        if choice.get(f"{_W}val") == "custom" and zeros:
            return "decimal", len(zeros[1]) + 1
    kinds = [choice.get(f"{_W}val") for choice in choices]
    return next((str(kind) for kind in kinds if kind and kind != "custom"), "decimal"), 0
