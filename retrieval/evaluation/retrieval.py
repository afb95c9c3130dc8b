"""Passage retrieval measured: our ranking beside BM25 over words, the vectors alone, and their reciprocal rank fusion.

The baselines are what everyone starts from, and run in the same process over the same passages. They see a passage of
more than 380 characters through overlapping windows, of which the best counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.table import Table

from knowledge.catalog import Catalog, ChunkTerms
from knowledge.cleaning.script import simplified
from knowledge.database import Base, Database
from knowledge.documents import Chunk, Document, Metadata, Origin
from knowledge.embeddings import EmbeddingModel
from knowledge.ingestion import embedded_text
from knowledge.keyword_index import KeywordIndex
from knowledge.splitting import split
from knowledge.terms import Segmenter
from knowledge.vector_index import open_vector_index
from retrieval.answering import Answerer
from retrieval.errors import EvaluationInvalid
from retrieval.evaluation.metrics import (
    Estimate,
    auroc,
    estimate,
    kept_at_refused,
    ndcg,
    paired_difference,
    recall,
    reciprocal_rank,
    risk_coverage,
)
from retrieval.evaluation.retrieval_sets import RetrievalSet, SetPassage
from retrieval.questions import Question
from retrieval.search import Blend, Search
from retrieval.understanding import Reader

OURS = "本系统"
SURENESS, STANDS_OUT, TOP_BM25 = "本系统的把握", "最好的一段高出其余", "BM25 最高分"
REFUSED = 0.9  # of the unanswerable
CURVE_AT = (0.1, 0.25, 0.5, 0.75, 1.0)
DEPTH = 100  # of every list before fusion
_RRF = 60
_WINDOW, _STEP = 380, 280  # characters
_BATCH = 64

Rank = Callable[[str], list[str]]
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class RunScores:
    """One ranking over the whole set; values question by question, in the order of the queries."""

    name: str
    ndcg10: tuple[float, ...]
    mrr10: tuple[float, ...]
    recall1: tuple[float, ...]
    recall5: tuple[float, ...]
    recall10: tuple[float, ...]
    median_ms: float

    def estimates(self) -> dict[str, Estimate]:
        names = ("ndcg10", "mrr10", "recall1", "recall5", "recall10")
        return {name: estimate(getattr(self, name)) for name in names}


@dataclass(frozen=True, slots=True)
class RetrievalReport:
    set_name: str
    passages: int
    queries: int
    runs: tuple[RunScores, ...]

    def gains(self) -> dict[str, Estimate]:
        """nDCG@10 of our ranking over each other one, paired."""
        ours = next(run for run in self.runs if run.name == OURS)
        return {run.name: paired_difference(ours.ndcg10, run.ndcg10) for run in self.runs if run.name != OURS}

    def as_json(self) -> dict[str, Any]:
        return {
            "set": self.set_name,
            "passages": self.passages,
            "queries": self.queries,
            "runs": [
                {"name": run.name, "median_ms": run.median_ms}
                | {name: asdict(value) for name, value in run.estimates().items()}
                for run in self.runs
            ],
            "gains_ndcg10": {name: asdict(gain) for name, gain in self.gains().items()},
        }

    def table(self) -> Table:
        table = Table(title=f"{self.set_name}：{self.passages} 段，{self.queries} 题；括号里是 95 % 区间")
        for column in ("排法", "nDCG@10", "MRR@10", "召回@1", "召回@5", "召回@10", "本系统高出（配对）", "毫秒"):
            table.add_column(column, justify="left" if column == "排法" else "right")
        gains = self.gains()
        for run in self.runs:
            cells = [
                _shown(value) if name == "ndcg10" else f"{value.mean:.3f}" for name, value in run.estimates().items()
            ]
            gain = _signed(gains[run.name]) if run.name in gains else ""
            table.add_row(run.name, *cells, gain, f"{run.median_ms:.0f}")
        return table


def _shown(value: Estimate) -> str:
    return f"{value.mean:.3f} ({value.low:.3f}–{value.high:.3f})"


def _signed(value: Estimate) -> str:
    return f"{value.mean:+.3f} ({value.low:+.3f}–{value.high:+.3f})"


@dataclass(frozen=True, slots=True)
class RefusalReport:
    """How well each signal tells answerable questions from others: AUROC, and answerable kept at 90 % refused."""

    set_name: str
    answerable: int
    unanswerable: int
    signals: Mapping[str, tuple[float, float]]
    curve: tuple[
        tuple[float, float], ...
    ]  # (coverage, risk) by our own sureness, where only answerable counts as right

    def as_json(self) -> dict[str, Any]:
        return {
            "set": self.set_name,
            "answerable": self.answerable,
            "unanswerable": self.unanswerable,
            "signals": {name: {"auroc": a, "kept_at_90": k} for name, (a, k) in self.signals.items()},
            "risk_coverage": [list(point) for point in self.curve],
        }

    def table(self) -> Table:
        table = Table(title=f"{self.set_name}：{self.answerable} 题有答案，{self.unanswerable} 题没有")
        for column in ("信号", "AUROC", "拒掉九成无答案的题时，留住有答案的"):
            table.add_column(column, justify="left" if column == "信号" else "right")
        for name, (area, kept) in self.signals.items():
            table.add_row(name, f"{area:.3f}", f"{kept:.1%}")
        for coverage, risk in self.curve:
            table.add_row(f"答最有把握的 {coverage:.0%}", "", f"其中 {risk:.1%} 本无答案")
        return table


class Collection:
    """A retrieval set indexed into a throw-away home as our own documents are."""

    def __init__(
        self, home: Path, embeddings: EmbeddingModel, segmenter: Segmenter, blend: Blend | None = None
    ) -> None:
        self._database = Database(f"sqlite:///{home / 'set.db'}")
        Base.metadata.create_all(self._database.engine)
        self._catalog = Catalog(self._database)
        self._vectors = open_vector_index(home / "chroma", None, embeddings.name)
        self._embeddings, self._segmenter = embeddings, segmenter
        self.reader = Reader(segmenter)
        keywords = KeywordIndex(self._catalog)
        self.search = Search(self._catalog, keywords, self._vectors, embeddings, segmenter, blend)
        self.answerer = Answerer(self._catalog, keywords, self._vectors, embeddings, segmenter)

    def add(self, passages: Sequence[SetPassage], progress: Progress) -> None:
        owners: list[str] = []
        points: list[str] = []
        texts: list[str] = []
        for done, passage in enumerate(passages):
            document, chunks = self._split(passage)
            terms = [self._terms(chunk.text, chunk.heading) for chunk in chunks]
            self._catalog.record(document, chunks, terms)
            owners += [document.id] * len(chunks)
            points += [chunk.id for chunk in chunks]
            texts += [embedded_text(chunk) for chunk in chunks]
            if done % _BATCH == 0:
                progress("分词入库", done, len(passages))
        for at in range(0, len(texts), _BATCH):
            part = slice(at, at + _BATCH)
            progress("嵌入", at, len(texts))
            vectors = self._embeddings.embed_documents(texts[part])
            self._vectors.write("passage", owners[part], points[part], vectors)

    def _split(self, passage: SetPassage) -> tuple[Document, list[Chunk]]:
        title, text = simplified(passage.title), simplified(passage.text)
        document = Document(
            id=passage.id,
            source=passage.id,
            origin=Origin.FILE,
            content_hash=passage.id,
            media_type="text/plain",
            metadata=Metadata(title=title or passage.id),
            original=text,
            text=text,
        )
        return document, split(passage.id, title, text)

    def _terms(self, text: str, heading: str) -> ChunkTerms:
        terms, above = self._segmenter.terms(text), self._segmenter.terms(heading)
        return ChunkTerms(" ".join(terms.words), " ".join(terms.bigrams), " ".join(above.words))

    def rank(self, text: str) -> list[str]:
        """Passage ids, best first: a passage stands where its best chunk does."""
        understood = self.reader.read(Question(simplified(text)))
        found = self.search.ranked(understood, self.search.embed(understood), DEPTH)
        return list(dict.fromkeys(one.document.id for one in found))

    def sureness(self, text: str) -> dict[str, float]:
        """How sure the assistant is that what it found answers, 0 … 1, and how far its best passage stands out."""
        found = self.answerer.candidates(self.reader.read(Question(simplified(text), use_library=False)))
        top = max((passage.score for passage in found.passages), default=0.0)
        return {SURENESS: self.answerer.sureness(found), STANDS_OUT: top}

    def close(self) -> None:
        self._database.close()


class Baselines:
    """BM25 over words (k1 1.2, b 0.75), the embedding model alone, and both by reciprocal rank fusion (k 60)."""

    def __init__(
        self, passages: Sequence[SetPassage], embeddings: EmbeddingModel, segmenter: Segmenter, progress: Progress
    ) -> None:
        self._ids = [passage.id for passage in passages]
        texts = [simplified(f"{p.title}\n{p.text}".strip()) for p in passages]
        self._segmenter, self._embeddings = segmenter, embeddings
        self._bm25 = _Bm25([segmenter.terms(text).words for text in texts])
        self._owners, windows = _windows(texts)
        vectors = []
        for at in range(0, len(windows), _BATCH):
            progress("对照：嵌入", at, len(windows))
            vectors += embeddings.embed_documents(windows[at : at + _BATCH])
        self._vectors = np.asarray(vectors, dtype=np.float32)

    def words(self, text: str) -> list[str]:
        return self._ordered(self._bm25.scores(self._segmenter.terms(simplified(text)).words))

    def dense(self, text: str) -> list[str]:
        similar = self._vectors @ np.asarray(self._embeddings.embed_query(simplified(text)), dtype=np.float32)
        best = np.full(len(self._ids), -1.0, dtype=np.float32)
        np.maximum.at(best, self._owners, similar)
        return self._ordered(best)

    def fusion(self, text: str) -> list[str]:
        scores: dict[str, float] = {}
        for ranking in (self.words(text), self.dense(text)):
            for place, one in enumerate(ranking, 1):
                scores[one] = scores.get(one, 0.0) + 1 / (_RRF + place)
        return sorted(scores, key=lambda one: -scores[one])

    def _ordered(self, scores: npt.NDArray[np.float32]) -> list[str]:
        return [self._ids[i] for i in np.argsort(-scores, kind="stable")[:DEPTH]]


class _Bm25:
    def __init__(self, documents: Sequence[Sequence[str]], k1: float = 1.2, b: float = 0.75) -> None:
        lengths = np.array([len(words) for words in documents], dtype=np.float32)
        self._count = len(documents)
        self._norm = k1 * (1 - b + b * lengths / max(float(lengths.mean()), 1.0))
        self._k1 = k1
        postings: dict[str, dict[int, int]] = {}
        for at, words in enumerate(documents):
            for word in words:
                held = postings.setdefault(word, {})
                held[at] = held.get(at, 0) + 1
        self._postings = {w: (np.array(list(h)), np.array(list(h.values()), np.float32)) for w, h in postings.items()}

    def scores(self, words: Iterable[str]) -> npt.NDArray[np.float32]:
        out = np.zeros(self._count, dtype=np.float32)
        for word in set(words):
            if word not in self._postings:
                continue
            at, frequency = self._postings[word]
            rarity = np.log(1 + (self._count - len(at) + 0.5) / (len(at) + 0.5))
            out[at] += rarity * frequency * (self._k1 + 1) / (frequency + self._norm[at])
        return out


def _windows(texts: Sequence[str]) -> tuple[npt.NDArray[np.int64], list[str]]:
    owners, windows = [], []
    for owner, text in enumerate(texts):
        for at in range(0, max(len(text) - _WINDOW + _STEP, 1), _STEP):
            owners.append(owner)
            windows.append(text[at : at + _WINDOW])
    return np.asarray(owners), windows


# ---------------------------------------------------------------------- running


def evaluate_retrieval(
    wanted: RetrievalSet,
    home: Path,
    embeddings: EmbeddingModel,
    segmenter: Segmenter,
    progress: Progress,
    blend: Blend | None = None,
) -> RetrievalReport:
    """`home` is an empty folder of its own. Needs an embedding model."""
    collection = Collection(home, embeddings, segmenter, blend)
    try:
        collection.add(wanted.passages, progress)
        baselines = Baselines(wanted.passages, embeddings, segmenter, progress)
        ranks: Mapping[str, Rank] = {
            OURS: collection.rank,
            "BM25（词）": baselines.words,
            "e5": baselines.dense,
            "RRF": baselines.fusion,
        }
        runs = tuple(_run(name, rank, wanted) for name, rank in ranks.items())
    finally:
        collection.close()
    return RetrievalReport(wanted.name, len(wanted.passages), len(wanted.queries), runs)


def _run(name: str, rank: Rank, wanted: RetrievalSet) -> RunScores:
    rankings, milliseconds = [], []
    for query in wanted.queries:
        started = perf_counter()
        rankings.append(rank(query.text))
        milliseconds.append((perf_counter() - started) * 1000)
    relevant_to = [wanted.relevant.get(query.id, frozenset()) for query in wanted.queries]
    judged = list(zip(rankings, relevant_to, strict=True))
    return RunScores(
        name,
        tuple(ndcg(ranking, relevant) for ranking, relevant in judged),
        tuple(reciprocal_rank(ranking, relevant) for ranking, relevant in judged),
        tuple(recall(ranking, relevant, 1) for ranking, relevant in judged),
        tuple(recall(ranking, relevant, 5) for ranking, relevant in judged),
        tuple(recall(ranking, relevant, 10) for ranking, relevant in judged),
        median(milliseconds),
    )


def evaluate_refusal(
    wanted: RetrievalSet, home: Path, embeddings: EmbeddingModel, segmenter: Segmenter, progress: Progress
) -> RefusalReport:
    """Queries say whether the set can answer them. Raises EvaluationInvalid where all do, or none."""
    kinds = [query.answerable for query in wanted.queries]
    if all(kinds) or not any(kinds):
        raise EvaluationInvalid(f"{wanted.name}：题目要有答得了的，也要有答不了的（answerable）")
    collection = Collection(home, embeddings, segmenter)
    try:
        collection.add(wanted.passages, progress)
        bm25 = _Bm25([segmenter.terms(simplified(f"{p.title}\n{p.text}")).words for p in wanted.passages])
        scores: dict[str, dict[str, float]] = {SURENESS: {}, STANDS_OUT: {}, TOP_BM25: {}}
        for done, query in enumerate(wanted.queries):
            progress("提问", done, len(wanted.queries))
            for name, score in collection.sureness(query.text).items():
                scores[name][query.id] = score
            scores[TOP_BM25][query.id] = float(bm25.scores(segmenter.terms(simplified(query.text)).words).max())
    finally:
        collection.close()
    answerable = {query.id: query.answerable for query in wanted.queries}
    curve = risk_coverage(answerable, scores[SURENESS])
    return RefusalReport(
        wanted.name,
        sum(kinds),
        len(kinds) - sum(kinds),
        {name: _separation(answerable, by_query) for name, by_query in scores.items()},
        tuple(curve[max(int(share * len(curve)) - 1, 0)] for share in CURVE_AT),
    )


def _separation(answerable: Mapping[str, bool], scores: Mapping[str, float]) -> tuple[float, float]:
    high = [score for query, score in scores.items() if answerable[query]]
    low = [score for query, score in scores.items() if not answerable[query]]
    return auroc(high, low), kept_at_refused(high, low, REFUSED)
