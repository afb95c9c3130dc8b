"""What comes into the answering journey."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Exchange:
    """One earlier question of the conversation and what we answered; a history is oldest first."""

    question: str
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """A person's words, and what stood before them."""

    text: str
    history: tuple[Exchange, ...] = ()
    today: date = field(default_factory=date.today)
    use_library: bool = True  # False: the ingested documents alone, for evaluation


_TURN = re.compile(r"^\s*(用户|助手|问|答|user|assistant)\s*[:：]\s*", re.I)
_ASSISTANT = {"助手", "答", "assistant"}


def parse_history(lines: Iterable[str]) -> tuple[Exchange, ...]:
    """["用户：…", "助手：…"] → exchanges. A line without a speaker counts as the person's."""
    exchanges: list[Exchange] = []
    for line in lines:
        match = _TURN.match(line)
        said = _TURN.sub("", line).strip()
        if match and match[1].lower() in _ASSISTANT:
            if exchanges:
                exchanges[-1] = Exchange(exchanges[-1].question, said)
        else:
            exchanges.append(Exchange(said))
    return tuple(exchanges)
