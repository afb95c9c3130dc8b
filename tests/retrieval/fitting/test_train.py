"""Fitting: what separates is found, and a decision is worth what the file says it is worth."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from retrieval.confidence import WEIGHTS, Logistic, load_confidence
from retrieval.fitting import train
from retrieval.fitting.train import Sample, absent, decide, fit, probability, samples, utility
from tests.retrieval.world import World

SURE = (0.0, {"right": 20.0})  # a model that says what the feature "right" says
YES, NO = {"right": 1.0}, {"right": -1.0}


def test_a_separable_set_is_separated() -> None:
    rows = [({"x": n / 10, "noise": float(n % 2)}, n > 10) for n in range(21)] * 20
    model = fit(rows, ["x", "noise"])
    assert all((probability(model, features) > 0.5) == right for features, right in rows)
    assert model[1]["x"] > abs(model[1]["noise"])


def test_a_feature_that_never_varies_does_not_break_the_fit() -> None:
    bias, weights = fit([({"x": 1.0}, True), ({"x": 1.0}, False)], ["x"])
    assert probability((bias, weights), {"x": 1.0}) == pytest.approx(0.5, abs=0.01)


def test_a_model_read_back_says_what_was_fitted() -> None:
    bias, weights = fit([({"x": float(n)}, n > 2) for n in range(6)], ["x"])
    for x in (0.0, 2.5, 5.0):
        assert Logistic(bias, weights).probability({"x": x}) == pytest.approx(probability((bias, weights), {"x": x}))


def test_extreme_features_give_a_probability_all_the_same() -> None:
    assert 0.0 < Logistic(0.0, {"x": 1e9}).probability({"x": -1.0}) < 1e-9
    assert Logistic(0.0, {"x": 1e9}).probability({"unnamed": 1.0}) == 0.5


def answerable(right: bool) -> Sample:
    return Sample("a", True, [], (YES, right))


def worth(*chosen: Sample) -> float:
    return utility(chosen, SURE, SURE, 0.5, 0.5)


def test_an_answer_is_worth_the_more_the_better_it_is_and_a_wrong_one_less_than_none() -> None:
    withheld = Sample("a", True, [], (NO, True))
    assert worth(answerable(True)) == 1.0
    assert worth(withheld) == 0.0
    assert worth(answerable(False)) == train._WRONG["extract"] < 0


def test_what_has_no_answer_weighs_as_in_life_however_many_are_in_the_set() -> None:
    withheld = [Sample("a", True, [], (NO, True))] * 8
    refused, answered = Sample("r", False, [], (NO, False)), Sample("r", False, [], (YES, False))
    one, four = worth(*withheld, refused) * 9, worth(*withheld, *[refused] * 4) * 12
    share = train._UNANSWERABLE_IN_LIFE
    assert one == pytest.approx(8 * share / (1 - share) * train._RIGHTLY_REFUSED)
    assert four == pytest.approx(one)
    assert worth(*withheld, answered) * 9 == pytest.approx(8 * share / (1 - share) * train._WRONGLY_ANSWERED["extract"])


def test_an_entry_goes_before_an_extract_that_is_not_much_surer() -> None:
    faq, extract = (0.0, {"faq": 1.0}), (0.0, {"extract": 1.0})
    even = Sample("a", True, [({"faq": 2.0}, True, True)], ({"extract": 2.0}, False))
    assert decide(even, faq, extract, 0.5, 0.5) == ("faq", True)
    surer = Sample("a", True, [({"faq": 0.1}, True, True)], ({"extract": 9.0}, False))
    assert decide(surer, faq, extract, 0.5, 0.5) == ("extract", False)


def test_what_is_unsure_on_both_sides_is_withheld() -> None:
    unsure = Sample("a", True, [(NO, True, True)], (NO, True))
    assert decide(unsure, SURE, SURE, 0.5, 0.5)[0] is None


def test_another_years_figure_is_vetoed_however_sure_the_model() -> None:
    assert probability(SURE, YES | {"figures": 0.0}) == 0.0
    assert probability(SURE, YES | {"figures": 1.0}) > 0.99
    assert load_confidence().of_extract({"figures": 0.0, "context": 1.0}) == 0.0


def test_an_entry_that_settles_nothing_counts_as_a_refusal() -> None:
    sample = Sample("a", True, [(YES, True, False)], None)
    assert decide(sample, SURE, SURE, 0.5, 0.5)[0] is None


def test_nothing_found_is_refused() -> None:
    assert decide(Sample("a", True), SURE, SURE, 0.5, 0.5)[0] is None


def test_questions_become_samples_with_what_was_right_marked(world: World) -> None:
    validity = {
        "id": "q1",
        "kind": "answerable",
        "question": "认证证书有效期几年",
        "expected_points": ["3年"],
        "alternatives": {"3年": ["三年"]},
        "evidence": ["示例认证管理办法.md"],
    }
    others = [
        validity | {"id": "q2", "kind": "dialogue", "question": "你好"},
        validity | {"id": "q3", "question": "帮我编一份内审记录"},
        validity | {"id": "q4", "question": "第三条讲什么"},
    ]
    (sample,) = samples(world.answerer, [validity, *others], use_library=True)
    assert (sample.id, sample.answerable) == ("q1", True)
    assert any(right and settles for _, right, settles in sample.faqs)
    assert sample.extract is not None
    assert sample.extract[1]


def test_without_the_library_only_questions_that_files_answer_are_samples(world: World) -> None:
    asked = {
        "id": "q",
        "kind": "answerable",
        "question": "咨询热线是多少",
        "expected_points": ["0000"],
        "evidence": ["C-01"],
    }
    assert list(samples(world.answerer, [asked], use_library=False)) == []


def test_a_question_asked_of_a_knowledge_without_its_document_has_no_right_answer(world: World) -> None:
    raw = {
        "id": "q",
        "kind": "answerable",
        "question": "认证证书有效期几年",
        "expected_points": ["三年"],
        "evidence": ["示例认证管理办法(2023-07-20).md", "示例认证管理办法(2021-03-01).md"],
    }
    (held,) = samples(world.answerer, [raw], use_library=False)
    assert held.extract is not None
    assert held.extract[1]
    assert all(sample.extract is not None and not sample.extract[1] for sample in absent(world.answerer, [raw]))
    with world.answerer.search.steady(without=raw["evidence"]) as shelf:
        sources = {one.source for one in shelf.documents.values()}
    assert sources
    assert not sources & set(raw["evidence"])


def test_a_kind_of_question_seen_seldom_is_not_told_by_its_few() -> None:
    common = [({"asks_why": 0.0, "asks_who": float(i % 2)}, i % 3 == 0) for i in range(300)]
    seldom = [({"asks_why": 1.0, "asks_who": 0.0}, True) for _ in range(3)]
    often = [({"asks_why": 0.0, "asks_who": 1.0}, True) for _ in range(100)]
    _, weights = fit([*common, *seldom, *often], ["asks_why", "asks_who"])
    assert 0 < weights["asks_why"] < weights["asks_who"] / 2


def test_the_weights_in_the_repository_can_be_read_and_withhold_something() -> None:
    confidence = load_confidence()
    assert 0 < confidence.faq_threshold < 1
    assert 0 < confidence.extract_threshold < 1
    assert confidence.extract.probability({"none": 1.0, "unknown": 1.0}) < confidence.extract_threshold


def test_weights_are_read_from_any_path(tmp_path: Path) -> None:
    path = tmp_path / "weights.json"
    path.write_text(WEIGHTS.read_text("utf-8"), "utf-8")
    raw = json.loads(path.read_text("utf-8"))
    assert load_confidence(path).faq.bias == raw["faq"]["bias"]
