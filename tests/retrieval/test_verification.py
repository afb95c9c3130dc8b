"""The last gate: a citation that does not stand in the stored text does not leave."""

from __future__ import annotations

from dataclasses import replace

import pytest

from retrieval.answers import Answer, Citation, Outcome
from retrieval.extractive import cite
from tests.retrieval.world import World


@pytest.fixture
def sound(world: World) -> Citation:
    document = world.document("示例检测规范.md")
    at = document.text.index("检测原始记录")
    return cite(document, at, at + 14)


TAMPERED = [
    {"quote": "检测原始记录至少保存九年"},
    {"start": 0},
    {"end": None},
    {"start": None, "end": None},
    {"document_id": "nobody"},
    {"document_id": None},
    {"quote": ""},  # a place without words
]


@pytest.mark.parametrize("changes", TAMPERED, ids=str)
def test_a_tampered_citation_does_not_hold(world: World, sound: Citation, changes: dict[str, object]) -> None:
    assert not world.answerer.verifier.holds(replace(sound, **changes))  # type: ignore[arg-type]


def test_only_the_citations_that_hold_leave_with_the_answer(world: World, sound: Citation) -> None:
    named = Citation("示例通知", "内置知识/examples.yaml#e")
    false = replace(sound, quote="检测原始记录至少保存九年")
    answer = Answer(Outcome.ANSWERED, "extract", "六年。", (false, sound, named))
    assert world.answerer.verifier.verified(answer) == replace(answer, citations=(sound, named))


def test_a_removed_document_carries_no_citation(world: World, sound: Citation) -> None:
    assert world.answerer.verifier.holds(sound)
    assert not world.answerer.verifier.holds(replace(sound, document_id="removed"))
