"""Sentences to an answer: short first, whole lists kept, every value where it stood.

Of a legal text or a numbered clause the 款 is shown, not the stretch up to its next 「；」. The display may be cut
(「……」 marks each cut); the quote in the citation is always the whole sentence, 款 or list.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from knowledge.documents import Origin
from knowledge.editions import short_title
from knowledge.splitting import sentences
from retrieval import wording
from retrieval.articles import Stretch, around, is_item, is_legal, lines
from retrieval.binding import binding, is_rule
from retrieval.duplicates import opposed
from retrieval.evidence import Sentence, pairs, share
from retrieval.extractive.display import CLIP_OVER, CUT, OPEN_ENDS, closed, display, explained, touched
from retrieval.extractive.lists import LONGEST_LIST, as_list, itemised
from retrieval.extractive.notes import LONGEST, with_notes
from retrieval.extractive.rows import is_row, row_text
from retrieval.sanctions import punishes
from retrieval.understanding import Asked, Understood

TARGET = 240  # characters of an answer, lists apart
_MOST_ROWS = 8
_ALIKE = 0.9  # of the best row's score
_ORDINAL_LIST = re.compile(r"[一二三四五六七八九十]+是")
_ROOM = LONGEST - 10  # for what is shown of a 款: what the conductor may say above it comes on top
_ROOM_LIST = LONGEST_LIST - 10
_FEWEST_ITEMS = 3  # lines that make a list
_LEAST = 60  # characters of a second source worth showing
_CONSEQUENCE = re.compile(r"责任|坐牢|判刑|犯罪|吊销|撤销|没收|罚|后果|怎么办|追究|赔")
_LEANS = re.compile(r"情节严重|情节较重|逾期|拒不|有前款|前款|违反前款|构成犯罪|但是|此外|上述")
_EQUAL, _OPPOSED = 0.95, 0.85  # of the best score: from where another document's sentence is shown beside it
_NEAR, _ALMOST = 6, 0.93  # sentences looked at, and the share of the best score that is nearly as good
_RESTATED = 0.7  # of a sentence's wording: from where it says nothing new
_TITLE = 24  # characters of a title above its sentence


@dataclass(frozen=True, slots=True)
class Extract:
    """`details`: the same with every 款 and list whole, where one of them is shown in part; else empty."""

    text: str
    sentences: tuple[Sentence, ...]
    details: str = ""


def compose(question: Understood, ranked: Sequence[Sentence]) -> Extract | None:
    """The best sentence, and the others that add what it lacks, in the order of the document."""
    if not ranked:
        return None
    if rows := _rows(question, ranked):
        return Extract("\n".join(map(row_text, rows)), tuple(rows))
    ranked = _fitting_first(question, ranked)
    chosen = _chosen(question, ranked)
    if Asked.PENALTY in question.asks_for and (duty := _duty(chosen[0], ranked)):
        chosen = [*(one for one in chosen if one is not duty), duty]
    if _stretch(question, chosen[0]):
        return _joined(_parts(question, chosen))
    chosen = _with_subject(chosen, ranked)
    listed = None if _LEANS.match(chosen[0].text) else itemised(chosen[0]) or as_list(question, chosen[0])
    if listed:
        return Extract(with_notes(closed(listed), chosen[:1], _ROOM_LIST), tuple(chosen[:1]))
    if any(_stretch(question, one) for one in chosen):
        return _joined(_parts(question, chosen))
    room = TARGET
    parts: list[_Part] = []
    ordered = _in_order(chosen, chosen[0])
    for at, sentence in enumerate(ordered):
        later = sum(min(len(one.text), CLIP_OVER) for one in ordered[at + 1 :])
        parts.append(_Part(sentence, display(question, sentence, max(room - later, 80))))
        room -= len(parts[-1].text)
    return _joined(parts, chosen[0])


def _fitting_first(question: Understood, ranked: Sequence[Sentence]) -> Sequence[Sentence]:
    """Of what scores nearly alike: the list where a list is asked for; of two rules that which binds more. The penalty
    for a duty before the duty, however they score: that is what was asked for.
    """
    best = ranked[0]
    near = [one for one in ranked[1:_NEAR] if one.score >= _ALMOST * best.score and not is_row(one)]
    first = None
    if Asked.PENALTY in question.asks_for and (sanction := _sanction(best, ranked)):
        first = sanction
    elif Asked.WHICH_LIST in question.asks_for and not _lists(question, best):
        first = next((one for one in near if one.document.id == best.document.id and _lists(question, one)), None)
    elif is_rule(best.document.metadata):
        first = next((one for one in near if _binds_more(one, best)), None)
    return [first, *(one for one in ranked if one is not first)] if first else ranked


def _sanction(duty: Sentence, ranked: Sequence[Sentence]) -> Sentence | None:
    """What punishes a duty, where the duty was found and the penalty is asked for."""
    same = (one for one in ranked if one.document.id == duty.document.id and one is not duty)
    return next((one for one in same if punishes(duty.document, one.start, duty.start)), None)


def _duty(sanction: Sentence, ranked: Sequence[Sentence]) -> Sentence | None:
    """What a sanction punishes the breach of, where it names that by number only."""
    same = (one for one in ranked if one.document.id == sanction.document.id and one is not sanction)
    return next((one for one in same if punishes(sanction.document, sanction.start, one.start)), None)


def _lists(question: Understood, sentence: Sentence) -> bool:
    stretch = _stretch(question, sentence)
    return stretch is not None and len(stretch.items) >= _FEWEST_ITEMS


def _binds_more(one: Sentence, best: Sentence) -> bool:
    """A law before a regulation of another day that says as much: 标准化法 of 2017 before its rules of 1990."""
    known, of_best = one.document.metadata, best.document.metadata
    telling = one.features.get("kind", 0.0) >= best.features.get("kind", 0.0)
    return is_rule(known) and telling and binding(known, one.document.origin) < binding(of_best, best.document.origin)


def _chosen(question: Understood, ranked: Sequence[Sentence]) -> list[Sentence]:
    best = ranked[0]
    chosen, length = [best], min(len(best.text), CLIP_OVER)
    covered = set(best.matched)
    for sentence in ranked[1:8]:
        if is_row(sentence) and any(is_row(one) for one in chosen):
            continue  # its neighbours in the table are about something else
        if length + min(len(sentence.text), CLIP_OVER) > TARGET or len(chosen) == 3:
            break
        adds = set(sentence.matched) - covered
        beside = sentence.document.id == best.document.id and abs(sentence.start - best.end) < 12
        as_telling = all(sentence.features.get(f, 0) >= best.features.get(f, 0) for f in ("kind", "attached"))
        elsewhere = sentence.document.id != best.document.id
        close = as_telling and not elsewhere and sentence.score > 0.88 * best.score
        equal = as_telling and elsewhere and _another_source(best, sentence, len(chosen))
        if sentence.score > 0.6 * best.score and (adds or beside or close or equal):
            chosen.append(sentence)
            covered |= set(sentence.matched)
            length += min(len(sentence.text), CLIP_OVER)
    return chosen


def _with_subject(chosen: list[Sentence], ranked: Sequence[Sentence]) -> list[Sentence]:
    """A sentence that leans on the one before it (情节严重的，…) comes with that one, which says of whom it speaks."""
    best = chosen[0]
    if not _LEANS.match(re.sub(r"^第[^\s]{1,8}条\s*", "", best.text)):
        return chosen
    before = [s for s in ranked if s.document.id == best.document.id and 0 <= best.start - s.end < 12]
    return [best, before[0]] if before and before[0] not in chosen else chosen


def _source(sentence: Sentence) -> str:
    """Whose words follow, and of when: where two documents speak, each under its name."""
    metadata = sentence.document.metadata
    day = metadata.published
    dated = (
        f"（{day.year}年{day.month}月{day.day}日）" if day else f"（{metadata.edition}）" if metadata.edition else ""
    )
    return wording.SOURCE_SAYS.format(title=_shortened(metadata.title), dated=dated)


def _shortened(title: str) -> str:
    plain = short_title(title)
    return plain if len(plain) <= _TITLE else plain[: _TITLE - 1] + "…"


def _another_source(best: Sentence, sentence: Sentence, taken: int) -> bool:
    """A second document that answers as well, in other words or with another figure: both are shown."""
    if taken > 1 or Origin.LIBRARY in (best.document.origin, sentence.document.origin):
        return False  # a built-in guide only retells
    if opposed(best.text, sentence.text):
        return sentence.score > _OPPOSED * best.score
    said, again = pairs(best.text), pairs(sentence.text)
    return sentence.score > _EQUAL * best.score and share(again, said) < _RESTATED


def _rows(question: Understood, ranked: Sequence[Sentence]) -> list[Sentence]:
    """Where the best is a row of a table: that row, or all that are as good where the question asks for several."""
    best = ranked[0]
    if not is_row(best):
        return []
    several = {Asked.WHICH_LIST, Asked.HOW_MANY} & question.asks_for
    alike = [
        s
        for s in ranked
        if s.document.id == best.document.id
        and is_row(s)
        and s.matched >= best.matched
        and s.score >= _ALIKE * best.score
    ]
    return sorted(alike[:_MOST_ROWS], key=lambda s: s.start) if several else [best]


# ------------------------------------------------------------------ 款 and lists, whole


@dataclass(frozen=True, slots=True)
class _Part:
    """What is quoted, and how it is shown; `whole` where that is only part of it."""

    sentence: Sentence
    text: str
    whole: str = ""


def _stretch(question: Understood, sentence: Sentence) -> Stretch | None:
    if is_row(sentence):
        return None
    return around(sentence.document, sentence.start, sentence.end, _ROOM, _of_consequence(question))


def _of_consequence(question: Understood) -> bool:
    return Asked.PENALTY in question.asks_for or bool(_CONSEQUENCE.search(question.own))


def _parts(question: Understood, chosen: Sequence[Sentence]) -> list[_Part]:
    """The best with the 款 it is cut from; the others as far as there is room, none of them cut at a 「；」."""
    parts = [_part(question, chosen[0], _ROOM, _ROOM_LIST)]
    if "\n" in parts[0].text:
        return parts
    for sentence in chosen[1:]:
        elsewhere = sentence.document.id != chosen[0].document.id
        names = {one.document.id: len(_source(one)) + 1 for one in [*(part.sentence for part in parts), sentence]}
        room = (_ROOM if elsewhere else TARGET) - sum(len(one.text) + 1 for one in parts)
        room -= sum(names.values()) if len(names) > 1 else 0
        if room < _LEAST or any(_within(sentence, one.sentence) for one in parts):
            continue
        part = _part(question, sentence, room)
        taken_in = [one for one in parts if _within(one.sentence, part.sentence)]
        room += sum(len(one.text) + 1 for one in taken_in)
        whole = not part.whole or punishes(chosen[0].document, chosen[0].start, sentence.start)
        if len(part.text) <= room and (elsewhere or whole):
            parts = [*(one for one in parts if one not in taken_in), part]
    return parts


def _part(question: Understood, sentence: Sentence, room: int, room_list: int = 0) -> _Part:
    stretch = _stretch(question, sentence)
    if stretch is None:
        return _Part(sentence, display(question, sentence, room))
    wide = replace(sentence, start=stretch.start, end=stretch.end)
    shown = lines(explained(wide, wide.start, wide.end))
    whole = "\n".join(shown)
    room = max(room, room_list) if sum(map(is_item, shown[1:])) >= _FEWEST_ITEMS else room
    if len(whole) <= room:
        return _Part(wide, whole)
    if stretch.items and (listed := _some_items(wide, stretch, _telling_item(question, stretch, sentence), room)):
        return _Part(wide, listed, whole)
    return _Part(wide, _run(question, wide, sentence, room - len(wording.REST_IN_DETAILS)), whole)


def _telling_item(question: Understood, stretch: Stretch, best: Sentence) -> int:
    """The entry that was found; where the list was found as a whole, the one that names most of the question."""
    if best.start >= stretch.items[0][0]:
        return next((i for i, (_, end) in enumerate(stretch.items) if best.start < end), 0)
    worth = [sum(touched(question, best.document.text[a:b]).values()) for a, b in stretch.items]
    return worth.index(max(worth))


def _some_items(wide: Sentence, stretch: Stretch, wanted: int, room: int) -> str:
    """The lead-in and the first items, or those from the wanted one on; how many there are, and where the rest is."""
    lead = "\n".join(lines(explained(wide, stretch.start, stretch.items[0][0])))
    items = ["\n".join(lines(explained(wide, a, b))) for a, b in stretch.items]
    total = wording.MORE_ITEMS.format(count=len(items)) + wording.REST_IN_DETAILS.lstrip("\n" + CUT)
    for skipped in dict.fromkeys((0, wanted)):
        shown = [line for line in (lead, CUT if skipped else "") if line]
        left = room - len(total) - sum(len(line) + 1 for line in shown)
        taken = skipped
        while taken < len(items) and len(items[taken]) < left:
            shown.append(items[taken])
            left -= len(items[taken]) + 1
            taken += 1
        if wanted < taken:
            return "\n".join([*shown, total])
    return ""


def _run(question: Understood, wide: Sentence, best: Sentence, room: int) -> str:
    """One stretch of a 款 too long to show, cut at 「；」 or 「。」: from its start, or from the best sentence on."""
    for begin in dict.fromkeys((wide.start, max(best.start, wide.start))):
        opened = CUT if begin > wide.start else ""
        shown, reached = "", begin
        for start, end in sentences(wide.document.text, begin, wide.end):
            piece = explained(wide, start, end)
            if len(opened + shown + piece) > room:
                break
            shown, reached = shown + piece, end
        if reached >= min(best.end, wide.end):
            return opened + "\n".join(lines(shown)).rstrip(OPEN_ENDS) + wording.REST_IN_DETAILS
    return display(question, best, room).removesuffix(CUT).rstrip(OPEN_ENDS) + wording.REST_IN_DETAILS


def _within(sentence: Sentence, wide: Sentence) -> bool:
    return sentence.document.id == wide.document.id and wide.start <= sentence.start < wide.end


def _in_order(chosen: Sequence[Sentence], best: Sentence) -> list[Sentence]:
    """As they stand in their document; of two documents that of the best first, of two rules what binds most."""
    rules = all(is_rule(one.document.metadata) for one in chosen)

    def key(one: Sentence) -> tuple[object, ...]:
        of_document = (
            binding(one.document.metadata, one.document.origin) if rules else one.document.id != best.document.id
        )
        return of_document, one.document.id, one.start

    return sorted(chosen, key=key)


def _joined(parts: Sequence[_Part], best: Sentence | None = None) -> Extract:
    """The parts in order, where two documents speak each under its name."""
    said = _in_order([part.sentence for part in parts], best or parts[0].sentence)
    ordered = [next(part for part in parts if part.sentence is sentence) for sentence in said]
    texts = [_ended(part, after) for part, after in zip(ordered, [*said[1:], None], strict=True)]
    wholes = [part.whole or text for part, text in zip(ordered, texts, strict=True)]
    longest = _ROOM_LIST if len(parts) == 1 and sum(map(is_item, texts[0].split("\n"))) >= _FEWEST_ITEMS else _ROOM
    details = _under_names(said, wholes) if any(part.whole for part in parts) else ""
    return Extract(with_notes(_under_names(said, texts), said, longest), tuple(said), details)


def _under_names(said: Sequence[Sentence], texts: Sequence[str]) -> str:
    several = len({sentence.document.id for sentence in said}) > 1
    shown: list[str] = []
    for at, (sentence, text) in enumerate(zip(said, texts, strict=True)):
        if several and (at == 0 or sentence.document.id != said[at - 1].document.id):
            shown.append(_source(sentence))
        shown.append(text)
    return "\n".join(shown)


def _ended(part: _Part, after: Sentence | None) -> str:
    """A part that stops at an open mark, closed: unless what is shown below it goes on where it stops."""
    own = part.sentence
    if after and after.document.id == own.document.id and 0 <= after.start - own.end < 12:
        return part.text
    return closed(part.text, unfinished=is_legal(own.document, own.start))
