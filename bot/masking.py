"""Personal details a person typed are replaced before a question is stored or answered.

What the questions are about must survive: clause numbers, standard numbers, dates, amounts. So every pattern
is anchored on both sides and asks for the shape of the number, not only for its length.
"""

from __future__ import annotations

import re

from bot import wording

# Full-width forms are matched by their ASCII twins. One character for one: positions stay the same.
_NARROW = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0x2013: 0x2D, 0x2014: 0x2D}

# The look-behind lets a match begin only where a run begins: without it a long run without @ costs quadratic time.
_EMAIL = re.compile(r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}")

_DATE = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_ID_18 = rf"(?:18|19|20)\d{{2}}{_DATE}[ -]?\d{{3}}[\dXx]"
_ID_15 = rf"\d{{2}}{_DATE}\d{{3}}"  # issued until 1999
_ID_CARD = re.compile(rf"(?<![\dA-Za-z])[1-9]\d{{5}}[ -]?(?:{_ID_18}|{_ID_15})(?![\dA-Za-z])")

# 16 to 19 digits, in one run or in fours. Cards begin with 3 to 6 or 9; a list of years begins with 1 or 2.
_BANK_CARD = re.compile(r"(?<![\dA-Za-z.])[3-69]\d{3}(?:[ -]?\d{4}){3}(?:[ -]?\d{1,3})?(?![\dA-Za-z]|\.\d)")

# 11 digits can also be an amount (138 亿) or a certificate number (第…号): what follows tells.
_MOBILE = re.compile(
    r"(?<![\d第])(?<!\d[.,])(?:(?:\+|00)86[ -]?|86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d|[.,]\d|\s*[元万亿%])"
)

_AREA = r"0(?:10|2\d|[3-9]\d{2})"
_LANDLINE = re.compile(
    rf"(?<![\d.])(?:\({_AREA}\) ?|{_AREA}[ -]?|(?:\+|00)86[ -]?(?:10|2\d|[3-9]\d{{2}})[ -]?)"
    r"[2-8]\d{2,3}[ -]?\d{4}(?:-\d{1,5})?(?!\d|[.,]\d)"
)
# Without an area code seven or eight digits are as likely a date: only the word before them tells.
_LOCAL = re.compile(
    r"(?<=电话|座机|传真)((?:号码|号)?[是为]?[:\s]{0,3})(?!20\d{2}" + _DATE + r"(?!\d))([2-8]\d{6,7})(?!\d|[.,]\d)"
)

_PATTERNS = (
    (_EMAIL, wording.MASKED_EMAIL),
    (_ID_CARD, wording.MASKED_ID_CARD),
    (_BANK_CARD, wording.MASKED_BANK_CARD),
    (_MOBILE, wording.MASKED_MOBILE),
    (_LANDLINE, wording.MASKED_LANDLINE),
)


def mask(text: str) -> str:
    """`text` with mail addresses, ID-card, bank-card and mainland phone numbers replaced by what they are."""
    for pattern, placeholder in _PATTERNS:
        text = _replace(text, pattern, placeholder)
    return _replace(text, _LOCAL, wording.MASKED_LANDLINE, group=2)


def _replace(text: str, pattern: re.Pattern[str], placeholder: str, group: int = 0) -> str:
    pieces, end = [], 0
    for match in pattern.finditer(text.translate(_NARROW)):
        pieces += [text[end : match.start(group)], placeholder]
        end = match.end(group)
    return "".join([*pieces, text[end:]])
