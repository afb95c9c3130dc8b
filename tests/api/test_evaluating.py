"""What evaluation may ask of a line that leads to another process."""

from __future__ import annotations

from typing import Any

import pytest

from api.calling import Here
from api.errors import ApiError
from api.evaluating import ablated, evaluate_over
from api.wiring import Assistant, Progress, silent
from retrieval.evaluation import EvaluationQuestion
from retrieval.evaluation.ablations import Ablation


class Elsewhere:
    """A line to a serving process: it answers, and nothing in it can be switched off from here."""

    def __init__(self, assistant: Assistant) -> None:
        self._here = Here(assistant)
        self.heard: list[dict[str, Any]] = []

    def call(self, name: str, params: dict[str, Any], progress: Progress = silent) -> dict[str, Any]:
        self.heard.append({"name": name, **params})
        return self._here.call(name, params, progress)


def asked() -> EvaluationQuestion:
    return EvaluationQuestion(
        "1", "质量管理体系认证证书有效期几年", (), ("三年",), {"三年": ("3年",)}, False, (), "证书"
    )


def test_a_serving_process_is_measured_without_asking_how_sure_it_was(assistant: Assistant) -> None:
    report = evaluate_over(Elsewhere(assistant), [asked()])
    assert report.rows[0].sureness is None
    assert report.curve() == []
    assert report.invalid_quotes == 0


def test_a_serving_process_can_leave_out_its_library_and_nothing_else(assistant: Assistant) -> None:
    line = Elsewhere(assistant)
    evaluate_over(line, [asked()], frozenset({Ablation.LIBRARY}))
    assert [said["library"] for said in line.heard if said["name"] == "ask"] == [False]
    with pytest.raises(ApiError, match="停下服务"):
        ablated(line, frozenset({Ablation.DENSE}))


def test_what_is_asked_of_an_ablated_line_is_answered_by_the_ablated_assistant(assistant: Assistant) -> None:
    asked_for = {"question": "光模块出厂温度循环做多少次"}
    refused = Here(assistant).call("ask", asked_for)
    line = ablated(Here(assistant), frozenset({Ablation.REFUSAL}))
    assert refused["kind"] == "refusal"
    assert line.call("ask", asked_for)["kind"] != "refusal"


def test_an_ablated_assistant_is_another_one_on_the_same_knowledge(assistant: Assistant) -> None:
    line = ablated(Here(assistant), frozenset({Ablation.REFUSAL, Ablation.LIBRARY}))
    assert isinstance(line, Here)
    assert line.assistant.answerer is not assistant.answerer
    assert line.assistant.dialogue is not assistant.dialogue
    assert line.assistant.catalog is assistant.catalog
    assert ablated(Here(assistant), frozenset({Ablation.LIBRARY})) == Here(assistant)
