"""Footnotes and endnotes, read where the text refers to them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_KINDS = {f"{_W}footnoteReference": "脚注", f"{_W}endnoteReference": "尾注"}
_DELETED = (f"{_W}del", f"{_W}moveFrom")


class Notes:
    """The notes of one document, from its `w:footnotes` and `w:endnotes` elements (None where it has none)."""

    def __init__(self, footnotes: Any | None, endnotes: Any | None) -> None:
        self._waiting = {"脚注": _by_id(footnotes), "尾注": _by_id(endnotes)}
        self._counts = {"脚注": 0, "尾注": 0}

    def referred(self, paragraph: Any) -> Iterator[tuple[str, Any]]:
        """(its mark such as 脚注 1, the note's element) for each note this paragraph is the first to refer to."""
        for reference in paragraph.iter(*_KINDS) if any(self._waiting.values()) else ():
            kind = _KINDS[reference.tag]
            if next(reference.iterancestors(*_DELETED), None) is not None:
                continue
            note = self._waiting[kind].pop(reference.get(f"{_W}id"), None)
            if note is not None:
                yield self._mark(kind, reference), note

    def _mark(self, kind: str, reference: Any) -> str:
        """Notes with a sign of their own (a star) are not counted, as in Word."""
        if reference.get(f"{_W}customMarkFollows") in ("1", "true", "on"):
            return kind
        self._counts[kind] += 1
        return f"{kind} {self._counts[kind]}"


def _by_id(notes: Any | None) -> dict[str | None, Any]:
    return {note.get(f"{_W}id"): note for note in notes.iterchildren()} if notes is not None else {}
