"""Of a document as a whole: since when it holds, who issued it, its editions and what they changed, its pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from knowledge.terms import Segmenter
from retrieval.answers import Answer, Outcome
from retrieval.lookup.changes import asks_changes
from retrieval.lookup.of_itself import Aspect, aspect_of
from retrieval.lookup.pages import asks_no_more, page_asked
from tests.corpus.home import opened_home
from tests.corpus.slides_file import render_slides
from tests.corpus.standard import STANDARD
from tests.retrieval.world import World, open_world

BEFORE = """# 示例光缆检验办法

2019年3月1日 示例市人民政府令第12号公布

第一条 为了规范光缆检验，制定本办法。

第二条 在本市从事光缆检验的，应当遵守本办法。

第三条 检验机构应当保存记录三年。

第四条 收费应当公开(含附加费)。

第五条 逾期不改正的，处1万元罚款。

第六条 本办法自2019年5月1日起施行。
"""

NOW = """# 示例光缆检验办法

2019年3月1日 示例市人民政府令第12号公布 根据2021年6月2日《示例市人民政府关于修改部分规章的决定》第一次修正根据2024年8月9日《示例市人民政府关于修改部分规章的决定》第二次修正）

第一条 为了规范光缆检验，制定本办法。

第二条 在本市从事光缆检验的，应当遵守本办法。

第三条 检验机构应当保存记录六年，并备份。

第四条 收费应当公开（含附加费）。

第六条 本办法自2019年5月1日起施行。

第七条 检验人员每年培训一次。

第八条 本办法由示例局负责解释。
"""

FROM_ISSUE = """# 示例光纤收购细则

1991年4月6日 示例部令第53号发布

第一条 收购应当过磅。

第二条 本细则自发布之日起施行。
"""

STANDARD_TEXT = """# 示例光缆 质量管理体系 要求

T/SLGL 007-2024

2024-09-28 发布　2024-09-30 实施

示例协会 发布

## 1 范围

本文件规定了光缆企业的要求，适用于光缆企业。

## 4 组织环境

### 4.1 理解组织

企业应当理解环境。
"""

NEWS = """当前位置: 网站首页 新闻资讯

示例光缆检验办法宣贯会召开

发布日期:2024-11-29      来源:示例网

