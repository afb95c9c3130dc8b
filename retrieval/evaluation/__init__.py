"""Measuring answers: question sets with the points an answer must carry, or the refusals it must give."""

from retrieval.evaluation.questions import (
    EvaluationQuestion,
    Judgement,
    Report,
    Row,
    Verdict,
    evaluate,
    judge,
    load_questions,
)

__all__ = ["EvaluationQuestion", "Judgement", "Report", "Row", "Verdict", "evaluate", "judge", "load_questions"]
