"""The first candidates in a better order, by what they have of the question."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from knowledge.terms import Segmenter
from retrieval.passages import Passage
from retrieval.questions import Question
from retrieval.reranking import NAMES, Candidate, FeatureReader, Reranker, load_weights
from retrieval.reranking.model import RERANKED
from retrieval.search import Blend, Search
from retrieval.understanding import Reader, Understood
from tests.retrieval.conftest import OpenWorld
from tests.retrieval.passages import a_passage
from tests.retrieval.world import World

RARE = {"光缆": 6.0, "追溯码": 7.0, "抽检": 5.0}


@pytest.fixture(scope="module")
def reader(segmenter: Segmenter) -> FeatureReader:
    return FeatureReader(segmenter, lambda word: RARE.get(word, 2.0), lambda word: word != "火星", lambda: 1000)


@pytest.fixture(scope="module")
def ask(segmenter: Segmenter) -> Reader:
    return Reader(segmenter)


def of(reader: FeatureReader, question: Understood, text: str, heading: str = "手册") -> dict[str, float]:
    (row,) = reader.features(question, [Candidate(a_passage(text, heading=heading), 0.0, 0.0)])
    return dict(zip(NAMES, row, strict=True))


def read(ask: Reader, text: str) -> Understood:
    return ask.read(Question(text))


def test_words_in_neighbouring_sentences_count_as_together_and_words_far_apart_do_not(
    reader: FeatureReader, ask: Reader
) -> None:
    question = read(ask, "光缆抽检追溯码")
    beside = of(reader, question, "光缆逐批抽检。检后贴追溯码。其余照旧。")
    scattered = of(reader, question, "光缆入库。其余照旧。仓库每月抽检。其余照旧。成品贴追溯码。")
    assert beside["together"] == pytest.approx(1.0)
    assert scattered["together"] < beside["together"]
    assert scattered["near"] < beside["near"]


def test_the_heading_lends_its_words_to_every_sentence(reader: FeatureReader, ask: Reader) -> None:
    question = read(ask, "光缆抽检")
    under = of(reader, question, "每批抽检。", heading="手册 › 光缆")
    assert under["together"] == pytest.approx(1.0)
    assert 0 < under["heading"] < 1
    assert of(reader, question, "每批抽检。")["heading"] == 0.0


def test_the_weightiest_thing_that_is_not_named_counts_as_missing(reader: FeatureReader, ask: Reader) -> None:
    question = read(ask, "光缆的追溯码")
    whole, half = of(reader, question, "光缆贴追溯码。"), of(reader, question, "光缆逐批检验。")
    assert half["missing"] > whole["missing"] == 0.0
    assert half["covered"] < whole["covered"] == pytest.approx(1.0)


def test_numbers_of_the_question_must_stand_in_the_passage_or_its_heading(reader: FeatureReader, ask: Reader) -> None:
    question = read(ask, "2024年抽检45批光缆")
    assert of(reader, question, "抽检光缆45批。", heading="2024年通报")["figures"] == 1.0
    assert of(reader, question, "抽检光缆45批。")["figures"] == 0.5
    assert of(reader, read(ask, "光缆抽检"), "抽检。")["figures"] == 1.0


def test_the_kind_of_thing_asked_for_is_looked_for_in_the_sentence_that_has_most_of_the_question(
    reader: FeatureReader, ask: Reader
) -> None:
    question = read(ask, "光缆什么时候抽检")
    assert of(reader, question, "光缆3月抽检。仓库另行安排。")["kind"] == 1.0
    assert of(reader, question, "光缆逐批抽检。仓库3月盘点。")["kind"] == 0.0


def test_a_word_no_text_has_asks_nothing_of_any(reader: FeatureReader, ask: Reader) -> None:
    with_it = of(reader, read(ask, "火星光缆抽检"), "光缆抽检。")
    assert with_it["together"] == pytest.approx(of(reader, read(ask, "光缆抽检"), "光缆抽检。")["together"])


def test_odd_texts_and_questions_are_measured_all_the_same(reader: FeatureReader, ask: Reader) -> None:
    chance = random.Random(7)
    letters = "光缆追溯码抽检。！？\n \u3000.,、0123456789abcⅣ①\ue000（）"
    for _ in range(300):
        text, heading, asked = ("".join(chance.choices(letters, k=chance.randrange(60))) for _ in range(3))
        row = of(reader, read(ask, asked or "？"), text, heading)
        assert all(value == value and abs(value) < 10 for value in row.values()), (text, asked, row)


def test_the_shipped_weights_name_every_feature_and_no_other() -> None:
    assert set(load_weights()) == set(NAMES)


def test_a_better_match_goes_first_and_scores_stay_as_they_were(reader: FeatureReader, ask: Reader) -> None:
    question = read(ask, "光缆的追溯码贴在哪里")
    best = Candidate(a_passage("光缆的追溯码贴在盘侧。", score=1.0), 1.0, 1.0)
    other = Candidate(a_passage("光缆由仓库保管，仓库另有办法。", score=1.1), 1.1, 1.0)
    ordered = Reranker(reader).order(question, [other, best])
    assert [one.chunk.text for one in ordered] == [best.passage.chunk.text, other.passage.chunk.text]
    assert [one.score for one in ordered] == [1.0, 1.1]


def test_what_stands_below_the_first_fifty_keeps_its_place(reader: FeatureReader, ask: Reader) -> None:
    question = read(ask, "光缆的追溯码")
    poor = [Candidate(a_passage(f"第{i}段讲别的。", score=float(-i)), 0.0, 0.0) for i in range(RERANKED + 2)]
    perfect = Candidate(a_passage("光缆的追溯码。", score=-99.0), 0.0, 0.0)
    ordered = Reranker(reader).order(question, [*poor, perfect])
    assert ordered[-1] is perfect.passage
    assert len({one.chunk.id for one in ordered}) == RERANKED + 3


def test_reranking_can_be_switched_off(world: World) -> None:
    question = world.read("认证证书有效期几年")
    search = world.answerer.search
    plain = Search(
        world.catalog, search.keywords, search._vectors, search._embeddings, search._segmenter, Blend(reranking=False)
    )
    vector = search.embed(question)
    assert [p.score for p in plain.ranked(question, vector, 40)] == sorted(
        (p.score for p in search.ranked(question, vector, 40)), reverse=True
    )


def test_the_passage_that_stands_out_most_is_always_kept(fresh_world: OpenWorld) -> None:
    world = fresh_world(
        files={f"记录{i}.md": f"# 记录{i}\n\n第{i}号光缆的追溯码另见台账。\n" for i in range(20)}, entries=()
    )
    search, question = world.answerer.search, world.read("光缆的追溯码")
    vector = search.embed(question)
    everything = search.ranked(question, vector, 40)

    class Reversed(Reranker):
        def order(self, question: Understood, candidates: object) -> list[Passage]:
            return sorted(everything, key=lambda one: one.score)

    search.reranker = Reversed(search.reranker.reader)
    assert len(everything) == 20
    kept = search.passages(question, vector)
    assert len(kept) == 12
    assert max(one.score for one in kept) == max(one.score for one in everything)


def test_a_document_that_two_sources_carry_takes_one_place(fresh_world: OpenWorld) -> None:
    body = "".join(f"第{i}项试点企业完成了追溯码赋码工作，并按月向平台报送数据。" for i in range(1, 6))
    files = {
        "甲网.md": f"# 追溯试点通报\n\n2024年1月5日\n\n{body}\n",
        "乙网.md": f"# 追溯试点通报（转载）\n\n2024年1月5日\n\n{body}\n",
    }
    world = fresh_world(files=files, entries=())
    question = world.read("试点企业完成了什么")
    found = world.answerer.search.passages(question, world.answerer.search.embed(question))
    merged = [one for one in found if one.also]
    assert len(merged) == 1
    assert {merged[0].document.source, *(world.document(s).source for s in files)} == set(files)
    assert replace(merged[0], also=()).chunk.id not in merged[0].also
