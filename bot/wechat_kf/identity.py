"""Our own msgid of a message: sent twice, the platform shows it once; refused later, we know which it was."""

from __future__ import annotations

import string
from datetime import datetime

_DIGITS = string.digits + string.ascii_letters
_TURN, _PART, _TIME = 22, 2, 8  # characters: 32 in all, the most the platform takes


def message_id(turn_id: str, part: int, created: datetime) -> str:
    """32 of [0-9a-zA-Z]. `turn_id` has 32 hexadecimal digits. An operator's resend has another `created`."""
    milliseconds = int(created.timestamp() * 1000)
    return _write(int(turn_id, 16), _TURN) + _write(part, _PART) + _write(milliseconds, _TIME)


def turn_and_part(message_id: str) -> tuple[str, int] | None:
    """None where it is no id of ours."""
    if len(message_id) != _TURN + _PART + _TIME or set(message_id) - set(_DIGITS):
        return None
    turn = _read(message_id[:_TURN])
    return (f"{turn:032x}", _read(message_id[_TURN : _TURN + _PART])) if turn < 1 << 128 else None


def _write(number: int, width: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return digits.rjust(width, _DIGITS[0])


def _read(digits: str) -> int:
    number = 0
    for digit in digits:
        number = number * len(_DIGITS) + _DIGITS.index(digit)
    return number
