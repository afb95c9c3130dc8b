"""What a cell's stored value looks like on the sheet: 45625 in a date format is 2024-11-29, 0.12 in 0% is 12%."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from openpyxl.styles.numbers import is_date_format, is_timedelta_format  # type: ignore[import-untyped]
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH, from_excel  # type: ignore[import-untyped]

_GENERAL = ("", "general", "@", "g/通用格式")
_LOCALE = re.compile(r"\[\$([^\]-]*)(?:-[^\]]*)?\]")  # [$¥-804]: the sign, and a locale we do not need
_BRACKETS = re.compile(r"\[[^\]]*\]")  # colours and conditions
_QUOTED = re.compile(r'"([^"]*)"|\\(.)|[_*].')
_PATTERN = re.compile(r"[#0?][#0?,]*(?:\.[#0?]*)?(?P<scale>,*)")
_CHINESE_DATE = re.compile(r"y+|m+|d+|[年月日]", re.IGNORECASE)
_LARGEST = Decimal(10) ** 15  # Excel keeps fifteen digits
_MAX_DECIMALS = 30  # what Excel itself allows


def shown_number(stored: str, number_format: str, *, from_1904: bool = False) -> str:
    """The number `stored` as its format shows it; the plain number where the format is not one we render.

    Text that is no number comes back as it is.
    """
    try:
        value = Decimal(stored)
    except InvalidOperation:
        return stored
    if not value.is_finite() or abs(value.adjusted()) > 300:
        return stored
    if number_format.lower() in _GENERAL:
        return plain_number(value)
    if is_date_format(number_format) or is_timedelta_format(number_format):
        return _shown_date(value, number_format, from_1904) or plain_number(value)
    return _formatted(Decimal(f"{float(value):.15g}"), number_format) or plain_number(value)


def plain_number(value: Decimal) -> str:
    """3 for 3.0, 0.3 for 0.30000000000000004, with an exponent only where there is no end of zeros."""
    text = f"{float(value):.15g}"
    if "e" in text and Decimal("1e-9") <= abs(value) < Decimal("1e18"):
        text = f"{Decimal(text):f}"
    return text


def _formatted(value: Decimal, number_format: str) -> str | None:
    """By a format such as #,##0.00, 0%, "¥"0.0 or 0000; None for fractions, exponents and stranger ones."""
    section, value = _section(value, number_format)
    section = _BRACKETS.sub("", _LOCALE.sub(lambda found: f'"{found[1]}"', section))
    bare = _QUOTED.sub(lambda found: "\0" * len(found[0]), section)
    pattern = _PATTERN.search(bare)
    if pattern is None or "/" in bare or re.search("e[+-]", bare, re.IGNORECASE) or abs(value) >= _LARGEST:
        return None
    before, after = section[: pattern.start()], section[pattern.end() :]
    if _PATTERN.search(bare, pattern.end()):
        return None  # digits in two places, such as 000-0000
    percent = bare.count("%")
    value = value.scaleb(2 * percent - 3 * len(pattern["scale"]))
    number = _digits(abs(value), pattern[0].rstrip(",") if pattern["scale"] else pattern[0])
    sign = "-" if value < 0 and number.strip("0.,") else ""
    return f"{sign}{_literal(before)}{number}{_literal(after)}".strip()


def _section(value: Decimal, number_format: str) -> tuple[str, Decimal]:
    """The part of `positive;negative;zero;text` that applies; a negative section shows its own sign."""
    sections = number_format.split(";")
    if value < 0 and len(sections) > 1 and sections[1]:
        return sections[1], abs(value)
    if value == 0 and len(sections) > 2 and sections[2]:
        return sections[2], value
    return sections[0], value


def _digits(value: Decimal, pattern: str) -> str:
    whole, _, decimals = pattern.partition(".")
    decimals = decimals[:_MAX_DECIMALS]
    rounded = value.quantize(Decimal(1).scaleb(-len(decimals)), ROUND_HALF_UP)
    integer, _, fraction = f"{rounded:f}".partition(".")
    optional = len(decimals) - len(decimals.rstrip("#"))
    kept = fraction[: len(fraction) - optional] + fraction[len(fraction) - optional :].rstrip("0")
    integer = integer.zfill(whole.count("0"))
    if "," in whole:
        integer = re.sub(r"(?<=\d)(?=(?:\d{3})+$)", ",", integer)
    return f"{integer}.{kept}" if kept else integer


def _literal(text: str) -> str:
    """The characters a format shows as they stand: quoted, escaped, or plain signs."""
    return _QUOTED.sub(lambda found: found[1] or found[2] or "", text)


def _shown_date(value: Decimal, number_format: str, from_1904: bool) -> str | None:
    epoch = MAC_EPOCH if from_1904 else WINDOWS_EPOCH
    try:
        moment = from_excel(float(value), epoch, timedelta=is_timedelta_format(number_format))
    except (OverflowError, ValueError):
        return None
    bare = _BRACKETS.sub("", number_format.split(";")[0])
    if isinstance(moment, timedelta):
        return _hours(moment)
    if isinstance(moment, time):  # a serial number below 1: a time of day, or no date at all
        return _clock(moment, bare) if re.search("[hs]", bare, re.IGNORECASE) else None
    return shown_moment(moment, bare)


def shown_moment(moment: datetime | date, number_format: str = "yyyy-mm-dd hh:mm") -> str:
    """2024-11-29, with the time where the format has one; 2024年11月29日 where the format is written so."""
    bare = number_format.replace('"', "").replace("\\", "")
    day = _chinese_day(moment, bare) if "月" in bare or "年" in bare else _iso_day(moment, bare)
    if not isinstance(moment, datetime) or not re.search("[hs]", bare, re.IGNORECASE):
        return day
    clock = _clock(moment.time(), bare)
    if not re.search("[yd]", bare, re.IGNORECASE):
        return clock
    return day if moment.time() == time() else f"{day} {clock}"


def _iso_day(moment: date, bare: str) -> str:
    lower = re.sub(r"h+:?m+(:?s+)?|m+:s+", "", bare.lower())
    if "d" not in lower and "y" in lower:
        return f"{moment:%Y-%m}" if "m" in lower else f"{moment:%Y}"
    return f"{moment.year:04}-{moment.month:02}-{moment.day:02}"


def _chinese_day(moment: date, bare: str) -> str:
    parts = {"y": moment.year, "m": moment.month, "d": moment.day}
    shown = "".join(
        token if token in "年月日" else str(parts[token[0].lower()])
        for token in _CHINESE_DATE.findall(re.sub(r"h.*", "", bare, flags=re.IGNORECASE))
    )
    return shown or _iso_day(moment, "ymd")


def _clock(clock: time, bare: str) -> str:
    return f"{clock:%H:%M:%S}" if clock.second or "s" in bare.lower() else f"{clock:%H:%M}"


def _hours(span: timedelta) -> str:
    """26:30 for a span of 26 hours and a half."""
    seconds = round(abs(span.total_seconds()))
    text = f"{seconds // 3600}:{seconds // 60 % 60:02}" + (f":{seconds % 60:02}" if seconds % 60 else "")
    return f"-{text}" if span < timedelta() else text
