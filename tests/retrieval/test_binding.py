"""Which of two documents is said first."""

from __future__ import annotations

from datetime import date

from knowledge.documents import Metadata, Origin
from retrieval.binding import binding, is_rule, later_law


def test_a_law_goes_before_a_regulation_and_the_newer_before_the_older() -> None:
    law = Metadata("示例质量法", published=date(1993, 9, 1))
    new, old = Metadata("示例认证条例", published=date(2023, 7, 20)), Metadata("示例条例", published=date(1990, 4, 6))
    rule, news = Metadata("示例检验办法（2024）", published=date(2024, 8, 9)), Metadata("示例会议召开")
    standard = Metadata("示例 要求", number="GB/T 19001-2016")
    shuffled = [news, rule, old, standard, law, new]
    assert sorted(shuffled, key=lambda one: binding(one, Origin.FILE)) == [law, new, old, rule, standard, news]
    assert binding(news, Origin.FILE) < binding(law, Origin.LIBRARY)


def test_what_only_ends_like_a_law_is_none() -> None:
    assert [is_rule(Metadata(title)) for title in ("示例质量法", "检验做法", "计算办法", "三种算法", "示例要求")] == [
        True,
        False,
        True,
        False,
        False,
    ]


def test_the_law_that_a_regulation_carries_out_may_have_changed_since() -> None:
    old = Metadata("示例质量法实施条例", published=date(1990, 4, 6))
    law, before = Metadata("中华人民共和国示例质量法", published=date(2017, 11, 4)), Metadata("示例质量法")
    other = Metadata("示例标准法", published=date(2020, 1, 1))
    assert later_law(old, [other, before, law]) is law
    assert later_law(old, [other, before]) is None
    assert later_law(Metadata("示例质量法实施条例", published=date(2020, 1, 1)), [law]) is None
    assert later_law(Metadata("示例条例", published=date(1990, 4, 6)), [law]) is None
