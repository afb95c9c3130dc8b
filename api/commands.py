"""The operations behind the command line: JSON in, JSON out, the same in this process or in the serving one."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api import answers, wording
from api.errors import CommandFailed, QuestionInvalid
from api.key_commands import KEY_COMMANDS
from api.outbox_commands import OUTBOX_COMMANDS
from api.reading import READING, called
from api.wiring import Assistant, Progress
from knowledge.comparison import Change, Kind, compare, words_of
from knowledge.documents import Document, IngestedFile, IngestionReport
from knowledge.editions import Shelved
from knowledge.errors import DocumentNotFound

if TYPE_CHECKING:
    from knowledge.ingestion.inspection import Inspection

Params = dict[str, Any]
Command = Callable[[Assistant, Params, Progress], dict[str, Any]]

_BEGINNING = 40  # characters of a clause that has no title
LONGEST_QUESTION = 2000  # characters; a phone's screen holds 500, a questionnaire may need more


def checked_question(text: str, limit: int = LONGEST_QUESTION) -> str:
    text = text.strip()
    if not text:
        raise QuestionInvalid(wording.QUESTION_EMPTY)
    if len(text) > limit:
        raise QuestionInvalid(wording.QUESTION_TOO_LONG.format(length=len(text), limit=limit))
    return text


def ask(assistant: Assistant, params: Params, progress: Progress) -> dict[str, Any]:
    """{question, history?, library?} → an answer. Without the library, past the dialogue: that is for evaluation."""
    from bot.messages import IncomingMessage
    from retrieval.questions import Question, parse_history

    text = checked_question(str(params["question"]))
    history = parse_history(params.get("history") or ())
    if not params.get("library", True):
        return answers.to_json(assistant.answerer.answer(Question(text, history, use_library=False)))
    message = IncomingMessage("terminal", "terminal", "terminal", secrets.token_hex(8), text)
    return answers.to_json(assistant.dialogue_anew.reply(message, history))


def check_quote(assistant: Assistant, params: Params, progress: Progress) -> dict[str, Any]:
    """{document_id, start, end, quote} → whether the quote stands, character for character, in its stored text."""
    start, end = params.get("start"), params.get("end")
    if not params.get("document_id") or start is None or end is None:
        return {"stands": False}
    try:
        text = assistant.catalog.document(params["document_id"]).text
    except DocumentNotFound:
        return {"stands": False}
    return {"stands": 0 <= start < end <= len(text) and text[start:end] == params.get("quote")}


def ingest(assistant: Assistant, params: Params, progress: Progress) -> dict[str, Any]:
    """{paths} → what became of each file. A path that is not there is a line of the report, like any bad file."""
    paths = [Path(path) for path in params["paths"]]
    missing = [
        IngestedFile(str(p), "failed", error=wording.FILE_MISSING.format(path=p)) for p in paths if not p.exists()
    ]
    report = assistant.ingestion.add([path for path in paths if path.exists()], progress)
    assistant.keywords.catch_up()
    return _report(IngestionReport((*missing, *report.files), report.left))


def _report(report: IngestionReport) -> dict[str, Any]:
    return {
        "files": [{**asdict(file), "warnings": list(file.warnings)} for file in report.files],
        "failed": report.failed,
        "left": report.left,
    }


def inspect(path: Path) -> dict[str, Any]:
    """What ingestion would make of a file. No data folder is opened: this is no job, it runs where it is asked."""
    from knowledge.ingestion.inspection import inspect as inspections
    from knowledge.readers import DEFAULT_LIMITS

    return {"files": [_inspected(one) for one in inspections(path, DEFAULT_LIMITS)]}


def _inspected(one: Inspection) -> dict[str, Any]:
    if (document := one.document) is None:
        return {"path": one.path, "error": one.error}
    from knowledge.ingestion.inspection import place_finder

    place = place_finder(document)
    return {
        "path": one.path,
        "error": None,
        "metadata": {name: _plain(value) for name, value in asdict(document.metadata).items()},
        "media_type": document.media_type,
        "characters": len(document.text),
        "pages": one.pages,
        "passages": one.passages,
        "tables": one.tables,
        "faqs": one.faqs,
        "recognised": one.recognised,
        "clauses": [
            {
                "number": clause.number,
                "title": clause.title,
                "level": clause.level,
                "place": place(clause.start),
                "begins": _beginning(document.text[clause.start : clause.end]),
            }
            for clause in document.clauses
        ],
        "exhibits": [
            {"kind": e.kind, "number": e.number, "title": e.title, "place": place(e.start)} for e in document.exhibits
        ],
        "repairs": [
            {
                "stood": repair.original,
                "reads": repair.meaning or document.text[repair.start : repair.end],
                "reason": repair.reason,
                "inferred": repair.inferred,
                "place": place(repair.start),
            }
            for repair in document.repairs
        ],
        "warnings": list(document.warnings),
    }


def _beginning(text: str) -> str:
    first = text.strip().partition("\n")[0]
    return first if len(first) <= _BEGINNING else first[:_BEGINNING] + "…"


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def documents(assistant: Assistant, params: Params, progress: Progress) -> dict[str, Any]:
    return {"documents": [_listed(one) for one in assistant.catalog.shelf()], "counts": assistant.catalog.counts()}


def _listed(one: Any) -> dict[str, Any]:
    known = one.metadata
    return {
        "id": one.id,
        "title": known.title,
        "source": one.source,
        "origin": one.origin.value,
        "number": known.number,
        "edition": known.edition,
        "status": known.status.value,
        "body": known.body,
        "published": known.published.isoformat() if known.published else None,
        "effective": known.effective.isoformat() if known.effective else None,
        "repealed": known.repealed.isoformat() if known.repealed else None,
        "replaces": known.replaces,
        "replaced_by": known.replaced_by,
        "superseded_by": one.superseded_by,
        "edited": sorted(one.edited),
    }


def set_document(assistant: Assistant, params: Params, progress: Progress) -> dict[str, Any]:
    """{id, changes: {field: text}} → the document as listed. Raises DocumentNotFound, KnowledgeError for a value."""
    document_id = str(params["id"])
    changes = {str(name): str(value) for name, value in dict(params["changes"]).items()}
    segmenter = assistant.ingestion.segmenter
    assistant.catalog.set_metadata(
        document_id, changes, date.today(), lambda heading: " ".join(segmenter.terms(heading).words)
    )
    assistant.keywords.catch_up()
    return next(_listed(one) for one in assistant.catalog.shelf() if one.id == document_id)


def diff(assistant: Assistant, params: Params, progress: Progress) -> dict[str, Any]:
    """{old, new: {name, path?}} → what changed from one to the other. A file that is not ingested is only read."""
    shelf = assistant.catalog.shelf()
    old, new = (_meant(assistant, shelf, **params[side]) for side in ("old", "new"))
    found = compare(old, new, words_of(assistant.ingestion.segmenter))
    return {
        "old": _side(old),
        "new": _side(new),
        "by_clauses": found.by_clauses,
        "counts": {kind.value: count for kind, count in found.counts.items()},
        "front": _told(found.front) if found.front else None,
        "changes": [_told(change) for change in found.changes if change.kind is not Kind.SAME],
    }


def _meant(assistant: Assistant, shelf: Sequence[Shelved], name: str, path: str | None = None) -> Document:
    """The document with this id, file name, number or title; else the file at `path`, read and not stored."""
    held = [] if path and "/" in name else called(name, shelf)
    if len(held) > 1:
        raise CommandFailed(wording.WHICH_DOCUMENT.format(name=name, ids="、".join(one.id for one in held)))
    if held:
        return assistant.catalog.document(held[0].id)
    if not path or not Path(path).is_file():
        raise CommandFailed(wording.NO_SUCH_DOCUMENT.format(name=name))
    return _only_read(Path(path), assistant)


def _only_read(path: Path, assistant: Assistant) -> Document:
    from knowledge.ingestion.inspection import inspect

    for read in inspect(path, assistant.ingestion.limits):
        if read.document is None:
            raise CommandFailed(read.error or wording.NO_SUCH_DOCUMENT.format(name=path.name))
        return read.document
    raise CommandFailed(wording.NO_SUCH_DOCUMENT.format(name=path.name))


def _side(document: Document) -> dict[str, Any]:
    known = document.metadata
    return {
        "id": document.id,
        "title": known.title,
        "number": known.number,
        "edition": known.edition,
        "source": document.source,
    }


def _told(change: Change) -> dict[str, Any]:
    return {
        **asdict(change),
        "kind": change.kind.value,
        "moved": change.moved,
        "runs": [{"kind": run.kind.value, "text": run.text} for run in change.runs],
    }


def remove(assistant: Assistant, params: Params, progress: Progress) -> dict[str, Any]:
    """{id} → what was removed. Raises DocumentNotFound."""
    document_id = str(params["id"])
    title = next((one.metadata.title for one in assistant.catalog.shelf() if one.id == document_id), "")
    assistant.ingestion.remove(document_id)
    assistant.keywords.catch_up()
    return {"id": document_id, "title": title}


def rebuild(assistant: Assistant, params: Params, progress: Progress) -> dict[str, Any]:
    """Both indexes again from the catalog."""
    assistant.ingestion.rebuild_vectors(progress)
    assistant.keywords.rebuild()
    return assistant.catalog.counts()


def doctor(assistant: Assistant, params: Params, progress: Progress) -> dict[str, Any]:
    from api.doctor import examine

    return {"findings": [asdict(finding) for finding in examine(assistant)]}


def check_library(assistant: Assistant, params: Params, progress: Progress) -> dict[str, Any]:
    """{facts?: [{id, confidence}]} → the library's report, asked here because it needs the answerer and the model."""
    from knowledge.faqs import Confidence
    from retrieval.evaluation import library

    facts = [library.Fact(fact["id"], Confidence(fact["confidence"])) for fact in params.get("facts") or ()]
    report = library.check_library(library.built_in(), assistant.answerer, assistant.embeddings, facts, progress)
    return report.as_json()


COMMANDS: dict[str, Command] = {
    "ask": ask,
    "check_quote": check_quote,
    "ingest": ingest,
    "documents": documents,
    "set_document": set_document,
    "diff": diff,
    "remove": remove,
    "rebuild": rebuild,
    "doctor": doctor,
    "check_library": check_library,
    **READING,
    **KEY_COMMANDS,
    **OUTBOX_COMMANDS,
}
WRITING = frozenset({"ingest", "remove", "rebuild", "set_document"})  # one at a time; questions go on beside them


def run(assistant: Assistant, name: str, params: Params, progress: Progress) -> dict[str, Any]:
    command = COMMANDS.get(name)
    if command is None:
        raise CommandFailed(wording.UNKNOWN_COMMAND.format(name=name))
    return command(assistant, params, progress)
