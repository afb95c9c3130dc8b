"""Quotes against the stored text: a program's word, not the answer's own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from retrieval.answers import Answer, Citation, Outcome
from retrieval.evaluation.quotes import Quotes, check, stands, total
from tests.retrieval.world import World

RULE = "认证证书有效期为三年。"


@pytest.fixture
def quoted(world: World) -> Citation:
    document = world.document("示例认证管理办法(2023-07-20).md")
    start = document.text.index(RULE)
    return Citation("办法", "办法.md", RULE, document.id, start=start, end=start + len(RULE))


def test_a_quote_stands_where_its_text_is(world: World, quoted: Citation) -> None:
    assert stands(world.catalog, quoted)


@pytest.mark.parametrize(
    "change",
    [
        {"quote": "认证证书有效期为五年。"},
        {"start": 0, "end": len(RULE)},
        {"end": None},
        {"document_id": None},
        {"document_id": "没有这份"},
        {"start": -5},
        {"end": 10**6},
    ],
)
def test_whatever_is_off_by_a_character_does_not_stand(
    world: World, quoted: Citation, change: dict[str, object]
) -> None:
    assert not stands(world.catalog, replace(quoted, **change))  # type: ignore[arg-type]


def test_quotes_are_counted_and_added(world: World, quoted: Citation) -> None:
    false, unheld = replace(quoted, quote="编造的一句"), Citation("规则", "faq")
    answer = Answer(Outcome.ANSWERED, "extract", "三年", (quoted, false, unheld))
    found = check(answer, lambda citation: stands(world.catalog, citation))
    assert found == Quotes(1, 1, 1)
    assert total([found, found]) == Quotes(2, 2, 2)
    assert found.told() == "2 处引文，逐字属实 1 处，不符 1 处"
