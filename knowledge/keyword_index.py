"""Keyword search with Tantivy (BM25), held per process and filled from the catalog.

Terms arrive ready-made, so Tantivy only splits at spaces. Catching up with the catalog's revision makes
a change in one worker findable in the others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log
from sys import intern
from threading import Lock
from typing import Any

from knowledge.catalog import Catalog, IndexEntry

_HEAP_BYTES = 30_000_000
FIELDS = ("words", "bigrams", "heading")


@dataclass(frozen=True, slots=True)
class KeywordHit:
    id: str
    score: float  # BM25, unbounded; comparable within one search only


class KeywordIndex:
    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._lock = Lock()
        self._index = _empty_index()
        self._revision = 0
        self._frequencies: Counter[str] = Counter()
        self._rarities: dict[str, float] = {}  # of words asked about
        self._words: dict[str, tuple[str, tuple[str, ...]]] = {}  # id → owner, distinct words: to forget them by

    def catch_up(self) -> int:
        """Follow the catalog; returns the revision reached. Cheap when nothing changed."""
        if self._catalog.revision() == self._revision:
            return self._revision
        with self._lock:
            now, removed, entries = self._catalog.index_entries(self._revision)
            self._apply(removed if self._revision else (), entries)
            self._revision = now
        return now

    def rebuild(self) -> None:
        with self._lock:
            self._index, self._revision = _empty_index(), 0
            self._frequencies.clear()
            self._rarities = {}
            self._words.clear()
        self.catch_up()

    def search(self, kind: str, weights: Mapping[str, Mapping[str, float]], limit: int) -> list[KeywordHit]:
        """The best rows of one kind. `weights`: field → term → weight of the term in the question."""
        import tantivy

        clauses = [
            (tantivy.Occur.Should, tantivy.Query.boost_query(_term(self._index, field, term), weight))
            for field, terms in weights.items()
            for term, weight in terms.items()
            if weight > 0
        ]
        if not clauses:
            return []
        query = tantivy.Query.boolean_query(
            [
                (tantivy.Occur.Must, tantivy.Query.const_score_query(_term(self._index, "kind", kind), 0.0)),
                (tantivy.Occur.Must, tantivy.Query.boolean_query(clauses)),
            ]
        )
        searcher = self._index.searcher()
        hits = searcher.search(query, limit).hits
        return [KeywordHit(searcher.doc(address)["id"][0], score) for score, address in hits]

    def rarity(self, word: str) -> float:
        """Inverse document frequency over passages and entries, at least 0: log((N+1)/(n+0.5))."""
        rarities = self._rarities  # replaced, not emptied, when rows come and go
        known = rarities.get(word)
        if known is None:
            frequency = self._frequencies[word]
            known = max(log((len(self._words) + 1) / (frequency + 0.5)), 0.0)
            if frequency:  # what people type may be anything
                rarities[word] = known
        return known

    def knows(self, word: str) -> bool:
        return self._frequencies[word] > 0

    def words(self) -> list[str]:
        """Every word that some row has, in no order."""
        return [word for word, rows in self._frequencies.items() if rows > 0]

    def __len__(self) -> int:
        return len(self._words)

    def _apply(self, removed: Iterable[str], entries: Sequence[IndexEntry]) -> None:
        gone = set(removed)
        if not gone and not entries:
            return
        import tantivy

        writer = self._index.writer(_HEAP_BYTES, 1)
        for owner in gone:
            writer.delete_documents_by_term("owner", owner)
        for entry_id in [i for i, (owner, _) in self._words.items() if owner in gone]:
            self._frequencies.subtract(self._words.pop(entry_id)[1])
        for entry in entries:
            writer.add_document(_document(tantivy, entry))
            words = tuple({intern(word) for word in entry.words.split(" ")})  # one string for all that have it
            self._words[entry.id] = (entry.owner, words)
            self._frequencies.update(words)
        self._rarities = {}
        writer.commit()
        self._index.reload()


def _document(tantivy: Any, entry: IndexEntry) -> Any:
    document = tantivy.Document()
    for field in ("id", "owner", "kind", *FIELDS):
        document.add_text(field, getattr(entry, field))
    return document


def _term(index: Any, field: str, value: str) -> Any:
    import tantivy

    return tantivy.Query.term_query(index.schema, field, value)


def _empty_index() -> Any:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw")
    for field in ("owner", "kind"):
        builder.add_text_field(field, stored=False, tokenizer_name="raw", index_option="basic")
    for field in FIELDS:
        builder.add_text_field(field, stored=False, tokenizer_name="whitespace", index_option="freq")
    return tantivy.Index(builder.build())
