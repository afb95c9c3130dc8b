"""The catalog: every document, passage and FAQ entry, in the relational store. It is the truth.

Both indexes can be rebuilt from it. `revision` grows by one with every change, so that any process can
see that it is behind, and by what.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, defer, mapped_column

from knowledge.clauses import clause_key
from knowledge.database import Base, Database, Moment
from knowledge.documents import Block, Chunk, Clause, Document, Exhibit, Metadata, Origin, Repair, Status
from knowledge.editions import Shelved as Shelved
from knowledge.editions import changed_fields, edited, mark_superseded, title_key
from knowledge.errors import DocumentNotFound
from knowledge.faqs import OF_SHEET, Confidence, FaqEntry, Source
from knowledge.terms import Terms

_ROWS = 500  # passages a statement


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
    repealed: Mapped[date | None] = mapped_column(Date)
    replaces: Mapped[str | None] = mapped_column(Text)
    replaced_by: Mapped[str | None] = mapped_column(Text)
    # field → what the file itself says, for each field that an operator has set
    edits: Mapped[dict[str, str | None] | None] = mapped_column(JSON)
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


class PlaceRow(Base):
    """Where a document was read from. A file may change, and one document may lie in several places."""

    __tablename__ = "places"
    place: Mapped[str] = mapped_column(String(64), primary_key=True)
    source: Mapped[str] = mapped_column(Text)
    content_hash: Mapped[str] = mapped_column(String(64))  # of the file there, whatever format the document came in
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"), index=True)


class LikenessRow(Base):
    """What tells that another file holds the same text, or nearly the same."""

    __tablename__ = "likenesses"
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True)
    text_hash: Mapped[str] = mapped_column(String(64), index=True)
    sketch: Mapped[bytes] = mapped_column(LargeBinary)


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
_REVISION = select(StateRow.value).where(StateRow.key == "revision")  # read several times for every question
_CHUNK = tuple(getattr(ChunkRow, field.name) for field in fields(Chunk))
_WITHOUT_TEXT = (defer(DocumentRow.text), defer(DocumentRow.original), defer(DocumentRow.structure))


@dataclass(frozen=True, slots=True)
class ChunkTerms:
    words: str
    bigrams: str
    heading: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What was found in a place when it was last looked at."""

    place: str  # SHA-256 of where it is, see `ingestion.finding`
    source: str  # the name that people are shown
    content_hash: str
    document_id: str


