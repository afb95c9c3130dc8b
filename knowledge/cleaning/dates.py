"""Dates whose 月 a crawler swallowed (928日 → 9月28日), and dates said relative to the page's own (今年).

Both are inferences: the file does not state the value. A damaged date is rewritten in the text and
marked; a relative one stays as it is and only carries its value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from knowledge.cleaning.aligned import Edit
from knowledge.documents import Repair

_DAYS_IN_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_RUN_TOGETHER = re.compile(r"(?<![\d.:/月第-])(?<!\d,)(\d{3,4})日(?![\u4e00-\u9fff]{0,2}(?:以?内|之内|期间))")
_RUN_TOGETHER_BARE = re.compile(
    r"(?<![\d.:/月第-])(?<!\d,)(\d{3,4})(?=(?:起|正式|对外|全面){0,2}(?:实施|施行|发布|执行|生效|印发|公布|召开|举行|成立))"
)
_DURATION_BEFORE = re.compile(r"(?:满|届|超过|不少于|不超过|至少|近|约|共|为期|历时|连续|提前|前|后|每|第|达|计)$")
# A sentence that places itself in time: only there do three digits before 日 mean a day of the year.
_TIME_ANCHOR = re.compile(r"今天|昨天|昨日|明天|今年|去年|明年|本月|上月|近日|(?:19|20)\d{2}年")
# Whole months said in days. 120日 is as likely a time limit as 1月20日: left as it stands.
_MONTHS_IN_DAYS = frozenset({"120", "210", "330"})
_SENTENCE = re.compile(r"[^。！？!?\n]+[。！？!?]?")


def month_day(digits: str) -> tuple[int, int] | None:
    """The one reading of run-together digits as month and day: 928 → (9, 28), 1129 → (11, 29).

    109 is (10, 9): nobody writes 1月09日. None where no reading or more than one is possible (111, 120).
    """
    if digits in _MONTHS_IN_DAYS:
        return None
    readings = []
    for cut in (1, 2):
        month, day = digits[:cut], digits[cut:]
        if month.startswith("0") or day.startswith("0") or not 1 <= len(day) <= 2:
            continue
        if 1 <= int(month) <= 12 and 1 <= int(day) <= _DAYS_IN_MONTH[int(month) - 1]:
            readings.append((int(month), int(day)))
    return readings[0] if len(readings) == 1 else None


def damaged_date_edits(text: str) -> Iterator[Edit]:
    """Run-together dates of one document, each in a sentence that places itself in time."""
    for sentence in _SENTENCE.finditer(text):
        if not _TIME_ANCHOR.search(sentence[0]):
            continue
        certain = list(_readable(_RUN_TOGETHER, sentence, text))
        yield from certain
        # 「928日对外发布，930正式实施」: without 日 only beside a date that lost its 月 as well.
        if certain:
            yield from _readable(_RUN_TOGETHER_BARE, sentence, text)


def _readable(pattern: re.Pattern[str], sentence: re.Match[str], text: str) -> Iterator[Edit]:
    for match in pattern.finditer(sentence[0]):
        start, end = sentence.start() + match.start(), sentence.start() + match.end()
        reading = month_day(match[1])
        if reading is None or _DURATION_BEFORE.search(text[max(0, start - 3) : start]):
            continue
        yield Edit(start, end, f"{reading[0]}月{reading[1]}日", "日期缺字，按上下文还原", inferred=True)


def relative_dates(text: str, published: date | None, repairs: Sequence[Repair]) -> list[Repair]:
    """What 今年, 去年, 今天, 截至目前 mean on a page of that date; nothing on a page without one."""
    if published is None:
        return []
    meanings = {
        "今年": f"{published.year}年",
        "去年": f"{published.year - 1}年",
        "明年": f"{published.year + 1}年",
        "今天": _spoken(published),
        "昨天": _spoken(published - timedelta(days=1)),
        "昨日": _spoken(published - timedelta(days=1)),
        "截至目前": f"截至{_spoken(published)}",
    }
    found: list[Repair] = []
    for match in re.finditer("|".join(sorted(meanings, key=len, reverse=True)), text):
        found.append(Repair(match.start(), match.end(), match[0], "相对日期，按文件日期推断", True, meanings[match[0]]))
    return found


def _spoken(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
