"""Ranked search: keywords and vectors, fused. Exact questions never come here (see `lookup`)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import date

from knowledge.catalog import Catalog, Shelved
from knowledge.documents import Origin
from knowledge.editions import admitted
from knowledge.embeddings import EmbeddingModel
from knowledge.errors import EmbeddingUnavailable, IndexUnavailable
from knowledge.faqs import FaqEntry
from knowledge.keyword_index import KeywordIndex
from knowledge.standards import squeeze
from knowledge.terms import Segmenter, fold_numerals
from knowledge.vector_index import VectorIndex
from retrieval.duplicates import collapsed
from retrieval.fusion import fused, standardised
from retrieval.passages import FaqMatch, Passage
from retrieval.reranking import Candidate, FeatureReader, RemoteReranker, Reranker
from retrieval.understanding import Understood

_CANDIDATES = 40
_KEPT = 12
_SYNONYM_WEIGHT = 0.6
_ENTRY_DENSE = 0.7  # entries are short: their words say less than their vectors
_CARRIED_WEIGHT = 0.5  # what the conversation added counts less than what was just said


@dataclass(frozen=True, slots=True)
class Blend:
    """How much each kind of evidence counts, beside the words of the text at 1."""

    dense: float = 0.35  # of the fused score
    bigrams: float = 0.5
    headings: float = 0.6
    reranking: bool = True  # the first candidates put in a better order afterwards


@dataclass
class Shelf:
    """The catalog's lists in memory, as of one revision and day."""

    revision: int = -1
    documents: Mapping[str, Shelved] = field(default_factory=dict)
    faqs: Mapping[str, FaqEntry] = field(default_factory=dict)
    by_wording: Mapping[str, FaqEntry] = field(default_factory=dict)
    day: date = date.min
    held: dict[date | None, frozenset[str]] = field(default_factory=dict)

    def admits_entry(self, entry: FaqEntry, question: Understood) -> bool:
        """An entry that came with a sheet answers as long as the sheet does."""
        if entry.document_id is None:
            return question.use_library
        document = self.documents.get(entry.document_id)
        return document is not None and self.admits(document, question)

    def admits(self, document: Shelved, question: Understood) -> bool:
        """Whether the document may answer: in force today, or on the day that the question names."""
        if document.origin is Origin.LIBRARY and not question.use_library:
            return False
        if question.as_of not in self.held:
            self.held[question.as_of] = admitted(list(self.documents.values()), question.as_of, self.day)
        return document.id in self.held[question.as_of]


