"""The graph on disk, built once: a file that is whole, or none.

The name carries precision, graph version, a hash of the weights and a hash of the file itself, so a damaged file
gives itself away. It is written beside its place and moved there: two processes that build at once write the same bytes
to the same name.
"""

import hashlib
import logging
import os
import tempfile
from contextlib import suppress
from pathlib import Path

from knowledge.embeddings.e5.precision import Precision
from knowledge.embeddings.e5.weights import Weights

GRAPH_VERSION = 1  # raise it when graph.py writes another graph
DIGEST_DIGITS = 16

log = logging.getLogger(__name__)


def cached_graph(folder: Path, weights: Weights, precision: Precision) -> Path | bytes:
    """The file with the graph, built first where there is none or a damaged one (about a second).

    A folder that cannot be written costs every start that second, nothing else: the graph itself is returned then.
    """
    stem = f"e5-small-{precision}-v{GRAPH_VERSION}-{weights.fingerprint}"
    return _whole_file(folder, stem) or _build(folder, stem, weights, precision)


def _whole_file(folder: Path, stem: str) -> Path | None:
    for path in folder.glob(f"{stem}-*.onnx"):
        with suppress(OSError):  # another process may have removed it just now
            if path.name == _name(stem, _digest(path)):
                return path
            log.warning("向量模型缓存已损坏，将重新生成：%s", path)
    return None


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _build(folder: Path, stem: str, weights: Weights, precision: Precision) -> Path | bytes:
    from knowledge.embeddings.e5.graph import build_graph  # onnx: 0.2 s and 30 MB that a cached start does not pay

    graph = build_graph(weights, precision)
    path = folder / _name(stem, hashlib.sha256(graph).hexdigest())
    try:
        _store(path, graph)
        _remove_others(path, f"e5-small-{precision}-*.onnx")
    except OSError as error:
        log.warning("无法写入向量模型缓存 %s：%s", folder, error)
        return graph
    return path


def _name(stem: str, digest: str) -> str:
    return f"{stem}-{digest[:DIGEST_DIGITS]}.onnx"


def _store(path: Path, graph: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(graph)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _remove_others(path: Path, pattern: str) -> None:
    """Damaged files and those of earlier versions."""
    for other in path.parent.glob(pattern):
        if other.name != path.name:
            other.unlink(missing_ok=True)
