"""Plots as SVG, written by hand: nothing to install, and text stays text."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from math import ceil, floor, log10

Point = tuple[str, float, float, float, float]  # name, x, y, low and high of y
WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 460, 340, 62, 40, 22, 56
COLOURS = ("#b3261e", "#1f5fa8", "#7a4fa3", "#2e7d4f", "#8a6d1d", "#555555")
FONT = "system-ui, 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif"


def scatter(panels: Sequence[tuple[str, Sequence[Point]]], x_title: str, y_title: str) -> str:
    """One panel beside another; x by powers of ten, y linear with its interval. The best place is top left."""
    parts = [_panel(at * WIDTH, title, points, x_title, y_title) for at, (title, points) in enumerate(panels)]
    names = [name for name, *_ in panels[0][1]]
    legend = "".join(_key(at, name) for at, name in enumerate(names))
    width, height = WIDTH * len(panels), HEIGHT + 20 * ceil(len(names) / 2) + 12
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'font-family="{FONT}" font-size="12"><rect width="{width}" height="{height}" fill="#ffffff"/>'
        f"{''.join(parts)}{legend}</svg>\n"
    )


def _panel(left: int, title: str, points: Sequence[Point], x_title: str, y_title: str) -> str:
    first, last = _decades([point[1] for point in points])
    low, high = _round([value for point in points for value in point[3:]])
    inside, tall = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def x(value: float) -> float:
        return LEFT + inside * (log10(value) - first) / (last - first)

    def y(value: float) -> float:
        return TOP + tall * (high - value) / (high - low)

    ticks = [10.0**n * step for n in range(floor(first), ceil(last) + 1) for step in (1, 2, 5)]
    drawn = [f'<text x="{LEFT}" y="{TOP - 16}" font-weight="600" fill="#222">{escape(title)}</text>']
    for tick in (t for t in ticks if first <= log10(t) <= last):
        drawn.append(_line(x(tick), TOP, x(tick), TOP + tall))
        drawn.append(_label(x(tick), TOP + tall + 16, f"{tick:g}", "middle"))
    for tick in _steps(low, high):
        drawn.append(_line(LEFT, y(tick), LEFT + inside, y(tick)))
        drawn.append(_label(LEFT - 6, y(tick) + 4, f"{tick:.2f}", "end"))
    drawn.append(_label(LEFT + inside / 2, TOP + tall + 36, x_title, "middle"))
    drawn.append(_label(LEFT, TOP - 2, y_title, "start"))
    for at, (name, across, up, least, most) in enumerate(points):
        colour = COLOURS[at % len(COLOURS)]
        drawn.append(f"<g><title>{escape(name)}: {across:.1f}, {up:.3f} ({least:.3f}–{most:.3f})</title>")
        drawn.append(_line(x(across), y(least), x(across), y(most), colour, 1.5))
        drawn.append(f'<circle cx="{x(across):.1f}" cy="{y(up):.1f}" r="5.5" fill="{colour}"/></g>')
    return f'<g transform="translate({left} 0)">{"".join(drawn)}</g>'


def _key(at: int, name: str) -> str:
    x, y = LEFT + (at % 2) * 230, HEIGHT + 4 + 20 * (at // 2)
    dot = f'<circle cx="{x}" cy="{y}" r="5.5" fill="{COLOURS[at % len(COLOURS)]}"/>'
    return f'{dot}<text x="{x + 12}" y="{y + 4}" fill="#222">{escape(name)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, colour: str = "#dddddd", width: float = 1) -> str:
    ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {ends} stroke="{colour}" stroke-width="{width}"/>'


def _label(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="#444">{escape(text)}</text>'


def _decades(values: Sequence[float]) -> tuple[float, float]:
    return log10(min(values) / 1.6), log10(max(values) * 1.6)


def _round(values: Sequence[float]) -> tuple[float, float]:
    low, high = floor(min(values) * 20) / 20, ceil(max(values) * 20) / 20
    return (low, high) if high > low else (low, low + 0.05)


def _steps(low: float, high: float) -> list[float]:
    step = 0.05 if high - low <= 0.4 else 0.1
    return [low + step * n for n in range(round((high - low) / step) + 1)]
