"""Fitting the order of the first candidates: what puts right ones first is found, and held out where it is judged."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from retrieval.fitting import reranking
from retrieval.fitting.reranking import Asked, fit, held, held_out, of_entries, of_questions
from retrieval.reranking import NAMES
from retrieval.reranking.model import RERANKED
from tests.retrieval.conftest import OpenWorld
from tests.retrieval.world import World, an_entry

TELLING = NAMES.index("covered")


def lists(count: int, telling: bool) -> list[Asked]:
    """Twenty candidates each, right ones anywhere; the telling feature is high for them, or says nothing."""
    chance = np.random.default_rng(5)
    made = []
    for number in range(count):
        features = chance.normal(size=(20, len(NAMES)))
        right = np.zeros(20)
        right[chance.integers(20)] = 1.0
        if telling:
            features[:, TELLING] += 4 * right
        ids = tuple(f"{number}:{at}" for at in range(20))
        made.append(Asked(f"q{number}", ids, features, right, frozenset({ids[int(right.argmax())]})))
    return made


def test_the_feature_that_tells_right_from_wrong_gets_the_weight() -> None:
    weights = fit(lists(60, telling=True))
    assert weights[TELLING] > 0
    assert weights[TELLING] > 3 * np.abs(np.delete(weights, TELLING)).max()


def test_a_gain_is_found_on_questions_held_out_only_where_there_is_one() -> None:
    ours, before = held_out(lists(60, telling=True))
    assert np.mean(ours) > np.mean(before) + 0.3
    ours, before = held_out(lists(60, telling=False))
    assert abs(np.mean(ours) - np.mean(before)) < 0.15


def test_a_feature_that_never_varies_does_not_break_the_fit() -> None:
    rows = [
        Asked(r.group, r.ids, np.where(np.arange(len(NAMES)) == 0, 1.0, r.features), r.right, r.relevant)
        for r in lists(20, telling=True)
    ]
    assert np.isfinite(fit(rows)).all()


def test_a_passage_is_right_when_it_has_every_expected_point(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    questions = [
        {"id": "a", "question": "伪造认证证书怎么罚", "points": ["5万元", "20万元"]},
        {"id": "b", "question": "厂里食堂几点开饭", "points": ["十一点半"]},
    ]
    path = tmp_path / "questions.jsonl"
    lines = [
        {"id": q["id"], "question": q["question"], "kind": "answerable", "expected_points": q["points"], "evidence": []}
        for q in questions
    ]
    path.write_text("\n".join(json.dumps(line) for line in lines), "utf-8")
    monkeypatch.setattr(reranking, "QUESTIONS", path)
    (row,) = of_questions(world.answerer, held(world.answerer))
    assert row.group == "a"
    assert len(row.relevant) == 1
    assert row.features.shape == (len(row.ids), len(NAMES))
    assert row.right.sum() == 1.0
    assert len(row.ids) <= RERANKED
    right = world.catalog.chunks(row.relevant)
    assert "处5万元以上20万元以下" in next(iter(right.values())).text


def test_an_entry_teaches_with_each_of_its_phrasings_where_a_passage_carries_its_answer(fresh_world: OpenWorld) -> None:
    entries = (
        an_entry("stamp", "检测报告盖什么章", "检测报告应当加盖检测专用章。", similar=("报告要盖章吗",)),
        an_entry("lunch", "食堂几点开饭", "食堂在上午十一点半开饭，周末休息。"),
    )
    world = fresh_world(entries=entries)
    rows = list(of_entries(world.answerer, held(world.answerer)))
    assert [row.group for row in rows] == ["stamp", "stamp"]
    assert rows[0].relevant == rows[1].relevant
