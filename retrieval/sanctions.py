"""What a rule lays down in one article and punishes in another.

Who asks for the penalty names the duty: 没有合格证罚多少. The article that punishes names the duty by its number only:
「产品标识不符合本法第二十七条规定的，责令改正……」. Read beside what it refers to, it is found and understood.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from knowledge.documents import Chunk, Clause, Document
from knowledge.references import exact_references
from knowledge.standards import ClauseReference, fold_clause
from knowledge.subdivisions import paragraphs
from retrieval.answer_types import carries
from retrieval.passages import Passage
from retrieval.understanding import Asked

_PUNISHES = frozenset({Asked.PENALTY})
_ITS_OWN = re.compile(
    r"(?:本(?:法|条例|办法|规定|细则|规则|规程|规范|制度)|违反)(?P<named>第[^\s，,。；;：:]{1,8}条[^，,。；;：:的]*)"
)
_SANCTION = re.compile(r"罚款|没收|责令|吊销|给予警告|处分")
_ARTICLE = re.compile(r"第(\d+)条")
_MOST = 3  # articles that punish, brought in for one question
_RULES = 256  # documents
_WIDEST = 40  # articles of a range: wider, it says nothing of each


class Sanctions:
    """`document` and `chunks` fetch by a document's id; what a document punishes is read once."""

    def __init__(self, document: Callable[[str], Document], chunks: Callable[[str], Sequence[Chunk]]) -> None:
        self._document = document
        self._chunks = chunks
        self._of = lru_cache(maxsize=_RULES)(self._read)  # a document never changes under its id

    def beside(self, passages: Sequence[Passage]) -> list[Passage]:
        """The passages that punish what these lay down, each as likely as the duty it belongs to."""
        held = {one.chunk.id for one in passages}
        found: list[Passage] = []
        for passage in passages:
            punished = self._of(passage.document.id)
            for number in _numbers_in(self._document(passage.document.id), passage.chunk) if punished else ():
                for chunk in punished.get(number, ()):
                    if chunk.id not in held and len(found) < _MOST:
                        held.add(chunk.id)
                        found.append(replace(passage, chunk=chunk, also=()))
        return found

    def _read(self, document_id: str) -> Mapping[str, tuple[Chunk, ...]]:
        """The passages that punish a breach of each article, by its folded number."""
        document = self._document(document_id)
        at: defaultdict[str, list[int]] = defaultdict(list)
        articles = _articles(document)
        for start, line in (one for clause in articles.values() for one in _lines(document.text, clause)):
            for duty in _duties(line):
                if duty.number in articles and not _is_sanction(document.text, articles[duty.number]):
                    at[duty.number].append(start)
        if not at:
            return {}
        chunks = self._chunks(document_id)
        return {
            number: tuple({c.id: c for place in places for c in chunks if c.start <= place < c.end}.values())
            for number, places in at.items()
        }


def _line(text: str, at: int) -> str:
    end = text.find("\n", at)
    return text[text.rfind("\n", 0, at) + 1 : end if end >= 0 else len(text)]


def _articles(document: Document) -> dict[str, Clause]:
    numbered = ((fold_clause(c.number), c) for c in document.clauses if c.number)
    return {number: clause for number, clause in numbered if _ARTICLE.match(number)}


def _is_sanction(text: str, clause: Clause) -> bool:
    """What punishes is itself no duty: 「本法第四十九条至第五十二条规定禁止销售的产品」 only names goods by it."""
    return bool(_SANCTION.search(text, clause.start, clause.end))


def _lines(text: str, clause: Clause) -> Iterator[tuple[int, str]]:
    for match in re.compile(r"[^\n]+").finditer(text, clause.start, clause.end):
        yield match.start(), match[0]


def _numbers_in(document: Document, chunk: Chunk) -> Iterator[str]:
    for clause in document.clauses:
        if clause.number and clause.start < chunk.end and chunk.start < clause.end:
            yield fold_clause(clause.number)


def punished_by(document: Document, at: int) -> str:
    """The duties whose breach the 款 at `at` punishes, in the words of the articles it refers to; else empty."""
    duties = list(_duties(_line(document.text, at)))
    held = _articles(document) if duties else {}
    breached = [(held[one.number], one) for one in duties if one.number in held]
    text = document.text
    return "\n".join(_words(text, clause, duty) for clause, duty in breached if not _is_sanction(text, clause))


def punishes(document: Document, sanction: int, at: int) -> bool:
    """Whether the 款 at `sanction` punishes, by its number, the breach of the article that stands at `at`."""
    breached = {one.number for one in _duties(_line(document.text, sanction))}
    if not breached:
        return False
    duties = (one for number, one in _articles(document).items() if number in breached)
    return any(one.start <= at < one.end and not _is_sanction(document.text, one) for one in duties)


def _duties(line: str) -> Iterator[ClauseReference]:
    """The articles of its own document that a line punishes the breach of, ranges one by one."""
    if carries(_PUNISHES, line) <= 0:
        return
    for named in _ITS_OWN.finditer(line):
        for reference in exact_references(named["named"]):
            yield from _each(reference) if reference.through else (reference,)


def _each(reference: ClauseReference) -> Iterator[ClauseReference]:
    first, last = _ARTICLE.fullmatch(reference.number), _ARTICLE.fullmatch(reference.through or "")
    if first and last and int(first[1]) <= int(last[1]) < int(first[1]) + _WIDEST:
        for value in range(int(first[1]), int(last[1]) + 1):
            yield ClauseReference(f"第{value}条", reference.start, reference.end)


def _words(text: str, clause: Clause, duty: ClauseReference) -> str:
    """What the article says, or the 款 or 项 of it that is named."""
    own = list(paragraphs(text, clause.start, clause.end)) if duty.paragraph or duty.item else []
    if duty.paragraph and duty.paragraph <= len(own):
        own = [own[duty.paragraph - 1]]
    for paragraph in own if duty.item else ():
        if item := paragraph.item(duty.item or ""):
            return text[item.start : item.end]
    start, end = (own[0].start, own[0].end) if duty.paragraph and own else (clause.start, clause.end)
    return text[start:end]
