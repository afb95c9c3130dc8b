"""A look at a file before anything is decided about it: bytes → text → passages, and their embedding begun.

It runs in a thread of its own, ahead of the conductor, so what it reads in the catalog may be out of date: it decides
nothing. A wrong guess costs work that was not needed, or not done ahead; never a wrong entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from knowledge.catalog import Catalog
from knowledge.documents import Metadata, Origin
from knowledge.errors import KnowledgeError
from knowledge.ingestion.finding import ARCHIVE, Found, broken, contents
from knowledge.ingestion.preparing import Prepared, hash_of, prepare, understand
from knowledge.ingestion.vectors import Embedding, VectorWriter
from knowledge.readers import Limits
from knowledge.terms import Segmenter


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at a file found: its bytes' hash, and the rest unless they are known already."""

    content_hash: str
    prepared: Prepared | None = None
    embedding: Embedding | None = None  # of its passages, where it was begun ahead


@dataclass(frozen=True, slots=True)
class Looking:
    catalog: Catalog
    segmenter: Segmenter
    limits: Limits
    _begun: set[str] = field(default_factory=set)  # hashes of the texts whose embedding was begun

    def each(self, files: Iterable[Found]) -> Iterator[Found]:
        """Every file, and in the place of an archive its members."""
        for file in files:
            if file.kind == ARCHIVE:
                yield from self._members(file)
            else:
                yield file

    def _members(self, archive: Found) -> Iterator[Found]:
        """Every member, and where the archive is of no use, or not of all, itself, to say so."""
        try:
            yield from contents(archive, self.limits)
        except (KnowledgeError, OSError) as error:
            yield broken(archive, error)

    def look(self, found: Found, origin: Origin = Origin.FILE, metadata: Metadata | None = None) -> Looked:
        """Raises KnowledgeError and OSError."""
        data = found.read()
        content_hash = hash_of(data)
        standing = self.catalog.standing(found.place)
        if (standing and standing.content_hash == content_hash) or self.catalog.holds(content_hash):
            return Looked(content_hash)
        read, document = understand(data, found.name, self.limits, origin, metadata)
        return Looked(content_hash, prepare(read, document, self.segmenter))

    def look_and_begin(self, found: Found, writer: VectorWriter) -> Looked:
        """The same, and the passages on their way to their vectors where the file seems to be a new one."""
        looked = self.look(found)
        if looked.prepared is None or not self._is_new(found, looked.prepared):
            return looked
        self._begun.add(looked.prepared.likeness.text_hash)
        return Looked(looked.content_hash, looked.prepared, writer.begin(looked.prepared.chunks))

    def _is_new(self, found: Found, prepared: Prepared) -> bool:
        """A corrected file has vectors that can be taken over, and a copy in another format needs none."""
        text = prepared.likeness.text_hash
        return text not in self._begun and not self.catalog.standing(found.place) and not self.catalog.same_text(text)
