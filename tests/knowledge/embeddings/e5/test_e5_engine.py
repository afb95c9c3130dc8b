import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from knowledge.embeddings.e5 import E5Engine, Precision
from knowledge.embeddings.e5.tokenizer import Tokenizer
from knowledge.embeddings.e5.weights import Floats, Weights
from knowledge.errors import EmbeddingUnavailable

Reference = Callable[[str], Floats]

EQUAL = 0.999  # cosine to the C engine, which itself rounds activations to 8 bits; 0.9994 is the lowest met
SAME = 1e-5  # largest difference of a component between one run and another; 2e-8 is the largest met

QUESTIONS = [f"第 {number} 条对{topic}有什么要求？" for number in range(4, 9) for topic in ("追溯", "记录", "内部审核")]


def test_a_closed_engine_refuses(cache_folder: Path, weights: Weights) -> None:
    engine = E5Engine(cache_folder, threads=1)
    engine.close()
    with pytest.raises(EmbeddingUnavailable, match="已经关闭"):
        engine.embed_queries(["质量"])


def test_no_texts_give_no_vectors(engine: E5Engine) -> None:
    assert engine.embed_queries([]).shape == (0, 384)
    assert engine.embed_passages([]).shape == (0, 384)


def test_a_question_equals_the_c_engines(engine: E5Engine, c_engine: Any, text: str) -> None:
    assert _cosine(engine.embed_queries([text])[0], c_engine.query(text)) > EQUAL


def test_a_passage_equals_the_c_engines(engine: E5Engine, c_passage: Reference, text: str) -> None:
    assert _cosine(engine.embed_passages([text])[0], c_passage(text)) > EQUAL


def test_fp32_equals_the_c_engine_more_closely(fp32: E5Engine, c_passage: Reference, text: str) -> None:
    assert _cosine(fp32.embed_passages([text])[0], c_passage(text)) > 0.9997


@pytest.fixture(scope="module")
def fp32(cache_folder: Path, weights: Weights) -> E5Engine:
    return E5Engine(cache_folder, threads=2, precision=Precision.FP32)


def test_vectors_are_unit_float32(engine: E5Engine) -> None:
    vectors = engine.embed_passages(["质量", ""])
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


@pytest.mark.parametrize("pieces", [510, 511])  # what fits one window, and one more
def test_windows_end_where_the_c_engines_do(
    engine: E5Engine, c_engine: Any, c_passage: Reference, weights: Weights, pieces: int
) -> None:
    text = _text_of(pieces, Tokenizer(weights.vocabulary, weights.replacements))
    assert c_engine.token_count(text, is_query=False) == pieces + 2
    assert _cosine(engine.embed_passages([text])[0], c_passage(text)) > EQUAL


def test_passages_come_back_in_their_order_whatever_their_length(engine: E5Engine) -> None:
    texts = ["追溯" * length for length in (90, 1, 400, 7, 30, 2)]
    together = engine.embed_passages(texts)
    alone = np.concatenate([engine.embed_passages([text]) for text in texts])
    np.testing.assert_allclose(together, alone, atol=SAME)


def test_a_vector_does_not_depend_on_its_companions(engine: E5Engine) -> None:
    alone = engine.embed_queries(["内部审核"])[0]
    loud = engine.embed_queries(["内部审核", "!!!!!!!!!!!!!!!!!!!!!!", "\U000f0000" * 20, "</s>" * 15])[0]
    np.testing.assert_allclose(loud, alone, atol=SAME)


def test_questions_from_many_threads_get_their_own_vectors(engine: E5Engine) -> None:
    expected = [engine.embed_queries([question])[0] for question in QUESTIONS]
    with ThreadPoolExecutor(8) as pool:
        vectors = list(pool.map(lambda question: engine.embed_queries([question])[0], QUESTIONS * 3))
    np.testing.assert_allclose(vectors, expected * 3, atol=SAME)


def test_questions_and_passages_from_many_threads_do_not_mix(engine: E5Engine) -> None:
    passages = [question * 9 for question in QUESTIONS]
    expected = engine.embed_passages(passages)
    with ThreadPoolExecutor(4) as pool:
        busy = [pool.submit(engine.embed_passages, passages) for _ in range(2)]
        asked = list(pool.map(lambda question: engine.embed_queries([question, ""])[0], QUESTIONS))
    for future in busy:
        np.testing.assert_allclose(future.result(), expected, atol=SAME)
    np.testing.assert_allclose(asked, engine.embed_queries(QUESTIONS), atol=SAME)


def test_importing_loads_neither_onnx_nor_its_runtime() -> None:
    assert _modules_after("import knowledge.embeddings.e5").isdisjoint({"onnx", "onnxruntime"})


def test_a_start_from_the_cache_does_not_load_onnx(engine: E5Engine, cache_folder: Path) -> None:
    start = f"from pathlib import Path; from knowledge.embeddings.e5 import *; E5Engine(Path({str(cache_folder)!r}))"
    loaded = _modules_after(start)
    assert "onnxruntime" in loaded
    assert "onnx" not in loaded


def _modules_after(statements: str) -> set[str]:
    program = f"{statements}; import sys; print(*(name for name in sys.modules if '.' not in name))"
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(finished.stdout.split())


def _text_of(pieces: int, tokenizer: Tokenizer) -> str:
    text = "质、" * pieces
    while len(tokenizer.encode("passage: " + text)) > pieces:
        text = text[:-1]
    return text


def _cosine(one: Floats, other: Floats) -> float:
    return float(one @ other)
