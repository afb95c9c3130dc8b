"""What a question asks for in the light of those before it: 「第十三条呢」, 「那下一条呢」, 「第二款呢」, 「2」."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from knowledge.references import exact_references, loose_subdivision
from knowledge.standards import ClauseReference, fold, numeral_value, squeeze
from retrieval import wording
from retrieval.lookup.editions import Work
from retrieval.questions import Exchange
from retrieval.understanding import Asked as Kind
from retrieval.understanding import Understood, pinned_day, pinned_edition

_REMEMBERED = 6  # exchanges
_SHORT = 16  # characters; a longer question says itself what it means
_BARE_END = (
    r"(?:呢|是什么|是啥|(?:的|是)?(?:讲|说|写)的?(?:什么|啥)|怎么(?:说|写|规定)的?|的?(?:内容|规定|全文))*[?？。!！]*$"
)
_STEP = re.compile(
    rf"^(?:那么?|再|然后|看看?|接着|还有|它的?|这一?条的?)*(下|后|上|前)面?(?:一|1|那)?个?(条|章|节|款|项){_BARE_END}"
)
_REST = re.compile(rf"^{_BARE_END}")
_FOLLOWS = re.compile(r"^(?:那|再|然后|还有)|呢[?？]?$")
_FILLER = re.compile(r"^(?:那|我问的?是|问的?是|是|就是|换成|看)+|(?:呢|的|吧|啊|里的?|那[个份部])*[?？。!！]*$")
_BREACH = re.compile(r"违反|违背|不(?:符合|遵守|按照?|执行|履行)|触犯")
_WHICH = wording.WHICH_DOCUMENT.partition("，")[2]


@dataclass(frozen=True, slots=True)
class Asked:
    """Places asked for, with the text they stood in and the questions before it, newest first."""

    text: str
    references: tuple[ClauseReference, ...]
    step: int = 0  # so many clauses on from the reference: 「那下一条呢」
    earlier: tuple[str, ...] = ()
    penalty: bool = False  # what follows from a breach of it


def asked(question: Understood, works: Sequence[Work]) -> Asked | None:
    """What the question asks for; None where it names no place, not even together with what went before."""
    earlier = _effective(question.history[-_REMEMBERED:], works)
    text = question.own or question.text
    if picked := _picked(text, question.history[-1:], earlier[-1:], works):
        return Asked(picked, tuple(exact_references(picked)), 0, tuple(reversed(earlier)))
    if question.clauses:
        breach = Kind.PENALTY in question.asks_for and bool(_BREACH.search(text))
        return Asked(text, question.clauses, 0, tuple(reversed(earlier)), breach)
    state: tuple[ClauseReference, int] | None = None
    for one in earlier:
        state = _moved(state, one)
    now = _moved(state, text) if state and len(squeeze(text)) <= _SHORT else None
    if now is None:
        return None
    reference, step = now
    return Asked(text, (replace(reference, start=len(text), end=len(text)),), step, tuple(reversed(earlier)))


def pinned_as_before(question: Understood, asked: Asked) -> Understood:
    """A follow-up that names no time or edition stays with the one of the question it follows."""
    picked = asked.text != (question.own or question.text)
    if question.as_of or question.edition or not asked.earlier or not (picked or _is_follow_up(question.own)):
        return question
    before = asked.text if picked else asked.earlier[0]
    day = pinned_day(before, question.today, bool(exact_references(before)))
    return replace(question, as_of=day, edition=pinned_edition(before, question.today))


def _is_follow_up(text: str) -> bool:
    return len(squeeze(text)) <= _SHORT and bool(_FOLLOWS.search(text.strip()) or _STEP.match(squeeze(text)))


def _moved(state: tuple[ClauseReference, int] | None, text: str) -> tuple[ClauseReference, int] | None:
    """The place spoken of after `text`, and by how many clauses it is on; None: it is about something else."""
    if references := exact_references(text):
        return references[-1], 0
    if state is None:
        return None
    reference, step = state
    if match := _STEP.match(squeeze(text)):
        by = 1 if match[1] in "下后" else -1
        if match[2] == "款":
            return replace(reference, paragraph=max((reference.paragraph or 1) + by, 0), item=None), step
        if match[2] == "项" and reference.item and reference.item.isdigit():
            return replace(reference, item=str(int(reference.item) + by)), step
        if match[2] == "项":
            return None
        if reference.through and by > 0:
            reference = replace(reference, number=reference.through)
        return replace(reference, through=None, paragraph=None, item=None), step + by
    if (loose := loose_subdivision(text)) and _REST.match(squeeze(text[loose.end :])):
        paragraph = loose.paragraph if loose.paragraph is not None else reference.paragraph
        return replace(reference, through=None, paragraph=paragraph, item=loose.item), step
    return None


# ------------------------------------------------------------------ answers to 「您问的是哪一份？」


def _effective(history: Sequence[Exchange], works: Sequence[Work]) -> list[str]:
    """The earlier questions, oldest first, each that only picked a document together with what it was picked for."""
    texts: list[str] = []
    for at, exchange in enumerate(history):
        picked = _picked(exchange.question, history[at - 1 : at] if at else (), texts[-1:], works)
        texts.append(picked or exchange.question)
    return texts


def _picked(text: str, before: Sequence[Exchange], earlier: Sequence[str], works: Sequence[Work]) -> str:
    """The question before, made whole by a document's number in the list offered, or by its bare title."""
    if not before or not earlier or not exact_references(earlier[-1]):
        return ""
    references = exact_references(earlier[-1])
    offered = dict(re.findall(r"^(\d+)\. (.+)$", before[-1].answer, re.M)) if _WHICH in before[-1].answer else {}
    plain = _FILLER.sub("", squeeze(text))
    choice = re.fullmatch(r"第?(\d|[一二两三四五])(?:个|份|部|项)?", plain)
    if offered and choice and (title := offered.get(str(numeral_value(choice[1])))):
        return f"{title} {earlier[-1]}"
    titles = [work.title for work in works if work.title_key == plain.removeprefix("中华人民共和国")] or [
        work.title
        for work in works
        if len(plain) >= 3 and (work.title_key.endswith(plain) or (offered and plain in work.title_key))
    ]
    if len(titles) != 1 or not (offered or _FOLLOWS.search(fold(text).strip()) or len(earlier[-1]) <= _SHORT):
        return ""
    return f"{titles[0]} {earlier[-1] if offered else earlier[-1][references[0].start : references[-1].end]}"
