"""What a document says of itself: title, publishing body, number, dates, edition, what it replaces.

Read from the cover page of a standard (GB/T 1.1-2020, annex on covers), the first lines, the file's own
markup, the file name and the closing articles of a regulation. A news item on a standard has neither the
standard's edition nor its dates.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import PurePath

from knowledge.documents import Metadata, ReadDocument, Status
from knowledge.standards import NUMERAL, StandardReference, numeral_value, squeeze, standard_references

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
_ENACTED = re.compile(rf"{_DATE}(?:(?!(?:19|20)\d\d年)[^\n]){{0,120}}?(?:公布|发布|通过|修订|修正|批准)")

# The cover page of a standard.
_NUMBERED = re.compile(rf"^(?:\d{{1,2}}(?:\.\d{{1,2}})*[\s\u3000]|第[{NUMERAL}]+[章条])")
_CLASSIFIED = re.compile(r"^(?:ICS|CCS)\b", re.I)
_ON_COVER = re.compile(rf"{_DATE}\s*(发\s*布|实\s*施|废\s*止)")
_LABELLED_DAY = re.compile(rf"(发布|实施|废止|作废)(?:日期|时间)\s*[:：]\s*{_DATE}")
_ISSUED_BY = re.compile(r"^([\u4e00-\u9fff、 ]{4,60}?)\s*发\s*布$")
_KIND_OF_STANDARD = re.compile(
    r"^(?:中华人民共和国)?(?:国家|地方|团体|企业|[\u4e00-\u9fff]{0,8}行业)标准(?:化指导性技术文件)?$"
)
_ABOUT_A_STANDARD = re.compile(
    r"宣贯|培训|课件|讲义|解读|释义|问答|答疑|通知|公告|公示|发布会|召开|启动|编制说明|征求意见|对照|目录"
)
_REPLACES_LINE = re.compile(r"^(?:代\s*替|替\s*代)\s*[:：]?\s*(\S.*)$")
_FOREWORD = 12_000  # characters from the start in which a foreword says what is replaced
_IN_FOREWORD = re.compile(r"本(?:文件|标准|部分|规范)(?:全部)?(?:代替|替代)(?!了?部分)([^。；;\n]{4,200})")
_REPLACED_BY = re.compile(r"(?:本(?:文件|标准|部分|规范))?已?被([^。；;\n]{4,60}?)(?:代替|替代|取代)")
_STATED_STATUS = re.compile(r"^(?:标准)?状态\s*[:：]\s*(?:已)?(?:废止|作废)\s*$")

# The closing articles of a regulation.
_ITSELF = r"本(?:法|条例|办法|规定|规则|细则|规程|规范|章程|标准|文件|通知|意见|决定|指南)"
_SELF_BEGINS = re.compile(rf"{_ITSELF}自\s*{_DATE}\s*起(?:正式)?(?:施行|实施|执行)")
_SELF_ENDS = re.compile(rf"{_ITSELF}[^。\n]{{0,12}}自\s*{_DATE}\s*起(?:予以)?(?:废止|失效|停止执行)")
_VALID_UNTIL = re.compile(rf"{_ITSELF}[^。\n]{{0,60}}有效期(?:至|到)\s*{_DATE}")
_VALID_YEARS = re.compile(
    rf"{_ITSELF}自\s*{_DATE}\s*起(?:施行|实施|执行)[，,；;]?\s*有效期(?:为|限为)?\s*(\d{{1,2}}|[{NUMERAL}]+)\s*年"
)
_REPEALING = re.compile(rf"{_ITSELF}自[^。\n]{{2,20}}起(?:施行|实施|执行)[，,；;。]([^\n]{{4,400}}?)同时(?:予以)?废止")
_NAMED = re.compile(r"(?<!根据)(?<!按照)(?<!依据)《([^《》]{2,60})》(?!第|中)")
_LEGISLATION = re.compile(r"(?:法|条例|办法|规定|规则|细则|规程|章程)(?:[（(][^（）()]{1,20}[）)])?$")
_FIRST_ARTICLE = re.compile(r"^[#*\s]*第一条[\s\u3000]", re.M)


@dataclass(frozen=True, slots=True)
class _Cover:
    """What stands on the cover page of a standard."""

    number: StandardReference | None = None
    title: str | None = None
    body: str | None = None
    published: date | None = None
    effective: date | None = None
    repealed: date | None = None
    replaces: str | None = None


def read_front_page(text: str, document: ReadDocument, name: str) -> Metadata:
    """`text` is the simplified text, its furniture still in place."""
    lines = [line.strip() for line in text.split("\n")[: _FRONT_LINES * 2]]
    front = [line for line in lines if line][:_FRONT_LINES]
    stem = PurePath(name).stem
    cover = _cover(front)
    title = cover.title or _title(front, document, stem)
    own = cover.number or _own_number(front, title, stem)
    edition = match[1] if (match := _FILE_EDITION.search(stem)) else None
    published = cover.published or _published(front) or _edition_day(edition) or _last_enacted(front)
    enacted = published if _is_decree(front) or _is_legislation(title, text, front) else None
    speaks_of_itself = bool(own or edition or enacted)
    return Metadata(
        title=title,
        body=cover.body or _body(front),
        number=head_number(own.number, own.year) if own else _number(front),
        edition=edition or (own.year if own else None) or (enacted.isoformat() if enacted else None),
        published=published,
        effective=cover.effective or _effective(text),
        status=Status.REPEALED if any(_STATED_STATUS.match(line) for line in front) else Status.IN_FORCE,
        repealed=cover.repealed or (_repealed(text) if speaks_of_itself else None),
        replaces=(cover.replaces or _replaces(text)) if speaks_of_itself else None,
        replaced_by=_replaced_by(front, own) if own else None,
    )


# ---------------------------------------------------------------- the cover of a standard


def _cover(front: list[str]) -> _Cover:
    """Nothing, where the first lines are no cover: no number on a line of its own, or nothing else of a cover."""
    at = next((i for i, line in enumerate(front) if _whole_number(line)), None)
    if at is None:
        return _Cover()
    days = {re.sub(r"\s", "", m[4]): _day(m[1], m[2], m[3]) for line in front for m in _ON_COVER.finditer(line)}
    days |= {m[1]: _day(m[2], m[3], m[4]) for line in front for m in _LABELLED_DAY.finditer(line)}
    classified = any(_CLASSIFIED.match(line) for line in front[:at])
    if not (classified or "发布" in days or "实施" in days or _named_replaced(front[at + 1 : at + 3])):
        return _Cover()
    return _Cover(
        number=_whole_number(front[at]),
        title=_cover_title(front[at + 1 :]),
        body=next((m[1].strip() for line in front[at:] if (m := _ISSUED_BY.match(line))), None),
        published=days.get("发布"),
        effective=days.get("实施"),
        repealed=days.get("废止") or days.get("作废"),
        replaces=_named_replaced(front[at + 1 : at + 3]),
    )


def _whole_number(line: str) -> StandardReference | None:
    """GB/T 19001—2016/ISO 9001:2015: a line that is a standard's number with its year and nothing else."""
    plain = line.lstrip("#* ").rstrip("* ")
    first = next(iter(standard_references(plain)), None)
    if first is None or first.start != 0 or not first.year or "[" in first.number:
        return None
    rest = plain[first.end :].strip()
    equivalent = re.fullmatch(r"[/(（\s]*(?:ISO|IEC|IATF|EN|ITU)[\w/:：.\s—–-]*[)）]?", rest, re.I)
    return first if not rest or equivalent else None