class Search:
    def __init__(
        self,
        catalog: Catalog,
        keywords: KeywordIndex,
        vectors: VectorIndex,
        embeddings: EmbeddingModel,
        segmenter: Segmenter,
        blend: Blend | None = None,
        remote: RemoteReranker | None = None,
    ) -> None:
        self.catalog = catalog
        self.keywords = keywords
        self._vectors = vectors
        self._embeddings = embeddings
        self._segmenter = segmenter
        self._shelf = Shelf()
        self._steady: ContextVar[Shelf | None] = ContextVar("shelf", default=None)
        self._blend = blend or Blend()
        self.reranker = Reranker(FeatureReader(segmenter, keywords.rarity, keywords.knows, lambda: len(keywords)))
        self.remote = remote

    @contextmanager
    def steady(self, without: Collection[str] = ()) -> Iterator[Shelf]:
        """The shelf as it is now, and for this thread the same until the end: one question, one state of knowledge.

        `without`: the names of documents that are to be as if they were not there.
        """
        shelf = self.shelf()
        if without:
            kept = {one.id: one for one in shelf.documents.values() if one.source not in without}
            shelf = replace(shelf, documents=kept, held={})
        token = self._steady.set(shelf)
        try:
            yield shelf
        finally:
            self._steady.reset(token)

    def shelf(self) -> Shelf:
        """Lists and keyword index, caught up with the catalog."""
        if steady := self._steady.get():
            return steady
        revision, today = self.keywords.catch_up(), date.today()
        if (revision, today) != (self._shelf.revision, self._shelf.day):
            documents = {one.id: one for one in self.catalog.shelf(today)}
            entries = self.catalog.faqs()
            self._shelf = Shelf(revision, documents, entries, _by_wording(entries.values()), today)
        return self._shelf

    def admitted(self, question: Understood) -> Iterator[Shelved]:
        """The documents that may answer."""
        shelf = self.shelf()
        return (one for one in shelf.documents.values() if shelf.admits(one, question))

    def approved(self, question: Understood) -> FaqEntry | None:
        """The entry that was approved for just these words: nothing to rank, and no model to wait for."""
        shelf = self.shelf()
        entry = shelf.by_wording.get(_wording(question.text))
        return entry if entry and shelf.admits_entry(entry, question) else None

    def embed(self, question: Understood) -> list[float] | None:
        """The question's vector; None where there is no model, or it does not answer just now."""
        if not self._embeddings.available:
            return None
        try:
            return self._embeddings.embed_query(question.text)
        except EmbeddingUnavailable:
            return None

    def passages(self, question: Understood, vector: Sequence[float] | None) -> list[Passage]:
        """The passages most likely to carry the answer, best first; only editions in force, unless a date is asked.

        The one that stands out most is always among them: refusal goes by its score.
        """
        found = collapsed(self.ranked(question, vector, _CANDIDATES), _KEPT)
        kept, rest = found[:_KEPT], found[_KEPT:]
        outstanding = max(found, key=lambda p: p.score, default=None)
        return [*kept[:-1], outstanding] if outstanding and outstanding in rest else kept

    def ranked(self, question: Understood, vector: Sequence[float] | None, depth: int) -> list[Passage]:
        """The first `depth` of each index, fused and reranked, best first."""
        found = self.candidates(question, vector, depth)
        if not self._blend.reranking:
            return [one.passage for one in found]
        passages = self.reranker.order(question, found)
        return self.remote.order(question.text, passages) if self.remote else passages

    def candidates(self, question: Understood, vector: Sequence[float] | None, depth: int) -> list[Candidate]:
        """The first `depth` of each index in the order of their fused scores."""
        shelf = self.shelf()
        keyword = {h.id: h.score for h in self.keywords.search("passage", self._weights(question), depth)}
        cosine = self._nearest("passage", vector if self._blend.dense else None, depth)
        scores = fused(keyword, cosine, self._blend.dense)
        by_words, by_vector = standardised(keyword), standardised(cosine)
        last_by_words, last_by_vector = min(by_words.values(), default=0.0), min(by_vector.values(), default=0.0)
        best = max(keyword.values(), default=0.0) or 1.0
        found = []
        for chunk_id, chunk in self.catalog.chunks(scores).items():
            document = shelf.documents.get(chunk.document_id)
            if document is None or not shelf.admits(document, question):
                continue
            k, c = keyword.get(chunk_id, 0.0) / best, cosine.get(chunk_id, 0.0)
            passage = Passage(chunk, document, scores[chunk_id], k, c)
            words, dense = by_words.get(chunk_id, last_by_words), by_vector.get(chunk_id, last_by_vector)
            found.append(Candidate(passage, words, dense))
        return sorted(found, key=lambda one: -one.passage.score)

    def faqs(self, question: Understood, vector: Sequence[float] | None) -> list[FaqMatch]:
        """Approved entries that may answer, nearest first."""
        shelf = self.shelf()
        entries = {one.id: one for one in shelf.faqs.values() if shelf.admits_entry(one, question)}
        if not entries:
            return []
        keyword = {h.id: h.score for h in self.keywords.search("faq", self._weights(question), _CANDIDATES)}
        best = max(keyword.values(), default=0.0) or 1.0
        near: dict[str, tuple[float, str]] = {}
        against: defaultdict[str, float] = defaultdict(float)
        for point, cosine in self._nearest("phrasing", vector, 3 * _CANDIDATES).items():
            entry_id, mark, number = _point(point)
            if entry_id not in entries:
                continue
            if mark == "!":
                against[entry_id] = max(against[entry_id], cosine)
            elif cosine > near.get(entry_id, (0.0, ""))[0]:
                near[entry_id] = (cosine, entries[entry_id].phrasings[number])
        near = {i: pair for i, pair in near.items() if i in entries}
        keyword = {i: score for i, score in keyword.items() if i in entries}
        scores = fused(keyword, {i: cosine for i, (cosine, _) in near.items()}, _ENTRY_DENSE)
        found = [
            FaqMatch(
                entries[entry_id],
                near.get(entry_id, (0.0, ""))[0],
                against[entry_id],
                keyword.get(entry_id, 0.0) / best,
                near.get(entry_id, (0.0, entries[entry_id].question))[1],
                score,
            )
            for entry_id, score in scores.items()
        ]
        return sorted(found, key=lambda m: -(m.cosine + 0.15 * m.keyword))[:_KEPT]

    def _nearest(self, kind: str, vector: Sequence[float] | None, limit: int) -> dict[str, float]:
        if vector is None:
            return {}
        try:
            return {hit.id: hit.cosine for hit in self._vectors.nearest(kind, vector, limit)}
        except IndexUnavailable:
            return {}  # keywords carry on alone

    def _weights(self, question: Understood) -> dict[str, dict[str, float]]:
        """What to look for: the question's own words and bigrams, and beside them what else they may be called.

        A word's rarity is BM25's business; how much hangs on it is weighed later, sentence by sentence.
        """
        typed = self._segmenter.terms(question.own)  # what was carried over comes with the concepts, and counts less
        words = dict.fromkeys(typed.words, 1.0)
        bigrams = dict.fromkeys(typed.bigrams, self._blend.bigrams)
        for concept in question.concepts:
            share = concept.weight if concept.given else concept.weight * _CARRIED_WEIGHT
            for i, spelling in enumerate((*concept.spellings, *concept.kinds)):
                terms = self._segmenter.terms(spelling)
                weight = share * (1.0 if i == 0 else _SYNONYM_WEIGHT)
                for word in terms.words:
                    words.setdefault(word, weight)
                for bigram in terms.bigrams:
                    bigrams.setdefault(bigram, weight * self._blend.bigrams)
        heading = {word: weight * self._blend.headings for word, weight in words.items()}
        return {"words": words, "bigrams": bigrams, "heading": heading}


def _by_wording(entries: Iterable[FaqEntry]) -> dict[str, FaqEntry]:
    """Entries by each of their phrasings; words that two entries claim decide nothing."""
    claimed: defaultdict[str, dict[str, FaqEntry]] = defaultdict(dict)
    for entry in entries:
        for phrasing in entry.phrasings:
            claimed[_wording(phrasing)][entry.id] = entry
    return {words: next(iter(by.values())) for words, by in claimed.items() if len(by) == 1}


def _wording(text: str) -> str:
    return re.sub(r"[\W_]+", "", fold_numerals(squeeze(text)))


def _point(point: str) -> tuple[str, str, int]:
    """`entry#3` → (entry, #, 3): a phrasing; `entry!0`: a counter-example."""
    mark = "!" if "!" in point else "#"
    entry_id, _, number = point.rpartition(mark)
    return entry_id, mark, int(number)
