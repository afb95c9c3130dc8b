"""Retrieval sets: a folder with `corpus.jsonl` (id, title, text), `queries.jsonl` (id, text, answers?), `qrels.tsv`.

Conversation sets: `corpus.jsonl` beside `conversation.jsonl` (id, history of {q, a}, question, docs, answers?).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retrieval.errors import EvaluationInvalid
from retrieval.questions import Exchange


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
    answers: tuple[str, ...] = ()  # any of them counts


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A question that stands in a conversation; `history` oldest first."""

    id: str
    text: str
    history: tuple[Exchange, ...]
    relevant: frozenset[str]
    answers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ConversationSet:
    name: str
    passages: tuple[SetPassage, ...]
    follow_ups: tuple[FollowUp, ...]


@dataclass(frozen=True, slots=True)
class RetrievalSet:
    name: str
    passages: tuple[SetPassage, ...]
    queries: tuple[SetQuery, ...]
    relevant: Mapping[str, frozenset[str]]  # query → passages


def load_retrieval_set(folder: Path, limit: int | None = None) -> RetrievalSet:
    """The first `limit` queries, or all. Raises EvaluationInvalid naming file and line."""
    passages = _passages(folder)
    queries = tuple(_query(raw, where) for where, raw in _objects(folder / "queries.jsonl"))
    if not passages or not queries:
        raise EvaluationInvalid(f"{folder.name}：没有段落或没有问题")
    relevant = _relevant(folder / "qrels.tsv")
    return RetrievalSet(folder.name, passages, queries[:limit], relevant)


def load_conversation_set(folder: Path, limit: int | None = None) -> ConversationSet:
    """The first `limit` questions that have a history, or all. Raises EvaluationInvalid naming file and line."""
    passages = _passages(folder)
    asked = [_follow_up(raw, where) for where, raw in _objects(folder / "conversation.jsonl")]
    follow_ups = tuple(one for one in asked if one.history)
    if not passages or not follow_ups:
        raise EvaluationInvalid(f"{folder.name}：没有段落，或没有接着上文的问题")
    return ConversationSet(folder.name, passages, follow_ups[:limit])


def _passages(folder: Path) -> tuple[SetPassage, ...]:
    return tuple(
        SetPassage(_field(raw, "id", where), str(raw.get("title") or ""), _field(raw, "text", where))
        for where, raw in _objects(folder / "corpus.jsonl")
    )


def _query(raw: Mapping[str, Any], where: str) -> SetQuery:
    answers = _texts(raw, "answers", where)
    return SetQuery(_field(raw, "id", where), _field(raw, "text", where), bool(raw.get("answerable", True)), answers)


def _follow_up(raw: Mapping[str, Any], where: str) -> FollowUp:
    docs = _texts(raw, "docs", where)
    if not docs:
        raise EvaluationInvalid(f"{where}：docs 应为段落编号的列表，不能为空")
    history = raw.get("history") or []
    if not isinstance(history, list) or not all(isinstance(said, dict) for said in history):
        raise EvaluationInvalid(f"{where}：history 应为 {{q, a}} 的列表")
    return FollowUp(
        _field(raw, "id", where),
        _field(raw, "question", where),
        tuple(Exchange(_field(said, "q", where), "；".join(_texts(said, "a", where))) for said in history),
        frozenset(docs),
        _texts(raw, "answers", where),
    )


def _texts(raw: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    value = raw.get(key) or []
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise EvaluationInvalid(f"{where}：{key} 应为文字的列表")
    return tuple(one for one in value if one.strip())


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
