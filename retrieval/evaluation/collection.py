"""A retrieval set indexed into a throw-away home, as our own documents are, and the rankings it is compared with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from knowledge.catalog import Catalog, ChunkTerms
from knowledge.cleaning.script import simplified
from knowledge.database import Base, Database
from knowledge.documents import Chunk, Document, Metadata, Origin
from knowledge.embeddings import EmbeddingModel
from knowledge.ingestion import embedded_text
from knowledge.keyword_index import KeywordIndex
from knowledge.splitting import split
from knowledge.terms import Segmenter
from knowledge.vector_index import open_vector_index
from retrieval.answers import Answer, Citation
from retrieval.evaluation.ablations import Ablation, Parts, answerer_of
from retrieval.evaluation.quotes import stands
from retrieval.evaluation.retrieval_sets import SetPassage
from retrieval.questions import Exchange, Question

SURENESS, STANDS_OUT, TOP_BM25 = "本系统的把握", "最好的一段高出其余", "BM25 最高分"
DEPTH = 100  # of every list before fusion
_RRF = 60
_WINDOW, _STEP = 380, 280  # characters
_BATCH = 64

Progress = Callable[[str, int, int], None]


class Collection:
    """A retrieval set indexed into a throw-away home as our own documents are."""

    def __init__(
        self,
        home: Path,
        embeddings: EmbeddingModel,
        segmenter: Segmenter,
        without: frozenset[Ablation] = frozenset(),
    ) -> None:
        self._database = Database(f"sqlite:///{home / 'set.db'}")
        Base.metadata.create_all(self._database.engine)
        self.catalog = Catalog(self._database)
        self._vectors = open_vector_index(home / "chroma", None, embeddings.name)
        self._embeddings, self._segmenter = embeddings, segmenter
        self._dense = Ablation.DENSE not in without
        parts = Parts(self.catalog, KeywordIndex(self.catalog), self._vectors, embeddings, segmenter)
        self.answerer = answerer_of(parts, without)
        self.reader, self.search = self.answerer.reader, self.answerer.search

    def add(self, passages: Sequence[SetPassage], progress: Progress) -> None:
        owners: list[str] = []
        points: list[str] = []
        texts: list[str] = []
        for done, passage in enumerate(passages):
            document, chunks = self._split(passage)
            terms = [self._terms(chunk.text, chunk.heading) for chunk in chunks]
            self.catalog.record(document, chunks, terms)
            owners += [document.id] * len(chunks)
            points += [chunk.id for chunk in chunks]
            texts += [embedded_text(chunk) for chunk in chunks]
            if done % _BATCH == 0:
                progress("分词入库", done, len(passages))
        for at in range(0, len(texts) if self._dense else 0, _BATCH):
            part = slice(at, at + _BATCH)
            progress("嵌入", at, len(texts))
            vectors = self._embeddings.embed_documents(texts[part])
            self._vectors.write("passage", owners[part], points[part], vectors)

    def _split(self, passage: SetPassage) -> tuple[Document, list[Chunk]]:
        title, text = simplified(passage.title), simplified(passage.text)
        document = Document(
            id=passage.id,
            source=passage.id,
            origin=Origin.FILE,
            content_hash=passage.id,
            media_type="text/plain",
            metadata=Metadata(title=title or passage.id),
            original=text,
            text=text,
        )
        return document, split(passage.id, title, text)

    def _terms(self, text: str, heading: str) -> ChunkTerms:
        terms, above = self._segmenter.terms(text), self._segmenter.terms(heading)
        return ChunkTerms(" ".join(terms.words), " ".join(terms.bigrams), " ".join(above.words))

    def rank(self, text: str, history: Sequence[Exchange] = ()) -> list[str]:
        """Passage ids, best first: a passage stands where its best chunk does."""
        understood = self.reader.read(Question(simplified(text), tuple(history)))
        found = self.search.ranked(understood, self.search.embed(understood), DEPTH)
        return list(dict.fromkeys(one.document.id for one in found))

    def sureness(self, text: str) -> dict[str, float]:
        """How sure the assistant is that what it found answers, 0 … 1, and how far its best passage stands out."""
        found = self.answerer.candidates(self.reader.read(Question(simplified(text), use_library=False)))
        top = max((passage.score for passage in found.passages), default=0.0)
        return {SURENESS: self.answerer.sureness(found), STANDS_OUT: top}

    def answer(self, text: str, history: Sequence[Exchange] = ()) -> Answer:
        return self.answerer.answer(Question(simplified(text), tuple(history), use_library=False))

    def stands(self, citation: Citation) -> bool:
        return stands(self.catalog, citation)

    def close(self) -> None:
        self._database.close()


class Baselines:
    """BM25 over words (k1 1.2, b 0.75), the embedding model alone, and both by reciprocal rank fusion (k 60)."""

    def __init__(
        self, passages: Sequence[SetPassage], embeddings: EmbeddingModel, segmenter: Segmenter, progress: Progress
    ) -> None:
        self._ids = [passage.id for passage in passages]
        texts = [simplified(f"{p.title}\n{p.text}".strip()) for p in passages]
        self._segmenter, self._embeddings = segmenter, embeddings
        self._bm25 = Bm25([segmenter.terms(text).words for text in texts])
        self._owners, windows = _windows(texts)
        vectors = []
        for at in range(0, len(windows), _BATCH):
            progress("对照：嵌入", at, len(windows))
            vectors += embeddings.embed_documents(windows[at : at + _BATCH])
        self._vectors = np.asarray(vectors, dtype=np.float32)

    def words(self, text: str) -> list[str]:
        return self._ordered(self._bm25.scores(self._segmenter.terms(simplified(text)).words))

    def dense(self, text: str) -> list[str]:
        similar = self._vectors @ np.asarray(self._embeddings.embed_query(simplified(text)), dtype=np.float32)
        best = np.full(len(self._ids), -1.0, dtype=np.float32)
        np.maximum.at(best, self._owners, similar)
        return self._ordered(best)

    def fusion(self, text: str) -> list[str]:
        scores: dict[str, float] = {}
        for ranking in (self.words(text), self.dense(text)):
            for place, one in enumerate(ranking, 1):
                scores[one] = scores.get(one, 0.0) + 1 / (_RRF + place)
        return sorted(scores, key=lambda one: -scores[one])

    def _ordered(self, scores: npt.NDArray[np.float32]) -> list[str]:
        return [self._ids[i] for i in np.argsort(-scores, kind="stable")[:DEPTH]]


class Bm25:
    def __init__(self, documents: Sequence[Sequence[str]], k1: float = 1.2, b: float = 0.75) -> None:
        lengths = np.array([len(words) for words in documents], dtype=np.float32)
        self._count = len(documents)
        self._norm = k1 * (1 - b + b * lengths / max(float(lengths.mean()), 1.0))
        self._k1 = k1
        postings: dict[str, dict[int, int]] = {}
        for at, words in enumerate(documents):
            for word in words:
                held = postings.setdefault(word, {})
                held[at] = held.get(at, 0) + 1
        self._postings = {w: (np.array(list(h)), np.array(list(h.values()), np.float32)) for w, h in postings.items()}

    def scores(self, words: Iterable[str]) -> npt.NDArray[np.float32]:
        out = np.zeros(self._count, dtype=np.float32)
        for word in set(words):
            if word not in self._postings:
                continue
            at, frequency = self._postings[word]
            rarity = np.log(1 + (self._count - len(at) + 0.5) / (len(at) + 0.5))
            out[at] += rarity * frequency * (self._k1 + 1) / (frequency + self._norm[at])
        return out


def _windows(texts: Sequence[str]) -> tuple[npt.NDArray[np.int64], list[str]]:
    owners, windows = [], []
    for owner, text in enumerate(texts):
        for at in range(0, max(len(text) - _WINDOW + _STEP, 1), _STEP):
            owners.append(owner)
            windows.append(text[at : at + _WINDOW])
    return np.asarray(owners), windows
