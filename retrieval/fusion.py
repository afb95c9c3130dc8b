"""Two rankings into one: standardised scores, weighed.

Each list's scores are put on the scale of their own spread among its first hits, so the list that singles out a few
passages for this question speaks louder than the one that finds many alike. On the public
sets of docs/quality.md this beats reciprocal rank fusion and any fixed mixture of the raw scores.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt

SPREADS = 5.0  # standard deviations; about the most that a fused score reaches
_SPREAD_OVER = 50  # first hits of a list that its scale is taken from


def standardised(scores: Mapping[str, float]) -> dict[str, float]:
    """Scores as standard deviations from the mean of the first hits; 0 for all where they do not differ."""
    first = sorted(scores.values(), reverse=True)[:_SPREAD_OVER]
    mean = sum(first) / max(len(first), 1)
    spread = sqrt(sum((score - mean) ** 2 for score in first) / max(len(first), 1))
    if spread < 1e-9:
        return dict.fromkeys(scores, 0.0)
    return {one: (score - mean) / spread for one, score in scores.items()}


def fused(keyword: Mapping[str, float], dense: Mapping[str, float], dense_share: float) -> dict[str, float]:
    """One score for everything that either list found; what a list did not find stands with the last it found."""
    parts = [(1 - dense_share, standardised(keyword)), (dense_share, standardised(dense))]
    parts = [(share, scores) for share, scores in parts if scores]
    found = {*keyword, *dense}
    floors = [min(scores.values()) for _, scores in parts]
    return {
        one: sum(share * scores.get(one, floor) for (share, scores), floor in zip(parts, floors, strict=True))
        for one in found
    }
