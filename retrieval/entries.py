"""Which approved entry answers a question, if any: what tells a match from a look-alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from knowledge.faqs import FaqEntry, Source
from retrieval.answer_types import carries
from retrieval.evidence import comparable, mention, pairs, share
from retrieval.fusion import SPREADS
from retrieval.passages import FaqMatch
from retrieval.questions import Question
from retrieval.understanding import Concept, Reader, Understood

_EVIDENCE = 3
_NO_SLOT = 0.5  # a question that asks for nothing by name


@dataclass(frozen=True, slots=True)
class WeighedEntry:
    match: FaqMatch
    features: dict[str, float]


class EntryReader:
    def __init__(self, reader: Reader, weight: Callable[[Concept], float]) -> None:
        self._weight = weight
        # the library's phrasings come up again and again; reading one takes about 0.2 ms
        self._read = lru_cache(maxsize=20_000)(lambda text: reader.read(Question(text)))

        self._texts = lru_cache(maxsize=2_000)(_texts)
        self._pairs = lru_cache(maxsize=2_000)(pairs)

    def prepare(self, entry: FaqEntry) -> None:
        """Read its phrasings now rather than when somebody waits."""
        for phrasing in (*entry.phrasings, *entry.not_for):
            self._read(phrasing)

    def weigh(
        self, question: Understood, matches: Sequence[FaqMatch], evidence: Sequence[str] = (), unknown: float = 0.0
    ) -> list[WeighedEntry]:
        """Features of every candidate; cosine-based ones are 0 without an embedding model.

        `evidence`: the sentences search found by itself; an entry they bear out is the likelier one.
        """
        found = [pairs(text) for text in evidence[:_EVIDENCE]]
        wanted = _Wanted.of(question, self._weight)
        return [WeighedEntry(m, self._features(wanted, m, matches, found) | {"unknown": unknown}) for m in matches]

    def _features(
        self, wanted: _Wanted, match: FaqMatch, matches: Sequence[FaqMatch], evidence: Sequence[set[str]]
    ) -> dict[str, float]:
        entry, question, weights, total = match.entry, wanted.question, wanted.weights, wanted.total
        phrasings = [self._read(p) for p in entry.phrasings]
        texts, whole = self._texts(entry.phrasings, entry.answer, entry.details, entry.sources)
        all_asked = " ".join(texts)
        by_phrasing = [wanted.share_in(text) for text in texts]
        reverse = [self._covered(p, wanted.text) for p in phrasings]
        agreement = [0.5 * a + 0.5 * b for a, b in zip(by_phrasing, reverse, strict=True)]
        at = max(range(len(texts)), key=lambda i: agreement[i])
        in_all, in_whole = wanted.mentions(all_asked), wanted.mentions(whole)
        unseen = max((weights[c.word] * (1 - in_whole[c.word]) for c in wanted.given), default=0.0)
        unasked = max((weights[c.word] * (1 - in_all[c.word]) for c in wanted.given), default=0.0)
        kinds = question.asks_for
        kind = max((len(kinds & p.asks_for) / max(len(kinds | p.asks_for), 1) for p in phrasings), default=0.0)
        rivals = [m.cosine for m in matches if m.entry.id != entry.id]
        figures = [1.0 if f.rstrip("年") in whole else 0.0 for f in question.figures]
        names = [1.0 - in_whole[c.word] for c in wanted.given if c.name]
        numbers = [1.0 - in_whole[c.word] for c in wanted.given if re.search(r"\d", c.word)]
        slot = next((c.word for c in wanted.given if c.word == question.slot), None)
        against = max((self._agreement(wanted, n) for n in entry.not_for), default=0.0)
        return {
            "cosine": max(match.cosine - 0.8, 0.0),
            "margin": min(max(match.cosine - match.against, -0.05), 0.05),
            "lead": min(max(match.cosine - max(rivals, default=0.0), -0.05), 0.05),
            "keyword": match.keyword,
            "stands_out": match.score / SPREADS,
            "phrasing": agreement[at],
            "forward": max(by_phrasing),
            "asked": sum(weights[word] * share for word, share in in_all.items()) / total,
            "entry": sum(weights[word] * share for word, share in in_whole.items()) / total,
            "reverse": reverse[at],
            "against": max(against - agreement[at], -0.5),
            "kind": kind if kinds else 0.5,
            "unseen": unseen / total,
            "unasked": unasked / total,
            "slot_asked": in_all[slot] if slot else _NO_SLOT,
            "slot_said": in_whole[slot] if slot else _NO_SLOT,
            "slot_same": _same(question.slot, phrasings[at].slot),
            "numbers_missing": max(numbers, default=0.0),
            "figures": min(figures, default=1.0),
            "names_missing": max(names, default=0.0),
            "carries": carries(question.asks_for, entry.answer, question.own),
            "sure": max(match.cosine - 0.8, 0.0) * agreement[at],
            "borne_out": self._borne_out(entry, evidence),
        }

    def _borne_out(self, entry: FaqEntry, evidence: Sequence[set[str]]) -> float:
        answer = self._pairs(entry.answer) if evidence else set()
        return max((share(answer, found) for found in evidence), default=0.0)

    def _agreement(self, wanted: _Wanted, phrasing: str) -> float:
        (text,), _ = self._texts((phrasing,))
        return 0.5 * wanted.share_in(text) + 0.5 * self._covered(self._read(phrasing), wanted.text)

    def _covered(self, phrasing: Understood, asked: str) -> float:
        weights = [(self._weight(c), mention(c, asked)) for c in phrasing.concepts]
        total = sum(w for w, _ in weights) or 1.0
        return sum(w * m for w, m in weights) / total


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A question as it is compared with entries."""

    question: Understood
    text: str
    weights: dict[str, float]  # of its concepts
    total: float
    given: tuple[Concept, ...]

    @classmethod
    def of(cls, question: Understood, weight: Callable[[Concept], float]) -> _Wanted:
        weights = {c.word: weight(c) for c in question.concepts}
        given = tuple(c for c in question.concepts if c.given)
        return cls(question, comparable(question.text), weights, sum(weights.values()) or 1.0, given)

    def mentions(self, text: str) -> dict[str, float]:
        return {c.word: mention(c, text) for c in self.question.concepts}

    def share_in(self, text: str) -> float:
        return sum(self.weights[c.word] * mention(c, text) for c in self.question.concepts) / self.total


def _same(one: str, other: str) -> float:
    """Whether two questions ask about the same thing; undecided where one names none."""
    if not (one and other):
        return _NO_SLOT
    return 1.0 if one in other or other in one else 0.0


def _texts(
    phrasings: tuple[str, ...], answer: str = "", details: str = "", sources: tuple[Source, ...] = ()
) -> tuple[tuple[str, ...], str]:
    """How an entry is searched for words: each phrasing, and all that it says."""
    whole = "\n".join((*phrasings, answer, details, *(source.title for source in sources)))
    return tuple(comparable(phrasing) for phrasing in phrasings), comparable(whole)
