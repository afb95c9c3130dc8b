"""The numbers a browser writes in front of the items of an ordered list."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from lxml import etree  # type: ignore[import-untyped]

_NUMBER = re.compile(r"\s*([+-]?[0-9]{1,6})\s*$")
_STYLE = re.compile(r"list-style(?:-type)?\s*:[^;]*?\b(none|decimal|(?:lower|upper)-(?:alpha|latin|roman))\b", re.I)
_SIGNS = "[)\uff09.\uff0e、]"
# Numbered by hand: 1. 一、 (a) ① 8.5.2 第三条
_TYPED = re.compile(
    rf"[(\uff08]?(?:[0-9]{{1,3}}|[一二三四五六七八九十百]{{1,5}}|[a-zA-Z]|[ivxIVX]{{1,5}}){_SIGNS}"
    r"|[0-9]+(?:\.[0-9]+)+|第[0-9一二三四五六七八九十百千零\u3007]{1,7}[编章节条款项步]|[①-⒛㈠-㈩]"
)
_ROMAN = ((100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))


@dataclass(slots=True)
class _List:
    written: Callable[[int], str] | None  # None: no numbers are shown
    next: int = 1
    step: int = 1


class Lists:
    """The lists we are inside of, and the number that waits for the first text of its item."""

    def __init__(self) -> None:
        self._lists: list[_List] = []
        self._waiting = ""

    def enter(self, element: etree._Element) -> None:
        if element.tag == "ol":
            self._lists.append(_ordered(element))
        elif element.tag == "ul":
            self._lists.append(_List(None))
        elif element.tag == "li" and self._lists:
            self._waiting = _counted(self._lists[-1], element)

    def leave(self, element: etree._Element) -> None:
        if element.tag in ("ol", "ul") and self._lists:
            self._lists.pop()
        elif element.tag == "li":
            self._waiting = ""

    def number(self, text: str) -> str:
        """What goes in front of this text: the number that waits, unless the text begins with one of its own."""
        waiting, self._waiting = self._waiting, ""
        return "" if _TYPED.match(text) else waiting


def _ordered(element: etree._Element) -> _List:
    styled = _STYLE.search(element.get("style") or "")
    kind = styled[1].lower() if styled else element.get("type") or "1"
    backwards = element.get("reversed") is not None
    first = _integer(element.get("start"))
    if first is None:
        first = sum(1 for _ in element.iterchildren("li")) if backwards else 1
    return _List(_KINDS.get(kind, str), first, -1 if backwards else 1)


def _counted(within: _List, item: etree._Element) -> str:
    own = _integer(item.get("value"))
    number = within.next if own is None else own
    within.next = number + within.step
    return f"{within.written(number)}. " if within.written else ""


def _integer(value: str | None) -> int | None:
    number = _NUMBER.match(value or "")
    return int(number[1]) if number else None


def _letters(number: int) -> str:
    """a … z, aa, ab …; figures where there are none."""
    text, rest = "", number
    while rest > 0:
        rest, letter = divmod(rest - 1, 26)
        text = chr(ord("a") + letter) + text
    return text or str(number)


def _roman(number: int) -> str:
    if not 0 < number < 400:
        return str(number)
    text = ""
    for worth, letters in _ROMAN:
        count, number = divmod(number, worth)
        text += letters * count
    return text


_KINDS: dict[str, Callable[[int], str] | None] = {
    "none": None,
    "a": _letters,
    "A": lambda number: _letters(number).upper(),
    "i": _roman,
    "I": lambda number: _roman(number).upper(),
    "lower-alpha": _letters,
    "lower-latin": _letters,
    "lower-roman": _roman,
    "upper-alpha": lambda number: _letters(number).upper(),
    "upper-latin": lambda number: _letters(number).upper(),
    "upper-roman": lambda number: _roman(number).upper(),
}
