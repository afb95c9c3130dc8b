"""Documents in: the conductor of the first journey.

finding → same bytes already? → reader → cleaning → clauses → splitting → same text already? → embedding →
vector index → catalog, last. A crash before the catalog's line means "again", never "done"; vectors are
keyed by content, so doing it again writes the same ones. One bad file never stops the rest.

Three things go on at once: a thread looks at the files ahead (`looking`), a pool embeds their passages (`vectors`),
and this one alone decides and stores, one file after the other.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Literal

from knowledge.catalog import Catalog, Shelved, Standing, faq_hash
from knowledge.documents import IngestedFile, IngestionReport, Metadata, Origin
from knowledge.embeddings import EmbeddingModel
from knowledge.errors import KnowledgeError, PassedOver
from knowledge.faqs import FaqEntry
from knowledge.ingestion.ahead import ahead
from knowledge.ingestion.finding import OPENING_FAILED, Found, find_files, in_memory
from knowledge.ingestion.likeness import Neighbours
from knowledge.ingestion.looking import Looked, Looking
from knowledge.ingestion.pace import Pace, in_words
from knowledge.ingestion.preparing import Prepared, chunk_terms, entry_terms
from knowledge.ingestion.vectors import AT_ONCE, Embedding, Report, VectorWriter
from knowledge.library import Guide
from knowledge.readers import Limits
from knowledge.terms import Segmenter
from knowledge.vector_index import VectorIndex

Progress = Callable[[str, int, int], None]  # what, done, of how many
_DICTIONARY = "dictionary"  # of whose words the stored terms are
Outcome = Literal["added", "replaced", "unchanged", "duplicate", "failed"]


def _silent(what: str, done: int, total: int) -> None:
    return None


def _unreported(done: int, total: int) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Run:
    """What the files that are stored one after the other share."""

    looking: Looking
    writer: VectorWriter
    neighbours: Neighbours = field(default_factory=Neighbours)
    report: Report = _unreported

    def looks(self, files: Iterable[Found]) -> Iterator[tuple[Found, Future[Looked]]]:
        return ahead(partial(self.looking.look_and_begin, writer=self.writer), self.looking.each(files))


@dataclass(frozen=True, slots=True)
class Ingestion:
    """`stopping`, once set, ends a run after the file it is at; running it again does the rest."""

    catalog: Catalog
    vectors: VectorIndex
    embeddings: EmbeddingModel
    segmenter: Segmenter
    limits: Limits
    stopping: threading.Event = field(default_factory=threading.Event)
    clock: Callable[[], float] = time.monotonic

    def add(self, paths: Iterable[Path], progress: Progress = _silent) -> IngestionReport:
        """Ingest files and folders. Nothing a file contains raises; the report says what became of each."""
        files = find_files(paths, self.limits)
        steps = Steps(files, progress, self.clock)
        report: list[IngestedFile] = []
        neighbours = Neighbours.of(self.catalog.sketches())
        with self._running(neighbours, steps.passages) as run, closing(run.looks(files)) as looks:  # type: ignore[type-var]
            for found, look in looks:
                steps.begin(found)
                report.append(self._take_in(found, look, run))
                steps.finish(report[-1])
                if self.stopping.is_set():
                    return IngestionReport(tuple(report), left=steps.left)
        progress("", len(files), len(files))
        return IngestionReport(tuple(report))

    def add_guides(self, guides: Sequence[Guide], progress: Progress = _silent) -> None:
        """The built-in documents; a guide that is gone from the library is gone from the catalog."""
        kept = set()
        with self._running() as run:
            for done, guide in enumerate(guides):
                progress(guide.title, done, len(guides))
                found = in_memory(f"内置知识/{guide.path.name}", guide.path.read_bytes())
                kept.add(found.name)
                metadata = Metadata(title=guide.title, body=guide.body, published=guide.date)
                self._store(found, run.looking.look(found, Origin.LIBRARY, metadata), Origin.LIBRARY, run)
        for shelved in self.catalog.shelf():
            if shelved.origin is Origin.LIBRARY and shelved.source not in kept:
                self.remove(shelved.id)

    def add_faqs(self, entries: Sequence[FaqEntry], origin: Origin, progress: Progress = _silent) -> None:
        """Make these the entries of that origin: changed ones are written, missing ones removed.

        Those that came with a sheet are left alone: they come and go with it.
        """
        known = self.catalog.faq_hashes(origin)
        changed = [entry for entry in entries if known.get(entry.id) != faq_hash(entry)]
        removed = sorted(set(known) - {entry.id for entry in entries})
        with self._running() as run:
            run.writer.entries(changed, (), lambda done, total: progress(changed[done].question, done, total))
        self._forget((), removed)
        if changed or removed:
            terms = [(entry, entry_terms(entry, self.segmenter)) for entry in changed]
            self.catalog.record_faqs(terms, removed, origin)

    def remove(self, document_id: str) -> None:
        """Raises DocumentNotFound. The catalog first: a passage without vectors is only harder to find."""
        entries = list(self.catalog.sheet_faqs(document_id))
        self.catalog.remove(document_id)
        self._forget([document_id], entries)

    def cut_anew(self, progress: Progress = _silent) -> None:
        """Where the stored terms are of another dictionary: those of every passage and entry, from the stored text."""
        now = self.segmenter.fingerprint
        if self.catalog.state(_DICTIONARY) == now:
            return
        passage, entry = partial(chunk_terms, segmenter=self.segmenter), partial(entry_terms, segmenter=self.segmenter)
        self.catalog.cut_anew(passage, entry, progress)
        self.catalog.set_state(_DICTIONARY, now)  # last: a crash means again

    def rebuild_vectors(self, progress: Progress = _silent) -> None:
        """Write every vector again from the catalog, with the embedding model in force."""
        if self.embeddings.available:
            self.vectors.clear()
        shelf = self.catalog.shelf()
        faqs = list(self.catalog.faqs().values())
        total = len(shelf) + len(faqs)
        with self._running() as run:
            for done, shelved in enumerate(shelf):
                progress(shelved.metadata.title, done, total)
                chunks = self.catalog.document_chunks(shelved.id)
                run.writer.passages(shelved.id, run.writer.begin(chunks), len(chunks), _unreported)
            run.writer.entries(faqs, (), lambda done, _: progress(faqs[done].question, len(shelf) + done, total))
        progress("", total, total)

    @contextmanager
    def _running(self, neighbours: Neighbours | None = None, report: Report = _unreported) -> Iterator[Run]:
        """Whoever leaves early does not wait for what is being embedded ahead; what has not begun never does."""
        pool = ThreadPoolExecutor(AT_ONCE, "embedding")
        looking = Looking(self.catalog, self.segmenter, self.limits)
        writer = VectorWriter(self.vectors, self.embeddings, pool)
        try:
            yield Run(looking, writer, neighbours or Neighbours(), report)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    # ------------------------------------------------------------------ taking in

    def _take_in(self, found: Found, look: Future[Looked], run: Run) -> IngestedFile:
        try:
            return self._store(found, look.result(), Origin.FILE, run)
        except PassedOver as error:
            return IngestedFile(found.name, "skipped", error=str(error))
        except KnowledgeError as error:
            return IngestedFile(found.name, "failed", error=str(error))
        except OSError as error:
            return IngestedFile(found.name, "failed", error=OPENING_FAILED.format(why=error.strerror or error))

    def _store(self, found: Found, looked: Looked, origin: Origin, run: Run) -> IngestedFile:
        before = self.catalog.standing(found.place)
        if before and before.content_hash == looked.content_hash:
            return _told(before.source, "unchanged", self.catalog.shelved(before.document_id))
        leaving = self.catalog.only_from(found.place, found.name, origin)
        name = before.source if before else self._free_name(found, leaving)
        if held := self.catalog.holds(looked.content_hash) or self._twin(looked.prepared, leaving, origin):
            if looked.embedding:
                looked.embedding.cancel()
            return self._settle(Standing(found.place, name, looked.content_hash, held), leaving, run.neighbours)
        if looked.prepared is None:  # what it was a copy of has been taken away since
            looked = run.looking.look(found, origin)
        assert looked.prepared is not None
        prepared = replace(looked.prepared, document=replace(looked.prepared.document, source=name))
        warnings = (*prepared.document.warnings, *self._near(prepared, leaving, run.neighbours))
        standing = Standing(found.place, name, looked.content_hash, prepared.document.id)
        self._write(prepared, standing, leaving, looked.embedding, run)
        for old in leaving:
            run.neighbours.forget(old)
        run.neighbours.add(prepared.document.id, prepared.likeness.sketch)
        return _account(name, "replaced" if before or leaving else "added", prepared, warnings)

    def _write(
        self, prepared: Prepared, standing: Standing, leaving: Sequence[str], embedding: Embedding | None, run: Run
    ) -> None:
        document, entries = prepared.document, [entry for entry, _ in prepared.faqs]
        gone = [old for old in leaving if old != document.id]
        earlier = [chunk for old in gone for chunk in self.catalog.document_chunks(old)]
        asked = [entry for old in gone for entry in self.catalog.sheet_faqs(old).values()]
        embedding = embedding or run.writer.begin(prepared.chunks, earlier)
        run.writer.passages(document.id, embedding, len(prepared.chunks), run.report)
        run.writer.entries(entries, asked, _unreported)
        self.catalog.record(
            document,
            prepared.chunks,
            prepared.terms,
            gone,
            faqs=prepared.faqs,
            standing=standing,
            likeness=prepared.likeness,
        )
        self._forget(gone, [entry.id for entry in asked])

    def _settle(self, standing: Standing, leaving: Sequence[str], neighbours: Neighbours) -> IngestedFile:
        """The file is a copy of a document that is held: nothing is stored but where it lies."""
        held = self.catalog.shelved(standing.document_id)
        gone = [old for old in leaving if old != held.id]
        entries = [entry for old in gone for entry in self.catalog.sheet_faqs(old)]
        self.catalog.settle(standing, gone)
        self._forget(gone, entries)
        for old in gone:
            neighbours.forget(old)
        if held.id in leaving:  # it was this very file, from before places were kept
            return _told(standing.source, "unchanged", held)
        same = f"与已有的《{held.metadata.title.strip('《》')}》（{held.source}）内容相同，没有再收一份"
        return _told(standing.source, "replaced" if gone else "duplicate", held, (same,))

    def _free_name(self, found: Found, leaving: Sequence[str]) -> str:
        """The shortest name that no other document is shown by."""
        taken = self.catalog.sources(found.names)
        return next((name for name in found.names if not set(taken.get(name, ())) - set(leaving)), found.names[-1])

    # ------------------------------------------------------------------ likeness

    def _twin(self, prepared: Prepared | None, leaving: Sequence[str], origin: Origin) -> str | None:
        """A document of the operator's with the same text, of the same edition as far as is known."""
        if prepared is None or origin is not Origin.FILE:
            return None
        for one in self.catalog.same_text(prepared.likeness.text_hash):
            if one not in leaving and _may_be_one(prepared.document.metadata, self.catalog.shelved(one).metadata):
                return one
        return None

    def _near(self, prepared: Prepared, leaving: Sequence[str], neighbours: Neighbours) -> Iterator[str]:
        nearest = neighbours.nearest(prepared.likeness.sketch, leaving)
        if nearest is None:
            return
        document = self.catalog.shelved(nearest[0])
        if _may_be_one(prepared.document.metadata, document.metadata):
            title = document.metadata.title.strip("《》")
            share = min(nearest[1], 0.99)  # an estimate, and they are not the same
            yield f"与已有的《{title}》（{document.source}）有 {share:.0%} 相同，请看看是不是同一份文件"

    # ------------------------------------------------------------------ vectors

    def _forget(self, documents: Sequence[str], entries: Sequence[str]) -> None:
        """Search passes over what the catalog has not: where there is no model, it may wait."""
        if not self.embeddings.available:
            return
        for kind, owners in (("passage", documents), ("phrasing", entries)):
            if owners:
                self.vectors.remove_owners(kind, owners)


