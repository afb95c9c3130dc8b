"""Which edition of a document is in force on a day: pure functions over a shelf of documents.

Two documents are editions of one work when both name an edition and share a title, or a standard's number
without its year; or when one says that it replaces the other. An edition holds from the day it begins
until the next one begins, or until the day it is repealed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from knowledge.documents import Metadata, Origin, Status
from knowledge.errors import KnowledgeError
from knowledge.standards import fold, squeeze, standard_references

_DATES_EDITED = frozenset({"effective", "repealed", "status", "replaces", "replaced_by"})


@dataclass(frozen=True, slots=True)
class Shelved:
    """A document as a list shows it, without its text. `superseded_by` the edition in force on the shelf's day.

    A copy of the edition in force (same work, edition and dates) is superseded by it too, and still 现行.
    """

    id: str
    source: str
    origin: Origin
    metadata: Metadata
    title_key: str
    superseded_by: str | None = None
    edited: frozenset[str] = frozenset()  # the fields of its metadata that an operator has set

    @property
    def holds(self) -> bool:
        """Neither replaced nor repealed."""
        return self.superseded_by is None and self.metadata.status is not Status.REPEALED


def mark_superseded(shelved: Sequence[Shelved], today: date) -> list[Shelved]:
    """Each document with its status on that day, and with the edition that holds in its place."""
    works = _Works(shelved)
    return [works.placed(one, today) for one in shelved]


def in_force_on(shelved: Sequence[Shelved], day: date) -> list[Shelved]:
    """The documents that hold on a day; what has no edition and no dates of its own always does."""
    placed = mark_superseded(shelved, day)
    return [one for one in placed if one.metadata.status is Status.IN_FORCE and not one.superseded_by]


def admitted(shelved: Sequence[Shelved], as_of: date | None = None, today: date | None = None) -> frozenset[str]:
    """The ids of the documents that may answer a question.

    Without `as_of`: what is in force today, and a coming edition where the work has none in force (its
    status says so). With `as_of`: what was in force on that day, and nothing that was published after it.
    """
    day = as_of or today or date.today()
    works = _Works(shelved)
    placed = [works.placed(one, day) for one in shelved]
    ids = {one.id for one in placed if one.metadata.status is Status.IN_FORCE and not one.superseded_by}
    if as_of is not None:
        return frozenset(one.id for one in shelved if one.id in ids and first_day(one.metadata) <= as_of)
    coming = [one for one in placed if one.metadata.status is Status.UPCOMING]
    return frozenset(ids | {one.id for one in coming if not any(other.id in ids for other in works.kin(one))})


def editions_of(one: Shelved, shelved: Sequence[Shelved]) -> list[Shelved]:
    """The editions of a document's work, itself among them, oldest first."""
    works = _Works(shelved)
    found, waiting = {one.id: one}, [one]
    while waiting:
        for other in works.kin(waiting.pop()):
            if other.id not in found:
                found[other.id] = other
                waiting.append(other)
    return sorted(found.values(), key=_order)


def first_day(metadata: Metadata) -> date:
    """When an edition came into force: an amended text on its own date, not on the first edition's.

    Without dates, the first day that its edition names; `date.min` where nothing is known.
    """
    days = [day for day in (metadata.published, metadata.effective) if day]
    return max(days) if days else edition_day(metadata.edition) or date.min


@lru_cache(maxsize=8192)
def edition_day(edition: str | None) -> date | None:
    """2016 → 2016-01-01, 2023-07-20 → that day; None for any other wording."""
    match = re.fullmatch(r"((?:19|20)\d{2})(?:-(\d{1,2})-(\d{1,2}))?版?", (edition or "").strip())
    if match is None:
        return None
    try:
        return date(int(match[1]), int(match[2] or 1), int(match[3] or 1))
    except ValueError:
        return None


def short_title(title: str) -> str:
    """As people say it: 产品质量法 for 《中华人民共和国产品质量法》."""
    return title.strip("《》").removeprefix("中华人民共和国")


def title_key(title: str) -> str:
    """Titles of one work compare equal: country prefix, book marks, white space and brackets aside."""
    plain = re.sub(r"[《》〈〉“”\"'「」()（）]", "", squeeze(title))
    return plain.removeprefix("中华人民共和国")


# ---------------------------------------------------------------- which documents are one work


