"""The written forms that must survive indexing whole: standard numbers, clause numbers, numerals.

Plain segmentation cuts `GB/T 19001-2016` into six pieces and `第4.1.2条` into five. Here each is one
term with one spelling, whatever dashes, brackets, widths or numerals a person typed.
Grammar of standard numbers: GB/T 1.1-2020 §6.2 (code, sequence number, dash, year); group standards
carry `T/` and the society's code (团体标准管理规定 §16).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

DASHES = "‐‑‒–—―−－﹣ー─"  # noqa: RUF001
_DASH_TABLE = {ord(c): "-" for c in DASHES}
_BRACKETS = str.maketrans("〔【〕】", "[[]]")  # NFKC has folded the full-width pair already
_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "俩": 2, "○": 0}  # noqa: RUF001
_UNITS = {"十": 10, "百": 100, "千": 1000}
NUMERAL = "零〇○一二三四五六七八九十百千两"


def fold(text: str) -> str:
    """One spelling for comparison: NFKC, lower case, one dash, square brackets. Length may change."""
    return unicodedata.normalize("NFKC", text).translate(_DASH_TABLE).translate(_BRACKETS).lower()


def squeeze(text: str) -> str:
    """`fold`, with all white space removed: how quotes, titles and evaluation points are compared."""
    return re.sub(r"\s+", "", fold(text))


def numeral_value(numeral: str) -> int | None:
    """The value of a Chinese or Arabic numeral below 10,000, or None: 二十二 → 22, 二〇二四 → 2024."""
    if re.fullmatch(r"[0-9]+", numeral):
        return int(numeral)
    if not numeral or any(c not in _DIGITS and c not in _UNITS for c in numeral):
        return None
    if not any(c in _UNITS for c in numeral):
        return int("".join(str(_DIGITS[c]) for c in numeral))
    total, digit = 0, 0
    for c in numeral:
        if c in _UNITS:
            total += (digit or 1) * _UNITS[c]
            digit = 0
        else:
            digit = _DIGITS[c]
    return total + digit


_CHINESE_DIGITS = "零一二三四五六七八九"


def article_numeral(value: int) -> str:
    """The Chinese numeral of an article number below 1,000: 22 → 二十二, 105 → 一百零五."""
    if value < 10:
        return _CHINESE_DIGITS[value]
    if value < 20:
        return "十" + (_CHINESE_DIGITS[value % 10] if value % 10 else "")
    if value < 100:
        tens, ones = divmod(value, 10)
        return _CHINESE_DIGITS[tens] + "十" + (_CHINESE_DIGITS[ones] if ones else "")
    hundreds, rest = divmod(value, 100)
    if not rest:
        return _CHINESE_DIGITS[hundreds] + "百"
    middle = "零" if rest < 10 else ("一" if rest < 20 else "")
    return _CHINESE_DIGITS[hundreds] + "百" + middle + article_numeral(rest)


# ------------------------------------------------------------------ clause and article references

# 条 numbers up to the hundreds; 章 and 附录 as regulations and standards write them.
_ARTICLE = re.compile(rf"第\s*([{NUMERAL}]+|\d{{1,4}})\s*条(?:之([{NUMERAL}]+))?")
_CHAPTER = re.compile(rf"第\s*([{NUMERAL}]+|\d{{1,3}})\s*(编|章|节)")
# 「24条讲什么」 names an article; 「3条生产线」 counts something.
_BARE_ARTICLE = re.compile(
    r"(?<![\d.第])(\d{1,3})\s*条(?=$|[\s，,。；;？?！!、的讲说是规内怎写和与至到有呢第(]|\d{1,2}[款项])"
)
# A number with one dot may be a decimal: not a clause before a unit. 4.1 元器件 is a clause all the same.
_UNIT = (
    r"\s*(?:%|万|亿|元(?![件器素])|倍|米|mm|cm|kg)"
    r"|[毫厘微纳千]米|公[里斤]|千克|克(?!服)|吨|小时|分钟|秒|个百分点|个月"
)
_DOTTED = re.compile(
    rf"(?<![\d.a-z/-])(\d{{1,2}}(?:\.\d{{1,2}}){{2,4}}(?![\d%]|\.\d)|\d{{1,2}}\.\d{{1,2}}(?![\d%]|\.\d|{_UNIT}))"
)
_SPOKEN_DOTTED = re.compile(rf"(?<![{NUMERAL}])(?<!分之)([{NUMERAL}]+(?:点[{NUMERAL}]+)+)(?![{NUMERAL}万亿元倍点])")
_ANNEX = re.compile(
    r"附录\s*([a-z])(?:\.(\d{1,2}(?:\.\d{1,2})*))?(?![a-z\d])|(?<![a-z0-9.])([a-h])\.(\d{1,2}(?:\.\d{1,2})*)(?!\d)"
)


@dataclass(frozen=True, slots=True)
class ClauseReference:
    """A clause, table or figure as named in a text. `number` is the folded term; `start:end` where it stood.

    What `clause_references` finds has these three only; `references.exact_references` reads the rest.
    """

    number: str  # 8.5.2 · 第12条 · 第12条之1 · 第3章 · 附录b · a.1; of a table without its word: 2, b.2
    start: int
    end: int
    kind: Literal["clause", "table", "figure"] = "clause"
    through: str | None = None  # the last of a range: 第10条 to 第12条
    within: str | None = None  # the part it is said to stand in: 第3章 of 第三章第二节
    paragraph: int | None = None  # 第二款
    item: str | None = None  # folded: 3 of （三）, a of a), a.2 of the second under it


def clause_references(text: str) -> list[ClauseReference]:
    """Every clause or article named in `text`, in order; decimals with a unit are not clauses."""
    folded = fold_in_place(text)
    standards = _numbers_with_a_dot(folded)
    found: list[ClauseReference] = []
    for match in _ARTICLE.finditer(folded):
        value = numeral_value(match[1])
        if value is not None:
            inserted = numeral_value(match[2]) if match[2] else None
            number = f"第{value}条" if inserted is None else f"第{value}条之{inserted}"
            found.append(ClauseReference(number, match.start(), match.end()))
    for match in _CHAPTER.finditer(folded):
        value = numeral_value(match[1])
        if value is not None:
            found.append(ClauseReference(f"第{value}{match[2]}", match.start(), match.end()))
    for match in _BARE_ARTICLE.finditer(folded):
        found.append(ClauseReference(f"第{int(match[1])}条", match.start(), match.end()))
    for match in _DOTTED.finditer(folded):
        if not any(start <= match.start(1) and match.end(1) <= end for start, end in standards):
            found.append(ClauseReference(match[1], match.start(1), match.end(1)))
    for match in _SPOKEN_DOTTED.finditer(folded):
        parts = [numeral_value(part) for part in match[1].split("点")]
        if None not in parts:
            found.append(ClauseReference(".".join(str(p) for p in parts), match.start(), match.end()))
    for match in _ANNEX.finditer(folded):
        number = f"{match[1] or match[3]}.{match[2] or match[4]}" if match[2] or match[3] else f"附录{match[1]}"
        found.append(ClauseReference(number, match.start(), match.end()))
    return _without_overlaps(found)


def _numbers_with_a_dot(folded: str) -> list[tuple[int, int]]:
    """Where standards such as GB/T 1.1-2020 stand: their 1.1 is no clause."""
    return [m.span() for m in _STANDARD.finditer(folded) if "." in m[2] and (m[3] or m[1].startswith(("gb", "db")))]


def fold_clause(number: str) -> str:
    """The folded term of a clause's own number: 第二十四条 → 第24条, A.1 → a.1."""
    references = clause_references(number)
    return references[0].number if references else squeeze(number)


