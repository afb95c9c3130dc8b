"""What a document says of itself: title, publishing body, number, dates, edition.

Read from the first lines, the file's own markup, and the file name, in this order of trust.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import PurePath

from knowledge.documents import Metadata, ReadDocument
from knowledge.standards import squeeze, standard_references

_FRONT_LINES = 25
_DATE = r"((?:19|20)\d{2})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?"
_DATE_LINE = re.compile(
    rf"^-?\s*(?:发布(?:日期|时间)|日期|时间)\s*[:：]\s*{_DATE}|^{_DATE}(?:\s+\d{{1,2}}:\d{{2}})?\s*(?:本文)?(?:来源|作者)"
)
_FIELD_LINE = re.compile(r"^-?\s*(?:分类|作者|来源|编辑|访问量|浏览量|发布(?:日期|时间)|阅读)\s*[:：]")
_FIELD = re.compile(r"(作者|来源|编辑|发布单位|发文机关)\s*[:：]\s*([^\s:：]{2,30}?)(?=\s|$|作者|编辑|阅读|浏览)")
_ORGANISATION = re.compile(r"(?:局|委员会|商会|协会|学会|公司|研究院|研究所|中心|政府|办公室|国务院|部|人大|院)$")
_PUBLISHER = re.compile(r"(?:网|报|社|平台|台)$")
_BREADCRUMB = re.compile(r"位置\s*[:：]|欢迎|浏览|主管$|主办$|^(?:首页|新闻)")
_FILE_EDITION = re.compile(r"[(（]((?:19|20)\d{2}(?:-\d{1,2}-\d{1,2})?)[)）]")
_DECREE = re.compile(r"((?:国务院|[\u4e00-\u9fff]{2,16}(?:总局|局|部|委员会))令\s*第\s*\d+\s*号)")
_EFFECTIVE = re.compile(rf"自\s*{_DATE}\s*起(?:施行|实施|执行)")
_ENACTED = re.compile(rf"{_DATE}[^\n]{{0,60}}?(?:公布|发布|通过|修订|修正|批准)")


def read_front_page(text: str, document: ReadDocument, name: str) -> Metadata:
    """`text` is the simplified text, its furniture still in place."""
    lines = [line.strip() for line in text.split("\n")[: _FRONT_LINES * 2]]
    front = [line for line in lines if line][:_FRONT_LINES]
    stem = PurePath(name).stem
    edition = match[1] if (match := _FILE_EDITION.search(stem)) else None
    published = _published(front) or _edition_day(edition) or _last_enacted(front)
    number = _number(front)
    return Metadata(
        title=_title(front, document, stem),
        body=_body(front),
        number=number,
        edition=edition or (published.isoformat() if published and _DECREE.search("\n".join(front)) else None),
        published=published,
        effective=_effective(text),
    )


def _title(front: list[str], document: ReadDocument, stem: str) -> str:
    at_date = next((i for i, line in enumerate(front) if _DATE_LINE.match(line)), None)
    if at_date is not None:
        for line in reversed(front[:at_date]):
            if not _FIELD_LINE.match(line) and not _BREADCRUMB.search(line) and len(line) >= 6:
                return _plain(line)
    if document.title and len(document.title.strip()) >= 2:
        return _plain(document.title)
    heading = next((b for b in document.blocks if b.kind == "heading" and b.level == 1), None)
    if heading:
        return _plain(document.original[heading.start : heading.end])
    for line in front:
        if 4 <= len(line) <= 80 and not _BREADCRUMB.search(line) and not _FIELD_LINE.match(line):
            return _plain(line)
    return stem


def _plain(title: str) -> str:
    return re.sub(r"\s+", " ", title.strip().lstrip("#").strip()).strip("*_ ")


def _published(front: list[str]) -> date | None:
    for line in front:
        if match := _DATE_LINE.match(line):
            year, month, day = [part for part in match.groups() if part][:3]
            return _day(year, month, day)
    return None


def _last_enacted(front: list[str]) -> date | None:
    days = [day for line in front for m in _ENACTED.finditer(line) if (day := _day(m[1], m[2], m[3]))]
    return max(days) if days else None


def _edition_day(edition: str | None) -> date | None:
    parts = (edition or "").split("-")
    return _day(*parts) if len(parts) == 3 else None


def _effective(text: str) -> date | None:
    days = [day for m in _EFFECTIVE.finditer(text) if (day := _day(m[1], m[2], m[3]))]
    return days[-1] if days else None


def _body(front: list[str]) -> str | None:
    fields = [(m[1], m[2]) for line in front for m in _FIELD.finditer(line)]
    named = [value for _, value in fields if _ORGANISATION.search(value)]
    named += [value for _, value in fields if _PUBLISHER.search(value)]
    if named:
        return named[0]
    decree = _DECREE.search("\n".join(front))
    return re.sub(r"令.*", "", decree[1]).removeprefix("中华人民共和国") if decree else None


def _number(front: list[str]) -> str | None:
    head = "\n".join(front[:12])
    if decree := _DECREE.search(head):
        return re.sub(r"\s+", "", decree[1]).removeprefix("中华人民共和国")
    standards = [r for line in front[:6] if len(line) < 60 for r in standard_references(line) if r.year]
    return head_number(standards[0].number, standards[0].year) if standards else None


def head_number(number: str, year: str | None) -> str:
    """A folded standard number as people write it: gb/t19001, 2016 → GB/T 19001-2016."""
    spaced = re.sub(r"(?<=[a-z])(?=\d)", " ", number).upper()
    return f"{spaced}-{year}" if year and "[" not in number else number


def title_key(title: str) -> str:
    """Titles of one work compare equal: country prefix, book marks, white space and brackets aside."""
    plain = re.sub(r"[《》〈〉“”\"'「」()（）]", "", squeeze(title))
    return plain.removeprefix("中华人民共和国")


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