def _named_replaced(lines: list[str]) -> str | None:
    named = next((m[1] for line in lines if (m := _REPLACES_LINE.match(line))), None)
    return _references(named) if named else None


def _cover_title(following: list[str]) -> str | None:
    """The Chinese lines after the number, up to the English name or the dates."""
    parts: list[str] = []
    for line in following:
        plain = line.lstrip("#* ").rstrip("* ")
        if _REPLACES_LINE.match(line) or _KIND_OF_STANDARD.match(squeeze(plain)):
            continue
        chinese = len(re.findall(r"[\u4e00-\u9fff]", plain)) * 2 >= len(squeeze(plain))
        if not chinese or len(parts) == 3 or len(plain) > 60 or _ON_COVER.search(plain) or _ISSUED_BY.match(plain):
            break
        if _LABELLED_DAY.search(plain) or re.match(r"(?:前\s*言|目\s*[次录]|引\s*言|1\s+范围)", plain):
            break
        parts.append(_plain(plain))
    return " ".join(parts) or None


def _own_number(front: list[str], title: str, stem: str) -> StandardReference | None:
    """The standard that this file is, by the beginning of its title or of its name; never that of a news item."""
    if any(_DATE_LINE.match(line) for line in front) or _ABOUT_A_STANDARD.search(f"{title} {stem}"):
        return None
    for text in (title, _unescaped(stem)):
        first = next(iter(standard_references(text)), None)
        if first and first.year and first.start == 0 and "[" not in first.number:
            return first
    return None


