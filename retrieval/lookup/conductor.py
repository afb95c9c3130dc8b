"""From the places a question names to the answer: which document, which edition, where in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from knowledge.catalog import Catalog, Shelved
from knowledge.comparison import Cut
from knowledge.documents import Origin
from knowledge.library import ListedStandard
from knowledge.standards import ClauseReference, squeeze, standard_references
from retrieval import wording
from retrieval.answers import Answer, Outcome
from retrieval.lookup.absent import apart, no_clause, no_exhibit, spoken_reference
from retrieval.lookup.conversation import Asked, asked, pinned_as_before
from retrieval.lookup.document_answers import answer_from
from retrieval.lookup.editions import Work, choose, name_of, spoken_day, works
from retrieval.lookup.held_works import HeldWorks
from retrieval.lookup.listed import listed_answer, meant
from retrieval.lookup.naming import Named, nicknamed, of_kind
from retrieval.lookup.places import HeldEdition
from retrieval.lookup.scopes import grouped, scopes
from retrieval.lookup.shown import LONGEST, LONGEST_LIST, cut, together
from retrieval.lookup.whole_documents import WholeDocuments
from retrieval.understanding import Understood

_OFFERED = 5
# What may stand behind a clause that is all one asks for.
_AFTER = re.compile(
    r"^(?:条款?|的|是|里|讲|说|规定|内容|写|怎么|如何|具体|原文|全文|呢|吗|什么|啥|了|要求|有|哪些|[?？。!])*$"
)
_CHILDREN = re.compile(
    r"(?:有|包括|包含|分为?)(?:了|着)?(?:哪些|哪几|几|多少|什么|啥)个?(?:子|小)?(?:条款|条(?!件|例)|节|章|小节)"
    r"|(?:下面|下边|下级|底下|之下)(?:都|还)?(?:有|是|分|包括|包含)|(?:条款|章节)(?:目录|列表|清单)|子条款|下级条款"
)
_COUNTED = re.compile(r"(?:几|多少|哪几|哪些)个?[款项段](?!目)")


class ClauseLookup:
    """Thread-safe."""

    def __init__(self, catalog: Catalog, standards: Sequence[ListedStandard], words: Cut | None = None) -> None:
        """`words` cuts changed clauses into the words that are compared."""
        self._held = HeldWorks(catalog)
        self._standards = standards
        self._whole = WholeDocuments(self._held, words)

    def answer(self, question: Understood, shelf: Sequence[Shelved]) -> Answer | None:
        """The places asked for, or that they do not exist, or which document is meant; None: not such a question."""
        files = works([one for one in shelf if one.origin is Origin.FILE])
        listed = self._standards if question.use_library else ()
        what = asked(question, files)
        if what is None:
            return self._whole.answer(question, files, listed)
        question = pinned_as_before(question, what)
        groups = list(grouped(what.references, list(scopes(what, files, listed, question))))
        several = len(groups) > 1 or any(len(scope) > 1 for scope, _ in groups)
        answers = [
            answer
            for scope, references in groups
            for named in scope or (Named(),)
            if (answer := self._named(question, replace(what, references=references), named, files, listed, several))
        ]
        longest = LONGEST_LIST if _asks_children(what) else LONGEST
        return cut(together(answers), longest) if answers else None

    def _named(
        self,
        question: Understood,
        what: Asked,
        named: Named,
        files: Sequence[Work],
        listed: Sequence[ListedStandard],
        several: bool,
    ) -> Answer | None:
        if named.not_held:
            return _not_held(what, named.not_held.name)
        if named.listed:
            return self._from_listed(question, what, named.listed, named.year)
        if len(named.works) == 1:
            return self._from_work(question, what, named.works[0], named.year, headed=several)
        within = named.works or (of_kind(named.kind, files) if named.kind else files)
        return self._unnamed(question, what, within or files, () if named.works or named.kind else listed)

    # ------------------------------------------------------------------ one document

    def _from_listed(
        self, question: Understood, what: Asked, standard: ListedStandard, year: str | None = None
    ) -> Answer:
        references = what.references
        if what.step:
            numbers = [clause.number for clause in standard.clauses]
            references = tuple(
                replace(r, number=numbers[at])
                for r in references
                if r.number in numbers and 0 <= (at := numbers.index(r.number) + what.step) < len(numbers)
            )
        return listed_answer(question, standard, references or what.references, year, _asks_children(what))

    def _from_work(
        self, question: Understood, what: Asked, work: Work, year: str | None = None, headed: bool = False
    ) -> Answer | None:
        chosen = choose(work, question, year)
        if chosen.refusal:
            missing = tuple(map(spoken_reference, what.references))
            return Answer(Outcome.NOT_IN_KNOWLEDGE, "refusal", chosen.refusal, missing=missing)
        counting = bool(_COUNTED.search(what.text))
        found = []
        for edition in self._held.editions(chosen):
            if answer := answer_from(edition, what, self._held.chunks, _asks_children(what), counting):
                head = _heading(edition, both=len(chosen.editions) > 1, several=headed)
                found.append(replace(answer, text=f"{head}\n{answer.text}" if head else answer.text))
        return together(found) if found else None

    # ------------------------------------------------------------------ none named

    def _unnamed(
        self, question: Understood, what: Asked, files: Sequence[Work], listed: Sequence[ListedStandard]
    ) -> Answer | None:
        """The one document that has the number; a question back where several have it."""
        if work := self._nicknamed(question, what, files):
            return self._from_work(question, what, work)
        if standard_references(what.text):
            return None  # of a standard that is not here
        holding = [work for work in files if self._held.have(choose(work, question), what.references)]
        if changed := _changed_since(holding, question):
            return self._pinned(question, what, changed, [work for work in holding if work is not changed])
        if question.as_of and holding:  # those whose edition of that time is not here may be meant as well
            holding = [work for work in files if self._held.ever_had(work, what.references)]
        if len(holding) == 1:
            return self._from_work(question, what, holding[0], headed=bool(question.edition or question.as_of))
        if holding:
            return _which(question, what.references, holding)
        if standard := meant(question, what.references, listed):
            return self._from_listed(question, what, standard)
        return self._nowhere(question, what, files)

    def _nicknamed(self, question: Understood, what: Asked, files: Sequence[Work]) -> Work | None:
        """The one numbered document that a few characters before the number fit; never what merely holds it."""
        before = what.text[: what.references[0].start]
        fitting = [
            work
            for work in nicknamed(before, files, self._standards)
            for edition in self._held.editions(choose(work, question))
            if edition.held.has_kind(what.references[0].number)
        ]
        return fitting[0] if len({id(work) for work in fitting}) == 1 else None

    def _pinned(self, question: Understood, what: Asked, work: Work, others: Sequence[Work]) -> Answer | None:
        """Asked of an earlier time, the one document that has changed since then; the others are named."""
        answer = self._from_work(question, what, work, headed=True)
        if answer is None or not others:
            return answer
        number = spoken_reference(what.references[0])
        titles = [one.title for one in others][:_OFFERED]
        also = wording.ALSO_IN.format(titles="、".join(f"《{_short(title)}》" for title in titles), number=number)
        suggestions = tuple(f"{_time_said(question)}{title}{number}" for title in titles[:3])
        return replace(answer, text=f"{answer.text}\n{also}", suggestions=suggestions)

    def _nowhere(self, question: Understood, what: Asked, files: Sequence[Work]) -> Answer | None:
        """No document has it: said so, where nothing else is asked and some documents are numbered this way."""
        reference = what.references[0]
        if len(what.references) > 1 or not _AFTER.match(squeeze(what.text[reference.end :])):
            return None
        if reference.number[:1].isdigit() and reference.kind == "clause" and squeeze(what.text[: reference.start]):
            return None  # 「增长了8.5」
        missing = (spoken_reference(reference),)
        chosen = [choose(work, question) for work in files if self._held.ever_had(work, what.references)]
        if chosen:
            return Answer(Outcome.NOT_IN_KNOWLEDGE, "refusal", chosen[0].refusal, missing=missing)
        editions = (edition for work in files for edition in self._held.editions(choose(work, question)))
        text = _in_none([edition for edition in editions if _has_such(edition, reference)], reference)
        return Answer(Outcome.NOT_IN_KNOWLEDGE, "clause", text, missing=missing) if text else None


def _not_held(what: Asked, name: str) -> Answer | None:
    """That a document is not here; None where more is asked than the clause itself: something else may know."""
    references = what.references
    if not _AFTER.match(squeeze(what.text[references[-1].end :])):
        return None
    number = apart("、".join(spoken_reference(r) for r in references))
    text = wording.DOCUMENT_NOT_HELD.format(name=apart(name).rstrip(), number=number)
    return Answer(Outcome.NOT_IN_KNOWLEDGE, "clause", text, missing=tuple(map(spoken_reference, references)))


def _has_such(edition: HeldEdition, reference: ClauseReference) -> bool:
    """Whether anything in it is numbered in this manner."""
    if reference.kind == "clause":
        return edition.held.has_kind(reference.number)
    return any(exhibit.kind == reference.kind for exhibit in edition.held.document.exhibits)


def _in_none(editions: Sequence[HeldEdition], reference: ClauseReference) -> str:
    if len(editions) > 1:
        return wording.NOT_ANYWHERE.format(number=apart(spoken_reference(reference)).rstrip())
    for edition in editions:
        if reference.kind == "clause":
            return no_clause(edition.held, reference.number, reference.within)
        return no_exhibit(edition.held, reference)
    return ""


def _changed_since(holding: Sequence[Work], question: Understood) -> Work | None:
    """Of several, the one whose edition then was another than today's: why else would a time be named."""
    if question.as_of is None or len(holding) < 2:
        return None
    changed = [work for work in holding if any(one.superseded_by for one, _ in choose(work, question).editions)]
    return changed[0] if len(changed) == 1 else None


