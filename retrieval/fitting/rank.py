"""Fit the ranking of sentences on the questions of this folder.

    python -m retrieval.fitting.rank HOME [--write]

HOME is a data folder with the library and the documents the questions rest on. Of every answerable question the
sentences that have most of the expected points are right; the weights maximise the probability (softmax over all
sentences found) that falls to right ones. Held-out folds say how often the first sentence is one.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.standards import squeeze
from retrieval.answering import Answerer
from retrieval.fitting.train import FOLDS, QUESTIONS, fold, open_answerer
from retrieval.questions import Question, parse_history
from retrieval.ranking import WEIGHTS

NAMES = ("inside", "context", "kind", "figures", "attached", "denied", "stands_out_here", "wording", "guide")
_L2 = 1.0
_STEPS, _RATE = 400, 0.05

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Ranked:
    """One question: the features of its sentences as found, (sentences, names), and which are right."""

    id: str
    files_only: bool
    features: Floats
    right: NDArray[np.bool_]


def samples(answerer: Answerer, questions: Sequence[Mapping[str, Any]], use_library: bool) -> Iterator[Ranked]:
    for raw in questions:
        if raw["kind"] != "answerable":
            continue
        asked = Question(raw["question"], parse_history(raw.get("history") or ()), use_library=use_library)
        understood = answerer.reader.read(asked)
        if understood.clauses:
            continue
        sentences = answerer.candidates(understood).sentences
        points = [_points_in(sentence.text, raw) for sentence in sentences]
        if not any(points):
            continue
        features = np.array([[sentence.features.get(name, 0.0) for name in NAMES] for sentence in sentences])
        yield Ranked(raw["id"], not use_library, features, np.array(points) == max(points))


def _points_in(text: str, raw: Mapping[str, Any]) -> int:
    plain, alternatives = squeeze(text), raw.get("alternatives") or {}
    forms = [(point, *alternatives.get(point, ())) for point in raw["expected_points"]]
    return sum(any(squeeze(form) in plain for form in of_point) for of_point in forms)


def fit(chosen: Sequence[Ranked]) -> Floats:
    """Adam on the L2-penalised log likelihood; weights of the raw features."""
    scale = np.maximum(np.concatenate([one.features for one in chosen]).std(axis=0), 1e-6)
    weights, first, second = np.zeros(len(scale)), np.zeros(len(scale)), np.zeros(len(scale))
    for step in range(1, _STEPS + 1):
        gradient = _L2 * weights - sum(_pull(one, weights, scale) for one in chosen)
        first = 0.9 * first + 0.1 * gradient
        second = 0.99 * second + 0.01 * gradient**2
        weights -= _RATE * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.99**step)) + 1e-8)
    fitted: Floats = weights / scale
    return fitted


def _pull(one: Ranked, weights: Floats, scale: Floats) -> Floats:
    """Gradient of the log of the probability that falls to the right sentences."""
    scaled = one.features / scale
    score = scaled @ weights
    share = np.exp(score - score.max())
    share /= share.sum()
    of_right = share * one.right / max(float(share[one.right].sum()), 1e-12)
    pull: Floats = scaled.T @ (of_right - share)
    return pull


def first_is_right(chosen: Sequence[Ranked], weights: Floats) -> list[bool]:
    return [bool(one.right[int(np.argmax(one.features @ weights))]) for one in chosen]


def report(chosen: Sequence[Ranked]) -> None:
    """Held-out: how often the first sentence is right."""
    for title, files_only in (("with library", False), ("files only", True)):
        right: list[bool] = []
        for number in range(FOLDS):
            weights = fit([one for one in chosen if fold(one.id) != number])
            held = [one for one in chosen if fold(one.id) == number and one.files_only == files_only]
            right += first_is_right(held, weights)
        print(f"{title}: first sentence right in {sum(right)} of {len(right)} ({np.mean(right):.1%})")


def main(arguments: Sequence[str]) -> None:
    questions = [json.loads(line) for line in QUESTIONS.read_text("utf-8").splitlines() if line.strip()]
    answerer = open_answerer(Path(arguments[0]))
    chosen = [*samples(answerer, questions, True), *samples(answerer, questions, False)]
    report(chosen)
    weights = {name: round(float(weight), 4) for name, weight in zip(NAMES, fit(chosen), strict=True)}
    text = json.dumps(weights, indent=2)
    if "--write" in arguments:
        WEIGHTS.write_text(text + "\n", "utf-8")
    else:
        print(text)


if __name__ == "__main__":
    main(sys.argv[1:])
