"""Evaluation over the same line as every other command: it measures what a person would get."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from api import answers
from api.calling import Line
from api.settings import Settings
from api.wiring import Progress
from retrieval.answers import Answer, Citation
from retrieval.evaluation import EvaluationQuestion, Report, evaluate
from retrieval.evaluation.library import Fact, LibraryReport
from retrieval.questions import Question

if TYPE_CHECKING:
    from retrieval.evaluation.retrieval import RefusalReport, RetrievalReport


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


def evaluate_retrieval_set(
    settings: Settings, folder: Path, limit: int | None, without: str | None, progress: Progress
) -> RetrievalReport:
    """In a throw-away home. Raises EvaluationInvalid, EmbeddingUnavailable."""
    from knowledge.embeddings import open_embeddings
    from knowledge.terms import Segmenter
    from retrieval.evaluation.retrieval import evaluate_retrieval
    from retrieval.evaluation.retrieval_sets import load_retrieval_set
    from retrieval.search import Blend

    wanted = load_retrieval_set(folder, limit)
    blend = replace(Blend(), **{without: 0.0}) if without else Blend()
    with tempfile.TemporaryDirectory() as home:
        embeddings = open_embeddings(settings.knowledge)
        return evaluate_retrieval(wanted, Path(home), embeddings, Segmenter(), progress, blend)


def evaluate_refusal_set(settings: Settings, folder: Path, limit: int | None, progress: Progress) -> RefusalReport:
    """In a throw-away home. Raises EvaluationInvalid, EmbeddingUnavailable."""
    from knowledge.embeddings import open_embeddings
    from knowledge.terms import Segmenter
    from retrieval.evaluation.retrieval import evaluate_refusal
    from retrieval.evaluation.retrieval_sets import load_retrieval_set

    wanted = load_retrieval_set(folder, limit)
    with tempfile.TemporaryDirectory() as home:
        return evaluate_refusal(wanted, Path(home), open_embeddings(settings.knowledge), Segmenter(), progress)
