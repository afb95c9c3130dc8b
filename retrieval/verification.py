"""The last gate: nothing leaves that its citation does not carry."""

from __future__ import annotations

from dataclasses import replace

from knowledge.catalog import Catalog
from knowledge.errors import DocumentNotFound
from retrieval.answers import Answer, Citation


class Verifier:
    """Checks citations against the stored text, whoever made them."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def holds(self, citation: Citation) -> bool:
        """Whether the quote is, character for character, what the stored text has at its place."""
        if not citation.quote:
            return citation.start is None and citation.end is None
        if citation.document_id is None or citation.start is None or citation.end is None:
            return False
        try:
            document = self._catalog.document(citation.document_id)
        except DocumentNotFound:
            return False
        return document.text[citation.start : citation.end] == citation.quote

    def verified(self, answer: Answer) -> Answer:
        """The answer with only the citations that hold."""
        return replace(answer, citations=tuple(c for c in answer.citations if self.holds(c)))