class _Works:
    """The documents of a shelf by what they go by, so that asking for the kin of one is a look-up."""

    def __init__(self, shelved: Sequence[Shelved]) -> None:
        self._place = {one.id: at for at, one in enumerate(shelved)}
        self._order = {one.id: _order(one) for one in shelved}
        self._sharing: dict[str, list[Shelved]] = defaultdict(list)
        self._named: dict[str, list[Shelved]] = defaultdict(list)
        self._replacing: dict[str, list[Shelved]] = defaultdict(list)
        self._replaced: dict[str, list[Shelved]] = defaultdict(list)
        for one in shelved:
            for key in _work_keys(one):
                self._sharing[key].append(one)
            for key in _names(one):
                self._named[key].append(one)
            for key in _referred(one.metadata.replaces):
                self._replacing[key].append(one)
            for key in _referred(one.metadata.replaced_by):
                self._replaced[key].append(one)

    def placed(self, one: Shelved, day: date) -> Shelved:
        later = self._later(one)
        begun = [other for other in later if first_day(other.metadata) <= day]
        if begun:
            newest = max(begun, key=self._rank)
            return _with(one, Status.REPEALED, newest.id)
        if copied := self._copied(one):
            return replace(_with(one, _status(one, bool(later), day)), superseded_by=copied.id)
        return _with(one, _status(one, bool(later), day))

    def kin(self, one: Shelved) -> list[Shelved]:
        """The other editions of its work, as far as it and they say so themselves."""
        found = {other.id: other for other in (*self._alike(one), *self._successors(one), *self._predecessors(one))}
        return [other for other in found.values() if other.id != one.id]

    def _later(self, one: Shelved) -> list[Shelved]:
        """Those that take its place once they begin, and what takes theirs."""
        found: dict[str, Shelved] = {}
        waiting = [one]
        while waiting:
            at = waiting.pop()
            following = [other for other in self._alike(at) if self._is_later(other, at)]
            following += [o for o in self._successors(at) if self._order[o.id][0] >= self._order[at.id][0]]
            fresh = [other for other in following if other.id not in found and other.id != one.id]
            found.update({other.id: other for other in fresh})
            waiting += fresh
        return list(found.values())

    def _copied(self, one: Shelved) -> Shelved | None:
        same = [o for o in self._alike(one) if _same_edition(o, one) and o.title_key == one.title_key]
        first = min((one, *same), key=lambda other: self._place[other.id])
        return first if first.id != one.id else None

    def _rank(self, one: Shelved) -> tuple[date, str, int]:
        return (*self._order[one.id], -self._place[one.id])

    def _is_later(self, one: Shelved, other: Shelved) -> bool:
        return not _same_edition(one, other) and self._order[one.id] > self._order[other.id]

    def _alike(self, one: Shelved) -> list[Shelved]:
        found = {other.id: other for key in _work_keys(one) for other in self._sharing[key]}
        return [other for other in found.values() if other.id != one.id]

    def _successors(self, one: Shelved) -> Iterator[Shelved]:
        for key in _names(one):
            yield from (other for other in self._replacing[key] if other.id != one.id)
        for key in _referred(one.metadata.replaced_by):
            yield from (other for other in self._named[key] if other.id != one.id)

    def _predecessors(self, one: Shelved) -> Iterator[Shelved]:
        for key in _referred(one.metadata.replaces):
            yield from (other for other in self._named[key] if other.id != one.id)
        for key in _names(one):
            yield from (other for other in self._replaced[key] if other.id != one.id)


def _work_keys(one: Shelved) -> list[str]:
    """What editions share. News and notes have no edition, and are editions of nothing."""
    if not one.metadata.edition:
        return []
    number = _standard(one.metadata.number)
    return [f"title {one.title_key}", *([f"number {number[0]}"] if number else [])]


def _names(one: Shelved) -> list[str]:
    """What a `replaces` or `replaced_by` may call it. A number counts only where it is the document's own."""
    title = f"title {one.title_key}"
    number = one.metadata.number
    if not number or not (one.metadata.edition or "number" in one.edited):
        return [title]
    standard = _standard(number)
    if standard is None:
        return [title, f"title {title_key(number)}"]
    return [title, f"exact {standard[0]}-{standard[1]}"] if standard[1] else [title]


def _referred(reference: str | None) -> list[str]:
    """The names in a `replaces` or `replaced_by`: numbers with their years, or titles."""
    keys = []
    for part in re.findall(r"《[^》]+》|[^、，,；;《》]+", reference or ""):
        number = _standard(part)
        if number and number[1]:
            keys.append(f"exact {number[0]}-{number[1]}")
        elif part.strip():
            keys.append(f"title {title_key(part)}")
    return keys


@lru_cache(maxsize=8192)
def _standard(number: str | None) -> tuple[str, str | None] | None:
    """GB/T 19001-2016 → (gb/t19001, 2016). A decree's number is no work's: one decree may amend many."""
    references = [r for r in standard_references(number or "") if "[" not in r.number]
    return (references[0].number, references[0].year) if references else None


# ---------------------------------------------------------------- on a day


def _order(one: Shelved) -> tuple[date, str]:
    return first_day(one.metadata), one.metadata.edition or ""


def _same_edition(one: Shelved, other: Shelved) -> bool:
    """The same edition of the same work: a copy, or slides that teach it."""
    return one.metadata.edition == other.metadata.edition


