"""The structure of standards and regulations: chapters, clauses, articles, annexes, headings.

Numbering follows GB/T 1.1-2020 for standards (4, 4.1, 4.1.2, 附录 A, A.1) and the drafting rules of
Chinese legislation for regulations (编, 章, 节, 条). A cross-reference (见 7.5, 按照本条例第十条) never
opens a line by itself with a title behind it, and is not taken for a heading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from knowledge.documents import Block, Clause
from knowledge.standards import NUMERAL, clause_references, fold_clause

_ARTICLE_LINE = re.compile(rf"^第[{NUMERAL}\d]+条(?:之[{NUMERAL}]+)?(?=[\s\u3000]|[^\s，、。；的和至到规款第])")
_CHAPTER_LINE = re.compile(rf"^第[{NUMERAL}\d]+(编|章|节)(?!的|规定)[\s\u3000]*\S")
_ANNEX_LINE = re.compile(r"^附\s*录\s*[A-Z](?:\s|$|[（(])")
_ANNEX_CLAUSE_LINE = re.compile(r"^[A-H](?:\.\d{1,2})+(?=[\s\u3000]|[\u4e00-\u9fff])")
_DOTTED_LINE = re.compile(r"^\d{1,2}(?:\.\d{1,2}){1,4}(?=[\s\u3000]|[\u4e00-\u9fff])")
_CHAPTER_NUMBER_LINE = re.compile(r"^(\d{1,2})[\s\u3000]+(?=[\u4e00-\u9fff])")
_SENTENCE_END = re.compile(r"[。；：;:，,]$")
_TITLE_LENGTH = 40  # characters; a longer first line is the clause's text, not its title

_LEVELS = {"编": 1, "章": 2, "节": 3}
_ARTICLE_LEVEL = 4


@dataclass(frozen=True, slots=True)
class _Heading:
    start: int
    level: int
    number: str | None
    title: str


def find_clauses(text: str, blocks: Sequence[Block] = ()) -> tuple[Clause, ...]:
    """The clauses of a document in order, each ending where the next begins; none for running prose."""
    marked = {block.start: block for block in blocks if block.kind == "heading"}
    headings = [h for line in _lines(text) if (h := _heading(line, marked))]
    headings = list(_without_lonely_numbers(headings))
    if not headings:
        return ()
    return tuple(_clauses(text, headings))


def _lines(text: str) -> Iterator[re.Match[str]]:
    return re.finditer(r"[^\n]+", text)


def _heading(line: re.Match[str], marked: dict[int, Block]) -> _Heading | None:
    raw = line[0]
    content = raw.lstrip("# \t\u3000*")
    start = line.start()
    block = marked.get(start + len(raw) - len(content)) or marked.get(start)
    content = content.strip()
    match = _CHAPTER_LINE.match(content)
    if match and (block or _is_title(content[match.end(1) :])):
        return _Heading(start, _LEVELS[match[1]], content[: match.end(1)], _squeezed_title(content))
    if match := _ARTICLE_LINE.match(content):
        return _Heading(start, _ARTICLE_LEVEL, match[0], "")
    if match := _ANNEX_LINE.match(content):
        return _Heading(start, 1, re.sub(r"\s+", "", content[: match.end()]).strip("（("), content)
    for pattern in (_ANNEX_CLAUSE_LINE, _DOTTED_LINE):
        if (match := pattern.match(content)) and _names_a_clause(content):
            title = content[match.end() :].strip()
            return _Heading(start, match[0].count(".") + 1, match[0], title if _is_title(title) else "")
    match = _CHAPTER_NUMBER_LINE.match(content)
    if match and (block or _is_title(content[match.end() :])):
        return _Heading(start, 1, match[1], content[match.end() :].strip())
    if block:
        return _Heading(start, max(block.level, 1), None, content)
    return None


def _names_a_clause(content: str) -> bool:
    """36.77亿元 at the start of a line is a figure."""
    references = clause_references(content[:_TITLE_LENGTH])
    return bool(references) and references[0].start == 0


def _is_title(text: str) -> bool:
    return bool(text) and len(text) <= _TITLE_LENGTH and not _SENTENCE_END.search(text) and "。" not in text


def _squeezed_title(content: str) -> str:
    """第一章 总 则 → 第一章 总则: typesetters spread two characters over the width of four."""
    number, _, title = content.partition(" ")
    return f"{number} {''.join(title.split())}".strip() if title else content


def _without_lonely_numbers(headings: list[_Heading]) -> Iterator[_Heading]:
    """A bare chapter number counts only where clauses below it follow: 「4 个联合体」 is prose."""
    dotted = {h.number.split(".")[0] for h in headings if h.number and "." in h.number}
    for heading in headings:
        if heading.number and heading.number.isdigit() and heading.number not in dotted:
            continue
        yield heading


def _clauses(text: str, headings: list[_Heading]) -> Iterator[Clause]:
    path: list[tuple[int, str]] = []
    for i, heading in enumerate(headings):
        end = headings[i + 1].start if i + 1 < len(headings) else len(text)
        path = [(level, title) for level, title in path if level < heading.level]
        yield Clause(
            number=heading.number,
            title=heading.title,
            start=heading.start,
            end=end,
            level=heading.level,
            path=tuple(title for _, title in path),
        )
        label = " ".join(part for part in (heading.number, heading.title) if part)
        path.append((heading.level, heading.title if heading.title.startswith(heading.number or "\0") else label))


def clause_key(number: str | None) -> str | None:
    """The folded term a clause is looked up by: 第二十四条 → 第24条."""
    return fold_clause(number) if number else None
