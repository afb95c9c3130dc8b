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


def cached_graph(folder: Path, weights: Weights, precision: Precision) -> bytes:
    """The serialised graph, from the folder or built (about 0.5 s) and stored there.

    A folder that cannot be written costs the next start that half second, nothing else.
    """
    stem = f"e5-small-{precision}-v{GRAPH_VERSION}-{weights.fingerprint}"
    return _read(folder, stem) or _build(folder, stem, weights, precision)


def _read(folder: Path, stem: str) -> bytes | None:
    for path in folder.glob(f"{stem}-*.onnx"):
        with suppress(OSError):  # another process may have replaced it just now
            graph = path.read_bytes()
            if path.name == _name(stem, graph):
                return graph
            log.warning("向量模型缓存已损坏，将重新生成：%s", path)
    return None


def _build(folder: Path, stem: str, weights: Weights, precision: Precision) -> bytes:
    from knowledge.embeddings.e5.graph import build_graph  # onnx: 0.2 s and 30 MB that a cached start does not pay

    graph = build_graph(weights, precision)
    try:
        _store(folder, _name(stem, graph), graph)
        _remove_others(folder, _name(stem, graph), f"e5-small-{precision}-*.onnx")
    except OSError as error:
        log.warning("无法写入向量模型缓存 %s：%s", folder, error)
    return graph


def _name(stem: str, graph: bytes) -> str:
    return f"{stem}-{hashlib.sha256(graph).hexdigest()[:DIGEST_DIGITS]}.onnx"


def _store(folder: Path, name: str, graph: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=f"{name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(graph)
        os.replace(temporary, folder / name)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _remove_others(folder: Path, name: str, pattern: str) -> None:
    """Damaged files and those of earlier versions; a reader has read its file whole by now, or finds the new one."""
    for path in folder.glob(pattern):
        if path.name != name:
            path.unlink(missing_ok=True)
