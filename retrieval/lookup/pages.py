"""A page or a slide by its number: 「宣贯课件第3张讲了什么」, 「手册第12页写了什么」."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.documents import Document
from knowledge.standards import NUMERAL, fold, numeral_value, squeeze
from retrieval import wording
from retrieval.answers import Answer, Outcome
from retrieval.lookup.places import HeldEdition, Span
from retrieval.lookup.shown import LONGEST_LIST, Chunks, citation, cut, readable

_OFFERED = 5
_NUMBER = rf"(\d{{1,4}}|[{NUMERAL}]{{1,5}})"
_SLIDE = re.compile(rf"(?:幻灯片|ppt|片子|胶片|课件)?第?{_NUMBER}张(?:幻灯片|ppt|片子|胶片|课件)?")
_PAGE = re.compile(rf"第{_NUMBER}页(?:幻灯片|ppt|课件)?|(?<![a-z])p{_NUMBER}(?!\d)")
_NO_MORE = re.compile(
    r"(?:请问|的|里面?|中|上|文件|课件|ppt|幻灯片|手册|标准|讲义)*"
    r"(?:都|具体|主要)*(?:讲|说|写|是|有|介绍|展示|列)?(?:了|着)?(?:的)?(?:些|点)?(?:什么|啥|哪些|内容)*(?:内容|东西)?(?:的|了|呢|吗|啊|[?？。])*"
)


@dataclass(frozen=True, slots=True)
class PageAsked:
    """A number counted from 1; `slide` where the question says so, else a slide may be meant by its page too."""

    number: int
    slide: bool
    rest: str  # the question without it


def page_asked(text: str) -> PageAsked | None:
    """None where a question asks for no page, or for more than what stands on it."""
    plain = squeeze(fold(text))
    for pattern, slide in ((_SLIDE, True), (_PAGE, False)):
        if match := pattern.search(plain):
            number = numeral_value(next(group for group in match.groups() if group))
            if number:
                return PageAsked(number, slide, plain[: match.start()] + plain[match.end() :])
    return None


def asks_no_more(rest: str) -> bool:
    """Whether what is left of the question, without the page and the document's name, asks for the text itself."""
    return bool(_NO_MORE.fullmatch(rest))


def counts_by(document: Document, asked: PageAsked) -> bool:
    """Whether the document has such places at all."""
    return any(_slide(block.place) or (block.page and not asked.slide) for block in document.blocks)


def page_answer(edition: HeldEdition, asked: PageAsked, chunks: Chunks) -> Answer:
    """What stands there, cut to a screen; or how many there are."""
    document = edition.held.document
    numbers = {at for block in document.blocks if (at := _number(block.place, block.page, asked.slide))}
    slides = any(_slide(block.place) for block in document.blocks)
    title, unit = document.metadata.title, "张幻灯片" if slides else "页"
    spans = _spans(document, asked)
    if not spans:
        text = wording.NO_SUCH_PAGE.format(title=title, number=asked.number, unit=unit, last=max(numbers))
        return Answer(Outcome.NOT_IN_KNOWLEDGE, "clause", text, missing=(f"第{asked.number}{unit}",))
    head = wording.PAGE.format(title=title, number=asked.number, unit=unit)
    shown = "\n".join(readable(document.text[start:end]) for start, end in spans)
    cited = tuple(citation(edition, start, end, "", chunks) for start, end in spans)
    return cut(Answer(Outcome.ANSWERED, "clause", f"{head}\n{shown}", cited), LONGEST_LIST)


def _spans(document: Document, asked: PageAsked) -> list[Span]:
    """The stretches that stand there, neighbouring blocks together."""
    spans: list[Span] = []
    for block in sorted(document.blocks, key=lambda block: block.start):
        if (
            _number(block.place, block.page, asked.slide) != asked.number
            or not document.text[block.start : block.end].strip()
        ):
            continue
        if spans and not document.text[spans[-1][1] : block.start].strip():
            spans[-1] = (spans[-1][0], max(spans[-1][1], block.end))
        else:
            spans.append((block.start, block.end))
    return [(start, start + len(document.text[start:end].rstrip())) for start, end in spans]


def _number(place: str | None, page: int | None, slide: bool) -> int | None:
    return _slide(place) or (None if slide else page)


def _slide(place: str | None) -> int | None:
    match = re.match(r"幻灯片 (\d+)", place or "")
    return int(match[1]) if match else None


def which_pages(titles: Sequence[str], asked: PageAsked) -> Answer:
    unit = "张幻灯片" if asked.slide else "页"
    offered = list(dict.fromkeys(titles))[:_OFFERED]
    lines = [wording.WHICH_PAGES.format(number=asked.number, unit=unit)]
    lines += [f"{at}. {title}" for at, title in enumerate(offered, 1)]
    suggestions = tuple(f"{title}第{asked.number}{unit}" for title in offered[:3])
    return Answer(Outcome.DIALOGUE, "dialogue", "\n".join(lines), suggestions=suggestions)
