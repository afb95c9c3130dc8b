"""Two rankings into one."""

from __future__ import annotations

import pytest

from retrieval.fusion import fused, standardised


def test_scores_that_do_not_differ_say_nothing() -> None:
    assert standardised({}) == {}
    assert standardised({"a": 3.0}) == {"a": 0.0}
    assert standardised({"a": 3.0, "b": 3.0}) == {"a": 0.0, "b": 0.0}


def test_the_scale_of_a_list_does_not_matter() -> None:
    raw = {"a": 9.0, "b": 5.0, "c": 1.0}
    other = {"a": 0.93, "b": 0.9, "c": 0.91}
    assert fused(raw, other, 0.4) == pytest.approx(fused({k: 100 * v for k, v in raw.items()}, other, 0.4))


def test_a_list_that_singles_one_out_speaks_louder_than_one_that_finds_all_alike() -> None:
    keyword = {"right": 30.0, **{f"other{i}": 10.0 + i / 10 for i in range(20)}}
    dense = {f"other{i}": 0.90 + i / 1000 for i in range(20)} | {"right": 0.905}
    scores = fused(keyword, dense, 0.5)
    assert max(scores, key=lambda one: scores[one]) == "right"


def test_what_one_list_did_not_find_stands_with_the_last_it_found() -> None:
    scores = fused({"a": 2.0, "b": 1.0}, {"b": 0.9, "c": 0.8}, 0.5)
    assert scores["b"] > scores["c"]
    assert set(scores) == {"a", "b", "c"}


def test_one_list_alone_keeps_its_order() -> None:
    scores = fused({"a": 1.0, "b": 3.0, "c": 2.0}, {}, 0.4)
    assert sorted(scores, key=lambda one: -scores[one]) == ["b", "c", "a"]
