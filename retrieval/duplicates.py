"""Passages that say the same, and passages that say otherwise.

The same article in two sources takes one place among the candidates. Two texts alike in all but a number, a date or
what they demand are not the same: they are kept apart, and `disagreeing` finds them to be shown side by side.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import combinations

from knowledge.documents import Origin
from knowledge.splitting import sentences
from knowledge.standards import numeral_value, squeeze
from knowledge.terms import fold_numerals
from retrieval.passages import Passage

_SHINGLE = 5  # characters
_SAMPLED = 8  # one shingle in so many is looked at first
_SKETCHED_ALIKE = 0.6  # of the smaller sample; less, and the texts need no closer look
_CONTAINED = 0.9  # of the shorter text's shingles
_SHORTER = 0.6  # of the longer text's length, at least
_SUBSTANTIAL = 80  # characters; shorter texts are formulas that many documents share
_TEXTS_KEPT = 2048
_SHINGLED_KEPT = 128  # about 25 KB each

_AMOUNT = re.compile(r"[一二三四五六七八九十百千两]+(?=万?元|亿元|万[个家户人]|%)")
_FIGURE = re.compile(r"(\d[\d.,:/-]*)(万|亿)?(?:余|多)?(%|[\u4e00-\u9fff])?")
_YEAR = re.compile(r"(?:19|20)\d{2}年")
_DEMANDS = re.compile(
    r"不得|不应当?|不可以?|不宜|不能|不予|禁止|无需|不必|必须|应当?|须|可以|宜|不少于|不低于|至少|不超过|不高于|至多|以上|以下|以内|超过|除"
)
_SAME_DEMAND = {"应": "应当", "不应当": "不应", "不可以": "不可", "禁止": "不得", "至少": "不少于", "至多": "不超过"}
_NEGATED = re.compile(r"不|未|无|没|非")
_LEAST_WORDING = 4  # characters beside the figures: less names no topic
_SAME_WORDING = 0.7  # of the pairs of characters, figures and demands apart
_DATING = re.compile(r"[于自在是为到至]$")  # before a year: it says when; elsewhere it may be part of a name
_LONGEST_ADDED = 0.5  # of the shorter sentence: what one may say more than the other
_SLIGHT = re.compile(r"[的为是了在于等共约计达自起至和与及\W\d_]+")


# ---------------------------------------------------------------- the same


def collapsed(passages: Sequence[Passage], wanted: int) -> list[Passage]:
    """The passages in their order, each once; looked at until `wanted` different ones are there, the rest as it is.

    Of those that say the same stays the one in force, not retold, and newest; it takes the place and the scores of
    the best, and names the others in `also`.
    """
    kept: list[Passage] = []
    for at, passage in enumerate(passages):
        if len(kept) == wanted:
            return kept + list(passages[at:])
        same = next((place for place, one in enumerate(kept) if _same(one, passage)), None)
        if same is None:
            kept.append(passage)
        else:
            kept[same] = _merged(kept[same], passage)
    return kept


def _merged(better: Passage, other: Passage) -> Passage:
    stays, goes = (other, better) if _standing(other) > _standing(better) else (better, other)
    return replace(
        stays,
        score=max(stays.score, goes.score),
        keyword=max(stays.keyword, goes.keyword),
        cosine=max(stays.cosine, goes.cosine),
        also=(*stays.also, goes.chunk.id, *goes.also),
    )


def _standing(passage: Passage) -> tuple[bool, bool, date]:
    document = passage.document
    return document.holds, document.origin is Origin.FILE, dated(passage) or date.min


def dated(passage: Passage) -> date | None:
    """The day that speaks for how new a passage's document is."""
    about = passage.document.metadata
    return about.effective or about.published


def _same(one: Passage, other: Passage) -> bool:
    if one.document.id == other.document.id:
        return False  # what one document says twice, it says of two things
    a, b = _sketch(one.chunk.text), _sketch(other.chunk.text)
    if len(a & b) < _SKETCHED_ALIKE * min(len(a), len(b)):
        return False
    short, long = sorted((_plain(one.chunk.text), _plain(other.chunk.text)), key=len)
    if not _one_work(one, other, len(short)):
        return False
    return short == long or (
        len(short) >= _SHORTER * len(long)
        and len(_shingles(short) & _shingles(long)) >= _CONTAINED * len(_shingles(short))
        and _facts(short) <= _facts(long)
    )


def _one_work(one: Passage, other: Passage, length: int) -> bool:
    """Whether it is one text in two places, not the same formula in two documents of their own."""
    if one.document.title_key == other.document.title_key:
        return True
    return one.chunk.clause is None and other.chunk.clause is None and length >= _SUBSTANTIAL


@lru_cache(maxsize=_TEXTS_KEPT)
def _sketch(text: str) -> frozenset[str]:
    """About one in eight of a text's shingles, the same ones wherever they stand: enough to see that two differ."""
    plain = "".join(text.split())
    return frozenset(plain[at : at + _SHINGLE] for at, char in enumerate(plain) if not ord(char) % _SAMPLED)


@lru_cache(maxsize=_TEXTS_KEPT)
def _plain(text: str) -> str:
    return _AMOUNT.sub(_digits, fold_numerals(squeeze(text)))


def _digits(match: re.Match[str]) -> str:
    value = numeral_value(match[0])
    return match[0] if value is None else str(value)


