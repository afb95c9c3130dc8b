"""Of a document as a whole, or of a part without a number: its chapters, its dates, what its editions changed, a page.

「认证认可条例有多少条」, 「条例的附则」, 「什么时候施行」, 「新旧版有什么区别」, 「课件第3张讲了什么」.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from knowledge.comparison import Comparison, Cut, compare
from knowledge.library import ListedStandard
from knowledge.references import exact_references
from knowledge.standards import squeeze
from retrieval.answers import Answer
from retrieval.lookup.changes import asks_changes, sides, told
from retrieval.lookup.document_answers import outline, titled
from retrieval.lookup.editions import Work, choose
from retrieval.lookup.held_works import HeldWorks
from retrieval.lookup.listed import outline as listed_outline
from retrieval.lookup.naming import Named, names, without_names
from retrieval.lookup.of_itself import aspect_of, of_itself
from retrieval.lookup.pages import asks_no_more, counts_by, page_answer, page_asked, which_pages
from retrieval.lookup.places import HeldEdition
from retrieval.lookup.shown import LONGEST, LONGEST_LIST, cut, together
from retrieval.understanding import Understood

_COMPARED = 16  # pairs of editions, kept once compared
_OUTLINE = re.compile(
    r"(?:多少|几|哪些|哪几)个?(?:章节?|条(?:款|文)?|附录)(?:$|[?？,，。呢啊呀吗\s])"
    r"|(?:章节|条款)目录|的目录|(?:全文|整[个部])结构"
)


_BARE_OUTLINE = re.compile(
    r"(?:它|一?共|总共|全文|整部|有|是)*(?:多少|几|哪些|哪几)个?(?:章节?|条(?:款|文)?|附录)(?:的|呢|吗|啊|[?？])*"
)
_TITLES = re.compile(r"《([^《》]{2,60})》")
_AFTER_TITLE = re.compile(
    r"^(?:的|里面?|中|关于|请问|看看|查一?下)+|(?:这?一?(?:章|部分))?(?:讲|说|写|是|有|规定|的?内容|列|了|什么|啥|哪些|呢|吗|[?？。!])*$"
)


class WholeDocuments:
    """Thread-safe. `words` cuts changed clauses into the words that are compared."""

    def __init__(self, held: HeldWorks, words: Cut | None = None) -> None:
        self._held = held
        self._words = words
        self._compared = lru_cache(maxsize=_COMPARED)(self._compare)

    def answer(self, question: Understood, files: Sequence[Work], listed: Sequence[ListedStandard]) -> Answer | None:
        """None where nothing of the kind is asked, or the documents do not say it."""
        return self._page(question, files) or self._of_whole(question, files, listed)

    def _of_whole(self, question: Understood, files: Sequence[Work], listed: Sequence[ListedStandard]) -> Answer | None:
        named = names(question.own, files, listed) or self._before(question, files, listed)
        if len(named) != 1:
            return None
        asks_outline = bool(_OUTLINE.search(question.own))
        if named[0].listed:
            return listed_outline(named[0].listed) if asks_outline else None
        if len(named[0].works) != 1:
            return None
        work = named[0].works[0]
        rest = without_names(question.own, work)
        if answer := self._of_itself(question, work, rest, named[0].year):
            return answer
        title = _AFTER_TITLE.sub("", rest)
        if not asks_outline and not title:
            return None
        chosen = choose(work, question, named[0].year)
        found = [
            answer
            for edition in self._held.editions(chosen)
            if (
                answer := outline(edition, self._held.chunks)
                if asks_outline
                else titled(edition, title, self._held.chunks)
            )
        ]
        return cut(together(found), LONGEST_LIST if asks_outline else LONGEST) if found else None

    def _before(self, question: Understood, files: Sequence[Work], listed: Sequence[ListedStandard]) -> list[Named]:
        """The document the conversation was about, where a question asks nothing but something of a document."""
        bare = squeeze(question.own)
        if not question.history or not (aspect_of(bare) or asks_changes(bare) or _BARE_OUTLINE.fullmatch(bare)):
            return []
        before = question.history[-1]
        places = exact_references(before.question)
        asked_then = before.question[: places[0].start] if places else before.question
        return names(asked_then, files, listed) or [
            named for title in _TITLES.findall(before.answer)[:1] for named in names(title, files, listed)
        ]

    def _of_itself(self, question: Understood, work: Work, rest: str, year: str | None) -> Answer | None:
        """「认证认可条例什么时候施行」, 「谁发布的」, 「还有效吗」, 「新旧版有什么区别」; None where more is asked."""
        if asks_changes(rest) and (compared := sides(work, question.own)):
            old, new = (HeldEdition(self._held.document(one.id), one) for one in compared)
            found = self._compared(old.held.document.id, new.held.document.id)
            return told(found, old, new, self._held.chunks)
        if (aspect := aspect_of(rest)) is None:
            return None
        chosen = choose(work, question, year)
        found_in = (of_itself(aspect, work, edition, self._held.chunks) for edition in self._held.editions(chosen))
        return next((answer for answer in found_in if answer), None)

    def _compare(self, old: str, new: str) -> Comparison:
        return compare(self._held.document(old).document, self._held.document(new).document, self._words)

    def _page(self, question: Understood, files: Sequence[Work]) -> Answer | None:
        """Where no document is named: of the one that has pages, or a question back."""
        asked_for = page_asked(question.own)
        if asked_for is None:
            return None
        named = [one.works[0] for one in names(asked_for.rest, files, ()) if len(one.works) == 1]
        if not asks_no_more(without_names(asked_for.rest, named[0]) if named else asked_for.rest):
            return None
        before = (
            [] if named else [w for h in question.history[-1:] for n in names(h.question, files, ()) for w in n.works]
        )
        works = named[:1] or before[:1] or files
        editions = (one for work in works for one in self._held.editions(choose(work, question)))
        paged = [one for one in editions if counts_by(one.held.document, asked_for)]
        if len(paged) > 1:
            return which_pages([one.held.document.metadata.title for one in paged], asked_for)
        return page_answer(paged[0], asked_for, self._held.chunks) if paged else None
