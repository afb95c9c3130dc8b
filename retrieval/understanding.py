"""A person's words to a question that can be searched: mended, made whole, with what it asks for.

Everything here is by rule and dictionary; no model is needed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

from knowledge.references import exact_references
from knowledge.standards import (
    NUMERAL,
    ClauseReference,
    StandardReference,
    clause_references,
    fold,
    numeral_value,
    squeeze,
    standard_references,
)
from knowledge.terms import STOP_WORDS, Segmenter, fold_numerals
from retrieval.questions import Exchange, Question


class Asked(StrEnum):
    """What kind of thing a question asks for."""

    WHEN = "when"
    HOW_MANY = "how_many"
    WHO = "who"
    WHICH_LIST = "which_list"
    WHETHER = "whether"
    HOW = "how"
    WHY = "why"
    WHERE = "where"
    DEFINITION = "definition"
    NUMBER = "number"  # a document or standard number
    CONTACT = "contact"  # telephone, address, link
    PRICE = "price"
    TITLE = "title"  # a theme, a name
    PENALTY = "penalty"  # what follows from a breach


_ASKED: tuple[tuple[Asked, str], ...] = (
    (Asked.PENALTY, r"罚|处罚|后果|法律责任|会怎[样么]|会咋|怎么处理|追究|违反了?会"),
    (Asked.PRICE, r"多少钱|费用|收费|价格|价钱|报价|几块|花费"),
    (Asked.NUMBER, r"文号|编号|标准号|文件号|第几号|几号文|代号|证书号|备案号"),
    (Asked.CONTACT, r"电话|联系方式|手机|邮箱|微信号|号码|网址|链接|地址|传真"),
    (
        Asked.WHEN,
        r"什么时候|啥时候|何时|哪天|哪年|哪一年|哪一天|几月|几号|几点|时间|日期|多久|多长|几年|几天"
        r"|几个月|期限|最晚|截止|到期|间隔|几日",
    ),
    (
        Asked.HOW_MANY,
        r"多少|几(?:个|家|项|户|人|次|种|类|条|批|届|件|张|万|亿|大|方面|成|倍|级|层|步|单元|页|篇)"
        r"|比例|百分之|占比|数量|余额|罚款|怎么罚|罚",
    ),
    (
        Asked.WHO,
        r"谁|哪位|哪个(?:人|单位|部门|机构|公司|企业|局)|哪家|什么人|哪个领导|负责人|主持人|归口|牵头"
        r"|起草|主办|承办|代表",
    ),
    (
        Asked.WHICH_LIST,
        r"哪些|哪几|有哪|都有(?:谁|啥|什么)|包括|名单|清单|列一下|分别|几个方面|什么条件|啥条件|哪两"
        r"|哪三|各自|有啥|有什么",
    ),
    (
        Asked.WHETHER,
        r"吗|(?<![什怎这那多])么$|是不是|有没有|能不能|可不可以|可以.{0,12}[吗么不]|能.{0,14}[吗么不]$|要不要|是否"
        r"|算不算|行不行|对不对|没有?$|不$|用不用|需不需要",
    ),
    (Asked.WHERE, r"在哪|哪里|哪儿|什么地方|地点|哪个(?:区|市|省|地方|城市)|去的哪"),
    (Asked.WHY, r"为什么|为啥|原因|怎么会|干嘛要|凭什么|目的|意义"),
    (Asked.HOW, r"怎么|怎样|如何|咋|流程|步骤|办法|做法|方式"),
    (
        Asked.DEFINITION,
        r"是什么|是啥|什么是|啥是|什么意思|啥意思|指啥|指什么|定义|讲的啥|讲什么|说的啥|干啥的" r"|做什么的",
    ),
    (Asked.TITLE, r"主题|题目|名称|叫什么|叫啥|标题|职务|什么职"),
)


@dataclass(frozen=True, slots=True)
class Concept:
    """One thing the question is about, in every spelling that counts as it. `weight`: 0 … 1, more for the focus."""

    word: str
    spellings: tuple[str, ...]  # folded; the word itself first
    weight: float
    name: bool = False  # of a person, place or organisation
    given: bool = True  # False: taken over from the conversation


@dataclass(frozen=True, slots=True)
class Understood:
    """A question as it is searched."""

    asked: str  # as typed
    text: str  # mended and made whole
    concepts: tuple[Concept, ...]
    asks_for: frozenset[Asked]
    clauses: tuple[ClauseReference, ...] = ()
    standards: tuple[StandardReference, ...] = ()
    figures: tuple[str, ...] = ()  # years, dates and counts said in the question, folded
    as_of: date | None = None
    edition: str = ""  # a year, or one of PREVIOUS, NEWEST, BOTH; empty: the one that holds
    carried: str = ""  # what the conversation added
    use_library: bool = True
    today: date = field(default_factory=date.today)
    own: str = ""  # mended, without what the conversation added
    history: tuple[Exchange, ...] = ()

    @property
    def rewritten(self) -> bool:
        return bool(self.carried)


# How much a word says about the topic, by part of speech (ICTCLAS tags as jieba gives them).
_POS_WEIGHT: Mapping[str, float] = {
    "n": 1.0,
    "e": 1.0,
    "v": 0.55,
    "a": 0.45,
    "m": 0.5,
    "x": 0.6,
    "b": 0.6,
    "l": 0.7,
    "i": 0.7,
    "j": 0.9,
    "t": 0.6,
}
_NAMES = {"nr", "ns", "nt", "nz", "nrt", "nrfg"}
_OTHER_POS = 0.15
_DIGIT_WEIGHT = 0.8

_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})\s*年?(?!\d)|(?<![\d.])(\d{2})\s*年(?!\s*(?:内|以|之|前|后|期|有效))")
_MONTH_DAY = re.compile(r"(\d{1,2})月(\d{1,2})(?:日|号)?")
# 2021年的时候, 2021年5月时, 2020年以前; a year before a clause's number (2021年第六十六条) says as much.
_DAY = r"((?:19|20)\d{2})\s*年?(?:\s*(\d{1,2})\s*月(?:\s*份)?(?:\s*(\d{1,2})\s*[日号])?)?"
_AS_OF = re.compile(
    rf"{_DAY}\s*(?:年?版|(?P<before>年?[以之]前|前)(?!两|几|一)|(?:的|底|初|末|中)?(?:时候|那时|那会儿?|当时|时(?!间)|那年|当年))"
)
_BARE_DAY = re.compile(
    rf"(?<![\d.:-]){_DAY}(?<=[年月日号份])(?!\s*(?:版|发布|颁布|公布|出台|修[订正改]|实施|施行|生效|通过))"
)
_EDITION_YEAR = re.compile(
    r"(?<![\d.第])((?:19|20)\d{2}|\d{2})\s*年?(?:\d{1,2}月(?:\d{1,2}[日号])?)?\s*"
    r"(?:(?:修[订正改]|发布|颁布|公布|实施|施行)?的?版|修[订正]|发布的|颁布的|公布的)"
    r"|\(((?:19|20)\d{2})(?:[年-][^)]{0,8})?\)(?!\s*第?\s*\d+\s*号)"
)
_SPOKEN_YEAR = re.compile(rf"([{NUMERAL}]{{4}})(?=\s*年)")
_YEARS_AGO = {"大前年": 3, "前年": 2, "去年": 1, "今年": 0}
PREVIOUS, NEWEST, BOTH = "previous", "newest", "both"
_EDITION_WORDS: tuple[tuple[str, str], ...] = (
    (
        BOTH,
        r"新[旧老]|[旧老]新|两版|两个版本|各版|前后(?:有|的)?(?:什么|啥|哪些)?(?:区别|变化|不同)|修[订改正]前后|改了(?:什么|啥|哪)",
    ),
    (
        PREVIOUS,
        r"[旧老]的?版|[旧老]的?(?:条例|规定|标准|法(?!院)|办法)|(?:上|前)一个?版|(?:之前|以前|原来|过去)的?版|修[订改正]之?前|改之?前",
    ),
    (NEWEST, r"新的?版|最新|新的?(?:条例|标准|规定|办法)|修[订改正]之?后|改之?后"),
)


# What only asks and names nothing; cut out first, or 哪天开的 becomes 哪 · 天开.
_QUESTION_WORDS = re.compile(
    r"(?:是|在|到)?(?:什么时候|啥时候|何时|哪一?[天年月日个家位种些几条款项份届次]+|几月几[号日]"
    r"|几[号点月]|多少钱|多少|多久|多长时间|怎么样?|怎样|咋样?|为什么|为啥"
    r"|是不是|有没有|能不能|可不可以|要不要|行不行|对不对|算不算|干啥的?|做什么的?|什么意思|啥意思|什么|啥|哪[里儿]|谁)"
)
_ASKING = re.compile(r"[几哪啥吗呢]|不|没|怎|咋|^还是$|^自己$|^别的$|^一共$|^要求$")


_FOCUS_WEIGHT = 1.8
_DEFINED = re.compile(
    r"([^，,。；;？?]{1,30}?)(?:是指|指的是|指啥|指什么|是什么|是啥|什么意思|啥意思|的定义|讲的是?啥|讲的是?什么)"
)
_CONTINUES = re.compile(r"^(?:那|那么|然后|还有|另外|如果是|换成|再)|呢$")
# Things that are always of something: a question about these alone leans on what was said before.
_GENERIC_WORDS = """
    会议 单位 企业 公司 机构 费用 时间 地方 地点 项目 平台 标准 证书 要求 条件 流程 材料
    电话 文件 内容 有效期 收费 价格 日期 名单 主题 编号 文号 主持人 主持 参加 人数 依据
    资料 周期 步骤 程序 区别 原因 作用 目的 结果 问题 情况 部门 负责人 地址 联系方式 报告
    罚款 处罚 期限
