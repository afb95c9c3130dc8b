"""Which approved entry answers a question, if any: what tells a match from a look-alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from knowledge.faqs import FaqEntry, Source
from retrieval.answer_types import carries
from retrieval.attributes import Attribute, agree, attributes, days, decisive, may_have, particular
from retrieval.evidence import comparable, mention, pairs, share
from retrieval.fusion import SPREADS
from retrieval.passages import FaqMatch
from retrieval.questions import Question
from retrieval.understanding import Concept, Reader, Understood

_EVIDENCE = 3
_NO_SLOT = 0.5  # a question that asks for nothing by name
_OF_IT = 0.3  # a phrasing that agrees less with a question asks about something else
_AS_CLOSE = 0.1  # of agreement: an entry that may answer in passing gives way to one asked for it unless by more
_ALIKE, _IN_PASSING, _OTHER = 1.0, 0.5, 0.0  # asked for the same attribute; has the form of it; neither
_ABSENT = 0.5  # a word mentioned less than this is not there
_THING = 0.9  # the weight, before rarity, of nouns, names and words of the field
_TELLING = 3.0  # the weight of a word that tells one thing from another
_EVERYWHERE = frozenset({"全国", "国内", "中国", "国家"})  # says where, not what
_OF_ANYTHING = frozenset({Attribute.WHO, Attribute.PLACE})  # who and where are told unasked


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
            attributes(phrasing)

    def weigh(
        self, question: Understood, matches: Sequence[FaqMatch], evidence: Sequence[str] = (), unknown: float = 0.0
    ) -> list[WeighedEntry]:
        """Features of every candidate; cosine-based ones are 0 without an embedding model.

        `evidence`: the sentences search found by itself; an entry they bear out is the likelier one.
        """
        found = [pairs(text) for text in evidence[:_EVIDENCE]]
        wanted = _Wanted.of(question, self._weight)
        weighed = [self._features(wanted, m, matches, found) | {"unknown": unknown} for m in matches]
        closest = max((f["phrasing"] for f in weighed if f["alike"] == _ALIKE), default=0.0)
        for features in weighed:
            features["other"] = 1.0 if _asked_for_something_else(features, closest) else 0.0
        return [WeighedEntry(*pair) for pair in zip(matches, weighed, strict=True)]

    def _features(
        self, wanted: _Wanted, match: FaqMatch, matches: Sequence[FaqMatch], evidence: Sequence[set[str]]
    ) -> dict[str, float]:
        entry, question, weights, total = match.entry, wanted.question, wanted.weights, wanted.total
        phrasings = [self._read(p) for p in entry.phrasings]
        texts, whole = self._texts(entry.phrasings, entry.answer, entry.details, entry.sources)
        all_asked = " ".join(texts)
        asks = [attributes(phrasing) for phrasing in entry.phrasings]
        by_phrasing = [wanted.share_in(text, asked) for text, asked in zip(texts, asks, strict=True)]
        reverse = [self._covered(p, wanted) for p in phrasings]
        agreement = [0.5 * a + 0.5 * b for a, b in zip(by_phrasing, reverse, strict=True)]
        at = max(range(len(texts)), key=lambda i: (agree(wanted.asked, asks[i]), agreement[i]))
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
        elsewhere = wanted.unheard(in_all, in_whole) or self._contrasts(wanted, phrasings, at, in_whole)
        return {
            "alike": _alike(wanted, entry, asks, agreement),
            "elsewhere": 1.0 if elsewhere else 0.0,
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

    def _contrasts(self, wanted: _Wanted, phrasings: Sequence[Understood], at: int, in_whole: dict[str, float]) -> bool:
        """Whether each names what the other does not: 上海 and 青岛, 校准证书 and 体系证书."""
        missing = [c for c in wanted.given if in_whole[c.word] < _ABSENT]
        if any(c.name for c in missing) and any(c.name and wanted.lacks(c) for c in phrasings[at].concepts):
            return True
        telling = {c.word for c in missing if wanted.weights[c.word] >= _TELLING and _names_a_thing(c)}
        if not telling:
            return False
        pairs_asked = [(c, head) for c, head in _qualified(wanted.text, wanted.given) if c.word in telling]
        return any(
            head.word == other.word and wanted.lacks(theirs) and not set(own.word) <= set(phrasing.text.lower())
            for phrasing in (phrasings if pairs_asked else ())
            for theirs, other in _qualified(comparable(phrasing.text), phrasing.concepts)
            for own, head in pairs_asked
        )

    def _agreement(self, wanted: _Wanted, phrasing: str) -> float:
        (text,), _ = self._texts((phrasing,))
        forward = wanted.share_in(text, attributes(phrasing))
        return 0.5 * forward + 0.5 * self._covered(self._read(phrasing), wanted)

    def _covered(self, phrasing: Understood, wanted: _Wanted) -> float:
        weights = [(self._weight(c), wanted.says(c)) for c in phrasing.concepts]
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
    asked: frozenset[Attribute]  # what an entry has to be asked for as well; empty: that cannot be told

    @classmethod
    def of(cls, question: Understood, weight: Callable[[Concept], float]) -> _Wanted:
        weights = {c.word: weight(c) for c in question.concepts}
        given = tuple(c for c in question.concepts if c.given)
        asked = decisive(question.own)
        return cls(question, comparable(question.text), weights, sum(weights.values()) or 1.0, given, asked)

    def mentions(self, text: str) -> dict[str, float]:
        return {c.word: mention(c, text) for c in self.question.concepts}

    def share_in(self, text: str, asked: frozenset[Attribute]) -> float:
        """Of the question's concepts, what a phrasing that asks for `asked` says."""
        said = (1.0 if self._is_asked(c, asked) else mention(c, text) for c in self.question.concepts)
        shares = zip(self.question.concepts, said, strict=True)
        return sum(self.weights[c.word] * much for c, much in shares) / self.total

    def says(self, concept: Concept) -> float:
        """How far the question says a concept of a phrasing; 多少钱 says 费用."""
        return 1.0 if self._is_asked(concept, self.asked) else mention(concept, self.text)

    def lacks(self, concept: Concept) -> bool:
        return mention(concept, self.text) < _ABSENT

    def unheard(self, in_all: dict[str, float], in_whole: dict[str, float]) -> bool:
        """Whether an entry is never asked about anything of the question, or does not know what is to be counted."""
        if not self.asked or self.question.carried:
            return False
        things = [c for c in self.given if _names_a_thing(c) and not attributes(c.word) and c.word not in _EVERYWHERE]
        counted = [c for c in things if c.word == self.question.slot and Attribute.COUNT in self.asked]
        if any(in_whole[c.word] < _ABSENT for c in counted):
            return True
        return bool(things and self.asked - _OF_ANYTHING) and all(in_all[c.word] < _ABSENT for c in things)

    def _is_asked(self, concept: Concept, asked: frozenset[Attribute]) -> bool:
        return bool(self.asked and attributes(concept.word) & self.asked & asked)


