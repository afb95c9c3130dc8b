"""Fit the confidence models on the questions of this folder.

    python -m retrieval.fitting.train HOME [--write]

HOME is a data folder with the library and the documents the questions rest on. An entry or extract
counts as right when it has every expected point; for a question that nothing answers, everything that
would settle it counts as wrong. Thresholds are chosen on held-out folds by the utility below.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from knowledge.catalog import Catalog
from knowledge.database import Database
from knowledge.embeddings import open_embeddings
from knowledge.faqs import FaqEntry
from knowledge.keyword_index import KeywordIndex
from knowledge.library import load_standards
from knowledge.settings import KnowledgeSettings
from knowledge.standards import squeeze
from knowledge.terms import Segmenter
from knowledge.vector_index import open_vector_index
from retrieval.answering import Answerer, extract_features
from retrieval.confidence import WEIGHTS, prefers_entry, vetoed
from retrieval.extractive import compose
from retrieval.questions import Question, parse_history
from retrieval.refusal import declined

QUESTIONS = Path(__file__).with_name("questions.jsonl")
# The set is rich in near-misses on purpose. Of what people send, about one in five has no answer here, and half of
# that is far from everything held and refused at any threshold.
_UNANSWERABLE_IN_LIFE = 1 / 8
_LEAST_SURE = 7  # twentieths: what is less likely than that is not shown at all
_FAQ_CANDIDATES = 8
_KIND_SPREAD = 0.4  # at least, of a kind of question in the fit: one seen five times is not told by those five
_AS_GOOD = 1.0  # of some five hundred: thresholds that are no better than this refuse for nothing
FOLDS = 5
_L2 = 30.0
# What an outcome is worth to the person who asked. A wrong answer costs more than none; an extract that misses, in
# the source's own words and marked as such, misleads less than an approved entry that does.
_RIGHT, _WITHHELD, _RIGHTLY_REFUSED = 1.0, 0.0, 1.0
_WRONG = {"faq": -1.0, "extract": -0.5}
_WRONGLY_ANSWERED = {"faq": -1.5, "extract": -0.75}

Features = dict[str, float]
_VETOES = {"figures", "other", "alike", "elsewhere"}  # or what they are made of


@dataclass
class Sample:
    """One question with what might answer it, each marked right or wrong."""

    id: str
    answerable: bool
    faqs: list[tuple[Features, bool, bool]] = field(default_factory=list)  # features, right, settles
    extract: tuple[Features, bool] | None = None


def samples(
    answerer: Answerer, questions: Sequence[dict[str, Any]], use_library: bool, filed: bool = True
) -> Iterator[Sample]:
    """`filed`: without the library, only what files answer."""
    for raw in questions:
        answerable = raw["kind"] == "answerable"
        if (
            raw["kind"] == "dialogue"
            or declined(raw["question"])
            or (not use_library and filed and answerable and not _filed(raw))
        ):
            continue
        understood = answerer.reader.read(
            Question(raw["question"], parse_history(raw.get("history") or ()), use_library=use_library)
        )
        if understood.clauses:
            continue
        found = answerer.candidates(understood)
        sample = Sample(raw["id"], answerable)
        for entry in found.entries[:_FAQ_CANDIDATES]:
            sample.faqs.append((entry.features, _right(entry.match.entry, raw, answerable), entry.match.entry.settles))
        extract = compose(understood, found.sentences)
        if extract:
            sample.extract = (extract_features(found), answerable and _covers(extract.text, raw))
        yield sample


def absent(answerer: Answerer, questions: Sequence[dict[str, Any]]) -> Iterator[Sample]:
    """The answerable questions, asked of files that are not what they rest on: whatever still answers is mostly wrong.

    Those that rest on files are asked without these, the others without the library. What another document says as
    well stays right. Only the extract is learnt from: entries know nothing of files.
    """
    for raw in questions:
        if raw["kind"] != "answerable":
            continue
        files = [name for name in raw["evidence"] if name.endswith((".txt", ".md"))]
        with answerer.search.steady(without=files):
            sample = next(samples(answerer, [raw], use_library=False, filed=False), None)
        if sample and sample.extract:
            yield Sample(f"{sample.id}/absent", sample.extract[1], [], sample.extract)


def _right(entry: FaqEntry, raw: dict[str, Any], answerable: bool) -> bool:
    """An entry is right if it has the points; for what nobody can answer, if it says so of the same fact."""
    if answerable:
        return _covers(entry.answer, raw)
    return not entry.settles and bool(set(entry.facts) & set(raw["evidence"]))


def _filed(raw: dict[str, Any]) -> bool:
    return any(name.endswith((".txt", ".md")) for name in raw["evidence"])


def _covers(text: str, raw: dict[str, Any]) -> bool:
    plain = squeeze(text)
    alternatives = raw.get("alternatives") or {}
    return all(
        any(squeeze(form) in plain for form in (point, *alternatives.get(point, ())))
        for point in raw["expected_points"]
    )


# ------------------------------------------------------------------ logistic regression


def fit(rows: Sequence[tuple[Features, bool]], names: Sequence[str]) -> tuple[float, dict[str, float]]:
    """Newton's method on the L2-penalised log likelihood of standardised features; the bias is not penalised."""
    x = np.array([[1.0, *(row.get(name, 0.0) for name in names)] for row, _ in rows])
    y = np.array([float(right) for _, right in rows])
    least = [_KIND_SPREAD if name.startswith("asks_") else 1e-6 for name in names]
    scale = np.maximum(x.std(axis=0), [1.0, *least])
    scale[0] = 1.0
    z = x / scale
    penalty = np.full(z.shape[1], _L2)
    penalty[0] = 1e-6
    w: NDArray[np.float64] = np.zeros(z.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(z @ w, -30, 30)))
        gradient = z.T @ (p - y) + penalty * w
        hessian = (z * (p * (1 - p))[:, None]).T @ z + np.diag(penalty)
        step = np.linalg.solve(hessian, gradient)
        w -= step
        if np.abs(step).max() < 1e-8:
            break
    w = w / scale
    return float(w[0]), {name: float(v) for name, v in zip(names, w[1:], strict=True)}


