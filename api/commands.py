"""The operations behind the command line: JSON in, JSON out, the same in this process or in the serving one."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from api import answers, wording
from api.errors import CommandFailed, QuestionInvalid
from api.wiring import Assistant, Progress
from knowledge.documents import IngestedFile, IngestionReport
from knowledge.errors import DocumentNotFound

Params = dict[str, Any]
Command = Callable[[Assistant, Params, Progress], dict[str, Any]]

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
    return answers.to_json(assistant.dialogue.reply(message, history))


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
    return _report([*missing, *report.files])


def _report(files: Iterable[IngestedFile]) -> dict[str, Any]:
    report = IngestionReport(tuple(files))
    return {
        "files": [{**asdict(file), "warnings": list(file.warnings)} for file in report.files],
        "failed": report.failed,
    }


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
        "superseded_by": one.superseded_by,
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
    "remove": remove,
    "rebuild": rebuild,
    "doctor": doctor,
    "check_library": check_library,
}
WRITING = frozenset({"ingest", "remove", "rebuild"})  # one at a time; questions go on beside them


def run(assistant: Assistant, name: str, params: Params, progress: Progress) -> dict[str, Any]:
    command = COMMANDS.get(name)
    if command is None:
        raise CommandFailed(wording.UNKNOWN_COMMAND.format(name=name))
    return command(assistant, params, progress)