def _asked_for_something_else(features: dict[str, float], closest: float) -> bool:
    """Another attribute of the subject, or another subject. `closest`: the best agreement of an entry asked alike."""
    if features["elsewhere"] or features["alike"] == _OTHER:
        return True
    return features["alike"] == _IN_PASSING and features["phrasing"] < closest + _AS_CLOSE


def _alike(wanted: _Wanted, entry: FaqEntry, asks: Sequence[frozenset[Attribute]], agreement: Sequence[float]) -> float:
    """Whether an entry is asked for what the question asks for."""
    if not wanted.asked:
        return _ALIKE
    two = days(wanted.asked)
    if len(two) > 1 and not two <= frozenset().union(*asks):
        return _OTHER  # half an answer
    close = not particular(wanted.asked)
    if any(agree(wanted.asked, a) for a, much in zip(asks, agreement, strict=True) if close or much >= _OF_IT):
        return _ALIKE
    bare = not all(asks)  # a phrasing that is a subject and no more
    return _IN_PASSING if bare and may_have(wanted.asked, entry.answer, wanted.question.own) else _OTHER


def _qualified(text: str, concepts: Sequence[Concept]) -> list[tuple[Concept, Concept]]:
    """Concepts that stand right before a thing and tell it from others: 校准 of 校准证书."""
    heads = [c for c in concepts if _names_a_thing(c)]
    return [(c, head) for head in heads for c in concepts if c is not head and f"{c.word}{head.word}" in text]


def _names_a_thing(concept: Concept) -> bool:
    return concept.weight >= _THING and len(concept.word) > 1


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


# ------------------------------------------------------------------ the word an answer opens with

# 有。 要，至少各做一次。: yes or no to the entry's own question; with the words of a question that it replies to.
_REPLIES: tuple[tuple[str, str], ...] = (
    (r"不?要", r"要|必须|需要|必要|该|强制|得"),
    (r"(?:不|可|不可)?(?:以|能|行)", r"能|可以|可不可|行|允许|准"),
    (r"没有|有", r"有"),
    (r"不?是(?:的)?(?:了)?|不算", r"是|算|属于|为"),
    (r"不?会", r"会|吗"),
    (r"不?管", r"管"),
    (r"不?在", r"在"),
    (r"不强制", r"强制|必须|要|自愿"),
)
_OPENER = re.compile("(?:" + "|".join(said for said, _ in _REPLIES) + r")(?=[。，,；])[。，,；]\s*")
_LEAST_LEFT = 6  # characters; less does not stand alone


def replies_to(entry: FaqEntry, question: Understood) -> bool:
    """Whether a 「不能。」 at the head of an entry replies to the question: it knows all that the question names."""
    if not _OPENER.match(entry.answer) or Attribute.WHETHER not in attributes(question.own):
        return True
    _, whole = _texts(entry.phrasings, entry.answer, entry.details, entry.sources)
    named = (c for c in question.concepts if c.given and len(c.word) > 1 and c.word not in _EVERYWHERE)
    return all(mention(concept, whole) >= _ABSENT for concept in named)


def replied(answer: str, question: str) -> str:
    """The answer without 「有。」 or 「要，」 at its head, unless the question asks whether with that verb."""
    opener = _OPENER.match(answer)
    rest = answer[opener.end() :] if opener else ""
    if opener is None or len(rest.partition("\n")[0]) < _LEAST_LEFT:
        return answer
    asked = Attribute.WHETHER in attributes(question)
    verbs = next(asking for said, asking in _REPLIES if re.fullmatch(said, opener[0].rstrip("。，,； \n")))
    return answer if asked and re.search(verbs, question) else rest