def _with(one: Shelved, status: Status, superseded_by: str | None = None) -> Shelved:
    if one.metadata.status is status and one.superseded_by == superseded_by:
        return one
    return replace(one, superseded_by=superseded_by, metadata=replace(one.metadata, status=status))


def _status(one: Shelved, followed: bool, day: date) -> Status:
    """Of an edition that no other has taken the place of by that day; `followed` if a later one is held.

    An undated 废止 of a followed edition ends it when the next one begins, of any other from the start.
    """
    known = one.metadata
    ends = _last_day(known)
    if ends is not None and not followed and ends <= day:
        return Status.REPEALED
    if known.repealed and known.repealed <= day:
        return Status.REPEALED
    if _dated(one) and first_day(known) > day:
        return Status.UPCOMING
    if known.status is Status.REPEALED and ends is None and not followed:
        return Status.REPEALED
    if known.status is Status.UPCOMING and known.effective is None:
        return Status.UPCOMING
    return Status.IN_FORCE


def _last_day(known: Metadata) -> date | None:
    """The first day on which it no longer holds: as stated, or by the year of a successor that is not held."""
    if known.repealed:
        return known.repealed
    successor = _standard(known.replaced_by)
    return date(int(successor[1]), 1, 1) if successor and successor[1] else None


def _dated(one: Shelved) -> bool:
    """Whether its dates are its own: a news item on a standard names the standard's dates."""
    return bool(one.metadata.edition or one.edited & _DATES_EDITED)


# ---------------------------------------------------------------- what an operator sets

FIELDS: Mapping[str, str] = {
    "title": "标题",
    "body": "发布机构",
    "number": "编号",
    "edition": "版本",
    "status": "状态",
    "published": "发布日期",
    "effective": "实施日期",
    "repealed": "废止日期",
    "replaces": "代替",
    "replaced_by": "被代替",
}
_DAYS = frozenset({"published", "effective", "repealed"})
_LONGEST = {"number": 100, "edition": 40}  # characters, as the database has them
_LONGEST_OTHER = 300


def edited(metadata: Metadata, changes: Mapping[str, str], today: date) -> Metadata:
    """`metadata` with the operator's values; an empty one clears its field. Raises KnowledgeError in Chinese."""
    if not changes:
        raise KnowledgeError("没有要改的内容；例如 --status 废止，全部选项见 guangzhi documents set --help")
    values = {name: _value(name, text.strip()) for name, text in changes.items()}
    changed = replace(metadata, **values)  # type: ignore[arg-type]
    if changed.repealed and changed.effective and changed.repealed < changed.effective:
        raise KnowledgeError(f"废止日期（{changed.repealed}）早于实施日期（{changed.effective}）")
    if "status" in changes:
        _check_status(changed, today)
    return changed


def _value(name: str, text: str) -> str | date | Status | None:
    if name not in FIELDS:
        raise KnowledgeError(f"不认识的项目 {name}；可以改的有 {'、'.join(FIELDS)}")
    if name == "status":
        return _read_status(text)
    if not text:
        if name == "title":
            raise KnowledgeError("标题不能是空的")
        return None
    if name in _DAYS:
        return _read_day(name, text)
    if len(text) > (longest := _LONGEST.get(name, _LONGEST_OTHER)):
        raise KnowledgeError(f"{FIELDS[name]}超过 {longest} 个字")
    return text


def _read_day(name: str, text: str) -> date:
    match = re.fullmatch(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", fold(text))
    try:
        return date(*(int(part) for part in match.groups())) if match else date.fromisoformat(text)
    except ValueError:
        raise KnowledgeError(f"{FIELDS[name]}应写成 2025-01-01 这样，现在是“{text}”") from None


def _read_status(text: str) -> Status:
    if text not in set(Status):
        raise KnowledgeError(f"状态应为 {'、'.join(Status)} 之一，现在是“{text}”")
    return Status(text)


def _check_status(known: Metadata, today: date) -> None:
    if known.status is Status.REPEALED and known.repealed and known.repealed > today:
        raise KnowledgeError(f"废止日期 {known.repealed} 还没有到：不用填状态，到那天自动变为废止")
    if known.status is Status.IN_FORCE and known.repealed and known.repealed <= today:
        raise KnowledgeError(f'这份文件已填废止日期 {known.repealed}；要改回现行，请同时用 --repealed "" 清掉它')
    if known.status is Status.IN_FORCE and known.effective and known.effective > today:
        raise KnowledgeError(f"实施日期 {known.effective} 还没有到：不用填状态，到那天自动变为现行")
    if known.status is Status.UPCOMING and known.effective and known.effective <= today:
        raise KnowledgeError(f'实施日期 {known.effective} 已经过了；请同时用 --effective 改成将来的日期，或 "" 清掉它')


def changed_fields(before: Metadata, after: Metadata) -> Iterable[str]:
    """The names of the fields that differ."""
    return [name for name in FIELDS if getattr(before, name) != getattr(after, name)]