@dataclass(frozen=True, slots=True)
class Likeness:
    """`text_hash` is equal where two texts are, marks and white space aside; `sketch` tells how much they share."""

    text_hash: str
    sketch: bytes


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """One row of the keyword index, whatever it stands for."""

    id: str
    owner: str  # document or entry
    kind: str  # passage | faq
    words: str
    bigrams: str
    heading: str = ""


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
        self,
        document: Document,
        chunks: Sequence[Chunk],
        terms: Sequence[ChunkTerms],
        replacing: Sequence[str] = (),
        *,
        faqs: Sequence[tuple[FaqEntry, Terms]] = (),
        standing: Standing | None = None,
        likeness: Likeness | None = None,
    ) -> int:
        """Write a document with its passages and entries, and drop those it replaces, in one transaction."""
        with self._database.session() as session:
            revision = _next_revision(session)
            if standing:
                _leave(session, standing)
            edits = _edits(session, [*replacing, document.id], document)
            _drop(session, [*replacing, document.id], revision)
            row = _document_row(document, revision)
            _set_fields(row, edits)
            session.add(row)
            session.flush()
            for at in range(0, len(chunks), _ROWS):  # plain rows: a big document is not held as objects as well
                part = zip(chunks[at : at + _ROWS], terms[at : at + _ROWS], strict=True)
                session.execute(insert(ChunkRow), [_chunk_values(chunk, t, revision) for chunk, t in part])
            session.add_all(_faq_row(entry, t, document.origin, revision) for entry, t in faqs)
            if standing:
                session.add(PlaceRow(**asdict(standing)))
            if likeness:
                session.add(LikenessRow(document_id=document.id, **asdict(likeness)))
            return revision

    def settle(self, standing: Standing, dropping: Sequence[str] = ()) -> None:
        """What lies there is a document held already; drop those that lie nowhere any more."""
        with self._database.session() as session:
            _leave(session, standing)
            if dropping:
                _drop(session, dropping, _next_revision(session))
            session.add(PlaceRow(**asdict(standing)))

    def standing(self, place: str) -> Standing | None:
        with self._database.reading() as session:
            row = session.get(PlaceRow, place)
            return Standing(row.place, row.source, row.content_hash, row.document_id) if row else None

    def only_from(self, place: str, source: str, origin: Origin) -> list[str]:
        """The documents that lie in this place and in no other; one of a time before places were kept, by its name."""
        with self._database.reading() as session:
            held = session.scalar(select(PlaceRow.document_id).where(PlaceRow.place == place))
            if held:
                elsewhere = select(PlaceRow.place).where(PlaceRow.document_id == held, PlaceRow.place != place)
                return [] if session.scalar(elsewhere.limit(1)) else [held]
            placed = select(PlaceRow.document_id)
            same = (DocumentRow.source == source, DocumentRow.origin == origin.value, DocumentRow.id.not_in(placed))
            return list(session.scalars(select(DocumentRow.id).where(*same)))

    def sources(self, among: Sequence[str]) -> dict[str, list[str]]:
        """Of these names, those that documents are shown by, with the documents."""
        named: dict[str, list[str]] = {}
        with self._database.reading() as session:
            query = select(DocumentRow.source, DocumentRow.id).where(DocumentRow.source.in_(among))
            for source, document_id in session.execute(query):
                named.setdefault(source, []).append(document_id)
        return named

    def same_text(self, text_hash: str) -> list[str]:
        """The documents with this very text, oldest first."""
        with self._database.reading() as session:
            query = select(LikenessRow.document_id).join(DocumentRow).where(LikenessRow.text_hash == text_hash)
            return list(session.scalars(query.order_by(DocumentRow.added_at)))

    def sketches(self) -> dict[str, bytes]:
        with self._database.reading() as session:
            return {row[0]: row[1] for row in session.execute(select(LikenessRow.document_id, LikenessRow.sketch))}

    def remove(self, document_id: str) -> int:
        with self._database.session() as session:
            if session.get(DocumentRow, document_id) is None:
                raise DocumentNotFound(f"没有编号为 {document_id} 的文档；用 guangzhi documents 查看全部编号")
            revision = _next_revision(session)
            _drop(session, [document_id], revision)
            return revision

    def set_metadata(
        self, document_id: str, changes: Mapping[str, str], today: date, heading_words: Callable[[str], str] = str
    ) -> Metadata:
        """What an operator says of a document, field by field, over what the file says; "" clears a field.

        `heading_words` gives the index terms of a passage's heading, which begins with the title.
        Raises DocumentNotFound, and KnowledgeError for a value that cannot be.
        """
        with self._database.session() as session:
            row = session.get(DocumentRow, document_id)
            if row is None:
                raise DocumentNotFound(f"没有编号为 {document_id} 的文档；用 guangzhi documents 查看全部编号")
            before = _metadata(row)
            after = edited(before, changes, today)
            row.revision = _next_revision(session)
            _set_fields(row, {name: _plain(getattr(after, name)) for name in changed_fields(before, after)})
            if before.title != after.title:
                _rename(session, row, before.title, heading_words)
            return after

    def document(self, document_id: str) -> Document:
        with self._database.reading() as session:
            row = session.get(DocumentRow, document_id)
            if row is None:
                raise DocumentNotFound(f"没有编号为 {document_id} 的文档")
            return _document(row)

    def shelved(self, document_id: str) -> Shelved:
        """One document as a list shows it. Raises DocumentNotFound."""
        with self._database.reading() as session:
            query = select(DocumentRow).options(*_WITHOUT_TEXT).where(DocumentRow.id == document_id)
            if (row := session.scalar(query)) is None:
                raise DocumentNotFound(f"没有编号为 {document_id} 的文档")
            return _shelved(row)

    def shelf(self, today: date | None = None) -> list[Shelved]:
        """Every document, oldest first, each superseded edition marked with the one in force today."""
        with self._database.reading() as session:
            rows = session.scalars(
                select(DocumentRow).options(*_WITHOUT_TEXT).order_by(DocumentRow.added_at, DocumentRow.id)
            )
            shelved = [_shelved(row) for row in rows]
        return mark_superseded(shelved, today or date.today())

    def chunks(self, ids: Iterable[str]) -> dict[str, Chunk]:
        wanted = list(ids)
        with self._database.reading() as session:
            # columns alone: the terms are as long as the text, and an object for each row costs more than the row
            rows = session.execute(select(*_CHUNK).where(ChunkRow.id.in_(wanted)))
            return {row[0]: Chunk(*row) for row in rows}

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
        """The entries that stand by themselves; those of a sheet come and go with their document."""
        with self._database.reading() as session:
            columns = select(FaqRow.id, FaqRow.content_hash).where(FaqRow.origin == origin.value)
            rows = session.execute(columns.where(FaqRow.id.not_like(f"%{OF_SHEET}%")))
            return {row.id: row.content_hash for row in rows}

    def sheet_faqs(self, document_id: str) -> dict[str, FaqEntry]:
        """The entries that came with a document."""
        with self._database.reading() as session:
            rows = session.scalars(select(FaqRow).where(_of_sheet(document_id)).order_by(FaqRow.id))
            return {row.id: _faq(row.content) for row in rows}

    # ---------------------------------------------------------------- terms

    def cut_anew(
        self,
        of_passage: Callable[[Chunk], ChunkTerms],
        of_entry: Callable[[FaqEntry], Terms],
        progress: Callable[[str, int, int], None],
    ) -> None:
        """Every passage and entry under the terms of another dictionary, a document at a time."""
        shelf = self.shelf()
        for done, shelved in enumerate(shelf):
            progress(shelved.metadata.title, done, len(shelf))
            with self._database.session() as session:
                revision = _next_revision(session)
                session.add(RemovalRow(owner=shelved.id, revision=revision))
                for row in session.scalars(select(ChunkRow).where(ChunkRow.document_id == shelved.id)):
                    terms = of_passage(_chunk(row))
                    row.words, row.bigrams, row.heading_terms = terms.words, terms.bigrams, terms.heading
                    row.revision = revision
        with self._database.session() as session:
            revision = _next_revision(session)
            for entry in session.scalars(select(FaqRow)):
                cut = of_entry(_faq(entry.content))
                entry.words, entry.bigrams, entry.revision = " ".join(cut.words), " ".join(cut.bigrams), revision
                session.add(RemovalRow(owner=entry.id, revision=revision))

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


