"""Which sentence carries the answer: the one that has the thing asked for, about what it is asked of."""

from __future__ import annotations

import pytest

from retrieval.evidence import Sentence, mention
from retrieval.understanding import Concept
from tests.retrieval.conftest import OpenWorld
from tests.retrieval.world import World


def ranked(world: World, text: str, *history: str) -> list[Sentence]:
    return world.answerer.candidates(world.read(text, *history)).sentences


def test_a_heading_never_answers(fresh_world: OpenWorld) -> None:
    world = fresh_world(files={"手册.md": "# 示例手册\n\n## 追溯码怎么贴\n\n每盘一张，贴在外缘。\n"}, entries=())
    found = ranked(world, "追溯码怎么贴")
    assert [s.text for s in found] == ["每盘一张，贴在外缘。"]


def test_the_title_of_a_document_never_answers(world: World) -> None:
    assert "追溯平台启动会在滨江会议中心召开" not in [s.text for s in ranked(world, "追溯平台启动会在哪里召开")]


def test_the_sentence_with_the_count_at_the_thing_counted_wins(fresh_world: OpenWorld) -> None:
    text = "# 示例通报\n\n质量联合体工作会于2024年3月5日召开，共60人到场。\n\n全市已建成12个质量联合体。\n\n质量联合体有专人负责。\n"
    world = fresh_world(files={"通报.md": text}, entries=())
    best = ranked(world, "质量联合体有多少个")[0]
    assert best.text == "全市已建成12个质量联合体。"
    assert best.features["attached"] == 1.0


def test_a_person_is_found_beside_the_office(fresh_world: OpenWorld) -> None:
    text = "# 示例通报\n\n周远介绍了经验，大家反响热烈。\n\n秘书长周远主持会议。\n"
    world = fresh_world(files={"通报.md": text}, entries=())
    assert ranked(world, "周远是什么职务")[0].text == "秘书长周远主持会议。"


def test_the_heading_above_names_what_the_sentence_leaves_out(fresh_world: OpenWorld) -> None:
    text = "# 示例手册\n\n## 包装\n\n应当在三日内完成。\n\n## 检验\n\n应当在五日内完成。\n"
    world = fresh_world(files={"手册.md": text}, entries=())
    assert ranked(world, "检验要多久完成")[0].text == "应当在五日内完成。"


@pytest.mark.parametrize(("text", "sentence"), [("2024年建成多少个联合体", "今年共建成12个质量联合体")])
def test_a_relative_date_counts_as_the_day_it_means(world: World, text: str, sentence: str) -> None:
    best = ranked(world, text)[0]
    assert sentence in best.text
    assert best.features["figures"] == 1.0
    assert any(r.meaning == "2024年" for r in best.repairs)


def test_another_year_than_the_texts_does_not_fit(world: World) -> None:
    assert ranked(world, "2019年建成多少个联合体")[0].features["figures"] == 0.0


def test_every_sentence_lies_in_its_document(world: World) -> None:
    for sentence in ranked(world, "认证证书有效期几年"):
        assert sentence.text == sentence.document.text[sentence.start : sentence.end]
        assert sentence.text == sentence.text.strip()


def test_the_best_sentence_comes_first_and_none_twice(world: World) -> None:
    found = ranked(world, "追溯平台启动会什么时候召开")
    assert [s.score for s in found] == sorted((s.score for s in found), reverse=True)
    assert len({(s.document.id, s.start) for s in found}) == len(found)


def test_what_no_text_names_is_told(world: World) -> None:
    assert world.answerer.candidates(world.read("火星基地预算多少")).unknown > 0.5
    assert world.answerer.candidates(world.read("认证证书有效期几年")).unknown == 0.0


def test_a_word_is_mentioned_by_any_of_its_spellings_and_in_part_by_its_pieces() -> None:
    concept = Concept("检测报告书", ("检测报告书", "检验报告"), 1.0)
    assert mention(concept, "出具检验报告") == 1.0
    assert 0 < mention(concept, "检测的报告") < 1
    assert mention(concept, "会议纪要") == 0.0


def a_concept(word: str, *others: str) -> Concept:
    return Concept(word, (word, *others), 1.0)


def test_a_number_is_not_found_inside_another() -> None:
    assert mention(a_concept("2"), "2023年有12家") == 0.0
    assert mention(a_concept("2"), "共2家") == 1.0


def test_a_compound_counts_nearly_whole_where_its_halves_stand_apart() -> None:
    assert mention(a_concept("试点项目"), "试点示范项目由市局牵头") == pytest.approx(0.85)
    assert mention(a_concept("试点项目"), "试点由市局牵头") < 0.5


def test_a_role_is_named_by_its_verb() -> None:
    assert mention(a_concept("主办方"), "由示例商会主办") == pytest.approx(0.9)


def test_the_day_of_a_document_answers_for_its_sentences(fresh_world: OpenWorld) -> None:
    text = "示例推进会召开\n\n发布日期:2024-11-29      来源:示例网\n\n推进会由周远主持，有60人参加。\n"
    world = fresh_world(files={"通报.txt": text}, entries=())
    assert ranked(world, "11月29日那个推进会谁主持的")[0].features["figures"] == 1.0
    assert ranked(world, "11月28日那个推进会谁主持的")[0].features["figures"] == 0.0


def test_what_is_asked_for_by_name_and_missing_is_told(fresh_world: OpenWorld) -> None:
    text = "# 示例通报\n\n联合体今年建成12个，覆盖全市产业。\n"
    world = fresh_world(files={"通报.md": text}, entries=())
    assert ranked(world, "联合体的经费是多少")[0].features["slot_here"] < 0.5
    assert ranked(world, "联合体覆盖哪些产业")[0].features["slot_here"] == 1.0


def test_a_person_s_organisation_is_the_one_before_the_office(fresh_world: OpenWorld) -> None:
    text = "# 示例通报\n\n会上邀请周远主任作了两个专题报告。\n\n滨江检测中心副主任周远出席会议。\n"
    world = fresh_world(files={"通报.md": text}, entries=())
    attached = {s.text: s.features["attached"] for s in ranked(world, "周远是哪个单位的")}
    assert attached == {"会上邀请周远主任作了两个专题报告。": 0.0, "滨江检测中心副主任周远出席会议。": 1.0}


RULES = "# 示例产品管理办法\n\n第一条 产品应当有中文说明书。\n\n第二条 样品应当封存。\n"
NEWS = "# 示例新闻\n\n产品应当有中文说明书，记者说。\n"


def test_a_rule_is_read_as_meaning_the_particular_by_the_general_and_news_is_not(fresh_world: OpenWorld) -> None:
    world = fresh_world(files={"示例产品管理办法.md": RULES, "示例新闻.md": NEWS}, entries=())
    found = {s.document.source: s.features["inside"] for s in ranked(world, "光缆说明书") if "说明书" in s.text}
    assert found["示例产品管理办法.md"] > found["示例新闻.md"]
