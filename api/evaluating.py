"""Evaluation over the same line as every other command: it measures what a person would get."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from api import answers
from api.calling import Line
from api.wiring import Progress
from retrieval.answers import Answer, Citation
from retrieval.evaluation import EvaluationQuestion, Report, evaluate
from retrieval.evaluation.library import Fact, LibraryReport
from retrieval.questions import Question


def evaluate_over(line: Line, questions: Sequence[EvaluationQuestion], library: bool) -> Report:
    def ask(question: Question) -> Answer:
        history = [said for one in question.history for said in (f"用户：{one.question}", f"助手：{one.answer}")]
        asked = {"question": question.text, "history": history, "library": library}
        return answers.from_json(line.call("ask", asked))

    def check_quote(citation: Citation) -> bool:
        where = {"document_id": citation.document_id, "start": citation.start, "end": citation.end}
        return bool(line.call("check_quote", {**where, "quote": citation.quote})["stands"])

    return evaluate(ask, questions, check_quote)


def check_library_over(line: Line, facts: Sequence[Fact], progress: Progress) -> LibraryReport:
    return LibraryReport.from_json(line.call("check_library", {"facts": [asdict(fact) for fact in facts]}, progress))
