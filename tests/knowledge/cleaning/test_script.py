"""Traditional characters, pinyin notes, and the one known piece of byte damage."""

from __future__ import annotations

from knowledge.cleaning.aligned import AlignedText
from knowledge.cleaning.script import is_traditional, mojibake_edits, pinyin_note_edits, simplification_edits

NOTED = "蘇州開展質(zhì)量創(chuàng)新聯(lián)合體建設(shè)工作，總結(jié)經(jīng)驗。"


def edited(text: str, *rules: object) -> AlignedText:
    aligned = AlignedText(text)
    for rule in rules:
        aligned.edit(rule(aligned.text))  # type: ignore[operator]
    return aligned


def test_a_single_bracketed_letter_in_a_simplified_text_stays() -> None:
    text = "按(a)款执行，见表(b)，质(zhì)字仅此一处注音。"
    assert edited(text, pinyin_note_edits).text == text


def test_a_simplified_text_is_not_converted() -> None:
    text = "质量管理体系认证，乾隆年间，著作权，瞭望。"
    assert not is_traditional(text)
    assert edited(text, simplification_edits).text == text


def test_a_text_without_chinese_is_not_traditional() -> None:
    assert not is_traditional("ISO 9001:2015")


def test_pinyin_notes_go_and_their_characters_become_simplified() -> None:
    aligned = edited(NOTED, pinyin_note_edits, simplification_edits)
    assert aligned.text == "苏州开展质量创新联合体建设工作，总结经验。"
    start = aligned.text.index("质量创新")
    original_start, original_end = aligned.original_span(start, start + 4)
    assert aligned.original[original_start:original_end] == "質(zhì)量創(chuàng)新"


def test_known_byte_damage_is_mended_as_an_inference() -> None:
    aligned = edited("領(lǐng)域?qū)<覍W者", mojibake_edits)
    assert aligned.text == "領(lǐng)域专家学者"
    (repair,) = aligned.repairs
    assert (repair.original, repair.inferred) == ("?qū)<覍W", True)
    assert aligned.text[repair.start : repair.end] == "专家学"
