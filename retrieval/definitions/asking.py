"""What a definition is asked of: 「X的定义」, 「什么叫X」, 「X和Y的区别」, 「X是什么」."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.standards import squeeze
from retrieval.understanding import BOTH, PREVIOUS, Understood

_LONGEST_ASKED = 60  # characters of what a definition is asked of, its document named


@dataclass(frozen=True, slots=True)
class Asking:
    """What a question wants to know the meaning of, squeezed, as it stands in the question."""

    of: str
    apart: bool = False  # how two things differ
    plain: bool = False  # 「X是什么」, which may ask for anything about X
    shorter: str = ""  # what may be defined in its stead: 缺陷 of 缺陷产品, asked of products


_WHAT = r"(?:什么|啥)"
_MEANING = r"(?:定义|含义|涵义|意思|概念)"
_BUSY = r"(?:到底|究竟|具体|分别|各自|都|又|,)*"
_LEADING = re.compile(
    r"^(?:请问(?:一?下)?|麻烦|想?问一?下|我?想(?:知道|了解|问)(?:一?下)?|帮我(?:查|看)一?下|[请再]?(?:介绍|说明|讲|说)一下|告诉我|那么?|到底|究竟|,)+"
)
_TIME = re.compile(
    r"^在?(?:(?:(?:19|20)\d\d|[一二三四五六七八九〇零]{4}|去|前|今)年?(?:\d+月)?(?:\d+[日号])?(?:的?时候?|那时|当时|[以之]前|年?版)?|最?新的?版?|现行)的?,?"
)
_TRAILING = re.compile(r"[?。!.~,…]*(?:[呢啊呀哦嘛]*[?。!.~,…]*)$")
_QUOTES = re.compile(r"[\"'“”‘’「」『』]")
_PLAIN = (re.compile(rf"{_WHAT}是(.+)"), re.compile(rf"(.+?){_BUSY}是{_WHAT}(?:东西)?"))
_OF_SOMETHING = {"标准", "要求", "条件", "目录", "程序", "流程", "内容", "材料", "方法", "周期", "结果", "依据"}
_MEANT = (
    re.compile(rf"(?:{_WHAT}(?:叫做?|叫作)|何[为谓]|(?:怎么|如何|怎样)(?:理解|定义|界定|解释)|所谓)(.+)"),
    re.compile(rf"请?(?:名词)?解释(?:一下)?:?(.+?)(?:的?{_MEANING})?"),
    re.compile(
        rf"(?:{_WHAT}是)?(.+?)(?:一词|[这那]个?(?:词|术语|概念|说法))?{_BUSY}(?:"
        rf"的?(?:法律|法定|官方|具体|准确)?{_MEANING}{_BUSY}(?:是(?:{_WHAT}|怎么?样?的?)|(?:是?怎么|如何)(?:写|说|讲|规定)的?)?"
        rf"|是?{_WHAT}(?:意思|含义|概念)|是?所?指的?是?(?:{_WHAT}(?:意思)?|谁|哪些)"
        rf"|(?:是|又)?(?:怎么|如何|怎样)(?:来|去)?(?:下?定义|界定|理解|解释)的?)"
    ),
)
_APART = (
    re.compile(r"(?:怎么|如何|怎样)(?:区分|区别|分清)(.+)"),
    re.compile(
        rf"(.+?){_BUSY}(?:之间|两者|二者|这两个)*{_BUSY}(?:的|有没有|有|是|在)?(?:什么|啥|何|哪些?|哪里|哪儿|怎么|如何|本质|主要)*"
        rf"(?:上?的)?(?:区别|差别|差异|不同|不一样|区分)(?:之处|点|的?地方)?(?:(?:到底|主要)?(?:是{_WHAT}|在哪儿?里?|在于{_WHAT}|有哪些)|[吗么])?"
    ),
    re.compile(r"(.+?)(?:是不是|是|算)?(?:一样|一回事|同一(?:个|回|码)?(?:意思|东西|概念|事))[吗么]?"),
)
_KIND_OF = re.compile(
    r"(?:什么样|哪种|哪类|怎样|怎么样|啥样|何种)的?(.{1,8}?)才?(?:算作?|叫做?|属于|称为|视为|认定为)是?(.+)"
)
AND = re.compile(r"以及|还有|和|与|跟|同|及|、|,|vs\.?")


def asked_of(question: Understood) -> Asking | None:
    """What a definition is asked of; None where something else is asked, or an edition by its place among others."""
    if question.edition in (PREVIOUS, BOTH):
        return None
    text = _LEADING.sub("", _QUOTES.sub("", squeeze(question.own)))
    if question.as_of or question.edition:
        text = _LEADING.sub("", _TIME.sub("", text))
    text = _TRAILING.sub("", text)
    if not text or len(text) > _LONGEST_ASKED:
        return None
    if of := _first(_MEANT, text):
        return Asking(of)
    if kind := _KIND_OF.fullmatch(text):
        return Asking(kind[2], shorter=kind[2].removeprefix("有").removesuffix(kind[1]).removesuffix("的"))
    if (of := _first(_APART, text)) and AND.search(of):
        return Asking(of, apart=True)
    of = _first(_PLAIN, text)  # 「收费多少」 … 「标准是什么」 does not ask what a standard is
    return Asking(of, plain=True) if of and not (question.carried and of in _OF_SOMETHING) else None


def _first(patterns: Sequence[re.Pattern[str]], text: str) -> str:
    matches = (match for pattern in patterns if (match := pattern.fullmatch(text)))
    return next((match[1].strip(",:") for match in matches), "")


class Spelt:
    """Terms in the spellings that count as them: 团标, 团体标准."""

    def __init__(self, question: Understood) -> None:
        self._spellings: defaultdict[str, set[str]] = defaultdict(set)
        for concept in question.concepts:
            self._spellings[squeeze(concept.word)] |= set(map(squeeze, concept.spellings))

    def of(self, term: str) -> set[str]:
        return {term} | self._spellings.get(term, set())

    def within(self, text: str) -> set[str]:
        """Every term that may be meant by a stretch of the text."""
        stretches = {text[a:b] for a in range(len(text)) for b in range(a + 1, len(text) + 1)}
        return stretches.union(*(more for word, more in self._spellings.items() if word in stretches))
