"""The catalog: every document, passage and FAQ entry, in the relational store. It is the truth.

Both indexes can be rebuilt from it. `revision` grows by one with every change, so that any process can
see that it is behind, and by what.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, Integer, String, Text, delete, func, select
from sqlalchemy.orm import Mapped, Session, defer, mapped_column

from knowledge.clauses import clause_key
from knowledge.cleaning.front_page import title_key
from knowledge.database import Base, Database, Moment
from knowledge.documents import Block, Chunk, Clause, Document, Exhibit, Metadata, Origin, Repair, Status
from knowledge.errors import DocumentNotFound
from knowledge.faqs import Confidence, FaqEntry, Source
from knowledge.terms import Terms


class DocumentRow(Base):
    __tablename__ = "documents"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    source: Mapped[str] = mapped_column(Text, index=True)
    origin: Mapped[str] = mapped_column(String(16))
    content_hash: Mapped[str] = mapped_column(String(64), unique=True)
    media_type: Mapped[str] = mapped_column(String(100))
    title: Mapped[str] = mapped_column(Text)
    title_key: Mapped[str] = mapped_column(Text)
    body: Mapped[str | None] = mapped_column(Text)
    number: Mapped[str | None] = mapped_column(String(100))
    edition: Mapped[str | None] = mapped_column(String(40))
    published: Mapped[date | None] = mapped_column(Date)
    effective: Mapped[date | None] = mapped_column(Date)
    status: Mapped[str] = mapped_column(String(16))
    original: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    structure: Mapped[dict[str, Any]] = mapped_column(JSON)  # alignment, repairs, blocks, clauses, warnings
    added_at: Mapped[datetime] = mapped_column(Moment)
    revision: Mapped[int] = mapped_column(Integer, index=True)


class ChunkRow(Base):
    __tablename__ = "chunks"
    id: Mapped[str] = mapped_column(String(48), primary_key=True)
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"), index=True)
    ordinal: Mapped[int] = mapped_column(Integer)
    start: Mapped[int] = mapped_column("start_at", Integer)
    end: Mapped[int] = mapped_column("end_at", Integer)
    text: Mapped[str] = mapped_column(Text)
    heading: Mapped[str] = mapped_column(Text)
    clause: Mapped[str | None] = mapped_column(String(60))
    clause_key: Mapped[str | None] = mapped_column(String(60), index=True)
    page: Mapped[int | None] = mapped_column(Integer)
    words: Mapped[str] = mapped_column(Text)  # terms, separated by spaces: no re-segmentation at start
    bigrams: Mapped[str] = mapped_column(Text)
    heading_terms: Mapped[str] = mapped_column(Text)
    revision: Mapped[int] = mapped_column(Integer, index=True)


class FaqRow(Base):
    __tablename__ = "faqs"
    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    content_hash: Mapped[str] = mapped_column(String(64))
    origin: Mapped[str] = mapped_column(String(16))
    words: Mapped[str] = mapped_column(Text)
    bigrams: Mapped[str] = mapped_column(Text)
    revision: Mapped[int] = mapped_column(Integer, index=True)


class RemovalRow(Base):
    """What was removed at which revision, so that another worker's index can follow."""

    __tablename__ = "removals"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    owner: Mapped[str] = mapped_column(String(80))
    revision: Mapped[int] = mapped_column(Integer, index=True)


class StateRow(Base):
    __tablename__ = "state"
    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[str] = mapped_column(Text)


Index("ix_documents_title_key", DocumentRow.title_key)


@dataclass(frozen=True, slots=True)
class ChunkTerms:
    words: str
    bigrams: str
    heading: str


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """One row of the keyword index, whatever it stands for."""

    id: str
    owner: str  # document or entry
    kind: str  # passage | faq
    words: str
    bigrams: str
    heading: str = ""


@dataclass(frozen=True, slots=True)
class Shelved:
    """A document as a list shows it, without its text. `superseded` by a later edition in force."""

    id: str
    source: str
    origin: Origin
    metadata: Metadata
    title_key: str
    superseded_by: str | None = None


