"""Ranges, what stands below a clause, 款 and 项, tables and figures, parts without a number."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from knowledge.documents import Origin
from knowledge.terms import Segmenter
from retrieval.answers import Answer, Outcome
from tests.retrieval.conftest import OpenWorld
from tests.retrieval.world import World, open_world

RULES = """# 示例供方管理办法

2024年5月1日 示例协会公布

## 第一章 总 则

第一条 为了管好供方，制定本办法。

第二条 供方分为甲乙两类。

甲类供方每年评价一次。

乙类供方两年评价一次。

## 第二章 准入

### 第一节 条件

第三条 供方应当符合下列条件：

（一）有营业执照；

（二）有检验人员：

1. 至少两名；

2. 持证上岗。

（三）有追溯办法。

进口供方还应当提交译本。

### 第二节 程序

第四条 供方提出申请。

## 第三章 罚则

### 第一节 警告

第五条 供方不符合本办法第二条规定的，责令改正。

第六条 本办法自2024年5月1日起施行。
"""

STANDARD = """# 示例光缆 质量管理体系 要求

T/SLGL 007-2024

2024-09-28 发布　2024-09-30 实施

## 1 范围

本文件规定了光缆企业的要求。

## 3 术语和定义

### 3.1 预制棒

用来拉制光纤的玻璃棒。

## 7 支持

### 7.1 资源

#### 7.1.1 总则

企业应当配备所需的资源。

#### 7.1.2 人员

企业应当配备：

a) 检验员；

b) 计量管理员：

1) 持证上岗；

2) 每年培训。

人员档案保存三年。

### 7.5 成文信息

记录保存期见表 1。

表 1 记录保存期

| 记录 | 年限 |
|---|---|
| 检验记录 | 3 |

**记录应当清晰。**

图 1 归档流程

## 附录 B（资料性）记录表

### B.1 样式

表 B.1 首件记录

| 栏目 | 说明 |
|---|---|
| 日期 | 年月日 |

表 B.2 巡检记录

| 栏目 | 说明 |
|---|---|
| 班次 | 早中晚 |

## 参考文献