def probability(model: tuple[float, dict[str, float]], features: Features) -> float:
    if vetoed(features):
        return 0.0
    z = model[0] + sum(v * features.get(n, 0.0) for n, v in model[1].items())
    return float(1 / (1 + np.exp(-np.clip(z, -30, 30))))


def faq_rows(chosen: Sequence[Sample]) -> list[tuple[Features, bool]]:
    return [(f, right) for s in chosen for f, right, _ in s.faqs if not vetoed(f)]


def extract_rows(chosen: Sequence[Sample]) -> list[tuple[Features, bool]]:
    return [s.extract for s in chosen if s.extract and not vetoed(s.extract[0])]


def utility(chosen: Sequence[Sample], faq: Any, extract: Any, faq_threshold: float, extract_threshold: float) -> float:
    """Mean worth of the decisions `Answerer` would take with these models."""
    total = 0.0
    unanswerable = sum(not s.answerable for s in chosen) or 1
    balance = (len(chosen) - unanswerable) / unanswerable * _UNANSWERABLE_IN_LIFE / (1 - _UNANSWERABLE_IN_LIFE)
    for sample in chosen:
        kind, right = decide(sample, faq, extract, faq_threshold, extract_threshold)
        if kind is None:
            total += _WITHHELD if sample.answerable else balance * _RIGHTLY_REFUSED
        elif sample.answerable:
            total += _RIGHT if right else _WRONG[kind]
        else:
            total += balance * _WRONGLY_ANSWERED[kind]
    return total / max(len(chosen), 1)


def decide(
    sample: Sample, faq: Any, extract: Any, faq_threshold: float, extract_threshold: float
) -> tuple[Literal["faq", "extract"] | None, bool]:
    """What answers, and whether rightly; None: refused. The same order as `Answerer._decide`."""
    best = max(sample.faqs, key=lambda f: probability(faq, f[0]), default=None)
    p_faq = probability(faq, best[0]) if best else 0.0
    p_extract = probability(extract, sample.extract[0]) if sample.extract else 0.0
    if p_faq < faq_threshold and p_extract < extract_threshold:
        return None, False
    if best and p_faq >= faq_threshold and prefers_entry(p_faq, p_extract):
        return ("faq" if best[2] else None), best[1]
    return ("extract", sample.extract[1]) if sample.extract else (None, False)


