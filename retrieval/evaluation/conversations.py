"""Follow-ups measured: what is found, or answered, with the question as typed and with the question made whole.

A folder with `corpus.jsonl` and `conversation.jsonl` measures what is found; a question set whose questions have a
`history` measures what is answered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.table import Table

from knowledge.cleaning.script import simplified
from knowledge.embeddings import EmbeddingModel
from knowledge.terms import Segmenter
from retrieval.errors import EvaluationInvalid
from retrieval.evaluation.ablations import Ablation
from retrieval.evaluation.collection import Collection, Progress
from retrieval.evaluation.metrics import Estimate, estimate, ndcg, paired_difference, recall, sign_flip_p
from retrieval.evaluation.question_sets import EvaluationQuestion
from retrieval.evaluation.questions import Ask, Report, evaluate
from retrieval.evaluation.quotes import CheckQuote
from retrieval.evaluation.retrieval import answers_told, of_answers
from retrieval.evaluation.retrieval_sets import ConversationSet, FollowUp
from retrieval.evaluation.runs import Measure, Run, RunRow, code_revision, measured
from retrieval.evaluation.set_answers import SetAnswer, SetAnswers, answered
from retrieval.questions import Exchange, Question

WHOLE, BARE, JOINED = "补全后的问题", "原样的问题", "接上前一问"
_FOUND: dict[str, Callable[[Sequence[str], frozenset[str]], float]] = {
    "nDCG@10": lambda ranked, relevant: ndcg(ranked, relevant),
    "召回@10": lambda ranked, relevant: recall(ranked, relevant, 10),
}


@dataclass(frozen=True, slots=True)
class FollowUpRow:
    """One follow-up: what each way of asking found, by ranking and measure."""

    asked: FollowUp
    whole: str  # as the reader made it whole; the question itself where it added nothing
    rewritten: bool
    found: dict[str, dict[str, float]]
    said: SetAnswer | None = None


@dataclass(frozen=True, slots=True)
class ConversationReport:
    set_name: str
    passages: int
    rows: tuple[FollowUpRow, ...]

    @property
    def rewritten(self) -> int:
        return sum(row.rewritten for row in self.rows)

    @property
    def answers(self) -> SetAnswers | None:
        said = tuple(row.said for row in self.rows if row.said)
        return SetAnswers(said) if said else None

    def values(self, way: str, measure: str) -> list[float]:
        return [row.found[way][measure] for row in self.rows]

    def gain(self, measure: str, over: str = BARE) -> Estimate:
        """Of the question made whole, paired."""
        return paired_difference(self.values(WHOLE, measure), self.values(over, measure))

    def gain_p(self, measure: str, over: str = BARE) -> float:
        pairs = zip(self.values(WHOLE, measure), self.values(over, measure), strict=True)
        return sign_flip_p([a - b for a, b in pairs])

    def as_json(self) -> dict[str, Any]:
        return {
            "set": self.set_name,
            "passages": self.passages,
            "follow_ups": len(self.rows),
            "rewritten": self.rewritten,
            "found": {
                way: {name: asdict(estimate(self.values(way, name))) for name in _FOUND}
                for way in (WHOLE, BARE, JOINED)
            },
            "gains": {
                over: {name: {**asdict(self.gain(name, over)), "p": self.gain_p(name, over)} for name in _FOUND}
                for over in (BARE, JOINED)
            },
            **({"answers": self.answers.as_json()} if self.answers else {}),
            "rows": [
                {"id": row.asked.id, "question": row.asked.text, "whole": row.whole, "rewritten": row.rewritten}
                | {"found": row.found}
                for row in self.rows
            ],
        }

    def table(self) -> Table:
        table = Table(title=f"{self.set_name}：{self.passages} 段，{len(self.rows)} 个追问，补全了 {self.rewritten} 个")
        for column in ("问法", *_FOUND, "补全后高出 nDCG@10（配对）", "p"):
            table.add_column(column, justify="left" if column == "问法" else "right")
        for way in (WHOLE, BARE, JOINED):
            cells = [_shown(estimate(self.values(way, name))) for name in _FOUND]
            gain = () if way == WHOLE else (_signed(self.gain("nDCG@10", way)), f"{self.gain_p('nDCG@10', way):.3f}")
            table.add_row(way, *cells, *gain)
        if self.answers:
            table.caption = answers_told(self.answers)
        return table

    def shortfalls(self) -> Table:
        """Follow-ups whose passage is not among the first ten."""
        table = Table(title="前十段里没有的追问")
        for column in ("编号", "问题", "理解为"):
            table.add_column(column)
        for row in self.rows:
            if not row.found[WHOLE]["召回@10"]:
                table.add_row(escape(row.asked.id), escape(row.asked.text), escape(row.whole if row.rewritten else "—"))
        return table

    def as_run(self, settings: dict[str, str]) -> Run:
        return Run(
            kind="conversations",
            set_name=self.set_name,
            made=datetime.now(UTC).replace(microsecond=0),
            revision=code_revision(),
            settings=settings,
            measures=tuple(self._measures()),
            rows=tuple(_run_row(row) for row in self.rows),
            quotes=self.answers.quotes if self.answers else None,
            figures={"段落": str(self.passages), "补全了": f"{self.rewritten} / {len(self.rows)}"},
        )

    def _measures(self) -> Iterator[Measure]:
        for name in _FOUND:
            for way in (WHOLE, BARE, JOINED):
                yield measured(name, way, estimate(self.values(way, name)), len(self.rows))
        for name in _FOUND:
            yield measured("补全后高出原样（配对）", name, self.gain(name), len(self.rows), least=-1.0)
        yield from of_answers(self.answers)


def _run_row(row: FollowUpRow) -> RunRow:
    found = row.found[WHOLE]
    verdict = "第一段就相关" if found["nDCG@10"] == 1 else ("前十段里有" if found["召回@10"] else "前十段里没有")
    return RunRow(
        id=row.asked.id,
        question=row.asked.text,
        verdict=verdict,
        right=found["召回@10"] > 0,
        score=found["nDCG@10"],
        before=tuple(one.question for one in row.asked.history),
        understood=row.whole if row.rewritten else "",
        answer=row.said.answer.text if row.said else "",
        citations=row.said.citations if row.said else (),
        metrics={way: measures["nDCG@10"] for way, measures in row.found.items()},
    )


def evaluate_conversations(
    wanted: ConversationSet,
    home: Path,
    embeddings: EmbeddingModel,
    segmenter: Segmenter,
    progress: Progress,
    without: frozenset[Ablation] = frozenset(),
    answers: bool = False,
) -> ConversationReport:
    """`home` is an empty folder of its own. `answers`: also answer every follow-up, made whole."""
    collection = Collection(home, embeddings, segmenter, without)
    try:
        collection.add(wanted.passages, progress)
        rows = []
        for done, one in enumerate(wanted.follow_ups):
            progress("追问", done, len(wanted.follow_ups))
            rows.append(_measure(collection, one, answers))
    finally:
        collection.close()
    return ConversationReport(wanted.name, len(wanted.passages), tuple(rows))


def _measure(collection: Collection, one: FollowUp, answers: bool) -> FollowUpRow:
    history = tuple(Exchange(simplified(said.question), simplified(said.answer)) for said in one.history)
    understood = collection.reader.read(Question(simplified(one.text), history))
    rankings = {
        WHOLE: collection.rank(one.text, history),
        BARE: collection.rank(one.text),
        JOINED: collection.rank(f"{one.text} {one.history[-1].question}"),
    }
    found = {way: {name: of(ranked, one.relevant) for name, of in _FOUND.items()} for way, ranked in rankings.items()}
    said = None
    if answers:
        answer = collection.answer(one.text, history)
        said = answered(one.id, one.text, answer, collection.stands, one.relevant, one.answers)
    return FollowUpRow(one, understood.text, understood.rewritten, found, said)


# ---------------------------------------------------------------------- answered, not only found


@dataclass(frozen=True, slots=True)
class AnsweredFollowUps:
    """The same follow-ups asked with what was said before them, and without."""

    whole: Report
    bare: Report
    left_out: int  # questions of the set that stand alone

    def gain(self) -> Estimate:
        """Share of points said, of the follow-ups with their history over those without, paired."""
        return paired_difference([row.score for row in self.whole.rows], [row.score for row in self.bare.rows])

    def as_json(self) -> dict[str, Any]:
        return {
            "follow_ups": len(self.whole.rows),
            "left_out": self.left_out,
            "right": {"whole": _right(self.whole), "bare": _right(self.bare)},
            "gain": asdict(self.gain()),
            "whole": self.whole.as_json(),
            "bare": self.bare.as_json(),
        }

    def table(self) -> Table:
        table = Table(title=f"追问 {len(self.whole.rows)} 题（另有 {self.left_out} 题没有上文，没有算）")
        for column in ("问法", "答对的题", "要点说到的", "引文逐字属实"):
            table.add_column(column, justify="left" if column == "问法" else "right")
        for way, report in ((WHOLE, self.whole), (BARE, self.bare)):
            score = estimate([row.score for row in report.rows])
            quotes = f"{report.valid_quotes} / {report.with_quote}"
            table.add_row(way, f"{_right(report)} / {len(report.rows)}", _shown(score), quotes)
        table.caption = f"补全后高出（配对）：{_signed(self.gain())}"
        return table

    def shortfalls(self) -> Table:
        return self.whole.shortfalls()

    def as_run(self, set_name: str, settings: dict[str, str]) -> Run:
        run = self.whole.as_run(set_name, settings)
        ways = [
            measured("要点：带上文与不带", way, estimate([row.score for row in report.rows]), len(report.rows))
            for way, report in ((WHOLE, self.whole), (BARE, self.bare))
        ]
        gain = measured("补全后高出原样（配对）", "要点", self.gain(), len(self.whole.rows), least=-1.0)
        return replace(run, kind="follow_ups", measures=(*ways, gain, *run.measures))


def _right(report: Report) -> int:
    return sum(row.right for row in report.rows)


def answer_follow_ups(ask: Ask, questions: Sequence[EvaluationQuestion], check_quote: CheckQuote) -> AnsweredFollowUps:
    """Raises EvaluationInvalid where no question has a history."""
    asked = [one for one in questions if one.history]
    if not asked:
        raise EvaluationInvalid("题库里没有带上文（history）的题")
    whole = evaluate(ask, asked, check_quote)
    bare = evaluate(ask, [replace(one, history=()) for one in asked], check_quote)
    return AnsweredFollowUps(whole, bare, len(questions) - len(asked))


def _shown(value: Estimate) -> str:
    return f"{value.mean:.3f} ({value.low:.3f}–{value.high:.3f})"


def _signed(value: Estimate) -> str:
    return f"{value.mean:+.3f} ({value.low:+.3f} 到 {value.high:+.3f})"
