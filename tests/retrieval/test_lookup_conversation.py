"""Which document and which edition: from the conversation, from a question back, from a year or a word."""

from __future__ import annotations

import pytest

from retrieval.answers import Outcome
from retrieval.questions import Exchange, Question
from tests.retrieval.world import TODAY, World

# ------------------------------------------------------------------ following on


def test_a_follow_up_stays_in_the_document_spoken_of(world: World) -> None:
    answer = world.ask("第三条呢", "示例检测规范第一条")
    assert answer.text == "第三条 本规范由示例协会负责解释。"


@pytest.mark.parametrize(
    ("history", "text", "shown"),
    [
        (["示例检测规范第一条"], "那下一条呢", "第二条 检测原始记录"),
        (["示例检测规范第一条", "那下一条呢"], "再下一条呢", "第三条 本规范"),
        (["示例检测规范第三条"], "上一条讲什么", "第二条 检测原始记录"),
        (["示例检测规范第一条和第二条"], "下一条", "第三条 本规范"),
        (["9001的10.2"], "下一条呢", "10.2.1：出现不合格时"),
    ],
)
def test_the_next_clause_is_counted_on_from_the_one_spoken_of(
    world: World, history: list[str], text: str, shown: str
) -> None:
    assert shown in world.ask(text, *history).text


def test_behind_the_last_article_there_is_nothing(world: World) -> None:
    answer = world.ask("下一条呢", "示例检测规范第三条")
    assert answer.outcome is Outcome.NOT_IN_KNOWLEDGE
    assert "第三条之后没有了" in answer.text


def test_a_loose_paragraph_is_of_the_article_spoken_of(world: World) -> None:
    assert world.ask("第一款呢", "示例检测规范第二条").text == "第二条第一款：\n检测原始记录至少保存六年。"
    assert "第二条没有第四款" in world.ask("第四款呢", "示例检测规范第二条").text


@pytest.mark.parametrize("text", ["下一步怎么办", "下一项议程是什么", "第一项工作是什么", "那费用呢"])
def test_what_only_sounds_like_a_next_clause_is_none(world: World, text: str) -> None:
    assert world.ask(text, "示例检测规范第二条").kind != "clause"


def test_a_topic_between_ends_the_counting_on(world: World) -> None:
    assert world.ask("下一条呢", "示例检测规范第一条", "追溯平台启动会在哪里召开").kind != "clause"


def test_an_article_after_a_standard_is_not_the_standards(world: World) -> None:
    assert world.ask("第三条讲什么", "9001的10.2").outcome is Outcome.DIALOGUE


def asking_which(world: World) -> tuple[tuple[Exchange, ...], list[str]]:
    """The conversation up to the question back, and the titles it offers."""
    answer = world.ask("第三条讲什么")
    titles = [line.partition(". ")[2] for line in answer.text.split("\n")[1:]]
    return (Exchange("第三条讲什么", answer.text),), titles


@pytest.mark.parametrize(("text", "at"), [("1", 0), ("2", 1), ("第二个", 1)])
def test_a_number_picks_from_the_documents_offered(world: World, text: str, at: int) -> None:
    history, titles = asking_which(world)
    answer = world.answerer.answer(Question(text, history, TODAY))
    assert [(c.document, c.clause) for c in answer.citations] == [(titles[at], "第三条")]


@pytest.mark.parametrize("text", ["示例检测规范", "检测规范", "我问的是检测规范"])
def test_a_title_picks_from_the_documents_offered(world: World, text: str) -> None:
    answer = world.answerer.answer(Question(text, asking_which(world)[0], TODAY))
    assert answer.text == "第三条 本规范由示例协会负责解释。"


def test_a_number_that_was_not_offered_picks_nothing(world: World) -> None:
    assert world.answerer.answer(Question("7", asking_which(world)[0], TODAY)).kind != "clause"


def test_another_document_takes_the_number_over(world: World) -> None:
    assert world.ask("那示例检测规范呢", "示例认证管理办法第三条").text == "第三条 本规范由示例协会负责解释。"


# ------------------------------------------------------------------ editions

OLD, NEW = "2021-03-01", "2023-07-20"


