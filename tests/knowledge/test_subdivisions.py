"""款 and 项 of an article, as spans of the text they stand in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.subdivisions import Item, Paragraph, paragraphs

ARTICLE = """第三条 供方应当符合下列条件：

（一）有营业执照；

（二）有检验人员：

1. 至少两名；

2. 持证上岗。

（三）有追溯办法。

进口供方还应当提交译本。
"""


def shown(text: str, one: Paragraph | Item) -> str:
    return text[one.start : one.end]


def test_an_article_without_lists_has_a_paragraph_a_line() -> None:
    text = "第二条 甲类每年一次。\n\n乙类两年一次。\n"
    assert [shown(text, p) for p in paragraphs(text)] == ["甲类每年一次。", "乙类两年一次。"]


def test_items_belong_to_the_paragraph_that_leads_into_them() -> None:
    first, second = paragraphs(ARTICLE)
    assert ARTICLE[first.start : first.lead_end] == "供方应当符合下列条件："
    assert [item.label for item in first.items] == ["1", "2", "3"]
    assert shown(ARTICLE, first).endswith("（三）有追溯办法。")
    assert (shown(ARTICLE, second), second.items) == ("进口供方还应当提交译本。", ())


def test_a_list_inside_an_item_is_its_own() -> None:
    first = paragraphs(ARTICLE)[0]
    nested = first.item("2.2")
    assert nested is not None
    assert shown(ARTICLE, nested) == "2. 持证上岗。"
    assert first.item("2.3") is None
    assert first.item("4") is None


@pytest.mark.parametrize("mark", ["- ", "* ", "　"])
def test_the_markups_own_list_mark_is_not_part_of_an_item(mark: str) -> None:
    text = f"第一条 下列：\n{mark}（一）甲；\n{mark}（二）乙。\n"
    (paragraph,) = paragraphs(text)
    assert [shown(text, item) for item in paragraph.items] == ["（一）甲；", "（二）乙。"]


def test_the_letters_of_a_standard_are_items_and_its_numbers_stand_below_them() -> None:
    text = "7.1.2 企业应当：\n\na) 配备检验员；\n\nb) 配备计量员：\n\n1) 持证；\n\n2) 培训。\n\nc) 配备内审员。\n"
    (paragraph,) = paragraphs(text)
    assert [item.label for item in paragraph.items] == ["a", "b", "c"]
    assert [item.label for item in paragraph.items[1].items] == ["1", "2"]


def test_a_table_belongs_to_the_paragraph_before_it() -> None:
    text = "第一条 见下表：\n| 甲 | 乙 |\n| 1 | 2 |\n另有规定的除外。\n"
    first, second = paragraphs(text)
    assert first.items == ()
    assert shown(text, first).endswith("| 1 | 2 |")
    assert shown(text, second) == "另有规定的除外。"


def test_offsets_are_those_of_the_whole_text() -> None:
    text = f"前言。\n{ARTICLE}"
    assert shown(text, paragraphs(text, 4, len(text))[0]).startswith("供方应当")


@given(st.text("第一二条（）()1.a)、甲乙。；：\n |-#　", max_size=60))
def test_paragraphs_and_items_never_overlap_and_lie_within_the_text(text: str) -> None:
    at = 0
    for paragraph in paragraphs(text):
        assert at <= paragraph.start <= paragraph.lead_end <= paragraph.end <= len(text)
        inside = paragraph.start
        for item in paragraph.items:
            assert inside <= item.start < item.end <= paragraph.end
            inside = item.end
        at = paragraph.end
