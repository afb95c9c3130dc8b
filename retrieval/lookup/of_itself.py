"""What a document says of itself: since when it holds, who issued it under which number, whether it still holds.

Said in the document's own words, from the lines above its first clause and from its closing article. What the
catalog alone knows (a date from the file's name) is no evidence, so it is not said here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum, auto
from itertools import pairwise

from knowledge.documents import Document
from knowledge.standards import squeeze
from retrieval import wording
from retrieval.answers import Answer, Outcome
from retrieval.lookup.editions import Work, name_of
from retrieval.lookup.places import HeldEdition, Span
from retrieval.lookup.shown import Chunks, citation, readable


class Aspect(Enum):
    """What a question wants to know of a document as a whole."""

    BEGINS = auto()  # 什么时候实施
    ISSUED = auto()  # 什么时候发布, 谁发布的, 文号多少
    REVISED = auto()  # 修订过几次
    LAST_REVISED = auto()  # 最近一次修订是什么时候
    EDITIONS = auto()  # 有几个版本, 现行版是哪一年的
    HOLDS = auto()  # 还有效吗
    SCOPE = auto()  # 适用范围是什么
    PURPOSE = auto()  # 立法目的是什么
    INTERPRETED = auto()  # 由谁解释


_WHEN = (
    r"(?:什么时[候间]|何时|啥时候?|几时|几月几[日号]|多会儿?|哪一?[天年日]|(?:是)?几[年号]|时间|日期)(?:是|为)?"
    r"(?:什么时[候间]|啥时候?|哪一?[天年]|几月几[日号]|多少)?"
)
_SINCE = r"(?:实施|施行|生效|执行|起效|实行)"
_OUT = r"(?:发布|公布|颁布|出台|印发|发文|下发|通过|出来|批准)"
_WHO = r"(?:谁|哪个(?:单位|部门|机构|机关|局|部)?|哪家|什么(?:单位|部门|机构|机关)|哪里)"
_FIRST = r"最初|最早|首次|第一次|最先"
_REVISED_BY = r"(?:修[订改正]|改版|更新)"
_QUESTION_WORDS = r"(?:的|了|呢|吗|啊|呀|么|过|来着|[?？。!！])*"
_ASKED: tuple[tuple[Aspect, re.Pattern[str]], ...] = tuple(
    (aspect, re.compile(rf"(?:{pattern}){_QUESTION_WORDS}"))
    for aspect, pattern in (
        (
            Aspect.BEGINS,
            rf"(?:是|从|自|在|于)*{_WHEN}(?:开始|起|才|正式|开始正式)*{_SINCE}|(?:开始|正式)?{_SINCE}(?:的)?{_WHEN}",
        ),
        (
            Aspect.ISSUED,
            rf"(?:{_FIRST})?(?:是|在|于)*{_WHEN}(?:才|正式)?{_OUT}|(?:{_FIRST})?{_OUT}(?:的|是|在)*{_WHEN}",
        ),
        (
            Aspect.ISSUED,
            rf"(?:是|由)*{_WHO}(?:发|出|制定|{_OUT})|(?:发布|颁布|制定|发文)(?:单位|机构|部门|机关|人)?(?:是)?{_WHO}",
        ),
        (
            Aspect.ISSUED,
            r"(?:文号|编号|标准号|发文号|令号|是?第?几号令)(?:是)?(?:多少|什么|啥|几号?)?|(?:是)?第?几号(?:国务院|主席|总局|局|部)?(?:令|文|公告)?",
        ),
        (
            Aspect.REVISED,
            rf"(?:一共|总共)?{_REVISED_BY}(?:过|了)?(?:几|多少|哪几)[次回]"
            rf"|第[一二三四五六七八九十\d]+次{_REVISED_BY}(?:是|在)*{_WHEN}"
            rf"|(?:有没有|是否|都|分别)*(?:{_WHEN})?{_REVISED_BY}过(?:没有?)?",
        ),
        (
            Aspect.LAST_REVISED,
            rf"(?:最近|最新|最后|上)(?:的)?一次{_REVISED_BY}(?:是)?(?:在)?{_WHEN}|(?:是)?{_WHEN}{_REVISED_BY}",
        ),
        (
            Aspect.SCOPE,
            r"(?:的)?适用(?:于)?(?:的)?(?:范围|对象)?(?:是|有|包括)?(?:什么|啥|哪些|谁|哪类)?(?:单位|企业|产品|情况|人|组织)?"
            r"|(?:管|约束|规范)(?:的)?(?:是)?(?:谁|哪些|什么|哪类)(?:单位|企业|产品|人|组织)?",
        ),
        (Aspect.INTERPRETED, rf"(?:由|归|是)*{_WHO}(?:来)?(?:负责)?解释|解释权?(?:归|在|属于|是)*{_WHO}"),
        (
            Aspect.PURPOSE,
            r"(?:的)?(?:立法|制定|编制)(?:的)?(?:目的|宗旨|初衷)(?:是)?(?:什么|啥|为了什么)?|(?:是)?为(?:了)?(?:什么|啥)(?:要)?制定",
        ),
        (
            Aspect.EDITIONS,
            r"(?:现在|目前|一共|总共|收录了?)*有?(?:几|多少|哪些|哪几)个?(?:版本?)"
            r"|(?:现在|目前)?(?:的)?(?:现行|最新|在用|有效)(?:有效)?(?:的)?(?:版本?|文本)?(?:是|为)?"
            r"(?:哪一?[个年版]|几几年|什么|多少年|哪个年份)(?:份|年)?(?:的)?(?:版本?)?|(?:现在|目前)?(?:是|用)?哪一?[个年](?:的)?版本?|(?:是)?(?:几几年|哪一?年)的?",
        ),
        (
            Aspect.HOLDS,
            r"(?:现在|目前|如今)?(?:还|是否|是不是|有没有|仍然?)*(?:有效|现行|在用|能用|管用|算数|适用|作废|废止|失效|过期|被取代|被替代)(?:没有?|不)?",
        ),
    )
)
_BESIDE = re.compile(
    r"^(?:(?:19|20)?\d{2}年?(?:的)?版(?:的)?|请问|问一下|想知道|查一下|的|这[个部份]|那[个部份]|标准|文件|规定|条例|法律?|办法|规范|制度|它|是|,|，|:|：|\s)+"
)
_NOW = re.compile(r"^(?:现行|现在|目前|最新)(?:有效|用)?的?(?:版本?|那个?版)?的?")

_DATED = r"(?:19|20)\d{2}\s*年\s*\d{1,2}\s*月\s*\d{1,2}\s*日?|(?:19|20)\d{2}-\d{1,2}-\d{1,2}"
_ACT = re.compile(rf"(?:{_DATED}).*?(?:发\s*布|公布|颁布|通过|修订|修正|批准|印发|实\s*施|施行|废\s*止)")
_DANGLING = re.compile(r"[\s\u3000(（]*(?:根据)?[\s\u3000]*$")
_NEXT_ACT = re.compile(r"(?<=修订|修正|公布|发布|通过)[；;，,。\s]*(?:根据)?(?=(?:19|20)\d{2}\s*年)")
_REVISION = re.compile(r"修订|修正")
_LATEST = frozenset({Aspect.BEGINS, Aspect.ISSUED, Aspect.EDITIONS, Aspect.HOLDS, Aspect.LAST_REVISED})
_IN_FORCE = re.compile(_SINCE)
_BRACKETS = " \t\u3000(（"
_SCOPE = re.compile(r"适用于|适用本|必须遵守本|应当遵守本|遵守本(?:法|条例|办法|规定)")
_SCOPE_TITLE = re.compile(r"^(?:适用)?范围$")
_PURPOSE = re.compile(r"制定本(?:法|条例|办法|规定|规则|细则|规程|规范|标准|制度)")
_INTERPRETED = re.compile(r"负责解释|解释权")
_NO_TITLE = re.compile(r"(?!)")
_PURPOSE_TITLE = re.compile(r"^(?:立法|制定|编制)?(?:目的|宗旨)$")
_NEWS = re.compile(r"召开|启动|培训|举行|报道|记者|来源")
_ITSELF = r"本(?:法|条例|办法|规定|规则|细则|规程|规范|章程|标准|文件|通知|意见|决定|指南|制度|程序|手册)"
_BEGINS = re.compile(
    rf"[^。；;\n]*{_ITSELF}(?:自|从|于)?\s*(?:{_DATED}|发布之日|公布之日|印发之日|签发之日)\s*起?[^。；;\n]{{0,6}}{_SINCE}[^。；;\n]*[。；;]?"
)
_FROM_ISSUE = re.compile(r"(?:发布|公布|印发|签发)之日")
_FRONT = 2_000  # characters that may be the front where no clause follows


def aspect_of(rest: str) -> Aspect | None:
    """What is asked, where a question says no more beside the document's name than that."""
    plain = _BESIDE.sub("", squeeze(rest))
    said = (plain, _BESIDE.sub("", _NOW.sub("", plain)))
    return next((aspect for one in said for aspect, pattern in _ASKED if pattern.fullmatch(one)), None)


