"""Passages are cut from the text, lose none of it, and never cross a clause."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from knowledge.clauses import find_clauses, find_exhibits
from knowledge.cleaning import clean
from knowledge.documents import Block, Chunk
from knowledge.readers import read
from knowledge.splitting import LONGEST, sentences, split

WORDS = st.text("质量管理体系应不得。；\n “”a1", min_size=0, max_size=700)


def passages(text: str) -> list[Chunk]:
    return split("d", "题", text, find_clauses(text))


def covered(text: str, chunks: list[Chunk]) -> str:
    """The text with every character that a passage holds blanked out."""
    rest = list(text)
    for chunk in chunks:
        rest[chunk.start : chunk.end] = " " * (chunk.end - chunk.start)
    return "".join(rest)


def test_an_empty_text_has_no_passages() -> None:
    assert passages("") == passages(" \n\u3000\n") == []


@given(WORDS)
def test_a_passage_is_a_stretch_of_the_text_without_blank_ends(text: str) -> None:
    for i, chunk in enumerate(passages(text)):
        assert chunk.text == text[chunk.start : chunk.end] == chunk.text.strip()
        assert (chunk.id, chunk.ordinal) == (f"d:{i}", i)


@given(WORDS)
def test_passages_hold_every_character_but_a_lonely_one(text: str) -> None:
    assert len(covered(text, passages(text)).strip()) <= 1


@given(WORDS)
def test_a_passage_is_longer_than_the_limit_only_where_one_sentence_is(text: str) -> None:
    for chunk in passages(text):
        if len(chunk.text) > LONGEST:
            longest = max(end - start for start, end in sentences(text, chunk.start, chunk.end))
            assert longest > LONGEST


@given(WORDS)
def test_sentences_cover_the_stretch_they_cut(text: str) -> None:
    assert "".join(text[start:end] for start, end in sentences(text, 0, len(text))) == text


def test_a_passage_never_crosses_a_clause() -> None:
    text = "4 环境\n4.1 理解\n组织应确定因素。\n4.2 需求\n组织应确定相关方。\n"
    chunks = passages(text)
    assert [(c.clause, c.heading) for c in chunks] == [
        ("4.1", "题 › 4 环境 › 4.1 理解"),
        ("4.2", "题 › 4 环境 › 4.2 需求"),
    ]


def test_a_clause_of_which_only_the_title_is_known_is_a_passage_of_its_own() -> None:
    text = "8 运行\n8.5 生产和服务提供\n8.5.1 控制\n8.5.2 标识和可追溯性\n9 绩效评价\n9.2 内部审核\n"
    assert [c.clause for c in passages(text)] == ["8.5.1", "8.5.2", "9.2"]


def test_what_stands_before_the_first_clause_is_a_passage_without_one() -> None:
    chunks = passages("前言说明了背景。\n4.1 理解组织\n组织应确定因素。\n")
    assert [c.clause for c in chunks] == [None, "4.1"]


def test_the_passages_of_a_regulation_hold_every_article_whole(regulations: Path) -> None:
    for path in sorted(regulations.glob("*.md")):
        document = clean(read(path), path.name)
        clauses = find_clauses(document.text, document.blocks)
        chunks = split("d", document.metadata.title, document.text, clauses, document.blocks)
        rest = covered(document.text, chunks)
        left = [c.number for c in clauses if c.number and c.number.endswith("条") and rest[c.start : c.end].strip()]
        assert left == []
        assert max(len(c.text) for c in chunks) <= LONGEST


def test_the_contents_page_is_no_passage() -> None:
    text = "前言\n本文件由协会提出。\n目次\n1 范围 ……… 1\n4 要求 ……… 2\n4.1 总则 ……… 2\n1 范围\n适用于供方。\n4 要求\n4.1 总则\n应检验。\n"
    assert [c.text for c in passages(text)] == [
        "前言\n本文件由协会提出。",
        "1 范围\n适用于供方。",
        "4.1 总则\n应检验。",
    ]


def test_a_long_clause_says_its_last_short_sentence_again() -> None:
    sentence = "组织应保留第{:02d}批产品的检验记录以便追溯其来源和去向。"
    text = "4 记录\n4.1 保留\n" + "".join(sentence.format(n) for n in range(40)) + "\n"
    first, second, *_ = passages(text)
    assert second.start < first.end
    assert text[second.start : first.end] == first.text[-len(sentence.format(0)) :]
    assert {c.clause for c in passages(text)} == {"4.1"}


def test_items_that_did_not_fit_with_their_lead_in_carry_it() -> None:
    items = "".join(
        f"{letter}) 供方的第{letter}项记录，包括名称、批号、日期、数量、检验结果和处置情况；\n"
        for letter in "abcdefghijklmnopq"
    )
    text = f"4 记录\n4.1 保留\n供方的追溯记录应包括：\n{items}4.2 期限\n应保留五年。\n"
    chunks = [c for c in passages(text) if c.clause == "4.1"]
    assert len(chunks) > 1
    assert all("供方的追溯记录应包括：" in c.text + c.heading for c in chunks)
    assert all(c.text.startswith(("4.1", *(f"{letter})" for letter in "abcdefghijklmnopq"))) for c in chunks)


def test_rows_that_did_not_fit_carry_the_caption_and_the_header() -> None:
    rows = "".join(f"| 项目{n:02d} | 每批检验{n}件，全部合格方可放行 | 检验员 |\n" for n in range(40))
    caption = "表 2 检验项目\n"
    table = "| 项目 | 要求 | 责任人 |\n" + rows
    text = f"4 检验\n4.1 项目\n{caption}{table}4.2 放行\n应放行。\n"
    blocks = (Block(text.index(table), text.index(table) + len(table) - 1, "table"),)
    clauses = find_clauses(text, blocks)
    chunks = [c for c in split("d", "题", text, clauses, blocks, find_exhibits(text, blocks)) if c.clause == "4.1"]
    assert len(chunks) > 2
    for chunk in chunks[1:]:
        assert chunk.heading.endswith("表 2 检验项目 项目 | 要求 | 责任人")
        assert all(line.startswith("| ") and line.endswith(" |") for line in chunk.text.split("\n"))