class Steps:
    """Tells the progress which file it is, how far within it, and how much longer it takes."""

    def __init__(self, files: Sequence[Found], progress: Progress, clock: Callable[[], float]) -> None:
        self._number = {file.place: number for number, file in enumerate(files)}
        self._progress = progress
        self._pace = Pace(files, clock)
        self._current: Found | None = None

    @property
    def left(self) -> int:
        """Files after the current one; an archive is not done with one of its members."""
        current = self._current
        done = 0 if current is None else self._at(current) + (0 if current.part_of else 1)
        return len(self._number) - done

    def begin(self, found: Found) -> None:
        self._current = found
        self._tell(0.0, found.name)

    def passages(self, done: int, total: int) -> None:
        if self._current and done < total:
            self._tell(done / total, f"{done}/{total} 段 · {self._current.name}")

    def finish(self, file: IngestedFile) -> None:
        if self._current:
            self._pace.finished(self._current, worked=file.outcome in ("added", "replaced"))

    def _tell(self, share: float, what: str) -> None:
        if self._current is None:
            return
        seconds = self._pace.remaining(self._current, share)
        said = what if seconds is None else f"{in_words(seconds)} · {what}"
        self._progress(said, self._at(self._current), len(self._number))

    def _at(self, found: Found) -> int:
        return self._number[found.part_of or found.place]


def _may_be_one(one: Metadata, other: Metadata) -> bool:
    """Two editions of a standard may say the same; they are two documents nevertheless."""
    pairs = ((one.edition, other.edition), (one.number, other.number))
    return not any(ours and theirs and ours != theirs for ours, theirs in pairs)


def _told(name: str, outcome: Outcome, held: Shelved, warnings: tuple[str, ...] = ()) -> IngestedFile:
    return IngestedFile(name, outcome, held.id, held.metadata.title, warnings=warnings)


def _account(name: str, outcome: Outcome, prepared: Prepared, warnings: tuple[str, ...]) -> IngestedFile:
    document = prepared.document
    return IngestedFile(
        path=name,
        outcome=outcome,
        document_id=document.id,
        title=document.metadata.title,
        chunks=len(prepared.chunks),
        clauses=sum(clause.number is not None for clause in document.clauses),
        pages=prepared.pages,
        tables=prepared.tables,
        faqs=len(prepared.faqs),
        recognised=prepared.recognised,
        warnings=warnings,
    )
