"""Which sentences carry the answer, and how well.

A sentence is weighed by the rare things of the question it names, by whether it has the kind of thing
asked for (a date, a count, a person, a list), and by its surroundings: the heading above it and the
sentence before it name what it leaves out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from functools import lru_cache

from knowledge.documents import Chunk, Clause, Document, Origin, Repair
from knowledge.splitting import sentences
from knowledge.standards import squeeze
from knowledge.terms import bigrams, fold_numerals
from retrieval.answer_types import COUNT, ORGANISATION, PERSON, carries
from retrieval.binding import is_rule
from retrieval.fusion import SPREADS
from retrieval.passages import Passage
from retrieval.ranking import SentenceRanking, load_sentence_ranking
from retrieval.sanctions import punished_by
from retrieval.understanding import Asked, Concept, Understood

_TOPICAL = 0.6
_VERB_RARITY = 2.5
_PARTIAL = 0.6  # of a concept's weight, where only pieces of the word stand in the text
_TITLED = 0.9  # … where the document's title names it: every sentence is about that
_CONTEXT = 0.75  # of a concept's weight, where only the heading or the sentence before names it
_GUIDE_SHARE = 0.93  # a built-in guide retells its sources: a source that says as much goes first
_HALVES = 0.85  # … where all its halves do: 试点示范项目 for 试点项目
_GENERAL = 0.7  # … where a rule says it in general: 产品 for 光缆
_STEM = 0.9  # … where only the ending is missing: 主办 for 主办方
_NO_SLOT = 0.5  # a question that asks for nothing by name
_ROLE_ENDINGS = "方者人处们员"
_PASSAGE = 0.6  # … where only another sentence of the passage does

_HEADING = re.compile(r"^\s*#{1,6}\s")
_FROM_WHERE = re.compile(r"(?:哪个|什么|啥|哪家)(?:单位|公司|部门|机构|企业|处室?|局|地方)|哪里的|哪儿的")
_ITEM = re.compile(
    r"\s*(?:[-*·•]\s|\d{1,2}[.、）)]\s?|[a-z][)）]|[①-⑳]|[（(][一二三四五六七八九十\d]{1,3}[）)]|[一二三四五六七八九十]{1,3}[、是])"
)
_LONGEST_LIST = 560  # characters
_MARKS = "- *·•\t \n\u3000"  # list marks of the markup, not of the sentence
_DENIAL = re.compile(r"^(?:未经|未取得|未获得|未获|未依法取得|未通过|未|没有|无)(?=\w\w)")
_NOT_SO = r"(?:未|没有?|不(?!良)|无|缺少?|拒绝?)[^，,。；;：:]{0,8}?"
_LAYOUTS = 64  # documents
_READ = 512  # passages, made comparable: some 20 KB each


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a passage, weighed. Offsets are of the document's text."""

    passage: Passage
    document: Document
    start: int
    end: int
    score: float
    features: dict[str, float] = field(default_factory=dict)
    matched: frozenset[str] = frozenset()  # concepts named in the sentence itself

    @property
    def text(self) -> str:
        return self.document.text[self.start : self.end]

    @property
    def repairs(self) -> tuple[Repair, ...]:
        return tuple(r for r in self.document.repairs if r.start < self.end and r.end > self.start)


def comparable(text: str) -> str:
    """How texts are searched for words: folded, squeezed, counts as digits."""
    return fold_numerals(squeeze(text))


@dataclass(frozen=True, slots=True)
class Layout:
    """What of a document's text only names other text: headings, captions, the head rows of tables."""

    names: tuple[tuple[int, int], ...]
    heads: tuple[tuple[int, int, str], ...]  # of a table: where its rows begin and end, its head row

    @classmethod
    def of(cls, document: Document) -> Layout:
        text = document.text
        titled = [c for c in document.clauses if c.number and c.title]
        names = [(c.start, _line_end(text, c.start)) for c in titled if _is_heading(text, c)]
        names += [(e.start, _line_end(text, e.start)) for e in document.exhibits]
        heads = []
        for block in document.blocks:
            first = _line_end(text, block.start)
            if block.kind == "table" and first < block.end:
                names.append((block.start, first))
                heads.append((first, block.end, text[block.start : first]))
        return cls(tuple(names), tuple(heads))

    def names_only(self, start: int, end: int) -> bool:
        return any(first <= start and end <= last for first, last in self.names)

    def head(self, at: int) -> str:
        """The head row of the table whose row stands there; empty elsewhere."""
        return next((head for first, last, head in self.heads if first <= at < last), "")


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _is_heading(text: str, clause: Clause) -> bool:
    """Whether the clause's first line is its number and title, and nothing else."""
    line = squeeze(text[clause.start : _line_end(text, clause.start)].strip("# *"))
    return line.endswith(squeeze(clause.title)) and len(line) <= len(squeeze(f"{clause.number}{clause.title}"))


