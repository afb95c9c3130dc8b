"""The queries of a retrieval set really answered in its throw-away home: what was said, cited, refused."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from knowledge.cleaning.script import simplified
from knowledge.standards import squeeze
from retrieval.answers import Answer, Outcome
from retrieval.evaluation.metrics import Estimate, estimate
from retrieval.evaluation.quotes import CheckQuote, Quotes, check, total
from retrieval.evaluation.runs import Cited, cited


@dataclass(frozen=True, slots=True)
class SetAnswer:
    """One query's answer. `says`: one of the set's own answers stands in it; `cites`: a relevant passage is quoted."""

    id: str
    question: str
    answerable: bool
    answer: Answer
    quotes: Quotes
    says: bool
    cites: bool
    relevant_quotes: int
    citations: tuple[Cited, ...] = ()

    @property
    def refused(self) -> bool:
        return self.answer.outcome is Outcome.NOT_IN_KNOWLEDGE

    @property
    def right(self) -> bool:
        return not self.refused and (self.says or self.cites) if self.answerable else self.refused


def answered(
    query_id: str,
    text: str,
    answer: Answer,
    check_quote: CheckQuote,
    relevant: Collection[str],
    answers: Sequence[str],
    answerable: bool = True,
) -> SetAnswer:
    said = squeeze(answer.text)
    quoted = [one for one in answer.citations if one.quote]
    relevant_quotes = sum(one.document_id in relevant for one in quoted)
    says = any(squeeze(simplified(one)) in said for one in answers)
    quotes = check(answer, check_quote)
    shown = cited(answer, check_quote)
    return SetAnswer(query_id, text, answerable, answer, quotes, says, relevant_quotes > 0, relevant_quotes, shown)


@dataclass(frozen=True, slots=True)
class SetAnswers:
    rows: tuple[SetAnswer, ...]

    @property
    def quotes(self) -> Quotes:
        return total(row.quotes for row in self.rows)

    def measures(self) -> dict[str, tuple[Estimate, int]]:
        """Name → share of questions with its interval, and of how many; what the set cannot measure is left out."""
        answerable = [row for row in self.rows if row.answerable]
        given = [row for row in answerable if not row.refused]
        refused = [row for row in self.rows if row.refused]
        unanswerable = [row for row in self.rows if not row.answerable]
        shares: list[tuple[str, Sequence[SetAnswer], Callable[[SetAnswer], float]]] = [
            ("有答案的题：作了回答", answerable, lambda row: not row.refused),
            ("有答案的题：回答里有标准答案的字样", answerable, lambda row: row.says and not row.refused),
            ("有答案的题：引了相关段落（引文召回）", answerable, lambda row: row.cites and not row.refused),
            ("作了回答的：引文出自相关段落（引文精确）", given, _share_relevant),
            ("无答案的题：拒答（拒答召回）", unanswerable, lambda row: row.refused),
        ]
        if unanswerable:
            shares.append(("拒答的题：确实没有答案（拒答精确）", refused, lambda row: not row.answerable))
        return {
            name: (estimate([float(of(row)) for row in rows]), len(rows)) for name, rows, of in shares if len(rows) > 0
        }

    def as_json(self) -> dict[str, Any]:
        return {
            "questions": len(self.rows),
            "citations": self.quotes.as_json(),
            "measures": {
                name: {"mean": e.mean, "low": e.low, "high": e.high, "of": of}
                for name, (e, of) in self.measures().items()
            },
        }


def _share_relevant(row: SetAnswer) -> float:
    return row.relevant_quotes / row.quotes.checked if row.quotes.checked else 0.0
