"""The measures, against values worked out by hand."""

from __future__ import annotations

from math import log2

import pytest

from retrieval.evaluation.metrics import (
    auroc,
    estimate,
    kept_at_refused,
    mcnemar_p,
    ndcg,
    paired_difference,
    recall,
    reciprocal_rank,
    risk_coverage,
    sign_flip_p,
)

RANKED = ["a", "b", "c", "d"]


def test_recall_counts_what_is_among_the_first() -> None:
    assert recall(RANKED, {"b", "d"}, 2) == 0.5
    assert recall(RANKED, {"b", "d"}, 4) == 1.0
    assert recall(RANKED, set(), 4) == 0.0


def test_the_reciprocal_rank_is_that_of_the_first_right_one() -> None:
    assert reciprocal_rank(RANKED, {"c", "d"}) == pytest.approx(1 / 3)
    assert reciprocal_rank(RANKED, {"d"}, depth=3) == 0.0


def test_ndcg_discounts_by_the_logarithm_of_the_place() -> None:
    assert ndcg(RANKED, {"a", "b"}) == 1.0
    assert ndcg(RANKED, {"b"}) == pytest.approx(1 / log2(3))
    assert ndcg(RANKED, {"x"}) == ndcg([], {"x"}) == ndcg(RANKED, set()) == 0.0


def test_an_interval_holds_its_mean_and_narrows_with_more_questions() -> None:
    few, many = estimate([0.0, 1.0] * 5), estimate([0.0, 1.0] * 500)
    assert few.low < few.mean == many.mean == 0.5 < few.high
    assert many.high - many.low < few.high - few.low
    with pytest.raises(ValueError, match="nothing"):
        estimate([])


def test_a_paired_difference_sees_what_two_means_hide() -> None:
    hard = [i / 100 for i in range(100)]
    gain = paired_difference([x + 0.01 for x in hard], hard)
    assert gain.low == pytest.approx(gain.high) == pytest.approx(0.01)
    with pytest.raises(ValueError, match="same questions"):
        paired_difference([1.0], [1.0, 0.0])


def test_auroc_is_the_chance_of_the_right_order() -> None:
    assert auroc([0.9, 0.8], [0.1, 0.2]) == 1.0
    assert auroc([0.1], [0.9]) == 0.0
    assert auroc([0.5], [0.5]) == 0.5
    assert auroc([0.9, 0.3], [0.5, 0.1]) == 0.75
    with pytest.raises(ValueError, match="both kinds"):
        auroc([], [0.1])


def test_what_is_kept_where_most_of_the_unanswerable_are_refused() -> None:
    unanswerable = [i / 10 for i in range(11)]
    assert kept_at_refused([0.95, 0.85, 2.0, 0.91], unanswerable, 0.9) == 0.75


def test_risk_grows_along_the_curve_where_sureness_is_right() -> None:
    right = {"a": True, "b": True, "c": False, "d": False}
    curve = risk_coverage(right, {"a": 0.9, "b": 0.8, "c": 0.4, "d": 0.1})
    assert curve == [(0.25, 0.0), (0.5, 0.0), (0.75, pytest.approx(1 / 3)), (1.0, 0.5)]


def test_mcnemar_is_a_fair_coin_on_the_questions_that_one_run_alone_got_right() -> None:
    assert mcnemar_p(0, 0) == mcnemar_p(5, 5) == 1.0
    assert mcnemar_p(0, 5) == mcnemar_p(5, 0) == pytest.approx(2 / 2**5)
    assert mcnemar_p(1, 9) == pytest.approx(2 * (1 + 10) / 2**10)


def test_signs_thrown_at_random_tell_a_direction_from_none() -> None:
    assert sign_flip_p([0.1] * 20) < 0.001
    assert sign_flip_p([0.1, -0.1] * 10) == 1.0
    assert sign_flip_p([0.0] * 10) == 1.0
    assert sign_flip_p([1.0] * 3) == pytest.approx(0.25, abs=0.03)
    with pytest.raises(ValueError, match="nothing"):
        sign_flip_p([])
