"""Measuring answers: question sets with the points an answer must carry, and the built-in library's own rules."""

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
