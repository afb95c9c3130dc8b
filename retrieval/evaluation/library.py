"""The built-in library, checked: its sources and wording, contradictions, what its entries answer, facts covered.

Rules that an entry can break by itself, and two entries that answer one question differently, are breaks.
Questions that do not find their entry, and facts that nothing names, are shortfalls: they are reported as shares.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from rich.table import Table

from knowledge.embeddings import EmbeddingModel
from knowledge.faqs import Confidence, FaqEntry, Source
from knowledge.library import Guide, ListedStandard, load_faqs, load_guides, load_standards
from knowledge.standards import squeeze
from retrieval.answering import Answerer, with_clauses
from retrieval.answers import Answer, Outcome
from retrieval.errors import EvaluationInvalid
from retrieval.evidence import comparable
from retrieval.questions import Question
from retrieval.understanding import Reader

ISSUERS = (  # whose own sites may be linked; each with all its subdomains
    "gov.cn",
    "soecc.org.cn",  # 苏州市光电产业商会
    "cnca.cn",  # 国家认监委的查询平台
    "iso.org",
    "iec.ch",
    "cnas.org.cn",  # 中国合格评定国家认可委员会
    "ttbz.org.cn",  # 全国团体标准信息平台
    "chinatrace.org",  # 中国产品质量安全追溯平台
    "cmrnn.com.cn",  # 中国市场监管报
)
NEAR = 0.96  # cosine of one question in two wordings; e5 puts 认证费打给谁 and 认证费归谁管 at 0.958, …交给谁 at 0.98
AT_ONCE = 4  # questions asked side by side
_EMBEDDED_AT_ONCE = 64

STATABLE = frozenset({Confidence.SEED, Confidence.OFFICIAL, Confidence.SECONDARY})

Progress = Callable[[str, int, int], None]  # what, done, of how many


class Rule(StrEnum):
    SOURCE = "source"
    WORDING = "wording"
    DATE = "date"
    ADDRESS = "address"
    CONFLICT = "conflict"
    QUESTION = "question"
    SIMILAR = "similar"
    NOT_FOR = "not_for"
    FACT = "fact"


BREAKS = (Rule.SOURCE, Rule.WORDING, Rule.DATE, Rule.ADDRESS, Rule.CONFLICT)
_NAMES = {
    Rule.SOURCE: "出处不完整",
    Rule.WORDING: "可信度措辞",
    Rule.DATE: "时点未写明",
    Rule.ADDRESS: "网址不是发布单位自己的",
    Rule.CONFLICT: "同一问题两种答案",
    Rule.QUESTION: "标准问法没有答到本条",
    Rule.SIMILAR: "相似问法没有答到本条",
    Rule.NOT_FOR: "反例答成了本条",
    Rule.FACT: "事实没有条目",
}


@dataclass(frozen=True, slots=True)
class Problem:
    rule: Rule
    where: str  # the entry, guide, standard or fact
    what: str


@dataclass(frozen=True, slots=True)
class Share:
    right: int = 0
    total: int = 0

    @property
    def share(self) -> float:
        return self.right / self.total if self.total else 1.0


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact as far as coverage goes: its number, and how well it is known."""

    id: str
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class Library:
    faqs: Sequence[FaqEntry] = ()
    guides: Sequence[Guide] = ()
    standards: Sequence[ListedStandard] = ()


def built_in() -> Library:
    return Library(load_faqs(), load_guides(), load_standards())


# ---------------------------------------------------------------------- the report


