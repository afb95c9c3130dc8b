"""A counter's value as Word writes it: `w:numFmt` → 12, 十二, l, XII, ⑫."""

from __future__ import annotations

from collections.abc import Callable

_CIRCLE_ZERO = "\u3007"
_MOST = 32_767  # the largest value Word counts to
_UNITS = ((10_000, 3), (1000, 2), (100, 1), (10, 0))  # (power of ten, which of the system's unit characters)
_ROMAN = (
    (1000, "m"),
    (900, "cm"),
    (500, "d"),
    (400, "cd"),
    (100, "c"),
    (90, "xc"),
    (50, "l"),
    (40, "xl"),
    (10, "x"),
    (9, "ix"),
    (5, "v"),
    (4, "iv"),
    (1, "i"),
)
_FULL_WIDTH = {ord("0") + figure: 0xFF10 + figure for figure in range(10)}


def formatted(value: int, kind: str) -> str:
    """`value` in the number format `kind` (an ST_NumberFormat); an unknown format is decimal.

    "" for the formats that show nothing (none, bullet) and for values a system has no sign for (0 in letters).
    """
    value = min(max(value, 0), _MOST)
    return _FORMATS.get(kind, str)(value)


def _nothing(_: int) -> str:
    return ""


def _letters(value: int) -> str:
    """a … z, aa, bb …: Word repeats the letter."""
    return chr(ord("a") + (value - 1) % 26) * ((value - 1) // 26 + 1) if value else ""


def _roman(value: int) -> str:
    text = ""
    for worth, letters in _ROMAN:
        count, value = divmod(value, worth)
        text += letters * count
    return text


def _ordinal(value: int) -> str:
    teen = value % 100 in (11, 12, 13)
    return f"{value}{'th' if teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(value % 10, 'th')}"


def _row(first: str, count: int) -> Callable[[int], str]:
    """Signs that follow one another from `first` on; decimal beyond the last of `count`."""
    return _signs("".join(chr(ord(first) + step) for step in range(count)))


def _signs(signs: str) -> Callable[[int], str]:
    return lambda value: signs[value - 1] if 1 <= value <= len(signs) else str(value)


def _digits(zero: str) -> Callable[[int], str]:
    """Figure by figure: 一〇一."""
    figures = f"{zero}一二三四五六七八九"
    return lambda value: "".join(figures[int(figure)] for figure in str(value))


def _counting(figures: str, units: str, *, drop: str = "") -> Callable[[int], str]:
    """With units: 一百零一. `figures` has ten signs for 0 … 9, or a blank for a zero that is not said.

    `drop` has the units before which a one is not said at all (十 and 百 in Japanese); a number never
    begins with 一十, which is 十.
    """
    return lambda value: _counted(value, figures, units, drop)


def _counted(value: int, figures: str, units: str, drop: str) -> str:
    if not value:
        return figures[0].strip() or _CIRCLE_ZERO
    text, gap, first = "", False, value < 20
    for power, unit in (*_UNITS, (1, None)):
        figure, value = divmod(value, power)
        if figure:
            sign = units[unit] if unit is not None else ""
            silent = figure == 1 and sign != "" and (sign in drop or (first and sign == "十"))
            text += (figures[0].strip() if gap else "") + ("" if silent else figures[figure]) + sign
        gap = (gap or bool(text)) and not figure
    return text


def _up_to_99(then: Callable[[int], str]) -> Callable[[int], str]:
    """十, 二十一, but 一○○: Word's plain counting has no word for a hundred."""
    return lambda value: _chinese(value) if 0 < value < 100 else then(value)


_chinese = _counting("零一二三四五六七八九", "十百千万")
_taiwanese = _counting("零一二三四五六七八九", "十百千萬")

_FORMATS: dict[str, Callable[[int], str]] = {
    "none": _nothing,
    "bullet": _nothing,
    "lowerLetter": _letters,
    "upperLetter": lambda value: _letters(value).upper(),
    "lowerRoman": _roman,
    "upperRoman": lambda value: _roman(value).upper(),
    "decimalZero": lambda value: f"{value:02}",
    "ordinal": _ordinal,
    "hex": lambda value: f"{value:X}",
    "numberInDash": lambda value: f"- {value} -",
    "decimalFullWidth": lambda value: str(value).translate(_FULL_WIDTH),
    "decimalFullWidth2": lambda value: str(value).translate(_FULL_WIDTH),
    "decimalEnclosedCircle": _row("①", 20),
    "decimalEnclosedCircleChinese": _row("①", 10),
    "decimalEnclosedParen": _row("⑴", 20),
    "decimalEnclosedFullstop": _row("⒈", 20),
    "ideographEnclosedCircle": _row("㈠", 10),
    "ideographTraditional": _signs("甲乙丙丁戊己庚辛壬癸"),
    "ideographZodiac": _signs("子丑寅卯辰巳午未申酉戌亥"),
    "ideographDigital": _digits(_CIRCLE_ZERO),
    "japaneseDigitalTenThousand": _digits(_CIRCLE_ZERO),
    "taiwaneseDigital": _digits("○"),
    "chineseCounting": _up_to_99(_digits("○")),
    "taiwaneseCounting": _up_to_99(_digits("○")),
    "chineseCountingThousand": _chinese,
    "taiwaneseCountingThousand": _taiwanese,
    "japaneseCounting": _counting(" 一二三四五六七八九", "十百千万", drop="十百千"),
    "chineseLegalSimplified": _counting("零壹贰叁肆伍陆柒捌玖", "拾佰仟萬"),
    "ideographLegalTraditional": _counting("零壹貳參肆伍陸柒捌玖", "拾佰仟萬"),
    "japaneseLegal": _counting(" 壱弐参四伍六七八九", "拾百阡萬"),
}
