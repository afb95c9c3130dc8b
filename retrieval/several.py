"""Several questions in one message: taken apart, and their answers put together again.

Only a question mark or a new line parts them: who writes 「多久、谁来做」 asks one thing in two words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from retrieval import wording
from retrieval.answers import Answer, AnswerKind, Outcome

MOST = 3  # questions of one message that are answered; the rest is named
_END = re.compile(r"(?<=[？?])(?=\s*\S)|\n+")
_SHORTEST = 4  # characters; 「对吗？」 belongs to what stands before it
_ASKS = re.compile(
    r"[？?]$|[吗么呢没不]$|多少|几|哪|什么|啥|谁|怎么|怎样|如何|为何|为什么|何时|多久|是否|能不能|可不可以|要不要|有没有|行不行|讲讲|说说"
)


def parts(text: str) -> list[str]:
    """The questions of a message in order; one where nothing parts them, or a part asks nothing by itself."""
    found: list[str] = []
    for piece in (piece.strip() for piece in _END.split(text.strip())):
        if not piece:
            continue
        if found and (len(re.sub(r"\W", "", piece)) < _SHORTEST or not _ASKS.search(found[-1])):
            found[-1] += piece  # a tag, or what was only told so far
        else:
            found.append(piece)
    if len(found) > 1 and not _ASKS.search(found[-1]):
        found[-2:] = ["".join(found[-2:])]
    return found


def together(asked: Sequence[str], answers: Sequence[Answer]) -> Answer | None:
    """One answer of several, each under its question; None where none of them carried, or all say the same."""
    carried = [one.outcome in (Outcome.ANSWERED, Outcome.PARTLY_SUPPORTED) for one in answers]
    if not any(carried) or len({one.text for one in answers}) == 1:
        return None
    missing = [part for part, right in zip(asked, carried, strict=False) if not right] + list(asked[len(answers) :])
    kinds: set[AnswerKind] = {one.kind for one in answers}
    kind: AnswerKind = kinds.pop() if len(kinds) == 1 else "several"
    return Answer(
        outcome=Outcome.PARTLY_SUPPORTED if missing else Outcome.ANSWERED,
        kind=kind,
        text="\n\n".join(_block(part, one, kind) for part, one in zip(asked, answers, strict=False)),
        citations=tuple(dict.fromkeys(citation for one in answers for citation in one.citations)),
        details="\n".join(one.details for one in answers if one.details),
        suggestions=tuple(dict.fromkeys(s for one in answers for s in one.suggestions))[:3],
        missing=tuple(missing),
    )


def _block(part: str, one: Answer, kind: AnswerKind) -> str:
    """The part's answer under the part; its label where the answers are of different kinds."""
    text = wording.PART_NOT_FOUND if one.text.startswith(wording.NOT_FOUND) else one.text
    label = f"（{one.label}）" if one.label and kind == "several" else ""
    return wording.PART.format(question=part, label=label, answer=text)
