"""Dates whose 月 was lost, and dates said relative to the page's own."""

from __future__ import annotations

from datetime import date

import pytest

from knowledge.cleaning.aligned import AlignedText
from knowledge.cleaning.dates import damaged_date_edits, month_day, relative_dates


def mended(text: str) -> str:
    aligned = AlignedText(text)
    aligned.edit(damaged_date_edits(text))
    return aligned.text


@pytest.mark.parametrize(
    "text",
    [
        "今年起应当自受理之日起90日内作出决定。",
        "2024年起证书每365日复核一次。",
        "今年的整改期限为120日。",
        "今年的整改用了120日。",
        "去年工期210日，今年330日。",
        "今年应当提前105日申请。",
        "今年不超过105日。",
        "今年满928日的证书。",
        "截至2024年，有928家企业获证。",
        "2024年928日内完成。",
        "今年第109日。",
        "2024-11-29发布，今年执行。",
        "今年贷款1,128日均余额。",
    ],
)
def test_durations_and_counts_are_left_as_they_are(text: str) -> None:
    assert mended(text) == text


def test_without_a_sentence_that_places_itself_in_time_nothing_is_read_as_a_date() -> None:
    assert mended("标准928日对外发布，930正式实施。") == "标准928日对外发布，930正式实施。"
    assert mended("今年3月立项。标准928日对外发布。") == "今年3月立项。标准928日对外发布。"


def test_digits_without_the_word_day_are_a_date_only_beside_a_damaged_one() -> None:
    assert mended("今年有930正式实施的说法。") == "今年有930正式实施的说法。"
    assert mended("今年3月立项,928日对外发布,930正式实施。") == "今年3月立项,9月28日对外发布,9月30日正式实施。"


@pytest.mark.parametrize(
    ("digits", "reading"),
    [
        ("928", (9, 28)),
        ("930", (9, 30)),
        ("1129", (11, 29)),
        ("1010", (10, 10)),
        ("109", (10, 9)),
        ("101", (10, 1)),
        ("229", (2, 29)),
        ("131", (1, 31)),
    ],
)
def test_digits_with_one_reading_as_month_and_day_have_it(digits: str, reading: tuple[int, int]) -> None:
    assert month_day(digits) == reading


@pytest.mark.parametrize("digits", ["111", "112", "120", "365", "180", "000", "1000", "1131", "1301", "2024", "230"])
def test_digits_with_no_reading_or_with_two_have_none(digits: str) -> None:
    assert month_day(digits) is None


def test_a_mended_date_is_marked_as_an_inference_and_keeps_what_stood_there() -> None:
    aligned = AlignedText("今天(1129日)，会议召开。今年109日发布意见。")
    aligned.edit(damaged_date_edits(aligned.text))
    assert aligned.text == "今天(11月29日)，会议召开。今年10月9日发布意见。"
    assert [(r.original, aligned.text[r.start : r.end], r.inferred) for r in aligned.repairs] == [
        ("1129日", "11月29日", True),
        ("109日", "10月9日", True),
    ]


def test_a_relative_date_keeps_its_words_and_carries_its_meaning() -> None:
    text = "今年3月立项，去年试点，今天开会，昨天报到，截至目前12个。"
    repairs = relative_dates(text, date(2024, 11, 29), ())
    assert all(text[r.start : r.end] == r.original and r.inferred for r in repairs)
    assert [(r.original, r.meaning) for r in repairs] == [
        ("今年", "2024年"),
        ("去年", "2023年"),
        ("今天", "2024年11月29日"),
        ("昨天", "2024年11月28日"),
        ("截至目前", "截至2024年11月29日"),
    ]


def test_a_page_without_a_date_says_nothing_about_this_year() -> None:
    assert relative_dates("今年3月立项。", None, ()) == []
