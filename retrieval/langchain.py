"""Our search as a LangChain retriever, for those who build their own chain. An example: docs/langchain.md."""

from __future__ import annotations

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict, Field

from retrieval.answering import Answerer
from retrieval.passages import Passage
from retrieval.questions import Question


class GuangzhiRetriever(BaseRetriever):
    """Finds passages as the assistant itself does, best first: editions in force, unless the question names another.

    Of each passage: `page_content` is the stored text, character for character; `metadata` has `document_id`, `start`
    and `end` (characters of that document's text), `title`, `body`, `number`, `clause`, `edition`, `date` (of
    publication, ISO), `page`, `heading`, `source` and `score` (higher is better, comparable within one question).
    What is not known is None.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    answerer: Answerer
    k: int = Field(default=5, ge=1, le=12)
    library: bool = True  # False: the ingested documents alone

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        question = self.answerer.reader.read(Question(query, use_library=self.library))
        search = self.answerer.search
        return [_as_document(passage) for passage in search.passages(question, search.embed(question))[: self.k]]


def _as_document(passage: Passage) -> Document:
    chunk, metadata = passage.chunk, passage.document.metadata
    return Document(
        id=chunk.id,
        page_content=chunk.text,
        metadata={
            "document_id": chunk.document_id,
            "start": chunk.start,
            "end": chunk.end,
            "title": metadata.title,
            "body": metadata.body,
            "number": metadata.number,
            "clause": chunk.clause,
            "edition": metadata.edition,
            "date": metadata.published.isoformat() if metadata.published else None,
            "page": chunk.page,
            "heading": chunk.heading,
            "source": passage.document.source,
            "score": round(passage.score, 6),
        },
    )
