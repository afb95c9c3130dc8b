"""The ingested documents as look-up reads them: kept once read, asked whether they have a place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from knowledge.catalog import Catalog, Shelved
from knowledge.documents import Chunk
from knowledge.standards import ClauseReference
from retrieval.lookup.editions import Chosen, Work
from retrieval.lookup.places import HeldDocument, HeldEdition

_CACHED = 64


class HeldWorks:
    """Thread-safe."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        # a document never changes under its id, which is its content's hash
        self.document = lru_cache(maxsize=_CACHED)(self._read_document)
        self.chunks = lru_cache(maxsize=_CACHED)(self._read_chunks)

    def editions(self, chosen: Chosen) -> Iterator[HeldEdition]:
        for shelved, note in chosen.editions:
            yield HeldEdition(self.document(shelved.id), shelved, note)

    def have(self, chosen: Chosen, references: Sequence[ClauseReference]) -> bool:
        """Whether one of the editions has one of the places."""
        return any(self._has(shelved, reference) for shelved, _ in chosen.editions for reference in references)

    def ever_had(self, work: Work, references: Sequence[ClauseReference]) -> bool:
        """Whether any edition has, of whatever time."""
        return self.have(Chosen(tuple((one, "") for one in work.editions)), references)

    def _has(self, shelved: Shelved, reference: ClauseReference) -> bool:
        if reference.kind != "clause":
            return bool(self.document(shelved.id).exhibits(reference))
        if self._catalog.clause(shelved.id, reference.number):
            return True
        # a heading with nothing but clauses below it has no passage of its own
        headings = re.search(r"^附录|[编章节]$", reference.number) or reference.number[:1].isdigit()
        return bool(headings and self.document(shelved.id).at(reference.number, reference.within))

    def _read_document(self, document_id: str) -> HeldDocument:
        return HeldDocument.of(self._catalog.document(document_id))

    def _read_chunks(self, document_id: str) -> Sequence[Chunk]:
        return self._catalog.document_chunks(document_id)
