"""Passages are cut from the text, lose none of it, and never cross a clause."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from knowledge.clauses import find_clauses
from knowledge.cleaning import clean
from knowledge.documents import Chunk
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