"""
_GENERIC = frozenset(_GENERIC_WORDS.split())


class Reader:
    """Reads questions. Thread-safe; holds only dictionaries."""

    def __init__(self, segmenter: Segmenter) -> None:
        self._segmenter = segmenter
        self._vocabulary = segmenter.vocabulary
        self._synonyms = segmenter.vocabulary.synonyms()
        self._field_words = frozenset(segmenter.vocabulary.words)
        self._tagger = segmenter.tagger()

    def read(self, question: Question) -> Understood:
        own = self._mended(question.text)
        carried = self._carried(own, question.history)
        text = f"{own} {carried}".strip() if carried else own
        clauses = tuple(exact_references(own))
        concepts = [*self._concepts(own, True)]
        known = {c.word for c in concepts}
        concepts += [c for c in self._concepts(carried, False) if c.word not in known] if carried else []
        as_of = pinned_day(own, question.today, bool(clauses))
        return Understood(
            asked=question.text,
            text=text,
            concepts=tuple(concepts),
            asks_for=frozenset(asked_for(own)),
            clauses=clauses,
            standards=tuple(standard_references(text)),
            figures=tuple(f for f in figures(own) if as_of is None or f != f"{as_of.year}年"),
            as_of=as_of,
            edition=pinned_edition(own, question.today),
            carried=carried,
            use_library=question.use_library,
            today=question.today,
            own=own,
            history=question.history,
        )

    # ------------------------------------------------------------------ spelling

    def _mended(self, text: str) -> str:
        """Known misspellings, and words that sound like one of the field's own."""
        mended = re.sub(r"\s+", " ", text).strip()
        for wrong, right in self._vocabulary.misspellings.items():
            mended = mended.replace(wrong, right)
        return _homophones(mended, tuple(self._vocabulary.words), tuple(self._vocabulary.all_words()))

    # ------------------------------------------------------------------ concepts

    def _concepts(self, text: str, given: bool) -> Iterator[Concept]:
        seen: set[str] = set()
        protected = {r.number for r in clause_references(text)} | {r.number for r in standard_references(text)}
        for number in sorted(protected):
            seen.add(number)
            yield Concept(number, (number,), 1.0, given=given)
        focus = _focus(text)
        rest = _QUESTION_WORDS.sub(" ", fold(_blanked(text)))
        rest = _MONTH_DAY.sub(" ", _YEAR.sub(" ", fold_numerals(rest)))
        for word, tag in self._tagger(rest):
            word = word.strip()
            if word in seen or word in STOP_WORDS or not re.search(r"[\w]", word):
                continue
            if word == "1" or (_ASKING.search(word) and word not in self._synonyms):
                continue
            weight = max(_weight(word, tag), 0.9 if word in self._field_words else 0.0)
            if weight <= 0 or (len(word) == 1 and not word.isdigit() and tag[:1] not in {"n"}):
                continue
            seen.add(word)
            if focus.endswith(word):
                weight *= _FOCUS_WEIGHT
            yield Concept(word, (word, *self._synonyms.get(word, ())), weight, tag in _NAMES - {"nz"}, given)

    # ------------------------------------------------------------------ follow-ups

    def _carried(self, own: str, history: tuple[Exchange, ...]) -> str:
        """What an earlier question adds to one that cannot stand alone; empty where it can."""
        if not history or not self._needs_context(own):
            return ""
        last = self._mended(history[-1].question)
        if len(history) > 1 and self._needs_context(last):
            last = f"{last} {self._mended(history[-2].question)}"
        words = [c.word for c in self._concepts(last, False) if c.weight >= 0.5]
        own_squeezed = squeeze(own)
        return " ".join(word for word in dict.fromkeys(words) if word not in own_squeezed)

    def _needs_context(self, text: str) -> bool:
        """Points back, or names nothing of its own: 「那费用呢」, 「它归谁管」, 「几年有效」."""
        plain = squeeze(text)
        if clause_references(text) and len(plain) > 6:
            return False
        own = [c for c in self._concepts(text, True) if c.weight >= 0.9 and c.word not in _GENERIC]
        if not own:
            return len(plain) <= 24
        pronoun = re.match(r"^(?:那|那么)?(?:它|他|她|其|这家|那家)(?!们)", plain)
        return bool(pronoun) or (len(own) == 1 and len(plain) <= 8 and bool(_CONTINUES.match(plain)))


