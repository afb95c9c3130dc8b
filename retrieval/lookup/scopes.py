"""Which document each place of a question is of: named before it, behind it, or earlier in the conversation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from knowledge.library import ListedStandard
from knowledge.standards import ClauseReference, standard_references
from retrieval.lookup.conversation import Asked
from retrieval.lookup.editions import Work
from retrieval.lookup.listed import fits
from retrieval.lookup.naming import Named, names
from retrieval.understanding import Understood

# What may stand between a standard's number and a clause that is its.
_BESIDE = re.compile(r"^(?:这?个?标准)?[\s的之里中》,，:：]*(?:第|条款)?\s*$")


def scopes(
    what: Asked, files: Sequence[Work], listed: Sequence[ListedStandard], question: Understood
) -> Iterator[tuple[Named, ...]]:
    """What each reference is of: named before it, or for the one before it, or behind them all, or earlier on."""
    also = [spelling for concept in question.concepts if concept.given for spelling in concept.spellings[1:]]
    of_each: list[tuple[Named, ...]] = []
    at = 0
    for reference in what.references:
        before = what.text[at : reference.start]
        found = _of_reference(names(before, files, listed, also), before, reference)
        of_each.append(found or (of_each[-1] if of_each else ()))
        at = max(at, reference.end)
    if not any(of_each):
        behind = [named for named in names(what.text[at:], files, listed) if named.works or named.listed]
        of_each = [tuple(behind[:1])] * len(of_each)
    if not any(of_each):
        of_each = [_of_conversation(what, files, listed, reference) for reference in what.references]
    first = next((scope for scope in of_each if scope), ())
    yield from (scope or first for scope in of_each)


def _of_reference(found: Iterable[Named], before: str, reference: ClauseReference) -> tuple[Named, ...]:
    """Without what may be no name: an unknown title before a dotted number (这个方法 8.5.2), a standard far off."""
    standards = standard_references(before)
    far = bool(standards) and not _BESIDE.match(before[standards[-1].end :])
    return tuple(
        named
        for named in found
        if not named.not_held
        or (reference.number.startswith("第") if named.not_held.name.startswith("《") else not far)
    )


def _of_conversation(
    what: Asked, files: Sequence[Work], listed: Sequence[ListedStandard], reference: ClauseReference
) -> tuple[Named, ...]:
    for earlier in what.earlier:
        named = [one for one in names(earlier, files, listed) if one.works or one.listed]
        if named:
            last = named[-1]
            return (last,) if not last.listed or fits(last.listed, reference) else ()
    return ()


def grouped(
    references: Sequence[ClauseReference], of_each: Sequence[tuple[Named, ...]]
) -> Iterator[tuple[tuple[Named, ...], tuple[ClauseReference, ...]]]:
    """Neighbours of one document together."""
    start = 0
    for at in range(1, len(references) + 1):
        if at == len(references) or of_each[at] != of_each[start]:
            yield of_each[start], tuple(references[start:at])
            start = at