def fold_in_place(text: str) -> str:
    """`fold` restricted to one-to-one replacements, so that offsets hold."""
    return text.translate(_ONE_TO_ONE)


class _OneToOne(dict[int, int]):
    """Character → its folded form, itself where that is longer or nothing; each is folded once."""

    def __missing__(self, code: int) -> int:
        folded = fold(chr(code))
        self[code] = ord(folded) if len(folded) == 1 else code
        return self[code]


_ONE_TO_ONE = _OneToOne()


def _without_overlaps(found: list[ClauseReference]) -> list[ClauseReference]:
    kept: list[ClauseReference] = []
    for reference in sorted(found, key=lambda r: (r.start, -(r.end - r.start))):
        if not kept or reference.start >= kept[-1].end:
            kept.append(reference)
    return kept


# ------------------------------------------------------------------ standard and document numbers

_STANDARD = re.compile(
    r"(?<![a-z0-9])((?:gb|gb/t|gb/z|jb|jb/t|yd|yd/t|sj|sj/t|rb|rb/t|db\d{2}|db\d{2}/t|t/[a-z]{2,10}|iso|iso/iec|iec"
    r"|cnca|cnas|soecc|iaf)(?:[-/ ]?[a-z]{1,4}\d{0,3}(?=[-:]))?)[\s-]*((?:cc|md|r|qms-)?\d{1,6}(?:\.\d{1,3})?)"
    r"(?:\s*(?:--?|:)\s*(\d{4}))?(?![0-9a-z])"
)
_DOCUMENT_NUMBER = re.compile(
    r"([\u4e00-\u9fff]{2,12})\s*[\[\(]\s*((?:19|20)\d{2})\s*[\]\)]\s*(?:第)?\s*(\d{1,5})\s*号"
)


@dataclass(frozen=True, slots=True)
class StandardReference:
    """A standard or document number as named in a text, folded: gb/t19001, year 2016."""

    number: str
    year: str | None
    start: int
    end: int


def standard_references(text: str) -> list[StandardReference]:
    """Standard numbers (GB/T 19001-2016, ISO9001, T/SOECC 002—2021) and document numbers (国市监质监规〔2024〕6号)."""
    folded = fold_in_place(text)
    found = [
        StandardReference(re.sub(r"\s+", "", m[1]) + m[2], m[3], m.start(), m.end()) for m in _STANDARD.finditer(folded)
    ]
    for match in _DOCUMENT_NUMBER.finditer(folded):
        found.append(StandardReference(f"{match[1]}[{match[2]}]{match[3]}号", match[2], match.start(), match.end()))
    return sorted(found, key=lambda r: r.start)