def _changed_chunks(session: Session, after: int) -> Iterator[IndexEntry]:
    columns = (ChunkRow.id, ChunkRow.document_id, ChunkRow.words, ChunkRow.bigrams, ChunkRow.heading_terms)
    for row in session.execute(select(*columns).where(ChunkRow.revision > after)):
        yield IndexEntry(row[0], row[1], "passage", row[2], row[3], row[4])


def _changed_faqs(session: Session, after: int) -> Iterator[IndexEntry]:
    for row in session.execute(select(FaqRow.id, FaqRow.words, FaqRow.bigrams).where(FaqRow.revision > after)):
        yield IndexEntry(row[0], row[0], "faq", row[1], row[2])


def _revision(session: Session) -> int:
    return int(session.scalar(_REVISION) or 0)


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
    entries = [i for one in document_ids for i in session.scalars(select(FaqRow.id).where(_of_sheet(one)))]
    session.execute(delete(FaqRow).where(FaqRow.id.in_(entries)))
    session.execute(delete(ChunkRow).where(ChunkRow.document_id.in_(document_ids)))
    session.execute(delete(DocumentRow).where(DocumentRow.id.in_(document_ids)))
    session.add_all(RemovalRow(owner=owner, revision=revision) for owner in (*document_ids, *entries))
    session.flush()


