"""Which edition of a document a question means: the one in force, or the one of a time or year it names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from knowledge.documents import Metadata, Status
from knowledge.editions import Shelved, first_day, in_force_on
from knowledge.standards import standard_references
from retrieval import wording
from retrieval.understanding import BOTH, NEWEST, PREVIOUS, Understood


@dataclass(frozen=True, slots=True)
class Work:
    """A document through its editions, oldest first; mostly there is one."""

    editions: tuple[Shelved, ...]

    @property
    def title(self) -> str:
        return self.editions[-1].metadata.title

    @property
    def title_key(self) -> str:
        return self.editions[-1].title_key

    @property
    def numbers(self) -> frozenset[str]:
        """The standard's numbers without their years, folded."""
        return frozenset(number for one in self.editions if (number := bare_number(one.metadata.number)))


@dataclass(frozen=True, slots=True)
class Chosen:
    """The editions that answer, each with what has to be said of it; none: `refusal` says why."""

    editions: tuple[tuple[Shelved, str], ...] = ()
    refusal: str = ""


def works(shelf: Sequence[Shelved]) -> list[Work]:
    """The documents of a shelf with their editions together: by title, by the number without its year, by succession.

    Of copies one is enough; slides on a standard bear its number and edition, and are a work of their own.
    """
    groups: list[list[Shelved]] = []
    places: dict[tuple[str, str], list[Shelved]] = {}
    for one in sorted(shelf, key=lambda one: one.superseded_by is not None):
        keys = _keys(one)
        group = next((found for key in keys if (found := places.get(key)) and _joins(one, found, key)), None)
        if group is None:
            group = []
            groups.append(group)
        if not any(_copies(one, other) for other in group):
            group.append(one)
        for key in (*keys, ("id", one.id)):
            places.setdefault(key, group)
    order = {one.id: at for at, one in enumerate(shelf)}
    gathered = [Work(tuple(sorted(group, key=lambda one: first_day(one.metadata)))) for group in groups]
    return sorted(gathered, key=lambda work: min(order[one.id] for one in work.editions))


def _keys(one: Shelved) -> list[tuple[str, str]]:
    number = bare_number(one.metadata.number)
    named = [("number", number)] if number and one.metadata.edition else []
    return [*([("id", one.superseded_by)] if one.superseded_by else []), ("title", one.title_key), *named]


def _joins(one: Shelved, group: Sequence[Shelved], key: tuple[str, str]) -> bool:
    """By the number alone only as another edition."""
    return key[0] != "number" or all(one.metadata.edition != other.metadata.edition for other in group)


def _copies(one: Shelved, other: Shelved) -> bool:
    known = one.metadata.edition
    return known is not None and known == other.metadata.edition and one.title_key == other.title_key


@lru_cache(maxsize=8192)
def bare_number(number: str | None) -> str:
    """GB/T 19001-2016 → gb/t19001; empty where there is none, or it is a document number of one year."""
    references = standard_references(number or "")
    return references[0].number if references and "[" not in references[0].number else ""


def begins(metadata: Metadata) -> date | None:
    """When an edition came into force; None where nothing tells."""
    day = first_day(metadata)
    return None if day == date.min else day


def name_of(metadata: Metadata) -> str:
    return metadata.edition or (metadata.published.isoformat() if metadata.published else "")


def spoken_day(day: date) -> str:
    """The last day of a year stands for the year, that of a month for the month."""
    if (day.month, day.day) == (12, 31):
        return f"{day.year}年"
    if (day + timedelta(days=1)).day == 1:
        return f"{day.year}年{day.month}月底"
    return f"{day.year}年{day.month}月{day.day}日"


