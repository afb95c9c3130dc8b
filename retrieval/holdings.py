"""Questions about the knowledge itself: which documents are here, and of which day."""

from __future__ import annotations

import re
from collections.abc import Sequence

from knowledge.catalog import Catalog, Shelved
from knowledge.documents import Origin
from knowledge.standards import fold
from retrieval import wording
from retrieval.answers import Answer, Outcome
from retrieval.extractive import cite
from retrieval.understanding import Understood

# 「你们资料里有哪些文件」: whose (ours), and which or when, of documents.
_OURS = re.compile(r"你们?(?:的|这)?(?:资料|知识库?|库|文件|新闻)|(?:资料|知识)库?(?:里|中)|收录|库里")
_THINGS = re.compile(
    r"(?:几|哪些|哪几|什么|啥|多少).{0,4}(?:资料|文件|新闻|文章|法规|标准|文档)|(?:资料|文件|新闻"
    r"|文章|文档).{0,6}(?:哪天|哪年|日期|时间|多新|什么时候|啥时候|几号)"
)
_SHOWN = 10


def asks_for_holdings(question: Understood) -> bool:
    text = fold(question.asked)
    return bool(_OURS.search(text) and _THINGS.search(text)) and not question.clauses


def list_holdings(catalog: Catalog, shelf: Sequence[Shelved]) -> Answer:
    shown = [one for one in shelf if one.origin is Origin.FILE and one.holds][:_SHOWN]
    if not shown:
        shown = [one for one in shelf if one.holds][:_SHOWN]
    lines = [wording.HOLDINGS]
    citations = []
    for one in shown:
        day = one.metadata.published.isoformat() if one.metadata.published else wording.HOLDINGS_NO_DATE
        lines.append(f"· {_short(one.metadata.title)}（{day}）")
        document = catalog.document(one.id)
        at = document.text.find(one.metadata.title)
        if at >= 0:
            citations.append(cite(document, at, at + len(one.metadata.title)))
    return Answer(Outcome.ANSWERED, "extract", "\n".join(lines), tuple(citations))


def _short(title: str) -> str:
    return title if len(title) <= 32 else title[:30] + "…"
