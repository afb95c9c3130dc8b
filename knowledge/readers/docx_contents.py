"""Contents pages: what is listed there stands in the document itself, and would be read twice.

A paragraph is left out only if it is where a contents page is and looks like an entry of one, so a field that
Word never closed, or a contents style on ordinary text, loses nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from knowledge.readers.assembly import Piece
from knowledge.readers.docx_styles import Style

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_PARAGRAPH, _FIELD, _INSTRUCTION = f"{_W}p", f"{_W}fldChar", f"{_W}instrText"
_SIMPLE_FIELD, _LINK = f"{_W}fldSimple", f"{_W}hyperlink"
_TITLE = re.compile(
    r"(?:插?图|附?表格?|图表)?目[录錄次](?:[(\uff08]?续[)\uff09]?)?|contents|tableofcontents", re.IGNORECASE
)
_PAGE = re.compile(r"(?:[0-9]{1,4}|[ivxlc]{1,7}|[IVXLC]{1,7}|[\u2160-\u217f]{1,4})$")
_LEADERS = frozenset("\t.\uff0e…⋯·•_-—")
_NOTHING_FOUND = ("错误!", "错误\uff01", "Error!", "未找到目录项", "No table of contents")
_LONGEST = 300  # characters of an entry
_FEWEST = 2  # entries typed by hand that make a contents page below its title


@dataclass(frozen=True, slots=True)
class Said:
    piece: Piece
    is_entry: bool = False  # of a contents page


def contents_paragraphs(body: Any) -> frozenset[Any]:
    """The paragraphs that fields for contents (TOC) run through, from where they begin to where they end."""
    order: list[Any] = []
    spans: list[tuple[int, int]] = []
    begun: list[tuple[int, list[str]]] = []  # fields: (index of the paragraph, what the instruction says)
    for element in body.iter(_PARAGRAPH, _FIELD, _INSTRUCTION, _SIMPLE_FIELD):
        if element.tag == _PARAGRAPH:
            order.append(element)
        elif element.tag == _SIMPLE_FIELD and _is_contents(element.get(f"{_W}instr") or ""):
            spans.append((len(order) - 1, len(order)))
        elif element.tag == _INSTRUCTION and begun:
            begun[-1][1].append(element.text or "")
        elif element.get(f"{_W}fldCharType") == "begin":
            begun.append((len(order) - 1, []))
        elif element.get(f"{_W}fldCharType") == "end" and begun:
            start, instruction = begun.pop()
            if _is_contents("".join(instruction)):
                spans.append((start, len(order)))
    return frozenset(paragraph for paragraph, inside in zip(order, _inside(spans, len(order)), strict=True) if inside)


def is_entry(paragraph: Any, text: str, style: Style, in_field: bool) -> bool:
    """Whether this paragraph of a contents field, or in a contents style, lists something."""
    if style.level or len(text) > _LONGEST:
        return False
    if in_field and (style.is_contents or text.startswith(_NOTHING_FOUND)):
        return True
    return (in_field or style.is_contents) and (ends_in_a_page(text) or _leads_to_a_heading(paragraph))


def ends_in_a_page(text: str) -> bool:
    """Whether a tab or dots lead to a number at the end: `1 范围 …… 3`."""
    page = _PAGE.search(text[-8:]) if len(text) <= _LONGEST else None
    if page is None:
        return False
    before = text[: len(text) - len(page[0])].rstrip(" ")
    leaders = "".join(before[-8:].split(" "))[-2:]
    return before.endswith("\t") or (len(leaders) == 2 and _LEADERS.issuperset(leaders) and before.strip() != leaders)


def without_contents(said: Iterable[Said]) -> Iterator[Piece]:
    """The pieces that are no entries of contents pages, nor their titles."""
    told = [each for each in said if each.is_entry or each.piece.text.strip()]
    index = 0
    while index < len(told):
        end = _page_end(told, index)
        if end == index and not told[index].is_entry:
            yield told[index].piece
        index = max(end, index + 1)


def _page_end(told: Sequence[Said], index: int) -> int:
    """Where the contents page ends whose title is at `index`; `index` where there is none."""
    if not _TITLE.fullmatch("".join(told[index].piece.text.split())):
        return index
    end = index + 1
    while end < len(told) and (told[end].is_entry or _is_typed_entry(told[end].piece)):
        end += 1
    listed = told[index + 1 : end]
    return end if any(each.is_entry for each in listed) or len(listed) >= _FEWEST else index


def _is_typed_entry(piece: Piece) -> bool:
    return piece.kind in ("paragraph", "list_item") and ends_in_a_page(piece.text)


def _is_contents(instruction: str) -> bool:
    return instruction.split(maxsplit=1)[:1] == ["TOC"]


def _inside(spans: Iterable[tuple[int, int]], count: int) -> Iterator[bool]:
    """For each of `count` places whether any of the half-open spans covers it."""
    steps = [0] * (count + 1)
    for start, end in spans:
        steps[max(start, 0)] += 1
        steps[end] -= 1
    return (depth > 0 for depth in list(accumulate(steps))[:count])


def _leads_to_a_heading(paragraph: Any) -> bool:
    links = (element.get(f"{_W}anchor") or "" for element in paragraph.iter(_LINK))
    codes = (element.text or "" for element in paragraph.iter(_INSTRUCTION))
    return any(anchor.startswith("_Toc") for anchor in links) or any("PAGEREF" in code for code in codes)
