"""Lines of PDF pages → headings and paragraphs.

A page keeps only where its lines stand. What follows is how Chinese documents are set: a line that stops
short of the margin ends a paragraph, one that reaches it runs on, an indent or a number begins the next.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from statistics import median

from knowledge.readers.assembly import Piece
from knowledge.readers.pdf_layout import Line, Page, mean_confidence
from knowledge.readers.pdf_mending import join_lines
from knowledge.readers.pdf_numbering import (
    always_begins,
    begins_clause,
    begins_item,
    ends_sentence,
    heading_level,
    is_contents_entry,
    may_begin,
)

_SHORT = 2.0  # line heights from the margin; a full line may lack one 汉字 and its punctuation
_VERY_SHORT = 0.3  # of the column's width; no line is broken so early for a long word
_INDENT = 1.4  # line heights; a paragraph's first line is set in by two
_SET_OFF = 4.0  # line heights from both margins; no hanging indent is so deep
_OTHER_SIZE = 1.15  # ratio of heights that is a change of font size and not of characters
_WIDE_GAP = 1.6  # times the page's usual distance between lines
_LONGEST_HEADING = 60  # characters


@dataclass(frozen=True, slots=True)
class _Set:
    """A line as it is set: on its page, in its column."""

    line: Line
    page: int
    left: float  # of the column
    right: float
    pitch: float  # usual distance from line to line on the page, points

    @property
    def text(self) -> str:
        return self.line.text

    @property
    def missing(self) -> float:
        """From the line's end to the margin, points."""
        return self.right - self.line.right

    @property
    def is_full(self) -> bool:
        return self.missing < _SHORT * self.line.size

    @property
    def is_indented(self) -> bool:
        return self.line.left - self.left > _INDENT * self.line.size

    @property
    def is_centred(self) -> bool:
        return min(self.line.left - self.left, self.missing) > _SET_OFF * self.line.size

    @property
    def is_complete(self) -> bool:
        """Whether what it says may end here: by punctuation, or far from the margin."""
        return ends_sentence(self.text) or self.missing > _VERY_SHORT * (self.right - self.left)


def paragraphs(pages: Sequence[Page]) -> Iterator[Piece]:
    """The pages' text in blocks; one that runs over the foot of a page has the page it begins on."""
    texts = [[line for line in page.lines if not line.table] for page in pages]
    lefts = [min(line.left for line in text) for text in texts if text]
    usual_left = median(lefts) if lefts else 0.0
    lines = [line for page in pages for line in _set_lines(page, usual_left)]
    body = _body_size(lines)
    block: list[_Set] = []
    for line in lines:
        if block and (line.line.table or block[-1].line.table or _begins(line, block, body)):
            yield _piece(block, body)
            block = []
        block.append(line)
    if block:
        yield _piece(block, body)


def _set_lines(page: Page, usual_left: float) -> Iterator[_Set]:
    margins = _margins(page, usual_left)
    pairs = [(above, below) for above, below in pairwise(page.lines) if not (above.table or below.table)]
    drops = [above.middle - below.middle for above, below in pairs if above.middle > below.middle]
    pitch = median(drops) if drops else 0.0
    for line in page.lines:
        left, right = margins[_column(line, page)]
        yield _Set(line, page.number, left, right, pitch)


def _margins(page: Page, usual_left: float) -> dict[str, tuple[float, float]]:
    """Left and right end of the lines in each column.

    A page may hold few lines, all indented or all short. So on a page in one column the left margin is no
    further in than on most pages, and the right one no further in than the left one mirrored, a little less.
    """
    columns: dict[str, list[Line]] = {}
    for line in page.lines:
        columns.setdefault(_column(line, page), []).append(line)
    margins = {}
    for name, here in columns.items():
        lines = [line for line in here if not line.table] or here
        if name == "page" and page.columns:  # across both columns: a title, which is narrower than the page
            lines = list(page.lines)
        left, right = min(line.left for line in lines), max(line.right for line in lines)
        if not page.columns:
            left = min(left, usual_left)
            right = max(right, page.width - left - _SHORT * median(line.size for line in lines))
        margins[name] = left, right
    return margins


def _column(line: Line, page: Page) -> str:
    """Which column the line is in; on a page in columns a line across the middle is in neither."""
    if not page.columns:
        return "page"
    middle = (min(line.left for line in page.lines) + max(line.right for line in page.lines)) / 2
    return "left" if line.right < middle + line.size else "right" if line.left > middle - line.size else "page"


def _body_size(lines: Sequence[_Set]) -> float:
    """The height of the line in the middle of the text, by characters: most text is body text."""
    sizes = sorted((line.line.size, len(line.text)) for line in lines if not line.line.table)
    half = sum(length for _, length in sizes) / 2
    for size, length in sizes:
        half -= length
        if half <= 0:
            return size
    return 0.0


def _heading_level(line: _Set, body: float) -> int:
    """0 for no heading. A number counts only on a line that ends before the margin: a full one runs on."""
    if len(line.text) > _LONGEST_HEADING or begins_item(line.text):
        return 0
    larger = body > 0 and line.line.size > _OTHER_SIZE * body
    level = heading_level(line.text) if larger or not line.is_full else 0
    if level or not larger or is_contents_entry(line.text) or ends_sentence(line.text):
        return level
    return 1


def _begins(line: _Set, block: Sequence[_Set], body: float) -> bool:
    """Whether a new block begins with `line`, the block so far being `block`."""
    before = block[-1]
    if _is_apart(before, line) or is_contents_entry(before.text) or is_contents_entry(line.text):
        return True
    if always_begins(line.text) or _heading_level(before, body) or _heading_level(line, body):
        return True
    if before.is_full and not before.is_complete:
        return False  # it runs on, and 「见⏎8.5.2 的要求」 is no clause
    if begins_clause(line.text) or (may_begin(line.text) and not before.is_full):
        return True
    if not before.is_full:
        return before.is_complete or _is_set_in(line, block)
    return may_begin(line.text) or _is_set_in(line, block)


def _is_apart(before: _Set, line: _Set) -> bool:
    """Another font size, a gap between the lines, or a line in the middle under one that begins further out."""
    sizes = before.line.size, line.line.size
    if max(sizes) > _OTHER_SIZE * min(sizes):
        return True
    if line.is_centred and line.line.left - before.line.left > _INDENT * line.line.size:
        return True
    drop = before.line.middle - line.line.middle
    return before.page == line.page and line.pitch > 0 and drop > _WIDE_GAP * line.pitch


def _is_set_in(line: _Set, block: Sequence[_Set]) -> bool:
    """Indented, and not because the lines above are as well (a quotation, text hanging below a list marker)."""
    if len(block) == 1:
        return line.is_indented and not begins_item(block[0].text)
    return line.is_indented and not all(above.is_indented for above in block[1:])


def _piece(block: Sequence[_Set], body: float) -> Piece:
    text = reduce(join_lines, (line.text for line in block))
    first = block[0]
    sure = mean_confidence([line.line for line in block])
    if first.line.table:
        return Piece(text, "table", page=first.page, confidence=sure)
    level = _heading_level(first, body) if len(block) == 1 else 0
    if level:
        return Piece(text, "heading", level, first.page, confidence=sure)
    return Piece(text, "list_item" if begins_item(first.text) else "paragraph", page=first.page, confidence=sure)
