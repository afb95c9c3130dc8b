"""Questions about the knowledge itself."""

from __future__ import annotations

import pytest

from retrieval.answers import Outcome
from retrieval.holdings import asks_for_holdings
from tests.retrieval.conftest import OpenWorld
from tests.retrieval.world import ENTRIES, World


@pytest.mark.parametrize(
    "text", ["示例认证管理办法有哪些规定", "检测记录保存几年", "你们资料库里第三条讲什么", "你是谁"]
)
def test_questions_about_a_matter_are_not_about_the_holdings(world: World, text: str) -> None:
    assert not asks_for_holdings(world.read(text))


@pytest.mark.parametrize(
    "text", ["你们资料库里有哪些文件", "知识库里收录了哪些标准", "你们的新闻是哪天的", "资料库里有多少份文件"]
)
def test_the_documents_held_are_listed_with_their_days(world: World, text: str) -> None:
    answer = world.ask(text)
    assert answer.outcome is Outcome.ANSWERED
    assert "追溯平台启动会在滨江会议中心召开（2024-11-29）" in answer.text
    assert "示例检测规范（原文未写日期）" in answer.text


def test_a_superseded_edition_is_not_listed(world: World) -> None:
    answer = world.ask("你们资料库里有哪些文件")
    assert answer.text.count("示例认证管理办法") == 1
    assert "2021" not in answer.text


def test_every_title_listed_is_cited_where_it_stands(world: World) -> None:
    citations = world.ask("你们资料库里有哪些文件").citations
    assert {c.quote for c in citations} >= {"示例认证管理办法", "示例检测规范"}
    assert all(world.answerer.verifier.holds(c) for c in citations)


def test_an_empty_shelf_is_listed_without_a_citation(fresh_world: OpenWorld) -> None:
    answer = fresh_world(files={}, entries=ENTRIES).ask("你们资料库里有哪些文件")
    assert answer.citations == ()
