"""Chroma, embedded in a folder, keeps the contract; what goes wrong with it is said in our own words."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest

from knowledge import vector_index
from knowledge.errors import IndexUnavailable
from knowledge.vector_index import VectorIndex, open_vector_index
from tests.contracts.vector_index import EAST, VectorIndexContract


class TestEmbeddedChroma(VectorIndexContract):
    @pytest.fixture(autouse=True)
    def _in_a_folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path / "vectors"

    def open(self, model: str = "model-a") -> VectorIndex:
        return open_vector_index(self.folder, None, model)


def test_a_server_that_does_not_answer_is_unavailable_and_may_be_tried_again(tmp_path: Path) -> None:
    with pytest.raises(IndexUnavailable, match="向量索引不可用") as caught:
        open_vector_index(tmp_path, "http://127.0.0.1:9", "model-a").count("passage")
    assert caught.value.retryable


def test_nothing_is_connected_before_the_first_use() -> None:
    def connect() -> NoReturn:
        raise AssertionError("connected")

    index = VectorIndex(connect, "model-a")
    with pytest.raises(IndexUnavailable, match="connected"):
        index.count("passage")


def test_vectors_of_the_wrong_length_are_our_own_error(tmp_path: Path) -> None:
    index = open_vector_index(tmp_path, None, "model-a")
    index.replace_owner("passage", "d", ["d:0"], [EAST])
    with pytest.raises(IndexUnavailable):
        index.nearest("passage", [1.0, 0.0, 0.0], 1)


def test_more_vectors_than_one_call_takes_are_all_written(tmp_path: Path) -> None:
    index = open_vector_index(tmp_path, None, "model-a")
    index.replace_owner("passage", "d", [f"d:{i}" for i in range(1001)], [EAST] * 1001)
    assert index.count("passage") == 1001


def crowded(count: int) -> np.ndarray[Any, Any]:
    """Vectors as alike as those of e5: one direction common to all, and topics."""
    random = np.random.default_rng(7)
    topics = random.normal(size=(60, 384))[random.integers(0, 60, count)]
    found = 4 * random.normal(size=384) + topics + random.normal(size=(count, 384))
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def missed(index: VectorIndex, vectors: np.ndarray[Any, Any]) -> int:
    """How many of the nearest 120 the search leaves out, over fifty questions: of 6,000."""
    count = 0
    for question in crowded(50):
        least = np.sort(vectors @ question)[-120]
        count += sum(hit.cosine < least - 1e-5 for hit in index.nearest("phrasing", question.tolist(), 120))
    return count


def filled(folder: Path, vectors: np.ndarray[Any, Any]) -> VectorIndex:
    index = open_vector_index(folder, None, "model-a")
    index.replace_owner("phrasing", "d", [f"d:{i}" for i in range(len(vectors))], vectors.tolist())
    return index


def test_a_search_leaves_out_next_to_nothing_nearer_than_what_it_brings(tmp_path: Path) -> None:
    vectors = crowded(2500)
    assert missed(filled(tmp_path, vectors), vectors) < 6


def test_a_collection_of_an_earlier_version_is_searched_as_far(tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as earlier:
        earlier.setattr(vector_index, "_REACH", 128)
        filled(tmp_path, crowded(10))
    open_vector_index(tmp_path, None, "model-a").count("phrasing")
    lifted = open_vector_index(tmp_path, None, "model-a")._collection("phrasing")
    assert lifted.configuration["hnsw"]["ef_search"] == vector_index._REACH
