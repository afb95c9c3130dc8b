"""Which edition holds on a day, whatever the editions are called, and what an operator may say of one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from knowledge.documents import Metadata, Origin, Status
from knowledge.editions import Shelved, admitted, edited, editions_of, in_force_on, mark_superseded, title_key
from knowledge.errors import KnowledgeError

TODAY = date(2026, 11, 21)


def shelf(**documents: Metadata) -> list[Shelved]:
    """By id, in this order."""
    return [Shelved(name, f"{name}.md", Origin.FILE, m, title_key(m.title)) for name, m in documents.items()]


def standard(year: int, number: str = "T/ABCD 007", title: str = "跳线检验", **known: object) -> Metadata:
    return replace(
        Metadata(title, number=f"{number}-{year}", edition=str(year), published=date(year, 5, 1)),
        **known,  # type: ignore[arg-type]
    )


def standing(shelved: list[Shelved], day: date = TODAY) -> dict[str, tuple[str, str | None]]:
    return {one.id: (one.metadata.status.value, one.superseded_by) for one in mark_superseded(shelved, day)}


def ids(shelved: list[Shelved]) -> list[str]:
    return [one.id for one in shelved]


def test_editions_of_one_standard_need_not_share_a_title() -> None:
    held = shelf(old=standard(2019, title="光纤跳线检验"), new=standard(2024, title="跳线 外观检验规程"))
    assert standing(held) == {"old": ("废止", "new"), "new": ("现行", None)}


def test_parts_of_a_standard_and_decrees_that_amend_many_are_works_of_their_own() -> None:
    parts = shelf(one=standard(2019, "GB/T 99001.1", "甲"), two=standard(2024, "GB/T 99001.2", "乙"))
    assert set(standing(parts).values()) == {("现行", None)}
    decree = {"number": "国务院令第999号"}
    decrees = shelf(one=standard(2019, title="甲条例", **decree), two=standard(2024, title="乙条例", **decree))
    assert set(standing(decrees).values()) == {("现行", None)}


def test_an_edition_is_upcoming_until_its_day_and_the_one_before_holds_so_long() -> None:
    held = shelf(old=standard(2019), new=standard(2024, effective=date(2027, 1, 1)))
    assert standing(held) == {"old": ("现行", None), "new": ("即将实施", None)}
    assert standing(held, date(2027, 1, 1)) == {"old": ("废止", "new"), "new": ("现行", None)}
    assert ids(in_force_on(held, date(2026, 12, 31))) == ["old"]


def test_a_repealed_document_without_a_successor_ends_on_its_day() -> None:
    held = shelf(rules=standard(2015, repealed=date(2025, 5, 1)))
    assert ids(in_force_on(held, date(2025, 4, 30))) == ["rules"]
    assert standing(held) == {"rules": ("废止", None)}
    assert admitted(held, today=TODAY) == frozenset()
    assert admitted(held, date(2020, 12, 31)) == {"rules"}


def test_what_a_document_says_it_replaces_gives_way_to_it_whatever_both_are_called() -> None:
    new = standard(2024, "T/ABCD 009", "新规程", replaces="T/ABCD 003-2019、《旧 跳线规程》")
    held = shelf(
        by_number=standard(2019, "T/ABCD 003", "另一题名"),
        by_title=Metadata("《旧跳线规程》"),
        other=standard(2018, "T/ABCD 003", "更早的一版"),
        new=new,
    )
    assert standing(held) == {
        "by_number": ("废止", "new"),
        "by_title": ("废止", "new"),
        "other": ("废止", "new"),  # followed by by_number, which new has replaced
        "new": ("现行", None),
    }
    assert set(standing(held, date(2022, 1, 1)).values()) == {
        ("现行", None),
        ("废止", "by_number"),
        ("即将实施", None),
    }


def test_a_document_says_by_what_it_is_replaced_and_a_successor_that_is_not_held_ends_it_too() -> None:
    old = standard(2012, "GB/T 99001", replaced_by="GB/T 99005-2020")
    assert standing(shelf(old=old)) == {"old": ("废止", None)}
    assert ids(in_force_on(shelf(old=old), date(2019, 12, 31))) == ["old"]
    held = shelf(old=old, new=standard(2020, "GB/T 99005", "新"))
    assert standing(held) == {"old": ("废止", "new"), "new": ("现行", None)}


def test_documents_that_name_each_other_do_not_send_us_in_circles() -> None:
    one = standard(2020, "T/ABCD 001", "甲", replaces="T/ABCD 002-2020", replaced_by="T/ABCD 002-2020")
    two = standard(2020, "T/ABCD 002", "乙", replaces="T/ABCD 001-2020", replaced_by="T/ABCD 001-2020")
    assert standing(shelf(one=one, two=two)).keys() == {"one", "two"}


def test_editions_without_dates_follow_one_another_by_their_years() -> None:
    held = shelf(new=standard(2024, published=None), old=standard(2019, published=None))
    assert standing(held) == {"new": ("现行", None), "old": ("废止", "new")}
    assert ids(in_force_on(held, date(2020, 1, 1))) == ["old"]


def test_a_copy_of_the_edition_in_force_is_passed_over_but_not_called_repealed() -> None:
    held = shelf(first=standard(2024), copy=standard(2024))
    assert standing(held) == {"first": ("现行", None), "copy": ("现行", "first")}
    assert admitted(held, today=TODAY) == {"first"}


def test_what_teaches_an_edition_is_neither_a_later_one_nor_a_copy() -> None:
    held = shelf(
        standard=standard(2024), slides=standard(2024, title="跳线检验 讲稿", published=None), old=standard(2019)
    )
    assert standing(held) == {"standard": ("现行", None), "slides": ("现行", None), "old": ("废止", "standard")}


def test_a_shelf_that_was_marked_for_today_answers_for_any_other_day() -> None:
    held = shelf(
        old=standard(2012), middle=standard(2019), new=standard(2024), coming=standard(2026, effective=date(2027, 1, 1))
    )
    marked = mark_superseded(held, TODAY)
    for day in (date(2013, 1, 1), date(2020, 1, 1), date(2025, 1, 1), date(2028, 1, 1)):
        assert ids(in_force_on(marked, day)) == ids(in_force_on(held, day))
    assert admitted(marked, date(2020, 12, 31)) == {"middle"}


def test_what_is_stated_as_repealed_without_a_day_is_no_evidence() -> None:
    held = shelf(rules=replace(Metadata("作废的说明"), status=Status.REPEALED), note=Metadata("说明"))
    assert admitted(held, today=TODAY) == {"note"}


def test_a_coming_document_without_an_earlier_edition_is_all_there_is() -> None:
    coming = standard(2026, effective=date(2027, 1, 1))
    assert admitted(shelf(coming=coming), today=TODAY) == {"coming"}
    assert admitted(shelf(coming=coming, old=standard(2019)), today=TODAY) == {"old"}
    assert admitted(shelf(coming=coming), date(2026, 12, 31)) == frozenset()


def test_news_is_evidence_from_the_day_it_was_published_and_its_dates_make_nothing_upcoming() -> None:
    held = shelf(news=Metadata("会议", published=date(2024, 1, 2), effective=date(2027, 1, 1)), note=Metadata("说明"))
    assert admitted(held, today=TODAY) == {"news", "note"}
    assert admitted(held, date(2023, 12, 31)) == {"note"}


def test_the_editions_of_a_work_are_listed_from_the_oldest() -> None:
    renamed = standard(2026, "T/ABCD 020", "跳线", replaces="T/ABCD 007-2024")
    held = shelf(new=standard(2024), other=standard(2024, "T/ABCD 008", "别的"), old=standard(2019), renamed=renamed)
    for one in (held[0], held[2], held[3]):
        assert ids(editions_of(one, held)) == ["old", "new", "renamed"]
    assert ids(editions_of(held[1], held)) == ["other"]


# ── what an operator sets ──────────────────────────────


def test_an_operator_s_values_take_the_place_of_what_was_read() -> None:
    changed = edited(
        standard(2024),
        {"status": "废止", "repealed": "2025年3月1日", "replaced_by": "T/ABCD 020-2025", "body": ""},
        TODAY,
    )
    assert changed == replace(
        standard(2024), status=Status.REPEALED, repealed=date(2025, 3, 1), replaced_by="T/ABCD 020-2025"
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "没有要改的内容"),
        ({"colour": "红"}, "不认识的项目 colour"),
        ({"status": "有效"}, "现行、即将实施、废止"),
        ({"effective": "去年"}, "实施日期应写成 2025-01-01 这样，现在是“去年”"),
        ({"repealed": "2025-02-30"}, "废止日期应写成"),
        ({"title": "  "}, "标题不能是空的"),
        ({"edition": "二" * 41}, "版本超过 40 个字"),
        ({"effective": "2025-01-01", "repealed": "2024-01-01"}, "早于实施日期"),
        ({"status": "废止", "repealed": "2027-01-01"}, "还没有到"),
        ({"status": "现行", "repealed": "2025-01-01"}, "清掉"),
        ({"status": "现行", "effective": "2027-01-01"}, "还没有到"),
        ({"status": "即将实施", "effective": "2025-01-01"}, "已经过了"),
    ],
)
def test_a_value_that_cannot_be_is_refused_in_words(changes: dict[str, str], said: str) -> None:
    with pytest.raises(KnowledgeError, match=said):
        edited(standard(2024), changes, TODAY)
