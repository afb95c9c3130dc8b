"""The fitted order: a weighted sum of nine features, its weights in `weights.json`.

`python -m retrieval.fitting.reranking HOME --write` fits them on the questions written in this project.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from retrieval.passages import Passage
from retrieval.reranking.features import NAMES, Candidate, FeatureReader
from retrieval.understanding import Understood

WEIGHTS = Path(__file__).with_name("weights.json")
RERANKED = 50  # candidates; what stands below keeps its place


@lru_cache(maxsize=2)
def load_weights(path: Path = WEIGHTS) -> Mapping[str, float]:
    weights: dict[str, float] = json.loads(path.read_text("utf-8"))
    return weights


class Reranker:
    """Orders candidates. Thread-safe."""

    def __init__(self, reader: FeatureReader, weights: Mapping[str, float] | None = None) -> None:
        self.reader = reader
        chosen = load_weights() if weights is None else weights
        self._weights = tuple(chosen.get(name, 0.0) for name in NAMES)

    def order(self, question: Understood, candidates: Sequence[Candidate]) -> list[Passage]:
        """The passages of the candidates, given best first by fusion: the first fifty by the model, then the rest."""
        first = candidates[:RERANKED]
        rows = self.reader.features(question, first)
        scores = [sum(w * value for w, value in zip(self._weights, row, strict=True)) for row in rows]
        places = sorted(range(len(first)), key=lambda place: -scores[place])
        return [first[place].passage for place in places] + [one.passage for one in candidates[RERANKED:]]
