"""The questions and answers of a sheet as approved entries: they come and go with their document."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from knowledge.documents import Document, ReadFaq
from knowledge.faqs import OF_SHEET, Confidence, FaqEntry, Source


def sheet_entries(document: Document, faqs: Sequence[ReadFaq]) -> list[FaqEntry]:
    """Each row once. An entry's id is its document's and its own content's: another row has another id."""
    return list({entry.id: entry for entry in (_entry(document, faq) for faq in faqs)}.values())


def _entry(document: Document, faq: ReadFaq) -> FaqEntry:
    known = document.metadata
    day = known.published or known.effective
    source = Source(known.body or "", known.title, known.number, day.isoformat() if day else None)
    content = "\0".join((faq.question, faq.answer, *faq.similar))
    return FaqEntry(
        id=f"{document.id}{OF_SHEET}{hashlib.sha256(content.encode()).hexdigest()[:16]}",
        question=faq.question,
        answer=faq.answer,
        sources=(source,),
        confidence=Confidence.SEED,  # what the operator hands in may be stated, and no public page is claimed
        similar=tuple(one for one in dict.fromkeys(faq.similar) if one != faq.question),
        details=f"出自《{known.title.strip('《》')}》{faq.place}" if faq.place else "",
        as_of=day,
    )
