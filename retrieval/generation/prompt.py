"""The reviewed prompt beside this file, and the question with its evidence as the model gets them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from retrieval.generation.evidence import Evidence
from retrieval.understanding import Understood

_PATH = Path(__file__).with_name("prompt.md")
_ITEM = "[{number}] {source}\n{text}"
_ASKED = "<问题>\n{question}\n</问题>\n\n<证据>\n{evidence}\n</证据>"
_BEFORE = "（接着上文说的：{carried}）"


@dataclass(frozen=True, slots=True)
class Prompt:
    version: str
    text: str


@cache
def load_prompt() -> Prompt:
    _, head, text = _PATH.read_text("utf-8").split("---\n", 2)
    fields = dict(line.split(": ", 1) for line in head.strip().splitlines())
    return Prompt(fields["版本"], text.strip())


def messages(question: Understood, evidence: Sequence[Evidence]) -> list[tuple[str, str]]:
    """(role, text) pairs, as LangChain's models take them."""
    asked = question.own or question.text
    if question.carried:
        asked = f"{asked}{_BEFORE.format(carried=question.carried)}"
    items = [_ITEM.format(number=e.number, source=e.source, text=_plain(e.offered)) for e in evidence]
    return [
        ("system", load_prompt().text),
        ("human", _ASKED.format(question=_plain(asked), evidence="\n\n".join(items))),
    ]


def _plain(text: str) -> str:
    """Without what would close the brackets that hold it."""
    return re.sub(r"</?\s*(?:问题|证据)\s*>", " ", text)
