import subprocess
import sys
from pathlib import Path

import pytest

from knowledge.embeddings.e5 import E5Engine, Precision, cache
from knowledge.embeddings.e5.cache import cached_graph
from knowledge.embeddings.e5.weights import Weights


@pytest.fixture(scope="module")
def graph(weights: Weights, engine: E5Engine, cache_folder: Path) -> bytes:
    (file,) = cache_folder.glob("*block8*.onnx")
    return file.read_bytes()


def _files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


@pytest.fixture
def stored(tmp_path: Path, graph: bytes, cache_folder: Path) -> Path:
    """A folder with one good graph."""
    (source,) = cache_folder.glob("*block8*.onnx")
    (tmp_path / source.name).write_bytes(graph)
    return tmp_path / source.name


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch, graph: bytes) -> list[str]:
    """Remembers builds, and answers with the graph at once."""
    built: list[str] = []
    from knowledge.embeddings.e5 import graph as graph_module

    monkeypatch.setattr(graph_module, "build_graph", lambda weights, precision: built.append(precision) or graph)
    return built


def test_a_truncated_graph_is_built_again(stored: Path, weights: Weights, graph: bytes, builds: list[str]) -> None:
    stored.write_bytes(graph[: len(graph) // 2])
    assert cached_graph(stored.parent, weights, Precision.BLOCK8) == stored
    assert builds == ["block8"]
    assert stored.read_bytes() == graph


def test_one_changed_byte_is_noticed(stored: Path, weights: Weights, graph: bytes, builds: list[str]) -> None:
    stored.write_bytes(graph[:-1] + bytes([graph[-1] ^ 1]))
    cached_graph(stored.parent, weights, Precision.BLOCK8)
    assert builds == ["block8"]


def test_an_engine_starts_over_a_damaged_cache(tmp_path: Path, engine: E5Engine, cache_folder: Path) -> None:
    (source,) = cache_folder.glob("*block8*.onnx")
    (tmp_path / source.name).write_bytes(source.read_bytes()[:100_000])
    again = E5Engine(tmp_path, threads=1)
    assert again.embed_queries(["质量"]) @ engine.embed_queries(["质量"])[0] > 0.99999


def test_a_good_graph_is_not_built_again(stored: Path, weights: Weights, builds: list[str]) -> None:
    assert cached_graph(stored.parent, weights, Precision.BLOCK8) == stored
    assert builds == []


def test_graphs_of_earlier_versions_go(
    stored: Path, weights: Weights, builds: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (stored.parent / "e5-small-fp32-v1-another.onnx").write_bytes(b"of another precision")
    monkeypatch.setattr(cache, "GRAPH_VERSION", cache.GRAPH_VERSION + 1)
    cached_graph(stored.parent, weights, Precision.BLOCK8)
    assert not stored.exists()
    assert len(_files(stored.parent)) == 2


def test_a_folder_that_cannot_be_made_is_no_obstacle(
    tmp_path: Path, weights: Weights, graph: bytes, builds: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert cached_graph(tmp_path / "file" / "cache", weights, Precision.BLOCK8) == graph
    assert "无法写入" in caplog.text


def test_a_write_that_fails_leaves_nothing_behind(
    tmp_path: Path, weights: Weights, graph: bytes, builds: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: str, target: Path) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(cache.os, "replace", full)
    assert cached_graph(tmp_path, weights, Precision.BLOCK8) == graph
    assert _files(tmp_path) == []


def test_two_processes_that_build_at_once_leave_one_whole_graph(tmp_path: Path, weights: Weights, graph: bytes) -> None:
    program = (
        "from pathlib import Path; from knowledge.embeddings.e5.cache import *; "
        f"from knowledge.embeddings.e5.weights import find_weights; print(cached_graph(Path({str(tmp_path)!r}), "
        "Weights(find_weights()), Precision.BLOCK8))"
    )
    running = [subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) for _ in range(2)]
    answers = {Path(process.communicate()[0].decode().strip()) for process in running}
    (file,) = _files(tmp_path)
    assert answers == {file}
    assert file.read_bytes() == graph
