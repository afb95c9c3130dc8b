"""PDFium's characters → lines of text with their place on the page, in reading order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite
from statistics import median
from typing import Any

import pypdfium2.raw as pdfium

from knowledge.readers.joining import is_wide
from knowledge.readers.pdf_layout import Line, Page

_SAME_ROW = 0.5  # of a line's height: centres closer than this stand in one row
_GAP = 0.5  # of a line's height: fragments closer than this touch

Box = tuple[float, float, float, float]  # left, bottom, right, top in points, y upwards


@dataclass(frozen=True, slots=True)
class _Glyph:
    character: str
    box: Box
    generated: bool  # such as a space that PDFium reads into a gap: its box says nothing


def read_page(page: Any, number: int) -> Page:
    """The lines of one open PDFium page."""
    textpage = page.get_textpage()
    try:
        glyphs = list(_glyphs(textpage, _Frame(page.get_cropbox(), page.get_rotation())))
    finally:
        textpage.close()
    return in_reading_order(list(_fragments(glyphs)), number, page.get_width())


@dataclass(frozen=True, slots=True)
class _Frame:
    """The part of the page that is seen, and by how many degrees clockwise it is turned."""

    crop: Box
    rotation: int

    def seen(self, box: Box) -> Box:
        """The box as the reader sees it, x from the left edge."""
        left, bottom, right, top = box
        if self.rotation == 90:
            return bottom - self.crop[1], -right, top - self.crop[1], -left
        if self.rotation == 180:
            return self.crop[2] - right, -top, self.crop[2] - left, -bottom
        if self.rotation == 270:
            return self.crop[3] - top, left, self.crop[3] - bottom, right
        return left - self.crop[0], bottom, right - self.crop[0], top


def _glyphs(textpage: Any, frame: _Frame) -> Iterator[_Glyph]:
    rectangle = pdfium.FS_RECTF()
    for index in range(textpage.count_chars()):
        code = pdfium.FPDFText_GetUnicode(textpage, index)
        pdfium.FPDFText_GetLooseCharBox(textpage, index, rectangle)
        box = frame.seen((rectangle.left, rectangle.bottom, rectangle.right, rectangle.top))
        generated = pdfium.FPDFText_IsGenerated(textpage, index) == 1 or not all(map(isfinite, box))
        yield _Glyph(chr(code or 0xFFFD), box, generated)


def _fragments(glyphs: Sequence[_Glyph]) -> Iterator[Line]:
    """Runs of glyphs side by side: they end at PDFium's line breaks, and where it should have put one."""
    current: list[_Glyph] = []
    inked: _Glyph | None = None
    for glyph in glyphs:
        has_ink = not glyph.generated and not glyph.character.isspace()
        if glyph.character in "\r\n" or (has_ink and inked and _jumps(inked.box, glyph.box)):
            yield from _line(current)
            current, inked = [], None
        if glyph.character not in "\r\n":
            current.append(glyph)
            inked = glyph if has_ink else inked
    yield from _line(current)


def _jumps(before: Box, after: Box) -> bool:
    """Whether `after` is above or below `before` or starts again to its left: not so for a superscript."""
    return after[1] >= before[3] or after[3] <= before[1] or after[2] < before[0]


def _line(glyphs: Sequence[_Glyph]) -> Iterator[Line]:
    inked = [glyph.box for glyph in glyphs if not glyph.generated and not glyph.character.isspace()]
    text = _paired("".join(_characters(glyphs))).strip()
    if not inked or not text:
        return
    lefts, bottoms, rights, tops = zip(*inked, strict=True)
    yield Line(text, min(lefts), median(bottoms), max(rights), median(tops))


def _paired(text: str) -> str:
    """Rare 汉字 arrive as two UTF-16 halves; a half without its other becomes U+FFFD."""
    return text.encode("utf-16-le", errors="surrogatepass").decode("utf-16-le", errors="replace")


def _characters(glyphs: Sequence[_Glyph]) -> Iterator[str]:
    for index, glyph in enumerate(glyphs):
        if not (glyph.generated and glyph.character == " " and _only_tracking(glyphs, index)):
            yield glyph.character


def _only_tracking(glyphs: Sequence[_Glyph], index: int) -> bool:
    """Whether the gap is no more than justified setting puts between two 汉字."""
    if not 0 < index < len(glyphs) - 1:
        return False
    before, after = glyphs[index - 1], glyphs[index + 1]
    if not (is_wide(before.character) and is_wide(after.character)):
        return False
    return after.box[0] - before.box[2] < _GAP * (before.box[3] - before.box[1])


def in_reading_order(fragments: Sequence[Line], number: int, width: float) -> Page:
    """Rows from top to bottom, each from left to right; but columns in the order the file draws them.

    A file draws a row of a table piece after piece, and one column after the other: pieces of one row
    that the file does not draw in succession are columns.
    """
    rows = _rows(fragments)
    torn = sum(1 for row in rows if max(row) - min(row) != len(row) - 1)
    columns = torn >= 3 and torn * 3 > len(rows)
    if columns:
        return Page(number, width, tuple(fragments), columns=True)
    return Page(number, width, tuple(_merged([fragments[index] for index in row]) for row in rows))


def _rows(fragments: Sequence[Line]) -> list[list[int]]:
    """Indices of the fragments, those on one line together, from the top of the page down."""
    rows: list[list[int]] = []
    for index in sorted(range(len(fragments)), key=lambda index: -fragments[index].middle):
        line = fragments[index]
        first = fragments[rows[-1][0]] if rows else None
        if first and first.middle - line.middle < _SAME_ROW * min(first.size, line.size):
            rows[-1].append(index)
        else:
            rows.append([index])
    return rows


def _merged(row: Sequence[Line]) -> Line:
    ordered = sorted(row, key=lambda line: line.left)
    text = ordered[0].text
    for before, line in pairwise(ordered):
        text += (" " if line.left - before.right > _GAP * line.size else "") + line.text
    tallest = max(ordered, key=lambda line: line.size)
    return Line(text, ordered[0].left, tallest.bottom, max(line.right for line in ordered), tallest.top)
