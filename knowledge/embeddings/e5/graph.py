"""The twelve layers as an ONNX graph. Imports `onnx`: only `cache` imports this module, and only to build.

    tokens   float32 (texts, length, width)   word embeddings; what is past a text's end is ignored
    lengths  int32   (texts,)                 tokens of each text, `<s>` and `</s>` counted
    pooling  float32 (texts, 1, length)       1/length on a text's tokens, 0 past its end
    vectors  float32 (texts, width)           mean of the last layer's tokens, not normalised

Attention, `Gelu` and the packed matrix products are ONNX Runtime's own operators (domain `com.microsoft`), written
directly: the session leaves the graph as it is.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from knowledge.embeddings.e5.precision import Precision
from knowledge.embeddings.e5.weights import Floats, Weights

RUNTIME = "com.microsoft"
OPSET, RUNTIME_OPSET, IR_VERSION = 20, 1, 9
BLOCK8 = 64  # weights and activations that share a scale; 32 is slower, 128 no faster and less exact
INT8_LIMIT = 127
INT8_ACTIVATIONS = 4  # MatMulNBits accuracy level: activations in 8-bit blocks, sums in integers


def build_graph(weights: Weights, precision: Precision) -> bytes:
    """The serialised graph; the same weights and precision give the same bytes."""
    return bytes(_Graph(weights, precision).model().SerializeToString(deterministic=True))


class _Graph:
    """Collects nodes and constants; a method that adds a node returns the name of its output."""

    def __init__(self, weights: Weights, precision: Precision) -> None:
        self._weights = weights
        self._product = PRODUCTS[precision]
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def model(self) -> onnx.ModelProto:
        hidden = self._embeddings()
        for index in range(self._weights.shape.layers):
            hidden = self._layer(hidden, f"l{index}.")
        self._pool(hidden)
        graph = helper.make_graph(self._nodes, "e5", self._inputs(), [self._vectors()], self._constants)
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(RUNTIME, RUNTIME_OPSET)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION)

    def _inputs(self) -> list[onnx.ValueInfoProto]:
        return [
            helper.make_tensor_value_info("tokens", TensorProto.FLOAT, ["texts", "length", self._weights.shape.width]),
            helper.make_tensor_value_info("lengths", TensorProto.INT32, ["texts"]),
            helper.make_tensor_value_info("pooling", TensorProto.FLOAT, ["texts", 1, "length"]),
        ]

    def _vectors(self) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["texts", self._weights.shape.width])

    def _embeddings(self) -> str:
        """Word + position + type 0, normalised. Every text starts at position 0."""
        width = self._weights.shape.width
        positions = self._weights.floats("emb.pos").reshape(-1, width) + self._weights.floats("emb.type")[:width]
        length = self.node("Shape", ["tokens"], start=1, end=2)
        zero = self.constant(np.zeros(1, np.int64))
        used = self.node("Slice", [self.constant(positions), zero, length, zero])
        return self._norm(self.node("Add", ["tokens", used]), "emb.ln")

    def _layer(self, hidden: str, layer: str) -> str:
        attended = self._linear(self._attention(hidden, layer), layer + "ao")
        hidden = self._add_and_norm(hidden, attended, layer + "aln")
        widened = self.node("Gelu", [self._linear(hidden, layer + "fi")], RUNTIME)
        return self._add_and_norm(hidden, self._linear(widened, layer + "fo"), layer + "oln")

    def _attention(self, hidden: str, layer: str) -> str:
        joined = self._linear(hidden, layer + "q", layer + "k", layer + "v")
        parts = [f"{joined}.{part}" for part in "qkv"]
        self._nodes.append(helper.make_node("Split", [joined], parts, axis=-1, num_outputs=3))
        return self.node("MultiHeadAttention", [*parts, "", "lengths"], RUNTIME, num_heads=self._weights.shape.heads)

    def _add_and_norm(self, hidden: str, change: str, name: str) -> str:
        """Two nodes: the runtime's `SkipLayerNormalization` does the same in one, and takes four times as long."""
        return self._norm(self.node("Add", [hidden, change]), name)

    def _norm(self, hidden: str, name: str) -> str:
        scale, shift = (self.constant(self._weights.floats(f"{name}.{part}")) for part in "wb")
        return self.node("LayerNormalization", [hidden, scale, shift], axis=-1, epsilon=self._weights.shape.eps)

    def _linear(self, hidden: str, *names: str) -> str:
        """One product for the matrices of these names, side by side."""
        biases = np.concatenate([self._weights.floats(name + ".b") for name in names])
        inputs = self._weights.shape.ffn if names[0].endswith("fo") else self._weights.shape.width
        matrix = np.concatenate([self._weights.matrix(name + ".w", inputs) for name in names])
        return self._product(self, hidden, matrix, biases)

    def _pool(self, hidden: str) -> None:
        pooled = self.node("MatMul", ["pooling", hidden])
        self._nodes.append(helper.make_node("Squeeze", [pooled, self.constant(np.ones(1, np.int64))], ["vectors"]))

    def constant(self, values: NDArray[np.generic]) -> str:
        name = f"c{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def node(self, operator: str, inputs: Sequence[str], domain: str = "", **attributes: Any) -> str:
        name = f"n{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, inputs, [name], domain=domain, **attributes))
        return name


def _fp32(graph: _Graph, hidden: str, matrix: Floats, biases: Floats) -> str:
    return graph.node("Add", [graph.node("MatMul", [hidden, graph.constant(matrix.T)]), graph.constant(biases)])


def _int8(graph: _Graph, hidden: str, matrix: Floats, biases: Floats) -> str:
    """Weights with a scale per output; activations with one scale for the whole tensor, that is, for the batch."""
    scales = np.abs(matrix).max(axis=1) / np.float32(INT8_LIMIT)
    quantised = np.rint(matrix / scales[:, None]).astype(np.int8)
    constants = [quantised.T, scales, np.zeros(len(scales), np.int8), biases]
    return graph.node("DynamicQuantizeMatMul", [hidden, *map(graph.constant, constants)], RUNTIME)


def _block8(graph: _Graph, hidden: str, matrix: Floats, biases: Floats) -> str:
    """Weights and activations with a scale for each 64 of a row: no text's scale comes from another text."""
    outputs, inputs = matrix.shape
    blocks = matrix.reshape(outputs, inputs // BLOCK8, BLOCK8)
    scales = np.abs(blocks).max(axis=-1) / np.float32(INT8_LIMIT)
    quantised = (np.rint(blocks / scales[..., None]) + 128).astype(np.uint8)  # 128 is a weight of 0
    constants = [graph.constant(quantised), graph.constant(scales), "", "", graph.constant(biases)]
    return graph.node(
        "MatMulNBits",
        [hidden, *constants],
        RUNTIME,
        K=inputs,
        N=outputs,
        bits=8,
        block_size=BLOCK8,
        accuracy_level=INT8_ACTIVATIONS,
    )


PRODUCTS: dict[Precision, Callable[[_Graph, str, Floats, Floats], str]] = {
    Precision.FP32: _fp32,
    Precision.INT8: _int8,
    Precision.BLOCK8: _block8,
}