@dataclass(frozen=True, slots=True)
class LibraryReport:
    entries: int
    guides: int
    standards: int
    questions: Share  # canonical questions answered by their own entry, or by one that carries the same figures
    similar: Share
    not_for: Share  # counter-examples that did not return the entry
    stated: Share | None = None  # facts that may be stated, named by an entry or guide
    unknown: Share | None = None  # facts not found or not verified, named by an entry that says so
    problems: tuple[Problem, ...] = ()

    @property
    def breaks(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.rule in BREAKS)

    def as_json(self) -> dict[str, Any]:
        shares = ("questions", "similar", "not_for", "stated", "unknown")
        return {
            "entries": self.entries,
            "guides": self.guides,
            "standards": self.standards,
            **{name: _share_json(getattr(self, name)) for name in shares},
            "breaks": len(self.breaks),
            "problems": [{"rule": p.rule.value, "where": p.where, "what": p.what} for p in self.problems],
        }

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> LibraryReport:
        def share(name: str) -> Share:
            return Share(told[name]["right"], told[name]["total"])

        return cls(
            told["entries"],
            told["guides"],
            told["standards"],
            share("questions"),
            share("similar"),
            share("not_for"),
            share("stated") if told["stated"] else None,
            share("unknown") if told["unknown"] else None,
            tuple(Problem(Rule(p["rule"]), p["where"], p["what"]) for p in told["problems"]),
        )

    def table(self) -> Table:
        table = Table(title=f"内置知识：{self.entries} 条问答，{self.guides} 份指南，{self.standards} 份标准目录")
        table.add_column("项目")
        table.add_column("数量", justify="right")
        table.add_column("占比", justify="right")
        for rule in BREAKS:
            table.add_row(_NAMES[rule], str(sum(p.rule is rule for p in self.problems)), "")
        table.add_section()
        for name, share in (
            ("标准问法答到本条", self.questions),
            ("相似问法答到本条", self.similar),
            ("反例没有答成本条", self.not_for),
            ("可以陈述的事实有条目", self.stated),
            ("未查到、未核实的事实有说明", self.unknown),
        ):
            if share is not None:
                table.add_row(name, f"{share.right} / {share.total}", f"{share.share:.1%}")
        return table

    def shortfalls(self) -> Table:
        """Every problem, breaks first."""
        table = Table(title=f"问题：{len(self.problems)} 处，其中违反规则 {len(self.breaks)} 处")
        for head in ("类别", "条目", "说明"):
            table.add_column(head, overflow="fold")
        for problem in sorted(self.problems, key=lambda p: p.rule not in BREAKS):
            table.add_row(_NAMES[problem.rule], problem.where, problem.what)
        return table


def _share_json(share: Share | None) -> dict[str, Any] | None:
    return {"right": share.right, "total": share.total, "share": round(share.share, 4)} if share else None


# ---------------------------------------------------------------------- the conductor


def check_library(
    library: Library,
    answerer: Answerer,
    embeddings: EmbeddingModel | None = None,
    facts: Sequence[Fact] = (),
    progress: Progress = lambda what, done, total: None,
) -> LibraryReport:
    """`answerer` must hold the library. Without `embeddings` only phrasings that are equal count as one question."""
    rules = [*check_rules(library)]
    conflicts = [*check_conflicts(library.faqs, answerer.reader, embeddings)]
    questions, similar, not_for, unanswered = _ask_all(library.faqs, answerer, progress)
    covered = check_coverage(library, facts) if facts else (None, None, [])
    return LibraryReport(
        len(library.faqs),
        len(library.guides),
        len(library.standards),
        questions,
        similar,
        not_for,
        covered[0],
        covered[1],
        (*rules, *conflicts, *unanswered, *covered[2]),
    )


# ---------------------------------------------------------------------- what an entry can break by itself


_SECONDARY_FROM = re.compile(r"据")
_SECONDARY_CAVEAT = re.compile(r"请[^。\n]{0,60}以[^。\n]{1,60}为准")
_NOT_FOUND = re.compile(r"没有|没查到|未查到|查不到|未找到|未公开|不公开|未核实")
_UNVERIFIED = "未核实"
_AS_OF_SAID = re.compile(r"截至\d{4}")
_ISO_DATE = re.compile(r"\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?")
_DATED_NUMBER = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


