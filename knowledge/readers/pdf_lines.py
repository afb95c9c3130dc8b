"""PDFium's characters → pieces of text and tables with their place on the page."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from math import isfinite
from statistics import median
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pypdfium2.raw as pdfium

from knowledge.readers.assembly import table_text
from knowledge.readers.joining import is_wide, join_wrapped
from knowledge.readers.pdf_layout import Line, Page
from knowledge.readers.pdf_order import in_reading_order
from knowledge.readers.pdf_rulings import Box, rulings
from knowledge.readers.pdf_tables import Grid, grids

Boxes = npt.NDArray[np.float64]  # (n, 4): left, bottom, right, top in points

_AS_BOX = [0, 3, 2, 1]  # an FS_RECTF is left, top, right, bottom
_UNSOUND = re.compile("[\x00\ud800-\udfff]")  # a character PDFium has none for, half of a rare one
_GAP = 0.5  # of a line's height: fragments closer than this touch
_FAR = 1.5  # of a line's height: what is further apart may stand in another column


class _Glyph(NamedTuple):  # there are a thousand to a page: a tuple is made in a fifth of a dataclass's time
    character: str
    box: Box
    generated: bool  # such as a space that PDFium reads into a gap: its box says nothing


def read_page(page: Any, number: int) -> Page:
    """The lines and the ruled tables of one open PDFium page."""
    frame = _Frame(page.get_cropbox(), page.get_rotation())
    textpage = page.get_textpage()
    try:
        glyphs = _glyphs(textpage.raw, frame)
    finally:
        textpage.close()
    ruled = rulings(page) if glyphs else []
    drawn = grids(frame.seen(np.array(ruled)).tolist()) if ruled else []
    outside, tables = _apart(glyphs, drawn)
    return in_reading_order([*_fragments(outside), *tables], number, page.get_width())


def _apart(glyphs: Sequence[_Glyph], drawn: Sequence[Grid]) -> tuple[Sequence[_Glyph], list[Line]]:
    """The glyphs outside all tables, and the tables with theirs in them; a grid without text is none."""
    tables: list[Line] = []
    for grid in drawn:
        inside: dict[int, list[_Glyph]] = {}
        outside: list[_Glyph] = []
        region: int | None = None
        for glyph in glyphs:
            if not glyph.generated:  # a generated one stays with the one before it
                region = grid.region_at((glyph.box[0] + glyph.box[2]) / 2, (glyph.box[1] + glyph.box[3]) / 2)
            (outside if region is None else inside.setdefault(region, [])).append(glyph)
        rows = grid.rows({region: _cell(content) for region, content in inside.items()})
        if rows:
            tables.append(Line(table_text(rows), *grid.box, table=rows))
            glyphs = outside
    return glyphs, tables


def _cell(glyphs: Sequence[_Glyph]) -> str:
    """A cell's text on one line."""
    page = in_reading_order(list(_fragments(glyphs)), 0, 0.0)
    return reduce(join_wrapped, (line.text for line in page.lines), "")


@dataclass(frozen=True, slots=True)
class _Frame:
    """The part of the page that is seen, and by how many degrees clockwise it is turned."""

    crop: Box
    rotation: int

    def seen(self, boxes: Boxes) -> Boxes:
        """The boxes as the reader sees them, x from the left edge."""
        left, bottom, right, top = boxes.T
        if self.rotation == 90:
            turned = bottom - self.crop[1], -right, top - self.crop[1], -left
        elif self.rotation == 180:
            turned = self.crop[2] - right, -top, self.crop[2] - left, -bottom
        elif self.rotation == 270:
            turned = self.crop[3] - top, left, self.crop[3] - bottom, right
        else:
            turned = left - self.crop[0], bottom, right - self.crop[0], top
        return np.stack(turned, axis=1)


def _glyphs(textpage: Any, frame: _Frame) -> list[_Glyph]:
    count = pdfium.FPDFText_CountChars(textpage)
    if count <= 0:
        return []
    text = _characters_at_once(textpage, count) or _characters_each(textpage, count)
    rectangles = (pdfium.FS_RECTF * count)()
    for index, rectangle in enumerate(rectangles):
        pdfium.FPDFText_GetLooseCharBox(textpage, index, rectangle)
    told = np.frombuffer(rectangles, dtype=np.float32).reshape(count, 4).astype(np.float64)
    boxes = [(left, bottom, right, top) for left, bottom, right, top in frame.seen(told[:, _AS_BOX]).tolist()]
    unsound = [not all(map(isfinite, box)) for box in boxes]
    for index, character in enumerate(text):
        if character <= " ":  # PDFium generates spaces and line ends only: no others need asking about
            unsound[index] = unsound[index] or pdfium.FPDFText_IsGenerated(textpage, index) == 1
    return list(map(_Glyph, text, boxes, unsound))


def _characters_at_once(textpage: Any, count: int) -> str:
    """The page's characters in one call; empty where they are not one for one: none in some place, or two halves."""
    buffer = (ctypes.c_ushort * (count + 1))()
    if pdfium.FPDFText_GetText(textpage, 0, count, buffer) != count + 1:  # with the terminating zero
        return ""
    text = bytes(buffer)[: 2 * count].decode("utf-16-le", errors="surrogatepass")
    return text if len(text) == count and not _UNSOUND.search(text) else ""


def _characters_each(textpage: Any, count: int) -> str:
    return "".join(chr(pdfium.FPDFText_GetUnicode(textpage, index) or 0xFFFD) for index in range(count))


def _fragments(glyphs: Sequence[_Glyph]) -> Iterator[Line]:
    """Runs of glyphs side by side: they end at PDFium's line breaks, where it should have put one, and at a gap."""
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
    """Whether `after` is above or below `before`, starts again to its left, or stands far off to its right."""
    far = after[0] - before[2] > _FAR * (before[3] - before[1])
    return far or after[1] >= before[3] or after[3] <= before[1] or after[2] < before[0]


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
