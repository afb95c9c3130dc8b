"""A run of any set as one value: kept as JSON, compared with another run, shown as a page.

What a question is worth is its `score`, 0 … 1: nDCG@10 of a ranking, the share of points of an answer. `right` is what
the set counts as right. Both are of our own assistant; rankings beside it are among the measures.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from retrieval.answers import Answer
from retrieval.errors import EvaluationInvalid
from retrieval.evaluation.metrics import Estimate
from retrieval.evaluation.quotes import CheckQuote, Quotes

FORMAT = 1
_SOURCES = ("*.py", "*.json", "*.yaml", "*.md", "*.txt")


@dataclass(frozen=True, slots=True)
class Measure:
    """A mean over questions with its 95 % interval; measures of one `group` are shown side by side.

    `least` and `most` say what the scale runs from and to: 0 … 1 for a share, -1 … 1 for a difference.
    """

    group: str
    name: str
    mean: float
    low: float
    high: float
    of: int
    least: float = 0.0


def measured(group: str, name: str, value: Estimate, of: int, least: float = 0.0) -> Measure:
    return Measure(group, name, value.mean, value.low, value.high, of, least)


@dataclass(frozen=True, slots=True)
class Cited:
    """A citation as it is shown; `stands` is None where there is no quote to check."""

    document: str
    place: str
    quote: str
    stands: bool | None


@dataclass(frozen=True, slots=True)
class RunRow:
    id: str
    question: str
    verdict: str  # in Chinese, as people read it
    right: bool
    score: float
    category: str = ""
    before: tuple[str, ...] = ()  # what was said before, oldest first
    understood: str = ""  # the question as it was made whole, where it was
    answer: str = ""
    missing: tuple[str, ...] = ()
    citations: tuple[Cited, ...] = ()
    sureness: float | None = None
    milliseconds: float | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Run:
    kind: str  # questions, retrieval, refusal, conversations, follow_ups
    set_name: str
    made: datetime
    revision: str  # of the code and the knowledge it carries
    settings: Mapping[str, str]
    measures: tuple[Measure, ...]
    rows: tuple[RunRow, ...]
    quotes: Quotes | None = None
    curve: tuple[tuple[float, float], ...] = ()  # (coverage, risk), the surest first
    stands_at: tuple[float, float] | None = None  # where the assistant itself stops answering
    figures: Mapping[str, str] = field(default_factory=dict)  # what is no share: lengths, times
    format: int = FORMAT


@cache
def _runs() -> TypeAdapter[Run]:
    return TypeAdapter(Run)


def save_run(run: Run, path: Path) -> None:
    """Raises EvaluationInvalid where the file cannot be written."""
    try:
        path.write_bytes(_runs().dump_json(run, indent=1) + b"\n")
    except OSError as error:
        raise EvaluationInvalid(f"{path}：写不进去（{error.strerror}）") from error


def load_run(path: Path) -> Run:
    """Raises EvaluationInvalid for what is no stored run."""
    try:
        run = _runs().validate_json(path.read_bytes())
    except OSError as error:
        raise EvaluationInvalid(f"{path}：读不出来（{error.strerror}）") from error
    except ValidationError as error:
        raise EvaluationInvalid(f"{path}：不是 guangzhi eval … --save 存下的结果") from error
    if run.format != FORMAT:
        raise EvaluationInvalid(f"{path}：是第 {run.format} 种格式的结果，这个版本只认第 {FORMAT} 种")
    return run


def cited(answer: Answer, check_quote: CheckQuote) -> tuple[Cited, ...]:
    return tuple(
        Cited(one.document, " ".join(_place(one.clause, one.place)), one.quote, check_quote(one) if one.quote else None)
        for one in answer.citations
    )


def _place(*parts: str | None) -> Iterable[str]:
    return (part for part in parts if part)


def code_revision() -> str:
    """The installed version and a fingerprint of the code and the built-in knowledge."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        installed = version("guangzhi")
    except PackageNotFoundError:
        installed = "0"
    digest = hashlib.sha256()
    root = Path(__file__).parents[2]
    for room in ("knowledge", "retrieval", "bot"):
        for path in sorted(one for pattern in _SOURCES for one in (root / room).rglob(pattern)):
            digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes())
    return f"{installed}+{digest.hexdigest()[:12]}"