class Catalog:
    def __init__(self, database: Database) -> None:
        self._database = database

    # ---------------------------------------------------------------- documents

    def holds(self, content_hash: str) -> str | None:
        """The id of the document with these bytes, or None."""
        with self._database.reading() as session:
            return session.scalar(select(DocumentRow.id).where(DocumentRow.content_hash == content_hash))

    def from_source(self, source: str, origin: Origin) -> list[str]:
        """The ids of the documents once read from this file name."""
        with self._database.reading() as session:
            query = select(DocumentRow.id).where(DocumentRow.source == source, DocumentRow.origin == origin.value)
            return list(session.scalars(query))

    def record(
        self, document: Document, chunks: Sequence[Chunk], terms: Sequence[ChunkTerms], replacing: Sequence[str] = ()
    ) -> int:
        """Write a document with its passages, and drop those it replaces, in one transaction."""
        with self._database.session() as session:
            revision = _next_revision(session)
            _drop(session, [*replacing, document.id], revision)
            session.add(_document_row(document, revision))
            session.flush()
            session.add_all(_chunk_row(chunk, t, revision) for chunk, t in zip(chunks, terms, strict=True))
            return revision

    def remove(self, document_id: str) -> int:
        with self._database.session() as session:
            if session.get(DocumentRow, document_id) is None:
                raise DocumentNotFound(f"没有编号为 {document_id} 的文档；用 guangzhi documents 查看全部编号")
            revision = _next_revision(session)
            _drop(session, [document_id], revision)
            return revision

    def document(self, document_id: str) -> Document:
        with self._database.reading() as session:
            row = session.get(DocumentRow, document_id)
            if row is None:
                raise DocumentNotFound(f"没有编号为 {document_id} 的文档")
            return _document(row)

    def shelf(self, today: date | None = None) -> list[Shelved]:
        """Every document, oldest first, each superseded edition marked with the one in force today."""
        with self._database.reading() as session:
            rows = session.scalars(
                select(DocumentRow)
                .options(defer(DocumentRow.text), defer(DocumentRow.original), defer(DocumentRow.structure))
                .order_by(DocumentRow.added_at, DocumentRow.id)
            )
            shelved = [_shelved(row) for row in rows]
        return mark_superseded(shelved, today or date.today())

    def chunks(self, ids: Iterable[str]) -> dict[str, Chunk]:
        wanted = list(ids)
        with self._database.reading() as session:
            rows = session.scalars(select(ChunkRow).where(ChunkRow.id.in_(wanted)))
            return {row.id: _chunk(row) for row in rows}

    def document_chunks(self, document_id: str) -> list[Chunk]:
        with self._database.reading() as session:
            query = select(ChunkRow).where(ChunkRow.document_id == document_id).order_by(ChunkRow.ordinal)
            return [_chunk(row) for row in session.scalars(query)]

    def clause(self, document_id: str, key: str) -> list[Chunk]:
        """The passages of one clause, in order, by its folded number."""
        with self._database.reading() as session:
            query = (
                select(ChunkRow)
                .where(ChunkRow.document_id == document_id, ChunkRow.clause_key == key)
                .order_by(ChunkRow.ordinal)
            )
            return [_chunk(row) for row in session.scalars(query)]

    # ---------------------------------------------------------------- FAQ entries

    def record_faqs(self, entries: Sequence[tuple[FaqEntry, Terms]], removed: Sequence[str], origin: Origin) -> int:
        with self._database.session() as session:
            revision = _next_revision(session)
            gone = [*removed, *(entry.id for entry, _ in entries)]
            session.execute(delete(FaqRow).where(FaqRow.id.in_(gone)))
            session.add_all(RemovalRow(owner=owner, revision=revision) for owner in gone)
            session.flush()
            session.add_all(_faq_row(entry, terms, origin, revision) for entry, terms in entries)
            return revision

    def faqs(self) -> dict[str, FaqEntry]:
        with self._database.reading() as session:
            return {row.id: _faq(row.content) for row in session.scalars(select(FaqRow).order_by(FaqRow.id))}

    def faq_hashes(self, origin: Origin) -> dict[str, str]:
        with self._database.reading() as session:
            rows = session.execute(select(FaqRow.id, FaqRow.content_hash).where(FaqRow.origin == origin.value))
            return {row.id: row.content_hash for row in rows}

    # ---------------------------------------------------------------- revisions and state

    def revision(self) -> int:
        with self._database.reading() as session:
            return _revision(session)

    def index_entries(self, after: int) -> tuple[int, list[str], list[IndexEntry]]:
        """What changed after a revision: the revision now, owners to forget, rows to add."""
        with self._database.reading() as session:
            now = _revision(session)
            removed = list(session.scalars(select(RemovalRow.owner).where(RemovalRow.revision > after).distinct()))
            entries = [*_changed_chunks(session, after), *_changed_faqs(session, after)]
        return now, removed, entries

    def counts(self) -> dict[str, int]:
        with self._database.reading() as session:
            tables = {"documents": DocumentRow, "chunks": ChunkRow, "faqs": FaqRow}
            return {name: session.scalar(select(func.count()).select_from(row)) or 0 for name, row in tables.items()}

    def state(self, key: str) -> str | None:
        with self._database.reading() as session:
            row = session.get(StateRow, key)
            return row.value if row else None

    def set_state(self, key: str, value: str) -> None:
        with self._database.session() as session:
            _set_state(session, key, value)


