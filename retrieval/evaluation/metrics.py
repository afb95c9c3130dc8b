"""Measures of information retrieval and of selective answering, with their uncertainty.

nDCG after Järvelin and Kekäläinen (2002), binary relevance; intervals by the percentile bootstrap over questions.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import comb, log2

import numpy as np

RESAMPLES = 2000
FLIPS = 10_000
CONFIDENCE = 0.95
_SEED = 20261121


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over questions and its 95 % interval."""

    mean: float
    low: float
    high: float


def recall(ranked: Sequence[str], relevant: Collection[str], depth: int) -> float:
    """Share of the relevant that stands among the first `depth`; 0 where nothing is relevant."""
    return len(set(ranked[:depth]) & set(relevant)) / len(relevant) if relevant else 0.0


def reciprocal_rank(ranked: Sequence[str], relevant: Collection[str], depth: int = 10) -> float:
    return next((1 / place for place, one in enumerate(ranked[:depth], 1) if one in relevant), 0.0)


def ndcg(ranked: Sequence[str], relevant: Collection[str], depth: int = 10) -> float:
    gain = sum(1 / log2(place + 1) for place, one in enumerate(ranked[:depth], 1) if one in relevant)
    ideal = sum(1 / log2(place + 1) for place in range(1, min(len(relevant), depth) + 1))
    return gain / ideal if ideal else 0.0


def estimate(values: Sequence[float]) -> Estimate:
    """Raises ValueError for no values."""
    if not values:
        raise ValueError("nothing to estimate from")
    sample = np.asarray(values, dtype=float)
    means = _resampled_means(sample)
    low, high = np.quantile(means, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Estimate(float(sample.mean()), float(low), float(high))


def paired_difference(first: Sequence[float], second: Sequence[float]) -> Estimate:
    """Of `first` over `second`, question by question. Raises ValueError where they are not as many."""
    if len(first) != len(second):
        raise ValueError("not the same questions")
    return estimate([a - b for a, b in zip(first, second, strict=True)])


def _resampled_means(sample: np.ndarray) -> np.ndarray:
    generator = np.random.default_rng(_SEED)
    return np.array([generator.choice(sample, len(sample)).mean() for _ in range(RESAMPLES)])


def auroc(answerable: Sequence[float], unanswerable: Sequence[float]) -> float:
    """The chance that an answerable question scores above an unanswerable one; ties count half.

    Raises ValueError where one of the two is empty.
    """
    if not answerable or not unanswerable:
        raise ValueError("both kinds of question are needed")
    low = np.sort(np.asarray(unanswerable, dtype=float))
    high = np.asarray(answerable, dtype=float)
    below = np.searchsorted(low, high, side="left")
    ties = np.searchsorted(low, high, side="right") - below
    return float((below + ties / 2).mean() / len(low))


def kept_at_refused(answerable: Sequence[float], unanswerable: Sequence[float], refused: float) -> float:
    """Share of answerable questions still answered where a threshold refuses that share of the unanswerable."""
    threshold = float(np.quantile(np.asarray(unanswerable, dtype=float), refused))
    return float((np.asarray(answerable, dtype=float) > threshold).mean())


def risk_coverage(right: Mapping[str, bool], scores: Mapping[str, float]) -> list[tuple[float, float]]:
    """(coverage, risk) for every threshold, the surest questions first: risk is the share wrong among the answered."""
    order = sorted(right, key=lambda question: -scores[question])
    curve, wrong = [], 0
    for answered, question in enumerate(order, 1):
        wrong += not right[question]
        curve.append((answered / len(order), wrong / answered))
    return curve


def sign_flip_p(differences: Sequence[float]) -> float:
    """Two-sided p of no direction in paired differences: how often signs thrown at random lead as far from 0.

    Raises ValueError for no differences.
    """
    if not differences:
        raise ValueError("nothing to test")
    sample = np.asarray(differences, dtype=float)
    generator = np.random.default_rng(_SEED)
    signs = generator.choice(np.array([-1.0, 1.0]), (FLIPS, len(sample)))
    as_far = np.abs(signs @ sample) >= abs(sample.sum()) - 1e-12
    return float((as_far.sum() + 1) / (FLIPS + 1))


def mcnemar_p(only_first: int, only_second: int) -> float:
    """Exact two-sided p of McNemar's test, from the questions that only one of two runs got right."""
    discordant = only_first + only_second
    if not discordant:
        return 1.0
    tail = sum(comb(discordant, k) for k in range(min(only_first, only_second) + 1))
    return min(2.0 * tail / float(2**discordant), 1.0)