def of_itself(aspect: Aspect, work: Work, edition: HeldEdition, chunks: Chunks) -> Answer | None:
    """None where the document's own text says nothing of it."""
    document = edition.held.document
    history = list(_history(document))
    revised = [span for span in history if _REVISION.search(document.text[span[0] : span[1]])]
    issued = [span for span in history if span not in revised][:1]
    if revised and not _reaches(document, revised[-1]):
        revised = []  # the page it was taken from had lost the end of its history
    spans = list(dict.fromkeys(_spans(aspect, document, issued, revised)))
    if not spans:
        return None
    lines = list(_said(aspect, work, edition, len(revised)))
    lines += [_shown(document, span, latest=aspect in _LATEST and span in revised) for span in spans]
    if edition.note:
        lines.insert(1 if aspect is Aspect.HOLDS else len(lines), edition.note)
    cited = tuple(citation(edition, start, end, _clause(document, start), chunks) for start, end in spans)
    return Answer(Outcome.ANSWERED, "clause", "\n".join(lines), cited)


def _reaches(document: Document, last: Span) -> bool:
    """Whether the last revision told is the one of the edition, where that has a day."""
    day = re.match(r"((?:19|20)\d{2})-", document.metadata.edition or "")
    return day is None or day[1] in document.text[last[0] : last[1]]


