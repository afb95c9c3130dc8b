"""What is only likely is shown as the nearest there is, in so many words, never as the answer."""

from __future__ import annotations

from math import log

import pytest

from retrieval import answering
from retrieval.answers import Outcome
from retrieval.confidence import Confidence, Logistic
from tests.retrieval.conftest import OpenWorld
from tests.retrieval.world import World

QUESTION = "追溯平台启动会在哪里召开"


def always(probability: float) -> Logistic:
    return Logistic(log(probability / (1 - probability)), {})


def as_sure_as(world: World, faq: float, extract: float) -> World:
    world.answerer._confidence = Confidence(always(faq), always(extract), 0.4, 0.3)
    return world


@pytest.mark.parametrize(
    ("sure", "outcome", "says"),
    [(0.9, Outcome.ANSWERED, False), (0.4, Outcome.PARTLY_SUPPORTED, True), (0.2, Outcome.NOT_IN_KNOWLEDGE, False)],
)
def test_an_extract_says_how_sure_it_is(fresh_world: OpenWorld, sure: float, outcome: Outcome, says: bool) -> None:
    answer = as_sure_as(fresh_world(entries=()), 0.01, sure).ask(QUESTION)
    assert answer.outcome is outcome
    assert answer.text.startswith("没有找到直接的回答，最接近的原文是：") is says
    assert bool(answer.citations) is (outcome is not Outcome.NOT_IN_KNOWLEDGE)


def test_an_entry_that_may_be_about_something_else_stands_behind_its_own_question(fresh_world: OpenWorld) -> None:
    world = as_sure_as(fresh_world(), 0.5, 0.01)
    answer = world.ask("做认证的证书大概能管几年来着")
    assert answer.kind == "faq"
    assert answer.outcome is Outcome.PARTLY_SUPPORTED
    entry = next(e for e in world.catalog.faqs().values() if e.question in answer.text)
    assert answer.text.startswith(f"没有找到正好这一问的回答，相近的是「{entry.question}」：")
    assert entry.answer in answer.text


def test_an_unsure_entry_gives_way_to_an_extract(fresh_world: OpenWorld) -> None:
    answer = as_sure_as(fresh_world(), 0.35, 0.5).ask(QUESTION)
    assert answer.kind == "extract"


@pytest.mark.parametrize(
    ("question", "outcome"),
    [("检测原始记录能转让给客户吗", Outcome.PARTLY_SUPPORTED), ("检测原始记录要保存几年", Outcome.ANSWERED)],
)
def test_a_yes_or_no_whose_verb_stands_nowhere_takes_more_to_be_answered(
    fresh_world: OpenWorld, question: str, outcome: Outcome
) -> None:
    assert as_sure_as(fresh_world(entries=()), 0.01, 0.5).ask(question).outcome is outcome
    assert as_sure_as(fresh_world(entries=()), 0.01, 0.9).ask(question).outcome is Outcome.ANSWERED


def test_the_models_say_less_than_sure_only_where_they_are_less_than_sure() -> None:
    assert 0.3 < answering._SURE < answering._SURE_UNSAID <= answering.SURE_ENTRY < 1
