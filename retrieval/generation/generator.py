"""From evidence to wording: the conductor of generation. None wherever the extract should go out instead."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from retrieval import extractive
from retrieval.errors import ModelUnavailable
from retrieval.evidence import Sentence, carries
from retrieval.extractive import LONGEST, Extract
from retrieval.generation.budget import Budget, Usage
from retrieval.generation.cutting import Cutter, Unit
from retrieval.generation.evidence import Evidence, numbered
from retrieval.generation.faithfulness import supported
from retrieval.generation.prompt import load_prompt, messages
from retrieval.generation.streaming import Counted, ModelReader
from retrieval.understanding import Asked, Understood

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

logger = logging.getLogger(__name__)
MOST_OUTPUT_TOKENS = 700
_SENTENCE_ENDS = "。！？!?；;：:"


@dataclass(frozen=True, slots=True)
class Released:
    """A sentence that its evidence says."""

    text: str
    line: int
    items: tuple[Evidence, ...]


@dataclass
class Drafting:
    """What became of one answer so far."""

    released: list[Released] = field(default_factory=list)
    removed: int = 0
    read: int = 0  # characters that came from the model
    failure: str = ""


class Generator:
    """Words extracts anew with a chat model. Thread-safe. Nothing it returns, or hands on, is unverified."""

    def __init__(
        self,
        model: BaseChatModel,
        budget: Budget,
        timeout_seconds: float = 20.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._reader = ModelReader(model, clock)
        self._budget = budget
        self._timeout = timeout_seconds
        self._clock = clock

    @property
    def usage(self) -> Usage:
        return self._budget.usage

    def write(
        self,
        question: Understood,
        extract: Extract,
        ranked: Sequence[Sentence],
        show: Callable[[str], None] | None = None,
    ) -> Extract | None:
        """The extract in the model's words, resting on the sentences that carry them; None: let the extract go out.

        `show` gets each sentence the moment it is verified. Never raises for what the model does, or does not.
        """
        if Asked.WHICH_LIST in question.asks_for or "\n" in ranked[0].text:
            return None  # lists stay whole, one item a line
        evidence = numbered(extract, ranked)
        if not evidence or evidence[0].sentence.start != ranked[0].start:  # the best one is not fit to be worded
            return None
        drafting = Drafting()
        for one in self._drafted(question, evidence, drafting):
            drafting.released.append(one)
            if show:
                show(one.text)
        return _finished(question, extract, evidence[0], drafting)

    def _drafted(self, question: Understood, evidence: Sequence[Evidence], drafting: Drafting) -> Iterator[Released]:
        deadline = self._clock() + self._timeout
        asked = messages(question, evidence)
        expected = sum(estimated_tokens(text) for _, text in asked)
        held = expected + MOST_OUTPUT_TOKENS
        if not self._budget.hold(held):
            logger.warning("chat model: the day's tokens are spent (%d); extracts go out", self.usage.tokens)
            return
        counted = Counted()
        started = self._clock()
        try:
            yield from self._verified(self._reader.pieces(asked, deadline, counted), evidence, drafting)
        except ModelUnavailable as error:
            drafting.failure = str(error)
            logger.warning("chat model failed: %s", error)
        finally:
            spent = (counted.input_tokens or expected, counted.output_tokens or drafting.read)
            usage = self._budget.settle(held, *spent)
            logger.info(
                "chat model: prompt v%s, %d+%d tokens, %.0f ms, %d released, %d removed; today %d tokens, %.4f yuan",
                load_prompt().version,
                *spent,
                (self._clock() - started) * 1000,
                len(drafting.released),
                drafting.removed,
                usage.tokens,
                usage.cost,
            )

    def _verified(self, pieces: Iterator[str], evidence: Sequence[Evidence], drafting: Drafting) -> Iterator[Released]:
        cutter, length = Cutter(), 0
        last: tuple[Evidence, ...] = ()
        try:
            for units in _units(pieces, cutter, drafting):
                for unit in units:
                    released = _checked(unit, evidence, last)
                    last = released.items if released else last
                    if released is None or length + len(released.text) > LONGEST:
                        drafting.removed += 1
                        continue
                    length += len(released.text)
                    yield released
        finally:
            pieces.close()  # type: ignore[attr-defined]


def _units(pieces: Iterator[str], cutter: Cutter, drafting: Drafting) -> Iterator[list[Unit]]:
    for piece in pieces:
        drafting.read += len(piece)
        yield cutter.feed(piece)
    yield cutter.end()


def _checked(unit: Unit, evidence: Sequence[Evidence], last: tuple[Evidence, ...]) -> Released | None:
    """The sentence with the evidence that says it. One without a citation is held against those of the one before."""
    cited = [item for item in evidence if item.number in unit.cited] if unit.cited else list(last)
    items = supported(unit.text, cited)
    return Released(_ended(unit.text), unit.line, items) if items else None


def _ended(text: str) -> str:
    return text if text[-1] in _SENTENCE_ENDS else f"{text}。"


def _finished(question: Understood, extract: Extract, best: Evidence, drafting: Drafting) -> Extract | None:
    """The answer, if what was released answers: it rests on the sentence judged, and has what was asked for."""
    released = drafting.released
    items = {item.number: item for one in released for item in one.items}
    if best.number not in items:
        return None
    text = _joined(released)
    if carries(question.asks_for, text) < carries(question.asks_for, extract.text):
        return None
    shown = [item.sentence for item in items.values()]
    return Extract(extractive.with_notes(text, shown), tuple(shown))


def _joined(released: Sequence[Released]) -> str:
    text, line = "", released[0].line
    seen: set[str] = set()
    for one in released:
        if one.text in seen:
            continue
        seen.add(one.text)
        text += ("\n" if one.line != line and text else "") + one.text
        line = one.line
    return text


def estimated_tokens(text: str) -> int:
    """An upper estimate, where a service does not count: a Chinese character takes one token at most, as a rule."""
    return len(text) + 8
