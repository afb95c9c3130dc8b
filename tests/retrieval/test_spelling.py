"""Names cut and spelt as the texts have them."""

from __future__ import annotations

import pytest

from retrieval.spelling import CorpusSpelling

WORDS = ("周远舟", "主任", "单位", "滨江", "会议", "李晓棠", "李小唐")


def spelling(*words: str) -> CorpusSpelling:
    return CorpusSpelling(frozenset(words).__contains__, lambda: words)


def cut(*tagged: tuple[str, str], words: tuple[str, ...] = WORDS) -> list[str]:
    return [word for word, _ in spelling(*words).respelt(tagged)]


def test_a_name_cut_apart_is_put_together_as_the_texts_have_it() -> None:
    assert cut(("周远", "nr"), ("舟主", "n"), ("任", "v")) == ["周远舟", "主任"]


def test_words_that_the_texts_have_are_left_as_they_were_cut() -> None:
    assert cut(("滨江", "ns"), ("会议", "n")) == ["滨江", "会议"]


def test_words_unknown_on_both_ways_of_cutting_are_left_alone() -> None:
    assert cut(("望海", "nr"), ("亭", "n")) == ["望海", "亭"]


def test_a_name_typed_with_another_character_of_the_same_sound_is_found() -> None:
    assert cut(("李小棠", "nr"), words=("李晓棠",)) == ["李晓棠"]


def test_two_names_of_the_same_sound_decide_nothing() -> None:
    assert cut(("李晓唐", "nr"), words=("李晓棠", "李小唐")) == ["李晓唐"]


@pytest.mark.parametrize("tag", ["n", "v"])
def test_only_names_are_taken_for_mistyped(tag: str) -> None:
    assert cut(("李小棠", tag), words=("李晓棠",)) == ["李小棠"]


def test_what_is_not_chinese_parts_the_runs() -> None:
    assert cut(("周远", "nr"), ("9001", "m"), ("舟", "n")) == ["周远", "9001", "舟"]
