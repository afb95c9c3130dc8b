"""Citations checked by program, apart from the answering journey: each quote against the stored text at its offsets."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from knowledge.catalog import Catalog
from knowledge.errors import DocumentNotFound
from retrieval.answers import Answer, Citation

CheckQuote = Callable[[Citation], bool]
"""Whether a citation's quote stands, character for character, in its stored source."""


def stands(catalog: Catalog, citation: Citation) -> bool:
    """Whether the quote is what the catalog has of that document from `start` to `end`."""
    if not citation.document_id or citation.start is None or citation.end is None:
        return False
    try:
        text = catalog.document(citation.document_id).text
    except DocumentNotFound:
        return False
    return 0 <= citation.start < citation.end <= len(text) and text[citation.start : citation.end] == citation.quote


@dataclass(frozen=True, slots=True)
class Quotes:
    """How many quotes of how many hold; `without`: citations that only name a document whose text is not held."""

    valid: int = 0
    invalid: int = 0
    without: int = 0

    @property
    def checked(self) -> int:
        return self.valid + self.invalid

    def __add__(self, other: Quotes) -> Quotes:
        return Quotes(self.valid + other.valid, self.invalid + other.invalid, self.without + other.without)

    def as_json(self) -> dict[str, int]:
        return {"checked": self.checked, "valid": self.valid, "invalid": self.invalid, "without_quote": self.without}

    def told(self) -> str:
        return f"{self.checked} 处引文，逐字属实 {self.valid} 处，不符 {self.invalid} 处"


def check(answer: Answer, check_quote: CheckQuote) -> Quotes:
    quoted = [citation for citation in answer.citations if citation.quote]
    valid = sum(bool(check_quote(citation)) for citation in quoted)
    return Quotes(valid, len(quoted) - valid, len(answer.citations) - len(quoted))


def total(every: Iterable[Quotes]) -> Quotes:
    return sum(every, Quotes())
