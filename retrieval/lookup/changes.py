"""What one edition of a document changed against another: 「新旧版有什么区别」, 「2023年改了哪些」."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from knowledge.comparison import Change, Comparison, Kind, Run
from knowledge.documents import Document
from knowledge.editions import Shelved
from knowledge.standards import squeeze
from retrieval import wording
from retrieval.answers import Answer, Citation, Outcome
from retrieval.lookup.editions import Work, name_of
from retrieval.lookup.places import HeldEdition
from retrieval.lookup.shown import LONGEST_LIST, Chunks, citation, cut, readable

_DIFFERENCE = r"(?:区别|变化|不同|差别|差异|变动|改动|修改|改变|对比|变更|新增|调整)"
_EDITION = (
    r"(?:(?:19|20)?\d{2}年?(?:的)?版?本?|[新旧老](?:的)?版本?|新[旧老](?:两个)?版?本?|两个?版本?|上一?个?版本?"
    r"|(?:以前|之前|原来|过去|修[订改正][前后])(?:的)?版?本?|最新版?|现行版?)"
)
_ASKS = re.compile(
    rf"(?:请问|的|,|，|这次|最新|新版?|{_EDITION})*"
    rf"(?:(?:和|与|跟|比|较|同|对比|相对于?|到)*{_EDITION}(?:的)?(?:之间|相?比较?|比起来|相比之下|对比)*)*"
    r"(?:主要|具体|都|到底|究竟|一共|有|是|做)*"
    rf"(?:(?:什么|哪些|啥|多大|何|几处|的)*{_DIFFERENCE}(?:在哪里?|是什么|有哪些|大吗|吗)*(?:的)?(?:内容|地方|条款?|之处|点)*"
    r"|(?:修[改订正]|改动?|变|更新|调整|增加|新增|删除|改变)(?:动|化|更|订|正)?(?:了|的)*(?:什么|哪些|啥|哪|几|多少)+(?:个)?(?:内容|地方|条款?|处|些|点|东西)*"
    r"|(?:哪些?|什么|几|多少)(?:个)?(?:内容|地方|条款?|条文)(?:有|被|做)*了?(?:修[改订正]|改动?|变化?|变动|调整|增加|删除)(?:了|过|的)*)"
    r"(?:的|了|呢|吗|啊|呀|么|[?？。!！])*"
)
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})(?!\d)")
_MOST_CLAUSES = 6  # shown with their words; of more than these the numbers
_MOST_PLACES = 3  # of one clause
_LONGEST_RUN = 60  # characters
_ORDER = (Kind.CHANGED, Kind.ADDED, Kind.REMOVED, Kind.MOVED)


def asks_changes(rest: str) -> bool:
    """Whether a question says no more beside the document's name than what changed between editions."""
    return bool(_ASKS.fullmatch(squeeze(rest)))


def sides(work: Work, text: str) -> tuple[Shelved, Shelved] | None:
    """The older and the newer edition to compare: those of the years said, else the last two."""
    held = [one for one in work.editions if name_of(one.metadata)]
    if len(held) < 2:
        return None
    said = {match[1] for match in _YEAR.finditer(text)}
    meant = [one for one in held if name_of(one.metadata)[:4] in said]
    if len(meant) > 1:
        return meant[0], meant[-1]
    newest = next((one for one in reversed(held) if one.superseded_by is None), held[-1])
    if meant and meant[0] is not newest:
        return tuple(sorted((meant[0], newest), key=held.index))  # type: ignore[return-value]  # two of them
    before = held[: held.index(newest)]
    return (before[-1], newest) if before else (held[-2], held[-1])


