"""Documents in: the conductor of the first journey.

reader → cleaning → same bytes already? → clauses → splitting → embedding → vector index → catalog, last.
A crash before the catalog's line means "again", never "done"; vectors are keyed by content, so doing it
again writes the same ones. One bad file never stops the rest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from knowledge.catalog import Catalog, ChunkTerms, faq_hash
from knowledge.clauses import find_clauses
from knowledge.cleaning import clean
from knowledge.documents import Chunk, Document, IngestedFile, IngestionReport, Metadata, Origin
from knowledge.embeddings import EmbeddingModel
from knowledge.errors import DocumentTooLarge, KnowledgeError
from knowledge.faqs import FaqEntry
from knowledge.library import Guide
from knowledge.readers import SUPPORTED, Limits, read_bytes
from knowledge.splitting import split
from knowledge.terms import Segmenter
from knowledge.vector_index import VectorIndex

_EMBED_BATCH = 16  # passages a call: progress moves, memory stays flat

_FAQ_BATCH = 32  # entries a write: the vector index pays per call

Progress = Callable[[str, int, int], None]  # what, done, of how many


def _silent(what: str, done: int, total: int) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Ingestion:
    catalog: Catalog
    vectors: VectorIndex
    embeddings: EmbeddingModel
    segmenter: Segmenter
    limits: Limits

    def add(self, paths: Iterable[Path], progress: Progress = _silent) -> IngestionReport:
        """Ingest files and folders. Nothing a file contains raises; the report says what became of each."""
        files = list(_files(paths))
        report: list[IngestedFile] = []
        for done, (path, name) in enumerate(files):
            progress(name, done, len(files))
            report.append(self._add_file(path, name))
        progress("", len(files), len(files))
        return IngestionReport(tuple(report))

    def add_guides(self, guides: Sequence[Guide], progress: Progress = _silent) -> None:
        """The built-in documents; a guide that is gone from the library is gone from the catalog."""
        kept = set()
        for done, guide in enumerate(guides):
            progress(guide.title, done, len(guides))
            kept.add(f"内置知识/{guide.path.name}")
            metadata = Metadata(title=guide.title, body=guide.body, published=guide.date)
            self._store(guide.path.read_bytes(), f"内置知识/{guide.path.name}", Origin.LIBRARY, metadata)
        for shelved in self.catalog.shelf():
            if shelved.origin is Origin.LIBRARY and shelved.source not in kept:
                self.remove(shelved.id)

    def add_faqs(self, entries: Sequence[FaqEntry], origin: Origin, progress: Progress = _silent) -> None:
        """Make these the entries of that origin: changed ones are written, missing ones removed."""
        known = self.catalog.faq_hashes(origin)
        changed = [entry for entry in entries if known.get(entry.id) != faq_hash(entry)]
        removed = sorted(set(known) - {entry.id for entry in entries})
        self._embed_faqs(changed, progress)
        for entry_id in removed:
            self._forget("phrasing", entry_id)
        if changed or removed:
            terms = [(entry, self.segmenter.terms("\n".join((*entry.phrasings, entry.answer)))) for entry in changed]
            self.catalog.record_faqs(terms, removed, origin)

    def remove(self, document_id: str) -> None:
        """Raises DocumentNotFound. The catalog first: a passage without vectors is only harder to find."""
        self.catalog.remove(document_id)
        self._forget("passage", document_id)

    def rebuild_vectors(self, progress: Progress = _silent) -> None:
        """Write every vector again from the catalog, with the embedding model in force."""
        if self.embeddings.available:
            self.vectors.clear()
        shelf = self.catalog.shelf()
        faqs = self.catalog.faqs()
        total = len(shelf) + len(faqs)
        for done, shelved in enumerate(shelf):
            progress(shelved.metadata.title, done, total)
            self._embed_passages(shelved.id, self.catalog.document_chunks(shelved.id))
        self._embed_faqs(list(faqs.values()), lambda what, done, _: progress(what, len(shelf) + done, total))
        progress("", total, total)

    # ------------------------------------------------------------------ one file

    def _add_file(self, path: Path, name: str) -> IngestedFile:
        try:
            return self._store(_bytes(path, self.limits), name, Origin.FILE)
        except KnowledgeError as error:
            return IngestedFile(name, "failed", error=str(error))
        except OSError as error:
            return IngestedFile(name, "failed", error=f"文件打不开：{error.strerror or error}")

    def _store(self, data: bytes, name: str, origin: Origin, metadata: Metadata | None = None) -> IngestedFile:
        content_hash = hashlib.sha256(data).hexdigest()
        if held := self.catalog.holds(content_hash):
            # Its name may have stood for something else until now: it has become a copy of another file.
            stale = [old for old in self.catalog.from_source(name, origin) if old != held]
            for old in stale:
                self.remove(old)
            title = self.catalog.document(held).metadata.title
            return IngestedFile(name, "replaced" if stale else "unchanged", held, title)
        document = self._document(data, name, origin, content_hash, metadata)
        chunks = split(document.id, document.metadata.title, document.text, document.clauses, document.blocks)
        replaced = [old for old in self.catalog.from_source(name, origin) if old != document.id]
        self._embed_passages(document.id, chunks)
        self.catalog.record(document, chunks, [self._terms(chunk) for chunk in chunks], replaced)
        for old in replaced:
            self._forget("passage", old)
        return IngestedFile(
            name,
            "replaced" if replaced else "added",
            document.id,
            document.metadata.title,
            len(chunks),
            sum(clause.number is not None for clause in document.clauses),
            document.warnings,
        )

    def _document(
        self, data: bytes, name: str, origin: Origin, content_hash: str, metadata: Metadata | None
    ) -> Document:
        read = read_bytes(Path(name).name, data, self.limits)
        cleaned = clean(read, name)
        return Document(
            id=content_hash[:16],
            source=name,
            origin=origin,
            content_hash=content_hash,
            media_type=read.media_type,
            metadata=metadata or cleaned.metadata,
            original=read.original,
            text=cleaned.text,
            alignment=cleaned.alignment,
            repairs=cleaned.repairs,
            blocks=cleaned.blocks,
            clauses=find_clauses(cleaned.text, cleaned.blocks),
        )

    def _terms(self, chunk: Chunk) -> ChunkTerms:
        terms = self.segmenter.terms(chunk.text)
        heading = self.segmenter.terms(chunk.heading)
        return ChunkTerms(" ".join(terms.words), " ".join(terms.bigrams), " ".join(heading.words))

    # ------------------------------------------------------------------ vectors

    def _forget(self, kind: str, owner: str) -> None:
        """Without a model the vectors of another are left alone: search passes over what the catalog has not."""
        if self.embeddings.available:
            self.vectors.remove_owner(kind, owner)

    def _embed_passages(self, owner: str, chunks: Sequence[Chunk]) -> None:
        if not self.embeddings.available:
            return
        vectors: list[list[float]] = []
        for at in range(0, len(chunks), _EMBED_BATCH):
            batch = chunks[at : at + _EMBED_BATCH]
            vectors += self.embeddings.embed_documents([embedded_text(chunk) for chunk in batch])
        self.vectors.replace_owner("passage", owner, [chunk.id for chunk in chunks], vectors)

    def _embed_faqs(self, entries: Sequence[FaqEntry], progress: Progress) -> None:
        """Every phrasing, and every counter-example, is a point of its own: `entry#0`, `entry#1`, … `entry!0`, …"""
        if not self.embeddings.available:
            return
        for at in range(0, len(entries), _FAQ_BATCH):
            batch = entries[at : at + _FAQ_BATCH]
            progress(batch[0].question, at, len(entries))
            points = [(e.id, point, text) for e in batch for point, text in _points(e)]
            vectors = self.embeddings.embed_questions([text for _, _, text in points])
            owners = [owner for owner, _, _ in points]
            self.vectors.replace_owners("phrasing", owners, [point for _, point, _ in points], vectors)


def _points(entry: FaqEntry) -> Iterator[tuple[str, str]]:
    yield from ((f"{entry.id}#{i}", text) for i, text in enumerate(entry.phrasings))
    yield from ((f"{entry.id}!{i}", text) for i, text in enumerate(entry.not_for))


def embedded_text(chunk: Chunk) -> str:
    """What is embedded for a passage: its heading path and its text."""
    return f"{chunk.heading}\n{chunk.text}" if chunk.heading else chunk.text


def _files(paths: Iterable[Path]) -> Iterator[tuple[Path, str]]:
    """Every file named, and every readable one below a folder, with the name it is known by."""
    for path in paths:
        if path.is_dir():
            for inner in sorted(p for p in path.rglob("*") if p.is_file() and not _is_hidden(p.relative_to(path))):
                if inner.suffix.lower() in SUPPORTED:
                    yield inner, inner.relative_to(path).as_posix()
        else:
            yield path, path.name


def _is_hidden(relative: Path) -> bool:
    return any(part.startswith((".", "~$")) for part in relative.parts)


def _bytes(path: Path, limits: Limits) -> bytes:
    if path.stat().st_size > limits.max_bytes:
        raise DocumentTooLarge(f"{path.name}：文件超过 {limits.max_bytes // 2**20} MB")
    return path.read_bytes()
