"""How one line of a standard or a regulation reads: which heading it may be, if any.

Pure functions of a line. Whether a candidate is a heading where it stands is decided in `headings`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from knowledge.standards import NUMERAL, clause_references

Kind = Literal["division", "article", "annex", "annex_clause", "clause", "chapter", "front"]

TITLE_LENGTH = 40  # characters; a longer first line is the clause's text, not its title

_ARTICLE = re.compile(rf"^第[{NUMERAL}\d]+条(?:之[{NUMERAL}]+)?(?=[\s\u3000]|$|[^\s，、。；：的和至到及或规款第])")
_DIVISION = re.compile(rf"^第\s*[{NUMERAL}\d]+\s*(编|章|节)(?!的|规定)[\s\u3000]*\S")
_ANNEX = re.compile(r"^附\s*录\s*([A-Z])(?=\s|$|[（(\u4e00-\u9fff])")
_ANNEX_CLAUSE = re.compile(r"^([A-Z])(?:\.\d{1,2})+(?=[\s\u3000]|$|[\u4e00-\u9fff])")
_CLAUSE = re.compile(r"^\d{1,2}(?:\.\d{1,2}){1,5}(?=[\s\u3000]|$|[\u4e00-\u9fffA-Za-z《（(“])")
_CHAPTER = re.compile(r"^(\d{1,2})(?=[\s\u3000]+[\u4e00-\u9fff]|[\u4e00-\u9fff])")
_FRONT = re.compile(r"^(前\s*言|引\s*言|参\s*考\s*文\s*献|索\s*引)$")

_SENTENCE_END = re.compile(r"[。；：;:，,、]$")
# What follows the number of a clause that is only referred to: 「7.5 的要求」, 「附录 A 给出了…」.
_REFERRED = re.compile(
    r"^(?:的|和|与|及|或|、|，|,|；|。|）|\)|至|到|~|～|中|所|条|款|规定|要求(?:进行|执行|的)|给出|列出|提供|执行|进行|为|是|—)"
)
_COUNTED = re.compile(
    r"^\s*(?:个|家|月|日|年|项|万|亿|种|人|次|名|位|台|批|天|小时|分钟|级|号|份|元(?![件器素])|吨|米|%|倍|类|步|周|届|期)"
)
# 「0.3 dB 以上」, 「12 h 后」: a quantity. Of one letter it may also be a name: 4.1 A 类产品.
_MEASURED = re.compile(
    r"^\s*(?:dBm?|[mcknμu]?m(?=[\s\u4e00-\u9fff]|$)|[kmg]g|[km]?Pa|MPa|[kMG]?Hz|m[VAsL]|k[VWN]|lx|min|℃|°C?)(?![A-Za-z])"
    r"|^\s*[hsVAWNKL](?=[\s\u4e00-\u9fff]*(?:以|后|前|内|左右|至|到|的))(?![A-Za-z])"
)
# A digit as recognition reads it: 8.5.l. Only behind a number and its dot.
_MISREAD = re.compile(r"^\d{1,2}(?:\.[\dlI|OoS]{1,2}){1,5}(?=[\s\u3000]|$|[\u4e00-\u9fff])")
_AS_DIGITS = str.maketrans("lI|OoS", "111005")
_MODAL = re.compile(r"应|须|不得|可以|宜|必须|禁止")
_WIDE_GAP = re.compile(r"\u3000+|\s{2,}|\t")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A line that may be a heading. `title` may be empty; `inline`: the clause's text begins on this line."""

    kind: Kind
    number: str | None
    title: str
    level: int
    inline: bool = False
    spaced: bool = True  # whether a space parts number and title


def read_line(content: str) -> Candidate | None:
    """`content`: one line without its markup and outer white space."""
    folded = _with_digits(fold_same_length(content))
    if match := _DIVISION.match(folded):
        return _division(content, match)
    if match := _ARTICLE.match(folded):
        return Candidate("article", content[: match.end()], "", 4, inline=len(content) > match.end())
    if match := _ANNEX.match(folded):
        return _annex(content, match)
    if match := _ANNEX_CLAUSE.match(folded):
        return _clause("annex_clause", content, folded, match)
    if (match := _CLAUSE.match(folded)) and _names_a_clause(folded):
        return _clause("clause", content, folded, match)
    if (match := _CHAPTER.match(folded)) and not _is_count(folded[match.end() :]):
        title = content[match.end() :].strip()
        spaced = folded[match.end()].isspace()
        return Candidate("chapter", match[1], title, 1, spaced=spaced) if is_title(title) else None
    if _FRONT.match(folded):
        return Candidate("front", None, re.sub(r"\s+", "", content), 1)
    return None


def _with_digits(folded: str) -> str:
    """8.5.l → 8.5.1; offsets hold."""
    match = _MISREAD.match(folded)
    return match[0].translate(_AS_DIGITS) + folded[match.end() :] if match else folded


def is_title(text: str) -> bool:
    return bool(text) and len(text) <= TITLE_LENGTH and not _SENTENCE_END.search(text) and "。" not in text


def fold_same_length(text: str) -> str:
    """Full-width digits, letters, dots and brackets as ASCII; offsets hold."""
    return text.translate(_SAME_LENGTH)


class _SameLength(dict[int, int]):
    """Character → its NFKC form, itself where that is longer or nothing; each is normalised once."""

    def __missing__(self, code: int) -> int:
        normal = unicodedata.normalize("NFKC", chr(code))
        self[code] = ord(normal) if len(normal) == 1 else code
        return self[code]


_SAME_LENGTH = _SameLength()


def _is_count(rest: str) -> bool:
    """What follows a bare number that counts or measures something."""
    return bool(_COUNTED.match(rest) or _MEASURED.match(rest))


def _division(content: str, match: re.Match[str]) -> Candidate | None:
    title = content[match.end(1) :].strip()
    if not is_title(title):
        return None
    number = re.sub(r"\s+", "", content[: match.end(1)])
    # 第一章 总 则 → 第一章 总则: typesetters spread two characters over the width of four
    return Candidate("division", number, f"{number} {''.join(title.split())}", {"编": 1, "章": 2, "节": 3}[match[1]])


def _annex(content: str, match: re.Match[str]) -> Candidate | None:
    rest = content[match.end() :].strip()
    if rest and (not is_title(rest) or _REFERRED.match(rest)):
        return None
    number = f"附录{match[1]}"
    gap = "" if rest[:1] in "（(" else " "
    return Candidate("annex", number, f"{number}{gap}{rest}", 1)


def _clause(kind: Kind, content: str, folded: str, match: re.Match[str]) -> Candidate | None:
    rest = content[match.end() :]
    if _REFERRED.match(fold_same_length(rest).lstrip()) or _MEASURED.match(rest):
        return None
    spaced = not rest or rest[0].isspace()
    title, inline = _title_of(rest.strip())
    return Candidate(kind, folded[: match.end()], title, folded[: match.end()].count(".") + 1, inline, spaced)


def _title_of(rest: str) -> tuple[str, bool]:
    """The title in what follows a number, and whether the clause's text follows it on the line."""
    if is_title(rest):
        return rest, False
    for separator in (_WIDE_GAP, re.compile("。"), re.compile(r" ")):
        head, *body = separator.split(rest, maxsplit=1)
        if body and body[0].strip() and 2 <= len(head) <= 20 and is_title(head) and not _MODAL.search(head):
            return head.strip(), True
    return "", bool(rest)


def _names_a_clause(folded: str) -> bool:
    """36.77亿元 at the start of a line is a figure."""
    references = clause_references(folded[:TITLE_LENGTH])
    return bool(references) and references[0].start == 0
