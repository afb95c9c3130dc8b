"""Passages and phrasings into the vector index, a batch at a time; what was embedded before is not embedded again."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from itertools import islice
from math import ceil

from knowledge.documents import Chunk
from knowledge.embeddings import EmbeddingModel
from knowledge.faqs import FaqEntry
from knowledge.vector_index import VectorIndex

AT_ONCE = 2  # batches: one is cut into tokens, or sent to a service, while another is computed
_UNDER_WAY = AT_ONCE + 1  # batches of one document: the next is at hand while vectors are written
_BATCH = 32  # passages: the model sorts them by length; progress moves, memory stays flat
_WRITTEN = 64  # passages a write, and
_FAQ_BATCH = 32  # entries: the vector index pays per call

Report = Callable[[int, int], None]  # done, of how many
Vectors = list[Sequence[float]]


def embedded_text(chunk: Chunk) -> str:
    """What is embedded for a passage: its heading path and its text."""
    return f"{chunk.heading}\n{chunk.text}" if chunk.heading else chunk.text


class Embedding:
    """The passages of a document on their way to their vectors: begun at once, in the threads of `pool`.

    Iterating gives each batch with its vectors, in order, and raises what `embed` raises. A few batches are under way
    at any time, however long the document is.
    """

    def __init__(self, pool: Executor, embed: Callable[[Sequence[str]], Vectors], chunks: Sequence[Chunk]) -> None:
        self._pool = pool
        self._embed = embed
        self._batches = _batches(chunks)
        self._under_way: deque[tuple[Sequence[Chunk], Future[Vectors]]] = deque()
        self._send(_UNDER_WAY)

    def __iter__(self) -> Iterator[tuple[Sequence[Chunk], Vectors]]:
        while self._under_way:
            batch, vectors = self._under_way.popleft()
            done = vectors.result()
            self._send(1)
            yield batch, done

    def cancel(self) -> None:
        for _, vectors in self._under_way:
            vectors.cancel()

    def _send(self, count: int) -> None:
        for batch in islice(self._batches, count):
            texts = [embedded_text(chunk) for chunk in batch]
            self._under_way.append((batch, self._pool.submit(self._embed, texts)))


def _batches(chunks: Sequence[Chunk]) -> Iterator[Sequence[Chunk]]:
    """As few as can be, of like size."""
    size = ceil(len(chunks) / ceil(len(chunks) / _BATCH)) if chunks else 1
    return (chunks[at : at + size] for at in range(0, len(chunks), size))


@dataclass(frozen=True, slots=True)
class VectorWriter:
    """Without a model nothing is written, and the vectors of another are left alone."""

    index: VectorIndex
    embeddings: EmbeddingModel
    pool: Executor  # in whose threads passages are embedded

    def begin(self, chunks: Sequence[Chunk], earlier: Sequence[Chunk] = ()) -> Embedding | None:
        """The vectors of these passages to come, for `passages`; those of equal text among the `earlier` are kept."""
        if not self.embeddings.available:
            return None
        known = {embedded_text(chunk): chunk.id for chunk in earlier}
        kept = self._kept("passage", [embedded_text(chunk) for chunk in chunks] if known else (), known)
        return Embedding(self.pool, lambda texts: self._vectors(texts, kept, self.embeddings.embed_documents), chunks)

    def passages(self, owner: str, embedding: Embedding | None, count: int, report: Report) -> None:
        """Make these the document's only vectors, `count` of them."""
        if embedding is None:
            return
        self.index.remove_owners("passage", [owner])  # a crash may have left more of them than there are now
        done, ids, waiting = 0, list[str](), list[Sequence[float]]()
        for batch, vectors in embedding:
            done += len(batch)
            ids += [chunk.id for chunk in batch]
            waiting += vectors
            if len(ids) >= _WRITTEN or done == count:
                self.index.write("passage", [owner] * len(ids), ids, waiting)
                ids, waiting = [], []
            report(done, count)

    def entries(self, entries: Sequence[FaqEntry], earlier: Sequence[FaqEntry], report: Report) -> None:
        """Every phrasing, and every counter-example, is a point of its own: `entry#0`, `entry#1`, … `entry!0`, …"""
        if not self.embeddings.available:
            return
        known = {text: point for entry in earlier for point, text in _points(entry)}
        for at in range(0, len(entries), _FAQ_BATCH):
            batch = entries[at : at + _FAQ_BATCH]
            report(at, len(entries))
            points = [(e.id, point, text) for e in batch for point, text in _points(e)]
            texts = [text for _, _, text in points]
            vectors = self._vectors(texts, self._kept("phrasing", texts, known), self.embeddings.embed_questions)
            owners = [owner for owner, _, _ in points]
            self.index.replace_owners("phrasing", owners, [point for _, point, _ in points], vectors)

    def _kept(self, kind: str, texts: Sequence[str], known: Mapping[str, str]) -> dict[str, list[float]]:
        """Text → its vector, for those that have one."""
        ids = {known[text]: text for text in texts if text in known}
        return {ids[id_]: vector for id_, vector in self.index.vectors_of(kind, list(ids)).items()}

    def _vectors(
        self,
        texts: Sequence[str],
        kept: Mapping[str, Sequence[float]],
        embed: Callable[[list[str]], list[list[float]]],
    ) -> Vectors:
        new = [text for text in dict.fromkeys(texts) if text not in kept]
        embedded = dict(zip(new, embed(new), strict=True)) if new else {}
        return [kept[text] if text in kept else embedded[text] for text in texts]


def _points(entry: FaqEntry) -> Iterator[tuple[str, str]]:
    yield from ((f"{entry.id}#{i}", text) for i, text in enumerate(entry.phrasings))
    yield from ((f"{entry.id}!{i}", text) for i, text in enumerate(entry.not_for))
