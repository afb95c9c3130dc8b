"""As Markdown, the way a converter or a careful colleague would write it."""

from __future__ import annotations

from collections.abc import Iterator

from tests.corpus.model import Clause, Figure, Standard, Table, headline

_CONTENTS_WIDTH = 40  # characters


def render_markdown(standard: Standard) -> bytes:
    return ("\n\n".join(_blocks(standard)) + "\n").encode()


def _blocks(standard: Standard) -> Iterator[str]:
    yield f"# {standard.title}"
    yield f"{standard.number}\n{standard.published} 发布　{standard.effective} 实施\n{standard.body} 发布"
    yield "## 目次"
    yield "\n".join(leader_line(line, page) for _, line, page in standard.contents())
    for clause in standard.clauses:
        yield from _clause(clause)


def leader_line(line: str, page: int, width: int = _CONTENTS_WIDTH) -> str:
    """4.1 标题 ………… 3"""
    return f"{line} {'…' * max(width - len(line), 6)} {page}"


def _clause(clause: Clause) -> Iterator[str]:
    parts = list(clause.parts)
    if clause.title:
        yield f"{'#' * (clause.level + 1)} {headline(clause)}"
    else:
        yield f"{clause.number} {parts.pop(0)}"
    for part in parts:
        yield from _part(part)


def _part(part: str | Table | Figure) -> Iterator[str]:
    if isinstance(part, str):
        yield part
        return
    yield part.caption
    if isinstance(part, Table):
        rows = [f"| {' | '.join(row)} |" for row in part.grid]
        yield "\n".join([rows[0], "|" + " --- |" * len(part.header), *rows[1:]])
