"""Ablations: an assistant with one of its means switched off, to see what that one is worth.

Everything goes through the parts an `Answerer` is made of, so what is measured is the real journey with less in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from knowledge.catalog import Catalog
from knowledge.embeddings import EmbeddingModel, NoEmbeddings
from knowledge.keyword_index import KeywordIndex
from knowledge.library import ListedStandard
from knowledge.terms import Segmenter
from knowledge.vector_index import VectorIndex
from knowledge.vocabulary import Vocabulary
from retrieval.answering import Answerer
from retrieval.confidence import Confidence, load_confidence
from retrieval.errors import EvaluationInvalid
from retrieval.generation.generator import Generator
from retrieval.questions import Question
from retrieval.search import Blend, Search
from retrieval.understanding import Reader, Understood


class Ablation(StrEnum):
    """What can be switched off; the values are what `--without` takes."""

    LIBRARY = "library"  # built-in knowledge
    DENSE = "dense"  # vectors, of passages and of entries
    BIGRAMS = "bigrams"
    HEADINGS = "headings"
    RERANKING = "reranking"  # the first candidates in a better order
    SYNONYMS = "synonyms"  # other spellings of one thing, abbreviations among them
    MISSPELLINGS = "misspellings"  # the vocabulary's list of known ones
    PINYIN = "pinyin"  # words mended by their sound
    REWRITING = "rewriting"  # follow-ups made whole
    REFUSAL = "refusal"  # the thresholds: whatever was found goes out


OF_ANSWERS = frozenset(Ablation)
OF_RANKINGS = frozenset(Ablation) - {Ablation.LIBRARY, Ablation.REWRITING, Ablation.REFUSAL}
OF_SET_ANSWERS = OF_RANKINGS | {Ablation.REFUSAL}


def chosen(names: Iterable[str], allowed: Iterable[Ablation]) -> frozenset[Ablation]:
    """Raises EvaluationInvalid naming what cannot be switched off here."""
    known = {one.value: one for one in allowed}
    wanted = list(names)
    if unknown := [name for name in wanted if name not in known]:
        raise EvaluationInvalid(f"--without 不能是 {'、'.join(unknown)}；这里可以去掉的有 {'、'.join(sorted(known))}")
    return frozenset(known[name] for name in wanted)


@dataclass(frozen=True, slots=True)
class Parts:
    """What an answerer is made of."""

    catalog: Catalog
    keywords: KeywordIndex
    vectors: VectorIndex
    embeddings: EmbeddingModel
    segmenter: Segmenter
    standards: Sequence[ListedStandard] = ()
    contact: str | None = None
    generator: Generator | None = None


def answerer_of(parts: Parts, without: frozenset[Ablation] = frozenset()) -> Answerer:
    """The answerer, without some of its means. The library is left out question by question, not here."""
    embeddings = NoEmbeddings() if Ablation.DENSE in without else parts.embeddings
    segmenter = _segmenter(parts.segmenter, without)
    answerer = Answerer(
        catalog=parts.catalog,
        keywords=parts.keywords,
        vectors=parts.vectors,
        embeddings=embeddings,
        segmenter=segmenter,
        standards=parts.standards,
        contact=parts.contact,
        confidence=_confidence(without),
        generator=parts.generator,
    )
    if without & {Ablation.BIGRAMS, Ablation.HEADINGS, Ablation.RERANKING}:
        whole, blend = answerer.search, _blend(without)
        answerer.search = Search(
            parts.catalog, parts.keywords, parts.vectors, embeddings, segmenter, blend, whole.remote
        )
    if without & {Ablation.PINYIN, Ablation.REWRITING}:
        answerer.reader = _AblatedReader(answerer.reader, without)
    return answerer


def _blend(without: frozenset[Ablation]) -> Blend:
    blend = Blend(reranking=Ablation.RERANKING not in without)
    if Ablation.BIGRAMS in without:
        blend = replace(blend, bigrams=0.0)
    return replace(blend, headings=0.0) if Ablation.HEADINGS in without else blend


def _segmenter(whole: Segmenter, without: frozenset[Ablation]) -> Segmenter:
    """With the same dictionary, or the index would be cut otherwise than the question."""
    if not without & {Ablation.SYNONYMS, Ablation.MISSPELLINGS}:
        return whole
    vocabulary: Vocabulary = whole.vocabulary
    if Ablation.SYNONYMS in without:
        apart = tuple((spelling,) for group in vocabulary.groups for spelling in group)
        apart += tuple((word,) for words in vocabulary.kinds.values() for word in words)
        vocabulary = replace(vocabulary, groups=apart, kinds={})
    if Ablation.MISSPELLINGS in without:
        vocabulary = replace(vocabulary, misspellings={})
    return Segmenter(vocabulary)


def _confidence(without: frozenset[Ablation]) -> Confidence | None:
    if Ablation.REFUSAL not in without:
        return None
    return replace(load_confidence(), faq_threshold=0.0, extract_threshold=0.0)


class _AblatedReader(Reader):
    """Reads what was typed by its letters alone, or without what was said before."""

    def __init__(self, whole: Reader, without: frozenset[Ablation]) -> None:
        self.__dict__.update(vars(whole))  # the same dictionaries
        self._alone = Ablation.REWRITING in without
        if Ablation.PINYIN in without:
            self._vocabulary = replace(self._vocabulary, words=())  # only mending looks here: nothing sounds alike
            self._spelling = replace(self._spelling, words=tuple) if self._spelling else None

    def read(self, question: Question) -> Understood:
        if not self._alone:
            return super().read(question)
        return replace(super().read(replace(question, history=())), history=question.history)
