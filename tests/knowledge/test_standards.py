"""Clause numbers, standard numbers and numerals have one spelling, however they were typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.standards import (
    article_numeral,
    clause_references,
    fold,
    fold_clause,
    numeral_value,
    squeeze,
    standard_references,
)


def clauses(text: str) -> list[str]:
    return [reference.number for reference in clause_references(text)]


def standards(text: str) -> list[tuple[str, str | None]]:
    return [(reference.number, reference.year) for reference in standard_references(text)]


# ── what is no clause ──────────────────────────────────


@pytest.mark.parametrize(
    "text",
    [
        "贷款余额36.77亿元",
        "合格率提升至83.3%",
        "培训1.1万家企业",
        "直径2.5毫米，长 1.5 米，重3.2公斤",
        "用时1.5小时",
        "提高2.5个百分点",
        "百分之三点五",
        "3.5倍",
        "0.25mm",
        "2024.9.28发布",
        "见 192.168.1.10 的设置",
        "GB/T 1.1-2020 标准化工作导则",
        "符合这些条件的企业",
        "第八届全国人大",
        "一点一点做起来",
    ],
)
def test_a_decimal_a_date_or_a_count_is_no_clause(text: str) -> None:
    assert clauses(text) == []


@pytest.mark.parametrize("text", ["今天天气怎么样", "A级企业", "T型接头", "iso认证", "GB文件", "二〇二四年"])
def test_words_that_only_look_like_a_standard_are_none(text: str) -> None:
    assert standards(text) == []


@pytest.mark.parametrize("numeral", ["", "年", "十年", "abc", "1.5"])
def test_what_is_no_numeral_has_no_value(numeral: str) -> None:
    assert numeral_value(numeral) is None


# ── clauses ────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("8.5.2讲的啥", "8.5.2"),
        ("８．５．２", "8.5.2"),
        ("10.2", "10.2"),
        ("9001的8.5.2讲什么", "8.5.2"),
        ("七点五点三", "7.5.3"),
        ("第4.1.2条", "4.1.2"),
        ("第二十四条", "第24条"),
        ("第 24 条", "第24条"),
        ("24条", "第24条"),
        ("第一百零五条", "第105条"),
        ("第十二条之一", "第12条之1"),
        ("第三章", "第3章"),
        ("第二节", "第2节"),
        ("附录 B", "附录b"),
        ("附录b", "附录b"),
        ("A.1", "a.1"),
        ("Ａ．１．２", "a.1.2"),
    ],
)
def test_a_clause_has_one_spelling(text: str, number: str) -> None:
    assert number in clauses(text)


def test_an_inserted_article_is_not_the_article_before_it() -> None:
    assert fold_clause("第十二条之一") != fold_clause("第十二条")


def test_references_come_in_order_with_the_places_where_they_stood() -> None:
    text = "按第二十四条和 8.5.2，见附录 B。"
    assert [(r.number, text[r.start : r.end]) for r in clause_references(text)] == [
        ("第24条", "第二十四条"),
        ("8.5.2", "8.5.2"),
        ("附录b", "附录 B"),
    ]


@given(st.text("第一二十百零条章节8.5点附录AB .a-0GB/T19001年", max_size=30))
def test_references_never_overlap_and_lie_within_the_text(text: str) -> None:
    at = 0
    for reference in clause_references(text):
        assert at <= reference.start < reference.end <= len(text)
        at = reference.end


@given(st.integers(1, 999))
def test_an_article_is_the_same_in_chinese_and_arabic_numerals(value: int) -> None:
    assert numeral_value(article_numeral(value)) == value
    assert fold_clause(f"第{article_numeral(value)}条") == fold_clause(f"第{value}条") == f"第{value}条"


@pytest.mark.parametrize(
    ("numeral", "value"),
    [
        ("十", 10),
        ("十二", 12),
        ("二十", 20),
        ("一百零五", 105),
        ("一百一十", 110),
        ("两百", 200),
        ("二〇二四", 2024),
        ("36", 36),
    ],
)
def test_a_numeral_has_its_value(numeral: str, value: int) -> None:
    assert numeral_value(numeral) == value


# ── standards ──────────────────────────────────────────


@pytest.mark.parametrize(
    "text",
    [
        "GB/T 19001-2016",
        "GB/T19001—2016",
        "gb/t 19001－2016",
        "ＧＢ／Ｔ　１９００１－２０１６",
        "GB/T 19001 - 2016",
        "GB/T 19001——2016",
    ],
)
def test_a_standard_has_one_spelling_whatever_its_dashes_widths_and_case(text: str) -> None:
    assert standards(text) == [("gb/t19001", "2016")]


@pytest.mark.parametrize(
    ("text", "number", "year"),
    [
        ("T/SOECC 002—2021", "t/soecc002", "2021"),
        ("ISO9001:2015", "iso9001", "2015"),
        ("ISO 9001", "iso9001", None),
        ("ISO/IEC 17021-1", "iso/iec17021", None),
        ("CNCA-QMS-01:2025", "cnca-qms01", "2025"),
        ("国市监质监规〔2024〕6号", "国市监质监规[2024]6号", "2024"),
        ("国市监质监规[2024]6号", "国市监质监规[2024]6号", "2024"),
        ("苏市监认证函（2024）15号", "苏市监认证函[2024]15号", "2024"),
    ],
)
def test_standards_and_document_numbers_are_found(text: str, number: str, year: str | None) -> None:
    assert standards(text) == [(number, year)]


# ── folding ────────────────────────────────────────────


def test_folding_joins_widths_dashes_brackets_and_case() -> None:
    assert fold("ＧＢ／Ｔ　１９００１—２０１６〔Ａ〕") == "gb/t 19001-2016[a]"
    assert squeeze(" 建设质量强国　促进 全球贸易\n") == "建设质量强国促进全球贸易"


@given(st.text(max_size=40))
def test_squeezing_twice_changes_nothing_more(text: str) -> None:
    once = squeeze(text)
    assert squeeze(once) == once or not once.isascii()  # NFKC and lower case chase each other in a few scripts
