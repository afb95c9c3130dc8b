"""Two editions side by side: clause by clause, and within a changed clause word by word.

Clauses meet by their numbers; what was renumbered is found again by its text. Documents without numbered
clauses are compared by their paragraphs. What differs only in white space, or in the width or style of
punctuation and letters, is editorial.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from knowledge.documents import Clause, Document
from knowledge.standards import DASHES, fold_clause
from knowledge.terms import Segmenter

Cut = Callable[[str], Sequence[str]]  # a text into words and marks that, joined, are the text again

_SAME_NUMBER = 0.3  # shared character pairs (Dice, 0 … 1) from which one number is one clause, changed
_OTHER_NUMBER = 0.55  # and from which a clause under another number is the same one, moved
_MOVABLE = 10  # characters; a shorter text is not told from another by itself
_MOST_PAIRS = 250_000  # compared by text; beyond that, clauses meet by their numbers alone
_MOST_WORDS = 4_000_000  # pairs of words weighed; beyond that, a clause is compared by its sentences


class Kind(StrEnum):
    """What became of a clause, in the words a reader sees."""

    ADDED = "新增"
    REMOVED = "删除"
    CHANGED = "修改"
    MOVED = "移动"  # renumbered, otherwise the same or only editorially different
    EDITORIAL = "仅格式"
    SAME = "相同"


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of words: in both, only in the new text, or only in the old one."""

    kind: Kind  # SAME, ADDED or REMOVED
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """One clause or paragraph. Of an added one `old` is empty, of a removed one `new`; so are number and span.

    `runs` is set where `kind` is CHANGED. Spans are offsets in `Document.text`.
    """

    kind: Kind
    title: str
    old: str = ""
    new: str = ""
    old_number: str | None = None
    new_number: str | None = None
    old_span: tuple[int, int] | None = None
    new_span: tuple[int, int] | None = None
    runs: tuple[Run, ...] = ()

    @property
    def moved(self) -> bool:
        return bool(self.old_number and self.new_number and not _same_number(self.old_number, self.new_number))


@dataclass(frozen=True, slots=True)
class Comparison:
    """`changes` in the new document's order, what was removed where it stood, unchanged ones among them.

    `front` is what stands above the first clause, such as a regulation's history; None where it is the same.
    """

    changes: tuple[Change, ...]
    by_clauses: bool
    front: Change | None = None

    def of(self, *kinds: Kind) -> list[Change]:
        return [change for change in self.changes if change.kind in kinds]

    @property
    def counts(self) -> dict[Kind, int]:
        found = Counter(change.kind for change in self.changes)
        return {kind: found[kind] for kind in Kind}


@dataclass(frozen=True, slots=True)
class _Unit:
    key: str  # what it is matched by first; "" for a paragraph
    number: str | None
    title: str
    text: str  # without its number
    span: tuple[int, int]
    plain: str  # without what is only editorial

    @property
    def heading_only(self) -> bool:
        return self.plain == _plain(self.title)


def compare(old: Document, new: Document, cut: Cut | None = None) -> Comparison:
    """`cut` is asked for changed clauses only; without one, words are cut with the field's dictionary."""
    by_clauses = all(any(clause.number for clause in document.clauses) for document in (old, new))
    units = _clause_units if by_clauses else _paragraph_units
    before, after = units(old), units(new)
    _tell_apart(before, after)
    pairs = _pairs(before, after) if by_clauses else _paragraph_pairs(before, after)
    words = _lazily(cut)
    changes = tuple(_changes(before, after, pairs, words))
    return Comparison(changes, by_clauses, _front(old, new, words) if by_clauses else None)


def words_of(segmenter: Segmenter) -> Cut:
    tag = segmenter.tagger()
    return lambda text: [word for word, _ in tag(text)]


def _lazily(cut: Cut | None) -> Cut:
    made: list[Cut] = [cut] if cut else []

    def words(text: str) -> Sequence[str]:
        if not made:
            made.append(words_of(Segmenter()))
        return made[0](text)

    return words


# ---------------------------------------------------------------- what is compared