@pytest.mark.parametrize(
    ("text", "edition"),
    [
        ("示例认证管理办法第三条", NEW),
        ("现行的示例认证管理办法第三条", NEW),
        ("最新版示例认证管理办法第三条", NEW),
        ("2023版示例认证管理办法第三条", NEW),
        ("示例认证管理办法（2021）第三条", OLD),
        ("按2021年版示例认证管理办法第三条怎么罚", OLD),
        ("21版示例认证管理办法第三条", OLD),
        ("二〇二一年版示例认证管理办法第三条", OLD),
        ("旧版示例认证管理办法第三条", OLD),
        ("修订前的示例认证管理办法第三条怎么说", OLD),
        ("2022年示例认证管理办法第三条怎么规定", OLD),
        ("2023年5月的时候示例认证管理办法第三条", OLD),
        ("2023年8月的时候示例认证管理办法第三条", NEW),
        ("2023年7月20日以前示例认证管理办法第三条", OLD),
    ],
)
def test_the_edition_is_the_one_the_question_means(world: World, text: str, edition: str) -> None:
    answer = world.ask(text)
    assert {c.edition for c in answer.citations} == {edition}
    assert ("取代" in answer.text) == (edition == OLD)


def test_both_editions_are_shown_under_their_dates(world: World) -> None:
    answer = world.ask("示例认证管理办法第三条新旧版有什么不同")
    assert answer.text.split("\n")[0::2] == [f"【{OLD}版】", f"【{NEW}版】"]


@pytest.mark.parametrize("text", ["2019年的时候示例认证管理办法第三条怎么说", "2016版示例认证管理办法第三条"])
def test_where_no_edition_of_the_time_is_held_the_held_ones_are_named(world: World, text: str) -> None:
    answer = world.ask(text)
    assert answer.outcome is Outcome.NOT_IN_KNOWLEDGE
    assert f"{OLD}（已有新版）、{NEW}（现行）" in answer.text
    assert answer.citations == ()


def test_an_undated_document_says_that_it_is(world: World) -> None:
    answer = world.ask("2021年时示例检测规范第三条怎么说")
    assert answer.text.startswith("第三条 本规范由示例协会负责解释。")
    assert "没有写明日期" in answer.text


def test_asked_of_an_earlier_time_the_document_that_has_changed_answers(world: World) -> None:
    answer = world.ask("2021年时第三条怎么规定")
    assert "处1万元罚款" in answer.text
    assert "《示例检测规范》也有第三条" in answer.text


def test_a_follow_up_stays_with_the_time_asked_before(world: World) -> None:
    answer = world.ask("第二条呢", "2021年时示例认证管理办法第三条怎么说")
    assert [c.edition for c in answer.citations] == [OLD]


# ------------------------------------------------------------------ standards known by their titles


@pytest.mark.parametrize(
    "text",
    ["新版9001 10.2", "2026版9001的10.2", "ISO 9001:2026的10.2", "GB/T 19001-2008的10.2", "2010年的时候9001的10.2"],
)
def test_another_edition_than_the_listed_one_is_not_answered_from_it(world: World, text: str) -> None:
    answer = world.ask(text)
    assert answer.outcome is Outcome.NOT_IN_KNOWLEDGE
    assert "只收录了 GB/T 19001-2016 的条款标题" in answer.text


@pytest.mark.parametrize(
    "text", ["15版9001的10.2", "ISO 9001:2015的10.2", "2016版9001的10.2", "2020年的时候9001的10.2"]
)
def test_the_listed_edition_answers_by_either_of_its_years(world: World, text: str) -> None:
    assert world.ask(text).outcome is Outcome.ANSWERED


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("9001第10章", ["10.1 总则", "10.2 不合格和纠正措施", "10.3 持续改进"]),
        ("9001的10.1到10.3", ["10.1 总则", "10.2 不合格和纠正措施", "10.3 持续改进"]),
        ("9001的10.2下面有哪些条款", ["10.2.1 出现不合格时"]),
    ],
)
def test_chapters_and_ranges_of_a_listed_standard_are_its_titles(world: World, text: str, shown: list[str]) -> None:
    assert world.ask(text).text.split("\n")[1:-1] == shown


@pytest.mark.parametrize("text", ["9001的3.1", "9001附录B讲什么", "9001表1"])
def test_what_is_not_listed_is_not_said_not_to_exist(world: World, text: str) -> None:
    answer = world.ask(text)
    assert answer.outcome is Outcome.NOT_IN_KNOWLEDGE
    assert "没有收录" in answer.text
