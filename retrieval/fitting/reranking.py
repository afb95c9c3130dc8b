"""Fit the order of the first candidates on questions written in this project.

    python -m retrieval.fitting.reranking HOME [--write]

HOME is a data folder with the library and the documents the questions rest on. Questions are those of
`questions.jsonl` and the phrasings of the library's entries. A passage counts as right when it has every expected
point (questions), or carries most of the entry's answer (entries). Reported: nDCG@10 of passages on held-out folds.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log2, sqrt
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.documents import Chunk, Origin
from knowledge.standards import squeeze
from retrieval.answering import Answerer
from retrieval.evidence import pairs, share
from retrieval.fitting.train import QUESTIONS, open_answerer
from retrieval.questions import Question, parse_history
from retrieval.reranking.features import NAMES
from retrieval.reranking.model import RERANKED, WEIGHTS

DEPTH = 100  # of each list before fusion
_FOLDS = 5
_L2 = 0.02
_STEPS, _RATE = 200, 0.03
_MOST_RIGHT = 8  # passages; a question that more of them answer tells nothing of their order
_CARRIED = 0.45  # of an answer's pairs of characters: less is no passage it could come from
_AS_GOOD = 0.85  # of the best passage's share

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Asked:
    """One question: its candidates in fused order, their features (candidates, NAMES), which are right; all right."""

    group: str  # what is held out together: a question, an entry with all its phrasings
    ids: tuple[str, ...]
    features: Floats
    right: Floats
    relevant: frozenset[str]


@dataclass(frozen=True)
class Held:
    """Every passage of the home, with whether it is built in."""

    chunks: tuple[Chunk, ...]
    built_in: frozenset[str]  # chunks
    sources: dict[str, str]  # chunk → file name


def held(answerer: Answerer) -> Held:
    shelf = answerer.search.shelf().documents.values()
    chunks = [(one, chunk) for one in shelf for chunk in answerer.search.catalog.document_chunks(one.id)]
    return Held(
        tuple(chunk for _, chunk in chunks),
        frozenset(chunk.id for one, chunk in chunks if one.origin is Origin.LIBRARY),
        {chunk.id: one.source for one, chunk in chunks},
    )


def of_questions(answerer: Answerer, known: Held) -> Iterator[Asked]:
    plain = {chunk.id: squeeze(f"{chunk.heading}\n{chunk.text}") for chunk in known.chunks}
    for line in QUESTIONS.read_text("utf-8").splitlines():
        raw = json.loads(line)
        if raw["kind"] != "answerable" or not raw["expected_points"]:
            continue
        right = _resting(raw, {one for one, text in plain.items() if _has(text, raw)}, known)
        if 0 < len(right) <= _MOST_RIGHT:
            question = Question(raw["question"], parse_history(raw.get("history") or ()))
            yield asked(answerer, raw["id"], question, right)


def _has(plain: str, raw: dict[str, Any]) -> bool:
    forms = raw.get("alternatives") or {}
    return all(any(squeeze(f) in plain for f in (point, *forms.get(point, ()))) for point in raw["expected_points"])


def _resting(raw: dict[str, Any], right: set[str], known: Held) -> frozenset[str]:
    """Of the passages that have the points, those of the files the question rests on, and the built-in ones."""
    files = [name for name in raw["evidence"] if "." in name]
    filed = {one for one in right if any(name in known.sources[one] for name in files)}
    return frozenset(filed | (right & known.built_in) or right)


def of_entries(answerer: Answerer, known: Held) -> Iterator[Asked]:
    carried = {chunk.id: pairs(chunk.text) for chunk in known.chunks}
    for entry in answerer.search.shelf().faqs.values():
        wanted = pairs(entry.answer)
        shares = {one: share(wanted, found) for one, found in carried.items()}
        best = max(shares.values(), default=0.0)
        right = frozenset(one for one, value in shares.items() if value >= _AS_GOOD * best)
        if entry.settles and best >= _CARRIED and len(right) <= _MOST_RIGHT:
            for phrasing in entry.phrasings:
                yield asked(answerer, entry.id, Question(phrasing), right)


def asked(answerer: Answerer, group: str, question: Question, right: frozenset[str]) -> Asked:
    search, understood = answerer.search, answerer.reader.read(question)
    candidates = search.candidates(understood, search.embed(understood), DEPTH)[:RERANKED]
    rows = search.reranker.reader.features(understood, candidates)
    ids = tuple(one.passage.chunk.id for one in candidates)
    table = np.array(rows, dtype=float).reshape(len(ids), len(NAMES))
    return Asked(group, ids, table, np.array([float(one in right) for one in ids]), right)


# ------------------------------------------------------------------ softmax over each list


def fit(rows: Sequence[Asked]) -> Floats:
    """Weights that make it likeliest that the first of each list is a right one; L2, Adam, features to unit spread."""
    told = [(row.features, row.right) for row in rows if row.right.any() and not row.right.all()]
    everything = np.concatenate([features for features, _ in told])
    mean, spread = everything.mean(axis=0), np.maximum(everything.std(axis=0), 1e-9)
    lists = [((features - mean) / spread, right) for features, right in told]
    weights, first, second = (np.zeros(len(NAMES)) for _ in range(3))
    for step in range(1, _STEPS + 1):
        gradient = _L2 * weights + sum(_gradient(weights, *one) for one in lists) / len(lists)
        first, second = 0.9 * first + 0.1 * gradient, 0.99 * second + 0.01 * gradient**2
        weights = weights - _RATE * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.99**step)) + 1e-8)
    return np.asarray(weights / spread, dtype=float)


def _gradient(weights: Floats, features: Floats, right: Floats) -> Floats:
    scores = features @ weights
    chance = np.exp(scores - scores.max())
    chance /= chance.sum()
    of_right = chance * right
    return np.asarray(features.T @ (chance - of_right / (of_right.sum() + 1e-12)), dtype=float)


def held_out(rows: Sequence[Asked]) -> tuple[list[float], list[float]]:
    """nDCG@10 of each question, ordered by a model that has not seen its group; and in the order of fusion."""
    ours, before = [], []
    for fold in range(_FOLDS):
        weights = fit([row for row in rows if _fold(row.group) != fold])
        for row in (row for row in rows if _fold(row.group) == fold):
            order = np.argsort(-(row.features @ weights), kind="stable")
            ours.append(ndcg10([row.ids[at] for at in order], row.relevant))
            before.append(ndcg10(row.ids, row.relevant))
    return ours, before


def ndcg10(order: Sequence[str], relevant: frozenset[str]) -> float:
    """How high the right ones stand among the first ten, 0 … 1, where each is as right as the other."""
    gained = sum(1 / log2(place + 2) for place, one in enumerate(order[:10]) if one in relevant)
    return gained / sum(1 / log2(place + 2) for place in range(min(len(relevant), 10)))


def _fold(group: str) -> int:
    return sum(map(ord, group)) * 7919 % 10007 % _FOLDS


def main(arguments: Sequence[str]) -> None:
    answerer = open_answerer(Path(arguments[0]))
    known = held(answerer)
    rows = [*of_questions(answerer, known), *of_entries(answerer, known)]
    ours, before = held_out(rows)
    gain = np.subtract(ours, before)
    spread = 1.96 * gain.std() / sqrt(len(gain))
    print(f"{len(rows)} questions, held out: nDCG@10 {np.mean(before):.3f} by fusion, {np.mean(ours):.3f} reranked")
    print(f"gain {gain.mean():+.3f} ({gain.mean() - spread:+.3f} … {gain.mean() + spread:+.3f})")
    weights = {name: round(float(value), 4) for name, value in zip(NAMES, fit(rows), strict=True)}
    text = json.dumps(weights, indent=2) + "\n"
    if "--write" in arguments:
        WEIGHTS.write_text(text, "utf-8")
    print(text, end="")


if __name__ == "__main__":
    main(sys.argv[1:])
