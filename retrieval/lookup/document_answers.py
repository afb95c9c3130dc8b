"""Answers from one edition of one document: its clauses, what stands below them, their 款 and 项, its tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from knowledge.documents import Clause
from knowledge.standards import ClauseReference, fold_clause, squeeze
from retrieval import wording
from retrieval.answers import Answer, Citation, Outcome
from retrieval.lookup.absent import counted, no_clause, no_exhibit, no_subdivision, spoken, spoken_reference
from retrieval.lookup.conversation import Asked
from retrieval.lookup.places import HeldDocument, HeldEdition, Place
from retrieval.lookup.shown import Chunks, citation, place_citations, place_text, readable

_PENALTY = re.compile(r"罚款|处罚|责令|没收|吊销|处分|撤销|刑事责任")
_PENALTIES = re.compile(r"(?:法律责任|罚\s*则)$")
_OPENING = 24  # characters of an article without a title, in a list


@dataclass
class _Gathered:
    """What was found and what was not, as it will be shown."""

    lines: list[str] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    choices: list[str] = field(default_factory=list)


def answer_from(
    edition: HeldEdition, what: Asked, chunks: Chunks, children: bool = False, counting: bool = False
) -> Answer | None:
    """The places of one document; None where its clauses have no numbers at all, so that nothing can be said."""
    if not edition.held.numbers and not edition.held.document.exhibits:
        return None
    gathered = _Gathered()
    for reference in what.references:
        if reference.kind != "clause":
            _exhibits(edition, reference, chunks, gathered)
        elif reference.through is not None:
            _range(edition, reference, chunks, gathered)
        else:
            _clause(edition, reference, what, chunks, gathered, children, counting)
    return _answer(edition, what, gathered)


def _answer(edition: HeldEdition, what: Asked, gathered: _Gathered) -> Answer:
    if gathered.choices and not gathered.lines:
        number = "、".join(spoken_reference(r) for r in what.references)
        head = wording.WHICH_PART.format(number=number)
        lines = [head, *(f"{i}. {one}" for i, one in enumerate(gathered.choices, 1))]
        title = edition.held.document.metadata.title
        suggestions = tuple(f"{title}{one.split()[0]}" for one in gathered.choices[:3])
        return Answer(Outcome.DIALOGUE, "dialogue", "\n".join(lines), suggestions=suggestions)
    if not gathered.lines:
        text = "\n".join([*gathered.absent, *([edition.note] if edition.note else [])])
        return Answer(Outcome.NOT_IN_KNOWLEDGE, "clause", text, missing=tuple(gathered.missing))
    notes = [*gathered.absent, *([edition.note] if edition.note else [])]
    return Answer(
        Outcome.PARTLY_SUPPORTED if gathered.missing else Outcome.ANSWERED,
        "clause",
        "\n".join([*gathered.lines, *notes]),
        tuple(dict.fromkeys(gathered.citations)),
        missing=tuple(gathered.missing),
    )


def _clause(
    edition: HeldEdition,
    reference: ClauseReference,
    what: Asked,
    chunks: Chunks,
    gathered: _Gathered,
    children: bool,
    counting: bool,
) -> None:
    held = edition.held
    places = held.at(reference.number, reference.within)
    if what.step and places:
        moved = _stepped(held, places[0], what.step)
        if moved is None:
            side = wording.SIDES[1 if what.step > 0 else -1]
            number = held.document.clauses[places[0]].number
            title = held.document.metadata.title
            gathered.absent.append(wording.NO_FOLLOWING.format(title=title, number=number, side=side))
            gathered.missing.append(spoken(reference.number))
            return
        places = [moved]
        reference = replace(reference, number=fold_clause(held.document.clauses[moved].number or ""))
    if not places:
        gathered.absent.append(no_clause(held, reference.number, reference.within))
        gathered.missing.append(spoken(reference.number))
    elif len(places) > 1 and reference.number.endswith(("节", "章")):
        gathered.choices += [_path(held, at) for at in places]
    elif reference.paragraph is not None or reference.item is not None:
        _subdivision(edition, places[0], reference, chunks, gathered)
    elif children:
        _children(edition, places[0], chunks, gathered)
    else:
        if counting:
            gathered.lines.append(counted(held, places[0]))
        _show(edition, held.place(places[0]), chunks, gathered)
        if what.penalty:
            _cited_by(edition, places[0], chunks, gathered)


def _cited_by(edition: HeldEdition, at: int, chunks: Chunks, gathered: _Gathered) -> None:
    """「违反第二十七条怎么罚」: the penalties of the same document that name it, unless it is one itself."""
    held = edition.held
    clause = held.document.clauses[at]
    if _PENALTY.search(held.document.text[clause.start : clause.end]):
        return
    naming = [i for i in held.naming(fold_clause(clause.number or "")) if i != at]
    places = [place for i in naming if _PENALTY.search(place_text(edition, place := held.place(i)))]
    if not places:
        chapter = next((c.title for c in held.document.clauses if _PENALTIES.search(c.title)), "")
        if chapter:
            gathered.lines.append(wording.PENALTY_CHAPTER.format(number=clause.number, chapter=chapter))
        return
    own, gathered.lines = gathered.lines, []
    cited, gathered.citations = gathered.citations, []
    gathered.lines.append(wording.CITED_BY.format(title=held.document.metadata.title, number=clause.number))
    for place in places:
        _show(edition, place, chunks, gathered)
    gathered.lines += own
    gathered.citations += cited


def _show(edition: HeldEdition, place: Place, chunks: Chunks, gathered: _Gathered) -> None:
    gathered.lines.append(place_text(edition, place))
    gathered.citations += place_citations(edition, place, chunks)


def _stepped(held: HeldDocument, at: int, step: int) -> int | None:
    """The clause so many on, among those numbered the same way."""
    kind = _kind(held.document.clauses[at])
    same = [i for i, clause in enumerate(held.document.clauses) if clause.number and _kind(clause) == kind]
    target = same.index(at) + step
    return same[target] if 0 <= target < len(same) else None


def _kind(clause: Clause) -> str:
    """第…条, 第…章, or the depth of a dotted number."""
    number = fold_clause(clause.number or "")
    return next((unit for unit in "编章节条" if unit in number), "") or str(number.count("."))


def _path(held: HeldDocument, at: int) -> str:
    """第三章第二节 …: enough to tell sections of one number apart."""
    clauses = held.document.clauses
    outer = next((c for c in reversed(clauses[:at]) if c.number and c.level < clauses[at].level), None)
    heading = readable(held.document.text[slice(*held.heading(at))])
    return f"{outer.number if outer else ''}{heading}"


def _subdivision(
    edition: HeldEdition, at: int, reference: ClauseReference, chunks: Chunks, gathered: _Gathered
) -> None:
    places = edition.held.subdivisions(at, reference)
    if not places:
        gathered.absent.append(no_subdivision(edition.held, at, reference))
        gathered.missing.append(spoken_reference(reference))
    for place in places:
        gathered.lines.append(f"{place.label}：")
        _show(edition, place, chunks, gathered)


def _children(edition: HeldEdition, at: int, chunks: Chunks, gathered: _Gathered) -> None:
    held = edition.held
    below = held.children(at)
    heading = readable(held.document.text[slice(*held.heading(at))])
    if not below:
        gathered.lines.append(wording.NO_CHILDREN.format(number=held.document.clauses[at].number))
        _show(edition, held.place(at), chunks, gathered)
        return
    label = heading if held.document.clauses[at].title else held.document.clauses[at].number
    gathered.lines.append(wording.CHILDREN.format(number=label, count=len(below)))
    gathered.citations.append(citation(edition, *held.heading(at), held.document.clauses[at].number or "", chunks))
    _headings(edition, below, chunks, gathered)


def _headings(edition: HeldEdition, places: Sequence[int], chunks: Chunks, gathered: _Gathered) -> None:
    for at in places:
        heading = readable(edition.held.document.text[slice(*edition.held.heading(at))])
        gathered.lines.append(heading if len(heading) <= _OPENING + 8 else heading[:_OPENING].rstrip("，、；：") + "……")
        gathered.citations.append(
            citation(edition, *edition.held.heading(at), edition.held.document.clauses[at].number or "", chunks)
        )


def _range(edition: HeldEdition, reference: ClauseReference, chunks: Chunks, gathered: _Gathered) -> None:
    held = edition.held
    for at in held.between(reference.number, reference.through or reference.number):
        _show(edition, held.place(at), chunks, gathered)
    for end in (reference.number, reference.through or ""):
        if not held.at(end):
            gathered.absent.append(no_clause(held, end))
            gathered.missing.append(spoken(end))
    if len(gathered.absent) > 1:
        gathered.absent[-2:] = gathered.absent[-1:]  # the second says how far the document goes, too


def _exhibits(edition: HeldEdition, reference: ClauseReference, chunks: Chunks, gathered: _Gathered) -> None:
    held = edition.held
    found = held.exhibits(reference)
    if not found:
        gathered.absent.append(no_exhibit(held, reference))
        gathered.missing.append(spoken_reference(reference))
    for exhibit in found:
        word = "表" if exhibit.kind == "table" else "图"
        start, end = held.trimmed(exhibit.start, exhibit.end)
        _show(edition, Place(start, end, f"{word} {exhibit.number.upper()}"), chunks, gathered)


def titled(edition: HeldEdition, title: str, chunks: Chunks) -> Answer | None:
    """The parts that go by a title alone: 参考文献, 附则; None where there is none such."""
    gathered = _Gathered()
    for at, clause in enumerate(edition.held.document.clauses):
        own = squeeze(clause.title).removeprefix(squeeze(clause.number or ""))
        if own == title:
            _show(edition, edition.held.place(at), chunks, gathered)
            return _answer(edition, Asked("", ()), gathered)
    return None


def outline(edition: HeldEdition, chunks: Chunks) -> Answer | None:
    """How many chapters and articles a document has, and the chapters one a line; None where it has neither."""
    held = edition.held
    counts = [f"{len(same)}{unit}" for unit in "编章条" if (same := held.of_kind(unit))]
    tops = [at for at, clause in _chapters(held)]
    if not counts and not tops:
        return None
    annexes = sum(fold_clause(held.document.clauses[at].number or "").startswith("附录") for at in tops)
    if len(tops) > annexes and not held.of_kind("章"):
        counts.insert(0, f"{len(tops) - annexes}章")
    if annexes:
        counts.append(wording.ANNEX_COUNT.format(count=annexes))
    gathered = _Gathered([wording.OUTLINE.format(title=held.document.metadata.title, counts="、".join(counts))])
    _headings(edition, tops, chunks, gathered)
    if not tops:
        last = held.of_kind("条")[-1]
        at = held.document.clauses.index(last)
        gathered.citations.append(citation(edition, *held.heading(at), last.number or "", chunks))
    return _answer(edition, Asked("", ()), gathered)


def _chapters(held: HeldDocument) -> Iterator[tuple[int, Clause]]:
    """Chapters and annexes: the outermost numbered headings that are no articles."""
    for at, clause in enumerate(held.document.clauses):
        number = fold_clause(clause.number or "")
        if number.endswith("章") or number.isdigit() or number.startswith("附录"):
            yield at, clause