def _clause_units(document: Document) -> list[_Unit]:
    clauses = sorted(document.clauses, key=lambda clause: clause.start)
    ends = [*(clause.start for clause in clauses[1:]), len(document.text)]
    front = _front_end(document)
    return [_clause_unit(document, c, min(c.end, e)) for c, e in zip(clauses, ends, strict=True) if c.start >= front]


def _clause_unit(document: Document, clause: Clause, end: int) -> _Unit:
    whole = _shown(document.text[clause.start : end])
    text = _without_number(whole, clause.number)
    title = _without_number(_shown(clause.title), clause.number)
    key = (fold_clause(clause.number) or clause.number) if clause.number else f"# {_plain(clause.title)}"
    if _plain(text) == _plain(title):  # 总 则 over a chapter is 总则: typesetters fill the line
        text = title
    start, end = _stripped(document.text, clause.start, end)
    return _Unit(key, clause.number, title, text, (start, end), _plain(text))


def _paragraph_units(document: Document) -> list[_Unit]:
    found = []
    for match in re.finditer(r"[^\n]+", document.text):
        if text := _shown(match[0]):
            found.append(_Unit("", None, "", text, _stripped(document.text, *match.span()), _plain(text)))
    return found


def _tell_apart(*both: list[_Unit]) -> None:
    """Numbers that repeat, such as 第一节 in every chapter, are told apart by the clause above them."""
    repeated = {key for units in both for key, n in Counter(u.key for u in units).items() if key and n > 1}
    for units in both:
        above, seen = "", Counter[str]()
        for at, unit in enumerate(units):
            if unit.key not in repeated:
                above = unit.key if unit.key else above
                continue
            key = f"{above} {unit.key}"
            seen[key] += 1
            units[at] = _Unit(f"{key} {seen[key]}", unit.number, unit.title, unit.text, unit.span, unit.plain)


def _shown(text: str) -> str:
    """As a reader sees it: the markup's heading signs and runs of blanks are not the clause's."""
    lines = [re.sub(r"[ \t\u3000\xa0]+", " ", re.sub(r"^\s*#{1,6}\s+", "", line)).strip() for line in text.split("\n")]
    return "\n".join(line for line in lines if line and not re.fullmatch(r"<!--.*-->", line))


def _without_number(text: str, number: str | None) -> str:
    if not number:
        return text
    written = r"\s*".join(re.escape(character) for character in re.sub(r"\s+", "", number))
    return re.sub(rf"^\**{written}\**[\s\u3000]*", "", text)


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    inner = text[start:end]
    begins = start + len(inner) - len(inner.lstrip())
    return begins, max(begins, start + len(inner.rstrip()))


# Full width to half; Chinese marks, quotes and brackets to one spelling each.
_STYLES = (("。", "."), ("“”„‟「」『』", '"'), ("‘’", "'"), ("〔【", "["), ("〕】", "]"), ("〜", "~"))
_WIDTH: dict[int, int | str] = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_WIDTH |= {ord(mark): plain for marks, plain in _STYLES for mark in marks}
_WIDTH |= {ord(dash): "-" for dash in DASHES}


def _plain(text: str) -> str:
    """What is left when the editorial is gone. Case, letters, digits and marks that mean something stay."""
    return re.sub(r"-+", "-", re.sub(r"\s+", "", text).translate(_WIDTH))


# ---------------------------------------------------------------- which is which


def _pairs(before: Sequence[_Unit], after: Sequence[_Unit]) -> dict[int, int]:
    """Old place → new place: the same text first, then the same number, then similar text."""
    pairs: dict[int, int] = {}
    numbered = {unit.key: at for at, unit in enumerate(after)}
    for at, unit in enumerate(before):
        there = numbered.get(unit.key)
        if there is not None and unit.plain == after[there].plain:
            pairs[at] = there
    _pair_moved(before, after, pairs)
    _pair_similar(before, after, pairs)
    return pairs