class EvidenceReader:
    """`rarity` gives a word's inverse document frequency, `knows` whether any text has it; `document` fetches one."""

    def __init__(
        self,
        rarity: Callable[[str], float],
        knows: Callable[[str], bool],
        document: Callable[[str], Document],
        ranking: SentenceRanking | None = None,
    ) -> None:
        self._rarity = rarity
        self._knows = knows
        self._document = document
        self._ranking = ranking or load_sentence_ranking()
        self._read = lru_cache(maxsize=_READ)(self._reading)  # neither does a passage change under its document's id
        self._layout = lru_cache(maxsize=_LAYOUTS)(lambda document_id: Layout.of(document(document_id)))

    def sentences(self, question: Understood, passages: Sequence[Passage]) -> list[Sentence]:
        """Every sentence of the passages, best first."""
        wanted = _Wanted.of(question, {c.word: self.weight(c) for c in question.concepts})
        weighed: dict[tuple[str, int], Sentence] = {}
        for passage in passages:
            for sentence in self._of(wanted, passage):
                key = (sentence.document.id, sentence.start)
                if key not in weighed or weighed[key].score < sentence.score:
                    weighed[key] = sentence
        return sorted(weighed.values(), key=lambda s: -s.score)

    def weight(self, concept: Concept) -> float:
        """How much of the question hangs on this concept: its part of speech times its rarity."""
        rarity = min(self._rarity(spelling) for spelling in concept.spellings)
        if concept.weight < _TOPICAL:  # 放到, 搞定: a rare verb says how one speaks, not what about
            rarity = min(rarity, _VERB_RARITY)
        return concept.weight * (0.5 + rarity) * (1.0 if concept.given else 0.5)

    def unknown(self, question: Understood) -> float:
        """The share of the question that no text of the knowledge names at all, 0 … 1."""
        given = [c for c in question.concepts if c.given]
        weights = [(self.weight(c), any(map(self._named, (*c.spellings, *c.kinds)))) for c in given]
        total = sum(weight for weight, _ in weights) or 1.0
        return sum(weight for weight, known in weights if not known) / total

    def _named(self, spelling: str) -> bool:
        """Whether some text has it, also in parts: 400G is a number and a letter to the keyword index."""
        spelling = _DENIAL.sub("", spelling) or spelling  # 未经批准: whether it is so is another matter
        pieces = re.findall(r"\d+(?:\.\d+)?|[a-z]+|[\u4e00-\u9fff]+", spelling)
        return self._knows(spelling) or (len(pieces) > 1 and all(map(self._knows, pieces)))

    def _of(self, wanted: _Wanted, passage: Passage) -> Iterator[Sentence]:
        read = self._read(passage.chunk)
        about = {
            "keyword": passage.keyword,
            "cosine": passage.cosine,
            "stands_out_here": passage.score / SPREADS,
            "guide": 1.0 if read.document.origin is Origin.LIBRARY else 0.0,
        }
        concepts, general = wanted.question.concepts, read.general
        beside = [(mention(c, read.titled, general), mention(c, read.text, general)) for c in concepts]
        before = ""
        for line in read.lines:
            features, matched = _features(wanted, read, line, before + read.surroundings, beside)
            features |= about | {"wording": share(wanted.pairs, line.pairs)}
            score = self._ranking.score(features) * (_GUIDE_SHARE if about["guide"] else 1.0)
            yield Sentence(passage, read.document, line.start, line.end, score, features, matched)
            before = line.own

    def _reading(self, chunk: Chunk) -> _Read:
        document = self._document(chunk.document_id)
        return _Read(
            document=document,
            general=is_rule(document.metadata),
            titled=comparable(document.metadata.title),
            surroundings=comparable(f"{chunk.heading} {document.metadata.body or ''} {_in_words(document)}"),
            text=comparable(chunk.text),
            lines=tuple(self._lines(document, chunk)),
        )

    def _lines(self, document: Document, chunk: Chunk) -> Iterator[_Line]:
        title = squeeze(document.metadata.title)
        layout = self._layout(chunk.document_id)
        for start, end in _trimmed_sentences(document.text, chunk.start, chunk.end):
            raw = document.text[start:end]
            if squeeze(raw) == title or layout.names_only(start, end):
                continue
            own = comparable(raw)
            if head := layout.head(start):
                own += comparable(head)  # a row is read under the names of its columns
            meanings = "".join(r.meaning for r in document.repairs if r.meaning and start <= r.start < end)
            punishes = comparable(punished_by(document, start))
            yield _Line(start, end, raw, own, own + comparable(meanings), frozenset(pairs(raw)), punishes)


