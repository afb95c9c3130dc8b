"""Two documents side by side, as `compare.html` shows them, and the way there from a superseded edition."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from api import wording
from api.evidence import describe
from api.wiring import Assistant
from knowledge.comparison import Change, Comparison, Kind, compare, shown, words_of
from knowledge.documents import Document, Status
from knowledge.editions import Shelved

LONGEST_LINK = 1000  # characters of a clause that its evidence page marks


def comparison_page(assistant: Assistant, old_id: str, new_id: str) -> dict[str, Any]:
    """Raises DocumentNotFound."""
    shelf = {one.id: one for one in assistant.catalog.shelf()}
    old, new = (as_it_stands(assistant.catalog.document(one), shelf.get(one)) for one in (old_id, new_id))
    found = compare(old, new, words_of(assistant.ingestion.segmenter))
    return {
        "old": {**describe(old.metadata, old.source), "id": old.id},
        "new": {**describe(new.metadata, new.source), "id": new.id},
        "counts": [(kind.value, count) for kind, count in found.counts.items() if count],
        "by_clauses": found.by_clauses,
        "front": [(run.kind.name.lower(), run.text) for run in shown(found.front)] if found.front else None,
        "changes": [_shown(change, old.id, new.id) for change in found.of(Kind.CHANGED, Kind.ADDED, Kind.REMOVED)],
        "moved": _numbers(found, Kind.MOVED),
        "editorial": _numbers(found, Kind.EDITORIAL),
    }


def as_it_stands(document: Document, shelved: Shelved | None) -> Document:
    """With the status that it has among its other editions today."""
    return replace(document, metadata=shelved.metadata) if shelved else document


def newer_edition(one: Shelved | None, shelf: dict[str, Shelved]) -> dict[str, str] | None:
    """{url, edition} of the comparison with the edition in force; None where this one is in force itself."""
    if one is None or one.metadata.status is not Status.REPEALED or one.superseded_by not in shelf:
        return None
    newer = shelf[one.superseded_by]
    return {"url": f"/compare/{one.id}/{newer.id}", "edition": newer.metadata.edition or newer.metadata.title}


def _shown(change: Change, old_id: str, new_id: str) -> dict[str, Any]:
    return {
        "kind": change.kind.name.lower(),
        "label": change.kind.value,
        "moved": change.moved,
        "number": change.new_number or change.old_number or "",
        "from": change.old_number if change.moved else None,
        "title": change.title,
        "runs": [(run.kind.name.lower(), run.text) for run in shown(change)],
        "old_url": _evidence(old_id, change.old_span),
        "new_url": _evidence(new_id, change.new_span),
    }


def _evidence(document_id: str, span: tuple[int, int] | None) -> str | None:
    if span is None or span[0] >= span[1]:
        return None
    start, end = span
    return f"/evidence/{document_id}?start={start}&end={min(end, start + LONGEST_LINK)}#quote"


def _numbers(found: Comparison, kind: Kind) -> list[str]:
    """What these clauses go by, in order; those without a number counted at the end."""
    changes = found.of(kind)
    told = [_number(change) for change in changes if change.new_number]
    others = len(changes) - len(told)
    return [*told, *([wording.DIFF_UNNUMBERED.format(count=others)] if others else [])]


def _number(change: Change) -> str:
    return f"{change.old_number} → {change.new_number}" if change.moved else change.new_number or ""
