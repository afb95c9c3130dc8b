"""What the platform's speech recognition wrote down, as a person would have typed it."""

from __future__ import annotations

import re

from knowledge.standards import NUMERAL, numeral_value

_NUMBER = rf"(?:\d{{1,2}}|[{NUMERAL}]{{1,3}})"
# Two dots or more are a clause number; one may as well be a quarter past eight.
_CLAUSE = re.compile(rf"(?<![\d{NUMERAL}]){_NUMBER}(?:\s*[点點.．]\s*{_NUMBER}){{2,4}}(?![\d{NUMERAL}])")
_NAMED = re.compile(
    rf"(?<=第){_NUMBER}\s*[点點]\s*{_NUMBER}(?=\s*[条條])|{_NUMBER}[点點]{_NUMBER}(?=\s*(?:条款|这一?条))"
)
_PARTS = re.compile(r"\s*[点點.．]\s*")


def written(heard: str) -> str:
    """「八点五点二讲什么。」 → 「8.5.2讲什么」"""
    text = _NAMED.sub(_dotted, _CLAUSE.sub(_dotted, heard.strip()))
    return text.rstrip("。.，, ")


def _dotted(match: re.Match[str]) -> str:
    parts = [part if part.isascii() else numeral_value(part) for part in _PARTS.split(match[0])]
    return match[0] if any(part is None for part in parts) else ".".join(str(part) for part in parts)
