"""Which definitions answer: of just this term, what binds most first."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from knowledge.catalog import Shelved
from knowledge.editions import short_title, title_key
from knowledge.standards import squeeze, standard_references
from retrieval import wording
from retrieval.binding import binding
from retrieval.definitions.asking import AND, Asking, Spelt
from retrieval.definitions.reading import Definition

_SOURCES = 2  # documents shown for one term


@dataclass(frozen=True, slots=True)
class Found:
    document: Shelved
    definition: Definition


def chosen_of(asking: Asking, spelt: Spelt, found: Mapping[str, list[Found]], shelf: Sequence[Shelved]) -> list[Found]:
    """The definitions of the term asked for, or one of each of two; none where one of them is not defined."""
    if not asking.apart and (whole := _named(asking.of, asking, spelt, found, shelf)):
        return whole
    for match in AND.finditer(asking.of):
        first = _named(asking.of[: match.start()], asking, spelt, found, shelf)
        second = first and _named(asking.of[match.end() :], asking, spelt, found, shelf)
        if first and second:  # where one document defines both, its own two words
            pairs = [[one, other] for one in first for other in second if one.document.id == other.document.id]
            return pairs[0] if pairs else [first[0], second[0]]
    return []


def _named(
    said: str, asking: Asking, spelt: Spelt, found: Mapping[str, list[Found]], shelf: Sequence[Shelved]
) -> list[Found]:
    """The definitions of a term, which may stand behind the name of a document: 产品质量法里的产品."""
    if chosen := _best(said, asking, spelt, found):
        return chosen
    for at in range(1, len(said)):
        if (within := _LINK.sub("", said[:at])) and (linked := within != said[:at] or said[at - 1] == "》"):
            own = _meant(within, spelt, shelf) if linked else None
            if own is not None and (chosen := _best(said[at:], asking, spelt, found, own)):
                return chosen
    if (behind := _BEHIND.fullmatch(said)) and (own := _meant(behind[2], spelt, shelf)) is not None:
        return _best(behind[1], asking, spelt, found, own)
    return []


def _best(
    term: str,
    asking: Asking,
    spelt: Spelt,
    found: Mapping[str, list[Found]],
    own: Collection[str] | None = None,
) -> list[Found]:
    """The definitions of just this term, what binds most first; a second document where it says something else."""
    hits = [one for key in spelt.of(term) for one in found.get(key, ()) if own is None or one.document.id in own]
    hits = [one for one in hits if not (asking.plain and one.definition.short)]
    if not hits:
        return []
    hits.sort(key=lambda one: _rank(one, term))
    first = hits[0]
    others = [
        one
        for one in hits
        if _rank(one, term)[:3] == _rank(first, term)[:3]
        and one.document.id != first.document.id
        and squeeze(one.definition.text) != squeeze(first.definition.text)
    ]
    return [first, *others[: _SOURCES - 1]]


def _rank(one: Found, term: str) -> tuple[bool, bool, bool, int, int, str]:
    """Itself before its synonyms, then what binds most."""
    known, definition = one.document.metadata, one.definition
    return definition.short, term not in definition.keys, *binding(known, one.document.origin), known.title


# The documents a question names.
_TYPE = r"(?:法|条例|办法|规定|细则|规则|规范|规程|准则|标准|指南|手册|文件|要求)"
_LINK = re.compile(
    r"(?<=[法例定则范程准南册件号》\d])的$"
    r"|(?:(?:里面?|里边|当中|之?中|上|内|下)(?:所称|所说|规定|说|讲|提到|写)?|所称|所说|规定|说|讲|提到)的?,?$"
    r"|,$"
)
_BEHIND = re.compile(r"(.+?)在(.+?)(?:里面?|里边|当中|之?中|上)的?")
_BEFORE_NAME = re.compile(
    r"^(?:在|按照?|根据|依照?|依据|就|现行的?|最新的?|新版?的?|(?:19|20)\d\d年?(?:版的?|的)?|[我国咱]们?的?)+"
)
_ANY = re.compile(r"(?:我国|国家|现行)?(?:法律|法规|法律法规|国家|资料|文件)")


def _meant(name: str, spelt: Spelt, shelf: Sequence[Shelved]) -> Collection[str] | None:
    """The ids of the documents a name may mean; None where it names none that is here."""
    plain = _BEFORE_NAME.sub("", name) or name
    if _ANY.fullmatch(plain):
        return [one.id for one in shelf]
    if numbers := {reference.number for reference in standard_references(plain)}:
        return [one.id for one in shelf if numbers & _numbers(one)] or None
    if numbered := [one.id for one in shelf if plain in _numbers(one)]:
        return numbered
    keys = {title_key(spelling) for spelling in spelt.of(plain.strip("《》"))}
    same = [one.id for one in shelf if one.title_key in keys]
    if same or "" in keys:
        return same or None
    key = title_key(plain)
    if kind := re.search(rf"{_TYPE}$", key):
        ending = [one.id for one in shelf if one.title_key.endswith(key)]
        return ending or [one.id for one in shelf if _shortened(key, one.title_key, kind[0])] or None
    return [one.id for one in shelf if len(key) >= len(one.title_key) / 2 and key in one.title_key] or None


def _numbers(one: Shelved) -> set[str]:
    numbers = {reference.number for reference in standard_references(one.metadata.number or "")}
    return numbers | {number.removeprefix("t/") for number in numbers}


def _shortened(name: str, title: str, kind: str) -> bool:
    """产品法 for 产品质量法: of its kind, with its characters in their order."""
    rest = iter(title)
    return len(name) > len(kind) and title.endswith(kind) and all(char in rest for char in name)


def source(one: Found) -> str:
    title = short_title(one.document.metadata.title)
    return wording.RESTS_ON.format(title=title, clause=one.definition.clause or "")
