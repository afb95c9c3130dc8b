"""Lines and pages as values, apart from PDFium and from recognition: both make them, the same code reads them."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Line:
    """Text and its box in points as seen on the page: x from its left edge, y upwards from anywhere.

    A line with `table` is a whole table: its rows of cells, `text` the same as one line for each row.
    """

    text: str
    left: float
    bottom: float
    right: float
    top: float
    confidence: float | None = None  # 0 … 1, of recognised text
    table: tuple[tuple[str, ...], ...] = ()

    @property
    def size(self) -> float:
        """Height in points; very nearly the font size."""
        return self.top - self.bottom

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


@dataclass(frozen=True, slots=True)
class Page:
    """A page's lines in reading order; `columns` if they stand in columns."""

    number: int  # 1-based
    width: float  # points, as seen
    lines: tuple[Line, ...]
    columns: bool = False
    recognised: bool = False  # the lines were read from an image


def beside(before: Line, after: Line, text: str) -> Line:
    """One line of both, saying `text`: as wide as both, as high as the higher of them."""
    tallest = max(before, after, key=lambda line: line.size)
    return replace(
        tallest,
        text=text,
        left=min(before.left, after.left),
        right=max(before.right, after.right),
        confidence=mean_confidence((before, after)),
    )


def mean_confidence(lines: tuple[Line, ...] | list[Line]) -> float | None:
    """The mean over the recognised lines by their characters; None where none was recognised."""
    scored = [(line.confidence, len(line.text)) for line in lines if line.confidence is not None]
    characters = sum(length for _, length in scored)
    return sum(score * length for score, length in scored) / characters if characters else None
