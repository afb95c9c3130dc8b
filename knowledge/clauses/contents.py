"""The contents page: recognised, so that its lines are not taken for clauses nor indexed a second time."""

from __future__ import annotations

import re
from collections.abc import Sequence

from knowledge.clauses.lines import fold_same_length, read_line

_HEADING = re.compile(r"^目\s*[次录]$")
_LEADER = re.compile(r"(?:[.…·・\-—_ \u3000]|\.\s){3,}\s*[\d\u2160-\u217fIVXivx]{1,4}$|\t\s*[\dIVXivx]{1,4}$")
# As recognised from an image: leaders without their page, a page without its leaders (「6.2 设备5」).
_RECOGNISED = re.compile(r"[…·・]{1,}\s*[\dIVXivx]{0,4}$|\.{3,}\s*\d{0,4}$|[\u4e00-\u9fff）)]\d{1,3}$")
_RECOGNISED_TAIL = re.compile(r"(?<=[\u4e00-\u9fff）)])[…·・.\s]*\d{1,3}$")
_PAGE_NUMBER = re.compile(r"\s[\d\u2160-\u217fIVXivx]{1,4}$")
_ENTRY_LENGTH = 80
_FEWEST = 3

Span = tuple[int, int]


def contents_span(text: str) -> Span | None:
    """Where the contents page stands, its heading included; None without one.

    It begins at 「目次」/「目录」, or at three lines that end in leaders and a page number, and ends before
    the first line that is neither a heading nor such an entry, or that repeats the page's own first entry.
    """
    lines = [(m.start(), m.end(), m[0].strip("# \t\u3000*")) for m in re.finditer(r"[^\n]+", text)]
    lines = [line for line in lines if line[2]]
    for i, (start, _, content) in enumerate(lines):
        if _HEADING.match(content):
            last = _last_entry(lines, i + 1)
            if last is not None and last - i >= _FEWEST:
                return start, lines[last][1]
        elif all(_LEADER.search(line[2]) for line in lines[i : i + _FEWEST]) and len(lines) >= i + _FEWEST:
            last = _last_entry(lines, i)
            if last is not None:
                return start, lines[last][1]
    return None


def _last_entry(lines: Sequence[tuple[int, int, str]], first: int) -> int | None:
    last = None
    keys: set[str] = set()
    paged = any(_LEADER.search(line[2]) or _PAGE_NUMBER.search(line[2]) for line in lines[first : first + _FEWEST])
    for i in range(first, len(lines)):
        content = lines[i][2]
        if not _is_entry(content, paged):
            break
        key = _key(content)
        if key and key in keys:
            break
        keys.add(key)
        last = i
    if last is not None and not paged and not _repeated_below(lines, first, last):
        return None  # a list of chapters that is the text itself
    return last


def _is_entry(content: str, paged: bool) -> bool:
    if len(content) > _ENTRY_LENGTH:
        return False
    if paged:
        return bool(_LEADER.search(content) or _PAGE_NUMBER.search(content) or _RECOGNISED.search(content))
    candidate = read_line(content)
    return candidate is not None and not candidate.inline and candidate.kind != "article"


def _key(content: str) -> str:
    plain = _RECOGNISED_TAIL.sub("", _PAGE_NUMBER.sub("", _LEADER.sub("", fold_same_length(content))))
    return re.sub(r"[\s.…·・\-—_]+", "", plain)


def _repeated_below(lines: Sequence[tuple[int, int, str]], first: int, last: int) -> bool:
    below = {_key(line[2]) for line in lines[last + 1 :]}
    entries = [_key(line[2]) for line in lines[first : last + 1]]
    return sum(entry in below for entry in entries) * 2 >= len(entries)
