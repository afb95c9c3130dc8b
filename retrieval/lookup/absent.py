"""What is said of a number that does not exist: how far the document goes, and what is nearest. Never a guess."""

from __future__ import annotations

import re
from collections.abc import Sequence

from knowledge.references import order
from knowledge.standards import ClauseReference, article_numeral, fold_clause
from retrieval import wording
from retrieval.lookup.places import HeldDocument, spoken_item

_NEAREST = 2
_EXHIBITS_NAMED = 8
_WORDS = {"table": "表", "figure": "图"}


def spoken(number: str) -> str:
    """第12条之1 → 第十二条之一, 附录b → 附录B; a number beyond any article stays as it is."""
    if number.startswith("附录") or re.match(r"[a-z]\.", number):
        return number.upper()
    if not number.startswith("第"):
        return number
    return re.sub(r"\d+", lambda m: article_numeral(int(m[0])) if int(m[0]) < 1000 else m[0], number)


def spoken_reference(reference: ClauseReference) -> str:
    """As a sentence names it: 第三章第二节, 附录B表2, 第二十二条第二款."""
    within = spoken(reference.within) if reference.within else ""
    if reference.kind != "clause":
        return f"{within}{_WORDS[reference.kind]} {reference.number.upper()}".replace("表 ", "表").replace("图 ", "图")
    number = spoken(reference.number)
    paragraph = f"第{article_numeral(reference.paragraph)}款" if reference.paragraph is not None else ""
    item = spoken_item(reference.item) if reference.item else ""
    nested = within if reference.number.endswith("节") else ""
    through = f"到{spoken(reference.through)}" if reference.through else ""
    return f"{nested}{number}{through}{paragraph}{item}"


def apart(name: str) -> str:
    """With a space on the sides that are no Chinese."""
    return f"{' ' if name[:1].isascii() else ''}{name}{' ' if name[-1:].isascii() else ''}"


def no_clause(held: HeldDocument, number: str, within: str | None = None) -> str:
    """《…》没有第九十九条。全文共七十七条，最后一条是第七十七条。"""
    shown = spoken(number) if number.startswith(("第", "附录")) else f" {spoken(number)} 这一条"
    if within and number.endswith("节"):
        shown = f"{spoken(within)}{shown}"
    return wording.NO_SUCH_CLAUSE.format(title=held.document.metadata.title, number=shown, extent=_extent(held, number))


def _extent(held: HeldDocument, number: str) -> str:
    if match := re.search(r"([编章节条])(?:之\d+)?$", number):
        same = held.of_kind(match[1])
        if not same:
            return _top_level(held) or wording.NONE_OF_ITS_KIND.format(what=f"“第几{match[1]}”这样的编号")
        if match[1] == "条":
            return wording.EXTENT_ARTICLES.format(count=len(same), last=same[-1].number)
        return wording.NO_MORE_THAN.format(count=len(same), unit=match[1], last=same[-1].title or same[-1].number)
    numbers = {n: _titled(held, n) for n in held.numbers}
    if number.startswith("附录"):
        annexes = [shown for n, shown in numbers.items() if n.startswith("附录")]
        return (
            wording.ALL_OF_ITS_KIND.format(names="、".join(annexes))
            if annexes
            else wording.NONE_OF_ITS_KIND.format(what="附录")
        )
    return nearest(numbers, number) or _top_level(held)


def _top_level(held: HeldDocument) -> str:
    """The chapters, for a document that has no articles, or none near the number."""
    chapters = [n for n in held.numbers if n.isdigit()]
    if not chapters:
        return ""
    return wording.NO_MORE_THAN.format(count=len(chapters), unit="章", last=_titled(held, max(chapters, key=int)))


def _titled(held: HeldDocument, number: str) -> str:
    clause = held.document.clauses[held.numbers[number][0]]
    label = clause.number or ""
    title = re.sub(r"\s+", " ", clause.title)
    title = title.removeprefix(spaced) if title.startswith(spaced := label.replace("附录", "附录 ")) else title
    title = title.removeprefix(label).strip()
    return f"{label}{'' if title.startswith('（') else ' '}{title}".strip()


def nearest(numbers: dict[str, str], wanted: str) -> str:
    """The numbers beside one that is missing; where it has no neighbours, the clause they would stand under."""
    parent = wanted.rpartition(".")[0]
    beside = [n for n in numbers if parent and n.rpartition(".")[0] == parent]
    if not beside:
        while parent and parent not in numbers:
            parent = parent.rpartition(".")[0]
        beside = [parent] if parent else []
    place = order(wanted)
    close = sorted(beside, key=lambda n: (abs(order(n)[-1] - place[-1]), n))[:_NEAREST]
    close = [n for n in close if abs(order(n)[-1] - place[-1]) == abs(order(close[0])[-1] - place[-1])]
    shown = "、".join(numbers[n] for n in sorted(close, key=order))
    return wording.NEAREST_CLAUSES.format(nearest=shown) if shown else ""


def no_exhibit(held: HeldDocument, reference: ClauseReference) -> str:
    word = _WORDS[reference.kind]
    same = [e for e in held.document.exhibits if e.kind == reference.kind]
    names = [f"{word}{e.number.upper()} {_bare_title(e.title)}".strip() for e in same]
    if not names:
        extent = wording.NONE_OF_ITS_KIND.format(what=f"编号的{word}")
    else:
        more = f"等 {len(names)} 个" if len(names) > _EXHIBITS_NAMED else ""
        extent = wording.ALL_OF_ITS_KIND.format(names="、".join(names[:_EXHIBITS_NAMED]) + more)
    shown = spoken_reference(reference)
    return wording.NO_SUCH_CLAUSE.format(title=held.document.metadata.title, number=shown, extent=extent)


def _bare_title(title: str) -> str:
    return re.sub(r"^(?:续?[表图])\s*[A-Za-z]?[.\d-]+\s*", "", title).strip()


def no_subdivision(held: HeldDocument, at: int, reference: ClauseReference) -> str:
    """《…》第二十二条没有第五款。第二十二条共2款。"""
    number = held.document.clauses[at].number or ""
    part = spoken_reference(reference).removeprefix(spoken(fold_clause(number)))
    title, extent = held.document.metadata.title, counted(held, at, reference.paragraph)
    return tidy(
        wording.NO_SUBDIVISION.format(title=title, number=apart(number), part=apart(part.strip()), extent=extent)
    )


def counted(held: HeldDocument, at: int, paragraph: int | None = None) -> str:
    """How many 款 an article has, and how many 项 each, or the one asked for."""
    number = held.document.clauses[at].number or ""
    found = held.paragraphs(at)
    sentences: list[str] = []
    if paragraph is None or paragraph > len(found) or paragraph < 1:
        sentences.append(wording.PARAGRAPHS.format(number=apart(number), count=len(found)))
        shown: Sequence[int] = range(1, len(found) + 1)
    else:
        shown = [paragraph]
    for n in shown:
        items = found[n - 1].items
        part = f"第{article_numeral(n)}款"
        if items:
            last = spoken_item(items[-1].label).strip()
            sentences.append(wording.PARAGRAPH_ITEMS.format(part=part, count=len(items), last=last))
        elif paragraph is not None and shown == [paragraph]:
            sentences.append(wording.NO_ITEMS.format(part=part))
    return tidy("".join(sentences)).strip()


def tidy(text: str) -> str:
    """No space beside a Chinese mark."""
    return re.sub(r"\s*([，。：；《》、])\s*", r"\1", text)
