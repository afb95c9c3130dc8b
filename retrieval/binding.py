"""What binds most: of two documents that speak of the same thing, which is said first."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from knowledge.documents import Metadata, Origin
from knowledge.editions import first_day, title_key
from knowledge.standards import squeeze

_LEVELS = (r"(?<![办方做算])法$", r"条例$", r"(?:办法|规定|规则|细则|决定)$")
_CARRIES_OUT = re.compile(r"^(.+?)实施(?:条例|细则|办法|规定)$")


def binding(metadata: Metadata, origin: Origin) -> tuple[bool, int, int]:
    """To sort by: a file before what is built in, a law before a regulation before a rule, then the newer."""
    title = re.sub(r"\([^()]*\)$", "", squeeze(metadata.title)).strip("《》")
    levels = [level for level, ending in enumerate(_LEVELS) if re.search(ending, title)]
    level = levels[0] if levels else 3 if squeeze(metadata.number or "").startswith(("gb", "iso")) else 4
    return origin is Origin.LIBRARY, level, -first_day(metadata).toordinal()


def later_law(metadata: Metadata, shelf: Iterable[Metadata]) -> Metadata | None:
    """The law that a regulation carries out, where it has changed since: 标准化法 of 2017 for its rules of 1990."""
    carries_out = _CARRIES_OUT.search(re.sub(r"\([^()]*\)$", "", squeeze(metadata.title)).strip("《》"))
    if carries_out is None:
        return None
    laws = [one for one in shelf if title_key(one.title) == title_key(carries_out[1])]
    newest = max(laws, key=first_day, default=None)
    return newest if newest and first_day(newest) > first_day(metadata) > date.min else None


def is_rule(metadata: Metadata) -> bool:
    """Whether it is a law, a regulation or a rule, by its title."""
    return binding(metadata, Origin.FILE)[1] < len(_LEVELS)
