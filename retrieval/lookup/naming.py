"""Which document a question means, by its title or a part of it, or by its number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from knowledge.library import ListedStandard
from knowledge.standards import fold, squeeze, standard_references
from retrieval.lookup.editions import Work, bare_number

_SHORTEST = 3  # characters of a title that name it
_TYPES = "法|条例|办法|规定|细则|规范|规则|规程|准则|导则|目录|指南|决定|意见|通知"
_LAWS = {"法", "条例", "办法", "细则"}
_NO_NAME = re.compile(r"[什怎哪几么]|(?:做|方|想|说|看|用|写|算|合|违|执|司|处理|解决)(?:办)?法$")
_TYPE = re.compile(rf"(?:{_TYPES})$")
# The name that stands right before a number: 《食品安全法》第三条, 认证认可条例里的第十条.
_SPOKEN = re.compile(
    rf"([\u4e00-\u9fff]*?(?:{_TYPES}))[》〉”\"]?(?:\([^)]*\))?(?:里面?|之?中|的|上|关于|规定|,|:|\s)*$"
)
_LEAD_IN = re.compile(
    r"^.*(?:请问|问一?下|想知道|想问|查一?下|查查|看一?下|看看|帮我|告诉我|根据|依据|按照|依照|违反|关于|比如|例如|年版|旧版"
    r"|新版|时候|年时|当时|版的?|和|与|跟|以及|现行的?|最新的?|按|年的?|那么|那|在|把|对|《)"
)
_POINTING = re.compile(
    r"^(?:[年月日号份]|这[个部份项]?|那[个部份项]?|该|本|此|同一?个?|上述|前述|原|旧的?|老的?|新的?|现行的?|的|国家的?|咱们?的?|我们?的?)+"
)


@dataclass(frozen=True, slots=True)
class NotHeld:
    """A document the question names that is not here."""

    name: str


@dataclass(frozen=True, slots=True)
class Named:
    """What one name may mean: mostly one thing. `year` stood with a standard's number; `kind` is a bare 条例."""

    works: tuple[Work, ...] = ()
    listed: ListedStandard | None = None
    not_held: NotHeld | None = None
    year: str | None = None
    kind: str = ""


def names(
    text: str, works: Sequence[Work], standards: Sequence[ListedStandard], also: Sequence[str] = ()
) -> list[Named]:
    """Every document `text` names, in order; `also` are other spellings of its words."""
    found = _by_number(text, works, standards)
    if found:
        return found
    plain = squeeze(text)
    spoken = _SPOKEN.search(plain)
    said = _POINTING.sub("", _LEAD_IN.sub("", spoken[1])) if spoken else ""
    kind = match[0] if said and (match := _TYPE.search(said)) else ""
    by_title = _by_title(plain, works, plain.rfind(said) if kind else len(plain), kind)
    by_title = by_title or [named for one in also for named in _by_title(one, works, len(one), "")][:1]
    if by_title:
        return by_title
    if kind and said == kind:
        return [Named(kind=kind)]
    if kind in _LAWS and len(said) >= _SHORTEST and not _NO_NAME.search(said):
        return [Named(not_held=NotHeld(f"《{said}》"))]
    return []


def _by_number(text: str, works: Sequence[Work], standards: Sequence[ListedStandard]) -> list[Named]:
    """By standard and document numbers, and by the bare 9001 of one that is known."""
    found: list[tuple[int, Named]] = []
    taken: list[tuple[int, int]] = []
    for reference in standard_references(text):
        taken.append((reference.start, reference.end))
        typed = text[reference.start : reference.end].strip()
        found.append((reference.start, _numbered(reference.number, reference.year, typed, works, standards)))
    plain = squeeze(text)
    for work in works:  # 国务院令第390号
        held = {squeeze(one.metadata.number) for one in work.editions if one.metadata.number}
        if any(len(number) > _SHORTEST and number in plain and not bare_number(number) for number in held):
            found.append((len(text), Named(works=(work,))))
    for match in re.finditer(r"(?<![\d.])\d{3,5}(?![\d.年月号万亿元个])", fold(text)):
        if not any(start < match.end() and match.start() < end for start, end in taken):
            named = _numbered(match[0], None, match[0], works, standards)
            if named.not_held is None:
                found.append((match.start(), named))
    return [named for _, named in sorted(found, key=lambda pair: pair[0])]


