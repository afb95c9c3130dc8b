"""Which lines of a PDF are its running heads, feet and page numbers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import islice

from knowledge.readers.pdf_layout import Line, Page

_EDGE = 3  # lines from the top and from the bottom that may be running ones
_FEWEST = 3  # pages a line must be on: on two pages a repetition may be text
_SHARE = 1 / 3  # of the pages: left-hand and right-hand heads have half of them each
_GRID = 12.0  # points; a running line stands at the same height on every page, give or take
_LOOSE_GRID = 48.0  # points; the pages of a scan lie askew and shifted
_LOOKALIKES = str.maketrans("lI|OoQ", "111000")
_ALIKE = 0.8  # share of characters that two recognitions of one running line have in common
_SPELLING = re.compile(r"[\W_]+")  # what recognition reads now so, now so
_OUTER_NUMBER = re.compile(r"^\d{1,4}(?=\D|$)|(?<=\D)\d{1,4}(?=\D{0,2}$)")
_PAGE_NUMBER = re.compile(
    r"[-—–·~～一\s]+\d{1,4}[-—–·~～一\s]+"  # — 3 —, its dashes recognised as 一
    r"|第\s*\d{1,4}\s*页(?:[\s,，/]*共\s*\d{1,4}\s*页)?"
    r"|[ivxIVXⅠ-Ⅻ]{1,6}"
    r"|\d{1,4}\s*/\s*\d{1,4}|(?:[Pp]age|P\.?)\s*\d{1,4}(?:\s*of\s*\d{1,4})?"
)

_Key = tuple[str, int]


def without_running_lines(pages: Sequence[Page]) -> list[Page]:
    """The pages less what is repeated at their edges, and less page numbers there."""
    repeated = _repeated(pages)
    return [_without(page, repeated) for page in pages]


def _repeated(pages: Sequence[Page]) -> frozenset[_Key]:
    counts = Counter(key for page in pages for key in _edge_keys(page))
    fewest = max(_FEWEST, len(pages) * _SHARE)
    return frozenset(key for key, count in counts.items() if count >= fewest)


def _edge_keys(page: Page) -> set[_Key]:
    return {key for edge in _edges(page) for line in edge for key in _keys(line, page)}


def _keys(line: Line, page: Page) -> set[_Key]:
    """What the line has in common with its like on other pages: its height, and its words.

    Once as they are and once with a number at either end counted from the page's own, so that
    「T/SOECC 002—2021 3」 and 「T/SOECC 002—2021 4」 meet, but 「表 1」 and 「表 7」 do not.
    """
    text = " ".join(line.text.split())
    counted = _OUTER_NUMBER.sub(lambda match: f"#{int(match[0]) - page.number:+d}", text)
    if not page.recognised:
        return {(text, round(line.middle / _GRID)), (counted, round(line.middle / _GRID))}
    height = line.middle / _LOOSE_GRID
    plain = _SPELLING.sub("", text).translate(_LOOKALIKES)
    words = {plain, _OUTER_NUMBER.sub(lambda match: f"#{int(match[0]) - page.number:+d}", plain)} if plain else {text}
    return {(word, step) for word in words for step in (int(height), int(height + 0.5) + 10_000)}


def _edges(page: Page) -> tuple[list[Line], list[Line]]:
    """The outermost lines, from the edge inwards. By height: a file may draw the foot first."""
    ordered = sorted(page.lines, key=lambda line: -line.middle)
    return ordered[:_EDGE], ordered[::-1][:_EDGE]


def _without(page: Page, repeated: frozenset[_Key]) -> Page:
    running = {id(line) for edge in _edges(page) for line in _peeled(edge, page, repeated)}
    return replace(page, lines=tuple(line for line in page.lines if id(line) not in running))


def _peeled(edge: Sequence[Line], page: Page, repeated: frozenset[_Key]) -> Iterator[Line]:
    """Running lines from the edge inwards: behind the first line of text everything is text."""
    for line in islice(edge, _EDGE):
        if not (_is_repeated(line, page, repeated) or _is_page_number(line.text, page.number)):
            return
        yield line


def _is_repeated(line: Line, page: Page, repeated: frozenset[_Key]) -> bool:
    keys = _keys(line, page)
    if not page.recognised or not repeated.isdisjoint(keys):
        return not repeated.isdisjoint(keys)
    return any(step == other and _are_alike(word, known) for word, step in keys for known, other in repeated)


def _are_alike(word: str, known: str) -> bool:
    if abs(len(word) - len(known)) > 2 or len(known) < 4:
        return False
    return SequenceMatcher(None, word, known, autojunk=False).ratio() >= _ALIKE


def _is_page_number(text: str, number: int) -> bool:
    return text == str(number) or _PAGE_NUMBER.fullmatch(text) is not None
