"""What the layout of pages has broken, whole again: clause numbers over two lines, tables over two pages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from knowledge.readers.assembly import table_text
from knowledge.readers.joining import join_wrapped
from knowledge.readers.pdf_layout import Line, Page, beside

_NUMBER = r"(?:[1-9]\d?|[A-Z])(?:\.\d{1,3})"
_BEGUN = re.compile(_NUMBER + r"*\.")  # 8.5.
_REST = re.compile(r"\d{1,3}(?:\.\d{1,3})*(?=[\s\u3000]+\D|[\u4e00-\u9fff])")  # 2 标题
_WITHOUT_DOT = re.compile(_NUMBER + r"*")
_REST_WITH_DOT = re.compile(r"\.\d{1,3}(?:\.\d{1,3})*(?=[\s\u3000]+\D|[\u4e00-\u9fff])")
_ALONE = re.compile(_NUMBER + r"+")
_TITLE = re.compile(r"[A-Za-z\u4e00-\u9fff《“（(\[]")
_NUMBER_RUNS_ON = re.compile(r"(?<![\d.])(?:\d{1,2}|[A-Z])(?:\.\d{1,3})*\.$")
_CONTINUED = re.compile(r"(?:续\s*)?表\s*[A-Z]?[\d.]*.*[（(]\s*续\s*[)）]|续\s*表\s*[A-Z]?[\d.]+.*|[（(]?续[)）]?")
_SHIFT = 0.01  # of the page's width by which a table may be shifted from one page to the next
_NEAR = 3.2  # line heights from a number to the title under it
_OTHER_SIZE = 1.8  # ratio of heights up to which a number and a title belong together


def with_whole_numbers(page: Page) -> Page:
    """The page with 「8.5.⏎2 标题」 and 「8.5.2⏎标题」 on one line each."""
    lines: list[Line] = []
    for line in page.lines:
        text = _whole(lines[-1], line) if lines else None
        if text is None:
            lines.append(line)
        else:
            lines[-1] = beside(lines[-1], line, text)
    return replace(page, lines=tuple(lines))


def _whole(before: Line, line: Line) -> str | None:
    """What both lines say if the first is a number or part of one, the second the rest; else None."""
    if before.table or line.table or not _is_right_below(before, line):
        return None
    number = before.text.replace("．", ".")
    if _BEGUN.fullmatch(number) and _REST.match(line.text):
        return number + line.text
    if _WITHOUT_DOT.fullmatch(number) and _REST_WITH_DOT.match(line.text):
        return number + line.text
    if _ALONE.fullmatch(number) and _TITLE.match(line.text):
        return f"{number} {line.text}"
    return None


def _is_right_below(before: Line, line: Line) -> bool:
    drop = before.middle - line.middle
    sizes = before.size, line.size
    return 0 < drop < _NEAR * min(sizes) and max(sizes) < _OTHER_SIZE * min(sizes)


def join_lines(before: str, after: str) -> str:
    """Two lines of one paragraph; a number broken after its dot goes together without a space."""
    if after[:1].isdigit() and _NUMBER_RUNS_ON.search(before):
        return before + after
    return join_wrapped(before, after)


def with_whole_tables(pages: Sequence[Page]) -> list[Page]:
    """A table at the head of a page joined to the one at the foot of the page before, if it goes on with it.

    It does if it has as many columns, in the same places, and no text between, save a caption that says 续.
    """
    joined = list(pages)
    last: int | None = None  # the page on which the table that may go on begins
    for index, page in enumerate(joined):
        rest = _continuation(joined[last].lines[-1], page) if last is not None else None
        if rest is not None and last is not None:
            table = _joined(joined[last].lines[-1], rest[0])
            joined[last] = replace(joined[last], lines=(*joined[last].lines[:-1], table))
            joined[index] = replace(page, lines=rest[1:])
            if not rest[1:]:
                continue  # all of the page: it may go on again
        last = index if joined[index].lines and joined[index].lines[-1].table else None
    return joined


def _continuation(table: Line, page: Page) -> tuple[Line, ...] | None:
    """The page's lines from its first table on, if that table continues `table`."""
    lines = page.lines[1:] if page.lines and _CONTINUED.fullmatch(page.lines[0].text) else page.lines
    if not lines or not lines[0].table:
        return None
    other, shift = lines[0], _SHIFT * page.width
    in_place = abs(other.left - table.left) < shift and abs(other.right - table.right) < shift
    return lines if in_place and len(other.table[0]) == len(table.table[0]) else None


def _joined(table: Line, more: Line) -> Line:
    rows = more.table[1:] if more.table[0] == table.table[0] else more.table
    whole = (*table.table, *rows)
    return replace(table, text=table_text(whole), table=whole)