2024年11月29日，宣贯会在滨江召开，由周远主持，会上发布了检验手册。
"""


@pytest.fixture(scope="module")
def world(segmenter: Segmenter, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    files = {
        "光缆检验办法(2019-03-01).md": BEFORE,
        "光缆检验办法(2024-08-09).md": NOW,
        "收购细则(1991-04-06).md": FROM_ISSUE,
        "要求.md": STANDARD_TEXT,
        "新闻.txt": NEWS,
    }
    world = open_world(tmp_path_factory.mktemp("whole"), segmenter, files, entries=())
    yield world
    world.database.close()


def stands(world: World, answer: Answer) -> None:
    assert answer.citations
    for cited in answer.citations:
        assert cited.quote
        assert world.document(cited.source).text[cited.start : cited.end] == cited.quote


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("光缆检验办法什么时候施行的", "自2019年5月1日起施行"),
        ("光缆检验办法的生效日期是哪天", "自2019年5月1日起施行"),
        ("光缆检验办法是谁发布的", "示例市人民政府令第12号公布"),
        ("光缆检验办法的文号是多少？", "示例市人民政府令第12号公布"),
        ("光缆检验办法最近一次修正是什么时候", "2024年8月9日"),
        ("光缆检验办法有几个版本", "收录了2个版本：2024-08-09、2019-03-01"),
        ("光缆检验办法现在用哪一年的版本", "收录了2个版本"),
        ("光缆检验办法还有效吗", "现行有效"),
        ("光缆检验办法适用于哪些单位", "第二条 在本市从事光缆检验的"),
        ("光缆检验办法第二次修正是哪一年", "共修订2次"),
        ("光缆检验办法最初是什么时候公布的", "2019年3月1日"),
        ("现行光缆检验办法什么时候施行", "自2019年5月1日起施行"),
        ("光缆检验办法由谁负责解释", "第八条 本办法由示例局负责解释。"),
        ("光缆检验办法的立法目的是什么", "第一条 为了规范光缆检验"),
        ("示例光缆质量管理体系要求什么时候实施", "2024-09-30 实施"),
        ("示例光缆质量管理体系要求的适用范围", "适用于光缆企业"),
    ],
)
def test_a_document_says_of_itself(world: World, asked: str, said: str) -> None:
    answer = world.ask(asked)
    assert (answer.outcome, answer.kind) == (Outcome.ANSWERED, "clause")
    assert said in answer.text
    stands(world, answer)


def test_acts_that_stand_on_one_line_are_told_apart_and_counted(world: World) -> None:
    answer = world.ask("光缆检验办法修正过几次")
    head, *acts = answer.text.split("\n")
    assert head == "《示例光缆检验办法》共修订2次："
    assert [act[:10] for act in acts] == ["2021年6月2日《", "2024年8月9日《"]
    assert [act.endswith("次修正") for act in acts] == [True, True]
    stands(world, answer)


def test_a_history_that_ends_before_its_edition_is_not_told_as_the_last(world: World) -> None:
    world.add(
        {
            "示例仓储办法(2022-01-01).md": NOW.replace("光缆检验", "仓储").split("根据2024年")[0]
            + "根据\n\n第一条 本办法自2020年5月1日起施行。\n"
        }
    )
    answer = world.ask("仓储办法还有效吗")
    assert "最近一次" not in answer.text
    assert not answer.text.rstrip().endswith("根据")
    assert world.ask("仓储办法最近一次修正是什么时候").kind != "clause"


def test_what_holds_since_its_issue_comes_with_the_day_of_it(world: World) -> None:
    answer = world.ask("光纤收购细则什么时候开始施行")
    assert "自发布之日起施行" in answer.text
    assert "1991年4月6日 示例部令第53号发布" in answer.text


def test_the_edition_of_a_time_speaks_for_itself(world: World) -> None:
    answer = world.ask("2019版光缆检验办法还有效吗")
    assert "现行有效" not in answer.text
    assert "2024-08-09" in answer.text


def test_a_question_that_wants_more_than_the_document_itself_is_left_to_the_search() -> None:
    for rest in (
        "什么时候要求保存记录",
        "是谁检验的",
        "发布会什么时候开",
        "规定收费什么时候公开",
        "有效期几年",
        "里谁制定年度计划",
        "适用的罚款是多少",
        "有几个检验机构",
    ):
        assert aspect_of(rest) is None, rest
        assert not asks_changes(rest), rest


@pytest.mark.parametrize(
    ("rest", "aspect"),
    [
        ("是什么时候开始实施的？", Aspect.BEGINS),
        ("啥时候生效", Aspect.BEGINS),
        ("哪年发布的", Aspect.ISSUED),
        ("由哪个部门制定", Aspect.ISSUED),
        ("是第几号国务院令", Aspect.ISSUED),
        ("改版过没有", Aspect.REVISED),
        ("现行版是哪一年的", Aspect.EDITIONS),
        ("几几年的", Aspect.EDITIONS),
        ("作废了吗", Aspect.HOLDS),
    ],
)
def test_what_is_asked_of_a_document(rest: str, aspect: Aspect) -> None:
    assert aspect_of(rest) is aspect


@pytest.mark.parametrize(
    "asked",
    [
        "光缆检验办法新旧版有什么区别",
        "光缆检验办法2019版和2024版有什么不同？",
        "光缆检验办法2024年改了哪些内容",
        "光缆检验办法哪些条款有变化",
        "新版光缆检验办法跟老版比改了什么",
    ],
)
def test_what_changed_between_editions_is_said_word_by_word(world: World, asked: str) -> None:
    answer = world.ask(asked)
    assert answer.text.startswith("《示例光缆检验办法》2024-08-09版与2019-03-01版相比：修改1条、新增2条、删除1条。")
    assert "第三条：“三年”改为“六年，并备份”。" in answer.text
    assert "新增 第七条：检验人员每年培训一次。" in answer.text
    assert "删除 第五条：逾期不改正的，处1万元罚款。" in answer.text
    assert "另有1条只是标点、括号等格式不同。" in answer.text
    assert "原来：检验机构应当保存记录三年。" in answer.details
    stands(world, answer)


def test_of_a_document_with_one_edition_nothing_is_made_up(world: World) -> None:
    answer = world.ask("光纤收购细则新旧版有什么区别")
    assert "相比" not in answer.text


def test_the_conversation_says_which_document(world: World) -> None:
    first = "光缆检验办法第三条"
    assert "共7条" in world.ask("一共多少条", first).text
    assert "示例市人民政府令第12号" in world.ask("谁发布的", first).text
    assert "改为“六年，并备份”" in world.ask("新旧版有什么区别", first).text
    assert world.ask("谁发布的").kind != "clause"


def test_slides_by_their_number(tmp_path: Path) -> None:
    slides = tmp_path / "供方培训课件.pptx"
    slides.write_bytes(render_slides(STANDARD))
    with opened_home(tmp_path, [slides]) as home:
        for asked in ("第2张幻灯片讲了什么", "课件第二页写了什么", "PPT第2张"):
            answer = home.ask(asked)
            assert "第2张幻灯片：" in answer.text, asked
            assert "纤芯区不应有划痕和污点" in answer.text
            assert "返工后重新检验" not in answer.text
            assert {cited.place for cited in answer.citations} <= {"幻灯片 2", "幻灯片 2 备注"}
        title = home.document(slides.name).metadata.title
        assert home.ask("第9张幻灯片讲了什么").text == f"《{title}》没有第9张幻灯片，最后是第4张幻灯片。"


def test_a_page_of_several_documents_is_asked_back(tmp_path: Path) -> None:
    files = [tmp_path / "供方培训课件.pptx", tmp_path / "新员工课件.pptx"]
    files[0].write_bytes(render_slides(STANDARD))
    other = replace(STANDARD, slides=STANDARD.slides[::-1])
    files[1].write_bytes(render_slides(other))
    with opened_home(tmp_path, files) as home:
        answer = home.ask("第3张幻灯片讲了什么")
    assert answer.outcome is Outcome.DIALOGUE
    assert answer.text.startswith("您问的是哪一份的第3张幻灯片？\n1. ")
    assert len(answer.suggestions) == 2


@pytest.mark.parametrize("text", ["这张证书有效期几年", "一张证书管几年", "第3页和第5页的区别是什么意思"])
def test_what_only_mentions_a_page_or_sheet(text: str) -> None:
    asked = page_asked(text)
    assert asked is None or not asks_no_more(asked.rest)
