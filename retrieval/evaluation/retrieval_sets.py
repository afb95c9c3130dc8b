"""Retrieval sets: a folder with `corpus.jsonl` (id, title, text), `queries.jsonl` (id, text), `qrels.tsv`."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retrieval.errors import EvaluationInvalid


@dataclass(frozen=True, slots=True)
class SetPassage:
    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class SetQuery:
    id: str
    text: str
    answerable: bool = True


@dataclass(frozen=True, slots=True)
class RetrievalSet:
    name: str
    passages: tuple[SetPassage, ...]
    queries: tuple[SetQuery, ...]
    relevant: Mapping[str, frozenset[str]]  # query → passages


def load_retrieval_set(folder: Path, limit: int | None = None) -> RetrievalSet:
    """The first `limit` queries, or all. Raises EvaluationInvalid naming file and line."""
    passages = tuple(
        SetPassage(_field(raw, "id", where), str(raw.get("title") or ""), _field(raw, "text", where))
        for where, raw in _objects(folder / "corpus.jsonl")
    )
    queries = tuple(
        SetQuery(_field(raw, "id", where), _field(raw, "text", where), bool(raw.get("answerable", True)))
        for where, raw in _objects(folder / "queries.jsonl")
    )
    if not passages or not queries:
        raise EvaluationInvalid(f"{folder.name}：没有段落或没有问题")
    relevant = _relevant(folder / "qrels.tsv")
    return RetrievalSet(folder.name, passages, queries[:limit], relevant)


def _objects(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, line in enumerate(_text(path).split("\n"), start=1):
        if not line.strip():
            continue
        where = f"{path.name} 第 {number} 行"
        try:
            raw = json.loads(line)
        except ValueError as error:
            raise EvaluationInvalid(f"{where}：不是有效的 JSON（{error}）") from error
        if not isinstance(raw, dict):
            raise EvaluationInvalid(f"{where}：应为一个 JSON 对象")
        yield where, raw


def _field(raw: Mapping[str, Any], key: str, where: str) -> str:
    value = raw.get(key)
    if not isinstance(value, str) or not value.strip():
        raise EvaluationInvalid(f"{where}：{key} 应为非空的文字")
    return value


def _relevant(path: Path) -> dict[str, frozenset[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for number, line in enumerate(_text(path).split("\n"), start=1):
        if not line.strip():
            continue
        cells = line.rstrip("\r").split("\t")
        if len(cells) < 2:
            raise EvaluationInvalid(f"{path.name} 第 {number} 行：应为用制表符分开的问题编号和段落编号")
        found[cells[0]].add(cells[1])
    return {query: frozenset(passages) for query, passages in found.items()}


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationInvalid(f"{path.name}：读不出来（{error}）") from error
