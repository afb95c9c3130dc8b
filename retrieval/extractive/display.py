"""How one sentence is shown: dates explained, a long one cut to what the question touches, its end never open."""

from __future__ import annotations

import re
from collections.abc import Sequence

from retrieval.answer_types import carries
from retrieval.evidence import Sentence, comparable, mention
from retrieval.extractive.rows import is_row, row_text
from retrieval.understanding import Asked, Understood

CLIP_OVER = 130
CUT = "……"
OPEN_ENDS = "；：，、;:,"
_COUNTED = re.compile(
    r"(?<![第\d.一二三四五六七八九十百])(?!一[个家项种类次件])[\d一二三四五六七八九十百千两][\d.一二三四五六七八九十百千万亿]*"
    r"(?:个|家|项|户|人|次|种|类|条|批|届|件|张|元|名|位|倍|%)|百分之"
)


def display(question: Understood, sentence: Sentence, room: int) -> str:
    """The sentence as shown: relative dates explained, long ones cut to what the question touches."""
    if is_row(sentence):
        return row_text(sentence)
    pieces = _clauses(sentence)
    whole = "".join(text for _, text in pieces).strip()
    if len(whole) <= max(room, CLIP_OVER):
        return whole
    return _clipped(question, [text for _, text in pieces], room)


def _clauses(sentence: Sentence) -> list[tuple[int, str]]:
    """The sentence cut after commas and list marks, with the meanings of relative dates put in."""
    pieces = []
    at = sentence.start
    for match in re.finditer(r"[^，,；;、：:\n]*[，,；;、：:\n]?", sentence.text):
        if match[0]:
            pieces.append((at, explained(sentence, at, at + len(match[0]))))
            at += len(match[0])
    return pieces


def explained(sentence: Sentence, start: int, end: int) -> str:
    text = sentence.document.text[start:end]
    for repair in sorted(sentence.repairs, key=lambda r: -r.start):
        if repair.meaning and start <= repair.start < end and len(repair.meaning) < 12:
            cut = repair.end - start
            text = f"{text[:cut]}（{repair.meaning}）{text[cut:]}"
    return text


def _clipped(question: Understood, pieces: list[str], room: int) -> str:
    """The one run of clauses that names most of what was asked, no further than a clause beyond it; cuts marked."""
    named = [touched(question, piece) for piece in pieces]
    best = max((_run_from(pieces, at, room) for at in range(len(pieces))), key=lambda run: _worth(named, run))
    first, last = best
    telling = [i for i in range(first, last) if named[i]]
    if telling:
        first, last = max(first, telling[0] - 1), min(last, telling[-1] + 2)
    shown = "".join(pieces[first:last])[:room]
    opened = CUT if first else ""
    whole = last == len(pieces) and shown.endswith(pieces[-1])
    return opened + (shown if whole else shown.rstrip(OPEN_ENDS) + CUT)


def _run_from(pieces: Sequence[str], first: int, room: int) -> tuple[int, int]:
    """From a clause as far as there is room, that clause in any case."""
    last, length = first + 1, len(pieces[first])
    while last < len(pieces) and length + len(pieces[last]) <= room:
        length += len(pieces[last])
        last += 1
    return first, last


def _worth(each: Sequence[dict[str, float]], run: tuple[int, int]) -> tuple[float, float, int]:
    """What a run names of the question, each thing once; then how often, then how early it begins."""
    first, last = run
    once: dict[str, float] = {}
    for one in each[first:last]:
        for word, weight in one.items():
            once[word] = max(once.get(word, 0.0), weight)
    return round(sum(once.values()), 6), round(sum(sum(one.values()) for one in each[first:last]), 6), -first


def touched(question: Understood, piece: str) -> dict[str, float]:
    """What of the question a piece names, and how much each counts."""
    text = comparable(piece)
    found = {c.word: c.weight * mention(c, text) for c in question.concepts if len(c.word) > 1}
    if Asked.WHEN in question.asks_for and re.search(r"\d+月|\d{4}年|\d+日", piece):
        found[Asked.WHEN] = 0.8
    if {Asked.HOW_MANY, Asked.PRICE} & question.asks_for and (re.search(r"\d", piece) or _COUNTED.search(piece)):
        found[Asked.HOW_MANY] = 0.6
    if Asked.PENALTY in question.asks_for and carries(frozenset({Asked.PENALTY}), piece):
        found[Asked.PENALTY] = 0.8
    return {word: weight for word, weight in found.items() if weight > 0}


def closed(text: str, unfinished: bool = False) -> str:
    """No answer ends on an open mark: a 「；」 that closes a statement becomes a full stop, others mark a cut."""
    bare = text.rstrip()
    if not bare.endswith(tuple(OPEN_ENDS)):
        return text
    plain = bare.rstrip(OPEN_ENDS)
    return plain + ("。" if bare.endswith(("；", ";")) and not unfinished else CUT)
