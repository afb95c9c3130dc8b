"""Whether one number continues another, and what an operator should hear where a series jumps or repeats."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from knowledge.documents import Clause
from knowledge.standards import fold_clause

_SHOWN = 8

Path = tuple[int, ...]


def parts(number: str) -> Path:
    """8.5.2 → (8, 5, 2); A.1 → (0, 1), the letter counting from 0."""
    first, *rest = number.split(".")
    head = int(first) if first.isdigit() else ord(first.upper()) - ord("A")
    return (head, *(int(part) for part in rest))


def continues(before: Path | None, after: Path) -> bool:
    """Whether `after` may stand next: a first child, or the next sibling of `before` or of something above it."""
    if before is None:
        return True
    if after[: len(before)] == before and set(after[len(before) :]) == {1}:
        return True
    depth = len(after)
    return depth <= len(before) and after[:-1] == before[: depth - 1] and after[-1] == before[depth - 1] + 1


def numbering_warnings(clauses: Sequence[Clause]) -> tuple[str, ...]:
    """Numbers that jump or come twice, in words for the operator; the first few, and how many more."""
    found = [*_repeats(clauses), *_article_jumps(clauses), *_clause_jumps(clauses)]
    shown = found[:_SHOWN]
    return (*shown, f"编号还有 {len(found) - _SHOWN} 处不连续或重复") if len(found) > _SHOWN else tuple(shown)


def _repeats(clauses: Sequence[Clause]) -> Iterator[str]:
    seen: set[str] = set()
    told: set[str] = set()
    for clause in clauses:
        if clause.number is None or re.search(r"[编章节]$", clause.number):
            continue  # 第一节 comes again in every chapter
        key = fold_clause(clause.number)
        if key in seen and key not in told:
            told.add(key)
            yield f"编号 {clause.number} 出现不止一次，请核对"
        seen.add(key)


def _article_jumps(clauses: Sequence[Clause]) -> Iterator[str]:
    previous: tuple[int, str] | None = None
    for clause in clauses:
        match = re.fullmatch(r"第(\d+)条", fold_clause(clause.number)) if clause.number else None
        if match is None or clause.number is None:
            continue
        value = int(match[1])
        if previous is not None and value not in (previous[0], previous[0] + 1):
            yield f"{previous[1]}之后是{clause.number}，中间可能缺条"
        previous = (value, clause.number)


def _clause_jumps(clauses: Sequence[Clause]) -> Iterator[str]:
    previous: str | None = None
    for clause in clauses:
        if clause.number is None or not re.fullmatch(r"(?:\d{1,2}|[A-Z])(?:\.\d{1,2})*", clause.number):
            if clause.number and clause.number.startswith("附录"):
                previous = None
            continue
        if clause.number.isalpha():
            continue
        if previous is not None and not _follows(previous, clause.number):
            yield f"{previous} 之后是 {clause.number}，编号不连续"
        previous = clause.number


def _follows(before: str, after: str) -> bool:
    same_series = before[0].isdigit() == after[0].isdigit() and (after[0].isdigit() or before[0] == after[0])
    return not same_series or before == after or continues(parts(before), parts(after))