def _focus(text: str) -> str:
    """What a definition is asked of: 「十项行动里 三同是指啥」 is about 三同, whatever stands before."""
    match = _DEFINED.search(fold(text))
    return squeeze(match[1]) if match else ""


def asked_for(text: str) -> Iterator[Asked]:
    folded = fold(text)
    for kind, pattern in _ASKED:
        if re.search(pattern, folded, re.I):
            yield kind


def figures(text: str) -> Iterator[str]:
    """Years and days a question pins itself to, in the spelling of the texts: 2022年, 11月29日."""
    folded = fold_numerals(fold(_blanked(text)))
    for match in _YEAR.finditer(folded):
        yield f"{match[1] or '20' + match[2]}年"
    for match in _MONTH_DAY.finditer(folded):
        yield f"{int(match[1])}月{int(match[2])}日"


def pinned_day(text: str, today: date, of_a_clause: bool = False) -> date | None:
    """The last day of the time a question is pinned to; that of a year alone only where a clause is asked for."""
    folded = _with_years(fold(text), today)
    bare = _blanked(folded) if of_a_clause else ""
    match = _AS_OF.search(folded) or _BARE_DAY.search(bare)
    if match is None:
        return None
    year, month, day = (int(part) if part else None for part in match.groups()[:3])
    try:
        first, last = _extent(year or today.year, month, day)
    except ValueError:
        return None
    if match.groupdict().get("before"):
        return first - timedelta(days=1)
    return min(last, today) if first <= today else last


