"""What is read as one: the 款 of an article or numbered clause with its list, a lead-in with the lines below it.

A sentence found by words may stop at a 「；」 in the middle of a 款, or be one item of a list: the stretch around it is
what can be shown without changing what the text says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from knowledge.documents import Clause, Document
from knowledge.subdivisions import Paragraph, paragraphs

Span = tuple[int, int]

_ARTICLE = re.compile(r"第.+条")
_ITEM = re.compile(
    r"\s*(?:[-*·•]\s|\d{1,2}(?:[、）)]|\.(?!\d))|[a-z][)）]|[①-⑳]|[（(][一二三四五六七八九十\d]{1,3}[）)]"
    r"|[一二三四五六七八九十]{1,3}[、是])"
)
_SENTENCE = re.compile(r"[^。！？!?\n]*(?:[。！？!?]+[”’」』）)]*|\n+|\Z)")
_OPEN = ("；", "：", "，", "、", ";", ":", ",")
_LEADS = ("：", ":")
_REFERS = re.compile(r"(?<!条)(?:[前上]|第([一二三四五六七八九]))款")  # of its own article: not 本法第二十一条第一款
_REFERRING = 40  # characters of a 款 within which it says that it rests on the one before
_BLOCK = re.compile(r"[ \t\u3000]*\n\s*\n|\Z")


@dataclass(frozen=True, slots=True)
class Stretch:
    """`document.text[start:end]`; `items` are the entries of its list, in order, the last thing in it."""

    start: int
    end: int
    items: tuple[Span, ...] = ()

    def lines(self, text: str) -> list[str]:
        """As it is shown: one item a line, nothing empty between."""
        return lines(text[self.start : self.end])


def lines(text: str) -> list[str]:
    plain = text.replace("**", "")
    return [re.sub(r"^[-*•]\s+", "· ", line.strip()) for line in plain.split("\n") if line.strip()]


def is_item(line: str) -> bool:
    """Whether a line is one entry of a list, by its mark or by how it closes."""
    return bool(_ITEM.match(line)) or line.rstrip().endswith(("；", ";"))


def is_legal(document: Document, at: int) -> bool:
    """Whether that place is in an article: 第四十九条."""
    return article_at(document, at) is not None


def article_at(document: Document, at: int) -> str | None:
    """The number of the article at that place: 第四十九条."""
    clause = _around(document, at)
    return clause.number if clause and clause.number and _ARTICLE.match(clause.number) else None


def around(document: Document, start: int, end: int, room: int, whole: bool = False) -> Stretch | None:
    """The stretch that the sentence `start:end` is cut from; None where it can stand alone.

    Of an article the widest that has room: with the 款 it rests on, the 款, the full sentence. `whole`: the 款 is
    wanted even where the sentence is a full one.
    """
    clause = _around(document, start)
    if clause is None or clause.number is None:
        return _below(document, start, end, clause.end if clause else len(document.text))
    groups = _groups(document, clause)
    at = next((i for i, one in enumerate(groups) if start < one.end), None)
    if at is None:
        return None
    own = groups[at]
    if end <= own.start:
        return None  # the line that only names the clause
    of_list = bool(own.items) and start >= own.lead_end
    first, last = _full_sentence(document.text, own.start, own.lead_end, start)
    leading = bool(own.items) and last == own.lead_end
    cut = of_list or leading or start > first or end < last
    if not cut and not (whole and _ARTICLE.match(clause.number)):
        return None
    items = own.items
    wider = [Stretch(own.start, own.end, items)]
    if (rests_on := _rests_on(document.text, groups, at)) is not None:
        wider.insert(0, Stretch(groups[rests_on].start, own.end, items))
    if not whole and not of_list:
        wider.append(Stretch(first, own.end, items) if leading else Stretch(first, last))
    return next((one for one in wider if sum(map(len, one.lines(document.text))) <= room), wider[-1])


@dataclass(frozen=True, slots=True)
class _Group:
    """A 款: `start:lead_end` its sentences, the number of its article with the first; its items behind them."""

    start: int
    lead_end: int
    end: int
    items: tuple[Span, ...]


def _rests_on(text: str, groups: Sequence[_Group], at: int) -> int | None:
    """Which 款 before it this one speaks of: 有前款所列行为的. One with a list is too much to show beside it."""
    said = _REFERS.search(text, groups[at].start, min(groups[at].start + _REFERRING, groups[at].end))
    if said is None:
        return None
    before = "一二三四五六七八九".index(said[1]) if said[1] else at - 1
    return before if 0 <= before < at and not any(one.items for one in groups[before:at]) else None


def _around(document: Document, at: int) -> Clause | None:
    return max((c for c in document.clauses if c.start <= at < c.end), key=lambda c: c.start, default=None)


def _groups(document: Document, clause: Clause) -> list[_Group]:
    """The 款 of a clause; what an open mark leaves unfinished goes on in the next line."""
    text = document.text
    runs: list[list[Paragraph]] = []
    for one in paragraphs(text, _body(text, clause), clause.end):
        goes_on = runs and text[runs[-1][-1].start : runs[-1][-1].end].rstrip().endswith(_OPEN)
        if goes_on:
            runs[-1].append(one)
        else:
            runs.append([one])
    return [_grouped(text, clause, run, first=i == 0) for i, run in enumerate(runs)]


def _grouped(text: str, clause: Clause, run: Sequence[Paragraph], first: bool) -> _Group:
    start = run[0].start
    if first and "\n" not in text[clause.start : start].lstrip():
        number = text.find(clause.number or "\0", clause.start, start)
        start = number if number >= 0 else start
    items = [(item.start, item.end) for one in run for item in one.items]
    lead_end = run[0].lead_end
    leads = text[run[0].start : lead_end].rstrip().endswith(_LEADS)
    if leads and not items:  # a list whose lines have no marks
        items = [(one.start, one.end) for one in run[1:]]
    elif len(run) > 1:
        lead_end = items[0][0] if items else run[-1].end
    end = run[-1].end
    return _Group(start, start + len(text[start:lead_end].rstrip()), end, tuple(items))


def _body(text: str, clause: Clause) -> int:
    """Where a clause's own text begins: behind the line that only names it."""
    line = text.find("\n", clause.start, clause.end)
    titled = bool(clause.title) and line >= 0 and text[clause.start : line].rstrip().endswith(clause.title)
    return line if titled and not clause.title.endswith(("。", *_OPEN)) else clause.start


