"""Measuring answers: question sets with the points an answer must carry, and the built-in library's own rules."""

from retrieval.evaluation.judging import Judgement, Verdict, judge
from retrieval.evaluation.question_sets import EvaluationQuestion, load_questions
from retrieval.evaluation.questions import Report, Row, evaluate

__all__ = ["EvaluationQuestion", "Judgement", "Report", "Row", "Verdict", "evaluate", "judge", "load_questions"]
