"""What a document defines, and where.

Defined is what a clause of a 术语 chapter is headed by, what a rule speaks of as 本法所称X，是指…, and what a
sentence or a list of 用语的含义 begins with. 以下简称X only tells what X stands for: it answers who asks for that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from knowledge.documents import Clause, Document
from knowledge.standards import fold_in_place, squeeze
from knowledge.subdivisions import Item, Paragraph, paragraphs
from retrieval.extractive import LONGEST_LIST


@dataclass(frozen=True, slots=True)
class Definition:
    """Where a document says what a term is; `text` as it is shown, without list marks and empty lines."""

    keys: frozenset[str]  # the term, squeezed, and what else it is called
    start: int
    end: int
    text: str
    clause: str | None = None
    short: bool = False  # only says what the term is short for


_CHAPTER = re.compile(r"术语|名词解释|缩略语|用语|词汇|(?:^|[\s、和与及\d])定义(?:$|[\s、和与及])")
_LISTED = re.compile(r"(?:用语|术语|词语|名词|概念)[^。;]{0,12}(?:含义|定义|意思|解释|如下|是)?[^。;]{0,6}:$")
_TELLS = re.compile(r"[是系即特]指|指的是|所称|[简统合]称|用语|术语|词语|名词|概念")
_FOREIGN = re.compile(r"[\s(]*([A-Za-z][A-Za-z\s\-/,()’']*)$")  # the English equivalent behind a term
_MARKUP = re.compile(r"\*\*|__|`")
_MARK = re.compile(r"^\s*(?:[(]?\s*[一二三四五六七八九十百\d]{1,3}\s*[).、]|[a-z]\)|[①-⑳]|[-*•·])\s*")
_TERM = r"[\"“「]?(?P<term>[^,。;:?!、\"”」()\n][^,。;:?!\"”」()\n]{0,28}?)[\"”」]?\s*(?P<note>\([^()]*\))?[\"”」]?"
_POINTS = r"(?:(?:分别|均|都|仅)?(?:[是系即特]指|指的是))"
_CALLED = re.compile(rf"所称的?\s*{_TERM}\s*(?:,?\s*{_POINTS}|,\s*(?:是|为|即|指|包括))")
_BEGINNING = re.compile(
    rf"^(?:所谓|其中,?|这里的?|此处的?|在?本(?:文件|标准|规范|办法|手册|指南)[中里]?的?,?)?\s*{_TERM}\s*,?\s*{_POINTS}"
)
_LISTING = re.compile(rf"^{_TERM}\s*(?:,?\s*{_POINTS}|,\s*(?:是|为|即|指)|:\s*(?=\S))")
_SHORT = re.compile(r"\((?:以下|下)?(?:统一)?[简统合]称(?:为|:)?\s*[\"“]?(?P<term>[^《》\"”()]{2,20})[\"”]?\)")
_BRACKETED = re.compile(r"(.+?)\s*\((?:以下)?[简又也]?称?为?:?[\"“]?([^()]+?)[\"”]?\)")
_SENTENCE = re.compile(r"[^。！？!?\n]+[。！？!?]*[”’」』）]*")  # whole: what stands behind a ； belongs to it
_LEANS = re.compile(r"(?:包括|不包括|其中|但是?|前述|上述|不含)")


def defined_in(document: Document) -> list[Definition]:
    """Every definition of a document, in its order."""
    folded = fold_in_place(document.text)
    return [one for clause in _parts(document) for one in _of_clause(document.text, folded, clause)]


def _parts(document: Document) -> Iterator[Clause]:
    """The clauses, and what stands before the first."""
    first = min((clause.start for clause in document.clauses), default=len(document.text))
    if first:
        yield Clause(None, "", 0, first, 0)
    yield from document.clauses


def _of_clause(text: str, folded: str, clause: Clause) -> Iterator[Definition]:
    below = any(map(_CHAPTER.search, clause.path))
    if below and (own := _headed(text, clause)):
        yield own
        return
    terms = below or bool(_CHAPTER.search(clause.title))
    if not terms and not _TELLS.search(folded, clause.start, clause.end):
        return
    found = paragraphs(text, clause.start, clause.end)
    for at, paragraph in enumerate(found):
        yield from _of_paragraph(text, clause, paragraph, found[at + 1 :], terms)


def _headed(text: str, clause: Clause) -> Definition | None:
    """A clause headed by its term: all that stands below."""
    title = _MARKUP.sub("", clause.title).strip()
    at = text.find(clause.title, clause.start, clause.end)
    if not title or at < 0 or re.search(r"[:：]|[是系]指", title):
        return None
    start, end = _trimmed(text, at + len(clause.title), clause.end)
    if end - start < 2:
        return None
    # the quote holds the term as well
    return Definition(_keys(title), clause.start, end, f"{title}：{_shown(text[start:end])}", clause.number)


def _of_paragraph(
    text: str, clause: Clause, paragraph: Paragraph, following: Sequence[Paragraph], terms: bool
) -> Iterator[Definition]:
    lead = [match.span() for match in _SENTENCE.finditer(text, paragraph.start, paragraph.lead_end)]
    for at, (start, end) in enumerate(lead):
        folded = fold_in_place(text[start:end])
        match = _CALLED.search(folded) or (_LISTING if terms else _BEGINNING).match(folded.lstrip())
        short = None if match or not clause.number else _SHORT.search(folded)
        if found := match or short:
            last = end if short else _leaning(text, lead, at)
            if last == lead[-1][1] and text[:last].rstrip().endswith((":", "：")):
                last = paragraph.end if paragraph.items else _bulleted(text, following, last)
            yield _definition(text, clause, found, start, last, short is not None)
    listed = terms or bool(_LISTED.search(fold_in_place(text[paragraph.start : paragraph.lead_end]).rstrip()))
    yield from _of_items(text, clause, paragraph.items, listed)


def _of_items(text: str, clause: Clause, items: Iterable[Item], listed: bool) -> Iterator[Definition]:
    for item in items:
        mark = _MARK.match(fold_in_place(text[item.start : item.end]))
        start = item.start + (mark.end() if mark else 0)
        match = (_LISTING if listed else _BEGINNING).match(fold_in_place(text[start : item.end]))
        if match:
            yield _definition(text, clause, match, start, item.end)
        else:
            yield from _of_items(text, clause, item.items, listed)


def _definition(
    text: str, clause: Clause, match: re.Match[str], start: int, end: int, short: bool = False
) -> Definition:
    start, end = _trimmed(text, start, end)
    note = match.groupdict().get("note") or ""
    term = match["term"] + (note if short or "称" in note or note[1:-1].isascii() else "")
    shown = _shown(text[start:end])
    shown = f"{shown[:-1]}。" if shown.endswith(("；", ";")) else shown
    return Definition(_keys(term), start, end, shown, clause.number, short)


def _leaning(text: str, lead: Sequence[tuple[int, int]], at: int) -> int:
    """To the end of the sentences behind one that only go on with it: 包括…, 但是…."""
    end = lead[at][1]
    for start, last in lead[at + 1 :]:
        if not _LEANS.match(text[start:last].strip()):
            break
        end = last
    return end


def _bulleted(text: str, following: Sequence[Paragraph], end: int) -> int:
    """To the end of the lines behind a lead-in that are marked as a list without numbers."""
    for paragraph in following:
        line = text[text.rfind("\n", 0, paragraph.start) + 1 : paragraph.start].strip()
        if not line or line.strip("-*•·"):
            break
        end = paragraph.end
    return end


def _keys(term: str) -> frozenset[str]:
    """不合格（不符合） nonconformity: each of the three."""
    folded = _MARKUP.sub("", fold_in_place(term)).strip(' "“”「」')
    foreign = _FOREIGN.search(folded)
    plain = folded[: foreign.start()].strip() if foreign and foreign.start() else folded
    parts = [plain]
    if foreign and plain is not folded:
        parts += re.split(r"[,()]", foreign[1])
    if bracketed := _BRACKETED.fullmatch(plain):
        parts += [bracketed[1], bracketed[2]]
    return frozenset(key for part in parts if (key := squeeze(part)))


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    stretch = text[start:end]
    return start + len(stretch) - len(stretch.lstrip()), start + len(stretch.rstrip())


def _shown(text: str) -> str:
    """One item a line, without the markup; a long one to the last sentence that there is room for."""
    lines = (re.sub(r"^[-*•]\s+", "· ", line.strip()) for line in _MARKUP.sub("", text).split("\n"))
    whole = "\n".join(line for line in lines if line)
    if len(whole) <= LONGEST_LIST:
        return whole
    head = whole[:LONGEST_LIST]
    end = max(head.rfind(mark) for mark in "。；\n")
    return f"{head[: end + 1 if end > LONGEST_LIST // 2 else LONGEST_LIST].rstrip()}……"
