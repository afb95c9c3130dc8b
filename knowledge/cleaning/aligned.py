"""Text that remembers where each of its characters came from."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from knowledge.documents import Repair

_POSITION = "i"  # four bytes a character: a text has at most millions of them

Alignment = tuple[tuple[int, int, int, int], ...]


@dataclass(frozen=True, slots=True)
class Edit:
    """Put `new` in the place of `text[start:end]`. With a reason it is a repair, kept and shown."""

    start: int
    end: int
    new: str
    reason: str | None = None
    inferred: bool = False


class AlignedText:
    """A text under edit. `starts[i]:ends[i]` is the stretch of the original that character `i` stands for."""

    def __init__(self, original: str) -> None:
        self.original = original
        self.text = original
        self._starts = array(_POSITION, range(len(original)))
        self._ends = array(_POSITION, range(1, len(original) + 1))
        self._repairs: list[Repair] = []

    def edit(self, edits: Iterable[Edit]) -> None:
        """Apply edits that do not overlap; offsets are of the text as it is now."""
        ordered = sorted(
            (e for e in edits if e.new != self.text[e.start : e.end] or e.reason), key=lambda e: (e.start, e.end)
        )
        if not ordered:
            return
        pieces: list[str] = []
        starts, ends = array(_POSITION), array(_POSITION)
        shifts: list[tuple[int, int]] = []  # (old position, how far what follows has moved)
        repairs: list[Repair] = []
        position = length = 0
        for e in ordered:
            pieces += [self.text[position : e.start], e.new]
            starts += self._starts[position : e.start]
            ends += self._ends[position : e.start]
            length += e.start - position
            original_start, original_end = self.original_span(e.start, e.end)
            self._append_new(starts, ends, e, original_start, original_end)
            if e.reason and e.new:
                stood = self.original[original_start:original_end]
                repairs.append(Repair(length, length + len(e.new), stood, e.reason, e.inferred))
            length += len(e.new)
            position = e.end
            shifts.append((e.end, length - e.end))
        pieces.append(self.text[position:])
        starts += self._starts[position:]
        ends += self._ends[position:]
        self._repairs = [moved for r in self._repairs if (moved := _moved(r, ordered, shifts))] + repairs
        self.text, self._starts, self._ends = "".join(pieces), starts, ends

    def _append_new(
        self, starts: array[int], ends: array[int], e: Edit, original_start: int, original_end: int
    ) -> None:
        if len(e.new) == e.end - e.start:  # one for one
            starts += self._starts[e.start : e.end]
            ends += self._ends[e.start : e.end]
            return
        for _ in e.new:
            starts.append(original_start)
            ends.append(original_end)

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the original that `text[start:end]` stands for."""
        if start >= end:
            at = self._starts[start] if start < len(self._starts) else len(self.original)
            return at, at
        return self._starts[start], self._ends[end - 1]

    def span_of(self, original_start: int, original_end: int) -> tuple[int, int]:
        """What is left in the text of a stretch of the original; empty when all of it was removed."""
        start = bisect_left(self._starts, original_start)
        end = bisect_left(self._starts, original_end)
        return start, end

    @property
    def repairs(self) -> tuple[Repair, ...]:
        return tuple(sorted(self._repairs, key=lambda r: r.start))

    def alignment(self) -> Alignment:
        """Runs that map one to one, and single characters that do not: (start, end, original start, original end)."""
        starts, ends = np.asarray(self._starts), np.asarray(self._ends)
        single = ends - starts == 1  # what stands for more or less than one character is a run of its own
        goes_on = single[1:] & single[:-1] & (starts[1:] == ends[:-1])
        breaks = np.flatnonzero(~goes_on) + 1
        firsts = [0, *breaks.tolist()] if len(starts) else []
        lasts = [*breaks.tolist(), len(starts)]
        return tuple((a, b, self._starts[a], self._ends[b - 1]) for a, b in zip(firsts, lasts, strict=False))


def original_span(alignment: Sequence[Sequence[int]], start: int, end: int) -> tuple[int, int]:
    """The stretch of the original behind `text[start:end]`, from a stored alignment.

    Raises ValueError when the stretch is empty or outside the text.
    """
    covered = [run for run in alignment if run[0] < end and run[1] > start]
    if start >= end or not covered:
        raise ValueError(f"no text at {start}:{end}")
    first, last = covered[0], covered[-1]
    one_to_one = first[1] - first[0] == first[3] - first[2]
    original_start = first[2] + (start - first[0] if one_to_one else 0)
    one_to_one = last[1] - last[0] == last[3] - last[2]
    original_end = last[3] - (last[1] - end if one_to_one else 0)
    return original_start, original_end


def _moved(repair: Repair, edits: Sequence[Edit], shifts: Sequence[tuple[int, int]]) -> Repair | None:
    """The repair at its new place, or None where a later edit removed or rewrote it."""
    if any(e.start < repair.end and e.end > repair.start for e in edits):
        return None
    shift = next((by for position, by in reversed(shifts) if position <= repair.start), 0)
    return Repair(repair.start + shift, repair.end + shift, repair.original, repair.reason, repair.inferred)
