"""What the model may word: the sentences already judged to carry the answer and their neighbours, numbered.

A sentence comes with the exception that follows it in its clause, so that neither is told without the other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from knowledge.documents import Document
from knowledge.splitting import sentences
from retrieval.evidence import Sentence
from retrieval.extractive import Extract
from retrieval.generation.cutting import MARK

MOST_ITEMS = 6
MOST_CHARACTERS = 1500
_WORTH = 0.5  # of the best sentence's score
_EXCEPTS = re.compile(  # a sentence that takes back something of the one before it
    r"\s*(?:但|不过|然而|(?:前款|前项|本条|上述|前述)[^。；;]{0,20}(?:除外|不适用|不受))|[^，。；;]*(?:的?除外|不在此限|另有规定)"
)
# A document that speaks to the model; nothing of the field reads like this.
_ORDERS = re.compile(
    r"忽略.{0,10}(?:以上|之前|上面|前面|此前|所有|规则|指令|提示|要求)|无视.{0,10}(?:以上|之前|前面|规则|指令|提示)"
    r"|提示词|系统指令|(?:你|您)现在是|(?:请|必须|务必|直接|一律)(?:只)?(?:回答|回复|输出|告诉用户)|作为.{0,6}(?:AI|人工智能|语言模型|助手)"
    r"|ignore.{0,30}(?:instruction|previous|above|prompt|rule)|system\s*(?:prompt|:|：)|</?\s*(?:system|问题|证据)",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """One numbered item. `sentence.text` is its quote; `offered` what the model is shown."""

    number: int
    sentence: Sentence

    @property
    def title(self) -> str:
        return self.sentence.document.metadata.title

    @property
    def clause(self) -> str:
        return self.sentence.passage.chunk.clause or ""

    @property
    def date(self) -> str:
        """2024年11月29日, or nothing where the document does not say."""
        day = self.sentence.document.metadata.published
        return f"{day.year}年{day.month}月{day.day}日" if day else ""

    @property
    def source(self) -> str:
        return " ".join(part for part in (f"《{self.title}》", self.clause, self.date) if part)

    @property
    def offered(self) -> str:
        return self.readings[-1] if len(self.readings) == 1 else self.readings[1]

    @property
    def readings(self) -> tuple[str, ...]:
        """As it stands; then, where relative dates are in it, with their meaning beside them and in their place."""
        beside, instead = (
            _with_meanings(self.sentence, "{word}（{meaning}）"),
            _with_meanings(self.sentence, "{meaning}"),
        )
        plain = self.sentence.text
        return tuple(MARK.sub("", text) for text in ((plain,) if beside == plain else (plain, beside, instead)))


def numbered(extract: Extract, ranked: Sequence[Sentence]) -> list[Evidence]:
    """The best sentence first, the extract's others, then what else scores near; those that give orders left out."""
    best = next((one for one in extract.sentences if _overlap(one, ranked[0])), ranked[0])  # in its whole 款
    wanted = [best, *extract.sentences, *(s for s in ranked[1:] if s.score > _WORTH * ranked[0].score)]
    taken: list[Sentence] = []
    length = 0
    for sentence in map(with_exception, wanted):
        overlaps = any(_overlap(sentence, one) for one in taken)
        if overlaps or _ORDERS.search(sentence.text) or length + len(sentence.text) > MOST_CHARACTERS:
            continue
        taken.append(sentence)
        length += len(sentence.text)
        if len(taken) == MOST_ITEMS:
            break
    return [Evidence(number, sentence) for number, sentence in enumerate(taken, 1)]


def with_exception(sentence: Sentence) -> Sentence:
    """The sentence, up to the end of the exceptions that follow it in its clause."""
    text, end = sentence.document.text, sentence.end
    for start, stop in sentences(text, end, _clause_end(sentence.document, sentence)):
        following = text[start:stop]
        if not re.search(r"\w", following):
            continue
        if not _EXCEPTS.match(following):
            break
        end = start + len(following.rstrip())
    return sentence if end == sentence.end else replace(sentence, end=end)


def _clause_end(document: Document, sentence: Sentence) -> int:
    """Where the innermost clause around the sentence ends; without clauses, where its line does."""
    around = [c for c in document.clauses if c.start <= sentence.start < c.end]
    inner = max(around, key=lambda c: c.start, default=None)
    if inner is None:
        line = document.text.find("\n", sentence.end)
        return line if line > 0 else len(document.text)
    below = [c.start for c in document.clauses if sentence.end <= c.start < inner.end]
    return min([inner.end, *below])


def _overlap(a: Sentence, b: Sentence) -> bool:
    return a.document.id == b.document.id and a.start < b.end and b.start < a.end


def _with_meanings(sentence: Sentence, form: str) -> str:
    text = sentence.text
    for repair in sorted(sentence.repairs, key=lambda r: -r.start):
        start, end = repair.start - sentence.start, repair.end - sentence.start
        if repair.meaning and start >= 0 and end <= len(text) and len(repair.meaning) < 12:
            text = text[:start] + form.format(word=text[start:end], meaning=repair.meaning) + text[end:]
    return text
