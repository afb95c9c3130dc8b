"""Places as a question names them: ranges, 款 and 项, tables; each read as one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.references import exact_references, loose_subdivision


@pytest.mark.parametrize(
    "text", ["3到5条生产线", "代表2人", "地图1", "报表3张", "直径2.5到3.5毫米", "发表3篇", "表1个态"]
)
def test_what_counts_or_measures_is_no_place(text: str) -> None:
    assert exact_references(text) == []


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("第十条到第十二条", "第10条", "第12条"),
        ("第十条至第十二条", "第10条", "第12条"),
        ("第10-12条", "第10条", "第12条"),
        ("第10～12条", "第10条", "第12条"),
        ("第十至十二条", "第10条", "第12条"),
        ("第十二条到第十条", "第10条", "第12条"),
        ("10到12条讲什么", "第10条", "第12条"),
        ("8.1到8.3", "8.1", "8.3"),
        ("8.9-8.10", "8.9", "8.10"),
        ("第二章到第四章", "第2章", "第4章"),
    ],
)
def test_a_range_is_one_place_from_its_lower_end(text: str, first: str, last: str) -> None:
    (reference,) = exact_references(text)
    assert (reference.number, reference.through) == (first, last)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("第十条和第十五条", ["第10条", "第15条"]),
        ("第十、十一和十三条", ["第10条", "第11条", "第13条"]),
        ("8.1和第三条", ["8.1", "第3条"]),
        ("第十二条之一", ["第12条之1"]),
        ("附录B.1", ["b.1"]),
    ],
)
def test_several_are_several(text: str, numbers: list[str]) -> None:
    assert [r.number for r in exact_references(text)] == numbers


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("第二十二条第二款", [(2, None)]),
        ("第22条的第2款", [(2, None)]),
        ("第二十二条第二款第（三）项", [(2, "3")]),
        ("第十条第三项", [(None, "3")]),
        ("第十条（三）", [(None, "3")]),
        ("第十条第（一）、（二）项", [(None, "1"), (None, "2")]),
        ("第十条第一款和第二款", [(1, None), (2, None)]),
        ("第十条第一、二款", [(1, None), (2, None)]),
        ("第十条第一款至第三款", [(1, None), (2, None), (3, None)]),
        ("8.4.1 a)", [(None, "a")]),
        ("8.4.1的b项", [(None, "b")]),
        ("8.4.1 a) 2)", [(None, "a.2")]),
        ("第十条第（二）项第1目", [(None, "2.1")]),
        ("27条4项", [(None, "4")]),
        ("22条2款", [(2, None)]),
        ("4.1 a类企业", [(None, None)]),
        ("第十条三项规定", [(None, None)]),
    ],
)
def test_paragraphs_and_items_belong_to_their_article(text: str, places: list[tuple[int | None, str | None]]) -> None:
    assert [(r.paragraph, r.item) for r in exact_references(text)] == places


@pytest.mark.parametrize(
    ("text", "kind", "number", "within"),
    [
        ("表3", "table", "3", None),
        ("表 B.2", "table", "b.2", None),
        ("附录B表2", "table", "2", "附录b"),
        ("附录B的表2", "table", "2", "附录b"),
        ("表一", "table", "1", None),
        ("图2-1", "figure", "2.1", None),
        ("7.1的表1", "table", "1", "7.1"),
        ("第三章第二节", "clause", "第2节", "第3章"),
        ("第二章第十条", "clause", "第10条", "第2章"),
        ("第八章8.5.1", "clause", "8.5.1", "第8章"),
    ],
)
def test_tables_and_parts_know_where_they_are_said_to_stand(
    text: str, kind: str, number: str, within: str | None
) -> None:
    (reference,) = exact_references(text)
    assert (reference.kind, reference.number, reference.within) == (kind, number, within)


@pytest.mark.parametrize(("text", "paragraph", "item"), [("第二款呢", 2, None), ("那第（三）项呢", None, "3")])
def test_a_loose_subdivision_has_no_article(text: str, paragraph: int | None, item: str | None) -> None:
    reference = loose_subdivision(text)
    assert reference is not None
    assert (reference.number, reference.paragraph, reference.item) == ("", paragraph, item)


def test_what_names_no_paragraph_is_no_loose_subdivision() -> None:
    assert loose_subdivision("第二种办法") is None


@given(st.text("第一二十百零条款项章节8.5点到至-、和（）()附录表图AB .a-0GB/T19001年", max_size=40))
def test_places_lie_within_the_text_and_in_order(text: str) -> None:
    at = 0
    for reference in exact_references(text):
        assert at <= reference.start <= reference.end <= len(text)
        at = reference.start
