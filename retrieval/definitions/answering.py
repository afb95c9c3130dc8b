"""From a question for what a term is to the definitions that answer it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache

from knowledge.catalog import Shelved
from knowledge.documents import Chunk, Document
from knowledge.errors import DocumentNotFound
from retrieval.answers import Answer, Citation, Outcome
from retrieval.definitions.asking import Spelt, asked_of
from retrieval.definitions.choosing import Found, chosen_of, source
from retrieval.definitions.reading import Definition, defined_in
from retrieval.extractive import cite
from retrieval.passages import Passage
from retrieval.understanding import Understood

_DOCUMENTS = 8192  # whose definitions are kept: a handful of offsets each


class Definitions:
    """Answers questions for what a term is. Thread-safe; reads each document once."""

    def __init__(self, document: Callable[[str], Document], chunks: Callable[[str], Sequence[Chunk]]) -> None:
        self._document = document
        self._chunks = chunks
        self._of = lru_cache(maxsize=_DOCUMENTS)(self._read)  # a document never changes under its id

    def answer(self, question: Understood, documents: Iterable[Shelved]) -> Answer | None:
        """From the documents that may answer; None where no term is asked for, or none of them defines it."""
        asking = asked_of(question)
        if asking is None:
            return None
        shelf = [one for one in documents if _of_edition(one, question.edition)]
        spelt = Spelt(question)
        found: defaultdict[str, list[Found]] = defaultdict(list)
        wanted = spelt.within(asking.of)
        for one in shelf:
            own = self._of(one.id)
            for key in wanted & own.keys():
                found[key] += [Found(one, definition) for definition in own[key]]
        shown = chosen_of(asking, spelt, found, shelf) if found else []
        if found and not shown and asking.shorter:
            shown = chosen_of(replace(asking, of=asking.shorter), spelt, found, shelf)
        return self._worded(shown) if shown else None

    def prepare(self, document_id: str) -> None:
        """Read a document before it is asked for; one that is gone meanwhile is passed over."""
        with suppress(DocumentNotFound):
            self._of(document_id)

    def _read(self, document_id: str) -> Mapping[str, tuple[Definition, ...]]:
        by_key: defaultdict[str, list[Definition]] = defaultdict(list)
        for definition in defined_in(self._document(document_id)):
            for key in definition.keys:
                by_key[key].append(definition)
        return {key: tuple(found) for key, found in by_key.items()}

    def _worded(self, shown: Sequence[Found]) -> Answer:
        """One definition as it stands; of several each on its own line, with its source."""
        lines = [one.definition.text for one in shown]
        if len(shown) > 1:
            lines = [f"{line}{source(one)}" for line, one in zip(lines, shown, strict=True)]
        return Answer(Outcome.ANSWERED, "clause", "\n".join(lines), tuple(map(self._citation, shown)))

    def _citation(self, one: Found) -> Citation:
        at, held = one.definition, self._document(one.document.id)
        chunk = next((chunk for chunk in self._chunks(held.id) if chunk.start <= at.start < chunk.end), None)
        citation = cite(held, at.start, at.end, Passage(chunk, one.document, 1.0) if chunk else None)
        return replace(citation, clause=at.clause or citation.clause)


def _of_edition(one: Shelved, edition: str) -> bool:
    """Whether the document is of the year asked for, if one is; a day asked for has chosen its edition already."""
    return not edition.isdigit() or (one.metadata.edition or "").startswith(edition)
