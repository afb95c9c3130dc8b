"""What kind of thing a text has, against what is asked for."""

from __future__ import annotations

import pytest

from retrieval.answer_types import carries
from retrieval.understanding import Asked

HOW_MANY = frozenset({Asked.HOW_MANY})
CONTACT = frozenset({Asked.CONTACT})
LIST = frozenset({Asked.WHICH_LIST})


def test_a_count_of_the_thing_asked_for_is_worth_more_than_any_number() -> None:
    assert carries(HOW_MANY, "共有60余人到场。", "会上来了多少人") == 1.0
    assert carries(HOW_MANY, "会议于5日召开。", "会上来了多少人") == 0.5
    assert carries(HOW_MANY, "大家反响热烈。", "会上来了多少人") == 0.0


def test_a_figure_that_the_question_names_is_no_answer_to_it() -> None:
    assert carries(HOW_MANY, "参加试点的有32家。", "32家里有几家通过了") == 0.0
    assert carries(HOW_MANY, "参加试点的有32家，19家通过。", "32家里有几家通过了") == 1.0


@pytest.mark.parametrize(
    ("question", "text", "worth"),
    [
        ("服务站的电话", "电话：0512-12345678", 1.0),
        ("服务站的电话", "地址：示例路8号", 0.5),
        ("服务站的地址", "地址：示例路8号", 1.0),
        ("服务站的网址", "电话：0512-12345678", 0.5),
    ],
)
def test_a_way_to_reach_somebody_is_the_one_asked_for(question: str, text: str, worth: float) -> None:
    assert carries(CONTACT, text, question) == worth


def test_two_things_joined_are_a_list_only_where_two_are_asked_for() -> None:
    assert carries(LIST, "选了甲区和乙市。", "选了哪两个地方") == 1.0
    assert carries(LIST, "选了甲区和乙市。", "选了哪些地方") == 0.5
    assert carries(LIST, "选了甲区、乙市、丙县。", "选了哪些地方") == 1.0


def test_where_no_kind_can_be_told_nothing_is_held_against_a_text() -> None:
    assert carries(frozenset(), "随便一句。") == 0.5
