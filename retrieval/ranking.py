"""In which order sentences are taken for the answer: one weighted sum, its weights fitted on our own questions.

Weights are plain numbers in `fitting/ranking.json`, written by `retrieval.fitting.rank`. A feature the file does not
name counts nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

WEIGHTS = Path(__file__).parent / "fitting" / "ranking.json"


@dataclass(frozen=True)
class SentenceRanking:
    weights: Mapping[str, float]

    def score(self, features: Mapping[str, float]) -> float:
        """Higher is better; about 0 where a sentence has nothing of the question."""
        return sum(weight * features.get(name, 0.0) for name, weight in self.weights.items())


@lru_cache(maxsize=2)
def load_sentence_ranking(path: Path = WEIGHTS) -> SentenceRanking:
    return SentenceRanking(json.loads(path.read_text("utf-8")))
