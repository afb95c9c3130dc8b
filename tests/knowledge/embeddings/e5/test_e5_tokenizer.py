from random import Random
from typing import Any

import pytest

from knowledge.embeddings.e5.tokenizer import Tokenizer
from knowledge.embeddings.e5.weights import Weights

RANGES = [(0x20, 0x7F), (0xA0, 0x250), (0x370, 0x700), (0x2000, 0x2700), (0x3000, 0x3100)]
RANGES += [(0x4E00, 0x9FFF), (0xAC00, 0xAD00), (0xFF00, 0xFFEF), (0x1F300, 0x1F700), (0x20000, 0x20100)]


@pytest.fixture(scope="module")
def tokenizer(weights: Weights) -> Tokenizer:
    return Tokenizer(weights.vocabulary, weights.replacements)


def test_every_kind_of_text_has_as_many_tokens_as_in_the_c_engine(
    tokenizer: Tokenizer, c_engine: Any, text: str
) -> None:
    assert len(tokenizer.encode("query: " + text)) + 2 == c_engine.token_count(text, is_query=True)


def test_two_thousand_texts_of_random_characters_have_as_many_tokens_as_in_the_c_engine(
    tokenizer: Tokenizer, c_engine: Any
) -> None:
    chance = Random(5)
    characters = [code for first, end in RANGES for code in range(first, end)]
    for _ in range(2000):
        text = "".join(map(chr, chance.choices(characters, k=chance.randint(0, 30))))
        assert len(tokenizer.encode("query: " + text)) + 2 == c_engine.token_count(text, is_query=True), text


def test_chinese_words_are_whole_where_the_vocabulary_has_them(tokenizer: Tokenizer, weights: Weights) -> None:
    pieces = [weights.vocabulary.pieces[token] for token in tokenizer.encode("query: 质量管理体系要求")]
    assert pieces == ["▁que", "ry", ":", "▁", "质量", "管理", "体系", "要求"]


def test_each_unknown_character_is_one_token(tokenizer: Tokenizer, weights: Weights) -> None:
    assert tokenizer.encode("\U000f0000\U000f0001").count(weights.vocabulary.unk) == 2


def test_half_a_surrogate_pair_is_a_question_mark(tokenizer: Tokenizer) -> None:
    assert tokenizer.encode("质量\ud83d") == tokenizer.encode("质量?")


@pytest.mark.slow  # builds `tokenizers`' own trie: over a second and 270 MB
def test_ids_equal_those_of_the_tokenizers_library(tokenizer: Tokenizer, weights: Weights, text: str) -> None:
    tokenizers = pytest.importorskip("tokenizers")
    vocabulary = list(zip(weights.vocabulary.pieces, map(float, weights.vocabulary.scores), strict=True))
    vocabulary[weights.vocabulary.unk] = ("\x00", 0.0)  # like the C engine, never matched by its spelling
    library = tokenizers.Tokenizer(tokenizers.models.Unigram(vocabulary, unk_id=weights.vocabulary.unk))
    unk = weights.vocabulary.unk

    def without_runs_of_unknown(ids: list[int]) -> list[int]:  # the library folds them into one
        return [token for token, before in zip(ids, [None, *ids], strict=False) if token != unk or before != unk]

    expected = library.encode(tokenizer.normalise(text)).ids
    assert without_runs_of_unknown(tokenizer.encode(text)) == without_runs_of_unknown(expected)
