"""What recognition typically confuses, put right: in clause numbers at the start of a line, and in punctuation.

Only where nothing else can be meant: a number is changed if it then is a valid clause number and was none
before. Text inside a line is left as it was recognised.
"""

from __future__ import annotations

import re
from unicodedata import normalize

_HAN = "\u3400-\u9fff"
_LIKE_DIGITS = r"lIi|!OoQ\u3007\uff10-\uff19\uff29\uff2f\uff49\uff4c\uff4f"  # the full-width ones with them
_DIGITS = str.maketrans("lIi|!OoQ\u3007", "111110000")
_ODD = "\uff0e·・•。,，"  # signs recognised in place of a full stop
_PART = rf"[0-9{_LIKE_DIGITS}]{{1,3}}"
_TOKEN = re.compile(rf"(?:[A-Z]|{_PART})(?:\s?[.{_ODD}]\s?{_PART}){{1,5}}")
_VALID = re.compile(r"(?:[1-9]\d?|[A-Z])(?:\.[1-9]\d{0,2}){1,5}")
_SURE_SEPARATOR = re.compile("[.\uff0e·・•]")
_STRAY_STOP = re.compile(rf"^\s?[.\uff0e·](?=\s?[{_HAN}])")
_ANNEX_FIRST = re.compile(r"[A-Z]\.l")
_UNITS = "年月日个名份次项种家人天时分秒号页元万亿倍台级类毫厘微纳米克千升吨度欧伏安瓦"
_AFTER = re.compile(rf"[\s\u3000]|[{_HAN}]|$")
_SINGLE = re.compile(rf"(?P<number>[1-9]\d?|[lI|])(?P<gap>\s*)(?P<title>[{_HAN}][{_HAN}、和与 ]{{1,18}})$")
_ANNEX = re.compile(r"附\s?录\s?([A-Z])(?![A-Za-z.])\s?")
_CAPTION = re.compile(
    rf"([表图])\s?((?:[A-Z]\.)?\d{{1,3}})\s?(?![的中所给列和与规可及、])(?=[{_HAN}][^，。；]{{1,28}}$)"
)
_ORDINAL = re.compile(r"第([一二三四五六七八九十百零〇\dlIOo—–\-ー一ニ三士 ]{1,8})([编章节条])")
_HAN_ORDINAL = str.maketrans({"—": "一", "–": "一", "-": "一", "ー": "一", "ニ": "二", "士": "十", " ": None})
_HALF_WIDTH = re.compile(rf"(?<=[{_HAN}）》”])[,;:?!](?!\d)|(?<=[{_HAN}])\((?=.)|\((?=[{_HAN}])|(?<=[{_HAN}\d])\)")
_FULL_WIDTH = dict(zip(",;:?!()", "，；：？！（）", strict=True))


def mended(text: str) -> str:
    """A recognised line with its number, its punctuation and its ℃ as they will have been."""
    return with_full_width_punctuation(with_clause_number(text)).replace("°℃", "℃")


def with_clause_number(text: str) -> str:
    """The line with the clause number that opens it as it will have been: `8.5.l 标识` → `8.5.1 标识`.

    A space is put between number and title. A line that opens with anything else comes back as it was.
    """
    token = _TOKEN.match(text)
    if token is None:
        return _with_ordinal(_with_single_number(_with_spaces(text)))
    number = _number(token[0])
    rest = _STRAY_STOP.sub("", text[token.end() :])
    if number is None or not _AFTER.match(rest) or _is_quantity(token[0], rest):
        return text
    return f"{number} {rest.lstrip()}".rstrip()


def _number(token: str) -> str | None:
    """The clause number that the token will have been; None if it does not come out valid."""
    first, *others = re.split(rf"\s?[.{_ODD}]\s?", token)
    if not _SURE_SEPARATOR.search(token):
        return None
    if not any(character.isdigit() for character in token) and not _ANNEX_FIRST.fullmatch(token):
        return None
    if not (len(first) == 1 and first in "ABCDEFGHIJKLMNPQRSTUVWXYZ"):  # the letter of an annex stays
        first = _digits(first)
    number = ".".join([first, *map(_digits, others)])
    return number if _VALID.fullmatch(number) else None


def _digits(text: str) -> str:
    return normalize("NFKC", text).translate(_DIGITS)


def _is_quantity(token: str, rest: str) -> bool:
    """「3.5 毫米」 and 「2.5倍」 open with no clause number."""
    return token.count(".") == 1 and rest.lstrip()[:1] in set(_UNITS) and rest.strip() != ""


def _with_spaces(text: str) -> str:
    """「附录A」 and 「表2检验项目」 with the spaces that recognition drops."""
    annex = _ANNEX.sub(r"附录 \1 ", text, count=1).rstrip() if _ANNEX.match(text) else text
    return _CAPTION.sub(r"\1 \2 ", annex, count=1) if _CAPTION.match(annex) else annex


def _with_single_number(text: str) -> str:
    """「8运行」 and 「l 范围」: a short title behind the number of a chapter."""
    found = _SINGLE.fullmatch(text)
    if found is None or found["title"][0] in _UNITS:
        return text
    if found["number"].isdigit():
        return f"{found['number']} {found['title']}"
    return f"1 {found['title']}" if found["gap"] else text


def _with_ordinal(text: str) -> str:
    """「第l2条」 and 「第二十—条」."""
    found = _ORDINAL.match(text)
    if found is None:
        return text
    ordinal = found[1].replace(" ", "")
    digits = _digits(ordinal)
    if any(character.isdigit() for character in ordinal):
        whole = digits if digits.isdigit() else ordinal
    else:
        whole = ordinal.translate(_HAN_ORDINAL)
    return f"第{whole}{found[2]}{text[found.end() :]}"


def with_full_width_punctuation(text: str) -> str:
    """「项目:」 → 「项目：」: beside 汉字 these signs are full-width."""
    return _HALF_WIDTH.sub(lambda match: _FULL_WIDTH[match[0]], text)