def choose(work: Work, question: Understood, year: str | None = None) -> Chosen:
    """The editions of `work` the question means; `year` is one that stood with its number (GB/T 19001-2016)."""
    begun = [one for one in work.editions if (begins(one.metadata) or date.min) <= question.today]
    current = next((one for one in reversed(begun) if one.superseded_by is None), (begun or [work.editions[0]])[-1])
    asked = year or question.edition
    if asked.isdigit():
        return _of_year(work, asked, current, question, typed=year is not None)
    if asked == BOTH and len(begun) > 1:
        before = begun[begun.index(current) - 1] if current in begun[1:] else begun[0]
        return Chosen(tuple((one, "") for one in (before, current)))
    if asked == PREVIOUS:
        earlier = [one for one in begun if one is not current]
        if not earlier:
            return Chosen(refusal=_held(work, wording.EDITION_BEFORE, question.today))
        return Chosen(((earlier[-1], label(earlier[-1], work, question.today)),))
    if asked == NEWEST:
        newest = work.editions[-1]
        return Chosen(((newest, label(newest, work, question.today, always=True)),))
    if question.as_of is not None:
        return _as_of(work, question.as_of, question.today)
    return Chosen(((current, label(current, work, question.today)),))


def _of_year(work: Work, year: str, current: Shelved, question: Understood, typed: bool) -> Chosen:
    """The edition of a year; a year `typed` as part of the standard's number needs no label while it holds."""
    today = question.today
    fitting = [one for one in work.editions if year in _years(one.metadata)]
    if not fitting:
        if len(work.editions) == 1 and not _years(current.metadata):
            return Chosen(((current, wording.UNDATED_EDITION.format(day=f"{year}年")),))
        return Chosen(refusal=_held(work, wording.EDITION_OF_YEAR.format(year=year), today))
    return Chosen(((fitting[-1], label(fitting[-1], work, today, always=not typed)),))


def _years(metadata: Metadata) -> set[str]:
    said = " ".join(filter(None, (metadata.edition, (metadata.number or "")[-4:])))
    days = [day for day in (metadata.published, metadata.effective) if day]
    return {*re.findall(r"(?:19|20)\d{2}", said), *(str(day.year) for day in days)}


def _as_of(work: Work, day: date, today: date) -> Chosen:
    then = [one for one in in_force_on(work.editions, day) if first_day(one.metadata) <= day]
    if not then:
        return Chosen(refusal=_held(work, wording.EDITION_THEN.format(day=spoken_day(day)), today))
    one = next(one for one in work.editions if one.id == then[-1].id)  # with its status of today
    if begins(one.metadata) is None:
        return Chosen(((one, wording.UNDATED_EDITION.format(day=spoken_day(day))),))
    newer = _newer(one, work)
    if newer is not None and one.superseded_by:
        names = {"edition": name_of(one.metadata), "newer": name_of(newer.metadata)}
        return Chosen(((one, wording.THEN_EDITION.format(day=spoken_day(day), **names)),))
    return Chosen(((one, label(one, work, today, always=True)),))


def label(one: Shelved, work: Work, today: date, always: bool = False) -> str:
    """What has to be said of an edition; of the one in force only where an edition was asked for."""
    metadata = one.metadata
    if one.superseded_by and (newer := _newer(one, work)):
        return wording.OLD_EDITION.format(edition=name_of(metadata), newer=name_of(newer.metadata))
    if metadata.repealed and metadata.repealed <= today:
        return wording.REPEALED_ON.format(day=spoken_day(metadata.repealed))
    if metadata.status is Status.REPEALED:
        return wording.REPEALED_DOCUMENT
    start = begins(metadata)
    if start and start > today:
        return wording.UPCOMING_EDITION.format(
            edition=name_of(metadata), day=f"{start.year}年{start.month}月{start.day}日"
        )
    return wording.STILL_EDITION.format(edition=name_of(metadata)) if always and name_of(metadata) else ""


def _newer(one: Shelved, work: Work) -> Shelved | None:
    return next((other for other in work.editions if other.id == one.superseded_by), None)


def _held(work: Work, asked: str, today: date) -> str:
    named = "、".join(f"{name_of(one.metadata) or '未注日期'}（{_standing(one, today)}）" for one in work.editions)
    return wording.NO_SUCH_EDITION.format(title=work.title, asked=asked, editions=named)


def _standing(one: Shelved, today: date) -> str:
    start = begins(one.metadata)
    if one.superseded_by:
        return wording.EDITION_REPLACED
    return wording.EDITION_UPCOMING if start and start > today else one.metadata.status.value