def _which(question: Understood, references: Sequence[ClauseReference], holding: Sequence[Work]) -> Answer:
    shown = "、".join(spoken_reference(reference) for reference in references)
    titles = list(dict.fromkeys(work.title for work in holding))[:_OFFERED]
    lines = [wording.WHICH_DOCUMENT.format(number=shown), *(f"{i}. {title}" for i, title in enumerate(titles, 1))]
    suggestions = tuple(f"{_time_said(question)}{title}{shown}" for title in titles[:3])
    return Answer(Outcome.DIALOGUE, "dialogue", "\n".join(lines), suggestions=suggestions)


def _time_said(question: Understood) -> str:
    """The time or edition of a question, to be said again before a title."""
    if question.edition.isdigit():
        return wording.EDITION_OF_YEAR.format(year=question.edition)
    if question.edition in wording.EDITION_SAID:
        return wording.EDITION_SAID[question.edition]
    return f"{spoken_day(question.as_of)}时" if question.as_of else ""


def _asks_children(what: Asked) -> bool:
    return bool(_CHILDREN.search(what.text))


def _heading(edition: HeldEdition, both: bool, several: bool) -> str:
    """Which document or edition it is, where the answer has more than one."""
    metadata = edition.shelved.metadata
    title = f"《{_short(metadata.title)}》" if several else ""
    return title + (wording.EDITION_HEADING.format(edition=name_of(metadata)) if both else "")


def _short(title: str) -> str:
    return title.removeprefix("中华人民共和国")