def _numbered(
    number: str, year: str | None, typed: str, works: Sequence[Work], standards: Sequence[ListedStandard]
) -> Named:
    if "[" in number:
        holders = [w for w in works for one in w.editions if squeeze(one.metadata.number or "").endswith(number)]
        return Named(works=tuple(holders[:1])) if holders else Named(not_held=NotHeld(typed))
    listed = next((one for one in standards if any(_fits(number, name) for name in _spellings(one))), None)
    wanted = {number} | ({bare_number(listed.number)} if listed else set())
    holders = [work for work in works if any(_fits(one, held) for one in wanted for held in work.numbers)]
    if holders:
        return Named(works=tuple(holders), year=year)
    return Named(listed=listed, year=year) if listed else Named(not_held=NotHeld(typed))


def _spellings(standard: ListedStandard) -> set[str]:
    """Every number the standard goes by, folded and without years: gb/t19001, iso9001, 9001."""
    said = (standard.number, standard.equivalent or "", *standard.aliases)
    return {bare_number(name) or squeeze(name) for name in said if name}


def _fits(said: str, number: str) -> bool:
    """The whole number, without the society's T/, or its digits alone."""
    return said in {number, number.removeprefix("t/"), re.sub(r"^.*?(\d{3,})$", r"\1", number)}


def _by_title(text: str, works: Sequence[Work], spoken_at: int, kind: str) -> list[Named]:
    """Longest stretches of titles first, each counted once: 标准化法实施条例 does not also name 标准化法.

    From `spoken_at` on stands a name that ends with `kind`: 标准化法实施细则 names neither of those two.
    """
    found: list[tuple[int, Named]] = []
    works = _sharing(text, works)
    while True:
        fitting = [
            (overlap, work)
            for work in works
            if (overlap := _overlap(text, work.title_key))[0] >= max(_SHORTEST, len(work.title_key) / 2)
            and (overlap[2] + overlap[0] <= spoken_at or _is_a(work, kind))
        ]
        if not fitting:
            return [named for _, named in sorted(found, key=lambda pair: pair[0])]
        length, share, at = max((overlap for overlap, _ in fitting), key=lambda overlap: overlap[:2])
        found.append((at, Named(works=tuple(work for overlap, work in fitting if overlap[:2] == (length, share)))))
        text = text[:at] + "\0" * length + text[at + length :]


def _is_a(work: Work, kind: str) -> bool:
    return work.title_key.endswith(kind) or not _TYPE.search(work.title_key)


def _sharing(text: str, works: Sequence[Work]) -> list[Work]:
    """Those with a stretch of their title in the text: among thousands of titles, mostly a handful."""
    said = _stretches(text)
    return [work for work in works if not said.isdisjoint(_stretches(work.title_key))]


@lru_cache(maxsize=8192)
def _stretches(text: str) -> frozenset[str]:
    return frozenset(text[at : at + _SHORTEST] for at in range(len(text) - _SHORTEST + 1))


def _overlap(text: str, title: str) -> tuple[int, float, int]:
    """The longest stretch of a title in the text: its length, its share of the title, and where; zeros: too short."""
    longest = 0, 0.0, 0
    for length in range(_SHORTEST, min(len(title), len(text)) + 1):  # where no short stretch stands, no longer one does
        places = (text.find(title[at : at + length]) for at in range(len(title) - length + 1))
        where = next((place for place in places if place >= 0), None)
        if where is None:
            break
        longest = length, length / len(title), where
    return longest


def nicknamed(text: str, works: Sequence[Work], standards: Sequence[ListedStandard]) -> list[Work]:
    """By a stretch of the title that is too short to name it by itself: 「光电产业链标准的8.5.2」. Best first.

    What also stands in the title of a listed standard (质量管理体系) tells nothing.
    """
    plain = squeeze(text)
    for standard in standards:
        plain = plain.replace(squeeze(standard.title), "\0")
    scored = [(_overlap(plain, work.title_key), work) for work in _sharing(plain, works)]
    scored = [(score, work) for score, work in scored if score[0] >= _SHORTEST + 1 and _tells(plain, score, standards)]
    return [work for _, work in sorted(scored, key=lambda pair: -pair[0][0])]


def _tells(plain: str, score: tuple[int, float, int], standards: Sequence[ListedStandard]) -> bool:
    length, _, at = score
    return not any(plain[at : at + length] in squeeze(standard.title) for standard in standards)


def of_kind(kind: str, works: Sequence[Work]) -> list[Work]:
    """Those that 「条例」 or 「办法」 by itself may mean."""
    return [work for work in works if work.title_key.endswith(kind)]


def without_names(text: str, work: Work) -> str:
    """What a question says beside the title or number of the document it names, squeezed."""
    for reference in reversed(standard_references(text)):
        text = text[: reference.start] + text[reference.end :]
    plain = squeeze(text)
    length, _, at = _overlap(plain, work.title_key)
    plain = plain[:at] + plain[at + length :]
    return re.sub(r"[《》“”\"]|^中华人民共和国", "", plain)