def _full_sentence(text: str, start: int, end: int, at: int) -> Span:
    """The sentence around a place, 「；」 no end of it."""
    for match in _SENTENCE.finditer(text, start, end):
        if match.start() <= at < match.end() or match.end() >= end:
            raw = match[0]
            return match.start() + len(raw) - len(raw.lstrip()), match.start() + len(raw.rstrip())
    return start, end


# ------------------------------------------------------------------ lists of texts without clauses


def _below(document: Document, start: int, end: int, limit: int) -> Stretch | None:
    """A lead-in with the lines below it: those that carry list marks, or else the block that follows."""
    text = document.text
    lead = start + len(text[start:end].split("\n", 1)[0].rstrip())
    if not text[start:lead].endswith(_LEADS):
        return None
    items = list(_marked(text, lead, limit)) or list(_block(text, lead, limit))
    return Stretch(start, items[-1][1], tuple(items)) if items else None


def _lines(text: str, start: int, limit: int) -> Iterator[Span]:
    for match in re.compile(r"[^\n]+").finditer(text, start, limit):
        if match[0].strip():
            left = len(match[0]) - len(match[0].lstrip())
            yield match.start() + left, match.start() + len(match[0].rstrip())


def _marked(text: str, start: int, limit: int) -> Iterator[Span]:
    for a, b in _lines(text, start, limit):
        if not _ITEM.match(text, a):
            return
        yield a, b


def _block(text: str, start: int, limit: int) -> Iterator[Span]:
    begin = start + len(text[start:limit]) - len(text[start:limit].lstrip())
    blank = _BLOCK.search(text, begin, limit)
    for a, b in _lines(text, begin, blank.start() if blank else limit):
        if text[a] in "#|<":  # a heading, a table, a remark
            return
        yield a, b
