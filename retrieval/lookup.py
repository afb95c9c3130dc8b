"""Exact questions: a clause or article by its number. No ranking, and never a guess."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.catalog import Catalog, Shelved
from knowledge.documents import Chunk, Document, Origin
from knowledge.library import ListedClause, ListedStandard
from knowledge.standards import article_numeral, fold, fold_clause, squeeze
from retrieval import wording
from retrieval.answers import Answer, Citation, Outcome
from retrieval.extractive import cite
from retrieval.passages import Passage
from retrieval.understanding import Understood

_LONGEST = 280
_SHOWN_CLAUSES = 3
_ABOUT_A_CLAUSE = re.compile(r"条|款|讲|说|内容|要求|标准|9001|19001|规定|是什么|是啥|标题|附录|章")
_BARE = re.compile(r"^[\s\d.点零一二三四五六七八九十第条章附录a-h?？。]+$", re.I)


@dataclass(frozen=True, slots=True)
class ClauseLookup:
    catalog: Catalog
    standards: Sequence[ListedStandard]

    def answer(self, question: Understood, shelf: Sequence[Shelved]) -> Answer | None:
        """The clauses asked for, or that they do not exist, or which document is meant; None: not such a question."""
        numbers = list(dict.fromkeys(reference.number for reference in question.clauses))
        if not numbers:
            return None
        editions = [one for one in shelf if one.origin is Origin.FILE and _asked_edition(one, shelf, question)]
        named = _named(question, editions)
        listed = self._listed(question, numbers) if question.use_library else None
        if named:
            return self._from(question, named, numbers)
        holding = [one for one in editions if any(self.catalog.clause(one.id, n) for n in numbers)]
        if listed and (not holding or _names_standard(question, listed)):
            return _listed_answer(listed, numbers)
        if len(holding) == 1:
            return self._from(question, holding[0], numbers)
        if len(holding) > 1:
            return _which(numbers[0], holding)
        return None

    def _from(self, question: Understood, document: Shelved, numbers: Sequence[str]) -> Answer | None:
        whole = self.catalog.document(document.id)
        found = [(n, chunks) for n in numbers[:_SHOWN_CLAUSES] if (chunks := self._passages(whole, n))]
        if not found:
            return _no_such_clause(whole, numbers[0]) if any(c.number for c in whole.clauses) else None
        text = "\n".join(_shown(whole, chunks) for _, chunks in found)
        if document.superseded_by:
            newer = self.catalog.document(document.superseded_by)
            text += "\n" + wording.OLD_EDITION.format(edition=_edition(whole), newer=_edition(newer))
        return Answer(
            Outcome.ANSWERED,
            "clause",
            _cut(text),
            tuple(_citation(whole, document, chunks) for _, chunks in found),
            details=text if len(text) > _LONGEST else "",
        )

    def _passages(self, document: Document, number: str) -> list[Chunk]:
        """Those of the clause itself; of a chapter that is only a heading, the first ones that stand below it."""
        if chunks := self.catalog.clause(document.id, number):
            return chunks
        at = next((i for i, c in enumerate(document.clauses) if c.number and fold_clause(c.number) == number), None)
        if at is None:
            return []
        heading, *following = document.clauses[at:]
        end = next((c.start for c in following if c.level <= heading.level), len(document.text))
        below = [c for c in self.catalog.document_chunks(document.id) if heading.start <= c.start < end]
        return below[:_SHOWN_CLAUSES]

    def _listed(self, question: Understood, numbers: Sequence[str]) -> ListedStandard | None:
        """The standard known by its clause titles only, where the question means one."""
        for standard in self.standards:
            known = {clause.number for clause in standard.clauses}
            dotted = [n for n in numbers if re.fullmatch(r"\d+(\.\d+)+", n)]
            if not dotted:
                continue
            if _names_standard(question, standard):
                return standard
            asked = _BARE.match(fold(question.asked)) or _ABOUT_A_CLAUSE.search(fold(question.asked))
            chapters = {n.partition(".")[0] for n in known}
            if any(n.partition(".")[0] in chapters for n in dotted) and (asked or len(question.concepts) <= 3):
                return standard
        return None


def _asked_edition(one: Shelved, shelf: Sequence[Shelved], question: Understood) -> bool:
    """In force now; or, where a date is asked, the latest edition that had begun by then."""
    if question.as_of is None:
        return one.superseded_by is None
    begins = one.metadata.published
    if begins is None or begins > question.as_of:
        return False
    later = [
        other
        for other in shelf
        if other.title_key == one.title_key
        and other.metadata.published
        and begins < other.metadata.published <= question.as_of
    ]
    return not later


def _named(question: Understood, editions: Sequence[Shelved]) -> Shelved | None:
    """The one document whose title the question says, whole or by a distinctive part of it.

    Of 标准化法 and 标准化法实施条例 the longer match wins: who says the second does not mean the first.
    """
    texts = [squeeze(question.text), *(spelling for c in question.concepts for spelling in c.spellings)]
    scored = [(max(_title_overlap(text, one) for text in texts), one) for one in editions]
    scored = [(length, one) for length, one in scored if length >= len(one.title_key) / 2]
    if not scored:
        return None
    best = max(length for length, _ in scored)
    winners = [one for length, one in scored if length == best]
    return winners[0] if len(winners) == 1 else None


def _title_overlap(text: str, one: Shelved) -> int:
    """The length of the longest stretch of the title that stands in the text; 0 below three characters."""
    title = one.title_key
    for length in range(len(title), 2, -1):
        if any(title[at : at + length] in text for at in range(len(title) - length + 1)):
            return length
    return 0


def _names_standard(question: Understood, standard: ListedStandard) -> bool:
    text = squeeze(question.text)
    names = (standard.number, standard.equivalent or "", *standard.aliases)
    bare = {re.sub(r"[-:]\d{4}$", "", squeeze(name)) for name in names if name}
    return any(name and name in text for name in bare)


# ------------------------------------------------------------------ answers


def _shown(document: Document, chunks: Sequence[Chunk]) -> str:
    text = document.text[chunks[0].start : chunks[-1].end].strip().replace("\n\n", "\n")
    return re.sub(r"^#{1,6}\s+", "", text, flags=re.M)  # the markup's, not the clause's


def _cut(text: str) -> str:
    if len(text) <= _LONGEST:
        return text
    head = text[:_LONGEST]
    end = max(head.rfind(mark) for mark in "。；\n")
    return head[: end + 1 if end > _LONGEST // 2 else _LONGEST].rstrip() + "\n……（回复“详细”看全文）"


def _citation(document: Document, shelved: Shelved, chunks: Sequence[Chunk]) -> Citation:
    passage = Passage(chunks[0], shelved, 1.0)
    return cite(document, chunks[0].start, chunks[-1].end, passage)


def _edition(document: Document) -> str:
    return document.metadata.edition or (document.metadata.published or "").__str__()


def _no_such_clause(document: Document, number: str) -> Answer:
    articles = [c.number for c in document.clauses if c.number and c.number.endswith("条")]
    shown = _spoken(number) if number.startswith("第") else f" {number} 这一条"
    if articles and number.endswith("条"):
        extent = wording.EXTENT_ARTICLES.format(count=len(articles), last=articles[-1])
    else:
        extent = _nearest([c.number for c in document.clauses if c.number], number)
    text = wording.NO_SUCH_CLAUSE.format(title=document.metadata.title, number=shown, extent=extent)
    return Answer(Outcome.NOT_IN_KNOWLEDGE, "clause", text, missing=(number,))


def _spoken(number: str) -> str:
    """第12条之1 → 第十二条之一; what is no article, or beyond any, stays as it is."""
    if not number.startswith("第"):
        return number
    return re.sub(r"\d+", lambda m: article_numeral(int(m[0])) if int(m[0]) < 1000 else m[0], number)


def _nearest(numbers: Sequence[str], wanted: str) -> str:
    parent = wanted.rpartition(".")[0]
    near = [n for n in numbers if parent and n.rpartition(".")[0] == parent][-3:] or [n for n in numbers if n == parent]
    return wording.NEAREST_CLAUSES.format(nearest="、".join(near)) if near else ""


def _listed_answer(standard: ListedStandard, numbers: Sequence[str]) -> Answer:
    known = {clause.number: clause for clause in standard.clauses}
    found = [known[n] for n in numbers if n in known]
    name = f"{standard.number}（等同 {standard.equivalent}）" if standard.equivalent else standard.number
    if not found:
        wanted = next(n for n in numbers if "." in n)
        if (parent := _unlisted_below(known, wanted)) is not None:
            text = wording.CLAUSE_NOT_LISTED.format(
                number=name, clause=wanted, parent=f"{parent.number} {parent.title}"
            )
            return Answer(Outcome.NOT_IN_KNOWLEDGE, "clause", text, missing=(wanted,))
        extent = _nearest(list(known), wanted)
        text = wording.NO_SUCH_CLAUSE.format(
            title=f"{standard.number} {standard.title}", number=f" {wanted} 这一条", extent=extent
        )
        return Answer(Outcome.NOT_IN_KNOWLEDGE, "clause", text, missing=(wanted,))
    lines = [line for clause in found for line in _listed_lines(name, clause, known)]
    return Answer(
        Outcome.ANSWERED,
        "clause",
        "\n".join([*lines, wording.LISTED_NOTE]),
        tuple(_listed_citation(standard, clause) for clause in found),
    )


def _unlisted_below(known: dict[str, ListedClause], number: str) -> ListedClause | None:
    """The nearest listed clause above a number, where what lies below it is not listed: existence is then unknown."""
    above = number.rpartition(".")[0]
    while above and above not in known:
        above = above.rpartition(".")[0]
    listed_below = any(n.rpartition(".")[0] == above for n in known)
    return known[above] if above.count(".") >= 1 and not listed_below else None


def _listed_lines(name: str, clause: ListedClause, known: dict[str, ListedClause]) -> list[str]:
    lines = [wording.LISTED_CLAUSE.format(number=name, clause=clause.number, title=clause.title)]
    if clause.points:
        lines.append(clause.points)
    children = [c for n, c in known.items() if n.rpartition(".")[0] == clause.number]
    return lines + [f"{child.number} {child.title}" for child in children]


def _listed_citation(standard: ListedStandard, clause: ListedClause) -> Citation:
    source = standard.sources[0]
    return Citation(
        document=standard.title,
        source=f"内置知识/{standard.slug}.yaml",
        clause=clause.number,
        number=standard.number,
        body=source.body,
        date=source.date,
        url=source.url,
    )


def _which(number: str, holding: Sequence[Shelved]) -> Answer:
    shown = _spoken(number)
    lines = [wording.WHICH_DOCUMENT.format(number=shown)]
    titles = list(dict.fromkeys(one.metadata.title for one in holding))[:5]
    lines += [f"{i}. {title}" for i, title in enumerate(titles, 1)]
    return Answer(Outcome.DIALOGUE, "dialogue", "\n".join(lines), suggestions=tuple(f"{t}{shown}" for t in titles[:3]))
