"""Passages and phrasings into the vector index, a batch at a time; what was embedded before is not embedded again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from knowledge.documents import Chunk
from knowledge.embeddings import EmbeddingModel
from knowledge.faqs import FaqEntry
from knowledge.vector_index import VectorIndex

_BATCH = 64  # passages a call: the model sorts them by length; progress moves, memory stays flat
_FAQ_BATCH = 32  # entries a write: the vector index pays per call

Report = Callable[[int, int], None]  # done, of how many


def embedded_text(chunk: Chunk) -> str:
    """What is embedded for a passage: its heading path and its text."""
    return f"{chunk.heading}\n{chunk.text}" if chunk.heading else chunk.text


@dataclass(frozen=True, slots=True)
class VectorWriter:
    """Without a model nothing is written, and the vectors of another are left alone."""

    index: VectorIndex
    embeddings: EmbeddingModel

    def passages(self, owner: str, chunks: Sequence[Chunk], earlier: Sequence[Chunk], report: Report) -> None:
        """Make these the document's vectors; those of equal text among the `earlier` passages are taken over."""
        if not self.embeddings.available:
            return
        known = {embedded_text(chunk): chunk.id for chunk in earlier}
        kept = self._kept("passage", [embedded_text(chunk) for chunk in chunks] if known else (), known)
        self.index.remove_owners("passage", [owner])  # a crash may have left more of them than there are now
        for at in range(0, len(chunks), _BATCH):
            batch = chunks[at : at + _BATCH]
            vectors = self._vectors([embedded_text(chunk) for chunk in batch], kept, self.embeddings.embed_documents)
            self.index.write("passage", [owner] * len(batch), [chunk.id for chunk in batch], vectors)
            report(at + len(batch), len(chunks))

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

    def forget(self, kind: str, owners: Sequence[str]) -> None:
        """Search passes over what the catalog has not: where there is no model, it may wait."""
        if self.embeddings.available and owners:
            self.index.remove_owners(kind, owners)

    def _kept(self, kind: str, texts: Sequence[str], known: Mapping[str, str]) -> dict[str, list[float]]:
        """Text → its vector, for those that have one."""
        ids = {known[text]: text for text in texts if text in known}
        return {ids[id_]: vector for id_, vector in self.index.vectors_of(kind, list(ids)).items()}

    def _vectors(
        self,
        texts: Sequence[str],
        kept: Mapping[str, Sequence[float]],
        embed: Callable[[list[str]], list[list[float]]],
    ) -> list[Sequence[float]]:
        new = [text for text in dict.fromkeys(texts) if text not in kept]
        embedded = dict(zip(new, embed(new), strict=True)) if new else {}
        return [kept[text] if text in kept else embedded[text] for text in texts]


def _points(entry: FaqEntry) -> Iterator[tuple[str, str]]:
    yield from ((f"{entry.id}#{i}", text) for i, text in enumerate(entry.phrasings))
    yield from ((f"{entry.id}!{i}", text) for i, text in enumerate(entry.not_for))
