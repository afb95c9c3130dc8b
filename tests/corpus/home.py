"""A home of real parts, without an embedding model: what is asked by number needs none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from knowledge.catalog import Catalog
from knowledge.database import Base, Database
from knowledge.documents import Document, IngestionReport, Origin
from knowledge.embeddings import NoEmbeddings
from knowledge.ingestion import Ingestion
from knowledge.keyword_index import KeywordIndex
from knowledge.library import load_faqs, load_guides, load_standards
from knowledge.readers.limits import DEFAULT_LIMITS
from knowledge.terms import Segmenter
from knowledge.vector_index import open_vector_index
from retrieval.answering import Answerer
from retrieval.answers import Answer
from retrieval.questions import Question

TODAY = date(2026, 1, 15)


@dataclass(frozen=True, slots=True)
class Home:
    catalog: Catalog
    answerer: Answerer
    report: IngestionReport

    def document(self, source: str) -> Document:
        (held,) = [one for one in self.catalog.shelf() if one.source == source]
        return self.catalog.document(held.id)

    def ask(self, text: str) -> Answer:
        return self.answerer.answer(Question(text, today=TODAY))


@contextmanager
def opened_home(folder: Path, files: Sequence[Path]) -> Iterator[Home]:
    """The built-in library and these files, in a new catalog below `folder`."""
    database = Database(f"sqlite:///{folder / 'catalog.db'}")
    Base.metadata.create_all(database.engine)
    catalog, segmenter, embeddings = Catalog(database), Segmenter(), NoEmbeddings()
    vectors = open_vector_index(folder / "chroma", None, embeddings.name)
    ingestion = Ingestion(catalog, vectors, embeddings, segmenter, DEFAULT_LIMITS)
    ingestion.add_guides(load_guides())
    ingestion.add_faqs(load_faqs(), Origin.LIBRARY)
    report = ingestion.add(files)
    assert [file.error for file in report.files if file.outcome != "added"] == []
    answerer = Answerer(catalog, KeywordIndex(catalog), vectors, embeddings, segmenter, load_standards())
    yield Home(catalog, answerer, report)
    database.close()
