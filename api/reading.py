"""Reading the knowledge without a conversation: passages, a clause as it stands, two editions side by side.

JSON in, JSON out, like every operation; for programs (`/v1/search`, the MCP tools). Nothing here reads a file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from api import wording
from api.answers import evidence_link
from api.errors import CommandFailed, QuestionInvalid
from api.wiring import Assistant, Progress
from knowledge.comparison import Change, Kind, compare, shown, words_of
from knowledge.documents import Document, Metadata, Status
from knowledge.editions import Shelved, admitted, editions_of, title_key
from knowledge.references import exact_references
from knowledge.standards import ClauseReference, fold_clause, standard_references
from retrieval.lookup.absent import no_clause
from retrieval.lookup.places import HeldDocument
from retrieval.passages import Passage
from retrieval.questions import Question

Params = dict[str, Any]
SHORTEST_ID = 6  # characters of an id that may stand for all of it
LONGEST_QUERY = 2000  # characters
MOST_PASSAGES = 12  # what search itself keeps
LONGEST_CLAUSE = 12_000  # characters; a chapter of a law may have more
MOST_CHANGES, LONGEST_CHANGE = 100, 1500  # characters
_CHAPTER_UNITS = ("条", "章")


def search(assistant: Assistant, params: Params, progress: Progress) -> dict[str, Any]:
    """{query, limit?, as_of?} → passages, best first: editions in force, or those of the day.

    Raises QuestionInvalid, CommandFailed for a day that is none.
    """
    question = assistant.answerer.reader.read(Question(_query(params["query"])))
    if as_of := _day(params.get("as_of")):
        question = replace(question, as_of=as_of)
    limit = min(max(int(params.get("limit") or 5), 1), MOST_PASSAGES)
    found = assistant.answerer.search.passages(question, assistant.answerer.search.embed(question))
    base = assistant.settings.web.public_url
    return {"passages": [_passage(one, assistant, base) for one in found[:limit]]}


def read_clause(assistant: Assistant, params: Params, progress: Progress) -> dict[str, Any]:
    """{document, clause, edition?, as_of?} → the clause with all below it, character for character.

    Raises CommandFailed: no such document, edition or clause, with what there is instead.
    """
    shelved = edition_meant(assistant, params["document"], params.get("edition"), params.get("as_of"))
    document = assistant.catalog.document(shelved.id)
    held = HeldDocument.of(document)
    at = _clause_at(held, str(params["clause"]))
    clause, (start, end) = document.clauses[at], held.extent(at)
    end = start + len(document.text[start:end].rstrip())
    cut = min(end, start + LONGEST_CLAUSE)
    return {
        **_named(shelved),
        "clause": clause.number,
        "heading": clause.title,
        "path": list(clause.path),
        "text": document.text[start:cut],
        "truncated": cut < end,
        "place": document.place(start),
        "start": start,
        "end": cut,
        "below": [document.clauses[i].number for i in held.children(at)],
        "evidence_url": evidence_link(assistant.settings.web.public_url, document.id, start, cut),
    }


def compare_editions(assistant: Assistant, params: Params, progress: Progress) -> dict[str, Any]:
    """{old, new?, offset?, limit?} → what changed; without `new`, from `old` to the edition in force.

    Raises CommandFailed.
    """
    old_one, new_one = _two_editions(assistant, str(params["old"]), params.get("new"))
    old, new = (assistant.catalog.document(one.id) for one in (old_one, new_one))
    found = compare(old, new, words_of(assistant.ingestion.segmenter))
    changes = [change for change in found.changes if change.kind is not Kind.SAME]
    first = max(int(params.get("offset") or 0), 0)
    last = first + min(max(int(params.get("limit") or 40), 1), MOST_CHANGES)
    base = (assistant.settings.web.public_url or "").rstrip("/")
    return {
        "old": _named(old_one),
        "new": _named(new_one),
        "by_clauses": found.by_clauses,
        "counts": {kind.value: count for kind, count in found.counts.items() if count},
        "changes": [_change(change) for change in changes[first:last]],
        "next_offset": last if last < len(changes) else None,
        "url": f"{base}/compare/{old.id}/{new.id}",
    }


READING: dict[str, Callable[[Assistant, Params, Progress], dict[str, Any]]] = {
    "search": search,
    "read_clause": read_clause,
    "compare_editions": compare_editions,
}


# ---------------------------------------------------------------- which document


def called(name: str, shelf: Sequence[Shelved]) -> list[Shelved]:
    """Those that go by a name: the first way of naming that fits any."""
    key = title_key(name)
    ways: tuple[Callable[[Shelved], bool], ...] = (
        lambda one: one.id == name,
        lambda one: one.source == name,
        lambda one: one.source.rpartition("/")[2] == name,
        lambda one: bool(one.metadata.number) and title_key(one.metadata.number or "") == key,
        lambda one: one.title_key == key,
        lambda one: len(name) >= SHORTEST_ID and one.id.startswith(name),
    )
    return next((found for way in ways if (found := [one for one in shelf if way(one)])), [])


def edition_meant(assistant: Assistant, name: str, edition: str | None = None, as_of: str | None = None) -> Shelved:
    """The document of this name: as named, else the edition that holds today, on a day, or of a year.

    Raises CommandFailed.
    """
    name, shelf = str(name).strip(), assistant.catalog.shelf()
    found = called(name, shelf) or _loosely_called(name, shelf)
    if not found:
        raise CommandFailed(wording.NO_DOCUMENT_CALLED.format(name=name))
    kin = editions_of(found[0], shelf)
    if any(one.id not in {other.id for other in kin} for one in found):
        raise CommandFailed(wording.WHICH_DOCUMENT.format(name=name, ids=_choices(found)))
    if edition:
        return _of_edition(str(edition), kin)
    if day := _day(as_of):
        return _on_day(day, kin)
    return found[0] if len(found) == 1 and _exact(name, found[0]) else _holding(found if len(found) > 1 else kin)


def _loosely_called(name: str, shelf: Sequence[Shelved]) -> list[Shelved]:
    """By a standard's number without its year, else by a part of the title that only one work has."""
    if numbers := [reference.number for reference in standard_references(name)]:
        return [one for one in shelf if numbers[0] in _numbers(one.metadata)]
    key = title_key(name)
    return [one for one in shelf if key and key in one.title_key]


