"""An answer from an operator's sheet of questions rests on the sheet, word for word."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from knowledge.terms import Segmenter
from retrieval.answers import Outcome
from tests.retrieval.world import World, open_world

SHEET = (
    "问题,答案,相似问法\n"
    "访客怎么进洁净室,先在前台登记，再更换防静电服。,外来人员怎么进车间\n"
    "测试仪多久校准一次,每七个月校准一次，由计量室负责。,\n"
)


@pytest.fixture
def world(tmp_path: Path, segmenter: Segmenter) -> Iterator[World]:
    world = open_world(tmp_path, segmenter, files={"前台问答.csv": SHEET})
    yield world
    world.database.close()


@pytest.mark.parametrize("asked", ["访客怎么进洁净室", "外来人员怎么进车间"])
def test_the_answer_of_a_row_quotes_the_row(world: World, asked: str) -> None:
    answer = world.ask(asked)
    assert (answer.outcome, answer.kind) == (Outcome.ANSWERED, "faq")
    assert answer.text == "先在前台登记，再更换防静电服。"
    document = world.document("前台问答.csv")
    (citation,) = answer.citations
    assert (citation.document_id, citation.document) == (document.id, "前台问答")
    assert "先在前台登记，再更换防静电服。" in citation.quote
    assert document.text[citation.start : citation.end] == citation.quote


def test_the_entry_goes_with_its_sheet(world: World) -> None:
    world.ingestion.remove(world.document("前台问答.csv").id)
    assert world.ask("访客怎么进洁净室").outcome is Outcome.NOT_IN_KNOWLEDGE
