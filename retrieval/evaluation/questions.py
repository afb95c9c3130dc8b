"""Question sets that measure the assistant: points, length, citations, refusals, and how far its sureness is right."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath
from statistics import median
from time import perf_counter
from typing import Any

from rich.table import Table

from retrieval.answers import Answer, Citation
from retrieval.evaluation.judging import Judgement, Verdict, is_enumeration, judge
from retrieval.evaluation.metrics import Estimate, estimate, risk_coverage
from retrieval.evaluation.question_sets import EvaluationQuestion
from retrieval.evaluation.quotes import CheckQuote, Quotes, total
from retrieval.evaluation.runs import Cited, Measure, Run, RunRow, cited, code_revision, measured
from retrieval.questions import Question, parse_history

__all__ = ["Report", "Row", "Weighed", "evaluate", "is_enumeration"]

Ask = Callable[[Question], Answer]
FactsOf = Callable[[Citation], frozenset[str]]
"""The ids of the facts that a citation of our own library stands for."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """How sure the fitted models are, 0 … 1, and what would be answered if nothing were refused."""

    sureness: float
    answer: Answer


Weigh = Callable[[Question, Answer], Weighed]


def no_facts(citation: Citation) -> frozenset[str]:
    return frozenset()


@dataclass(frozen=True, slots=True)
class Row:
    question: EvaluationQuestion
    answer: Answer
    judgement: Judgement
    milliseconds: float
    citations: tuple[Cited, ...] = ()
    on_evidence: int = 0  # citations that rest on what the set names
    sureness: float | None = None
    right_if_answered: bool | None = None  # whether what would be said, if nothing were refused, is right

    @property
    def right(self) -> bool:
        return self.judgement.verdict in (Verdict.FULL, Verdict.RIGHTLY_REFUSED)

    @property
    def refused(self) -> bool:
        return self.judgement.verdict in (Verdict.FALSELY_REFUSED, Verdict.RIGHTLY_REFUSED)

    @property
    def score(self) -> float:
        """Share of the points that were said; of a question to be refused, whether it was."""
        points = len(self.question.expected_points)
        if self.question.expected_refusal or self.refused:
            return float(self.right)
        return len(self.judgement.found) / points

    @property
    def quoted_its_seed(self) -> bool:
        return bool(set(self.question.seeds) & set(self.judgement.quoted_seeds))

    def as_json(self) -> dict[str, Any]:
        judgement = self.judgement
        return {
            "id": self.question.id,
            "category": self.question.category,
            "question": self.question.question,
            "verdict": judgement.verdict.value,
            "outcome": self.answer.outcome.value,
            "found": list(judgement.found),
            "missing": list(judgement.missing),
            "length": judgement.length,
            "over_long": judgement.over_long,
            "valid_quotes": judgement.valid_quotes,
            "invalid_quotes": judgement.invalid_quotes,
            "without_quote": judgement.without_quote,
            "quoted_seeds": list(judgement.quoted_seeds),
            "sureness": None if self.sureness is None else round(self.sureness, 4),
            "right_if_answered": self.right_if_answered,
            "answer": self.answer.text,
            "milliseconds": round(self.milliseconds, 1),
        }

    def as_row(self) -> RunRow:
        understood = self.answer.question
        return RunRow(
            id=self.question.id,
            question=self.question.question,
            verdict=SPOKEN[self.judgement.verdict] + ("（太长）" if self.judgement.over_long else ""),
            right=self.right,
            score=self.score,
            category=self.question.category,
            before=self.question.history,
            understood=understood if understood != self.question.question else "",
            answer=self.answer.text,
            missing=self.judgement.missing,
            citations=self.citations,
            sureness=self.sureness,
            milliseconds=round(self.milliseconds, 1),
        )


@dataclass(frozen=True, slots=True)
class Report:
    rows: tuple[Row, ...]

    def of_seeds(self) -> Report:
        """The questions whose evidence names a seed file: what the ingested documents alone can answer."""
        return Report(tuple(row for row in self.rows if row.question.seeds))

    def count(self, *verdicts: Verdict) -> int:
        return sum(row.judgement.verdict in verdicts for row in self.rows)

    @property
    def answerable(self) -> int:
        return sum(not row.question.expected_refusal for row in self.rows)

    @property
    def refusals_expected(self) -> int:
        return len(self.rows) - self.answerable

    @property
    def quotes(self) -> Quotes:
        return total(row.judgement.quotes for row in self.rows)

    @property
    def valid_quotes(self) -> int:
        return self.quotes.valid

    @property
    def invalid_quotes(self) -> int:
        return self.quotes.invalid

    @property
    def with_quote(self) -> int:
        return self.quotes.checked

    @property
    def without_quote(self) -> int:
        return self.quotes.without

    @property
    def seeds_quoted(self) -> int:
        return sum(row.quoted_its_seed for row in self.of_seeds().rows)

    @property
    def full_with_seed_quoted(self) -> int:
        rows = self.of_seeds().rows
        return sum(row.judgement.verdict is Verdict.FULL and row.quoted_its_seed for row in rows)

    @property
    def latency_median(self) -> float:
        return median(row.milliseconds for row in self.rows) if self.rows else 0.0

    @property
    def latency_p95(self) -> float:
        """By nearest rank: 95 of 100 questions were answered in this time or less."""
        ordered = sorted(row.milliseconds for row in self.rows)
        return ordered[math.ceil(len(ordered) * 0.95) - 1] if ordered else 0.0

    # ------------------------------------------------------------------ shares, with their intervals

    @property
    def points(self) -> tuple[int, int]:
        """Said, of how many expected; a refused question says none."""
        rows = [row for row in self.rows if not row.question.expected_refusal]
        said = sum(len(row.judgement.found) for row in rows if not row.refused)
        return said, sum(len(row.question.expected_points) for row in rows)

    def lengths(self) -> list[int]:
        """Characters of each answer that is no refusal."""
        return [row.judgement.length for row in self.rows if not row.refused]

    def measures(self) -> list[tuple[str, Estimate, int]]:
        """Name, mean with its 95 % interval, over how many questions; what has no questions is left out."""
        shares: list[tuple[str, Sequence[Row], Callable[[Row], float]]] = [
            ("要点：说到的", self._asked(), lambda row: row.score),
            ("要点：说全的题", self._asked(), lambda row: row.right),
            ("长度：在限度以内", self._given(), lambda row: not row.judgement.over_long),
            ("引用精确：出自题库指明的依据", self._citing(), _share_on_evidence),
            ("引用召回：引到了题库指明的依据", self._with_evidence(), lambda row: row.on_evidence > 0),
            ("拒答精确：拒了的题确实该拒", self._refused(), lambda row: row.right),
            ("拒答召回：该拒的题拒了", self._to_refuse(), lambda row: row.right),
        ]
        return [(name, estimate([float(of(r)) for r in rows]), len(rows)) for name, rows, of in shares if rows]

    def _asked(self) -> list[Row]:
        return [row for row in self.rows if not row.question.expected_refusal]

    def _given(self) -> list[Row]:
        return [row for row in self.rows if not row.refused]

    def _refused(self) -> list[Row]:
        return [row for row in self.rows if row.refused]

    def _to_refuse(self) -> list[Row]:
        return [row for row in self.rows if row.question.expected_refusal]

    def _with_evidence(self) -> list[Row]:
        return [row for row in self._asked() if row.question.evidence]

    def _citing(self) -> list[Row]:
        return [row for row in self._with_evidence() if not row.refused and row.answer.citations]

    def curve(self) -> list[tuple[float, float]]:
        """(coverage, risk) of answering the surest first; empty where nobody weighed the answers."""
        right = {r.question.id: r.right_if_answered for r in self.rows if r.right_if_answered is not None}
        sure = {r.question.id: r.sureness for r in self.rows if r.sureness is not None}
        return risk_coverage(right, sure) if right and right.keys() == sure.keys() else []

    def stands_at(self) -> tuple[float, float] | None:
        """The assistant as it is: share of questions it answers, and share of those answers that are not right."""
        given = self._given()
        if not given:
            return None
        return len(given) / len(self.rows), sum(not row.right for row in given) / len(given)

    def summary(self) -> dict[str, Any]:
        return {
            "questions": len(self.rows),
            "answerable": {
                "total": self.answerable,
                "full": self.count(Verdict.FULL),
                "partly": self.count(Verdict.PARTLY),
                "wrong": self.count(Verdict.WRONG),
                "falsely_refused": self.count(Verdict.FALSELY_REFUSED),
            },
            "refusals": {
                "total": self.refusals_expected,
                "right": self.count(Verdict.RIGHTLY_REFUSED),
                "missed": self.count(Verdict.REFUSAL_MISSED),
            },
            "citations": {
                "with_quote": self.with_quote,
                "without_quote": self.without_quote,
                "valid": self.valid_quotes,
                "invalid": self.invalid_quotes,
            },
            "milliseconds": {"median": round(self.latency_median, 1), "p95": round(self.latency_p95, 1)},
        }

    def as_json(self) -> dict[str, Any]:
        """One object for `--json`; `of_seeds` counts the questions whose evidence names a seed by themselves."""
        seeds = self.of_seeds()
        quoted = {"seed_quoted": self.seeds_quoted, "full_with_seed_quoted": self.full_with_seed_quoted}
        lengths = self.lengths()
        return {
            **self.summary(),
            "points": {"said": self.points[0], "expected": self.points[1]},
            "length": {"median": median(lengths) if lengths else 0, "longest": max(lengths, default=0)},
            "measures": {name: {**asdict(value), "of": of} for name, value, of in self.measures()},
            "risk_coverage": [list(point) for point in self.curve()],
            "of_seeds": {**seeds.summary(), **quoted},
            "rows": [row.as_json() for row in self.rows],
        }

    def as_run(self, set_name: str, settings: dict[str, str]) -> Run:
        lengths = self.lengths()
        figures = {
            "答全": f"{self.count(Verdict.FULL)} / {self.answerable}",
            "拒对": f"{self.count(Verdict.RIGHTLY_REFUSED)} / {self.refusals_expected}",
            "误拒": f"{self.count(Verdict.FALSELY_REFUSED)}",
            "字数中位、最长": f"{median(lengths):.0f}、{max(lengths)}" if lengths else "—",
            "用时中位、95 分位": f"{self.latency_median:.0f}、{self.latency_p95:.0f} 毫秒",
        }
        return Run(
            kind="questions",
            set_name=set_name,
            made=datetime.now(UTC).replace(microsecond=0),
            revision=code_revision(),
            settings=settings,
            measures=tuple(self._run_measures()),
            rows=tuple(row.as_row() for row in self.rows),
            quotes=self.quotes,
            curve=tuple(self.curve()),
            stands_at=self.stands_at() if self.curve() else None,
            figures=figures,
        )

    def _run_measures(self) -> Iterator[Measure]:
        for name, value, of in self.measures():
            group, _, what = name.partition("：")
            yield measured(group, what, value, of)

    # ------------------------------------------------------------------ for the terminal

    def table(self) -> Table:
        table = Table(title=f"评测：{len(self.rows)} 题")
        table.add_column("项目")
        table.add_column("数量", justify="right")
        table.add_column("占比", justify="right")
        for name, value, of in self._counts():
            table.add_row(name, str(value), f"{value / of:.0%}" if of else "—")
        table.add_section()
        for name, share, of in self.measures():
            table.add_row(name, f"{of} 题", f"{share.mean:.1%}（{share.low:.0%}–{share.high:.0%}）")
        table.add_section()
        if lengths := self.lengths():
            table.add_row("字数中位、最长", f"{median(lengths):.0f}、{max(lengths)}", "")
        table.add_row("用时中位数", f"{self.latency_median:.0f} 毫秒", "")
        table.add_row("用时 95 分位", f"{self.latency_p95:.0f} 毫秒", "")
        self._add_curve(table)
        return table

    def _add_curve(self, table: Table) -> None:
        curve = self.curve()
        if not curve:
            return
        table.add_section()
        for share in (0.25, 0.5, 0.75, 1.0):
            coverage, risk = curve[max(math.ceil(share * len(curve)) - 1, 0)]
            table.add_row(f"只答最有把握的 {coverage:.0%}", "", f"其中不对 {risk:.1%}")

    def _counts(self) -> list[tuple[str, int, int]]:
        """What is counted, how many, of how many."""
        seeds = len(self.of_seeds().rows)
        return [
            ("应答：答全", self.count(Verdict.FULL), self.answerable),
            ("应答：答了一部分", self.count(Verdict.PARTLY), self.answerable),
            ("应答：答错", self.count(Verdict.WRONG), self.answerable),
            ("应答：误拒", self.count(Verdict.FALSELY_REFUSED), self.answerable),
            ("应拒：拒对", self.count(Verdict.RIGHTLY_REFUSED), self.refusals_expected),
            ("应拒：没拒", self.count(Verdict.REFUSAL_MISSED), self.refusals_expected),
            ("引用：有原文", self.with_quote, self.with_quote + self.without_quote),
            ("引用：原文未收录", self.without_quote, self.with_quote + self.without_quote),
            ("原文：逐字属实", self.valid_quotes, self.with_quote),
            ("原文：不符", self.invalid_quotes, self.with_quote),
            ("出自种子文件：引了该文件", self.seeds_quoted, seeds),
            ("出自种子文件：答全并引了该文件", self.full_with_seed_quoted, seeds),
        ]

    def shortfalls(self) -> Table:
        """Every question that did not come out right, and what was missing."""
        table = Table(title="没有答好的题")
        for head in ("编号", "类别", "问题", "结果", "缺少的要点", "字数"):
            table.add_column(head, justify="right" if head == "字数" else "left")
        for row in self.rows:
            if row.right:
                continue
            missing = "；".join(row.judgement.missing) or ("太长" if row.judgement.over_long else "")
            verdict, length = SPOKEN[row.judgement.verdict], str(row.judgement.length)
            table.add_row(row.question.id, row.question.category, row.question.question, verdict, missing, length)
        return table


SPOKEN = {
    Verdict.FULL: "答全",
    Verdict.PARTLY: "答了一部分",
    Verdict.WRONG: "答错",
    Verdict.FALSELY_REFUSED: "误拒",
    Verdict.RIGHTLY_REFUSED: "拒对",
    Verdict.REFUSAL_MISSED: "没拒",
}


def _share_on_evidence(row: Row) -> float:
    return row.on_evidence / len(row.answer.citations)


def evaluate(
    ask: Ask,
    questions: Iterable[EvaluationQuestion],
    check_quote: CheckQuote,
    clock: Callable[[], float] = perf_counter,
    weigh: Weigh | None = None,
    facts_of: FactsOf = no_facts,
) -> Report:
    """Ask every question, one after the other, and judge what comes back. `clock` counts seconds."""
    rows = []
    for question in questions:
        asked = Question(question.question, parse_history(question.history))
        began = clock()
        answer = ask(asked)
        milliseconds = (clock() - began) * 1000
        weighed = weigh(asked, answer) if weigh else None
        rows.append(_row(question, answer, milliseconds, check_quote, weighed, facts_of))
    return Report(tuple(rows))


def _row(
    question: EvaluationQuestion,
    answer: Answer,
    milliseconds: float,
    check_quote: CheckQuote,
    weighed: Weighed | None,
    facts_of: FactsOf,
) -> Row:
    named = set(question.evidence)
    return Row(
        question,
        answer,
        judge(question, answer, check_quote),
        milliseconds,
        cited(answer, check_quote),
        sum(bool(named & {PurePosixPath(one.source).name, *facts_of(one)}) for one in answer.citations),
        weighed.sureness if weighed else None,
        _right_if_answered(question, weighed.answer, check_quote) if weighed else None,
    )


def _right_if_answered(question: EvaluationQuestion, answer: Answer, check_quote: CheckQuote) -> bool:
    return not question.expected_refusal and judge(question, answer, check_quote).verdict is Verdict.FULL
