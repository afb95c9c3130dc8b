"""Question sets that measure the assistant: each answer judged against the points it must carry.

Points and answers are compared after `squeeze` (NFKC, white space removed, dashes folded, lower case).
Only `not_in_knowledge` is a refusal. An answer counts in full where every point is in it and it is short
enough to be read on a phone.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath
from statistics import median
from time import perf_counter
from typing import Any

from rich.table import Table

from knowledge.standards import squeeze
from retrieval.answers import Answer, Citation, Outcome
from retrieval.errors import EvaluationInvalid
from retrieval.questions import Question, parse_history

LONGEST = 300  # characters
LONGEST_ENUMERATION = 600  # characters, one item a line
_FEWEST_ITEMS = 3

Ask = Callable[[Question], Answer]
CheckQuote = Callable[[Citation], bool]
"""Whether a citation's quote stands, character for character, in its stored source."""


@dataclass(frozen=True, slots=True)
class EvaluationQuestion:
    id: str
    question: str
    history: tuple[str, ...]  # "用户：…", "助手：…", oldest first
    expected_points: tuple[str, ...]
    alternatives: Mapping[str, tuple[str, ...]]  # point → what may stand in its place
    expected_refusal: bool
    evidence: tuple[str, ...]  # seed files (*.txt) and fact ids
    category: str

    @property
    def seeds(self) -> tuple[str, ...]:
        return tuple(name for name in self.evidence if name.endswith(".txt"))


# ---------------------------------------------------------------------- reading


def load_questions(path: Path) -> list[EvaluationQuestion]:
    """Read JSON lines; blank lines are skipped. Raises EvaluationInvalid naming the line."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationInvalid(f"{path.name}：题库读不出来（{error}）") from error
    questions: list[EvaluationQuestion] = []
    seen: set[str] = set()
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            question = _question(_object(line))
            if question.id in seen:
                raise EvaluationInvalid(f"编号 {question.id} 重复")
        except EvaluationInvalid as error:
            raise EvaluationInvalid(f"{path.name} 第 {number} 行：{error}") from error
        seen.add(question.id)
        questions.append(question)
    if not questions:
        raise EvaluationInvalid(f"{path.name}：题库里没有题目")
    return questions


def _object(line: str) -> dict[str, Any]:
    try:
        raw = json.loads(line)
    except ValueError as error:
        raise EvaluationInvalid(f"不是有效的 JSON（{error}）") from error
    if not isinstance(raw, dict):
        raise EvaluationInvalid("应为一个 JSON 对象")
    return raw


def _question(raw: Mapping[str, Any]) -> EvaluationQuestion:
    points, refusal = _texts(raw, "expected_points"), raw.get("expected_refusal", False)
    if not isinstance(refusal, bool):
        raise EvaluationInvalid("expected_refusal 应为 true 或 false")
    if refusal == bool(points):
        raise EvaluationInvalid("expected_points 与 expected_refusal 应有且只有一个")
    return EvaluationQuestion(
        id=_text(raw, "id"),
        question=_text(raw, "question"),
        history=_texts(raw, "history"),
        expected_points=points,
        alternatives=_alternatives(raw, points),
        expected_refusal=refusal,
        evidence=_texts(raw, "evidence"),
        category=_text(raw, "category", ""),
    )


def _text(raw: Mapping[str, Any], key: str, default: str | None = None) -> str:
    value = raw.get(key, default)
    if not isinstance(value, str) or not (value.strip() or value == default):
        raise EvaluationInvalid(f"{key} 应为非空的文字")
    return value


def _texts(raw: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = raw.get(key, [])
    if not isinstance(value, list) or not all(isinstance(one, str) and one.strip() for one in value):
        raise EvaluationInvalid(f"{key} 应为文字的列表")
    return tuple(value)


def _alternatives(raw: Mapping[str, Any], points: Sequence[str]) -> dict[str, tuple[str, ...]]:
    value = raw.get("alternatives", {})
    if not isinstance(value, dict):
        raise EvaluationInvalid("alternatives 应为一个 JSON 对象")
    if unknown := sorted(set(value) - set(points)):
        raise EvaluationInvalid(f"alternatives 里的 {'、'.join(unknown)} 不在 expected_points 里")
    return {point: _texts(value, point) for point in value}


# ---------------------------------------------------------------------- judging


class Verdict(StrEnum):
    FULL = "full"
    PARTLY = "partly"  # some of the points, or all of them in too many words
    WRONG = "wrong"
    FALSELY_REFUSED = "falsely_refused"
    RIGHTLY_REFUSED = "rightly_refused"
    REFUSAL_MISSED = "refusal_missed"


@dataclass(frozen=True, slots=True)
class Judgement:
    verdict: Verdict
    found: tuple[str, ...]
    missing: tuple[str, ...]
    length: int  # characters of the answer
    over_long: bool
    valid_quotes: int
    invalid_quotes: int
    without_quote: int  # citations that name a document whose text is not in the catalog
    quoted_seeds: tuple[str, ...]  # file names that a quote was taken from


def judge(question: EvaluationQuestion, answer: Answer, check_quote: CheckQuote) -> Judgement:
    found, missing = _points(question, answer.text)
    length = len(answer.text.strip())
    over_long = length > (LONGEST_ENUMERATION if is_enumeration(answer.text) else LONGEST)
    quoted = [citation for citation in answer.citations if citation.quote]
    valid = sum(bool(check_quote(citation)) for citation in quoted)
    return Judgement(
        verdict=_verdict(question, answer.outcome, bool(found), not missing and not over_long),
        found=found,
        missing=missing,
        length=length,
        over_long=over_long,
        valid_quotes=valid,
        invalid_quotes=len(quoted) - valid,
        without_quote=len(answer.citations) - len(quoted),
        quoted_seeds=tuple(dict.fromkeys(PurePosixPath(citation.source).name for citation in quoted)),
    )


def _points(question: EvaluationQuestion, text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The expected points that `text` carries, as they are or by an alternative, and those it lacks."""
    said = squeeze(text)
    found = tuple(
        point
        for point in question.expected_points
        if any(squeeze(spelling) in said for spelling in (point, *question.alternatives.get(point, ())))
    )
    return found, tuple(point for point in question.expected_points if point not in found)


