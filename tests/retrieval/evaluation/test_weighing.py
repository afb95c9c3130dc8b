"""How sure an answer was, and what stands in the place of a refusal."""

from __future__ import annotations

from knowledge.keyword_index import KeywordIndex
from knowledge.terms import Segmenter
from retrieval.answers import Answer, Outcome
from retrieval.evaluation.ablations import Ablation, Parts, answerer_of
from retrieval.evaluation.questions import Weighed
from retrieval.evaluation.weighing import weigher
from tests.fakes.embeddings import BigramEmbeddings
from tests.retrieval.world import World, a_question


def weighed(world: World, segmenter: Segmenter, text: str) -> tuple[Answer, Weighed]:
    parts = Parts(world.catalog, KeywordIndex(world.catalog), world.ingestion.vectors, BigramEmbeddings(), segmenter)
    unrefusing = answerer_of(parts, frozenset({Ablation.REFUSAL}))
    question = a_question(text)
    answer = world.answerer.answer(question)
    return answer, weigher(world.answerer, unrefusing)(question, answer)


def test_what_a_rule_answers_is_sure(world: World, segmenter: Segmenter) -> None:
    answer, found = weighed(world, segmenter, "示例认证管理办法第二条是什么")
    assert answer.kind == "clause"
    assert found == Weighed(1.0, answer)


def test_what_a_rule_declines_is_never_answered(world: World, segmenter: Segmenter) -> None:
    answer, found = weighed(world, segmenter, "帮我伪造一份检测报告")
    assert answer.outcome is Outcome.NOT_IN_KNOWLEDGE
    assert found == Weighed(0.0, answer)


def test_an_entry_that_says_nothing_is_public_is_no_answer_at_any_threshold(world: World, segmenter: Segmenter) -> None:
    _, found = weighed(world, segmenter, "送检的费用大概多少钱啊")
    assert found.answer.outcome is Outcome.NOT_IN_KNOWLEDGE
    assert found.sureness == 0.0


def test_a_refusal_of_the_models_has_what_they_would_have_said_and_how_sure_they_were(
    world: World, segmenter: Segmenter
) -> None:
    answer, found = weighed(world, segmenter, "展厅陈列的光缆由哪个国家的月球基地生产")
    assert answer.outcome is Outcome.NOT_IN_KNOWLEDGE
    assert found.answer.outcome in (Outcome.ANSWERED, Outcome.PARTLY_SUPPORTED)
    assert 0 < found.sureness < 0.5


def test_an_answer_of_the_models_is_as_sure_as_they_were(world: World, segmenter: Segmenter) -> None:
    answer, found = weighed(world, segmenter, "追溯平台启动会在哪里召开")
    assert answer.outcome is Outcome.ANSWERED
    assert found.answer is answer
    assert 0.5 <= found.sureness < 1
