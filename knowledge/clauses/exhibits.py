"""Numbered tables and figures, by their captions: 「表 2 检验项目」, 「表 B.1」, 「图 1 流程」."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from knowledge.clauses.contents import contents_span
from knowledge.clauses.lines import fold_same_length
from knowledge.documents import Block, Exhibit

_CAPTION = re.compile(
    r"^(续\s*)?(表|图)\s*([A-Z]\s*\.\s*\d{1,2}|\d{1,3}(?:[.-]\d{1,2})?)(?:\s*[（(]\s*续\s*[）)])?(?=\s|$|[：:\u4e00-\u9fff])"
)
_REFERRED = re.compile(r"^(?:的|和|与|及|或|、|，|,|。|中|所|给出|列出|规定|表示|说明|显示|是|为|执行|进行|要求的)")
_CAPTION_HEAD = 12  # characters: where 续 stands, if anywhere
_LONGEST_TITLE = 50
_NEAR = 40  # characters between a caption and its table: a unit line, no more


def find_exhibits(text: str, blocks: Sequence[Block] = ()) -> tuple[Exhibit, ...]:
    """In order; a caption that comes again on a later page (续表 2) widens the first."""
    contents = contents_span(text) or (0, 0)
    tables = [(block.start, block.end) for block in blocks if block.kind == "table"]
    found: dict[tuple[str, str], Exhibit] = {}
    for exhibit in _captions(text, tables):
        if contents[0] <= exhibit.start < contents[1]:
            continue
        first = found.setdefault((exhibit.kind, exhibit.number), exhibit)
        if "续" in text[exhibit.start : exhibit.start + _CAPTION_HEAD]:
            found[exhibit.kind, exhibit.number] = replace(first, end=exhibit.end)
    return tuple(found.values())


def _captions(text: str, tables: Sequence[tuple[int, int]]) -> Iterator[Exhibit]:
    for line in re.finditer(r"[^\n]+", text):
        content = line[0].strip("# \t\u3000*")
        folded = fold_same_length(content)
        match = _CAPTION.match(folded)
        if match is None or any(start <= line.start() < end for start, end in tables):
            continue
        title = content[match.end() :].strip(" \u3000：:")
        if len(title) > _LONGEST_TITLE or title.endswith("。") or _REFERRED.match(title):
            continue
        number = re.sub(r"\s+", "", match[3]).lower()
        if match[2] == "图":
            yield Exhibit("figure", number, title, line.start(), line.end())
        elif (end := _table_end(text, line.end(), tables)) is not None:
            yield Exhibit("table", number, title, line.start(), end)


def _table_end(text: str, after: int, tables: Sequence[tuple[int, int]]) -> int | None:
    """The end of the table below a caption; the caption's own end where the table was not recognised as one."""
    following = next(((start, end) for start, end in tables if start >= after), None)
    if following and len(text[after : following[0]].strip()) <= _NEAR:
        return following[1]
    return after
