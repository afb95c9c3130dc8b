"""A run of an evaluation as one HTML file: bars with their intervals, the risk–coverage curve, every question.

The plots are inline SVG in a box of fixed units that scales with the page; colours come from the page's own variables.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api import wording
from api.errors import ApiError
from retrieval.evaluation.runs import Measure, Run

_TEMPLATES = Path(__file__).parent / "web" / "templates"

BAR_WIDTH, BAR_STEP = 340.0, 26.0  # units of the drawing
CURVE_WIDTH, CURVE_HEIGHT = 300.0, 180.0


@dataclass(frozen=True, slots=True)
class Bar:
    """One measure in the drawing's units: from `start` to `end`, its interval from `low` to `high`."""

    name: str
    said: str
    start: float
    end: float
    low: float
    high: float
    top: float

    @property
    def bounded(self) -> bool:
        return self.high - self.low > 0.5


@dataclass(frozen=True, slots=True)
class Bars:
    title: str
    of: str
    bars: tuple[Bar, ...]
    zero: float
    height: float


@dataclass(frozen=True, slots=True)
class Curve:
    """`points` as an SVG polyline takes them; the box is as high as the worst risk."""

    points: str
    stands_at: tuple[float, float] | None
    said: str
    most: float  # risk at the top of the box


def write_page(run: Run, path: Path) -> None:
    """Raises ApiError where the file cannot be written."""
    try:
        path.write_text(page(run), "utf-8")
    except OSError as error:
        raise ApiError(wording.PAGE_NOT_WRITTEN.format(path=path, why=error.strerror)) from error


def page(run: Run) -> str:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    template = environment.get_template("evaluation.html")
    return template.render(
        run=run,
        kind=wording.RUN_KINDS.get(run.kind, run.kind),
        made=run.made.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        right_means=wording.RUN_RIGHT.get(run.kind, ""),
        right=sum(row.right for row in run.rows),
        groups=[bars_of(list(measures)) for _, measures in groupby(run.measures, key=lambda one: one.group)],
        bar_width=BAR_WIDTH,
        bar_step=BAR_STEP,
        curve=curve_of(run.curve, run.stands_at) if run.curve else None,
        curve_width=CURVE_WIDTH,
        curve_height=CURVE_HEIGHT,
        verdicts=[verdict for verdict, _ in Counter(row.verdict for row in run.rows).most_common()],
    )


def bars_of(measures: Sequence[Measure]) -> Bars:
    """Measures of one group on one scale. A difference is drawn from its zero in the middle."""
    signed = any(one.least < 0 for one in measures)
    reach = max((abs(x) for one in measures for x in (one.low, one.high)), default=1.0) or 1.0
    reach = reach if signed else 1.0

    def at(value: float) -> float:
        share = (value / reach + 1) / 2 if signed else value
        return round(min(max(share, 0.0), 1.0) * BAR_WIDTH, 1)

    zero = at(0.0)
    bars = tuple(
        Bar(
            name=one.name,
            said=_said(one, signed),
            start=min(zero, at(one.mean)),
            end=max(zero, at(one.mean)),
            low=at(one.low),
            high=at(one.high),
            top=place * BAR_STEP,
        )
        for place, one in enumerate(measures)
    )
    counts = {one.of for one in measures}
    of = f"{counts.pop()} 题" if len(counts) == 1 else ""
    return Bars(measures[0].group, of, bars, zero, len(bars) * BAR_STEP)


def _said(one: Measure, signed: bool) -> str:
    if signed:
        return f"{one.mean:+.3f}（{one.low:+.3f} 到 {one.high:+.3f}）"
    if one.low == one.high == one.mean and one.of > 1 and one.group == "AUROC":
        return f"{one.mean:.3f}"
    return f"{one.mean:.3f}（{one.low:.3f}–{one.high:.3f}）"


def curve_of(curve: Sequence[tuple[float, float]], stands_at: tuple[float, float] | None) -> Curve:
    """Coverage to the right, risk upwards."""
    risks = [risk for _, risk in curve] + ([stands_at[1]] if stands_at else [])
    most = min(1.0, max(0.1, *risks) * 1.1)

    def at(point: tuple[float, float]) -> tuple[float, float]:
        return round(point[0] * CURVE_WIDTH, 1), round((1 - point[1] / most) * CURVE_HEIGHT, 1)

    points = " ".join(f"{x},{y}" for x, y in map(at, curve))
    last = curve[-1]
    said = f"全部作答时不对的占 {last[1]:.1%}"
    if stands_at:
        said = f"现在的门槛答 {stands_at[0]:.1%} 的题，其中不对的占 {stands_at[1]:.1%}；" + said
    return Curve(points, at(stands_at) if stands_at else None, said, most)