def check_rules(library: Library) -> Iterator[Problem]:
    for entry in library.faqs:
        yield from (Problem(rule, entry.id, what) for rule, what in _broken_by(entry))
    holders: list[tuple[str, Sequence[Source]]] = [
        *((e.id, e.sources) for e in library.faqs),
        *((g.id, g.sources) for g in library.guides),
        *((s.number, s.sources) for s in library.standards),
    ]
    dated = {(s.body, s.title) for _, sources in holders for s in sources if s.date}
    for where, sources in holders:
        if not sources:
            yield Problem(Rule.SOURCE, where, "没有出处")
        for source in sources:
            yield from (Problem(rule, where, what) for rule, what in _broken_by_source(source, dated))
    for guide in library.guides:
        if not (guide.title.strip() and guide.body.strip()):
            yield Problem(Rule.SOURCE, guide.id, "指南缺少标题或编写单位")
    for standard in library.standards:
        if not (standard.title.strip() and standard.clauses and standard.note.strip()):
            yield Problem(Rule.SOURCE, standard.number, "标准目录缺少标题、条款或说明")


def _broken_by(entry: FaqEntry) -> Iterator[tuple[Rule, str]]:
    if not (entry.question.strip() and entry.answer.strip() and all(p.strip() for p in entry.phrasings)):
        yield Rule.SOURCE, "问题、相似问法或答案是空的"
    if entry.confidence is Confidence.SECONDARY:
        if not _SECONDARY_FROM.search(entry.answer):
            yield Rule.WORDING, "二手来源的答案没有写“据……”"
        if not _SECONDARY_CAVEAT.search(entry.answer):
            yield Rule.WORDING, "二手来源的答案没有写“请以……为准”"
    if entry.confidence not in STATABLE and entry.settles:
        yield Rule.WORDING, f"{entry.confidence}的内容不能当作结论"
    if entry.confidence is Confidence.NOT_FOUND and not _NOT_FOUND.search(entry.answer):
        yield Rule.WORDING, "没有写明资料里没有或没有查到"
    if entry.confidence is Confidence.UNVERIFIED and _UNVERIFIED not in entry.answer:
        yield Rule.WORDING, "没有写明“未核实”"
    if entry.as_of is not None:
        day = entry.as_of
        said = squeeze(entry.answer)
        if f"{day.year}年{day.month}月{day.day}日" not in said and day.isoformat() not in said:
            yield Rule.DATE, f"as_of 是 {day.isoformat()}，答案里没有这个日期"
    elif _AS_OF_SAID.search(entry.answer):
        yield Rule.DATE, "答案写了“截至”，没有 as_of"


def _broken_by_source(source: Source, dated: set[tuple[str, str]]) -> Iterator[tuple[Rule, str]]:
    if not (source.body.strip() and source.title.strip()):
        yield Rule.SOURCE, "出处缺少发布单位或标题"
    if source.date is not None and not _ISO_DATE.fullmatch(source.date):
        yield Rule.SOURCE, f"出处的日期不是 2024-11-29、2024-11 或 2024 的写法：{source.date}"
    if source.date is None and source.number and _DATED_NUMBER.search(source.number):
        yield Rule.SOURCE, f"文号带年份，出处没有日期：{source.number}"
    elif source.date is None and (source.body, source.title) in dated:
        yield Rule.SOURCE, f"同一出处在别处有日期，这里没有：{source.title}"
    if source.url is not None and not _is_issuers(source.url):
        yield Rule.ADDRESS, source.url


def _is_issuers(url: str) -> bool:
    parts = urlsplit(url)
    host = parts.hostname or ""
    return parts.scheme in {"http", "https"} and any(host == own or host.endswith(f".{own}") for own in ISSUERS)


# ---------------------------------------------------------------------- one question, two answers


@dataclass(frozen=True, slots=True)
class _Phrased:
    entry: FaqEntry
    text: str
    about: tuple[frozenset[tuple[str, ...]], frozenset[str], frozenset[str]]  # words, figures, what is asked for


def check_conflicts(
    entries: Sequence[FaqEntry], reader: Reader, embeddings: EmbeddingModel | None = None
) -> Iterator[Problem]:
    """Pairs of entries with one question between them, whose answers do not agree; one pair is reported once."""
    phrased = [_phrased(entry, text, reader) for entry in entries for text in entry.phrasings]
    seen: set[frozenset[str]] = set()
    for one, other in (*_equal(phrased), *_nearly_equal(phrased, embeddings)):
        pair = frozenset((one.entry.id, other.entry.id))
        if len(pair) < 2 or pair in seen or agree(one.entry, other.entry, reader):
            continue
        seen.add(pair)
        yield Problem(Rule.CONFLICT, f"{one.entry.id} / {other.entry.id}", f"“{one.text}” / “{other.text}”")


