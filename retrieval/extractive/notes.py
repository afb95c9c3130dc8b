"""What is said below an extract: what was inferred, and of which day it is."""

from __future__ import annotations

import re
from collections.abc import Sequence

from knowledge.documents import Repair
from retrieval import wording
from retrieval.articles import is_legal
from retrieval.evidence import Sentence

LONGEST = 290
_TIME_BOUND = re.compile(r"目前|正在|预计|现在可|尚未|即将|截至|今年内|年内")


def with_notes(text: str, shown: Sequence[Sentence], longest: int = LONGEST) -> str:
    inferred = [r for s in shown for r in s.repairs if r.inferred and not r.meaning]
    inferred = [r for r in inferred if _reading(shown, r) in text]
    notes = []
    if inferred:
        values = "、".join(
            wording.INFERRED_ONE.format(reading=_reading(shown, r), original=r.original) for r in inferred[:4]
        )
        notes.append(wording.INFERRED.format(values=values))
    day = shown[0].document.metadata.published
    if day and _TIME_BOUND.search(text) and not is_legal(shown[0].document, shown[0].start):
        notes.append(wording.AS_OF_DOCUMENT.format(day=f"{day.year}年{day.month}月{day.day}日"))
    while notes and len(text) + sum(len(note) + 1 for note in notes) > longest:
        notes.pop()
    return "\n".join([text, *notes])


def _reading(shown: Sequence[Sentence], repair: Repair) -> str:
    document = next(s.document for s in shown if repair in s.document.repairs)
    return document.text[repair.start : repair.end]