@dataclass(frozen=True, slots=True)
class _Line:
    """A sentence as it is compared with questions."""

    start: int
    end: int
    raw: str
    own: str
    meant: str  # own, and what its repairs say it means
    pairs: frozenset[str]
    punishes: str  # the duty whose breach it punishes, where it names that by its number only


@dataclass(frozen=True, slots=True)
class _Read:
    """A passage as it is compared with questions: no question changes it."""

    document: Document
    general: bool  # speaks of things by their kinds
    titled: str
    surroundings: str  # headings, issuer, date
    text: str
    lines: tuple[_Line, ...]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A question as it is compared with sentences."""

    question: Understood
    weights: dict[str, float]
    total: float
    pairs: frozenset[str]
    names: tuple[Concept, ...]
    numbers: tuple[Concept, ...]
    attached: tuple[re.Pattern[str], ...]

    @property
    def penalty(self) -> bool:
        return Asked.PENALTY in self.question.asks_for

    @classmethod
    def of(cls, question: Understood, weights: dict[str, float]) -> _Wanted:
        given = [c for c in question.concepts if c.given]
        return cls(
            question,
            weights,
            sum(weights.values()) or 1.0,
            frozenset(pairs(question.own)),
            tuple(c for c in given if c.name),
            tuple(c for c in given if re.search(r"\d", c.word)),
            tuple(re.compile(pattern, re.I) for pattern in _attachments(question)),
        )


def _features(
    wanted: _Wanted, read: _Read, line: _Line, near: str, beside: Sequence[tuple[float, float]]
) -> tuple[dict[str, float], frozenset[str]]:
    """`near`: the sentence before and what stands above; `beside`: how far title and passage name each concept."""
    question, total = wanted.question, wanted.total
    own = line.meant + line.punishes if wanted.penalty else line.meant
    inside = context = worst = worst_here = 0.0
    slot_here = slot_around = _NO_SLOT
    matched = set()
    for concept, (titled, around_it) in zip(question.concepts, beside, strict=True):
        weight = wanted.weights[concept.word]
        here, above = mention(concept, own, read.general), mention(concept, near, read.general)
        around = max(here, _TITLED * titled, _CONTEXT * above, _PASSAGE * around_it)
        inside += weight * here
        context += weight * around
        if here >= 1.0:
            matched.add(concept.word)
        if concept.word == question.slot:
            slot_here, slot_around = here, max(above, around_it, here)
        if concept.given:
            worst_here = max(worst_here, weight * (1 - here))
            worst = max(worst, weight * (1 - max(around, above, around_it)))
    texts = (own, near, read.text)
    figures = [1.0 if any(f.rstrip("年") in text for text in texts) else 0.0 for f in question.figures]
    everywhere = "".join(texts) if wanted.names or wanted.numbers else ""
    return {
        "inside": inside / total,
        "context": context / total,
        "kind": carries(question.asks_for, line.raw, question.own),
        "figures": min(figures, default=1.0),
        "worst": worst,
        "worst_share": worst / total,
        "worst_here": worst_here / total,
        "slot_here": slot_here,
        "slot_around": slot_around,
        "names_missing": max((1.0 - mention(c, everywhere) for c in wanted.names), default=0.0),
        "numbers_missing": max((1.0 - mention(c, everywhere) for c in wanted.numbers), default=0.0),
        "denied": _denied(question, own),
        "attached": 1.0 if any(pattern.search(line.raw) for pattern in wanted.attached) else 0.0,
    }, frozenset(matched)


def _denied(question: Understood, text: str) -> float:
    """What the question says is not so: 1 where the text says so too, -1 where it says it is, between for several."""
    said = [
        1.0 if any(re.search(rf"{_NOT_SO}{re.escape(one)}", text) for one in spellings) else -1.0
        for concept in question.concepts
        if concept.negated and (spellings := [one for one in concept.spellings if one in text])
    ]
    return sum(said) / len(said) if said else 0.0


def _attachments(question: Understood) -> Iterator[str]:
    """What is asked for right at what it is asked about: 12个联合体, 副主任许宝东."""
    names = [re.escape(spelling) for c in question.concepts if c.weight >= _TOPICAL for spelling in c.spellings]
    if not names:
        return
    named = f"(?:{'|'.join(names)})"
    if Asked.HOW_MANY in question.asks_for:
        yield rf"{COUNT}[^，,。；;、]{{0,8}}{named}|{named}[^，,。；;、]{{0,10}}{COUNT}"
    if not question.asks_for & {Asked.WHO, Asked.DEFINITION, Asked.TITLE}:
        return
    if _FROM_WHERE.search(question.own):
        yield rf"{ORGANISATION}[^，,。；;、]{{0,12}}{PERSON}{named}"
    else:
        yield rf"{PERSON}{named}|{named}[（(]?[^，,。；;、]{{0,10}}{PERSON}"


def mention(concept: Concept, text: str, general: bool = False) -> float:
    """1 where a spelling stands in the text, a part where only pieces of the word do, else 0. `general`: the text
    speaks of things by their kinds, as rules do.
    """
    spelt = _spelt(concept, text)
    return max(spelt, _GENERAL) if general and spelt < 1 and any(kind in text for kind in concept.kinds) else spelt


def _spelt(concept: Concept, text: str) -> float:
    word = concept.word
    if word.isdigit():  # 2 is not in 2023
        return 1.0 if re.search(rf"(?<![\d.]){word}(?![\d.]\d|\d)", text) else 0.0
    for spelling in concept.spellings:
        if spelling in text:
            return 1.0
    if len(word) < 3 or not _is_han(word):
        return 0.0
    if word[-1] in _ROLE_ENDINGS and word[:-1] in text:
        return _STEM
    halves, overlapping = _pieces(word)
    return max(_HALVES * _share_in(text, halves), _PARTIAL * _share_in(text, overlapping))


@lru_cache(maxsize=4096)
def _pieces(word: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Pairs of characters that do not overlap, 试点, 项目 of 试点项目, where a word has such; and those that do."""
    halves = range(0, len(word), 2) if len(word) % 2 == 0 and len(word) > 3 else ()
    return tuple(word[i : i + 2] for i in halves), tuple(bigrams(word))


