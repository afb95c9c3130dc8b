"""Lines and pages as values, apart from PDFium: the parent process reasons about them without loading it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """Text and its box in points as seen on the page: x from its left edge, y upwards from anywhere."""

    text: str
    left: float
    bottom: float
    right: float
    top: float

    @property
    def size(self) -> float:
        """Height in points; very nearly the font size."""
        return self.top - self.bottom

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


@dataclass(frozen=True, slots=True)
class Page:
    """A page's lines in reading order; `columns` if the file's own order had to be taken for it."""

    number: int  # 1-based
    width: float  # points, as seen
    lines: tuple[Line, ...]
    columns: bool = False
