"""What every vector index promises, real or fake: inherit, and say how one is opened."""

from __future__ import annotations

import pytest

from knowledge.errors import IndexMismatch
from knowledge.vector_index import VectorIndex

EAST, NORTH, BETWEEN = [1.0, 0.0], [0.0, 1.0], [0.8, 0.6]


class VectorIndexContract:
    def open(self, model: str = "model-a") -> VectorIndex:
        """An instance on the one store of this test; opened again, it sees what the other wrote."""
        raise NotImplementedError

    def test_vectors_of_another_model_are_refused_and_named(self) -> None:
        self.open("model-a").replace_owner("passage", "d", ["d:0"], [EAST])
        other = self.open("model-b")
        with pytest.raises(IndexMismatch, match=r"model-a.*model-b"):
            other.nearest("passage", EAST, 1)
        with pytest.raises(IndexMismatch):
            other.replace_owner("passage", "e", ["e:0"], [NORTH])
        assert self.open("model-a").count("passage") == 1

    def test_after_clearing_another_model_may_write(self) -> None:
        self.open("model-a").replace_owner("passage", "d", ["d:0"], [EAST])
        other = self.open("model-b")
        other.clear()
        other.replace_owner("passage", "e", ["e:0"], [NORTH])
        assert [hit.id for hit in other.nearest("passage", NORTH, 5)] == ["e:0"]

    def test_an_empty_index_has_no_neighbours(self) -> None:
        assert self.open().nearest("passage", EAST, 3) == []
        assert self.open().count("passage") == 0

    def test_removing_what_is_not_there_changes_nothing(self) -> None:
        index = self.open()
        index.remove_owner("passage", "nobody")
        assert index.count("passage") == 0

    def test_the_nearest_come_first_with_their_cosine(self) -> None:
        index = self.open()
        index.replace_owner("passage", "d", ["d:0", "d:1", "d:2"], [EAST, NORTH, BETWEEN])
        hits = index.nearest("passage", EAST, 2)
        assert [hit.id for hit in hits] == ["d:0", "d:2"]
        assert [hit.cosine for hit in hits] == pytest.approx([1.0, 0.8], abs=1e-5)

    def test_more_neighbours_than_there_are_is_all_there_are(self) -> None:
        index = self.open()
        index.replace_owner("passage", "d", ["d:0"], [EAST])
        assert len(index.nearest("passage", NORTH, 50)) == 1

    def test_replacing_an_owner_leaves_only_the_new_vectors_and_no_one_elses(self) -> None:
        index = self.open()
        index.replace_owner("passage", "d", ["d:0", "d:1"], [EAST, NORTH])
        index.replace_owner("passage", "e", ["e:0"], [NORTH])
        for _ in range(2):  # doing it again leaves the same
            index.replace_owner("passage", "d", ["d:0"], [BETWEEN])
        assert {hit.id for hit in index.nearest("passage", EAST, 9)} == {"d:0", "e:0"}

    def test_an_owner_without_vectors_is_gone(self) -> None:
        index = self.open()
        index.replace_owner("passage", "d", ["d:0"], [EAST])
        index.replace_owner("passage", "d", [], [])
        assert index.count("passage") == 0

    def test_what_is_written_in_parts_is_all_there_and_writing_a_part_again_leaves_the_same(self) -> None:
        index = self.open()
        index.write("passage", ["d", "d"], ["d:0", "d:1"], [EAST, NORTH])
        for _ in range(2):
            index.write("passage", ["d"], ["d:2"], [BETWEEN])
        assert index.count("passage") == 3
        index.remove_owners("passage", ["d", "nobody"])
        assert index.count("passage") == 0

    def test_vectors_are_given_back_as_they_were_written(self) -> None:
        index = self.open()
        index.replace_owner("passage", "d", ["d:0", "d:1"], [EAST, BETWEEN])
        assert index.vectors_of("passage", ["d:1", "d:7"]) == {"d:1": pytest.approx(BETWEEN)}
        assert index.vectors_of("passage", []) == {}

    def test_kinds_do_not_mix(self) -> None:
        index = self.open()
        index.replace_owner("passage", "d", ["d:0"], [EAST])
        index.replace_owner("phrasing", "d", ["d#0"], [EAST])
        index.remove_owner("passage", "d")
        assert index.nearest("passage", EAST, 3) == []
        assert [hit.id for hit in index.nearest("phrasing", EAST, 3)] == ["d#0"]

    def test_a_second_instance_sees_what_the_first_wrote(self) -> None:
        first, second = self.open(), self.open()
        first.replace_owner("passage", "d", ["d:0"], [EAST])
        assert [hit.id for hit in second.nearest("passage", EAST, 3)] == ["d:0"]
        second.remove_owner("passage", "d")
        assert first.nearest("passage", EAST, 3) == []

    def test_an_instance_from_before_a_clearing_goes_on_working(self) -> None:
        first, second = self.open(), self.open()
        first.replace_owner("passage", "d", ["d:0"], [EAST])
        second.clear()
        first.replace_owner("passage", "e", ["e:0"], [NORTH])
        assert [hit.id for hit in first.nearest("passage", NORTH, 3)] == ["e:0"]
