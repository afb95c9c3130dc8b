"""Exact questions: a clause by its number is shown whole, or said not to exist; never guessed."""

from __future__ import annotations

import pytest

from retrieval.answers import Outcome
from tests.retrieval.conftest import OpenWorld
from tests.retrieval.world import STANDARD, World


@pytest.mark.parametrize("text", ["示例认证管理办法第99条", "示例认证管理办法第九十九条讲什么", "示例认证管理办法99条"])
def test_an_article_that_does_not_exist_is_said_so_with_the_last_one(world: World, text: str) -> None:
    answer = world.ask(text)
    assert answer.outcome is Outcome.NOT_IN_KNOWLEDGE
    assert "没有第九十九条" in answer.text
    assert "最后一条是第五条" in answer.text
    assert answer.missing == ("第九十九条",)
    assert answer.citations == ()


@pytest.mark.parametrize(
    "text", ["示例认证管理办法第三条", "示例认证管理办法第3条怎么说", "示例认证管理办法里的 3 条讲什么"]
)
def test_an_article_is_shown_by_its_number_however_written(world: World, text: str) -> None:
    answer = world.ask(text)
    assert (answer.outcome, answer.kind) == (Outcome.ANSWERED, "clause")
    assert answer.text == "第三条 伪造认证证书的，责令改正，处5万元以上20万元以下的罚款。"
    (citation,) = answer.citations
    assert (citation.clause, citation.edition) == ("第三条", "2023-07-20")


def test_several_articles_are_shown_together_each_with_its_citation(world: World) -> None:
    answer = world.ask("示例认证管理办法第二条和第4条")
    assert answer.text.split("\n") == ["第二条 认证证书有效期为三年。", "第四条 认证机构应当每年监督审核一次。"]
    assert [c.clause for c in answer.citations] == ["第二条", "第四条"]


def test_where_two_documents_have_the_article_the_answer_asks_which(world: World) -> None:
    answer = world.ask("第三条讲什么")
    assert answer.outcome is Outcome.DIALOGUE
    assert "示例认证管理办法" in answer.text
    assert "示例检测规范" in answer.text
    assert world.ask(answer.suggestions[0]).outcome is Outcome.ANSWERED


def test_where_one_document_has_the_article_no_name_is_needed(world: World) -> None:
    assert world.ask("第五条讲什么").text.startswith("第五条 本办法自2023年7月20日起施行")


def test_of_two_editions_the_one_in_force_answers(world: World) -> None:
    assert {c.edition for c in world.ask("示例认证管理办法第二条").citations} == {"2023-07-20"}


def test_the_old_edition_answers_for_its_time_and_says_what_replaced_it(world: World) -> None:
    answer = world.ask("2021年的时候示例认证管理办法第三条怎么说")
    assert "处1万元罚款" in answer.text
    assert "2021-03-01版，现已被2023-07-20版取代" in answer.text
    assert [c.edition for c in answer.citations] == ["2021-03-01"]


def test_before_any_edition_had_begun_none_answers(world: World) -> None:
    assert world.ask("2019年的时候示例认证管理办法第三条怎么说").kind != "clause"


# ------------------------------------------------------------------ standards known by their clause titles


@pytest.mark.parametrize("text", ["10.2", "10.2？", "十点二", "9001 10.2 讲什么", "GB/T 19001-2016 10.2"])
def test_a_bare_clause_number_is_the_listed_standards(world: World, text: str) -> None:
    answer = world.ask(text)
    assert answer.outcome is Outcome.ANSWERED
    assert "不合格和纠正措施" in answer.text
    assert "10.2.1 出现不合格时" in answer.text
    assert "只收录条款标题" in answer.text
    (citation,) = answer.citations
    assert (citation.quote, citation.number, citation.clause) == ("", STANDARD.number, "10.2")


def test_a_clause_the_listed_standard_lacks_is_said_so_with_the_nearest(world: World) -> None:
    answer = world.ask("GB/T 19001-2016 10.9讲什么")
    assert answer.outcome is Outcome.NOT_IN_KNOWLEDGE
    assert "10.3" in answer.text


def test_a_document_that_has_the_number_itself_goes_before_the_listed_titles(world: World) -> None:
    answer = world.ask("4.2 标识讲什么")
    assert "每盘光缆应当贴追溯码" in answer.text
    assert "#" not in answer.text
    assert answer.citations[0].source == "示例车间手册.md"


def test_with_the_library_switched_off_no_listed_title_answers(world: World) -> None:
    assert world.ask("10.2", library=False).outcome is Outcome.NOT_IN_KNOWLEDGE


def test_a_long_article_is_cut_at_a_sentence_and_whole_in_the_details(fresh_world: OpenWorld) -> None:
    long = "".join(f"企业应当保存第{n}类记录以备检查。" for n in range(40))
    world = fresh_world(files={"示例记录规定.md": f"# 示例记录规定\n\n第一条 {long}\n\n第二条 施行。\n"}, entries=())
    answer = world.ask("示例记录规定第一条")
    assert len(answer.text) <= 300
    assert "回复“详细”" in answer.text
    assert long[-20:] in answer.details
    (citation,) = answer.citations
    assert citation.quote == world.document("示例记录规定.md").text[citation.start : citation.end]


CHAPTERS = """# 示例分章规定

## 第一章 总则

第一条 为了规范管理，制定本规定。

第二条 本规定适用于全市。

## 第二章 机构

第三条 机构应当取得资质。
"""


def test_a_chapter_that_is_only_a_heading_shows_the_articles_below_it(fresh_world: OpenWorld) -> None:
    world = fresh_world(files={"示例分章规定.md": CHAPTERS}, entries=())
    answer = world.ask("示例分章规定第一章讲什么")
    assert answer.outcome is Outcome.ANSWERED
    assert "第一条 为了规范管理" in answer.text
    assert "第二条 本规定适用于全市" in answer.text
    assert "第三条" not in answer.text


def test_a_chapter_that_does_not_exist_is_said_so(fresh_world: OpenWorld) -> None:
    world = fresh_world(files={"示例分章规定.md": CHAPTERS}, entries=())
    answer = world.ask("示例分章规定第九章讲什么")
    assert answer.outcome is Outcome.NOT_IN_KNOWLEDGE
    assert "没有第九章" in answer.text


@pytest.mark.parametrize(
    ("number", "shown"), [("第1234条", "第1234条"), ("第0条", "第零条"), ("第二条之一", "第二条之一")]
)
def test_a_number_beyond_any_article_is_said_not_to_exist(world: World, number: str, shown: str) -> None:
    answer = world.ask(f"示例认证管理办法{number}")
    assert answer.outcome is Outcome.NOT_IN_KNOWLEDGE
    assert f"没有{shown}" in answer.text
