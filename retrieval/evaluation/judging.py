"""One answer judged against the points it must carry.

Points and answers are compared after `squeeze` (NFKC, white space removed, dashes folded, lower case).
Only `not_in_knowledge` is a refusal. An answer counts in full where every point is in it and it is short
enough to be read on a phone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

from knowledge.standards import squeeze
from retrieval.answers import Answer, Outcome
from retrieval.evaluation.question_sets import EvaluationQuestion
from retrieval.evaluation.quotes import CheckQuote, Quotes, check

LONGEST = 300  # characters
LONGEST_ENUMERATION = 600  # characters, one item a line
_FEWEST_ITEMS = 3


class Verdict(StrEnum):
    FULL = "full"
    PARTLY = "partly"  # some of the points, or all of them in too many words
    WRONG = "wrong"
    FALSELY_REFUSED = "falsely_refused"
    RIGHTLY_REFUSED = "rightly_refused"
    REFUSAL_MISSED = "refusal_missed"


@dataclass(frozen=True, slots=True)
class Judgement:
    verdict: Verdict
    found: tuple[str, ...]
    missing: tuple[str, ...]
    length: int  # characters of the answer
    over_long: bool
    quotes: Quotes
    quoted_seeds: tuple[str, ...]  # file names that a quote was taken from

    @property
    def valid_quotes(self) -> int:
        return self.quotes.valid

    @property
    def invalid_quotes(self) -> int:
        return self.quotes.invalid

    @property
    def without_quote(self) -> int:
        return self.quotes.without


def judge(question: EvaluationQuestion, answer: Answer, check_quote: CheckQuote) -> Judgement:
    found, missing = _points(question, answer.text)
    length = len(answer.text.strip())
    over_long = length > (LONGEST_ENUMERATION if is_enumeration(answer.text) else LONGEST)
    return Judgement(
        verdict=_verdict(question, answer.outcome, bool(found), not missing and not over_long),
        found=found,
        missing=missing,
        length=length,
        over_long=over_long,
        quotes=check(answer, check_quote),
        quoted_seeds=tuple(dict.fromkeys(PurePosixPath(c.source).name for c in answer.citations if c.quote)),
    )


def _points(question: EvaluationQuestion, text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The expected points that `text` carries, as they are or by an alternative, and those it lacks."""
    said = squeeze(text)
    found = tuple(
        point
        for point in question.expected_points
        if any(squeeze(spelling) in said for spelling in (point, *question.alternatives.get(point, ())))
    )
    return found, tuple(point for point in question.expected_points if point not in found)


def _verdict(question: EvaluationQuestion, outcome: Outcome, some: bool, in_full: bool) -> Verdict:
    refused = outcome is Outcome.NOT_IN_KNOWLEDGE
    if question.expected_refusal:
        return Verdict.RIGHTLY_REFUSED if refused else Verdict.REFUSAL_MISSED
    if refused:
        return Verdict.FALSELY_REFUSED
    if in_full:
        return Verdict.FULL
    return Verdict.PARTLY if some else Verdict.WRONG


_MARKED = re.compile(
    r"^\s*(?:[·•*●○▪◦-]\s*\S|\d{1,2}[.、)）]\s*\S|[（(][\d一二三四五六七八九十]{1,3}[)）]|[①-⑳]|[一二三四五六七八九十]{1,3}[、是])"
)
_LEAD_IN = re.compile(r"[:：]\s*$")
_SENTENCE = re.compile(r"[。！？!?]")


def is_enumeration(text: str) -> bool:
    """One item a line: marked, closed by a semicolon, or short and bare below a lead-in that ends in a colon."""
    items, below_lead_in = 0, False
    for line in (line.strip() for line in text.split("\n")):
        if not line:
            continue
        bare = below_lead_in and not _SENTENCE.search(line[:-1])
        items += bool(_MARKED.match(line)) or line.endswith(("；", ";")) or bare
        below_lead_in = below_lead_in or bool(_LEAD_IN.search(line))
    return items >= _FEWEST_ITEMS
