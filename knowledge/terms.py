"""Text to index terms: words, character bigrams, and clause and standard numbers as one term each.

On public Chinese sets bigrams match or beat words alone, and words catch what bigrams blur, so both
are indexed, in fields of their own.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from knowledge.standards import StandardReference, clause_references, fold, numeral_value, standard_references
from knowledge.vocabulary import Vocabulary, load_vocabulary

# Function words that carry no topic. Question words are here too: what is asked for is read elsewhere.
_FUNCTION_WORDS = """
    的 了 吗 呢 啊 呀 吧 嘛 么 哦 哈 噢 呗 哎 喔 是 在 有 和 与 及 或 也 都 就 还 又 很 把 被 给 让 对 从 到 向 于
    以 为 之 其 该 此 个 这 那 这个 那个 这些 那些 哪 哪个 哪些 哪里 哪儿 哪位 哪天 哪年 哪种 什么 啥 咋 咋样 怎么
    怎样 怎么样 如何 为什么 为啥 多少 几 几个 几年 谁 何时 何 我 我们 你 你们 他 他们 它 她 咱 咱们 请 请问 问 问下
    问一下 一下 下 想 想问 知道 告诉 说 讲 说说 讲讲 帮 帮忙 能 能不能 可以 可不可以 是不是 有没有 会 要 得 着 过 去
    来 上 里 中 等 等等 而 但 但是 如果 的话 时候 现在 目前 那会儿 一个 一 不 没 没有 直接 具体 到底 究竟 关于 有关
    相关 情况 内容 啥时候 什么时候 啥时 是否 多久 多长时间 干 干啥 干什么 叫 叫做 称 称为 指 指的 所谓 嗯 喂 哟 啦
    所 并 将 已 已经 则 由 按 按照 根据 那么 然后 那如果 另外 顺便 还有 规定 应当 号
"""
STOP_WORDS = frozenset(_FUNCTION_WORDS.split())
_TOKEN = re.compile(r"[a-z][a-z0-9+#.-]*|\d+(?:\.\d+)?|[\u3400-\u9fff\U00020000-\U0003ffff]+")
_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]+")
_CHINESE_COUNT = re.compile(
    r"([零〇一二三四五六七八九十百两俩]+)(?=个|年|月|日|天|家|户|项|人|次|章|类|种|批|届|条|款|倍|期|号|大|方面|单元|小时)"
)


_RULES = "1"  # to be raised when this module cuts differently


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one text, in order, with repeats: what BM25 counts."""

    words: tuple[str, ...]
    bigrams: tuple[str, ...]


class Segmenter:
    """Cuts text into terms with the field's dictionary. Loading takes about 0.3 s; share one."""

    def __init__(self, vocabulary: Vocabulary | None = None) -> None:
        self.vocabulary = vocabulary or load_vocabulary()
        self._jieba = _jieba(self.vocabulary.all_words())

    @property
    def fingerprint(self) -> str:
        """Changes with the dictionary and with `_RULES`: terms stored under another one are not those of a question."""
        return hashlib.sha256("\0".join([_RULES, *self.vocabulary.all_words()]).encode()).hexdigest()[:16]

    def terms(self, text: str) -> Terms:
        protected, rest = _set_numbers_apart(text)
        folded = fold_numerals(fold(rest))
        return Terms((*protected, *self._words(folded)), (*protected, *bigrams(folded)))

    def tagger(self) -> Callable[[str], list[tuple[str, str]]]:
        """Words with their part of speech, as jieba tags them."""
        return lambda text: [(str(word), str(tag)) for word, tag in self._jieba.tag(text, True)]

    def content_words(self, text: str) -> list[str]:
        """Words and protected terms that carry topic: no function words, no single-letter noise."""
        return [word for word in self.terms(text).words if word not in STOP_WORDS]

    def _words(self, folded: str) -> Iterable[str]:
        for run in _TOKEN.findall(folded):
            if not _HAN.match(run):
                yield run
                continue
            for word in self._jieba.cut(run, True):
                yield word
                yield from self._parts(word)

    def _parts(self, word: str) -> Iterable[str]:
        """The shorter dictionary words inside a long one: 质量管理体系认证 also answers for 认证."""
        if len(word) > 3:
            yield from (part for part in self._jieba.cut_for_search(word, True) if part != word and len(part) > 1)


def protected_terms(text: str) -> list[str]:
    """Clause and standard numbers as one term each; a standard also without its year and society prefix."""
    return _set_numbers_apart(text)[0]


def _set_numbers_apart(text: str) -> tuple[list[str], str]:
    """The protected terms of `text`, and the text with them blanked out."""
    clauses, standards = clause_references(text), standard_references(text)
    terms = [reference.number for reference in clauses]
    for reference in standards:
        terms.extend(_spellings(reference))
    rest = list(text)
    for start, end in [(r.start, r.end) for r in clauses] + [(r.start, r.end) for r in standards]:
        rest[start:end] = " " * (end - start)
    return terms, "".join(rest)


def _spellings(reference: StandardReference) -> Iterable[str]:
    """A standard as people name it: whole, without year, without the society's T/, by its bare number."""
    yield reference.number
    if "[" in reference.number:
        return
    if reference.number.startswith("t/"):
        yield reference.number[2:]
    if reference.year:
        yield f"{reference.number}-{reference.year}"
    if bare := re.search(r"\d{4,}$", reference.number):
        yield bare[0]


def fold_numerals(folded: str) -> str:
    """Chinese counts to digits before a measure word: 三个月 → 3个月, 十二个 → 12个."""

    def digits(match: re.Match[str]) -> str:
        value = numeral_value(match[1])
        return match[1] if value is None else str(value)

    return _CHINESE_COUNT.sub(digits, folded)


def bigrams(folded: str) -> Iterable[str]:
    """Overlapping pairs of Chinese characters within one run, and each Latin or digit run as it is."""
    for run in _TOKEN.findall(folded):
        if not _HAN.match(run) or len(run) == 1:
            yield run
        else:
            yield from (run[i : i + 2] for i in range(len(run) - 1))


def _jieba(words: Iterable[str]) -> Any:
    from rjieba import Jieba

    jieba = Jieba()
    for word in words:
        jieba.add_word(word, 200_000, "nz")  # over any chain of general words
    return jieba