def _pair_moved(before: Sequence[_Unit], after: Sequence[_Unit], pairs: dict[int, int]) -> None:
    taken = set(pairs.values())
    by_text: dict[str, list[int]] = {}
    for there, unit in enumerate(after):
        if there not in taken and len(unit.plain) >= _MOVABLE:
            by_text.setdefault(unit.plain, []).append(there)
    once = Counter(unit.plain for at, unit in enumerate(before) if at not in pairs)
    for at, unit in enumerate(before):
        places = by_text.get(unit.plain, []) if at not in pairs and once[unit.plain] == 1 else []
        if len(places) == 1:
            pairs[at] = places[0]


def _pair_similar(before: Sequence[_Unit], after: Sequence[_Unit], pairs: dict[int, int]) -> None:
    left = [at for at in range(len(before)) if at not in pairs]
    right = sorted(set(range(len(after))) - set(pairs.values()))
    taken: set[int] = set()
    for _, at, there in sorted(_candidates(before, after, left, right), key=lambda found: (-found[0], found[1:])):
        if at not in pairs and there not in taken:
            pairs[at] = there
            taken.add(there)


def _candidates(
    before: Sequence[_Unit], after: Sequence[_Unit], left: Sequence[int], right: Sequence[int]
) -> Iterator[tuple[float, int, int]]:
    """(how good, old place, new place) of pairs that may be one clause."""
    grams = {(0, at): _pairs_of_characters(before[at].plain) for at in left}
    grams |= {(1, there): _pairs_of_characters(after[there].plain) for there in right}
    all_of_them = len(left) * len(right) <= _MOST_PAIRS
    numbered = {after[there].key: there for there in right}
    for at in left:
        one = before[at]
        same = numbered.get(one.key)
        for there in right if all_of_them else ([same] if same is not None else []):
            alike = _dice(grams[0, at], grams[1, there])
            if there == same and one.key:
                if alike >= _SAME_NUMBER or _named_alike(one, after[there]):
                    yield alike + 0.25, at, there
            elif alike >= _OTHER_NUMBER and _movable(one, after[there]):
                yield alike, at, there


def _named_alike(one: _Unit, other: _Unit) -> bool:
    """A heading is the same clause whatever its words; so is a clause that was rewritten under its title."""
    titled = bool(one.title) and _plain(one.title) == _plain(other.title)
    return titled or one.heading_only or other.heading_only


def _movable(one: _Unit, other: _Unit) -> bool:
    return bool(one.number) == bool(other.number) and min(len(one.plain), len(other.plain)) >= _MOVABLE


def _paragraph_pairs(before: Sequence[_Unit], after: Sequence[_Unit]) -> dict[int, int]:
    """The longest common run of paragraphs first; what stands between is paired where it is alike."""
    matcher = SequenceMatcher(None, [u.plain for u in before], [u.plain for u in after], autojunk=False)
    pairs: dict[int, int] = {}
    for block in matcher.get_matching_blocks():
        pairs |= {block.a + i: block.b + i for i in range(block.size)}
    _pair_similar(before, after, pairs)
    return pairs


def _pairs_of_characters(plain: str) -> Counter[str]:
    return Counter(plain[i : i + 2] for i in range(len(plain) - 1)) or Counter([plain])


def _dice(one: Counter[str], other: Counter[str]) -> float:
    total = one.total() + other.total()
    return 2 * (one & other).total() / total if total else 1.0


# ---------------------------------------------------------------- what became of each


def _changes(before: Sequence[_Unit], after: Sequence[_Unit], pairs: dict[int, int], words: Cut) -> Iterator[Change]:
    back = {there: at for at, there in pairs.items()}
    removed = _removed_after(before, pairs)
    yield from removed.get(-1, ())
    for there, unit in enumerate(after):
        at = back.get(there)
        if at is None:
            yield Change(Kind.ADDED, unit.title, new=unit.text, new_number=unit.number, new_span=unit.span)
        else:
            yield _change(before[at], unit, words)
        yield from removed.get(there, ())


def _removed_after(before: Sequence[_Unit], pairs: dict[int, int]) -> dict[int, list[Change]]:
    """New place → what was removed behind it; -1: before everything."""
    found: dict[int, list[Change]] = {}
    place = -1
    for at, unit in enumerate(before):
        if at in pairs:
            place = pairs[at]
            continue
        gone = Change(Kind.REMOVED, unit.title, old=unit.text, old_number=unit.number, old_span=unit.span)
        found.setdefault(place, []).append(gone)
    return found


