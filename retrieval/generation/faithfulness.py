"""Whether the evidence says a sentence: character for character, in one spelling, in its order.

A sentence stands when it retells a run of whole clauses (what stands between two commas) of one cited sentence, or of
cited sentences that follow each other in one clause of a document. Within the run only words that carry nothing may be
added or left out. Clauses before and after the run may be left out unless they bind it: a condition, an exception, the
「不得」 that governs a list. So no number, name, date or modal word can enter, move to another subject, or get lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from knowledge.standards import NUMERAL, fold_clause, squeeze
from retrieval.generation.canonical import COLON, COMMA, STOP, canonical
from retrieval.generation.canonical import told as spelled
from retrieval.generation.evidence import Evidence

SHORTEST = 4  # characters; 「不可以。」 says nothing that can be held against anything
_SEPARATORS = COMMA + COLON + STOP
_NEIGHBOURS = 12  # characters between two sentences that follow each other: a line break, a list mark

# -- what may differ between a sentence and its evidence
_MAY_GO = ("共", "也", "顺利", "积极", "认真", "切实", "进一步", "大力")  # left out of the evidence
_MAY_GO_FIRST = ("凡", "并", "同时", "此外", "另外", "据介绍", "据悉")  # left out at the start of a clause of it
_MAY_COME_FIRST = ("并", "则", "会被", "将被")  # added where a clause starts in both
_BY = ("会被", "将被", "被")  # the same as 由, where somebody is called to account
_TO_ACCOUNT = re.compile(r"由[^，。；：由]{2,24}?(?:责令|处以?\d|罚款|没收|撤销|吊销|取消|追究|暂停|给予)")
_DONE_BY = re.compile(r"来(?:承担|负责|办理|组织|主持|决定|制定|执行|实施|管理|解释|校准|审核|评审)")
_RULES = re.compile(r"本(?:办法|条例|规定|细则|规范|标准|规则|准则|法(?!定|律|人|院))")
_MODAL_START = re.compile(r"禁止|严禁|不得|须|应(?![用急])|可(?![靠能])")
_COUNTED = re.compile(r"不(?:超过|少于|低于|高于|大于|小于|多于)(?=\d)|免费")
_PAUSE_MAY_GO = "后时前内日"  # before a comma that may be left out; not 的: it would take what follows for its noun
_DEFINITION = re.compile(r"\((?:以下)?简?称[^()]{1,20}\)")  # （以下简称平台）
_OPENING = re.compile(
    r"^(?:(?:此外|另外|首先|其次|再次|最后|具体来说|具体而言|简单来说|需要注意的是|值得注意的是|需要说明的是)[，,]?"
    r"|(?:根据|按照|依据|据)(?:现有|收录的|上述|所给)?(?:资料|文件|材料|证据|规定)(?:显示|记载)?[，,：:]?)"
)
_ATTRIBUTED = re.compile(
    rf"^(?:根据|按照|依据|依照)?\s*(?:《(?P<title>[^》]{{2,60}})》)?\s*(?:的)?\s*"
    rf"(?P<clause>第[{NUMERAL}\d]+条(?:之[{NUMERAL}]+)?|\d+(?:\.\d+)+)?"
    r"(?P<verb>\s*的?(?:规定|要求|明确|指出|载明))?(?P<mark>[，,：:\s]+)?"
)
_AS_OF = re.compile(r"^截至(\d{4}年\d{1,2}月\d{1,2}日)[，,]?")

# -- what binds its neighbours
_MODAL = re.compile(
    r"[不未勿禁免须]|无(?!线)|没有|严禁|(?<![供相反适响对])应(?![用急])|(?<![认许])可(?![靠能])|(?<!事)宜|(?<![取获所使])得"
)
_CONDITION = re.compile(
    r"(?:的|时|后|前|起|下|内|中|外|者|间)$|的[^的]{1,8}$|[前后内起]\d+个?(?:工作日|月|日|年|天)$|^(?:如|若|当|在|经|凡|除|对|未|因|由于|根据|按|依照|只|自|从|为|以|向|一旦|符合|满足)"
    r"|情形|情况|条件|前提|但|分别"
)
_EXCEPTION = re.compile(
    r"但|除|然而|不过|例外|不适用|另有|不在此限|只|仅|限于|前提|截止|截至|为止|试行|暂|原则上|不含|不包括|不计|以外|之外|免于|免除|延长|延期|可不|^经.{0,12}(?:批准|同意|许可)|^(?:如|若|一旦|或)|(?:时|的情况|的情形)$"
)
_UNFINISHED = re.compile(r"(?:的|时|后|前|起|下|内|中|外|者|间)$|[前后内起]\d+个?(?:工作日|月|日|年|天)$")
_DUTY = re.compile(r"(?<![供相反适响对])应(?![用急])|须|(?<![认许])可(?![靠能])|不(?:得|予|应|可|能)|禁止|严禁|有权|免")
_PREDICATE = re.compile(rf"(?:还|也|均|方|都)?(?:{_DUTY.pattern})|宜|负责|由|[是指]|属于|适用|依照|按照|独立")
_SUBJECTLESS = re.compile(  # who must, may or may not, who does it to whom: that stands before it
    r"应(?![用急])|须|可(?!靠)|宜|不(?!合格|良|同|可抗)|未|禁止|严禁|方可|[并且也还均都或则就由向以从对在将把被是指]|报(?!告)"
    r"|负责|一律|统一|依[照法据]|按|进行|给予|予以|处|责令|罚款|没收|撤销|吊销|暂停|追究|赔偿"
)
_TAKES_BACK = re.compile(r"但|不过|然而|[^，。]*(?:除外|不在此限|另有规定)")
_LIST = re.compile(rf"{COLON}|包括|包含|分[是为]|分别|下列|如下|以下[几\d]|[1一]是|主要有|等$")


@dataclass(frozen=True, slots=True)
class Basis:
    """Cited evidence that can carry one sentence: one item, or several that follow each other in their clause."""

    items: tuple[Evidence, ...]

    @property
    def readings(self) -> set[str]:
        """In one spelling; items are joined by STOP."""
        kinds = max(len(item.readings) for item in self.items)
        return {
            STOP.join(canonical(item.readings[min(kind, len(item.readings) - 1)]) for item in self.items)
            for kind in range(kinds)
        }


def supported(sentence: str, cited: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """The fewest items of the cited evidence that say the sentence; none where they do not."""
    for basis in bases(cited):
        if any(_says(reading, told) for told in _tellings(sentence, basis) for reading in basis.readings):
            return basis.items
    return ()


def bases(cited: Sequence[Evidence]) -> Iterator[Basis]:
    """Each cited item alone, then every run of items that stand side by side in one clause."""
    ordered = sorted(cited, key=lambda e: (e.sentence.document.id, e.sentence.start))
    yield from (Basis((item,)) for item in ordered)
    for length in range(2, len(ordered) + 1):
        for start in range(len(ordered) - length + 1):
            run = ordered[start : start + length]
            if all(_adjacent(a, b) for a, b in pairwise(run)):
                yield Basis(tuple(run))


def _adjacent(a: Evidence, b: Evidence) -> bool:
    first, second = a.sentence, b.sentence
    if first.document.id != second.document.id or a.clause != b.clause or second.start < first.end:
        return False
    if any(first.end <= clause.start <= second.start for clause in first.document.clauses):
        return False
    between = first.document.text[first.end : second.start]
    return len(between) <= _NEIGHBOURS and not re.search(r"[^\W\d_]", between)


# ------------------------------------------------------------------ what the sentence tells, without its introduction


def _tellings(sentence: str, basis: Basis) -> Iterator[str]:
    """The sentence in one spelling, as it stands and without an introduction that is true of the basis."""
    yield spelled(sentence)
    rest = _OPENING.sub("", sentence)
    day = _AS_OF.match(rest)
    if day and all(item.date == day[1] for item in basis.items):
        rest = rest[day.end() :]
    source = _ATTRIBUTED.match(rest)
    if source and _names(source, basis):
        rest = rest[source.end() :]
    if rest != sentence:
        yield spelled(rest)
    for named in re.finditer(r"《([^》]{2,60})》", sentence):
        if all(_same_title(named[1], item) for item in basis.items):
            for own in {name for item in basis.items for name in _RULES.findall(item.sentence.text)}:
                yield spelled(sentence.replace(named[0], own))


def _names(source: re.Match[str], basis: Basis) -> bool:
    """Whether 「根据《…》第…条」 names the basis, each part that is there."""
    title, clause = source["title"], source["clause"]
    if not (title or clause) or not (source["verb"] or source["mark"]):
        return False
    titled = all(not title or _same_title(title, item) for item in basis.items)
    return titled and all(not clause or fold_clause(clause) in _clauses(item) for item in basis.items)


def _same_title(title: str, item: Evidence) -> bool:
    metadata = item.sentence.document.metadata
    ours = {squeeze(name).removeprefix("中华人民共和国") for name in (metadata.title, metadata.number) if name}
    return squeeze(title).removeprefix("中华人民共和国") in ours


def _clauses(item: Evidence) -> set[str]:
    label = re.match(rf"\s*(?:第[{NUMERAL}\d]+条(?:之[{NUMERAL}]+)?|\d+(?:\.\d+)+)", item.sentence.text)
    return {fold_clause(number) for number in (item.clause, label[0] if label else "") if number}


# ------------------------------------------------------------------ holding one against the other


def _says(evidence: str, told: str) -> bool:
    if len(told) < SHORTEST:
        return False
    return any(_stands_alone(evidence, start, end) for start, end in _runs(evidence, told))


def _runs(evidence: str, told: str) -> Iterator[tuple[int, int]]:
    """Every run of whole clauses of the evidence that `told` retells from its first character to its last."""
    starts = [0, *(at + 1 for at, char in enumerate(evidence) if char in _SEPARATORS)]
    for start in starts:
        for end in _ends(evidence, told, start):
            yield start, end


def _ends(evidence: str, told: str, start: int) -> set[int]:
    """Where in the evidence `told` may come to its end, begun at `start`: at the end of a clause only."""
    reached = {(0, start)}
    waiting = [(0, start)]
    while waiting:
        for step in _steps(evidence, told, *waiting.pop()):
            if step not in reached:
                reached.add(step)
                waiting.append(step)
    done = {j for i, j in reached if i == len(told)}
    return {j for j in done if j == len(evidence) or evidence[j] in _SEPARATORS}


def _steps(evidence: str, told: str, i: int, j: int) -> Iterator[tuple[int, int]]:
    """From `told[:i]` retelling up to `evidence[:j]`: what may come next."""
    ours, theirs = told[i : i + 1], evidence[j : j + 1]
    if ours and ours == theirs:
        yield i + 1, j + 1
    if ours and theirs and ours in _SEPARATORS and theirs in _SEPARATORS and _same_pause(evidence, ours, j):
        yield i + 1, j + 1
    if ours == COMMA and not _in_number(told, i):
        yield i + 1, j
    if theirs == COMMA and _may_run_on(evidence, j):
        yield i, j + 1
    if ours == "、" and told.endswith("以上", 0, i) and told[i + 1 : i + 2].isdigit() and theirs.isdigit():
        yield i + 1, j  # 15℃以上、30℃以下
    if theirs == "由" and _TO_ACCOUNT.match(evidence, j):
        yield from ((i + len(word), j + 1) for word in _BY if told.startswith(word, i))
    if theirs == "是" and told.startswith("达到", i) and _is_rate(evidence, j):
        yield i + 2, j + 1
    yield from ((i + added, j) for added in _added(evidence, told, i, j))
    yield from ((i, j + left) for left in _left_out(evidence, j))


def _may_run_on(evidence: str, j: int) -> bool:
    """Whether the comma at `evidence[j]` may be left out: 三个月后，可…

    Also 超标的光缆，禁止…, where what stands before it is just the one of whom the modal word speaks.
    """
    if _in_number(evidence, j):
        return False
    if evidence[j - 1] in _PAUSE_MAY_GO:
        return True
    clause = re.split(f"[{_SEPARATORS}]", evidence[:j])[-1]
    who = re.search(r"的[^的]{1,8}$", clause)
    return bool(who and _MODAL_START.match(evidence, j + 1)) and not _MODAL.search(clause)


def _is_rate(evidence: str, j: int) -> bool:
    """合格率是98.5%, told as a fact: nobody says that it must be."""
    clause = re.split(f"[{_SEPARATORS}]", evidence[:j])[-1]
    return clause.endswith("率") and evidence[j + 1 : j + 2].isdigit() and not _MODAL.search(clause)


def _same_pause(evidence: str, ours: str, j: int) -> bool:
    """Whether `ours` may stand for the separator at `evidence[j]`.

    A comma runs a sentence on: what follows it would come under the conditions that the sentence before names.
    """
    if ours != COMMA or evidence[j] != STOP or _TAKES_BACK.match(evidence, j + 1):
        return True
    before = evidence[:j].rpartition(STOP)[2]
    return not any(_CONDITION.search(clause) for clause in _clauses_of(before))


def _added(evidence: str, told: str, i: int, j: int) -> Iterator[int]:
    """Lengths of words at `told[i:]` that say nothing new."""
    if told.startswith("的", i) and told[i + 1 : i + 2] not in ("", *_SEPARATORS):
        yield 1
    if told.startswith("是", i) and _plain_copula(told, i):
        yield 1
    if _DONE_BY.match(told, i) and re.search(rf"由[^{_SEPARATORS}]{{2,20}}$", told[:i]):
        yield 1
    if _starts(told, i) and _starts(evidence, j):
        yield from (len(word) for word in _MAY_COME_FIRST if told.startswith(word, i))


def _plain_copula(told: str, i: int) -> bool:
    """有效期三年 → 有效期是三年; not 不是, and not between two names."""
    return i > 0 and told[i - 1] not in "不否未非若或是" and told[i + 1 : i + 2].isdigit()


def _left_out(evidence: str, j: int) -> Iterator[int]:
    """Lengths of words at `evidence[j:]` that may be missed."""
    if evidence.startswith("的", j) and evidence[j + 1 : j + 2] not in ("", *_SEPARATORS):
        yield 1
    yield from (len(word) for word in _MAY_GO if evidence.startswith(word, j))
    if _starts(evidence, j):
        yield from (len(word) for word in _MAY_GO_FIRST if evidence.startswith(word, j))
    if definition := _DEFINITION.match(evidence, j):
        yield len(definition[0])


def _starts(text: str, at: int) -> bool:
    return at == 0 or text[at - 1] in _SEPARATORS


def _in_number(text: str, at: int) -> bool:
    return text[at - 1 : at].isdigit() and text[at + 1 : at + 2].isdigit()


# ------------------------------------------------------------------ what may be left out around a run


def _stands_alone(evidence: str, start: int, end: int) -> bool:
    before, run, after = evidence[:start], evidence[start:end], evidence[end:]
    return _may_lose_before(before, run) and _may_lose_after(run, after)


def _may_lose_before(before: str, run: str) -> bool:
    if not before:
        return True
    if before.endswith(COLON):  # what is announced means nothing without its announcement
        return False
    if _SUBJECTLESS.match(run) or _TAKES_BACK.match(run):
        return False
    if any(_CONDITION.search(clause) for clause in _clauses_of(before)):
        return False
    before = _COUNTED.sub("", before)  # a bound of its own number governs nothing that follows
    return not _MODAL.search(before) or bool(_MODAL.search(_clauses_of(run)[0]))


def _may_lose_after(run: str, after: str) -> bool:
    if not after:
        return True
    if after.startswith(COLON) or _LIST.search(run) or _hangs(_clauses_of(run)[-1], _clauses_of(after)):
        return False
    return not any(_EXCEPTION.search(clause) for clause in _clauses_of(after))


def _hangs(last: str, following: Sequence[str]) -> bool:
    """Whether a clause waits for the next one: a time, a condition, or the one who must and may."""
    if _UNFINISHED.search(last):
        return True
    return bool(following and _PREDICATE.match(following[0])) and not _DUTY.search(last)


def _clauses_of(text: str) -> list[str]:
    return [clause for clause in re.split(f"[{_SEPARATORS}]", text) if clause]
