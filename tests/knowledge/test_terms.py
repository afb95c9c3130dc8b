"""What the keyword index counts: words, bigrams, and numbers that stay whole."""

from __future__ import annotations

import pytest

from knowledge.terms import Segmenter, bigrams, fold_numerals, protected_terms


def test_function_words_and_question_words_carry_no_topic(segmenter: Segmenter) -> None:
    assert segmenter.content_words("请问这个是什么时候的呢") == []


def test_an_empty_text_has_no_terms(segmenter: Segmenter) -> None:
    terms = segmenter.terms(" \n。，")
    assert terms.words == terms.bigrams == ()


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("第4.1.2条怎么说", "4.1.2"),
        ("第十二条", "第12条"),
        ("附录 B", "附录b"),
        ("七点五点三", "7.5.3"),
        ("GB/T 19001-2016", "gb/t19001-2016"),
        ("GB/T 19001-2016", "gb/t19001"),
        ("GB/T 19001-2016", "19001"),
        ("ISO9001认证", "9001"),
        ("T/SOECC 002—2021", "t/soecc002-2021"),
        ("T/SOECC 002—2021", "soecc002"),
        ("国市监质监规〔2024〕6号", "国市监质监规[2024]6号"),
    ],
)
def test_a_number_that_plain_segmentation_shreds_is_one_term(segmenter: Segmenter, text: str, term: str) -> None:
    assert term in protected_terms(text)
    assert term in segmenter.terms(text).words
    assert term in segmenter.terms(text).bigrams


def test_the_words_around_a_protected_number_are_terms_too(segmenter: Segmenter) -> None:
    words = segmenter.terms("GB/T 19001-2016质量管理体系的8.5.2标识和可追溯性").words
    assert {"gb/t19001", "8.5.2", "质量管理体系", "标识和可追溯性"} <= set(words)
    assert "16" not in words
    assert "8.5" not in words


def test_a_long_word_of_the_field_also_counts_by_its_parts(segmenter: Segmenter) -> None:
    words = segmenter.terms("质量管理体系认证").words
    assert words[0] == "质量管理体系认证"
    assert {"质量", "认证"} <= set(words)


@pytest.mark.parametrize(
    ("text", "folded"),
    [("三个月", "3个月"), ("十二个联合体", "12个联合体"), ("两年", "2年"), ("一起", "一起"), ("统一要求", "统一要求")],
)
def test_a_chinese_count_before_a_measure_word_becomes_digits(text: str, folded: str) -> None:
    assert fold_numerals(text) == folded


def test_a_count_is_one_term_however_it_is_written(segmenter: Segmenter) -> None:
    assert "3" in segmenter.terms("三个月").words
    assert "3" in segmenter.terms("3个月").words


def test_bigrams_overlap_within_a_run_and_never_across_a_mark() -> None:
    assert list(bigrams("质量管理，体系a9")) == ["质量", "量管", "管理", "体系", "a9"]
    assert list(bigrams("质，量")) == ["质", "量"]
