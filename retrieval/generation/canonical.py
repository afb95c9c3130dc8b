"""One spelling for texts that say the same in other characters, so that a sentence can be held against its evidence.

Numbers to digits (二十万元 → 20万元, 百分之五 → 5%; 万 and 亿 stay), dates to one form, widths and quotation marks
folded, and a few words that mean the same in any sentence of the field (应当 · 应该, 必须 · 须, 以及 · 与 · 和).
What differs in force stays apart: 应 · 须 · 可 · 宜 · 不得 · 不能, 以上 · 超过, 至少 · 不少于.
"""

from __future__ import annotations

import re

from knowledge.standards import NUMERAL, fold, numeral_value

COMMA, COLON, STOP = "，", "：", "。"  # between clauses, before what is announced, between sentences

_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_LABEL = re.compile(
    rf"^\s*(?:第[{NUMERAL}\d]+条(?:之[{NUMERAL}]+)?[\s\u3000]+|\d+(?:\.\d+)+\s+"
    rf"|[（(][{NUMERAL}\d]{{1,3}}[)）]\s*|\d{{1,2}}[.、)）](?!\d)\s*|[-*•·]+\s+|#{{1,6}}\s+|[a-z][)）]\s*)+"
)
_MEASURES = (
    r"万|亿|元|%|个|年|月|日|天|家|户|项|人|名|位|次|章|类|种|批|届|条|款|倍|期|号|分钟|小时|秒|吨|米|千克|公斤|公里"
    r"|周|件|张|级|成|份|台|套|座|处|所|场|门|层|轮|步|方面|单元|分之|余|多"
    r"|盘|只|箱|根|卷|袋|瓶|块|支|辆|页|字|组|遍|升|伏|度"
)
_COUNT = re.compile(rf"(?<![{NUMERAL}])([{NUMERAL}]+)(?={_MEASURES})")
_ORDINAL = re.compile(rf"第([{NUMERAL}]+)(?=[条章节款项编批届次号期])")
_PERCENT = re.compile(rf"百分之([{NUMERAL}]+(?:点[{NUMERAL}]+)?|\d+(?:\.\d+)?)")
_DATE = re.compile(r"(?<!\d)(\d{4})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{1,2})(?!\d)")
_ZERO = re.compile(r"(?<!\d)0(\d)(?=[月日号])")
_DAY_OF_MONTH = re.compile(r"(\d{1,2}月\d{1,2})号")
_QUOTES = re.compile(r"[《》“”\"'‘’「」『』*`_]")
_FINE = re.compile(r"处以?([\d.万亿元千百倍以上下至到-]+)的?罚款")
_SAME = (
    ("应当", "应"),
    ("应该", "应"),
    ("必须", "须"),
    ("可以", "可"),
    ("或者", "或"),
    ("以及", "和"),
    ("与", "和"),
    ("及", "和"),
)
_AT = re.compile(r"在(?=\d)")  # 在2024年 · 于2024年
_HOW_OFTEN = re.compile(
    r"((?:每(?:半|两|\d+个?)?(?:年|季度|月|周|日|天|批|次|届)|至少){1,2})(应|须)(?![用急])"
)  # 每年应 · 应每年
_COPULA = re.compile(r"(?<=[期率题称数额费号间点长])为|为(?=\d)")  # 有效期为 · 有效期是; not 为企业提供


def canonical(text: str) -> str:
    """A stored text in one line, without list marks and clause labels.

    COMMA stands between clauses and lines, COLON before what is announced, STOP between sentences.
    """
    lines = (_line(_LABEL.sub("", line)) for line in text.split("\n") if line.strip())
    return _separated(COMMA.join(line for line in lines if line))


def told(sentence: str) -> str:
    """A sentence of a model in the same spelling: every label stays, for it would be shown; STOP stands for 「；」."""
    return _separated(_line(re.sub(r"[；;]", "。", sentence)))


def _line(line: str) -> str:
    plain = _THOUSANDS.sub("", line)
    plain = re.sub(r"[，；]", COMMA, plain)  # the full-width ones are no part of a number; half-width ones may be
    plain = fold(plain.replace("：", ":")).replace(",", COMMA).replace(";", COMMA)
    plain = _DATE.sub(lambda m: f"{m[1]}年{int(m[2])}月{int(m[3])}日", plain)
    plain = re.sub(r"(?<!\d):|:(?!\d)", COLON, plain.replace("://", "//"))
    plain = re.sub(r"[。！？!?]+", STOP, re.sub(r"\s+", "", plain))
    return _worded(_DAY_OF_MONTH.sub(r"\1日", _ZERO.sub(r"\1", _digits(_QUOTES.sub("", plain)))))


def _worded(text: str) -> str:
    for wording, ours in _SAME:
        text = text.replace(wording, ours)
    text = _HOW_OFTEN.sub(r"\2\1", _AT.sub("于", text))
    return _FINE.sub(r"罚款\1", _COPULA.sub("是", text))


def _digits(text: str) -> str:
    text = _PERCENT.sub(lambda m: f"{_percent(m[1])}%", text)
    text = _ORDINAL.sub(lambda m: f"第{_value(m[1])}", text)
    return _COUNT.sub(lambda m: _value(m[1]), text)


def _percent(numeral: str) -> str:
    return ".".join(_value(part) for part in numeral.replace("点", ".").split("."))


def _value(numeral: str) -> str:
    value = numeral_value(numeral)
    return numeral if value is None else str(value)


def _separated(text: str) -> str:
    """Runs of separators as their strongest, none at the ends."""
    marks = f"{COMMA}{COLON}{STOP}"

    def strongest(match: re.Match[str]) -> str:
        return next(mark for mark in (STOP, COLON, COMMA) if mark in match[0])

    return re.sub(rf"[{marks}]+", strongest, text).strip(marks)
