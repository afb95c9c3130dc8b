"""Text to vectors, behind LangChain's `Embeddings`: the built-in e5, or any OpenAI-compatible service."""

from __future__ import annotations

from knowledge.embeddings.models import EmbeddingModel, NoEmbeddings, open_embeddings

__all__ = ["EmbeddingModel", "NoEmbeddings", "open_embeddings"]