def train(chosen: Sequence[Sample], absent: Sequence[Sample] = ()) -> dict[str, Any]:
    """The two models, and the thresholds of most use on held-out folds of `chosen`; `absent` are learnt from only."""
    faq_names = sorted({n for f, _ in faq_rows(chosen) for n in f} - _VETOES)
    extract_names = sorted({n for f, _ in extract_rows(chosen) for n in f} - _VETOES)
    folds = [[s for s in chosen if fold(s.id) == k] for k in range(FOLDS)]
    models = []
    for k in range(FOLDS):
        rest = [s for s in chosen if fold(s.id) != k]
        gone = [s for s in absent if fold(s.id) != k]
        models.append((fit(faq_rows(rest), faq_names), fit(extract_rows([*rest, *gone]), extract_names)))
    grid = [i / 20 for i in range(_LEAST_SURE, 17)]
    worth = {
        (a, b): sum(utility(h, *m, a, b) * len(h) for h, m in zip(folds, models, strict=True))
        for a in grid
        for b in grid
    }
    best = min(pair for pair, value in worth.items() if value >= max(worth.values()) - _AS_GOOD)
    report(folds, models, best)
    faq, extract = fit(faq_rows(chosen), faq_names), fit(extract_rows([*chosen, *absent]), extract_names)
    return {
        "faq": {"bias": faq[0], "weights": faq[1], "threshold": best[0]},
        "extract": {"bias": extract[0], "weights": extract[1], "threshold": best[1]},
    }


def report(folds: Sequence[Sequence[Sample]], models: Sequence[Any], best: tuple[float, float]) -> None:
    """Held-out counts around the chosen thresholds: what refusing more, or less, would cost."""
    tried = sorted({best, *((faq, extract) for faq in (0.35, 0.5, 0.65, 0.8) for extract in (0.3, 0.4, 0.5, 0.6))})
    for title, files_only in (("with library", False), ("files only", True)):
        for thresholds in tried:
            decisions = [
                (s.answerable, decide(s, faq, extract, *thresholds))
                for held, (faq, extract) in zip(folds, models, strict=True)
                for s in held
                if s.id.endswith("/files") == files_only
            ]
            chosen = " *" * (thresholds == best)
            print(f"{title}, entry ≥ {thresholds[0]}, extract ≥ {thresholds[1]}: {_counts(decisions)}{chosen}")


def _counts(decisions: Sequence[tuple[bool, tuple[str | None, bool]]]) -> str:
    answerable = [None if kind is None else right for a, (kind, right) in decisions if a]
    others = [kind for a, (kind, _) in decisions if not a]
    return (
        f"of {len(answerable)} answerable {answerable.count(True)} right, {answerable.count(False)} wrong, "
        f"{answerable.count(None)} withheld; of {len(others)} others {others.count(None)} refused"
    )


def fold(identity: str) -> int:
    return sum(map(ord, identity.partition("/")[0])) * 7919 % 10007 % FOLDS


def open_answerer(home: Path) -> Answerer:
    settings = KnowledgeSettings(home=home)
    catalog = Catalog(Database(settings.database))
    embeddings = open_embeddings(settings)
    vectors = open_vector_index(home / "chroma", settings.chroma_url, embeddings.name)
    return Answerer(catalog, KeywordIndex(catalog), vectors, embeddings, Segmenter(), load_standards())


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    return round(value, 4)


def main(arguments: Sequence[str]) -> None:
    questions = [json.loads(line) for line in QUESTIONS.read_text("utf-8").splitlines() if line.strip()]
    answerer = open_answerer(Path(arguments[0]))
    chosen = [*samples(answerer, questions, True)]
    for sample in samples(answerer, questions, False):
        chosen.append(Sample(f"{sample.id}/files", sample.answerable, [], sample.extract))
    model = _rounded(train(chosen, list(absent(answerer, questions))))
    if "--write" in arguments:
        WEIGHTS.write_text(json.dumps(model, ensure_ascii=False, indent=2) + "\n", "utf-8")
    else:
        print(json.dumps(model, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main(sys.argv[1:])
