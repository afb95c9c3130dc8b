from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import wording
from bot.masking import mask


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("我的手机是13812345678，证书多久到期", f"我的手机是{wording.MASKED_MOBILE}，证书多久到期"),
        ("138 1234 5678", wording.MASKED_MOBILE),
        ("139-1234-5678。", f"{wording.MASKED_MOBILE}。"),
        ("+86 13912345678", wording.MASKED_MOBILE),
        ("86-13912345678", wording.MASKED_MOBILE),
        ("tel13912345678", f"tel{wording.MASKED_MOBILE}"),
        ("１３８１２３４５６７８", wording.MASKED_MOBILE),
        ("电话0512-65123456转801", f"电话{wording.MASKED_LANDLINE}转801"),
        ("(0512) 6512 3456", wording.MASKED_LANDLINE),
        ("（０５１２）65123456", wording.MASKED_LANDLINE),
        ("010-62345678-801", wording.MASKED_LANDLINE),
        ("02162345678", wording.MASKED_LANDLINE),
        ("+86-512-65123456", wording.MASKED_LANDLINE),
        ("座机：65123456", f"座机：{wording.MASKED_LANDLINE}"),
        ("身份证320502199003071234", f"身份证{wording.MASKED_ID_CARD}"),
        ("32050219900307123X", wording.MASKED_ID_CARD),
        ("320502 19900307 123x", wording.MASKED_ID_CARD),
        ("320502900307123", wording.MASKED_ID_CARD),
        ("写信给zhang.san+qa@mail.example.com.cn", f"写信给{wording.MASKED_EMAIL}"),
        ("ｚｈａｎｇ＠ｅｘａｍｐｌｅ．ｃｏｍ", wording.MASKED_EMAIL),
        ("卡号6222021234567890123", f"卡号{wording.MASKED_BANK_CARD}"),
        ("6222 0212 3456 7890", wording.MASKED_BANK_CARD),
        ("6222-0212-3456-7890-123", wording.MASKED_BANK_CARD),
    ],
)
def test_personal_details_are_replaced_by_what_they_are(typed: str, stored: str) -> None:
    assert mask(typed) == stored


@pytest.mark.parametrize(
    "text",
    [
        "GB/T 19001-2016 的 8.5.2 讲什么",
        "T/SOECC 002-2021 与 T/SOECC 002—2021",
        "GB/T 19000-2016、ISO 9001:2015、GB/T 13912-2020",
        "第13812345678号证书",
        "2025年9月28日发布，20250930实施，2025-09-28 2025-09-30",
        "928日和1129日",
        "2016 2017 2018 2019 各年的余额",
        "余额36.77亿元，惠及751户，共13812345678元",
        "13812345678.50元",
        "13812345678 万元",
        "注册资本 1,381,234,567,800 元",
        "第4.1.2条、A.1、附录 B、第十二条",
        "电话20250930",
        "统一社会信用代码91320500MA1ABCDE2X",
        "共65123456件",
        "版本 1.13812345678",
        "@所有人 a@b",
        "",
    ],
)
def test_what_the_questions_are_about_survives(text: str) -> None:
    assert mask(text) == text


@given(st.integers(1, 30), st.integers(1, 30), st.integers(1, 99), st.dates(), st.floats(0, 1e9))
def test_clauses_standards_dates_and_amounts_survive_in_any_combination(
    a: int, b: int, c: int, day: object, amount: float
) -> None:
    text = f"{a}.{b}.{c} GB/T {a}{c:04}-2016 {day} {amount:.2f}元"
    assert mask(text) == text


@given(st.text())
def test_masking_twice_changes_nothing_more(text: str) -> None:
    assert mask(mask(text)) == mask(text)


@given(
    st.text(st.characters(categories=["Lo"], max_codepoint=0xFFFF)), st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
)
def test_no_mobile_number_in_a_sentence_survives(words: str, number: str) -> None:
    assert number not in mask(f"{words}，电话{number}，{words}")


@pytest.mark.parametrize("letter", ["a", "1", "a.", "1 ", "0", "-", "("])
def test_twenty_thousand_characters_are_masked_at_once(letter: str) -> None:
    started = time.process_time()
    mask(letter * 20_000)
    assert time.process_time() - started < 2  # quadratic patterns take minutes here; this is no speed limit