def _spans(aspect: Aspect, document: Document, issued: list[Span], revised: list[Span]) -> list[Span]:
    match aspect:
        case Aspect.SCOPE:
            return _clauses(document, _SCOPE, _SCOPE_TITLE)
        case Aspect.INTERPRETED:
            return _clauses(document, _INTERPRETED, _NO_TITLE)
        case Aspect.PURPOSE:
            return _clauses(document, _PURPOSE, _PURPOSE_TITLE)
        case Aspect.REVISED:
            return revised
        case Aspect.LAST_REVISED:
            return revised[-1:]
        case Aspect.BEGINS | Aspect.HOLDS:
            return _begins(document, issued) + revised[-1:]
        case Aspect.ISSUED | Aspect.EDITIONS:
            return issued + revised[-1:]


def _shown(document: Document, span: Span, latest: bool) -> str:
    text = readable(document.text[span[0] : span[1]]).rstrip("；;，,")
    if text.endswith((")", "）")) and not re.search("[(（]", text):
        text = text[:-1]
    return wording.LAST_REVISION.format(text=text) if latest else text


def _said(aspect: Aspect, work: Work, edition: HeldEdition, revisions: int) -> Iterator[str]:
    """What the catalog adds to the document's own words: which editions are here, and which one holds."""
    title = edition.held.document.metadata.title
    names = [name_of(one.metadata) for one in work.editions if name_of(one.metadata)]
    if aspect is Aspect.EDITIONS and len(names) == 1:
        yield wording.EDITION_HELD.format(title=title, edition=names[0])
    elif aspect is Aspect.EDITIONS and names:
        yield wording.EDITIONS_HELD.format(title=title, count=len(names), editions="、".join(reversed(names)))
    elif aspect is Aspect.HOLDS and edition.shelved.holds and not edition.note:
        name = name_of(edition.held.document.metadata)
        yield wording.HOLDS.format(title=title, edition=wording.OF_EDITION.format(edition=name) if name else "")
    elif aspect is Aspect.REVISED:
        yield wording.REVISED.format(title=title, count=revisions)
    else:
        yield wording.OF_DOCUMENT.format(title=title)


def _history(document: Document) -> Iterator[Span]:
    """The dated acts above the first clause: issued, revised, in force. News on a document has no such history."""
    first = next((clause.start for clause in document.clauses if clause.number), len(document.text))
    at = 0
    for line in document.text[: min(first, _FRONT)].split("\n"):
        if not _NEWS.search(line):
            cuts = list(_NEXT_ACT.finditer(line))
            starts = [0, *(cut.end() for cut in cuts)]
            for start, end in zip(starts, [*(cut.start() for cut in cuts), len(line)], strict=True):
                act = line[start:end]
                if _ACT.search(act):
                    act_end = _DANGLING.sub("", act)
                    yield at + start + len(act) - len(act.lstrip(_BRACKETS)), at + start + len(act_end)
        at += len(line) + 1


def _begins(document: Document, issued: list[Span]) -> list[Span]:
    """The closing article, with the day of issue where it counts from that; else the line of a cover."""
    closing = [match.span() for match in _BEGINS.finditer(document.text)][-1:]
    if closing:
        start, end = closing[0]
        return closing + (issued if _FROM_ISSUE.search(document.text[start:end]) else [])
    return [span for span in _history(document) if _IN_FORCE.search(squeeze(document.text[span[0] : span[1]]))][:1]


def _clauses(document: Document, says: re.Pattern[str], titled: re.Pattern[str]) -> list[Span]:
    """The first clause with such a title, or else the first that says so."""
    numbered = [clause for clause in document.clauses if clause.number]
    ends = {one.start: two.start for one, two in pairwise(numbered)}
    found = next((clause for clause in numbered if titled.search(squeeze(clause.title))), None) or next(
        (
            clause
            for clause in numbered
            if says.search(document.text[clause.start : ends.get(clause.start, clause.end)])
        ),
        None,
    )
    if found is None:
        return []
    text = document.text[found.start : min(found.end, ends.get(found.start, found.end))]
    return [(found.start, found.start + len(text.rstrip()))]


def _clause(document: Document, at: int) -> str:
    inside = [clause for clause in document.clauses if clause.number and clause.start <= at < clause.end]
    return (max(inside, key=lambda clause: clause.level).number or "") if inside else ""