def _verdict(question: EvaluationQuestion, outcome: Outcome, some: bool, in_full: bool) -> Verdict:
    refused = outcome is Outcome.NOT_IN_KNOWLEDGE
    if question.expected_refusal:
        return Verdict.RIGHTLY_REFUSED if refused else Verdict.REFUSAL_MISSED
    if refused:
        return Verdict.FALSELY_REFUSED
    if in_full:
        return Verdict.FULL
    return Verdict.PARTLY if some else Verdict.WRONG


_MARKED = re.compile(
    r"^\s*(?:[·•*●○▪◦-]\s*\S|\d{1,2}[.、)）]\s*\S|[（(][\d一二三四五六七八九十]{1,3}[)）]|[①-⑳]|[一二三四五六七八九十]{1,3}[、是])"
)
_LEAD_IN = re.compile(r"[:：]\s*$")
_SENTENCE = re.compile(r"[。！？!?]")


def is_enumeration(text: str) -> bool:
    """One item a line: marked, closed by a semicolon, or short and bare below a lead-in that ends in a colon."""
    items, below_lead_in = 0, False
    for line in (line.strip() for line in text.split("\n")):
        if not line:
            continue
        bare = below_lead_in and not _SENTENCE.search(line[:-1])
        items += bool(_MARKED.match(line)) or line.endswith(("；", ";")) or bare
        below_lead_in = below_lead_in or bool(_LEAD_IN.search(line))
    return items >= _FEWEST_ITEMS


# ---------------------------------------------------------------------- the whole set


@dataclass(frozen=True, slots=True)
class Row:
    question: EvaluationQuestion
    answer: Answer
    judgement: Judgement
    milliseconds: float

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
            "answer": self.answer.text,
            "milliseconds": round(self.milliseconds, 1),
        }


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
    def valid_quotes(self) -> int:
        return sum(row.judgement.valid_quotes for row in self.rows)

    @property
    def invalid_quotes(self) -> int:
        return sum(row.judgement.invalid_quotes for row in self.rows)

    @property
    def with_quote(self) -> int:
        return self.valid_quotes + self.invalid_quotes

    @property
    def without_quote(self) -> int:
        return sum(row.judgement.without_quote for row in self.rows)

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
        return {
            **self.summary(),
            "of_seeds": {**seeds.summary(), **quoted},
            "rows": [row.as_json() for row in self.rows],
        }

    def table(self) -> Table:
        table = Table(title=f"评测：{len(self.rows)} 题")
        table.add_column("项目")
        table.add_column("数量", justify="right")
        table.add_column("占比", justify="right")
        for name, value, total in self._counts():
            table.add_row(name, str(value), f"{value / total:.0%}" if total else "—")
        table.add_section()
        table.add_row("用时中位数", f"{self.latency_median:.0f} 毫秒", "")
        table.add_row("用时 95 分位", f"{self.latency_p95:.0f} 毫秒", "")
        return table

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
            if row.judgement.verdict in (Verdict.FULL, Verdict.RIGHTLY_REFUSED):
                continue
            missing = "；".join(row.judgement.missing) or ("太长" if row.judgement.over_long else "")
            verdict, length = _SPOKEN[row.judgement.verdict], str(row.judgement.length)
            table.add_row(row.question.id, row.question.category, row.question.question, verdict, missing, length)
        return table


_SPOKEN = {
    Verdict.FULL: "答全",
    Verdict.PARTLY: "答了一部分",
    Verdict.WRONG: "答错",
    Verdict.FALSELY_REFUSED: "误拒",
    Verdict.RIGHTLY_REFUSED: "拒对",
    Verdict.REFUSAL_MISSED: "没拒",
}


def evaluate(
    ask: Ask,
    questions: Iterable[EvaluationQuestion],
    check_quote: CheckQuote,
    clock: Callable[[], float] = perf_counter,
) -> Report:
    """Ask every question, one after the other, and judge what comes back. `clock` counts seconds."""
    rows = []
    for question in questions:
        asked = Question(question.question, parse_history(question.history))
        began = clock()
        answer = ask(asked)
        milliseconds = (clock() - began) * 1000
        rows.append(Row(question, answer, judge(question, answer, check_quote), milliseconds))
    return Report(tuple(rows))
