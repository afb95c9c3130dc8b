"""「什么是金样」: the clause of a standard that defines just this term, where one was found."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from knowledge.documents import Clause, Document
from knowledge.standards import squeeze
from retrieval.answers import Answer, Outcome
from retrieval.extractive import cite
from retrieval.passages import Passage
from retrieval.understanding import Asked, Understood

_TERMS = "术语"  # what GB/T 1.1 calls the chapter that defines
_ASKING = frozenset({"定义", "意思", "含义", "概念", "术语"})
_FOREIGN = re.compile(r"[\s(（]*[A-Za-z][A-Za-z\s\-/,()（）]*$")  # the English equivalent behind a term


def define(question: Understood, passages: Sequence[Passage], document: Callable[[str], Document]) -> Answer | None:
    """The definition in its own words; None where the question asks for none, or no term is just what it names."""
    if Asked.DEFINITION not in question.asks_for:
        return None
    named = [concept for concept in question.concepts if concept.given and concept.word not in _ASKING]
    if len(named) != 1:
        return None
    wanted = {squeeze(spelling) for spelling in named[0].spellings}
    for passage in passages:
        held = document(passage.chunk.document_id)
        clause = next((c for c in held.clauses if c.start <= passage.chunk.start < c.end), None)
        if clause and _defines(clause, wanted) and (body := _body(held, clause)):
            start, end = body
            citation = cite(held, clause.start, end, passage)
            return Answer(Outcome.ANSWERED, "clause", f"{clause.title}：{held.text[start:end]}", (citation,))
    return None


def _defines(clause: Clause, wanted: set[str]) -> bool:
    return any(_TERMS in above for above in clause.path) and squeeze(_FOREIGN.sub("", clause.title)) in wanted


def _body(held: Document, clause: Clause) -> tuple[int, int] | None:
    """What stands below the term, to the end of its clause."""
    at = held.text.find(clause.title, clause.start, clause.end)
    if at < 0:
        return None
    start, end = at + len(clause.title), clause.end
    text = held.text[start:end]
    start, end = start + len(text) - len(text.lstrip()), end - (len(text) - len(text.rstrip()))
    return (start, end) if end - start >= 2 else None
