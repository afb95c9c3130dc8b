"""What search finds: passages of documents and FAQ entries, with how they were found."""

from __future__ import annotations

from dataclasses import dataclass

from knowledge.catalog import Shelved
from knowledge.documents import Chunk
from knowledge.faqs import FaqEntry


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk that may carry the answer. `keyword` is its BM25 score over the best one's; `cosine` -1 … 1."""

    chunk: Chunk
    document: Shelved
    score: float
    keyword: float = 0.0
    cosine: float = 0.0
    also: tuple[str, ...] = ()  # chunks of other documents that say the same, left out in favour of this one


@dataclass(frozen=True, slots=True)
class FaqMatch:
    """An approved entry that may be the answer; `score` standardised among all that were found."""

    entry: FaqEntry
    cosine: float  # to the nearest phrasing; 0 without an embedding model
    against: float  # to the nearest counter-example
    keyword: float  # BM25 over the best entry's
    phrasing: str  # the nearest one
    score: float = 0.0  # standard deviations above what else was found
