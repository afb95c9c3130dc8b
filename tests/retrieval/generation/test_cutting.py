"""Sentences out of a stream, however it is cut into pieces."""

from __future__ import annotations

import pytest

from retrieval.generation.cutting import Cutter, Unit

SAID = "证书有效期为三年[1]。期满前可以换发。[1][2]\n1. **不得**转让【3】！是否收费？\n（二）按3.5%计算[2,3]\n还没说完"
UNITS = [
    Unit("证书有效期为三年。", (1,), 0),
    Unit("期满前可以换发。", (1, 2), 0),
    Unit("不得转让！", (3,), 1),
    Unit("是否收费？", (), 1),
    Unit("按3.5%计算", (2, 3), 2),
]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_the_pieces_make_no_difference(size: int) -> None:
    cutter = Cutter()
    found = [unit for at in range(0, len(SAID), size) for unit in cutter.feed(SAID[at : at + size])]
    assert found + cutter.end() == UNITS


def test_a_sentence_waits_for_the_marks_behind_it() -> None:
    cutter = Cutter()
    assert cutter.feed("有效期三年。") == []
    assert cutter.feed("[1") == []
    assert cutter.feed("]其") == [Unit("有效期三年。", (1,), 0)]


def test_a_sentence_broken_off_is_for_nobody_unless_its_citation_closed_it() -> None:
    for said, left in (("有效期三", []), ("有效期三年[1]", [Unit("有效期三年", (1,), 0)])):
        cutter = Cutter()
        assert cutter.feed(said) + cutter.end() == left


def test_the_year_of_a_document_number_is_no_citation() -> None:
    cutter = Cutter()
    (unit,) = cutter.feed("依据〔2024〕6号和[2024]7号[1]。") + cutter.end()
    assert unit == Unit("依据〔2024〕6号和[2024]7号。", (1,), 0)


def test_thoughts_are_left_out() -> None:
    cutter = Cutter()
    found = [unit for char in "<think>有效期三年[1]。\n九年？</think>有效期六年[1]。好" for unit in cutter.feed(char)]
    assert found == [Unit("有效期六年。", (1,), 0)]
    endless = Cutter()
    assert endless.feed("<think>想啊想。[1]想") + endless.end() == []
