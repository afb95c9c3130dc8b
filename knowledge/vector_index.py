"""Vector search with Chroma: embedded in the data folder, or a Chroma server by URL.

The only file that imports Chroma, and the only one that sees its exceptions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar
from urllib.parse import urlsplit

from knowledge.errors import IndexMismatch, IndexUnavailable

Result = TypeVar("Result")

_REACH = 1000  # neighbours looked at in a search: what HNSW misses with few differs from one start to the next
_BATCH = 1000  # rows a call: below the SQLite variable limit of embedded Chroma


@dataclass(frozen=True, slots=True)
class VectorHit:
    id: str
    cosine: float  # -1 … 1


class VectorIndex:
    """Vectors of one embedding model. `kind` is passage or phrasing; `owner` the document or entry.

    `connect` is called at the first use, once: a clause is looked up without waiting for Chroma.
    """

    def __init__(self, connect: Callable[[], Any], model: str) -> None:
        self._connect = connect
        self._connected: Any = None
        self._connecting = Lock()
        self.model = model
        self._collections: dict[str, Any] = {}

    def replace_owner(self, kind: str, owner: str, ids: Sequence[str], vectors: Sequence[Sequence[float]]) -> None:
        """Make these the owner's only vectors; doing it again leaves the same."""
        self._replace(kind, [owner], [owner] * len(ids), ids, vectors)

    def replace_owners(
        self, kind: str, owners: Sequence[str], ids: Sequence[str], vectors: Sequence[Sequence[float]]
    ) -> None:
        """The same for many owners in one write; `owners[i]` is whose `ids[i]` is."""
        self._replace(kind, sorted(set(owners)), owners, ids, vectors)

    def write(self, kind: str, owners: Sequence[str], ids: Sequence[str], vectors: Sequence[Sequence[float]]) -> None:
        """Add vectors, over those of the same ids: the next part of what is too much for one call."""
        self._on(kind, lambda collection: _upsert(collection, owners, ids, vectors))

    def remove_owners(self, kind: str, owners: Sequence[str]) -> None:
        for at in range(0, len(owners), _BATCH):
            where = {"owner": {"$in": list(owners[at : at + _BATCH])}}
            self._on(kind, partial(_delete, where=where))

    def vectors_of(self, kind: str, ids: Sequence[str]) -> dict[str, list[float]]:
        """The vectors of those among the ids that have one."""
        found: dict[str, list[float]] = {}
        for at in range(0, len(ids), _BATCH):
            got = self._on(kind, partial(_get, ids=list(ids[at : at + _BATCH])))
            found.update((id_, [float(x) for x in v]) for id_, v in zip(got["ids"], got["embeddings"], strict=True))
        return found

    def _replace(
        self,
        kind: str,
        replaced: Sequence[str],
        owners: Sequence[str],
        ids: Sequence[str],
        vectors: Sequence[Sequence[float]],
    ) -> None:
        def replace(collection: Any) -> None:
            collection.delete(where={"owner": {"$in": list(replaced)}})
            _upsert(collection, owners, ids, vectors)

        self._on(kind, replace)

    def remove_owner(self, kind: str, owner: str) -> None:
        self._on(kind, lambda collection: collection.delete(where={"owner": owner}))

    def nearest(self, kind: str, vector: Sequence[float], limit: int) -> list[VectorHit]:
        def query(collection: Any) -> list[VectorHit]:
            found = collection.query(query_embeddings=[vector], n_results=limit, include=["distances"])
            pairs = zip(found["ids"][0], found["distances"][0], strict=True)
            return [VectorHit(id_, 1.0 - distance) for id_, distance in pairs]

        return self._on(kind, query)

    def count(self, kind: str) -> int:
        return self._on(kind, lambda collection: int(collection.count()))

    def clear(self) -> None:
        """Forget everything, whichever model wrote it: the first step of a rebuild."""
        with _translated():
            for collection in self._client().list_collections():
                if collection.name.startswith("guangzhi-"):
                    self._client().delete_collection(collection.name)
        self._collections.clear()

    def _on(self, kind: str, act: Callable[[Any], Result]) -> Result:
        """Act on a collection; once more where another worker's rebuild has put a new one in its place."""
        with _translated():
            from chromadb.errors import NotFoundError

            try:
                return act(self._collection(kind))
            except NotFoundError:
                self._collections.pop(kind, None)
                return act(self._collection(kind))

    def _client(self) -> Any:
        with self._connecting:
            if self._connected is None:
                self._connected = self._connect()
            return self._connected

    def _collection(self, kind: str) -> Any:
        if kind not in self._collections:
            collection = self._client().get_or_create_collection(
                f"guangzhi-{kind}",
                embedding_function=None,
                metadata={
                    "hnsw:space": "cosine",
                    "hnsw:search_ef": _REACH,
                    "hnsw:construction_ef": 256,
                    "hnsw:M": 32,
                    "model": self.model,
                },
            )
            written_by = (collection.metadata or {}).get("model", self.model)
            if written_by != self.model:
                raise IndexMismatch(
                    f"向量索引由 {written_by} 写成，现在的嵌入模型是 {self.model}，不能混用；请运行 guangzhi rebuild"
                )
            _reaching_far(collection)
            self._collections[kind] = collection
        return self._collections[kind]


def _reaching_far(collection: Any) -> None:
    """A collection keeps what it was made with: one of an earlier version looked at too few neighbours."""
    made_with = (collection.configuration or {}).get("hnsw") or {}
    if made_with.get("ef_search", _REACH) < _REACH:
        collection.modify(configuration={"hnsw": {"ef_search": _REACH}})


def _delete(collection: Any, where: dict[str, Any]) -> None:
    collection.delete(where=where)


def _get(collection: Any, ids: list[str]) -> Any:
    return collection.get(ids=ids, include=["embeddings"])


def _upsert(collection: Any, owners: Sequence[str], ids: Sequence[str], vectors: Sequence[Sequence[float]]) -> None:
    for at in range(0, len(ids), _BATCH):
        part = slice(at, at + _BATCH)
        metadatas = [{"owner": owner} for owner in owners[part]]
        collection.upsert(ids=list(ids[part]), embeddings=list(vectors[part]), metadatas=metadatas)


def open_vector_index(folder: Path, url: str | None, model: str) -> VectorIndex:
    """Nothing is opened before the first use, which raises IndexUnavailable where server or folder fail."""

    def connect() -> Any:
        import chromadb
        from chromadb.config import Settings

        quiet = Settings(anonymized_telemetry=False)
        if url:
            parts = urlsplit(url)
            ssl = parts.scheme == "https"
            port = parts.port or (443 if ssl else 8000)
            return chromadb.HttpClient(parts.hostname or "localhost", port, ssl=ssl, settings=quiet)
        folder.mkdir(parents=True, exist_ok=True)
        return chromadb.PersistentClient(str(folder), settings=quiet)

    return VectorIndex(connect, model)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (IndexMismatch, IndexUnavailable):
        raise
    except Exception as error:  # Chroma raises its own, httpx's, and the Rust core's plain exceptions
        raise IndexUnavailable(f"向量索引不可用：{error}") from error