[1] 示例手册
"""


@pytest.fixture(scope="module")
def shop(segmenter: Segmenter, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    files = {"示例供方管理办法(2024-05-01).md": RULES, "示例光缆标准.md": STANDARD}
    world = open_world(tmp_path_factory.mktemp("places"), segmenter, files, entries=())
    yield world
    world.database.close()


def quotes_hold(world: World, answer: Answer) -> bool:
    """Every citation quotes what stands at its place; the last gate would have dropped it otherwise."""
    texts = {
        document.id: document.text
        for source in ("示例供方管理办法(2024-05-01).md", "示例光缆标准.md")
        for document in (world.catalog.document(one) for one in world.catalog.from_source(source, Origin.FILE))
    }
    return bool(answer.citations) and all(
        texts[c.document_id or ""][c.start : c.end] == c.quote for c in answer.citations
    )


# ------------------------------------------------------------------ what does not exist


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("示例供方管理办法第二条第五款", "第二条没有第五款。第二条共3款。"),
        ("示例供方管理办法第三条第（九）项", "第三条没有第（九）项。第三条共2款。第一款分3项，最后一项是第（三）项。"),
        ("示例供方管理办法第三条第二款第一项", "第二款没有分项"),
        ("示例供方管理办法第九章", "没有第九章。全文共3章，最后一章是第三章 罚则。"),
        ("示例供方管理办法表2", "没有表2。全文没有编号的表。"),
        ("示例供方管理办法附录A", "没有附录A。全文没有附录。"),
        ("T/SLGL 007的7.9", "没有 7.9 这一条。最近的是：7.5 成文信息。"),
        ("T/SLGL 007第9章", "没有第九章。全文共3章，最后一章是7 支持。"),
        ("T/SLGL 007表9", "没有表9。有的是：表1 记录保存期、表B.1 首件记录、表B.2 巡检记录。"),
        ("T/SLGL 007附录C", "没有附录C。有的是：附录B（资料性）记录表。"),
        ("7.1.2 d)", "7.1.2 没有 d)。"),
    ],
)
def test_what_does_not_exist_is_said_so_with_how_much_there_is(shop: World, text: str, said: str) -> None:
    answer = shop.ask(text)
    assert answer.outcome is Outcome.NOT_IN_KNOWLEDGE
    assert said in answer.text
    assert answer.citations == ()


def test_a_range_beyond_the_end_shows_what_there_is_and_says_what_is_not(shop: World) -> None:
    answer = shop.ask("示例供方管理办法第五条到第九条")
    assert answer.outcome is Outcome.PARTLY_SUPPORTED
    assert [c.clause for c in answer.citations] == ["第五条", "第六条"]
    assert "没有第九条。全文共6条" in answer.text
    assert answer.missing == ("第九条",)


@pytest.mark.parametrize("text", ["食品安全法第三条", "示例供方管理办法实施细则第三条", "GB/T 24001的8.1讲什么"])
def test_a_document_that_is_not_here_is_not_answered_from_another(shop: World, text: str) -> None:
    answer = shop.ask(text)
    assert answer.outcome is Outcome.NOT_IN_KNOWLEDGE
    assert "没有收录" in answer.text


# ------------------------------------------------------------------ ranges and several


@pytest.mark.parametrize(
    "text", ["第二条到第四条", "第2-4条", "第二至四条", "第二条、第三条和第四条", "第二、三、四条"]
)
def test_several_articles_come_whole_and_in_order(shop: World, text: str) -> None:
    answer = shop.ask(f"示例供方管理办法{text}")
    assert answer.outcome is Outcome.ANSWERED
    assert [c.clause for c in answer.citations] == ["第二条", "第三条", "第四条"]
    assert quotes_hold(shop, answer)


def test_two_documents_answer_each_with_its_own_article(shop: World) -> None:
    answer = shop.ask("示例供方管理办法第一条和T/SLGL 007的3.1")
    assert answer.text.split("\n") == [
        "《示例供方管理办法》",
        "第一条 为了管好供方，制定本办法。",
        "《示例光缆 质量管理体系 要求》",
        "3.1 预制棒",
        "用来拉制光纤的玻璃棒。",
    ]


# ------------------------------------------------------------------ below a clause, and the whole


def test_the_articles_of_a_chapter_are_listed_one_a_line(shop: World) -> None:
    answer = shop.ask("示例供方管理办法第一章有哪些条")
    assert answer.text.split("\n") == [
        "第一章 总则，下面有2条：",
        "第一条 为了管好供方，制定本办法。",
        "第二条 供方分为甲乙两类。",
    ]
    assert quotes_hold(shop, answer)


def test_the_clauses_below_one_are_listed_by_number_and_title(shop: World) -> None:
    assert shop.ask("T/SLGL 007的7.1下面有哪些条款").text.split("\n")[1:] == ["7.1.1 总则", "7.1.2 人员"]


def test_a_clause_with_nothing_below_it_says_so_and_is_shown(shop: World) -> None:
    answer = shop.ask("7.1.1下面有哪些条款")
    assert "下面没有再分条" in answer.text
    assert "企业应当配备所需的资源" in answer.text


def test_a_document_says_how_many_articles_it_has(shop: World) -> None:
    answer = shop.ask("示例供方管理办法一共多少条")
    assert answer.text.startswith("《示例供方管理办法》共3章、6条。")
    assert [c.clause for c in answer.citations] == ["第一章", "第二章", "第三章"]


def test_a_section_is_found_in_its_chapter(shop: World) -> None:
    assert "供方提出申请" in shop.ask("示例供方管理办法第二章第二节").text
    assert "责令改正" in shop.ask("示例供方管理办法第三章第一节").text


def test_a_section_number_that_several_chapters_have_is_asked_back(shop: World) -> None:
    answer = shop.ask("示例供方管理办法第一节讲什么")
    assert answer.outcome is Outcome.DIALOGUE
    assert "第二章第一节 条件" in answer.text
    assert "第三章第一节 警告" in answer.text


def test_a_chapter_of_a_standard_is_its_clause_of_that_number(shop: World) -> None:
    assert shop.ask("T/SLGL 007第3章").text.startswith("3 术语和定义")


@pytest.mark.parametrize(
    ("text", "first"), [("T/SLGL 007的参考文献", "参考文献"), ("示例供方管理办法的罚则", "第三章 罚则")]
)
def test_a_part_that_goes_by_its_title_is_found_by_it(shop: World, text: str, first: str) -> None:
    answer = shop.ask(text)
    assert answer.text.startswith(first)
    assert quotes_hold(shop, answer)


# ------------------------------------------------------------------ 款 and 项


@pytest.mark.parametrize("text", ["第二条第二款", "第2条第2款", "第二条的第二款讲什么", "第二条第二段"])
def test_a_paragraph_of_an_article_is_shown_alone(shop: World, text: str) -> None:
    answer = shop.ask(f"示例供方管理办法{text}")
    assert answer.text == "第二条第二款：\n甲类供方每年评价一次。"
    assert [c.quote for c in answer.citations] == ["甲类供方每年评价一次。"]
    assert quotes_hold(shop, answer)


def test_the_paragraph_after_a_list_is_the_second(shop: World) -> None:
    assert "进口供方还应当提交译本" in shop.ask("示例供方管理办法第三条第二款").text


def test_a_paragraph_with_a_list_comes_with_its_items(shop: World) -> None:
    lines = shop.ask("示例供方管理办法第三条第一款").text.split("\n")
    assert lines[1] == "供方应当符合下列条件："
    assert lines[-1] == "（三）有追溯办法。"


@pytest.mark.parametrize(
    "text", ["第三条第（三）项", "第三条第三项", "第三条第一款第三项", "第三条（三）", "第3条第(3)项"]
)
def test_an_item_comes_with_the_sentence_that_leads_into_it(shop: World, text: str) -> None:
    answer = shop.ask(f"示例供方管理办法{text}")
    assert answer.text.split("\n")[1:] == ["供方应当符合下列条件：", "（三）有追溯办法。"]
    assert quotes_hold(shop, answer)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("7.1.2 a)", ["企业应当配备：", "a) 检验员；"]),
        ("7.1.2的b项", ["企业应当配备：", "b) 计量管理员：", "1) 持证上岗；", "2) 每年培训。"]),
        ("7.1.2 b) 2)", ["企业应当配备：", "b) 计量管理员：", "2) 每年培训。"]),
        ("7.1.2第二款", ["人员档案保存三年。"]),
    ],
)
def test_the_lists_of_a_standard_are_addressed_by_their_letters(shop: World, text: str, lines: list[str]) -> None:
    assert shop.ask(text).text.split("\n")[1:] == lines


def test_how_many_paragraphs_and_items_an_article_has_is_counted(shop: World) -> None:
    assert shop.ask("示例供方管理办法第三条有几项").text.startswith("第三条共2款。第一款分3项")


# ------------------------------------------------------------------ tables, figures, annexes


@pytest.mark.parametrize("text", ["附录B表2", "附录B的表2", "表 B.2", "表B.2讲什么"])
def test_a_table_of_an_annex_is_shown_row_by_row(shop: World, text: str) -> None:
    answer = shop.ask(text)
    assert answer.text.split("\n") == ["表 B.2 巡检记录", "栏目 | 说明", "班次 | 早中晚"]
    assert [c.clause for c in answer.citations] == ["表 B.2"]
    assert quotes_hold(shop, answer)


def test_a_figure_is_found_by_its_number(shop: World) -> None:
    assert shop.ask("图1").text == "图 1 归档流程"


def test_an_annex_is_shown_with_all_that_stands_in_it(shop: World) -> None:
    text = shop.ask("附录B讲什么").text
    assert text.startswith("附录 B（资料性）记录表")
    assert "表 B.2 巡检记录" in text


def test_no_markup_is_left_in_what_a_phone_shows(shop: World) -> None:
    text = shop.ask("T/SLGL 007的7.5").text
    assert "记录应当清晰。" in text
    assert not any(mark in text for mark in ("#", "**", "|---"))


# ------------------------------------------------------------------ which document


@pytest.mark.parametrize(
    "text", ["示例光缆标准的3.1", "SLGL 007 3.1", "T/SLGL 007-2024 3.1", "3.1是什么术语", "三点一讲什么"]
)
def test_a_standard_goes_by_its_number_or_a_part_of_its_title(shop: World, text: str) -> None:
    assert shop.ask(text).text == "3.1 预制棒\n用来拉制光纤的玻璃棒。"


def test_a_bare_kind_of_document_is_the_one_of_that_kind(shop: World) -> None:
    assert shop.ask("办法第四条").text == "第四条 供方提出申请。"


def test_a_breach_shows_the_penalty_that_names_the_article_first(shop: World) -> None:
    lines = shop.ask("违反示例供方管理办法第二条怎么处罚").text.split("\n")
    assert lines[1] == "第五条 供方不符合本办法第二条规定的，责令改正。"
    assert lines[2] == "第二条 供方分为甲乙两类。"


def test_a_breach_whose_penalty_names_no_article_points_to_the_penalties(shop: World) -> None:
    assert "可看第三章 罚则" in shop.ask("违反示例供方管理办法第四条怎么处罚").text


def test_a_contents_line_taken_for_a_heading_gives_way_to_the_clause(fresh_world: OpenWorld) -> None:
    text = "# 示例目次规范\n\n## 5 抽样\n\n### 5.1 批次\n\n## 5 抽样\n\n### 5.1 批次\n\n每批抽三盘。\n"
    world = fresh_world(files={"示例目次规范.md": text}, entries=())
    assert "每批抽三盘" in world.ask("示例目次规范5.1").text
    assert "每批抽三盘" in world.ask("示例目次规范第5章").text
