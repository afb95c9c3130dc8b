"""What a candidate has of the question that neither list's score says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import log, sqrt

from knowledge.standards import squeeze
from knowledge.terms import STOP_WORDS, Segmenter, fold_numerals
from retrieval.answer_types import carries
from retrieval.evidence import comparable, mention
from retrieval.passages import Passage
from retrieval.understanding import Concept, Understood

NAMES = ("keyword", "dense", "together", "near", "figures", "kind", "heading", "missing", "covered")
_TEXTS_KEPT = 2048  # of recent candidates, made comparable: about 3 KB each
_FAR = 8  # characters between two words that halve what their nearness counts
_BREAK = "\ue000"  # of a line, while white space is squeezed out; private use, in no text
_SENTENCE_END = re.compile(r"[。!?;\ue000]+")

Features = tuple[float, ...]  # in the order of NAMES


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage with its scores in standard deviations over each list; 0 where there is no such list."""

    passage: Passage
    keyword: float
    dense: float


@dataclass(frozen=True, slots=True)
class _Text:
    """A passage, comparable: its text in one, cut at the ends of sentences, and its heading."""

    plain: str
    sentences: tuple[str, ...]
    heading: str


@dataclass(frozen=True, slots=True)
class _Asking:
    """A question's words and concepts with how rare they are, 0 … 1; of the words, those that some text has."""

    question: Understood
    words: Mapping[str, float]
    roots: Mapping[str, float]  # of what the words weigh
    concepts: Sequence[tuple[Concept, float]]
    figures: Sequence[str]
    whole: float  # what the words weigh together
    concepts_whole: float


class FeatureReader:
    """`rarity` gives a word's inverse document frequency, `knows` whether any text has it, `size` counts the texts.

    Thread-safe.
    """

    def __init__(
        self,
        segmenter: Segmenter,
        rarity: Callable[[str], float],
        knows: Callable[[str], bool],
        size: Callable[[], int],
    ) -> None:
        self._segmenter, self._rarity, self._knows, self._size = segmenter, rarity, knows, size

    def features(self, question: Understood, candidates: Sequence[Candidate]) -> list[Features]:
        """One row for each candidate."""
        asking = self._asking(question)
        return [_features(asking, candidate) for candidate in candidates]

    def _asking(self, question: Understood) -> _Asking:
        rarest = max(log((self._size() + 1) / 1.5), 0.1)
        typed = dict.fromkeys(self._segmenter.terms(question.own).words)
        words = {
            word: min(self._rarity(word) / rarest, 1.0)
            for word in typed
            if word not in STOP_WORDS and self._knows(word)
        }
        concepts = [
            (concept, concept.weight * min(min(map(self._rarity, concept.spellings)) / rarest, 1.0))
            for concept in question.concepts
            if concept.given and any(map(self._knows, concept.spellings))
        ]
        figures = re.findall(r"\d+", comparable(question.own))
        weighed = sum(weight for _, weight in concepts)
        roots = {word: sqrt(weight) for word, weight in words.items()}
        return _Asking(question, words, roots, concepts, figures, sum(words.values()) or 1.0, weighed or 1.0)


def _features(asking: _Asking, candidate: Candidate) -> Features:
    chunk = candidate.passage.chunk
    text = _text(chunk.text, chunk.heading)
    together, best = _together(asking, text)
    named = [(weight, mention(concept, text.plain + _BREAK + text.heading)) for concept, weight in asking.concepts]
    return (
        candidate.keyword,
        candidate.dense,
        together,
        _near(asking, text.plain),
        _figures(asking.figures, text),
        carries(asking.question.asks_for, best),
        sum(rarity for word, rarity in asking.words.items() if word in text.heading) / asking.whole,
        max((weight * (1 - share) for weight, share in named), default=0.0),
        sum(weight * share for weight, share in named) / asking.concepts_whole,
    )


@lru_cache(maxsize=_TEXTS_KEPT)
def _text(text: str, heading: str) -> _Text:
    plain = fold_numerals(squeeze(text.replace("\n", _BREAK)))
    found = tuple(sentence for sentence in _SENTENCE_END.split(plain) if sentence)
    return _Text(plain.replace(_BREAK, ""), found, comparable(heading))


def _together(asking: _Asking, text: _Text) -> tuple[float, str]:
    """How much of the question two sentences in a row have, under their heading; and the sentence that has most."""
    above = sum(rarity for word, rarity in asking.words.items() if word in text.heading)
    left = [(word, rarity) for word, rarity in asking.words.items() if word not in text.heading]
    has = [[rarity if word in sentence else 0.0 for word, rarity in left] for sentence in text.sentences]
    weighs = [sum(row) for row in has]
    if not weighs:
        return above / asking.whole, ""
    best = text.sentences[max(range(len(weighs)), key=weighs.__getitem__)]
    most = max((sum(map(max, one, two)) for one, two in pairwise(has)), default=weighs[0])
    return (above + most) / asking.whole, best


def _near(asking: _Asking, plain: str) -> float:
    """How close the question's words stand to each other: of each pair that follows one another, its nearest."""
    nearest: dict[tuple[str, str], float] = {}
    roots = asking.roots
    for (at, word), (then, other) in pairwise(sorted(_places(asking.words, plain))):
        if word == other:
            continue
        pair = (word, other) if word < other else (other, word)
        apart = then - at - len(word)
        counts = roots[word] * roots[other] * (_FAR / (_FAR + apart) if apart > 0 else 1.0)
        if counts > nearest.get(pair, 0.0):
            nearest[pair] = counts
    return sum(nearest.values()) / asking.whole


def _places(words: Mapping[str, float], plain: str) -> Iterator[tuple[int, str]]:
    for word in words:
        at = plain.find(word)
        while at >= 0:
            yield at, word
            at = plain.find(word, at + len(word))


def _figures(figures: Sequence[str], text: _Text) -> float:
    """The share of the question's numbers that the passage or its heading has; 1 where it names none."""
    if not figures:
        return 1.0
    return sum(figure in text.plain or figure in text.heading for figure in figures) / len(figures)
