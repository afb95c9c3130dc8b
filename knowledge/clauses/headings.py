"""Which candidate lines are headings: by the markup, by the series of numbers, and by the line above."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from knowledge.clauses.contents import Span
from knowledge.clauses.lines import Candidate, is_title, read_line
from knowledge.clauses.numbering import Path, continues, parts
from knowledge.documents import Block

_MARKUP = "# \t\u3000*"
# A line that ends so goes on in the next: 「应符合」, 「见」, 「按照本标准」.
_GOES_ON = re.compile(
    r"(?:见|按|按照|依据|根据|依照|符合|执行|遵守|满足|参见|参照|和|与|或|及|、|，|,|（|\(|第|本标准|本文件|条款|表|图|至)$"
)
_ENDED = re.compile(r"[。；：！？!?;:.」”)）》]$")
_ANNEX_NATURE = re.compile(r"^[（(]\s*(?:规范性|资料性)(?:附录)?\s*[）)]$")
_BROKEN_OFF = re.compile(r"^(?:\d{1,2}|[A-Z])(?:\.\d{1,2})*\.$")  # 「7.5.」, its last part on the next line
_LAST_PART = re.compile(r"^\d{1,2}(?:\.\d{1,2})*(?=[\s\u3000]+\S|[\u4e00-\u9fff])")
_BARE_NUMBER = re.compile(r"^(?:\d{1,2}(?:\.\d{1,2})+|[A-Z](?:\.\d{1,2})+)$")


@dataclass(frozen=True, slots=True)
class Heading:
    """`start` is that of the line it stands on, markup included."""

    start: int
    level: int
    number: str | None
    title: str


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    content: str
    block: Block | None  # where the file's own markup makes it a heading
    before: str  # the line above
    after: tuple[str, ...]  # the lines below, two at most


def read_headings(text: str, blocks: Sequence[Block], contents: Span | None) -> list[Heading]:
    """The headings in order. Lines of the contents page and rows of tables are none."""
    lines = [line for line in _lines(text, blocks) if contents is None or not contents[0] <= line.start < contents[1]]
    candidates = [(line, read_line(line.content)) for line in lines]
    chapters = _chapters([candidate for _, candidate in candidates if candidate])
    annexes = {c.number[-1] for _, c in candidates if c and c.kind == "annex" and c.number}
    series = _Series(chapters, annexes)
    headings = []
    for line, candidate in candidates:
        if candidate is not None and series.admits(line, candidate):
            headings.append(_heading(line, candidate))
        elif line.block is not None and not _ANNEX_NATURE.match(line.content):
            headings.append(Heading(line.start, max(line.block.level, 1), None, line.content))
    return _without_annex_titles(headings)


def _lines(text: str, blocks: Sequence[Block]) -> Iterator[_Line]:
    marked = {block.start: block for block in blocks if block.kind == "heading"}
    tables = [(block.start, block.end) for block in blocks if block.kind == "table"]
    found = [m for m in re.finditer(r"[^\n]+", text) if m[0].strip(_MARKUP)]
    stripped = [m[0].strip(_MARKUP) for m in found]
    at_table, joined = 0, -1
    for i, match in enumerate(found):
        start, raw = match.start(), match[0]
        if i == joined:
            continue
        while at_table < len(tables) and tables[at_table][1] <= start:
            at_table += 1
        if at_table < len(tables) and tables[at_table][0] <= start:
            continue
        indent = len(raw) - len(raw.lstrip(_MARKUP))
        block = marked.get(start + indent) or marked.get(start)
        before = stripped[i - 1] if i else ""
        content, below = stripped[i], i + 1
        if below < len(found) and _BROKEN_OFF.match(content) and _LAST_PART.match(stripped[below]):
            content, joined, below = content + stripped[below], below, below + 1
        yield _Line(start, content, block, before, tuple(stripped[below : below + 2]))


def _chapters(candidates: Sequence[Candidate]) -> set[str]:
    """Bare chapter numbers that clauses prove: 4 where 4.1 follows, and what lies between proven ones (1, 2, 3)."""
    parents = {int(c.number.split(".")[0]) for c in candidates if c.kind == "clause" and c.number}
    return {str(n) for n in range(1, max(parents) + 1)} if parents else set()


class _Series:
    """The numbers so far; says whether a candidate may be the next."""

    def __init__(self, chapters: set[str], annexes: set[str]) -> None:
        self._chapters = chapters
        self._annexes = annexes
        self._clause: Path | None = None
        self._in_annex: str | None = None
        self._annex_clause: Path | None = None

    def admits(self, line: _Line, candidate: Candidate) -> bool:
        marked = bool(line.block) and not (candidate.kind == "chapter" and self._in_annex)
        admitted = marked or self._fits(line, candidate)
        if admitted:
            self._note(candidate)
        return admitted

    def _fits(self, line: _Line, candidate: Candidate) -> bool:
        if candidate.kind in ("division", "annex"):
            return not _GOES_ON.search(line.before)
        if candidate.kind == "front":
            return bool(self._chapters)
        if candidate.kind == "article":
            return not _GOES_ON.search(line.before)
        number = candidate.number or ""
        if candidate.kind == "chapter":
            return self._fits_chapter(number, candidate)
        if candidate.kind == "annex_clause" and self._annexes and number[0] != self._in_annex:
            return False
        before = self._annex_clause if candidate.kind == "annex_clause" else self._clause
        if before and before[0] > 0 and parts(number)[0] == 0 and candidate.kind == "clause":
            return False  # 0.1 is only found in an introduction
        next_in_series = before is not None and continues(before, parts(number))
        if next_in_series:
            return not _GOES_ON.search(line.before) or bool(candidate.title)
        reads_as_title = bool(candidate.title) and candidate.spaced
        broken_off = bool(line.before) and not _ENDED.search(line.before) and len(line.before) > 20
        if _GOES_ON.search(line.before) or (broken_off and not candidate.title):
            return False
        return reads_as_title or before is None or self._opens(parts(number))

    def _fits_chapter(self, number: str, candidate: Candidate) -> bool:
        if self._in_annex:
            return False
        if number not in self._chapters:
            last = self._clause[0] if self._clause else None
            return bool(self._chapters) and last is not None and int(number) == last + 1 and candidate.spaced
        return (
            self._clause is None
            or int(number) == self._clause[0] + 1
            or (candidate.spaced and int(number) > self._clause[0])
        )

    def _opens(self, path: Path) -> bool:
        """The first clause of a later chapter, whose own heading may be missing."""
        return self._clause is not None and path[0] > self._clause[0] and set(path[1:]) == {1}

    def _note(self, candidate: Candidate) -> None:
        number = candidate.number or ""
        if candidate.kind == "annex":
            self._in_annex, self._annex_clause = number[-1], None
        elif candidate.kind == "annex_clause":
            self._annex_clause = parts(number)
        elif candidate.kind in ("clause", "chapter"):
            self._clause = parts(number)


def _heading(line: _Line, candidate: Candidate) -> Heading:
    title = candidate.title
    if candidate.kind == "annex" and title == candidate.number:
        title = _annex_title(title, line.after)
    elif not title and not candidate.inline and _BARE_NUMBER.match(candidate.number or ""):
        title = _title_below(line.after)
    return Heading(line.start, candidate.level, candidate.number, title)


def _annex_title(number: str, below: Sequence[str]) -> str:
    """附录 A, its nature in brackets below it, and its title below that, on one line."""
    nature = below[0] if below and _ANNEX_NATURE.match(below[0]) else ""
    rest = below[1:] if nature else below
    title = rest[0] if rest and is_title(rest[0]) and read_line(rest[0]) is None else ""
    return f"{number}{nature} {title}".strip() if nature or title else number


def _title_below(below: Sequence[str]) -> str:
    """A number that stands alone on its line has its title on the next: so are terms set."""
    return below[0] if below and is_title(below[0]) and read_line(below[0]) is None else ""


def _without_annex_titles(headings: list[Heading]) -> list[Heading]:
    """A marked title below an annex, or below a number alone on its line, is part of the heading above it."""
    kept: list[Heading] = []
    for heading in headings:
        above = kept[-1] if kept else None
        if not (above and above.number and heading.number is None and above.title.endswith(heading.title)):
            kept.append(heading)
    return kept
