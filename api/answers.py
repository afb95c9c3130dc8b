"""An answer as JSON: for jobs between processes, for a questionnaire, and for the web page."""

from __future__ import annotations

from functools import cache
from typing import Any
from urllib.parse import quote, urlencode

from pydantic import TypeAdapter

from retrieval.answers import Answer, Citation

_QUESTIONNAIRE = ("document", "edition", "clause", "page", "quote", "source", "start", "end", "original")
_PAGE = ("document", "edition", "clause", "place", "quote", "original", "body", "number", "date", "source")


@cache
def _answers() -> TypeAdapter[Answer]:
    return TypeAdapter(Answer)


def to_json(answer: Answer) -> dict[str, Any]:
    """Everything, so that `from_json` gives the same answer again."""
    whole: dict[str, Any] = _answers().dump_python(answer, mode="json")
    return whole


def from_json(whole: dict[str, Any]) -> Answer:
    return _answers().validate_python(whole)


def for_questionnaire(answer: Answer) -> dict[str, Any]:
    return {
        "outcome": answer.outcome.value,
        "answer": answer.text,
        "citations": [{name: getattr(one, name) for name in _QUESTIONNAIRE} for one in answer.citations],
        "milliseconds": total_milliseconds(answer),
    }


def for_terminal(answer: Answer) -> dict[str, Any]:
    """What `ask --json` prints: a questionnaire's line and what else a person would see."""
    return {
        "question": answer.question,
        **for_questionnaire(answer),
        "kind": answer.kind,
        "label": answer.label,
        "missing": list(answer.missing),
        "suggestions": list(answer.suggestions),
        "details": answer.details,
    }


def for_page(answer: Answer, turn_id: str, milliseconds: float | None) -> dict[str, Any]:
    from api.markup import to_html

    return {
        "turn": turn_id,
        "outcome": answer.outcome.value,
        "kind": answer.kind,
        "label": answer.label,
        "text": answer.text,
        "html": to_html(answer.text),
        "missing": list(answer.missing),
        "suggestions": list(answer.suggestions),
        "citations": [_for_page(one) for one in answer.citations],
        "details_html": to_html(answer.details) if answer.details else "",
        "question": answer.question,
        "milliseconds": round(milliseconds if milliseconds is not None else total_milliseconds(answer)),
    }


def total_milliseconds(answer: Answer) -> float:
    return round(answer.milliseconds.get("total", 0.0), 1)


def evidence_url(citation: Citation) -> str | None:
    """Where the quote is shown in its context; none for a document that is only named."""
    if citation.document_id is None or citation.start is None or citation.end is None:
        return None
    stretch = urlencode({"start": citation.start, "end": citation.end})
    return f"/evidence/{quote(citation.document_id, safe='')}?{stretch}"


def evidence_link(base: str | None, document_id: str, start: int, end: int) -> str:
    """Where a stretch is shown in its context; from the root of the site where its own address is not known."""
    stretch = urlencode({"start": start, "end": end})
    return f"{(base or '').rstrip('/')}/evidence/{quote(document_id, safe='')}?{stretch}"


def for_program(answer: Answer, base: str | None) -> dict[str, Any]:
    """What a program gets beside the text: the answer alone, how far it carries, and each citation."""
    return {
        "outcome": answer.outcome.value,
        "kind": answer.kind,
        "label": answer.label,
        "text": answer.text,
        "citations": [_for_program(one, base) for one in answer.citations],
        "suggestions": list(answer.suggestions),
        "missing": list(answer.missing),
        "details": answer.details,
        "question": answer.question,
    }


def _for_program(citation: Citation, base: str | None) -> dict[str, Any]:
    shown, local = _for_page(citation), evidence_url(citation)
    ours = f"{(base or '').rstrip('/')}{local}" if local else None
    return {**shown, "document_id": citation.document_id, "evidence_url": ours}


def _for_page(citation: Citation) -> dict[str, Any]:
    return {
        **{name: getattr(citation, name) for name in _PAGE},
        "inferences": [list(pair) for pair in citation.inferences],
        "url": citation.url if (citation.url or "").startswith(("http://", "https://")) else None,
        "evidence_url": evidence_url(citation),
    }