def _unescaped(stem: str) -> str:
    """A file name cannot hold a slash: GB-T 19001-2016, GBT19001-2016, T_SOECC 001-2024."""
    slashed = re.sub(r"^([A-Za-z]{1,2}\d{0,2})[∕／_⁄](?=[A-Za-z])", r"\1/", stem)  # noqa: RUF001
    slashed = re.sub(r"^(GB|JB|YD|SJ|RB|DB\d\d)[- ]?([TZ])(?=[\s\d_-])", r"\1/\2", slashed, flags=re.I)
    return re.sub(r"^T[- ](?=[A-Z]{2,10}[\s\d_-])", "T/", slashed, flags=re.I).replace("_", " ")


def _references(text: str) -> str | None:
    """The standards that a text names with their years, as people write them."""
    named = [head_number(r.number, r.year) for r in standard_references(text) if r.year and "[" not in r.number]
    return "、".join(dict.fromkeys(named)) or None


def _replaced_by(front: list[str], own: StandardReference) -> str | None:
    for line in front:
        if (match := _REPLACED_BY.search(line)) and (named := _references(match[1])):
            return named if named != head_number(own.number, own.year) else None
    return None


# ---------------------------------------------------------------- regulations


def _is_decree(front: list[str]) -> bool:
    return bool(_DECREE.search("\n".join(front)))


def _is_legislation(title: str, text: str, front: list[str]) -> bool:
    """A regulation by its name, its articles and the line that says when it was enacted."""
    enacted = any(_ENACTED.search(line) for line in front)
    return enacted and bool(_LEGISLATION.search(title)) and bool(_FIRST_ARTICLE.search(text))


def _replaces(text: str) -> str | None:
    """The numbers that a foreword says it replaces, or the titles that a closing article repeals."""
    if (foreword := _IN_FOREWORD.search(text[:_FOREWORD])) and (named := _references(foreword[1])):
        return named
    titles = [title for closing in _REPEALING.finditer(text) for title in _NAMED.findall(closing[1])]
    return "、".join(f"《{title}》" for title in dict.fromkeys(titles)) or None


def _repealed(text: str) -> date | None:
    """The first day on which it no longer holds, where its own text says so."""
    if match := _SELF_ENDS.search(text):
        return _day(match[1], match[2], match[3])
    if (match := _VALID_UNTIL.search(text)) and (last := _day(match[1], match[2], match[3])):
        return last + timedelta(days=1)
    if match := _VALID_YEARS.search(text):
        years = numeral_value(match[4]) or 0
        return _day(str(int(match[1]) + years), match[2], match[3])
    return None


# ---------------------------------------------------------------- the first lines of anything


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
    if front and _NUMBERED.match(front[0]):  # begins with its first clause: nothing above it is a title
        return stem
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
    if itself := _SELF_BEGINS.search(text):
        return _day(itself[1], itself[2], itself[3])
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
    standards = [
        r
        for line in front[:6]
        if len(line) < 60 and not _NUMBERED.match(line)
        for r in standard_references(line)
        if r.year
    ]
    return head_number(standards[0].number, standards[0].year) if standards else None


def head_number(number: str, year: str | None) -> str:
    """A folded standard number as people write it: gb/t19001, 2016 → GB/T 19001-2016."""
    spaced = re.sub(r"(?<=[a-z])(?=\d)", " ", number).upper()
    return f"{spaced}-{year}" if year and "[" not in number else number


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
