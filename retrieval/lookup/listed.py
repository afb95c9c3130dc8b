"""Standards known by their clause titles only: which are meant, and what can be said of a number."""

from __future__ import annotations

import re
from collections.abc import Sequence

from knowledge.library import ListedClause, ListedStandard
from knowledge.references import order
from knowledge.standards import ClauseReference, fold
from retrieval import wording
from retrieval.answers import Answer, Citation, Outcome
from retrieval.lookup.absent import nearest, spoken_reference
from retrieval.lookup.editions import spoken_day
from retrieval.understanding import BOTH, NEWEST, Understood

_ABOUT_A_CLAUSE = re.compile(r"条|款|讲|说|内容|要求|标准|9001|19001|规定|是什么|是啥|标题|附录|章")
_BARE = re.compile(r"^[\s\d.点零一二三四五六七八九十第条章附录a-h到至~?？。呢-]+$", re.I)
_MOST_CONCEPTS = 3


def meant(
    question: Understood, references: Sequence[ClauseReference], standards: Sequence[ListedStandard]
) -> ListedStandard | None:
    """The standard that a dotted number without any name means, where the question is about a clause at all."""
    dotted = [r.number for r in references if re.fullmatch(r"\d+(\.\d+)+", r.number) and r.kind == "clause"]
    text = fold(question.asked)
    about = _BARE.match(text) or _ABOUT_A_CLAUSE.search(text) or len(question.concepts) <= _MOST_CONCEPTS
    for standard in standards:
        chapters = {clause.number.partition(".")[0] for clause in standard.clauses}
        if about and any(number.partition(".")[0] in chapters for number in dotted):
            return standard
    return None


def fits(standard: ListedStandard, reference: ClauseReference) -> bool:
    """Whether a number is of a kind that standards use: an article is some regulation's."""
    return not re.search(r"[编节条]", reference.number)


def listed_answer(
    question: Understood,
    standard: ListedStandard,
    references: Sequence[ClauseReference],
    year: str | None = None,
    children: bool = False,
) -> Answer:
    """Titles of the clauses asked for; or that they are not listed, do not exist, or are of another edition."""
    if refusal := _other_edition(question, standard, year):
        return _nothing(refusal, references)
    known = {clause.number: clause for clause in standard.clauses}
    name = f"{standard.number}（等同 {standard.equivalent}）" if standard.equivalent else standard.number
    found: list[ListedClause] = []
    absent: list[tuple[ClauseReference, str]] = []
    for reference in references:
        clauses = _found(known, reference)
        found += [clause for clause in clauses if clause not in found]
        if not clauses:
            absent.append((reference, _absent(standard, known, reference)))
    sentences = [sentence for _, sentence in absent]
    if not found:
        return _nothing("\n".join(sentences), references)
    if len(found) == 1:
        lines = _lines(name, found[0], known, children)
    else:
        lines = [name, *(f"{clause.number} {clause.title}" for clause in found)]
    return Answer(
        Outcome.PARTLY_SUPPORTED if absent else Outcome.ANSWERED,
        "clause",
        "\n".join([*lines, *sentences, wording.LISTED_NOTE]),
        tuple(_citation(standard, clause) for clause in found),
        missing=tuple(spoken_reference(reference) for reference, _ in absent),
    )


def outline(standard: ListedStandard) -> Answer:
    """Its chapters."""
    chapters = [clause for clause in standard.clauses if "." not in clause.number]
    lines = [
        f"{standard.number}《{standard.title}》",
        *(f"{c.number} {c.title}" for c in chapters),
        wording.LISTED_NOTE,
    ]
    return Answer(Outcome.ANSWERED, "clause", "\n".join(lines), tuple(_citation(standard, c) for c in chapters))


def _nothing(text: str, references: Sequence[ClauseReference]) -> Answer:
    return Answer(Outcome.NOT_IN_KNOWLEDGE, "clause", text, missing=tuple(map(spoken_reference, references)))


def _other_edition(question: Understood, standard: ListedStandard, year: str | None) -> str:
    years = re.findall(r"(?<=[-:])(?:19|20)\d{2}", f"{standard.number} {standard.equivalent or ''}")
    asked = year or question.edition
    if asked in {NEWEST, BOTH}:
        return wording.LISTED_EDITION.format(number=standard.number, asked=wording.LISTED_NEWEST)
    if asked.isdigit() and years and asked not in years:
        sentence = wording.LISTED_EDITION if asked > max(years) else wording.LISTED_OTHER_EDITION
        return sentence.format(number=standard.number, asked=wording.EDITION_OF_YEAR.format(year=asked))
    if not asked and question.as_of and years and str(question.as_of.year) < min(years):
        then = wording.EDITION_THEN.format(day=spoken_day(question.as_of))
        return wording.LISTED_OTHER_EDITION.format(number=standard.number, asked=then)
    return ""


def _key(number: str) -> str:
    """第10章 and 第10条 of a standard are its clause 10."""
    match = re.fullmatch(r"第(\d+)[章条]", number)
    return match[1] if match else number


def _found(known: dict[str, ListedClause], reference: ClauseReference) -> list[ListedClause]:
    if reference.kind != "clause":
        return []
    number = _key(reference.number)
    if reference.through is None:
        return [known[number]] if number in known else []
    low, high = order(number), order(_key(reference.through))
    return [c for n, c in known.items() if n.count(".") == number.count(".") and low <= order(n) <= high]


def _absent(standard: ListedStandard, known: dict[str, ListedClause], reference: ClauseReference) -> str:
    number = _key(reference.number)
    if not number[:1].isdigit() or reference.kind != "clause":
        return wording.LISTED_NO_EXHIBIT.format(number=standard.number, clause=spoken_reference(reference))
    chapters = [int(n.partition(".")[0]) for n in known]
    if int(number.partition(".")[0]) < min(chapters):
        return wording.LISTED_NO_EXHIBIT.format(number=standard.number, clause=f" {number}")
    if (parent := _unlisted_below(known, number)) is not None:
        above = f"{parent.number} {parent.title}"
        return wording.CLAUSE_NOT_LISTED.format(number=standard.number, clause=number, parent=above)
    extent = nearest({n: f"{n} {clause.title}" for n, clause in known.items()}, number)
    if not extent:
        last = max(known.values(), key=lambda clause: int(clause.number.partition(".")[0]))
        last = known[last.number.partition(".")[0]]
        extent = wording.NO_MORE_THAN.format(count=last.number, unit="章", last=f"{last.number} {last.title}")
    title = f"{standard.number} {standard.title}"
    return wording.NO_SUCH_CLAUSE.format(title=title, number=f" {number} 这一条", extent=extent)


def _unlisted_below(known: dict[str, ListedClause], number: str) -> ListedClause | None:
    """The nearest listed clause above a number, where what lies below it is not listed: existence is then unknown."""
    above = number.rpartition(".")[0]
    while above and above not in known:
        above = above.rpartition(".")[0]
    listed_below = any(n.rpartition(".")[0] == above for n in known)
    return known[above] if above.count(".") >= 1 and not listed_below else None


def _lines(name: str, clause: ListedClause, known: dict[str, ListedClause], children: bool) -> list[str]:
    lines = [wording.LISTED_CLAUSE.format(number=name, clause=clause.number, title=clause.title)]
    if clause.points:
        lines.append(clause.points)
    below = [c for n, c in known.items() if n.rpartition(".")[0] == clause.number]
    if children and not below:
        lines.append(wording.LISTED_NO_CHILDREN)
    return lines + [f"{child.number} {child.title}" for child in below]


def _citation(standard: ListedStandard, clause: ListedClause) -> Citation:
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
