"""An approved entry to the documents it rests on: quoted where we hold them, named where we do not."""

from __future__ import annotations

import pytest

from knowledge.faqs import FaqEntry, Source
from retrieval.answers import Citation
from retrieval.grounding import ground
from tests.retrieval.conftest import OpenWorld
from tests.retrieval.world import World, an_entry


def grounded(world: World, entry: FaqEntry) -> tuple[Citation, ...]:
    return ground(entry, world.catalog, world.catalog.shelf())


def test_a_document_we_do_not_hold_is_named_without_a_quote(world: World) -> None:
    source = Source("示例部", "示例通知", "示例〔2024〕6号", "2024-05-01", "第七条", "https://example.org/")
    (citation,) = grounded(world, an_entry("e", "问", "三年。", source=source))
    assert (citation.quote, citation.start, citation.end, citation.document_id) == ("", None, None, None)
    assert (citation.document, citation.number, citation.clause) == ("示例通知", "示例〔2024〕6号", "第七条")
    assert (citation.body, citation.date, citation.url) == ("示例部", "2024-05-01", "https://example.org/")
    assert citation.source == "内置知识/examples.yaml#e"


@pytest.mark.parametrize("clause", ["第二条", "第2条", "第 二 条"])
def test_the_clause_of_a_regulation_we_hold_is_quoted_whole(world: World, clause: str) -> None:
    source = Source("示例市人民政府", "示例认证管理办法", clause=clause)
    (citation,) = grounded(world, an_entry("e", "问", "三年。", source=source))
    assert citation.quote == "第二条 认证证书有效期为三年。"
    assert citation.edition == "2023-07-20"  # the edition in force, not the one of 2021


def test_the_sentence_that_carries_the_answer_is_quoted(world: World) -> None:
    source = Source("示例商会", "追溯平台启动会在滨江会议中心召开")
    entry = an_entry("e", "问", "全市已有3个片区试点，建成12个质量联合体，覆盖企业86家。", source=source)
    (citation, *_) = grounded(world, entry)
    document = world.document("追溯平台启动会.txt")
    assert "12个质量联合体" in citation.quote
    assert citation.quote == document.text[citation.start : citation.end]
    assert citation.chunk_id is not None


def test_an_answer_of_two_facts_rests_on_two_sentences(world: World) -> None:
    source = Source("示例商会", "追溯平台启动会在滨江会议中心召开")
    entry = an_entry("e", "问", "启动会由秘书长周远主持会议，会议主题为“一物一码、全程可查”。", source=source)
    quotes = "".join(c.quote for c in grounded(world, entry))
    assert "周远主持会议" in quotes
    assert "一物一码" in quotes


def test_a_document_that_does_not_carry_the_answer_is_not_quoted(world: World) -> None:
    source = Source("示例商会", "追溯平台启动会在滨江会议中心召开")
    (citation,) = grounded(world, an_entry("e", "问", "QWERTY 0000-99999", source=source))
    assert citation.quote == ""


@pytest.mark.parametrize("title", ["《示例认证管理办法》", "示例认证管理办法。", "示例 认证管理办法"])
def test_a_title_is_known_whatever_its_marks(world: World, title: str) -> None:
    source = Source("示例市人民政府", title, clause="第二条")
    assert grounded(world, an_entry("e", "问", "三年。", source=source))[0].quote


def test_every_source_of_an_entry_is_cited(world: World) -> None:
    entry = an_entry("e", "问", "三年。", source=Source("示例市人民政府", "示例认证管理办法", clause="第二条"))
    two = FaqEntry(
        "e", "问", "三年。", (*entry.sources, Source("示例部", "未收录的通知")), entry.confidence, topic="examples"
    )
    assert [c.document for c in grounded(world, two)] == ["示例认证管理办法", "未收录的通知"]


def test_a_clause_the_document_lacks_falls_back_to_its_sentences(fresh_world: OpenWorld) -> None:
    world = fresh_world(entries=())
    source = Source("示例市人民政府", "示例认证管理办法", clause="第八十八条")
    (citation,) = grounded(world, an_entry("e", "问", "认证证书有效期为三年。", source=source))
    assert "有效期为三年" in citation.quote