def mark_superseded(shelved: Sequence[Shelved], today: date) -> list[Shelved]:
    """Editions of one title: the latest that has begun is in force, the earlier ones are superseded by it."""
    in_force: dict[str, Shelved] = {}
    for one in shelved:
        if one.metadata.edition and _begins(one.metadata) <= today:
            best = in_force.get(one.title_key)
            if best is None or _begins(best.metadata) < _begins(one.metadata):
                in_force[one.title_key] = one
    return [_placed(one, in_force.get(one.title_key), today) for one in shelved]


def _placed(one: Shelved, in_force: Shelved | None, today: date) -> Shelved:
    if in_force is None or in_force.id == one.id or not one.metadata.edition:
        return one
    if _begins(one.metadata) > today:
        return replace(one, metadata=replace(one.metadata, status=Status.UPCOMING))
    return replace(one, superseded_by=in_force.id, metadata=replace(one.metadata, status=Status.REPEALED))


def _begins(metadata: Metadata) -> date:
    """When an edition came into force: an amended text on its own date, not on the first edition's."""
    days = [day for day in (metadata.published, metadata.effective) if day]
    return max(days) if days else date.min


def _changed_chunks(session: Session, after: int) -> Iterator[IndexEntry]:
    columns = (ChunkRow.id, ChunkRow.document_id, ChunkRow.words, ChunkRow.bigrams, ChunkRow.heading_terms)
    for row in session.execute(select(*columns).where(ChunkRow.revision > after)):
        yield IndexEntry(row[0], row[1], "passage", row[2], row[3], row[4])


def _changed_faqs(session: Session, after: int) -> Iterator[IndexEntry]:
    for row in session.execute(select(FaqRow.id, FaqRow.words, FaqRow.bigrams).where(FaqRow.revision > after)):
        yield IndexEntry(row[0], row[0], "faq", row[1], row[2])


def _revision(session: Session) -> int:
    row = session.get(StateRow, "revision")
    return int(row.value) if row else 0


def _next_revision(session: Session) -> int:
    # locked until the transaction ends: two workers on PostgreSQL must not give out the same number
    row = session.get(StateRow, "revision", with_for_update=True)
    revision = (int(row.value) if row else 0) + 1
    _set_state(session, "revision", str(revision))
    return revision


def _set_state(session: Session, key: str, value: str) -> None:
    row = session.get(StateRow, key)
    if row:
        row.value = value
    else:
        session.add(StateRow(key=key, value=value))