@lru_cache(maxsize=_SHINGLED_KEPT)
def _shingles(plain: str) -> frozenset[str]:
    return frozenset(plain[at : at + _SHINGLE] for at in range(max(len(plain) - _SHINGLE + 1, 1)))


@lru_cache(maxsize=_TEXTS_KEPT)
def _facts(plain: str) -> Counter[str]:
    """Figures with what they count, demands and negations: where two texts differ in these they say two things."""
    figures = (match[0] for match in _FIGURE.finditer(plain))
    demands = (_demand(match[0]) for match in _DEMANDS.finditer(plain))
    return Counter([*figures, *demands, *_NEGATED.findall(plain)])


def _demand(word: str) -> str:
    return _SAME_DEMAND.get(word, word)


# ---------------------------------------------------------------- otherwise


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of a passage; offsets are of the document's text."""

    passage: Passage
    start: int
    end: int

    @property
    def text(self) -> str:
        begin = self.passage.chunk.start
        return self.passage.chunk.text[self.start - begin : self.end - begin]

    @property
    def dated(self) -> date | None:
        return dated(self.passage)


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Two statements about the same thing that cannot both hold as they stand; the newer one first."""

    newer: Statement
    older: Statement


def disagreeing(passages: Sequence[Passage]) -> list[Disagreement]:
    """Sentences of different documents that say the same of a thing but with other figures, dates or demands.

    In the order of the passages. What only one of them adds is no disagreement, nor are figures of different years.
    """
    statements = [statement for passage in passages for statement in _statements(passage)]
    return [
        _by_age(one, other)
        for one, other in combinations(statements, 2)
        if one.passage.document.id != other.passage.document.id and opposed(one.text, other.text)
    ]


def _by_age(one: Statement, other: Statement) -> Disagreement:
    later = (other.dated or date.min) > (one.dated or date.min)
    return Disagreement(other, one) if later else Disagreement(one, other)


def _statements(passage: Passage) -> Iterator[Statement]:
    begin = passage.chunk.start
    for start, end in sentences(passage.chunk.text, 0, len(passage.chunk.text)):
        text = passage.chunk.text[start:end]
        left, right = len(text) - len(text.lstrip()), len(text.rstrip())
        if right > left:
            yield Statement(passage, begin + start + left, begin + start + right)


def opposed(one: str, other: str) -> bool:
    """Whether two sentences say the same of one thing but for a figure, a date, or what is demanded."""
    a, b = _reading(one), _reading(other)
    return _about_the_same(a, b) and (_other_figures(a, b) or a.demands != b.demands)


@dataclass(frozen=True, slots=True)
class _Reading:
    """A sentence taken apart: its wording without figures and demands, and those by themselves."""

    wording: str
    pairs: frozenset[str]
    figures: frozenset[tuple[str, str]]  # value, what it counts; dates have no part in them
    dates: frozenset[str]  # days, months, and years that say when
    years: frozenset[str]
    demands: frozenset[str]


_DATE = re.compile(r"(?:(?:19|20)\d{2}年)?\d{1,2}月(?:\d{1,2}[日号])?|(?:19|20)\d{2}(?:年|[-./]\d{1,2}[-./]\d{1,2})")


@lru_cache(maxsize=_TEXTS_KEPT)
def _reading(sentence: str) -> _Reading:
    plain = re.sub(r"^第\d+条", "", _plain(sentence))
    dates = frozenset(
        match[0].replace("号", "日")
        for match in _DATE.finditer(plain)
        if not _YEAR.fullmatch(match[0]) or _DATING.search(plain[: match.start()])
    )
    undated = _DATE.sub("", plain)
    figures = frozenset(
        (match[1].strip(".,") + (match[2] or ""), match[3] or "") for match in _FIGURE.finditer(undated)
    )
    demands = frozenset(
        [_demand(match[0]) for match in _DEMANDS.finditer(undated)] + _NEGATED.findall(_DEMANDS.sub("", undated))[:1]
    )
    wording = _SLIGHT.sub("", _NEGATED.sub("", _DEMANDS.sub("", _FIGURE.sub(r"\3", undated))))
    pairs = frozenset(wording[at : at + 2] for at in range(len(wording) - 1))
    return _Reading(wording, pairs, figures, dates, frozenset(_YEAR.findall(plain)), demands)


def _about_the_same(a: _Reading, b: _Reading) -> bool:
    shorter = min(len(a.wording), len(b.wording))
    if shorter < _LEAST_WORDING or len(a.pairs & b.pairs) < _SAME_WORDING * min(len(a.pairs), len(b.pairs)):
        return False
    return _differ_by_additions(a.wording, b.wording, shorter)


def _differ_by_additions(one: str, other: str, shorter: int) -> bool:
    """Something put in the place of something else names another thing: 甲公司, 乙公司."""
    added = 0
    for kind, a, b, c, d in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        if kind == "replace":
            return False
        added += b - a + d - c
    return added <= _LONGEST_ADDED * shorter


def _other_figures(a: _Reading, b: _Reading) -> bool:
    differ = any(
        counted == of_other for value, counted in a.figures - b.figures for other, of_other in b.figures - a.figures
    )
    if differ:
        return not (a.years and b.years and a.years != b.years)  # each true of its own year
    return a.figures == b.figures and bool(a.dates - b.dates) and bool(b.dates - a.dates)
