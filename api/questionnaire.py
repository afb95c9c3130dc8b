"""A whole questionnaire: JSON lines in, JSON lines out, one bad line never stopping the rest."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from api import answers, wording
from api.calling import Line
from api.commands import checked_question
from api.errors import QuestionInvalid, ServiceGone
from api.jobs import KNOWN_ERRORS


class LineInvalid(Exception):  # becomes an error object in the answer's place
    pass


def answer_lines(lines: Iterable[str], line: Line, library: bool) -> Iterator[dict[str, Any]]:
    """One object for each line that is not blank; one with `error` where there is no answer."""
    for number, text in enumerate(lines, 1):
        if text.strip():
            yield _answered(number, text, line, library)


def _answered(number: int, text: str, line: Line, library: bool) -> dict[str, Any]:
    name: Any = None
    try:
        asked = _object(text)
        name = asked.get("id")
        answer = line.call("ask", {**_params(asked), "library": library})
    except ServiceGone:
        raise  # nothing will answer the rest either
    except (LineInvalid, QuestionInvalid, *KNOWN_ERRORS) as error:
        return {"id": name, "line": number, "error": str(error)}
    return {"id": name, **answers.for_questionnaire(answers.from_json(answer))}


def _object(text: str) -> dict[str, Any]:
    try:
        asked = json.loads(text)
    except (ValueError, RecursionError):
        raise LineInvalid(wording.BATCH_NOT_JSON) from None
    if not isinstance(asked, dict):
        raise LineInvalid(wording.BATCH_NOT_OBJECT)
    return asked


def _params(asked: dict[str, Any]) -> dict[str, Any]:
    question, history = asked.get("question"), asked.get("history") or []
    if not isinstance(question, str):
        raise LineInvalid(wording.BATCH_NO_QUESTION)
    if not isinstance(history, list) or not all(isinstance(one, str) for one in history):
        raise LineInvalid(wording.BATCH_BAD_HISTORY)
    return {"question": checked_question(question), "history": history}
