"""An embedding model made of character bigrams: texts that share words are near, and it always says the same."""

from __future__ import annotations

from math import sqrt
from zlib import crc32

from knowledge.embeddings import EmbeddingModel

DIMENSIONS = 64


class BigramEmbeddings(EmbeddingModel):
    """`embedded` remembers every passage it was given, so that a test sees what was embedded again."""

    dimensions = DIMENSIONS

    def __init__(self, name: str = "bigrams") -> None:
        self.name = name
        self.embedded: list[str] = []

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.embedded += texts
        return [_vector(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        return _vector(text)


def _vector(text: str) -> list[float]:
    counts = [0.0] * DIMENSIONS
    padded = f" {text} "
    for i in range(len(padded) - 1):
        counts[crc32(padded[i : i + 2].encode()) % DIMENSIONS] += 1.0
    length = sqrt(sum(c * c for c in counts))
    return [c / length for c in counts]
