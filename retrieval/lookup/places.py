"""Where a number stands in a document: its clause with all below it, its 款 and 项, its tables."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from knowledge.catalog import Shelved
from knowledge.documents import Clause, Document, Exhibit
from knowledge.references import exact_references, order
from knowledge.standards import ClauseReference, article_numeral, fold_clause
from knowledge.subdivisions import Paragraph, paragraphs

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch that answers: `label` is its clause's number as the document writes it, 款 and 项 with it."""

    start: int
    end: int
    label: str
    cited: tuple[tuple[int, int, str], ...] = ()  # what of it is quoted, where that is not all of it at once
    leads: tuple[Span, ...] = ()  # what leads into an item, outermost first


@dataclass(frozen=True, slots=True)
class HeldDocument:
    """A document with its clauses by their folded numbers, in order."""

    document: Document
    numbers: dict[str, list[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, document: Document) -> HeldDocument:
        numbers: dict[str, list[int]] = {}
        for at, clause in enumerate(document.clauses):
            if clause.number:
                numbers.setdefault(fold_clause(clause.number), []).append(at)
        return cls(document, numbers)

    # ------------------------------------------------------------------ clauses

    def key(self, number: str) -> str:
        """第10章 of a standard is its clause 10; an article is itself."""
        if number in self.numbers:
            return number
        match = re.fullmatch(r"第(\d+)([章条])", number)
        if match and match[1] in self.numbers and not any(n.endswith(match[2]) for n in self.numbers):
            return match[1]
        return number

    def at(self, number: str, within: str | None = None) -> list[int]:
        """The indexes of the clauses of this number; several where sections are counted anew in each chapter."""
        found = self._fullest(self.numbers.get(self.key(number), []))
        if within is None or len(found) < 2:
            return found
        inside = [i for outer in self.at(within) for i in found if outer < i < self.after(outer)]
        return inside or ([] if number.endswith("节") else found)

    def _fullest(self, places: list[int]) -> list[int]:
        """One for each part it stands in: a line of a contents page taken for a heading gives way to the clause."""
        clauses = self.document.clauses
        by_part: dict[int | None, int] = {}
        for at in places:
            outer = next(
                (i for i in range(at - 1, -1, -1) if clauses[i].level < clauses[at].level and clauses[i].number), None
            )
            best = by_part.get(outer)
            if best is None or self._length(best) < self._length(at):
                by_part[outer] = at
        if clauses and places and not (clauses[places[0]].number or "").endswith(("节", "章")):
            return [max(by_part.values(), key=self._length)]
        return sorted(by_part.values())

    def _length(self, at: int) -> int:
        start, end = self.extent(at)
        return end - start

    def after(self, at: int) -> int:
        """The index of the first clause behind the one at `at` that does not stand below it."""
        clauses = self.document.clauses
        return next((i for i in range(at + 1, len(clauses)) if clauses[i].level <= clauses[at].level), len(clauses))

    def extent(self, at: int) -> Span:
        """A clause with everything below it."""
        clauses, after = self.document.clauses, self.after(at)
        end = clauses[after].start if after < len(clauses) else len(self.document.text)
        return clauses[at].start, end

    def between(self, first: str, last: str) -> list[int]:
        """Every clause of a range, in order, that is not below another one of it."""
        low, high = order(self.key(first)), order(self.key(last))
        shape = _shape(self.key(first))
        found = [
            at
            for number, places in self.numbers.items()
            if _shape(number) == shape and low <= order(number) <= high
            for at in places[:1]
        ]
        return sorted(found, key=lambda at: self.document.clauses[at].start)

    def children(self, at: int) -> list[int]:
        """The numbered clauses right below one: sections of a chapter before its articles."""
        clauses = self.document.clauses
        below = [i for i in range(at + 1, self.after(at)) if clauses[i].number]
        outermost = min((clauses[i].level for i in below), default=0)
        return [i for i in below if clauses[i].level == outermost]

    def of_kind(self, suffix: str) -> list[Clause]:
        """Every chapter or article."""
        return [c for c in self.document.clauses if c.number and re.search(rf"{suffix}(?:之\S+)?$", c.number)]

    def has_kind(self, number: str) -> bool:
        """Whether clauses are numbered in this manner here at all."""
        shape = _shape(self.key(number))
        return any(_shape(n) == shape for n in self.numbers)

    def naming(self, number: str) -> list[int]:
        """The clauses that name an article of their own document: 不符合本法第二十七条规定的."""
        found = []
        for at, clause in enumerate(self.document.clauses):
            text = self.document.text[clause.start : clause.end]
            for match in re.finditer(r"本(?:法|条例|办法|规定|细则|文件|标准)(?=第)[^。；]*", text):
                if any(_covers(reference, number) for reference in exact_references(match[0])):
                    found.append(at)
                    break
        return found

    def place(self, at: int) -> Place:
        """The clause with everything below it; what is quoted, clause by clause."""
        start, end = self.trimmed(*self.extent(at))
        cited = []
        for clause in self.document.clauses[at : self.after(at)]:
            a, b = self.trimmed(clause.start, clause.end)
            if a < b and not self.bare(clause):
                cited.append((a, b, clause.number or self.document.clauses[at].number or ""))
        number = self.document.clauses[at].number or ""
        return Place(start, end, number, tuple(cited) or ((start, end, number),))

    def heading(self, at: int) -> Span:
        """The first line of a clause: number and title."""
        clause = self.document.clauses[at]
        line = self.document.text.find("\n", clause.start)
        return self.trimmed(clause.start, clause.end if line < 0 else min(line, clause.end))

    def bare(self, clause: Clause) -> bool:
        """A heading with nothing under it but other clauses."""
        body = self.document.text[clause.start : clause.end].strip()
        return "\n" not in body and bool(clause.title) and len(body) <= 60 and not body.endswith("。")

    def trimmed(self, start: int, end: int) -> Span:
        """Without the markup and white space around it."""
        text = self.document.text[start:end]
        marks = re.match(r"[#>\s\u3000]*", text)
        return start + (marks.end() if marks else 0), start + len(text.rstrip())

    # ------------------------------------------------------------------ 款 and 项

    def paragraphs(self, at: int) -> tuple[Paragraph, ...]:
        clause = self.document.clauses[at]
        body = clause.start
        if clause.title and not self.bare(clause):  # its title is a line of its own, and no 款
            line = self.document.text.find("\n", clause.start, clause.end)
            body = line if line >= 0 and clause.title in self.document.text[clause.start : line] else clause.start
        return paragraphs(self.document.text, body, clause.end)

    def subdivisions(self, at: int, reference: ClauseReference) -> list[Place]:
        """The 款 or 项 asked for; none where there is no such."""
        number = self.document.clauses[at].number or ""
        numbered = list(enumerate(self.paragraphs(at), 1))
        if reference.paragraph is not None:
            numbered = [(n, one) for n, one in numbered if n == reference.paragraph]
        places = []
        for n, one in numbered:
            space = " " if number[-1:].isascii() else ""
            part = f"{space}第{article_numeral(n)}款" if reference.paragraph is not None else ""
            if reference.item is None:
                places.append(Place(one.start, one.end, f"{number}{part}"))
            elif item := one.item(reference.item):
                label = f"{number}{part}{spoken_item(reference.item)}"
                places.append(Place(item.start, item.end, label, leads=self._leads(one, reference.item)))
        return places

    def _leads(self, paragraph: Paragraph, label: str) -> tuple[Span, ...]:
        """The sentence before the list, and the items above the one of this label."""
        spans = [(paragraph.start, paragraph.lead_end)]
        parts = label.split(".")
        for depth in range(1, len(parts)):
            if (above := paragraph.item(".".join(parts[:depth]))) and above.items:
                spans.append((above.start, above.items[0].start))
        return tuple(self.trimmed(start, end) for start, end in spans if start < end)

    # ------------------------------------------------------------------ tables and figures

    def exhibits(self, reference: ClauseReference) -> list[Exhibit]:
        """The table or figure of this number; 附录B表2 is 表 B.2, or 表 2 where that stands in annex B."""
        wanted = _plain(reference.number)
        same = [e for e in self.document.exhibits if e.kind == reference.kind]
        if reference.within and reference.within.startswith("附录"):
            letter = reference.within[-1]
            if found := [e for e in same if _plain(e.number) == f"{letter}.{wanted}"]:
                return found
        found = [e for e in same if _plain(e.number) == wanted]
        if reference.within is None:
            return found
        extents = [self.extent(at) for at in self.at(reference.within)]
        return [e for e in found if any(start <= e.start < end for start, end in extents)]


def _covers(reference: ClauseReference, number: str) -> bool:
    if reference.through is None:
        return reference.number == number
    return _shape(reference.number) == _shape(number) and order(reference.number) <= order(number) <= order(
        reference.through
    )


def _shape(number: str) -> str:
    shape = re.sub(r"之\d+$", "", number)
    return re.sub(r"\d+", "0", re.sub(r"^(附录)?[a-z](?=\.|$)", r"\1a", shape))


def _plain(number: str) -> str:
    return re.sub(r"[-–.]+", ".", number.lower())


def spoken_item(label: str) -> str:
    """3 → 第（三）项; a → a)项."""
    first, _, below = label.partition(".")
    shown = f"第（{article_numeral(int(first))}）项" if first.isdigit() else f" {first})"
    if not below:
        return shown
    return f"{shown}第{article_numeral(int(below))}目" if first.isdigit() and below.isdigit() else f"{shown} {below})"


@dataclass(frozen=True, slots=True)
class HeldEdition:
    """The edition that answers, with what has to be said of it."""

    held: HeldDocument
    shelved: Shelved
    note: str = ""
