"""Clauses as a question names them: single ones, ranges, 款 and 项 of an article, tables and figures.

`standards.clause_references` finds each number by itself, which is what indexing needs. Here neighbours are
read together: 第十条到第十二条 is one range, 第二十二条第二款第（三）项 one place, 附录B表2 one table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from knowledge.standards import NUMERAL, ClauseReference, clause_references, fold_in_place, numeral_value

_NUMBER = rf"(?:[{NUMERAL}]+|\d{{1,4}})"
_OF = r"\s*(?:之?中的?|里面?的?|下面?的|的)?\s*"
_TO = r"\s*(?:到|至|~|--?)\s*"
_AND = r"\s*(?:[、,;]|以?及|和|与|跟|还有)\s*"
_RANGE_BETWEEN = re.compile(rf"{_TO}$")
_NOTHING_BETWEEN = re.compile(rf"{_OF}$")

# 第10-12条, 第十至十二条, 10到12条 · 第十、十一条: the unit stands only behind the last.
_TOGETHER = re.compile(
    rf"(?<![\d.])(第\s*)?({_NUMBER}(?:(?:{_TO}|{_AND})(?:第\s*)?{_NUMBER})+)\s*(条|章|节)"
    r"(?=(?P<plain>$|[\s,。;?!、的讲说是规内怎写和与至到有呢分都各])?)"
)
_DOTTED = r"\d{1,2}(?:\.\d{1,2})+"
_DOTTED_RANGE = re.compile(rf"(?<![\d.a-z/-])({_DOTTED})\s*(?:~|--?)\s*({_DOTTED})(?![\d.%])")

_UP_TO_A_DECIMAL = re.compile(rf"{_TO}(\d+(?:\.\d+)?)")

# 代表2人 and 地图1 are no tables; 表3个 counts.
_EXHIBIT = re.compile(
    rf"(?:附录\s*([a-z]){_OF})?(?<![代报列图地发年月周日手外华腕仪电水量钟附截蓝导意视企版制绘插外])(表|图)\s*"
    rf"(?:([a-z])\s*[.-]?\s*)?(\d{{1,3}}(?:[.-]\d{{1,2}})?|[一二三四五六七八九十]{{1,3}}(?![下切般样些直起个]))"
    r"(?![\d%]|\s*[个张份页人家篇名块台项位种])"
)
_PARAGRAPHS = re.compile(rf"{_OF}(?:第\s*({_NUMBER}(?:{_AND}{_NUMBER})*)\s*[款段]|(\d{{1,2}})款)")
_ITEM = re.compile(
    rf"{_OF}(?:第\s*({_NUMBER})\s*项|(\d{{1,2}})项(?!规|要|条|措|内|任)|(?:第\s*)?\(\s*({_NUMBER})\s*\)\s*项?|第?\s*\(?\s*([a-z])\s*(?:\)\s*项?|项))"
)
_SUBITEM = re.compile(rf"{_OF}(?:第\s*\(?\s*({_NUMBER})\s*\)?\s*目|\(?(\d{{1,2}})\)|(\d{{1,2}})\s*目)")
_RANKS = {"编": 0, "章": 1, "节": 2, "条": 3}


def exact_references(text: str) -> list[ClauseReference]:
    """Every place `text` names, in order, with ranges, parts and 款 and 项 read together.

    Ranges and parts are always of one kind. A 款 without its article is no place (see `loose_subdivision`).
    """
    folded = fold_in_place(text)
    together = [*_written_together(folded), *_exhibits(folded)]
    single = [r for r in clause_references(text) if not any(r.start < t.end and t.start < r.end for t in together)]
    found = sorted([*together, *single], key=lambda r: r.start)
    found = [r for r in found if not _measures(r, found, folded)]
    return list(_subdivided(_nested(_ranges(found, folded), folded), folded))


def loose_subdivision(text: str) -> ClauseReference | None:
    """「第二款呢」, 「第（三）项」: a 款 or 项 of the article spoken of before; `number` is empty."""
    folded = fold_in_place(text)
    for at in (m.start() for m in re.finditer(r"第|\(", folded)):
        found = list(_tail(ClauseReference("", at, at), folded))
        if found[0].end > at:
            return found[0]
    return None


# ------------------------------------------------------------------ several numbers read together


def _written_together(folded: str) -> Iterator[ClauseReference]:
    for match in _TOGETHER.finditer(folded):
        if not match[1] and (match["plain"] is None or not match[2][0].isdigit()):
            continue  # 「3到5条生产线」 counts
        values = [numeral_value(part) for part in re.findall(_NUMBER, match[2])]
        if None in values:
            continue
        numbers = [f"第{value}{match[3]}" for value in values]
        if len(numbers) == 2 and re.search(_TO, match[2]) and not re.search(_AND, match[2]):
            yield _range(ClauseReference(numbers[0], match.start(), match.end()), numbers[1])
            continue
        for number, part in zip(numbers, re.finditer(_NUMBER, match[2]), strict=True):
            at = match.start(2) + part.start()
            yield ClauseReference(number, at, at + len(part[0]))
    for match in _DOTTED_RANGE.finditer(folded):
        yield _range(ClauseReference(match[1], match.start(), match.end()), match[2])


def _exhibits(folded: str) -> Iterator[ClauseReference]:
    for match in _EXHIBIT.finditer(folded):
        annex, word, letter, number = match.groups()
        value = number.replace("-", ".") if number[0].isdigit() else str(numeral_value(number))
        yield ClauseReference(
            f"{letter}.{value}" if letter else value,
            match.start(),
            match.end(),
            kind="table" if word == "表" else "figure",
            within=f"附录{annex}" if annex else None,
        )


def _ranges(found: list[ClauseReference], folded: str) -> list[ClauseReference]:
    joined: list[ClauseReference] = []
    for reference in found:
        before = joined[-1] if joined else None
        if before and not before.through and _same_kind(before, reference):
            between = folded[before.end : reference.start]
            if _RANGE_BETWEEN.match(between) and between.strip():
                joined[-1] = _range(replace(before, end=reference.end), reference.number)
                continue
        joined.append(reference)
    return joined


def _measures(reference: ClauseReference, found: list[ClauseReference], folded: str) -> bool:
    """2.5到3.5毫米: what it goes up to is a decimal with a unit, and so is this."""
    match = _UP_TO_A_DECIMAL.match(folded, reference.end)
    return bool(match and reference.number[:1].isdigit() and all(other.start != match.start(1) for other in found))


def _range(first: ClauseReference, last: str) -> ClauseReference:
    low, high = sorted((first.number, last), key=order)
    return replace(first, number=low, through=high if high != low else None)


def order(number: str) -> tuple[int, ...]:
    """Where a folded number stands among others of its kind: 8.10 after 8.9, 第12条之1 after 第12条."""
    letter = re.match(r"(?:附录)?([a-z])(?![a-z])", number)
    return (*((ord(letter[1]),) if letter else ()), *(int(digits) for digits in re.findall(r"\d+", number)))


def _same_kind(one: ClauseReference, other: ClauseReference) -> bool:
    return one.kind == other.kind and _shape(one.number) == _shape(other.number)


def _shape(number: str) -> str:
    shape = re.sub(r"之\d+$", "", number)
    return re.sub(r"\d+", "0", re.sub(r"附录[a-z]", "附录", shape))


def _nested(found: list[ClauseReference], folded: str) -> list[ClauseReference]:
    """第三章第二节, 第三章第十六条, 附录B的B.2, 8.5的表1: the first says where the second stands."""
    kept: list[ClauseReference] = []
    for reference in found:
        outer = kept[-1] if kept else None
        if outer and not outer.through and _contains(outer, reference):
            between = folded[outer.end : reference.start]
            if _NOTHING_BETWEEN.match(between):
                kept[-1] = replace(reference, start=outer.start, within=outer.number)
                continue
        kept.append(reference)
    return kept


def _contains(outer: ClauseReference, inner: ClauseReference) -> bool:
    if outer.kind != "clause":
        return False
    if inner.kind != "clause":
        return inner.within is None
    ranks = [_RANKS.get(re.sub(r"第\d+|之\d+", "", r.number)) for r in (outer, inner)]
    if ranks[0] is not None and ranks[1] is not None:
        return ranks[0] < ranks[1]
    if chapter := re.fullmatch(r"第(\d+)章", outer.number):
        return inner.number.startswith(f"{chapter[1]}.")
    return outer.number.startswith("附录") and inner.number.startswith(f"{outer.number[-1]}.")


# ------------------------------------------------------------------ 款 and 项


def _subdivided(found: list[ClauseReference], folded: str) -> Iterator[ClauseReference]:
    for at, reference in enumerate(found):
        until = found[at + 1].start if at + 1 < len(found) else len(folded)
        if reference.kind != "clause" or reference.through:
            yield reference
        else:
            yield from _tail(reference, folded[:until])


def _tail(reference: ClauseReference, folded: str) -> Iterator[ClauseReference]:
    """The reference with the 款 and 项 that follow it; one for each where several are named."""
    places = [reference]
    at = reference.end
    while match := _PARAGRAPHS.match(folded, at):
        values = [v for part in re.findall(_NUMBER, match[1] or match[2]) if (v := numeral_value(part)) is not None]
        item, end = _item(folded, match.end())
        if places[-1].paragraph and values and re.match(_TO, folded[places[-1].end :]):
            values = [*range(places[-1].paragraph + 1, values[0]), *values]
        base = replace(reference, end=end)
        places += [replace(base, paragraph=value, item=item if value == values[-1] else None) for value in values]
        at = end
        if joint := re.compile(rf"(?:{_AND}|{_TO})(?=第)").match(folded, at):
            at = joint.end()
    if len(places) > 1:
        yield from places[1:]
        return
    while True:
        item, end = _item(folded, at)
        if item is None:
            break
        places.append(replace(reference, item=item, end=end))
        joint = re.compile(rf"{_AND}(?=[第(a-z])").match(folded, end)
        at = joint.end() if joint else end
    yield from places[1:] or places


def _item(folded: str, at: int) -> tuple[str | None, int]:
    match = _ITEM.match(folded, at)
    if match is None:
        return None, at
    label = match[4] or _numeral(match[1] or match[2] or match[3])
    end = match.end()
    if below := _SUBITEM.match(folded, end):
        return f"{label}.{_numeral(below[1] or below[2] or below[3])}", below.end()
    return label, end


def _numeral(text: str) -> str:
    value = numeral_value(text)
    return text if value is None else str(value)
