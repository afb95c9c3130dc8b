"""The ranking of sentences, fitted: what tells right sentences apart gets the weight."""

from __future__ import annotations

import json

import numpy as np

from retrieval.fitting.rank import NAMES, Ranked, first_is_right, fit, samples
from retrieval.ranking import WEIGHTS, SentenceRanking, load_sentence_ranking
from tests.retrieval.world import World

RANDOM = np.random.default_rng(20261121)


def a_question(number: int) -> Ranked:
    """Five sentences; the right one has most of the second feature, the others are noise."""
    features = RANDOM.random((5, len(NAMES)))
    features[:, 1] = 0.2
    features[number % 5, 1] = 0.9
    return Ranked(f"q{number}", False, features, np.arange(5) == number % 5)


def test_the_feature_that_marks_right_sentences_decides() -> None:
    chosen = [a_question(number) for number in range(60)]
    weights = fit(chosen)
    assert int(np.argmax(weights)) == 1
    assert all(first_is_right(chosen, weights))


def test_the_stored_weights_name_the_features_that_are_computed(world: World) -> None:
    assert set(json.loads(WEIGHTS.read_text("utf-8"))) == set(NAMES)
    best = world.answerer.candidates(world.read("追溯平台启动会在哪里召开")).sentences[0]
    assert set(NAMES) <= set(best.features)


def test_a_feature_without_a_weight_counts_nothing() -> None:
    assert SentenceRanking({"inside": 2.0}).score({"inside": 0.5, "kind": 9.0}) == 1.0
    assert load_sentence_ranking().score({}) == 0.0


def test_questions_become_samples_with_their_right_sentences_marked(world: World) -> None:
    raw = {"id": "a", "kind": "answerable", "question": "追溯平台启动会在哪里召开", "expected_points": ["滨江会议中心"]}
    unanswerable = raw | {"id": "b", "kind": "near_miss"}
    nowhere = raw | {"id": "c", "expected_points": ["月球"]}
    found = list(samples(world.answerer, [raw, unanswerable, nowhere], use_library=True))
    assert [one.id for one in found] == ["a"]
    assert found[0].right.any()
    assert not found[0].right.all()