def _phrased(entry: FaqEntry, text: str, reader: Reader) -> _Phrased:
    read = reader.read(Question(text))
    words = frozenset(tuple(sorted(concept.spellings)) for concept in read.concepts)
    return _Phrased(entry, text, (words, frozenset(read.figures), frozenset(kind.value for kind in read.asks_for)))


def _equal(phrased: Iterable[_Phrased]) -> Iterator[tuple[_Phrased, _Phrased]]:
    alike: dict[str, list[_Phrased]] = {}
    for one in phrased:
        alike.setdefault(re.sub(r"\W", "", squeeze(one.text)), []).append(one)
    for group in alike.values():
        yield from combinations(group, 2)


def _nearly_equal(
    phrased: Sequence[_Phrased], embeddings: EmbeddingModel | None
) -> Iterator[tuple[_Phrased, _Phrased]]:
    """High cosine, and the same words, figures and kind of thing asked for."""
    if embeddings is None or not embeddings.available:
        return
    alike: dict[Any, list[_Phrased]] = {}
    for one in phrased:
        if one.about[0]:
            alike.setdefault(one.about, []).append(one)
    groups = [group for group in alike.values() if len({one.entry.id for one in group}) > 1]
    texts = list(dict.fromkeys(one.text for group in groups for one in group))
    vectors: dict[str, np.ndarray[Any, np.dtype[np.float64]]] = {}
    for start in range(0, len(texts), _EMBEDDED_AT_ONCE):
        some = texts[start : start + _EMBEDDED_AT_ONCE]
        vectors.update(zip(some, map(np.asarray, embeddings.embed_questions(some)), strict=True))
    for group in groups:
        for one, other in combinations(group, 2):
            if float(vectors[one.text] @ vectors[other.text]) >= NEAR:
                yield one, other


_LIST_MARK = re.compile(r"^\s*\d{1,2}[.、)）]\s*", re.M)
_FIGURE = re.compile(r"\d+(?:\.\d+)?%?")
_TITLE = re.compile(r"《([^》]+)》")


def agree(one: FaqEntry, other: FaqEntry, reader: Reader) -> bool:
    """Both refuse, or one's figures and names all stand in the other's answer."""
    if one.settles != other.settles:
        return False
    if not one.settles or squeeze(one.answer) == squeeze(other.answer):
        return True
    return _within(one, other, reader) or _within(other, one, reader)


def _within(one: FaqEntry, other: FaqEntry, reader: Reader) -> bool:
    told = comparable(f"{other.answer}\n{other.details}")
    figures, names = figures_of(one.answer), _names_of(one.answer, reader)
    return bool(figures or names) and figures <= figures_of(told) and all(name in told for name in names)


def figures_of(text: str) -> frozenset[str]:
    return frozenset(_FIGURE.findall(comparable(_LIST_MARK.sub("", text))))


def _names_of(text: str, reader: Reader) -> frozenset[str]:
    titles = {comparable(title) for title in _TITLE.findall(text)}
    return frozenset(titles | {comparable(c.word) for c in reader.read(Question(text)).concepts if c.name})


# ---------------------------------------------------------------------- asked, does it answer?


@dataclass(frozen=True, slots=True)
class _Trial:
    rule: Rule
    entry: FaqEntry
    text: str