def _numbers(metadata: Metadata) -> list[str]:
    return [reference.number for reference in standard_references(metadata.number or "")]


def _exact(name: str, one: Shelved) -> bool:
    """Named as this very edition: by its id, its file, or its number with the year."""
    number = title_key(one.metadata.number or "")
    return one.id.startswith(name) or one.source.endswith(name) or title_key(name) == number


def _of_edition(edition: str, kin: Sequence[Shelved]) -> Shelved:
    wanted = re.sub(r"[年版]", "", edition).strip()
    fitting = [one for one in kin if wanted and wanted in _said_of(one.metadata)]
    if not fitting:
        title = kin[0].metadata.title
        raise CommandFailed(wording.NO_SUCH_EDITION.format(title=title, edition=edition, held=_choices(kin)))
    return _holding(fitting)


def _said_of(metadata: Metadata) -> str:
    days = (metadata.published, metadata.effective)
    return " ".join([metadata.edition or "", metadata.number or "", *(day.isoformat() for day in days if day)])


def _on_day(day: date, kin: Sequence[Shelved]) -> Shelved:
    ids = admitted(kin, day)
    fitting = [one for one in kin if one.id in ids]
    if not fitting:
        raise CommandFailed(wording.NONE_ON_THAT_DAY.format(title=kin[0].metadata.title, day=day, held=_choices(kin)))
    return fitting[-1]


def _holding(kin: Sequence[Shelved]) -> Shelved:
    """The one in force; where none is, the newest."""
    in_force = [one for one in kin if one.holds and one.metadata.status is Status.IN_FORCE]
    return (in_force or list(kin))[-1]


def _two_editions(assistant: Assistant, old: str, new: Any) -> tuple[Shelved, Shelved]:
    if new:
        pair = edition_meant(assistant, old), edition_meant(assistant, str(new))
    else:
        pair = _with_its_successor(assistant, old)
    if pair[0].id == pair[1].id:
        raise CommandFailed(wording.SAME_EDITION.format(title=pair[0].metadata.title, id=pair[0].id))
    return pair


