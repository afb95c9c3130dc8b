"""Sentences to an answer: short first, whole lists kept, every value where it stood.

The display may be cut (「……」 marks each cut); the quote in the citation is always the whole sentence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.cleaning.aligned import original_span
from knowledge.documents import Document, Origin, Repair
from retrieval import wording
from retrieval.answers import Citation
from retrieval.duplicates import opposed
from retrieval.evidence import Sentence, comparable, mention, pairs, share
from retrieval.passages import Passage
from retrieval.understanding import Asked, Understood

TARGET = 240  # characters of an answer, lists apart
LONGEST = 290
LONGEST_LIST = 590
_CLIP_OVER = 130
_LIST_ITEMS = 5
_MOST_ROWS = 8
_ALIKE = 0.9  # of the best row's score
_TIME_BOUND = re.compile(r"目前|正在|预计|现在可|尚未|即将|截至|今年内|年内")
_ORDINAL_LIST = re.compile(r"[一二三四五六七八九十]+是")
_CUT = "……"
_LEANS = re.compile(r"情节严重|情节较重|逾期|拒不|有前款|前款|违反前款|构成犯罪|但是|此外|上述")
_EQUAL, _OPPOSED = 0.95, 0.85  # of the best score: from where another document's sentence is shown beside it
_RESTATED = 0.7  # of a sentence's wording: from where it says nothing new
_TITLE = 24  # characters of a title above its sentence


@dataclass(frozen=True, slots=True)
class Extract:
    text: str
    sentences: tuple[Sentence, ...]


def compose(question: Understood, ranked: Sequence[Sentence]) -> Extract | None:
    """The best sentence, and the others that add what it lacks, in the order of the document."""
    if not ranked:
        return None
    if rows := _rows(question, ranked):
        return Extract("\n".join(map(row_text, rows)), tuple(rows))
    chosen = _with_subject(_chosen(question, ranked), ranked)
    listed = None if _LEANS.match(chosen[0].text) else _itemised(chosen[0]) or _as_list(question, chosen[0])
    if listed:
        return Extract(with_notes(listed, chosen[:1], LONGEST_LIST), tuple(chosen[:1]))
    ordered = sorted(chosen, key=lambda s: (s.document.id != chosen[0].document.id, s.document.id, s.start))
    of_several = len({sentence.document.id for sentence in ordered}) > 1
    room = TARGET
    lines: list[str] = []
    for at, sentence in enumerate(ordered):
        later = sum(min(len(one.text), _CLIP_OVER) for one in ordered[at + 1 :])
        if of_several and (at == 0 or sentence.document.id != ordered[at - 1].document.id):
            lines.append(_source(sentence))
        shown = display(question, sentence, max(room - later, 80))
        room -= len(shown)
        lines.append(shown)
    return Extract(with_notes("\n".join(lines), ordered), tuple(ordered))


def _chosen(question: Understood, ranked: Sequence[Sentence]) -> list[Sentence]:
    best = ranked[0]
    chosen, length = [best], min(len(best.text), _CLIP_OVER)
    covered = set(best.matched)
    for sentence in ranked[1:8]:
        if is_row(sentence) and any(is_row(one) for one in chosen):
            continue  # its neighbours in the table are about something else
        if length + min(len(sentence.text), _CLIP_OVER) > TARGET or len(chosen) == 3:
            break
        adds = set(sentence.matched) - covered
        beside = sentence.document.id == best.document.id and abs(sentence.start - best.end) < 12
        as_telling = all(sentence.features.get(f, 0) >= best.features.get(f, 0) for f in ("kind", "attached"))
        elsewhere = sentence.document.id != best.document.id
        close = as_telling and not elsewhere and sentence.score > 0.88 * best.score
        equal = as_telling and elsewhere and _another_source(best, sentence, len(chosen))
        if sentence.score > 0.6 * best.score and (adds or beside or close or equal):
            chosen.append(sentence)
            covered |= set(sentence.matched)
            length += min(len(sentence.text), _CLIP_OVER)
    return chosen


def _with_subject(chosen: list[Sentence], ranked: Sequence[Sentence]) -> list[Sentence]:
    """A sentence that leans on the one before it (情节严重的，…) comes with that one, which says of whom it speaks."""
    best = chosen[0]
    if not _LEANS.match(re.sub(r"^第[^\s]{1,8}条\s*", "", best.text)):
        return chosen
    before = [s for s in ranked if s.document.id == best.document.id and 0 <= best.start - s.end < 12]
    return [best, before[0]] if before and before[0] not in chosen else chosen


def _source(sentence: Sentence) -> str:
    """Whose words follow, and of when: where two documents speak, each under its name."""
    metadata = sentence.document.metadata
    day = metadata.published
    dated = (
        f"（{day.year}年{day.month}月{day.day}日）" if day else f"（{metadata.edition}）" if metadata.edition else ""
    )
    return wording.SOURCE_SAYS.format(title=_shortened(metadata.title), dated=dated)


def _shortened(title: str) -> str:
    plain = title.strip("《》").removeprefix("中华人民共和国")
    return plain if len(plain) <= _TITLE else plain[: _TITLE - 1] + "…"


def _another_source(best: Sentence, sentence: Sentence, taken: int) -> bool:
    """A second document that answers as well, in other words or with another figure: both are shown."""
    if taken > 1 or Origin.LIBRARY in (best.document.origin, sentence.document.origin):
        return False  # a built-in guide only retells
    if opposed(best.text, sentence.text):
        return sentence.score > _OPPOSED * best.score
    said, again = pairs(best.text), pairs(sentence.text)
    return sentence.score > _EQUAL * best.score and share(again, said) < _RESTATED


def _rows(question: Understood, ranked: Sequence[Sentence]) -> list[Sentence]:
    """Where the best is a row of a table: that row, or all that are as good where the question asks for several."""
    best = ranked[0]
    if not is_row(best):
        return []
    several = {Asked.WHICH_LIST, Asked.HOW_MANY} & question.asks_for
    alike = [
        s
        for s in ranked
        if s.document.id == best.document.id
        and is_row(s)
        and s.matched >= best.matched
        and s.score >= _ALIKE * best.score
    ]
    return sorted(alike[:_MOST_ROWS], key=lambda s: s.start) if several else [best]


def is_row(sentence: Sentence) -> bool:
    """A row of a table, or a record of a sheet."""
    text = sentence.text
    return " | " in text and "\n" not in text and (text.startswith("|") or "：" in text.split(" | ")[0])


def row_text(row: Sentence) -> str:
    """A row as a person reads it: each value behind the name of its column."""
    cells = [cell.strip() for cell in row.text.strip("| ").split(" | ")]
    head = next((b for b in row.document.blocks if b.kind == "table" and b.start <= row.start < b.end), None)
    if head is None:
        return "；".join(cell for cell in cells if cell)
    names = [
        name.strip() for name in row.document.text[head.start : head.end].split("\n", 1)[0].strip("| ").split(" | ")
    ]
    if len(names) != len(cells):
        return "；".join(cell for cell in cells if cell)
    return "；".join(f"{name}：{cell}" if name else cell for name, cell in zip(names, cells, strict=True) if cell)


# ------------------------------------------------------------------ showing one sentence


def display(question: Understood, sentence: Sentence, room: int) -> str:
    """The sentence as shown: relative dates explained, long ones cut to what the question touches."""
    if is_row(sentence):
        return row_text(sentence)
    pieces = _clauses(sentence)
    whole = "".join(text for _, text in pieces).strip()
    if len(whole) <= max(room, _CLIP_OVER):
        return whole
    return _clipped(question, [text for _, text in pieces], room)


def _clauses(sentence: Sentence) -> list[tuple[int, str]]:
    """The sentence cut after commas and list marks, with the meanings of relative dates put in."""
    pieces = []
    at = sentence.start
    for match in re.finditer(r"[^，,；;、：:\n]*[，,；;、：:\n]?", sentence.text):
        if match[0]:
            pieces.append((at, _explained(sentence, at, at + len(match[0]))))
            at += len(match[0])
    return pieces


def _explained(sentence: Sentence, start: int, end: int) -> str:
    text = sentence.document.text[start:end]
    for repair in sorted(sentence.repairs, key=lambda r: -r.start):
        if repair.meaning and start <= repair.start < end and len(repair.meaning) < 12:
            cut = repair.end - start
            text = f"{text[:cut]}（{repair.meaning}）{text[cut:]}"
    return text


def _clipped(question: Understood, pieces: list[str], room: int) -> str:
    """The clauses that name something of the question, their neighbours as far as there is room, in order."""
    scores = [_touch(question, piece) for piece in pieces]
    keep: set[int] = {len(pieces) - 1} if len(pieces[-1]) < 30 else set()
    length = sum(len(pieces[i]) for i in keep)
    order = sorted(range(len(pieces)), key=lambda i: (-scores[i], i))
    anchors = [i for i in order if scores[i] > 0] or order[:1]
    for i in [*anchors, *(j for a in anchors for j in (a + 1, a - 1))]:
        if 0 <= i < len(pieces) and i not in keep and length + len(pieces[i]) <= room:
            keep.add(i)
            length += len(pieces[i])
    if not any(len(pieces[i]) > 1 for i in keep):  # one clause longer than the room
        return pieces[anchors[0]][:room].rstrip("，,、；;：:") + _CUT
    shown = ""
    previous = -1
    for i in sorted(keep):
        if i != previous + 1:
            shown = shown.rstrip("，,、；;：:") + _CUT
        shown += pieces[i]
        previous = i
    return shown if previous == len(pieces) - 1 else shown.rstrip("，,、；;：:") + _CUT


def _touch(question: Understood, piece: str) -> float:
    text = comparable(piece)
    score = sum(c.weight * (mention(c, text) if len(c.word) > 1 else 0) for c in question.concepts)
    if Asked.WHEN in question.asks_for and re.search(r"\d+月|\d{4}年|\d+日", piece):
        score += 0.8
    if {Asked.HOW_MANY, Asked.PRICE} & question.asks_for and re.search(r"\d", piece):
        score += 0.6
    return score


# ------------------------------------------------------------------ lists


def _itemised(sentence: Sentence) -> str | None:
    """A list the document itself sets one item a line, as it stands, its marks made plain."""
    lines = [re.sub(r"^[-*•]\s+", "· ", line.strip()) for line in sentence.text.split("\n") if line.strip()]
    text = "\n".join(lines)
    return text if len(lines) >= 3 and len(text) <= LONGEST_LIST else None


def _as_list(question: Understood, sentence: Sentence) -> str | None:
    """A long enumeration as lead and one item a line, where a list is what was asked for."""
    if Asked.WHICH_LIST not in question.asks_for or len(sentence.text) <= _CLIP_OVER:
        return None
    text = sentence.text.strip()
    items = [item for item in text.split("、") if item.strip()]
    if len(items) < _LIST_ITEMS:
        return None
    lead, first = _lead(items[0])
    last, tail = _tail(items[-1])
    lines = [lead] if lead else []
    shown = [first, *(i.strip() for i in items[1:-1]), last]
    for item in shown:
        if sum(map(len, lines)) + len(lines) + len(item) > LONGEST_LIST - 60:
            lines.append(wording.MORE_ITEMS.format(count=len(shown)))
            break
        lines.append(item)
    return "\n".join([*lines, tail]) if tail else "\n".join(lines)


def _lead(first: str) -> tuple[str, str]:
    cut = max(first.rfind(mark) for mark in "，,：:由自")
    return (first[: cut + 1].strip(), first[cut + 1 :].strip()) if 0 < cut < len(first) - 1 else ("", first.strip())


def _tail(last: str) -> tuple[str, str]:
    match = re.search(r"(?:等[^、]{0,30}|[，,].*)$", last)
    return (last[: match.start()].strip(), match[0].strip()) if match and match.start() > 1 else (last.strip(), "")


# ------------------------------------------------------------------ notes and citations


def with_notes(text: str, shown: Sequence[Sentence], longest: int = LONGEST) -> str:
    inferred = [r for s in shown for r in s.repairs if r.inferred and not r.meaning]
    inferred = [r for r in inferred if _reading(shown, r) in text]
    notes = []
    if inferred:
        values = "、".join(
            wording.INFERRED_ONE.format(reading=_reading(shown, r), original=r.original) for r in inferred[:4]
        )
        notes.append(wording.INFERRED.format(values=values))
    day = shown[0].document.metadata.published
    if day and _TIME_BOUND.search(text):
        notes.append(wording.AS_OF_DOCUMENT.format(day=f"{day.year}年{day.month}月{day.day}日"))
    while notes and len(text) + sum(len(note) + 1 for note in notes) > longest:
        notes.pop()
    return "\n".join([text, *notes])


def _reading(shown: Sequence[Sentence], repair: Repair) -> str:
    document = next(s.document for s in shown if repair in s.document.repairs)
    return document.text[repair.start : repair.end]


def cite(document: Document, start: int, end: int, passage: Passage | None = None) -> Citation:
    """A citation of `document.text[start:end]`, with the original where it reads differently."""
    quote = document.text[start:end]
    repairs = [r for r in document.repairs if r.start < end and r.end > start and r.inferred]
    metadata = document.metadata
    return Citation(
        document=metadata.title,
        document_id=document.id,
        chunk_id=passage.chunk.id if passage else None,
        edition=metadata.edition,
        clause=passage.chunk.clause if passage else None,
        page=passage.chunk.page if passage else None,
        place=document.place(start),
        quote=quote,
        source=document.source,
        start=start,
        end=end,
        original=_original(document, start, end, quote),
        body=metadata.body,
        number=metadata.number,
        date=metadata.published.isoformat() if metadata.published else None,
        inferences=tuple((r.meaning or document.text[r.start : r.end], r.original) for r in repairs),
    )


def _original(document: Document, start: int, end: int, quote: str) -> str | None:
    if not document.alignment:
        return None
    a, b = original_span(document.alignment, start, end)
    stood = document.original[a:b]
    return stood if stood != quote else None