def _ask_all(
    entries: Sequence[FaqEntry], answerer: Answerer, progress: Progress
) -> tuple[Share, Share, Share, list[Problem]]:
    trials = [trial for entry in entries for trial in _trials(entry)]
    owners = {with_clauses(entry): entry for entry in entries}
    right = dict.fromkeys((Rule.QUESTION, Rule.SIMILAR, Rule.NOT_FOR), 0)
    problems = []
    with ThreadPoolExecutor(AT_ONCE) as threads:
        answers = threads.map(lambda trial: answerer.answer(Question(trial.text)), trials)
        for done, (trial, answer) in enumerate(zip(trials, answers, strict=True), 1):
            if _as_it_should(trial, answer, owners):
                right[trial.rule] += 1
            else:
                problems.append(Problem(trial.rule, trial.entry.id, f"“{trial.text}” → {_what(answer, owners)}"))
            progress("逐条提问", done, len(trials))
    totals = {rule: sum(trial.rule is rule for trial in trials) for rule in right}
    question, similar, not_for = (Share(right[rule], totals[rule]) for rule in right)
    return question, similar, not_for, problems


def _trials(entry: FaqEntry) -> Iterator[_Trial]:
    yield _Trial(Rule.QUESTION, entry, entry.question)
    yield from (_Trial(Rule.SIMILAR, entry, text) for text in entry.similar)
    yield from (_Trial(Rule.NOT_FOR, entry, text) for text in entry.not_for)


def _as_it_should(trial: _Trial, answer: Answer, owners: Mapping[str, FaqEntry]) -> bool:
    own = answer.kind == "faq" and answer.text == with_clauses(trial.entry)
    if trial.rule is Rule.NOT_FOR:
        return not own
    return own or _carries_the_same(trial.entry, answer, owners)


def _carries_the_same(entry: FaqEntry, answer: Answer, owners: Mapping[str, FaqEntry]) -> bool:
    """Another entry of the same standing, or a clause looked up, with every figure of this one."""
    if answer.kind == "faq" and answer.text in owners:
        same_standing = owners[answer.text].settles == entry.settles
    else:
        same_standing = answer.kind == "clause" and entry.settles and answer.outcome is Outcome.ANSWERED
    figures = figures_of(entry.answer)
    return same_standing and bool(figures) and figures <= figures_of(answer.text)


def _what(answer: Answer, owners: Mapping[str, FaqEntry]) -> str:
    if answer.kind == "faq" and answer.text in owners:
        return owners[answer.text].id
    if answer.kind == "refusal" and answer.outcome is Outcome.NOT_IN_KNOWLEDGE:
        return "拒答"
    return f"{answer.kind}：{answer.text[:40]}"


# ---------------------------------------------------------------------- facts


def load_facts(path: Path) -> list[Fact]:
    """Read JSON lines with `id` and `confidence`. Raises EvaluationInvalid naming the line."""
    try:
        lines = path.read_text("utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationInvalid(f"{path.name}：事实文件读不出来（{error}）") from error
    facts = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            raw = json.loads(line)
            facts.append(Fact(str(raw["id"]), Confidence(raw["confidence"])))
        except (ValueError, KeyError, TypeError) as error:
            raise EvaluationInvalid(f"{path.name} 第 {number} 行：应有 id 和 confidence（{error}）") from error
    if not facts:
        raise EvaluationInvalid(f"{path.name}：没有事实")
    return facts


def check_coverage(library: Library, facts: Sequence[Fact]) -> tuple[Share, Share, list[Problem]]:
    held = [*((e.id, e.facts) for e in library.faqs), *((g.id, g.facts) for g in library.guides)]
    named = {fact for _, numbers in held for fact in numbers}
    admitted = {fact for entry in library.faqs if not entry.settles for fact in entry.facts}
    statable = [fact for fact in facts if fact.confidence in STATABLE]
    others = [fact for fact in facts if fact.confidence not in STATABLE]
    missing = [
        *(Problem(Rule.FACT, f.id, f"{f.confidence}，没有条目或指南写到") for f in statable if f.id not in named),
        *(Problem(Rule.FACT, f.id, f"{f.confidence}，没有条目说明") for f in others if f.id not in admitted),
    ]
    known = {fact.id for fact in facts}
    unheard = [
        Problem(Rule.SOURCE, where, f"写了不存在的事实编号：{'、'.join(wrong)}")
        for where, numbers in held
        if (wrong := [number for number in numbers if number not in known])
    ]
    return (
        Share(sum(f.id in named for f in statable), len(statable)),
        Share(sum(f.id in admitted for f in others), len(others)),
        [*unheard, *missing],
    )
