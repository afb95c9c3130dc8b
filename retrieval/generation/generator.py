"""From evidence to wording: the conductor of generation. None wherever the extract should go out instead."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from retrieval import extractive
from retrieval.answer_types import carries
from retrieval.errors import ModelUnavailable
from retrieval.evidence import Sentence
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
MOST_REPEATS = 2  # a model that repeats itself more often has nothing left to say
_SENTENCE_ENDS = "。！？!?；;：:"


@dataclass(frozen=True, slots=True)
class Released:
    """A sentence that its evidence says."""

    text: str
    line: int
    items: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Hearing:
    """By when an answer must be whole, by the generator's clock; and who reads along, if anyone.

    `show` gets what may stand on a screen, piece by piece. The pieces together are how the written answer begins.
    """

    until: float
    show: Callable[[str], None] | None = None

    def unheard(self) -> Hearing:
        """The same time, and nobody who reads along."""
        return Hearing(self.until)


@dataclass
class Draft:
    """One answer as far as it is written. Every sentence in it was verified."""

    question: Understood
    extract: Extract
    best: Evidence  # the sentence that was judged to answer
    text: str = ""
    released: list[Released] = field(default_factory=list)
    removed: int = 0
    repeated: int = 0
    read: int = 0  # characters that came from the model
    shown: int = 0  # characters of `text` that were handed on

    def take(self, one: Released) -> None:
        apart = "\n" if self.released and one.line != self.released[-1].line else ""
        self.released.append(one)
        self.text += apart + one.text

    def has(self, text: str) -> bool:
        return any(one.text == text for one in self.released)

    @property
    def items(self) -> dict[int, Evidence]:
        return {item.number: item for one in self.released for item in one.items}

    @property
    def answers(self) -> bool:
        """Whether it may go out as it is: it rests on the sentence judged, and has the kind of thing asked for."""
        asked = self.question.asks_for
        return self.best.number in self.items and carries(asked, self.text) >= carries(asked, self.extract.text)

    def show_to(self, show: Callable[[str], None]) -> None:
        """Hand on what is new. Nothing, until it answers: what is on a screen is never taken back."""
        if self.shown or self.answers:
            show(self.text[self.shown :])
            self.shown = len(self.text)

    def finished(self) -> Extract | None:
        if not self.shown and not self.answers:
            return None
        sentences = [item.sentence for item in self.items.values()]
        return Extract(extractive.with_notes(self.text, sentences), tuple(sentences))


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

    @property
    def least_tokens(self) -> int:
        """What no answer takes less of, as tokens are held back: the prompt alone, and room to write."""
        return estimated_tokens(load_prompt().text) + MOST_OUTPUT_TOKENS

    def hearing(self, show: Callable[[str], None] | None = None) -> Hearing:
        """Someone who asks now, and waits for as long as the settings say."""
        return Hearing(self._clock() + self._timeout, show)

    def write(
        self, question: Understood, extract: Extract, ranked: Sequence[Sentence], hearing: Hearing | None = None
    ) -> Extract | None:
        """The extract in the model's words, resting on the sentences that carry them; None: let the extract go out.

        A sentence is shown as soon as it is verified and what there is answers. What was shown is how the returned
        text begins. Never raises for what the model does, or does not.
        """
        hearing = hearing or self.hearing()
        if Asked.WHICH_LIST in question.asks_for or "\n" in ranked[0].text:
            return None  # lists stay whole, one item a line
        evidence = numbered(extract, ranked)
        if not evidence or evidence[0].sentence.start != ranked[0].start:  # the best one is not fit to be worded
            return None
        draft = Draft(question, extract, evidence[0])
        for one in self._drafted(question, evidence, draft, hearing.until):
            draft.take(one)
            if hearing.show:
                draft.show_to(hearing.show)
        return draft.finished()

    def _drafted(
        self, question: Understood, evidence: Sequence[Evidence], draft: Draft, deadline: float
    ) -> Iterator[Released]:
        asked = messages(question, evidence)
        expected = sum(estimated_tokens(text) for _, text in asked)
        held = expected + MOST_OUTPUT_TOKENS
        if not self._budget.hold(held):
            logger.warning("chat model: the day's tokens are spent (%d); extracts go out", self.usage.tokens)
            return
        counted = Counted()
        started = self._clock()
        try:
            yield from self._verified(self._reader.pieces(asked, deadline, counted), evidence, draft)
        except ModelUnavailable as error:
            logger.warning("chat model failed: %s", error)
        finally:
            spent = (counted.input_tokens or expected, counted.output_tokens or draft.read)
            usage = self._budget.settle(held, *spent)
            logger.info(
                "chat model: prompt v%s, %d+%d tokens, %.0f ms, %d released, %d removed; "
                "today %d of %s tokens, %.4f yuan",
                load_prompt().version,
                *spent,
                (self._clock() - started) * 1000,
                len(draft.released),
                draft.removed,
                usage.tokens,
                self._budget.daily_tokens or "any",
                usage.cost,
            )

    def _verified(self, pieces: Iterator[str], evidence: Sequence[Evidence], draft: Draft) -> Iterator[Released]:
        """The sentences that stand, until the answer is full or the model says the same again and again."""
        last: tuple[Evidence, ...] = ()
        refused: set[Unit] = set()
        try:
            for unit in _units(pieces, draft):
                released = None if unit in refused else _checked(unit, evidence, last)
                if released is None:
                    refused.add(unit)
                    draft.removed += 1
                    continue
                refused.clear()  # one without a citation may stand now
                last = released.items
                if len(draft.text) + len(released.text) > LONGEST or draft.repeated == MOST_REPEATS:
                    return
                if draft.has(released.text):
                    draft.repeated += 1
                    continue
                yield released
        finally:
            pieces.close()  # type: ignore[attr-defined]


def _units(pieces: Iterator[str], draft: Draft) -> Iterator[Unit]:
    cutter = Cutter()
    for piece in pieces:
        draft.read += len(piece)
        yield from cutter.feed(piece)
    yield from cutter.end()


def _checked(unit: Unit, evidence: Sequence[Evidence], last: tuple[Evidence, ...]) -> Released | None:
    """The sentence with the evidence that says it. One without a citation is held against those of the one before."""
    if len(unit.text) > LONGEST:
        return None
    cited = [item for item in evidence if item.number in unit.cited] if unit.cited else list(last)
    items = supported(unit.text, cited)
    return Released(_ended(unit.text), unit.line, items) if items else None


def _ended(text: str) -> str:
    return text if text[-1] in _SENTENCE_ENDS else f"{text}。"


def estimated_tokens(text: str) -> int:
    """An upper estimate, where a service does not count: a Chinese character takes one token at most, as a rule."""
    return len(text) + 8
