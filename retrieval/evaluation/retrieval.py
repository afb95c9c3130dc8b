"""Passage retrieval measured: our ranking beside BM25 over words, the vectors alone, and their reciprocal rank fusion.

The baselines are what everyone starts from, and run in the same process over the same passages. They see a passage of
more than 380 characters through overlapping windows, of which the best counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
from rich.table import Table

from knowledge.cleaning.script import simplified
from knowledge.embeddings import EmbeddingModel
from knowledge.terms import Segmenter
from retrieval.errors import EvaluationInvalid
from retrieval.evaluation.ablations import Ablation
from retrieval.evaluation.collection import (
    STANDS_OUT,
    SURENESS,
    TOP_BM25,
    Baselines,
    Bm25,
    Collection,
    Progress,
)
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
from retrieval.evaluation.retrieval_sets import RetrievalSet, SetQuery
from retrieval.evaluation.runs import Measure, Run, RunRow, code_revision, measured
from retrieval.evaluation.set_answers import SetAnswer, SetAnswers, answered

OURS = "本系统"
REFUSED = 0.9  # of the unanswerable
CURVE_AT = (0.1, 0.25, 0.5, 0.75, 1.0)

Rank = Callable[[str], list[str]]


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
    asked: tuple[SetQuery, ...] = ()
    answers: SetAnswers | None = None

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
            **({"answers": self.answers.as_json()} if self.answers else {}),
        }

    def as_run(self, settings: dict[str, str]) -> Run:
        """A query is right where what stands first answers it."""
        ours = next(run for run in self.runs if run.name == OURS)
        said = {row.id: row for row in self.answers.rows} if self.answers else {}
        rows = tuple(
            _run_row(query, first, score, {run.name: run.ndcg10[at] for run in self.runs}, said.get(query.id))
            for at, (query, first, score) in enumerate(zip(self.asked, ours.recall1, ours.ndcg10, strict=True))
        )
        return Run(
            kind="retrieval",
            set_name=self.set_name,
            made=datetime.now(UTC).replace(microsecond=0),
            revision=code_revision(),
            settings=settings,
            measures=tuple(self._measures()),
            rows=rows,
            quotes=self.answers.quotes if self.answers else None,
            figures={"段落": str(self.passages), "用时中位": f"{ours.median_ms:.0f} 毫秒"},
        )

    def _measures(self) -> Iterator[Measure]:
        for name in _MEASURED:
            for run in self.runs:
                yield measured(_MEASURED[name], run.name, run.estimates()[name], self.queries)
        for name, gain in self.gains().items():
            yield measured("本系统的 nDCG@10 高出（配对）", name, gain, self.queries, least=-1.0)
        yield from of_answers(self.answers)

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
        if self.answers:
            table.caption = answers_told(self.answers)
        return table


_MEASURED = {"ndcg10": "nDCG@10", "mrr10": "MRR@10", "recall1": "召回@1", "recall5": "召回@5", "recall10": "召回@10"}


def _run_row(query: SetQuery, first: float, score: float, metrics: dict[str, float], said: SetAnswer | None) -> RunRow:
    verdict = "第一段就相关" if first else ("前十段里有相关的" if score else "前十段里没有")
    if said is None:
        return RunRow(query.id, query.text, verdict, bool(first), score, metrics=metrics)
    return RunRow(
        id=query.id,
        question=query.text,
        verdict=verdict,
        right=bool(first),
        score=score,
        answer=said.answer.text,
        citations=said.citations,
        metrics=metrics,
    )


def of_answers(answers: SetAnswers | None) -> Iterator[Measure]:
    for name, (value, of) in answers.measures().items() if answers else ():
        group, _, what = name.partition("：")
        yield measured(f"真正作答·{group}", what, value, of)


def answers_told(answers: SetAnswers) -> str:
    """What came of answering every query, for under a table."""
    shares = [f"{name} {value.mean:.1%}（{of} 题）" for name, (value, of) in answers.measures().items()]
    return "\n".join((f"真正作答 {len(answers.rows)} 题：{answers.quotes.told()}", *shares))


def _shown(value: Estimate) -> str:
    return f"{value.mean:.3f} ({value.low:.3f}–{value.high:.3f})"


def _signed(value: Estimate) -> str:
    return f"{value.mean:+.3f} ({value.low:+.3f} 到 {value.high:+.3f})"


@dataclass(frozen=True, slots=True)
class RefusalReport:
    """How well each signal tells answerable questions from others: AUROC, and answerable kept at 90 % refused."""

    set_name: str
    answerable: int
    unanswerable: int
    signals: Mapping[str, tuple[float, float]]
    curve: tuple[tuple[float, float], ...]  # (coverage, risk) by our own sureness; only answerable counts as right
    whole_curve: tuple[tuple[float, float], ...] = ()
    asked: tuple[SetQuery, ...] = ()
    sureness: Mapping[str, float] = field(default_factory=dict)
    kept: Mapping[str, Estimate] = field(default_factory=dict)  # as in `signals`, over the answerable questions
    answers: SetAnswers | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "set": self.set_name,
            "answerable": self.answerable,
            "unanswerable": self.unanswerable,
            "signals": {name: {"auroc": a, "kept_at_90": k} for name, (a, k) in self.signals.items()},
            "risk_coverage": [list(point) for point in self.curve],
            **({"answers": self.answers.as_json()} if self.answers else {}),
        }

    def as_run(self, settings: dict[str, str]) -> Run:
        """A query is right where the models are surer than of nine in ten unanswerable ones, if it is answerable.

        Its score is the sureness, or for an unanswerable query what is left of it.
        """
        threshold = _threshold(self.asked, self.sureness)
        said = {row.id: row for row in self.answers.rows} if self.answers else {}
        return Run(
            kind="refusal",
            set_name=self.set_name,
            made=datetime.now(UTC).replace(microsecond=0),
            revision=code_revision(),
            settings=settings,
            measures=tuple(self._measures()),
            rows=tuple(_refusal_row(one, self.sureness[one.id], threshold, said.get(one.id)) for one in self.asked),
            quotes=self.answers.quotes if self.answers else None,
            curve=self.whole_curve,
            figures={"有答案": f"{self.answerable} 题", "没有答案": f"{self.unanswerable} 题"},
        )

    def _measures(self) -> Iterator[Measure]:
        for name, (area, _) in self.signals.items():
            yield Measure("AUROC", name, area, area, area, len(self.asked))
        for name, kept in self.kept.items():
            yield measured("拒掉九成无答案的题时，留住有答案的", name, kept, self.answerable)
        yield from of_answers(self.answers)

    def table(self) -> Table:
        table = Table(title=f"{self.set_name}：{self.answerable} 题有答案，{self.unanswerable} 题没有")
        for column in ("信号", "AUROC", "拒掉九成无答案的题时，留住有答案的"):
            table.add_column(column, justify="left" if column == "信号" else "right")
        for name, (area, kept) in self.signals.items():
            table.add_row(name, f"{area:.3f}", f"{kept:.1%}")
        for coverage, risk in self.curve:
            table.add_row(f"答最有把握的 {coverage:.0%}", "", f"其中 {risk:.1%} 本无答案")
        if self.answers:
            table.caption = answers_told(self.answers)
        return table


def _threshold(asked: Sequence[SetQuery], sureness: Mapping[str, float]) -> float:
    return float(np.quantile([sureness[one.id] for one in asked if not one.answerable], REFUSED))


def _refusal_row(query: SetQuery, sureness: float, threshold: float, said: SetAnswer | None) -> RunRow:
    kept = sureness > threshold
    verdict = ("留住" if kept else "误拒") if query.answerable else ("没拒" if kept else "拒对")
    return RunRow(
        id=query.id,
        question=query.text,
        verdict=verdict,
        right=kept == query.answerable,
        score=sureness if query.answerable else 1 - sureness,
        category="有答案" if query.answerable else "没有答案",
        answer=said.answer.text if said else "",
        citations=said.citations if said else (),
        sureness=sureness,
    )


def evaluate_retrieval(
    wanted: RetrievalSet,
    home: Path,
    embeddings: EmbeddingModel,
    segmenter: Segmenter,
    progress: Progress,
    without: frozenset[Ablation] = frozenset(),
    answers: bool = False,
) -> RetrievalReport:
    """`home` is an empty folder of its own. Needs an embedding model. `answers`: also answer every query."""
    collection = Collection(home, embeddings, segmenter, without)
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
        said = _answers(collection, wanted, progress) if answers else None
    finally:
        collection.close()
    return RetrievalReport(wanted.name, len(wanted.passages), len(wanted.queries), runs, wanted.queries, said)


def _answers(collection: Collection, wanted: RetrievalSet, progress: Progress) -> SetAnswers:
    rows = []
    for done, query in enumerate(wanted.queries):
        progress("作答", done, len(wanted.queries))
        relevant = wanted.relevant.get(query.id, frozenset())
        answer = collection.answer(query.text)
        rows.append(
            answered(query.id, query.text, answer, collection.stands, relevant, query.answers, query.answerable)
        )
    return SetAnswers(tuple(rows))


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
    wanted: RetrievalSet,
    home: Path,
    embeddings: EmbeddingModel,
    segmenter: Segmenter,
    progress: Progress,
    without: frozenset[Ablation] = frozenset(),
    answers: bool = False,
) -> RefusalReport:
    """Queries say whether the set can answer them. Raises EvaluationInvalid where all do, or none."""
    kinds = [query.answerable for query in wanted.queries]
    if all(kinds) or not any(kinds):
        raise EvaluationInvalid(f"{wanted.name}：题目要有答得了的，也要有答不了的（answerable）")
    collection = Collection(home, embeddings, segmenter, without)
    try:
        collection.add(wanted.passages, progress)
        bm25 = Bm25([segmenter.terms(simplified(f"{p.title}\n{p.text}")).words for p in wanted.passages])
        scores: dict[str, dict[str, float]] = {SURENESS: {}, STANDS_OUT: {}, TOP_BM25: {}}
        for done, query in enumerate(wanted.queries):
            progress("提问", done, len(wanted.queries))
            for name, score in collection.sureness(query.text).items():
                scores[name][query.id] = score
            scores[TOP_BM25][query.id] = float(bm25.scores(segmenter.terms(simplified(query.text)).words).max())
        said = _answers(collection, wanted, progress) if answers else None
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
        tuple(curve),
        wanted.queries,
        scores[SURENESS],
        {name: _kept(answerable, by_query) for name, by_query in scores.items()},
        said,
    )


def _kept(answerable: Mapping[str, bool], scores: Mapping[str, float]) -> Estimate:
    """Of the answerable, with the threshold taken as given."""
    threshold = float(np.quantile([score for query, score in scores.items() if not answerable[query]], REFUSED))
    return estimate([float(score > threshold) for query, score in scores.items() if answerable[query]])


def _separation(answerable: Mapping[str, bool], scores: Mapping[str, float]) -> tuple[float, float]:
    high = [score for query, score in scores.items() if answerable[query]]
    low = [score for query, score in scores.items() if not answerable[query]]
    return auroc(high, low), kept_at_refused(high, low, REFUSED)