def _change(one: _Unit, other: _Unit, words: Cut) -> Change:
    kind = Kind.SAME
    runs: tuple[Run, ...] = ()
    if one.plain != other.plain:
        kind, runs = Kind.CHANGED, tuple(_runs(one.text, other.text, words))
    elif one.number and other.number and not _same_number(one.number, other.number):
        kind = Kind.MOVED
    elif one.text != other.text:
        kind = Kind.EDITORIAL
    return Change(kind, other.title, one.text, other.text, one.number, other.number, one.span, other.span, runs)


def _front(old: Document, new: Document, words: Cut) -> Change | None:
    ends = [_front_end(document) for document in (old, new)]
    one, other = (_shown(document.text[:end]) for document, end in zip((old, new), ends, strict=True))
    if _plain(one) == _plain(other):
        return None
    runs = tuple(_runs(one, other, words))
    return Change(Kind.CHANGED, "", one, other, old_span=(0, ends[0]), new_span=(0, ends[1]), runs=runs)


def _front_end(document: Document) -> int:
    """Where the first clause begins; a heading that is the document's own title belongs to the front."""
    first, *rest = sorted(document.clauses, key=lambda clause: clause.start)
    titled = first.number is None and _plain(first.title) == _plain(document.metadata.title)
    return rest[0].start if titled and rest else first.start


def _same_number(one: str, other: str) -> bool:
    return (fold_clause(one) or one) == (fold_clause(other) or other)


# ---------------------------------------------------------------- word by word


def _runs(old: str, new: str, words: Cut) -> Iterator[Run]:
    """The new text with what was taken out standing before what came in its place."""
    a, b = list(words(old)), list(words(new))
    if len(a) * len(b) > _MOST_WORDS:
        a, b = _sentences(old), _sentences(new)
    matcher = SequenceMatcher(None, [_plain(w) for w in a], [_plain(w) for w in b], autojunk=False)
    pieces = [("".join(a[i:j]), "".join(b[k:m]), tag == "equal") for tag, i, j, k, m in matcher.get_opcodes()]
    for gone, come, equal in _joined(pieces):
        if equal:
            yield Run(Kind.SAME, come)
            continue
        if gone:
            yield Run(Kind.REMOVED, gone)
        if come:
            yield Run(Kind.ADDED, come)


def _sentences(text: str) -> list[str]:
    return re.findall(r"[^。；;\n]*[。；;\n]|[^。；;\n]+", text)


def shown(change: Change, around: int = 60) -> list[Run]:
    """What a reader needs of a clause under its title: an added or removed one whole, a changed one around its changes.

    `around` characters of what is the same stand on either side of a change; …… is what was left out.
    """
    runs = list(change.runs) or [Run(change.kind, change.new or change.old)]
    first, headed = runs[0], f"{change.title}\n"
    if change.title and first.text.startswith(headed):
        runs[0] = Run(first.kind, first.text.removeprefix(headed))
    return [_abridged(run, at > 0, at < len(runs) - 1, around) for at, run in enumerate(runs) if run.text]


def _abridged(run: Run, follows: bool, leads: bool, around: int) -> Run:
    if run.kind is not Kind.SAME or len(run.text) <= 2 * around + 20:
        return run
    head, tail = run.text[:around] if follows else "", run.text[-around:] if leads else ""
    return Run(Kind.SAME, f"{head}……{tail}")


def _joined(pieces: Sequence[tuple[str, str, bool]]) -> Iterator[tuple[str, str, bool]]:
    """Neighbours of one sort as one; a lone mark between two changes belongs to both."""
    held: tuple[str, str, bool] | None = None
    for at, (gone, come, equal) in enumerate(pieces):
        equal = equal or _plain(gone) == _plain(come)
        between = 0 < at < len(pieces) - 1 and equal and len(_plain(come)) <= 1 and not re.search(r"\w", come)
        sort = equal and not between
        if held and held[2] == sort:
            held = (held[0] + gone, held[1] + come, sort)
            continue
        if held:
            yield held
        held = (gone, come, sort)
    if held:
        yield held
