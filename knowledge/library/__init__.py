"""The built-in knowledge: FAQ entries, guides and clause titles, as YAML and Markdown beside this file.

Format and rules: README.md here. Reading it checks it; an entry that breaks a rule is refused by name.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from knowledge.errors import LibraryInvalid
from knowledge.faqs import Confidence, FaqEntry, Source

HOME = Path(__file__).parent
LONGEST_ANSWER = 300  # characters: one screen of a phone
_NEVER_SETTLE = {Confidence.UNVERIFIED, Confidence.NOT_FOUND}


@dataclass(frozen=True, slots=True)
class ListedClause:
    number: str
    title: str
    points: str = ""


@dataclass(frozen=True, slots=True)
class ListedStandard:
    """What is publicly known of a standard whose text may not be stored: clause numbers and titles."""

    number: str
    title: str
    aliases: tuple[str, ...]
    clauses: tuple[ListedClause, ...]
    sources: tuple[Source, ...]
    note: str = ""
    equivalent: str | None = None
    slug: str = ""


@dataclass(frozen=True, slots=True)
class Guide:
    """A built-in document; `path` is read by ingestion like any other Markdown file."""

    id: str
    title: str
    body: str
    date: date
    path: Path
    sources: tuple[Source, ...]
    facts: tuple[str, ...]


def load_faqs(folder: Path = HOME / "faqs") -> tuple[FaqEntry, ...]:
    """Every entry, checked. Raises LibraryInvalid naming file and entry."""
    entries = [_faq(raw, path) for path in sorted(folder.glob("*.yaml")) for raw in _listed(path)]
    seen: set[str] = set()
    for entry in entries:
        if entry.id in seen:
            raise LibraryInvalid(f"内置知识有重复的编号：{entry.id}")
        seen.add(entry.id)
    return tuple(entries)


def load_standards(folder: Path = HOME / "standards") -> tuple[ListedStandard, ...]:
    return tuple(_standard(_yaml(p.read_text("utf-8"), p), p) for p in sorted(folder.glob("*.yaml")))


def load_guides(folder: Path = HOME / "guides") -> tuple[Guide, ...]:
    return tuple(_guide(path) for path in sorted(folder.glob("*.md")))


def fingerprint(folder: Path = HOME) -> str:
    """Changes when any file of the library does: what tells a start that there is something to load."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix in {".yaml", ".md"} and path.name != "README.md":
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _yaml(text: str, path: Path) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise LibraryInvalid(f"{path.name}：YAML 写法有误（{error}）") from error


def _listed(path: Path) -> list[Mapping[str, Any]]:
    raw = _yaml(path.read_text("utf-8"), path) or []
    if not isinstance(raw, list) or not all(isinstance(one, Mapping) for one in raw):
        raise LibraryInvalid(f"{path.name}：应为条目的列表")
    return raw


def _require(raw: Any, fields: Sequence[str], where: str) -> None:
    if not isinstance(raw, Mapping):
        raise LibraryInvalid(f"{where}：应为一组“名称: 内容”")
    for field in fields:
        if not raw.get(field):
            raise LibraryInvalid(f"{where}：缺少 {field}")


def _faq(raw: Mapping[str, Any], path: Path) -> FaqEntry:
    where = f"{path.name} · {raw.get('id', '（无编号）')}"
    _require(raw, ("id", "question", "answer", "confidence", "sources"), where)
    if raw["confidence"] not in list(Confidence):
        raise LibraryInvalid(f"{where}：confidence 没有 {raw['confidence']} 这一档")
    if not isinstance(raw.get("as_of"), date | None):
        raise LibraryInvalid(f"{where}：as_of 应为完整的日期，如 2024-11-29")
    confidence = Confidence(raw["confidence"])
    answer = str(raw["answer"]).strip()
    partly = raw.get("settles") == "partly"
    settles = bool(raw.get("settles", True)) and not partly
    if len(answer) > LONGEST_ANSWER:
        raise LibraryInvalid(f"{where}：答案 {len(answer)} 字，超过 {LONGEST_ANSWER} 字")
    if settles and confidence in _NEVER_SETTLE:
        raise LibraryInvalid(f"{where}：{confidence} 的内容不能当作结论（settles 应为 false）")
    return FaqEntry(
        id=str(raw["id"]),
        question=str(raw["question"]).strip(),
        answer=answer,
        sources=_sources(raw["sources"], where),
        confidence=confidence,
        similar=tuple(str(s).strip() for s in raw.get("similar") or ()),
        not_for=tuple(str(s).strip() for s in raw.get("not_for") or ()),
        details=str(raw.get("details") or "").strip(),
        settles=settles,
        partly=partly,
        as_of=raw.get("as_of"),
        facts=tuple(raw.get("facts") or ()),
        topic=path.stem,
    )


def _standard(raw: Any, path: Path) -> ListedStandard:
    _require(raw, ("number", "title", "clauses", "sources"), path.name)
    for clause in raw["clauses"]:
        _require(clause, ("number", "title"), f"{path.name} · clauses")
    return ListedStandard(
        number=str(raw["number"]),
        title=str(raw["title"]),
        aliases=tuple(str(a) for a in raw.get("aliases") or ()),
        clauses=tuple(
            ListedClause(str(c["number"]), str(c["title"]), str(c.get("points") or "")) for c in raw["clauses"]
        ),
        sources=_sources(raw["sources"], path.name),
        note=str(raw.get("note") or ""),
        equivalent=raw.get("equivalent"),
        slug=path.stem,
    )


def _guide(path: Path) -> Guide:
    match = re.match(r"---\n(.*?)\n---\n", path.read_text("utf-8"), re.S)
    if match is None:
        raise LibraryInvalid(f"{path.name}：缺少文件头")
    head = _yaml(match[1], path)
    _require(head, ("id", "title", "body", "date", "sources"), path.name)
    return Guide(
        id=str(head["id"]),
        title=str(head["title"]),
        body=str(head["body"]),
        date=head["date"],
        path=path,
        sources=_sources(head["sources"], path.name),
        facts=tuple(head.get("facts") or ()),
    )


def _sources(raw: Any, where: str) -> tuple[Source, ...]:
    if not isinstance(raw, list):
        raise LibraryInvalid(f"{where}：sources 应为列表")
    return tuple(_source(item, f"{where} · sources") for item in raw)


def _source(raw: Any, where: str) -> Source:
    _require(raw, ("body", "title"), where)
    return Source(**{key: str(value) for key, value in _known(raw)})


def _known(raw: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key in ("body", "title", "number", "date", "clause", "url"):
        if raw.get(key) is not None:
            yield key, raw[key]
