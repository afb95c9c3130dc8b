"""What is switched off is off, and nothing else."""

from __future__ import annotations

import subprocess
import sys

import pytest

from knowledge.keyword_index import KeywordIndex
from knowledge.terms import Segmenter
from retrieval.answering import Answerer
from retrieval.answers import Outcome
from retrieval.errors import EvaluationInvalid
from retrieval.evaluation.ablations import OF_RANKINGS, Ablation, Parts, answerer_of, chosen
from tests.fakes.embeddings import BigramEmbeddings
from tests.retrieval.world import CONFIDENCE, World, a_question

AGES = "认证证书多久要换"


def parts_of(world: World, segmenter: Segmenter) -> Parts:
    embeddings = BigramEmbeddings()
    vectors = world.ingestion.vectors
    return Parts(world.catalog, KeywordIndex(world.catalog), vectors, embeddings, segmenter)


def without(world: World, segmenter: Segmenter, *names: str) -> Answerer:
    return answerer_of(parts_of(world, segmenter), chosen(names, Ablation))


def test_nothing_switched_off_reads_and_finds_as_ever(world: World, segmenter: Segmenter) -> None:
    whole = without(world, segmenter)
    question = a_question("追溯平台启动会是谁主持的")
    ours = whole.candidates(whole.reader.read(question))
    theirs = world.answerer.candidates(world.answerer.reader.read(question))
    assert [one.chunk.id for one in ours.passages] == [one.chunk.id for one in theirs.passages]


def test_without_vectors_nothing_has_a_cosine(world: World, segmenter: Segmenter) -> None:
    answerer = without(world, segmenter, "dense")
    found = answerer.candidates(answerer.reader.read(a_question(AGES)))
    assert found.passages
    assert {one.cosine for one in found.passages} == {0.0}
    assert all(entry.match.cosine == 0.0 for entry in found.entries)


def test_without_reranking_passages_stand_by_their_fused_scores(world: World, segmenter: Segmenter) -> None:
    answerer = without(world, segmenter, "reranking")
    question = answerer.reader.read(a_question("认证管理办法里证书有效期几年"))
    found = answerer.search.ranked(question, answerer.search.embed(question), 40)
    assert [p.score for p in found] == sorted((p.score for p in found), reverse=True)


@pytest.mark.parametrize("name", ["bigrams", "headings"])
def test_without_one_kind_of_term_the_scores_are_others(world: World, segmenter: Segmenter, name: str) -> None:
    whole, less = without(world, segmenter), without(world, segmenter, name)
    question = whole.reader.read(a_question("认证管理办法里证书有效期几年"))
    first, second = ({p.chunk.id: p.score for p in one.candidates(question).passages} for one in (whole, less))
    assert first != second


def test_without_synonyms_a_word_has_no_other_spelling(world: World, segmenter: Segmenter) -> None:
    question = a_question("团标归口单位是谁")
    assert any(len(c.spellings) > 1 for c in without(world, segmenter).reader.read(question).concepts)
    assert all(len(c.spellings) == 1 for c in without(world, segmenter, "synonyms").reader.read(question).concepts)


def test_without_pinyin_what_only_sounds_right_stays_as_typed(world: World, segmenter: Segmenter) -> None:
    typed = "质量追朔体系是什么"
    assert "追溯" in without(world, segmenter).reader.read(a_question(typed)).own
    by_letter = without(world, segmenter, "pinyin", "misspellings").reader.read(a_question(typed))
    assert "追朔" in by_letter.own


def test_without_rewriting_a_follow_up_stays_as_typed_and_keeps_its_history(world: World, segmenter: Segmenter) -> None:
    question = a_question("那费用呢", "认证证书有效期几年")
    assert without(world, segmenter).reader.read(question).rewritten
    bare = without(world, segmenter, "rewriting").reader.read(question)
    assert not bare.rewritten
    assert bare.history == question.history


def test_without_refusal_whatever_was_found_goes_out(world: World, segmenter: Segmenter) -> None:
    asked = a_question("展厅陈列的光缆由谁生产")
    careful = Answerer(
        world.catalog,
        KeywordIndex(world.catalog),
        world.ingestion.vectors,
        BigramEmbeddings(),
        segmenter,
        confidence=type(CONFIDENCE)(CONFIDENCE.faq, CONFIDENCE.extract, 1.0, 1.0),
    )
    assert careful.answer(asked).outcome is Outcome.NOT_IN_KNOWLEDGE
    assert without(world, segmenter, "refusal").answer(asked).outcome is Outcome.ANSWERED


def test_what_cannot_be_switched_off_is_named_with_what_can() -> None:
    with pytest.raises(EvaluationInvalid, match=r"没有的东西.*dense"):
        chosen(["dense", "没有的东西"], Ablation)
    with pytest.raises(EvaluationInvalid, match="library"):
        chosen(["library"], OF_RANKINGS)


def test_evaluation_needs_no_chat_model_package() -> None:
    program = (
        "import sys\n"
        "for name in ('langchain', 'langchain_openai', 'openai'): sys.modules[name] = None\n"
        "import retrieval.evaluation.retrieval, retrieval.evaluation.conversations, retrieval.evaluation.comparing\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
