"""款 and 项: the paragraphs of an article, and the lists within them.

By the drafting rules of Chinese legislation each paragraph of an article that is no list item is a 款; the
items (一) (二) … belong to the 款 that leads into them. Lists of standards run a) b), then 1) 2).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from knowledge.standards import NUMERAL, fold_in_place, numeral_value

_LINE = re.compile(r"[^\n]+")
_MARKUP = re.compile(r"[#>*\-•·\s\u3000]*")
_LABEL = re.compile(
    r"第\s*\S{1,8}?\s*条(?:之\S{1,3}?)?(?=[\s\u3000]|$)|[a-z]?\d{0,2}(?:\.\d{1,2})+(?=[\s\u3000]|$)", re.I
)
_MARKS = (
    ("bracket", re.compile(rf"\(\s*([{NUMERAL}]+|\d{{1,2}})\s*\)")),
    ("letter", re.compile(r"\(?([a-z])\s*\)")),
    ("number", re.compile(r"(\d{1,2})\s*(?:\)|\.(?!\d)|、)")),
    ("circle", re.compile(r"([①-⑳])")),
)


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a list, with what stands under it. `label` is folded: 3 of （三）, a of a)."""

    label: str
    start: int
    end: int
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One 款. `start:lead_end` is its sentence or lead-in, `lead_end:end` its items."""

    start: int
    lead_end: int
    end: int
    items: tuple[Item, ...] = ()

    def item(self, label: str) -> Item | None:
        """The item of this label; `a.2` is the second under a."""
        items, found = self.items, None
        for part in label.split("."):
            found = next((one for one in items if one.label == part), None)
            if found is None:
                return None
            items = found.items
        return found


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int
    kind: str = ""  # of list mark; empty: a paragraph
    label: str = ""


def paragraphs(text: str, start: int = 0, end: int | None = None) -> tuple[Paragraph, ...]:
    """The 款 of the article that is `text[start:end]`, offsets in `text`; its own number belongs to none."""
    lines = list(_lines(text, start, len(text) if end is None else end))
    found: list[Paragraph] = []
    at = 0
    while at < len(lines):
        following = at + 1
        while following < len(lines) and lines[following].kind:
            following += 1
        lead = lines[at]
        under = lines[at if lead.kind else at + 1 : following]
        lead_end = lead.start if lead.kind else lead.end
        found.append(Paragraph(lead.start, lead_end, lines[following - 1].end, _items(under)))
        at = following
    return tuple(found)


def _lines(text: str, start: int, end: int) -> Iterator[_Line]:
    first = True
    for match in _LINE.finditer(text, start, end):
        folded = fold_in_place(match[0]).rstrip()
        skip = _markup(folded)
        if first and (label := _LABEL.match(folded, skip)):
            skip = label.end() + len(re.match(r"[\s\u3000*]*", folded[label.end() :])[0])  # type: ignore[index]
        first = False
        if not folded[skip:] or folded[skip:].startswith("<!--"):
            continue
        kind, mark = _mark(folded, skip)
        yield _Line(match.start() + skip, match.start() + len(folded), kind, mark)


def _markup(folded: str) -> int:
    match = _MARKUP.match(folded)
    return match.end() if match else 0


def _mark(folded: str, at: int) -> tuple[str, str]:
    if folded.startswith("|", at):
        return "row", ""  # a table belongs to what leads into it
    for kind, pattern in _MARKS:
        if match := pattern.match(folded, at):
            value = numeral_value(match[1]) if kind != "circle" else ord(match[1]) - ord("①") + 1
            return kind, match[1] if value is None else str(value)
    return "", ""


def _items(lines: Sequence[_Line]) -> tuple[Item, ...]:
    """A kind of mark not seen before opens a list inside; one seen before goes on with its own."""
    found: list[Item] = []
    kind = next((line.kind for line in lines if line.kind != "row"), "")
    starts = [i for i, line in enumerate(lines) if line.kind == kind and kind]
    for i, following in zip(starts, [*starts[1:], len(lines)], strict=False):
        own = lines[i]
        found.append(Item(own.label, own.start, lines[following - 1].end, _items(lines[i + 1 : following])))
    return tuple(found)
