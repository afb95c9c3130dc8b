"""A room to bring documents into: both indexes, a catalog, a folder of files, an embedding model that remembers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from knowledge.catalog import Catalog
from knowledge.documents import IngestedFile
from knowledge.ingestion import Ingestion
from knowledge.readers import Limits
from knowledge.terms import Segmenter
from knowledge.vector_index import VectorIndex, open_vector_index
from tests.fakes.embeddings import BigramEmbeddings


@dataclass
class Room:
    ingestion: Ingestion
    catalog: Catalog
    vectors: VectorIndex
    embeddings: BigramEmbeddings
    folder: Path

    def file(self, name: str, text: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def outcomes(self, *paths: Path) -> list[str]:
        return [file.outcome for file in self.ingestion.add(paths).files]

    def one(self, path: Path) -> IngestedFile:
        """The only line of the report."""
        (file,) = self.ingestion.add([path]).files
        return file

    def sources(self) -> list[str]:
        return sorted(one.source for one in self.catalog.shelf())

    def by_vector(self, text: str) -> list[str]:
        """The passages that a vector search finds and the catalog knows, nearest first."""
        hits = self.vectors.nearest("passage", self.embeddings.embed_query(text), 50)
        known = self.catalog.chunks([hit.id for hit in hits])
        return [known[hit.id].text for hit in hits if hit.id in known]

    def stale_vectors(self) -> list[str]:
        """Vectors of passages that the catalog does not know."""
        hits = self.vectors.nearest("passage", self.embeddings.embed_query("任意"), 500)
        known = self.catalog.chunks([hit.id for hit in hits])
        return [hit.id for hit in hits if hit.id not in known]


@pytest.fixture
def room(catalog: Catalog, segmenter: Segmenter, tmp_path: Path) -> Room:
    embeddings = BigramEmbeddings()
    vectors = open_vector_index(tmp_path / "vectors", None, embeddings.name)
    ingestion = Ingestion(catalog, vectors, embeddings, segmenter, Limits())
    return Room(ingestion, catalog, vectors, embeddings, tmp_path / "files")