def _share_in(text: str, pieces: tuple[str, ...]) -> float:
    return sum([piece in text for piece in pieces]) / len(pieces) if pieces else 0.0


def _in_words(document: Document) -> str:
    """The document's own date as texts and questions write it."""
    day = document.metadata.published
    return f"{day.year}年{day.month}月{day.day}日" if day else ""


def pairs(text: str) -> set[str]:
    """Pairs of characters, and figures set apart: 36.77 and 751 tell sentences from each other."""
    plain = squeeze(text)
    return set(bigrams(plain)) | {f"#{number}" for number in re.findall(r"\d+(?:\.\d+)?", plain)}


def share(wanted: Set[str], found: Set[str]) -> float:
    """How much of one text another carries, 0 … 1; a figure counts twice."""
    return _mass(wanted & found) / (_mass(wanted) or 1.0)


def _mass(some: Set[str]) -> float:
    return float(len(some) + len([pair for pair in some if pair[0] == "#"]))


def _is_han(word: str) -> bool:
    return all("\u4e00" <= char <= "\u9fff" for char in word)


def _trimmed_sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Sentences without their list marks; a lead-in that ends in a colon takes its list with it."""
    spans = list(sentences(text, start, end))
    taken = start
    for i, (sentence_start, sentence_end) in enumerate(spans):
        raw = text[sentence_start:sentence_end]
        if sentence_start < taken or _HEADING.match(raw):
            continue  # a heading names a topic; it never answers
        left = len(raw) - len(raw.lstrip(_MARKS))
        if raw.rstrip().endswith(("：", ":")):
            sentence_end = taken = _end_of_list(text, spans[i + 1 :], sentence_start, sentence_end)
        right = len(text[sentence_start:sentence_end].rstrip())
        if right - left >= 4:
            yield sentence_start + left, sentence_start + right


def _end_of_list(text: str, following: Sequence[tuple[int, int]], start: int, end: int) -> int:
    """Where the items below a lead-in stop, or where they would be too much to show."""
    for item_start, item_end in following:
        item = text[item_start:item_end]
        if not item.strip():
            continue
        if not _ITEM.match(item) or item_end - start > _LONGEST_LIST:
            break
        end = item_end
    return end