def _leave(session: Session, standing: Standing) -> None:
    """Clear the place; a document that lies in another as well is from now on shown by its name there."""
    left = session.get(PlaceRow, standing.place)
    if left is None:
        return
    elsewhere = select(PlaceRow.source).where(
        PlaceRow.document_id == left.document_id, PlaceRow.place != standing.place
    )
    other = session.scalar(elsewhere.order_by(PlaceRow.source).limit(1))
    if other and left.document_id != standing.document_id:
        same = (DocumentRow.id == left.document_id, DocumentRow.source == left.source)
        session.execute(update(DocumentRow).where(*same).values(source=other))
    session.delete(left)
    session.flush()


def _of_sheet(document_id: str) -> ColumnElement[bool]:
    return FaqRow.id.startswith(f"{document_id}{OF_SHEET}", autoescape=True)


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
        repealed=m.repealed,
        replaces=m.replaces,
        replaced_by=m.replaced_by,
        original=document.original,
        text=document.text,
        structure={
            "alignment": document.alignment,
            "repairs": [_values(r) for r in document.repairs],
            "blocks": [_values(b) for b in document.blocks],
            "clauses": [_values(c) for c in document.clauses],
            "exhibits": [_values(e) for e in document.exhibits],
            "warnings": list(document.warnings),
        },
        added_at=datetime.now(UTC),
        revision=revision,
    )


def _values(one: Repair | Block | Clause | Exhibit | Chunk) -> dict[str, Any]:
    """The fields by name; `asdict` would copy every value, and there are tens of thousands."""
    return {name: getattr(one, name) for name in one.__slots__}


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
    return Metadata(
        row.title,
        row.body,
        row.number,
        row.edition,
        row.published,
        row.effective,
        Status(row.status),
        row.repealed,
        row.replaces,
        row.replaced_by,
    )


def _shelved(row: DocumentRow) -> Shelved:
    edits = frozenset(row.edits or ())
    return Shelved(row.id, row.source, Origin(row.origin), _metadata(row), row.title_key, edited=edits)


def _plain(value: Any) -> str | None:
    """A field of the metadata as JSON and an operator write it."""
    return value.isoformat() if isinstance(value, date) else value and str(value)


def _edits(session: Session, replaced: Sequence[str], document: Document) -> dict[str, str | None]:
    """What an operator had set on the versions of a file before this one, where the file still says the same."""
    kept: dict[str, str | None] = {}
    for row in session.scalars(select(DocumentRow).where(DocumentRow.id.in_(replaced))):
        if row.source == document.source:
            for name, as_read in (row.edits or {}).items():
                if _plain(getattr(document.metadata, name)) == as_read:
                    kept[name] = _plain(getattr(_metadata(row), name))
    return kept


def _set_fields(row: DocumentRow, values: Mapping[str, str | None]) -> None:
    """Put an operator's values on a row, and remember what the file says; its own value again is no edit."""
    edits = dict(row.edits or {})
    for name, text in values.items():
        as_read = edits.pop(name, _plain(getattr(row, name)))
        if text != as_read:
            edits[name] = as_read
        is_day = name in ("published", "effective", "repealed")
        setattr(row, name, date.fromisoformat(text) if is_day and text else text)
    row.edits = edits or None
    row.title_key = title_key(row.title)


def _rename(session: Session, row: DocumentRow, old: str, heading_words: Callable[[str], str]) -> None:
    """The passages under their new title. Every worker's index forgets the document and takes it in again."""
    session.add(RemovalRow(owner=row.id, revision=row.revision))
    for chunk in session.scalars(select(ChunkRow).where(ChunkRow.document_id == row.id)):
        if chunk.heading.startswith(old):
            chunk.heading = row.title + chunk.heading.removeprefix(old)
            chunk.heading_terms = heading_words(chunk.heading)
        chunk.revision = row.revision


def _chunk_values(chunk: Chunk, terms: ChunkTerms, revision: int) -> dict[str, Any]:
    return {
        **_values(chunk),
        "clause_key": clause_key(chunk.clause),
        "words": terms.words,
        "bigrams": terms.bigrams,
        "heading_terms": terms.heading,
        "revision": revision,
    }


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
