"""Chroma, embedded in a folder, keeps the contract; what goes wrong with it is said in our own words."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import pytest

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
