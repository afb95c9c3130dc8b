"""Lists: one item a line, what leads into them above and what closes them below."""

from __future__ import annotations

import re

from retrieval import wording
from retrieval.evidence import Sentence
from retrieval.extractive.display import CLIP_OVER
from retrieval.understanding import Asked, Understood

LONGEST_LIST = 590
_LIST_ITEMS = 5
_LEAD_ENDS = re.compile(r"[，,：:]|由|自(?![主动行身愿然制己])")  # not inside 自主研发


def itemised(sentence: Sentence) -> str | None:
    """A list the document itself sets one item a line, as it stands, its marks made plain."""
    lines = [re.sub(r"^[-*•]\s+", "· ", line.strip()) for line in sentence.text.split("\n") if line.strip()]
    text = "\n".join(lines)
    return text if len(lines) >= 3 and len(text) <= LONGEST_LIST else None


def as_list(question: Understood, sentence: Sentence) -> str | None:
    """A long enumeration as lead and one item a line, where a list is what was asked for."""
    if Asked.WHICH_LIST not in question.asks_for or len(sentence.text) <= CLIP_OVER:
        return None
    text = sentence.text.strip()
    items = [item for item in text.split("、") if item.strip()]
    if len(items) < _LIST_ITEMS:
        return None
    lead, first = _lead(items[0])
    last, tail = _tail(items[-1])
    lines = [lead] if lead else []
    shown = [first, *(i.strip() for i in items[1:-1]), last]
    for item in shown:
        if sum(map(len, lines)) + len(lines) + len(item) > LONGEST_LIST - 60:
            lines.append(wording.MORE_ITEMS.format(count=len(shown)))
            break
        lines.append(item)
    return "\n".join([*lines, tail]) if tail else "\n".join(lines)


def _lead(first: str) -> tuple[str, str]:
    cut = max((mark.end() for mark in _LEAD_ENDS.finditer(first)), default=0)
    return (first[:cut].strip(), first[cut:].strip()) if 1 < cut < len(first) else ("", first.strip())


def _tail(last: str) -> tuple[str, str]:
    match = re.search(r"(?:等[^、]{0,30}|[，,].*)$", last)
    return (last[: match.start()].strip(), match[0].strip()) if match and match.start() > 1 else (last.strip(), "")