def _with_its_successor(assistant: Assistant, name: str) -> tuple[Shelved, Shelved]:
    """A superseded edition with the one that holds; of the one that holds, the one before it."""
    one, shelf = edition_meant(assistant, name), assistant.catalog.shelf()
    kin = [other for other in editions_of(one, shelf) if other.metadata.edition]
    if one.superseded_by and one.metadata.status is Status.REPEALED:
        return one, next(other for other in shelf if other.id == one.superseded_by)
    earlier = [other for other in kin if other.id != one.id and other.metadata.edition != one.metadata.edition]
    if not earlier:
        raise CommandFailed(wording.ONLY_EDITION.format(title=one.metadata.title))
    return earlier[-1], one


def _choices(found: Sequence[Shelved]) -> str:
    return "；".join(
        f"{one.id}（{one.metadata.title}{f'，{one.metadata.edition}' if one.metadata.edition else ''}）"
        for one in found[:8]
    )


# ---------------------------------------------------------------- which clause


def _clause_at(held: HeldDocument, said: str) -> int:
    number, within = _number(said)
    found = held.at(number, within)
    if not found and number.isdigit():
        found = next((places for unit in _CHAPTER_UNITS if (places := held.at(f"第{number}{unit}"))), [])
    if not found:
        raise CommandFailed(no_clause(held, number, within))
    if len(found) > 1:
        paths = "、".join(_path(held.document, at) for at in found)
        raise CommandFailed(wording.CLAUSE_SEVERAL.format(clause=said, places=paths))
    return found[0]


def _number(said: str) -> tuple[str, str | None]:
    """「第十二条」「8.5.2」「附录B」「第二章第一节」 → the folded number, and what it stands in."""
    said = said.strip()
    if not said or len(said) > 60:
        raise CommandFailed(wording.CLAUSE_NUMBER_WANTED)
    references: list[ClauseReference] = exact_references(said)
    if not references:
        return fold_clause(said), None
    if references[0].kind != "clause" or references[0].through:
        raise CommandFailed(wording.CLAUSE_NUMBER_WANTED)
    return references[0].number, references[0].within


def _path(document: Document, at: int) -> str:
    clause = document.clauses[at]
    return " › ".join([*clause.path, clause.title or clause.number or ""])  # noqa: RUF001


# ---------------------------------------------------------------- as JSON


def _query(text: Any) -> str:
    query = str(text).strip()
    if not query:
        raise QuestionInvalid(wording.QUESTION_EMPTY)
    if len(query) > LONGEST_QUERY:
        raise QuestionInvalid(wording.QUESTION_TOO_LONG.format(length=len(query), limit=LONGEST_QUERY))
    return query


def _day(text: Any) -> date | None:
    if text is None or text == "":
        return None
    try:
        return date.fromisoformat(str(text).strip())
    except ValueError:
        raise CommandFailed(wording.NOT_A_DAY.format(value=str(text)[:40])) from None


def _named(one: Shelved) -> dict[str, Any]:
    known = one.metadata
    return {
        "document_id": one.id,
        "title": known.title,
        "number": known.number,
        "edition": known.edition,
        "status": known.status.value,
        "superseded_by": one.superseded_by,
        "published": known.published.isoformat() if known.published else None,
        "effective": known.effective.isoformat() if known.effective else None,
    }


def _passage(passage: Passage, assistant: Assistant, base: str | None) -> dict[str, Any]:
    chunk = passage.chunk
    return {
        **_named(passage.document),
        "text": chunk.text,
        "heading": chunk.heading,
        "clause": chunk.clause,
        "page": chunk.page,
        "body": passage.document.metadata.body,
        "source": passage.document.source,
        "start": chunk.start,
        "end": chunk.end,
        "score": round(passage.score, 6),
        "evidence_url": evidence_link(base, chunk.document_id, chunk.start, chunk.end),
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind.value,
        "title": change.title,
        "old_number": change.old_number,
        "new_number": change.new_number,
        "text": _marked(change),
    }


def _marked(change: Change) -> str:
    """What changed in one text: 〔删：…〕〔增：…〕 around what is the same."""
    marks = {Kind.ADDED: wording.RUN_ADDED, Kind.REMOVED: wording.RUN_REMOVED}
    text = "".join(marks.get(run.kind, "{text}").format(text=run.text) for run in shown(change))
    return text if len(text) <= LONGEST_CHANGE else text[:LONGEST_CHANGE] + "……"