def _drop(session: Session, document_ids: Sequence[str], revision: int) -> None:
    session.execute(delete(ChunkRow).where(ChunkRow.document_id.in_(document_ids)))
    session.execute(delete(DocumentRow).where(DocumentRow.id.in_(document_ids)))
    session.add_all(RemovalRow(owner=document_id, revision=revision) for document_id in document_ids)


# -------------------------------------------------------------------- rows and values


def _document_row(document: Document, revision: int) -> DocumentRow:
    m = document.metadata
    return DocumentRow(
        id=document.id,
        source=document.source,
        origin=document.origin.value,
        content_hash=document.content_hash,
        media_type=document.media_type,
        title=m.title,
        title_key=title_key(m.title),
        body=m.body,
        number=m.number,
        edition=m.edition,
        published=m.published,
        effective=m.effective,
        status=m.status.value,
        original=document.original,
        text=document.text,
        structure={
            "alignment": document.alignment,
            "repairs": [asdict(r) for r in document.repairs],
            "blocks": [asdict(b) for b in document.blocks],
            "clauses": [asdict(c) for c in document.clauses],
            "exhibits": [asdict(e) for e in document.exhibits],
            "warnings": list(document.warnings),
        },
        added_at=datetime.now(UTC),
        revision=revision,
    )


def _document(row: DocumentRow) -> Document:
    structure = row.structure
    return Document(
        id=row.id,
        source=row.source,
        origin=Origin(row.origin),
        content_hash=row.content_hash,
        media_type=row.media_type,
        metadata=_metadata(row),
        original=row.original,
        text=row.text,
        alignment=tuple((a, b, c, d) for a, b, c, d in structure["alignment"]),
        repairs=tuple(Repair(**r) for r in structure["repairs"]),
        blocks=tuple(Block(**b) for b in structure["blocks"]),
        clauses=tuple(Clause(**(c | {"path": tuple(c["path"])})) for c in structure["clauses"]),
        exhibits=tuple(Exhibit(**e) for e in structure.get("exhibits", ())),
        warnings=tuple(structure["warnings"]),
    )


def _metadata(row: DocumentRow) -> Metadata:
    return Metadata(row.title, row.body, row.number, row.edition, row.published, row.effective, Status(row.status))


def _shelved(row: DocumentRow) -> Shelved:
    return Shelved(row.id, row.source, Origin(row.origin), _metadata(row), row.title_key)


def _chunk_row(chunk: Chunk, terms: ChunkTerms, revision: int) -> ChunkRow:
    return ChunkRow(
        **asdict(chunk),
        clause_key=clause_key(chunk.clause),
        words=terms.words,
        bigrams=terms.bigrams,
        heading_terms=terms.heading,
        revision=revision,
    )


def _chunk(row: ChunkRow) -> Chunk:
    return Chunk(row.id, row.document_id, row.ordinal, row.start, row.end, row.text, row.heading, row.clause, row.page)


def _faq_row(entry: FaqEntry, terms: Terms, origin: Origin, revision: int) -> FaqRow:
    content = asdict(entry) | {"as_of": entry.as_of.isoformat() if entry.as_of else None}
    return FaqRow(
        id=entry.id,
        content=content,
        content_hash=faq_hash(entry),
        origin=origin.value,
        words=" ".join(terms.words),
        bigrams=" ".join(terms.bigrams),
        revision=revision,
    )


def faq_hash(entry: FaqEntry) -> str:
    content = json.dumps(asdict(entry), ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(content.encode()).hexdigest()


def _faq(content: dict[str, Any]) -> FaqEntry:
    return FaqEntry(
        **content
        | {key: tuple(content[key]) for key in ("similar", "not_for", "facts")}
        | {
            "sources": tuple(Source(**source) for source in content["sources"]),
            "confidence": Confidence(content["confidence"]),
            "as_of": date.fromisoformat(content["as_of"]) if content["as_of"] else None,
        }
    )
