"""How likely an answer is right: one logistic regression for entries, one for extracts.

Weights are plain numbers in `confidence.json`, written by `retrieval.fitting.train` from the questions
in this folder. A feature the file does not name counts nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import exp
from pathlib import Path

PREFERENCE = 0.25  # an approved entry goes before an extract that is surer by no more than this
SURE_ENTRY = 0.6  # an entry less likely than this is shown behind its own question
_ALL_BUT_CERTAIN, _NEARLY_AS = 0.9, 0.8
WEIGHTS = Path(__file__).parent / "fitting" / "confidence.json"


@dataclass(frozen=True)
class Logistic:
    bias: float
    weights: Mapping[str, float]

    def probability(self, features: Mapping[str, float]) -> float:
        z = self.bias + sum(weight * features.get(name, 0.0) for name, weight in self.weights.items())
        return 1 / (1 + exp(-max(min(z, 30.0), -30.0)))


@dataclass(frozen=True)
class Confidence:
    """`threshold`: below it the answer is withheld; fitted with the weights."""

    faq: Logistic
    extract: Logistic
    faq_threshold: float
    extract_threshold: float

    def of_entry(self, features: Mapping[str, float]) -> float:
        return 0.0 if vetoed(features) else self.faq.probability(features)

    def of_extract(self, features: Mapping[str, float]) -> float:
        return 0.0 if vetoed(features) else self.extract.probability(features)


def vetoed(features: Mapping[str, float]) -> bool:
    """A year or day the question pins itself to and the text does not have, or an entry about something else."""
    return features.get("figures", 1.0) == 0.0 or features.get("other", 0.0) == 1.0


def prefers_entry(of_entry: float, of_extract: float) -> bool:
    """Whether the approved wording is shown, given how sure both are. Not for an extract that is all but certain."""
    if of_extract >= _ALL_BUT_CERTAIN and of_entry < _NEARLY_AS:
        return False
    return of_entry >= of_extract - PREFERENCE


@lru_cache(maxsize=2)
def load_confidence(path: Path = WEIGHTS) -> Confidence:
    raw = json.loads(path.read_text("utf-8"))
    return Confidence(
        Logistic(raw["faq"]["bias"], raw["faq"]["weights"]),
        Logistic(raw["extract"]["bias"], raw["extract"]["weights"]),
        raw["faq"]["threshold"],
        raw["extract"]["threshold"],
    )