def _extent(year: int, month: int | None, day: int | None) -> tuple[date, date]:
    """The first and last day of a year, month or day. Raises ValueError where there is none such."""
    if month is None:
        return date(year, 1, 1), date(year, 12, 31)
    if day is not None:
        return date(year, month, day), date(year, month, day)
    following = date(year + month // 12, month % 12 + 1, 1)
    return date(year, month, 1), following - timedelta(days=1)


def pinned_edition(text: str, today: date) -> str:
    """The edition asked for by its year (2020版, 15版) or its place (旧版, 新版)."""
    folded = _with_years(fold(text), today)
    for word, pattern in _EDITION_WORDS:
        if re.search(pattern, folded):
            return word
    match = _EDITION_YEAR.search(folded)
    if match is None:
        return ""
    year = match[1] or match[2]
    return year if len(year) == 4 else f"{'20' if int(year) <= today.year % 100 + 5 else '19'}{year}"


def _with_years(folded: str, today: date) -> str:
    """二〇二一年 → 2021年, 去年 → 2025年."""
    for word, ago in _YEARS_AGO.items():
        folded = folded.replace(word, f"{today.year - ago}年")
    return _SPOKEN_YEAR.sub(lambda m: str(numeral_value(m[1])) if not re.search("[十百千]", m[1]) else m[1], folded)


def _blanked(text: str) -> str:
    rest = list(text)
    spans = [(r.start, r.end) for r in clause_references(text)] + [(r.start, r.end) for r in standard_references(text)]
    for start, end in spans:
        rest[start:end] = " " * (end - start)
    return "".join(rest)


def _weight(word: str, tag: str) -> float:
    if tag in _NAMES:
        return 1.0
    if word.isdigit():
        return _DIGIT_WEIGHT if len(word) != 4 else 0.4  # a year is held apart, among the figures
    weight = _POS_WEIGHT.get(tag[:1], _OTHER_POS)
    return weight if len(word) > 1 else weight * 0.5


@lru_cache(maxsize=2048)
def _homophones(text: str, words: tuple[str, ...], known: tuple[str, ...]) -> str:
    """Put a word of the field where other characters sound exactly like it: 苏质带 → 苏质贷.

    Characters that already belong to a known word are never touched: 光电联合体 is not 光电链合体.
    """
    sounds = _sounds_of(words)
    typed = _sounds(text)
    settled = {i for word in known for m in re.finditer(re.escape(word), text) for i in range(m.start(), m.end())}
    out = list(text)
    for length in sorted({len(word) for word in words if len(word) >= 3}, reverse=True):
        for at in range(len(text) - length + 1):
            right = sounds.get(tuple(typed[at : at + length]))
            if right is None:
                continue
            wrong = [at + i for i, char in enumerate(right) if out[at + i] != char]
            if wrong and not settled.intersection(wrong):
                out[at : at + length] = right
    return "".join(out)


@lru_cache(maxsize=4)
def _sounds_of(words: tuple[str, ...]) -> dict[tuple[str, ...], str]:
    return {tuple(_sounds(word)): word for word in words if len(word) >= 3}


def _sounds(text: str) -> list[str]:
    # characters are looked up one at a time: its dictionary of phrases is 0.4 s and 20 MB for nothing
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
    from pypinyin import lazy_pinyin

    return [lazy_pinyin(char)[0] if "\u4e00" <= char <= "\u9fff" else char for char in text]
