"""ONNX Runtime behind one call: embedded tokens in, mean vectors out. Imports `onnxruntime`: to be imported late."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # read at import: without it the wheel reports to its maker
import onnxruntime

from knowledge.embeddings.e5.weights import Floats
from knowledge.errors import EmbeddingUnavailable


class GraphSession:
    """A loaded graph. `run` may be called from several threads at once: ONNX Runtime's `Run` is safe to share."""

    def __init__(self, graph: Path | bytes, threads: int) -> None:
        """A file is the better choice: of bytes, ONNX Runtime's Python side keeps a copy for good."""
        try:
            self._session = onnxruntime.InferenceSession(graph, _options(threads), providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime's exceptions share no narrower base
            raise EmbeddingUnavailable("向量模型无法载入 ONNX Runtime，请检查 onnxruntime 的版本") from error

    def run(self, texts: Sequence[Floats]) -> Floats:
        """Embedded tokens, one (length, width) for each text → mean of the last layer's tokens, (texts, width)."""
        lengths = np.array([len(text) for text in texts], np.int32)
        tokens = np.zeros((len(texts), lengths.max(), texts[0].shape[1]), np.float32)
        pooling = np.zeros((len(texts), 1, lengths.max()), np.float32)
        for row, text in enumerate(texts):
            tokens[row, : len(text)] = text
            pooling[row, 0, : len(text)] = 1 / len(text)
        return self._vectors({"tokens": tokens, "lengths": lengths, "pooling": pooling})

    def _vectors(self, inputs: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.generic]]]) -> Floats:
        try:
            (vectors,) = self._session.run(["vectors"], inputs)
        except Exception as error:
            raise EmbeddingUnavailable("向量模型运行失败") from error
        return np.asarray(vectors, np.float32)


def _options(threads: int) -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # idle threads sleep: cores are shared
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC  # more fuses the slow norm
    options.enable_mem_pattern = False  # one plan is kept for each shape ever seen, and texts come in every length
    options.log_severity_level = 3  # errors; the warnings are for who wrote the graph
    return options
