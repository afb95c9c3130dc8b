"""Question sets: JSON lines with `question`, optional `history`, and `expected_points` or `expected_refusal`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retrieval.errors import EvaluationInvalid


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