def told(found: Comparison, old: HeldEdition, new: HeldEdition, chunks: Chunks) -> Answer:
    """The changed clauses, each by the words that went and came; what differs in form only is counted."""
    counts = found.counts
    names = [name_of(one.held.document.metadata) for one in (old, new)]
    title = new.held.document.metadata.title
    real = found.of(Kind.CHANGED, Kind.ADDED, Kind.REMOVED, Kind.MOVED)
    parts = [
        f"{wording.CHANGES[kind.name]}{counts[kind]}{'条' if found.by_clauses else '段'}"
        for kind in _ORDER
        if counts[kind]
    ]
    head = wording.CHANGED.format(title=title, new=names[1], old=names[0], what="、".join(parts) or wording.NO_CHANGE)
    lines = [head]
    if len(real) <= _MOST_CLAUSES:
        lines += [_line(change) for change in real]
    else:
        lines += _by_kind(real)
    if counts[Kind.EDITORIAL]:
        lines.append(
            wording.CHANGED_IN_FORM.format(count=counts[Kind.EDITORIAL], unit="条" if found.by_clauses else "段")
        )
    cited = [one for change in real for one in _cited(change, old, new, chunks)] or _front(old, new, chunks)
    answer = cut(Answer(Outcome.ANSWERED, "clause", "\n".join(lines), tuple(cited)), LONGEST_LIST)
    return replace(answer, details="\n".join([answer.details, *map(_full, real)]).strip())


def _name(change: Change) -> str:
    number = change.new_number or change.old_number or ""
    return f"{number} {change.title}".strip() or readable(change.new or change.old)[:20]


def _line(change: Change) -> str:
    if change.kind is Kind.ADDED:
        return wording.CLAUSE_ADDED.format(name=_name(change), text=_short(change.new))
    if change.kind is Kind.REMOVED:
        return wording.CLAUSE_REMOVED.format(name=_name(change), text=_short(change.old))
    if change.kind is Kind.MOVED:
        return wording.CLAUSE_MOVED.format(old=change.old_number, new=change.new_number)
    said = list(_edits(change.runs))
    more = wording.AND_MORE if len(said) > _MOST_PLACES else ""
    return f"{_name(change)}：{'；'.join(said[:_MOST_PLACES])}{more}。"


def _edits(runs: Sequence[Run]) -> Sequence[str]:
    """「改为」 where something went and something else came in its place, else 「增加」 or 「删去」."""
    said: list[str] = []
    at = 0
    while at < len(runs):
        run = runs[at]
        after = runs[at + 1] if at + 1 < len(runs) else None
        if run.kind is Kind.REMOVED and after and after.kind is Kind.ADDED:
            old, new = run.text.strip(), after.text.strip()
            if not re.search(r"\w", old):  # a mark that only makes room for what is new
                said.append(wording.WORDS_ADDED.format(new=_short(new.strip("，；、,;"))))
            else:
                said.append(wording.WORDS_CHANGED.format(old=_short(old), new=_short(new)))
            at += 2
            continue
        if run.kind is Kind.ADDED and run.text.strip():
            said.append(wording.WORDS_ADDED.format(new=_short(run.text)))
        elif run.kind is Kind.REMOVED and run.text.strip():
            said.append(wording.WORDS_REMOVED.format(old=_short(run.text)))
        at += 1
    return said


def _short(text: str) -> str:
    text = readable(text).replace("\n", "")
    return text if len(text) <= _LONGEST_RUN else text[:_LONGEST_RUN] + "……"


def _by_kind(changes: Sequence[Change]) -> list[str]:
    return [
        f"{wording.CHANGES[kind.name]}：{'、'.join(names)}"
        for kind in _ORDER
        if (names := [_name(change) for change in changes if change.kind is kind])
    ]


def _full(change: Change) -> str:
    kept = [(wording.TEXT_BEFORE, change.old), (wording.TEXT_NOW, change.new)]
    return "\n".join([_name(change), *(label.format(text=readable(text)) for label, text in kept if text)])


def _cited(change: Change, old: HeldEdition, new: HeldEdition, chunks: Chunks) -> list[Citation]:
    spans = [(new, change.new_span, change.new_number), (old, change.old_span, change.old_number)]
    return [
        citation(edition, *_whole(edition.held.document, span), number or "", chunks)
        for edition, span, number in spans
        if span
    ]


def _whole(document: Document, span: tuple[int, int]) -> tuple[int, int]:
    start, end = span
    while end > start and document.text[end - 1].isspace():
        end -= 1
    return start, end


def _front(old: HeldEdition, new: HeldEdition, chunks: Chunks) -> list[Citation]:
    """Where nothing changed, the titles of the two texts that were compared."""
    found = []
    for edition in (new, old):
        title = edition.held.document.metadata.title
        at = edition.held.document.text.find(title)
        if at >= 0:
            found.append(citation(edition, at, at + len(title), "", chunks))
    return found
