"""How the texts held spell their words: names cut as they stand there, and found again where they are mistyped."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

_HAN = re.compile(r"[\u4e00-\u9fff]+")
_LONGEST = 8  # characters of a word
_NAME = "nr"  # the tag of a person's name
_NAME_LENGTHS = (2, 3, 4)

Tagged = tuple[str, str]  # word, part of speech


@dataclass(frozen=True, slots=True)
class CorpusSpelling:
    """`knows`: whether some text has the word; `words`: all that the texts have."""

    knows: Callable[[str], bool]
    words: Callable[[], Collection[str]]

    def respelt(self, tagged: Iterable[Tagged]) -> list[Tagged]:
        """Runs of Chinese in which some word is unknown, cut again by the words of the texts where that knows more."""
        return [pair for run in _runs(tagged) for pair in self._cut_again(run)]

    def _cut_again(self, run: list[Tagged]) -> list[Tagged]:
        if all(self.knows(word) for word, _ in run):
            return run
        tags = dict(run)
        text = "".join(word for word, _ in run)
        pieces = [(piece, tags.get(piece, _NAME)) for piece in self._longest_known(text)]
        if self._known(pieces) > self._known(run):
            return pieces
        return [(self._alike(word) or word, tag) if tag.startswith(_NAME) else (word, tag) for word, tag in run]

    def _longest_known(self, text: str) -> Iterator[str]:
        """The longest known word at each place; what none begins with stays together."""
        at = unknown = 0
        while at < len(text):
            sizes = range(min(_LONGEST, len(text) - at), 1, -1)
            size = next((n for n in sizes if self.knows(text[at : at + n])), 0)
            if not size:
                at += 1
                continue
            if unknown < at:
                yield text[unknown:at]
            yield text[at : at + size]
            unknown = at = at + size
        if unknown < at:
            yield text[unknown:at]

    def _known(self, words: Iterable[Tagged]) -> int:
        """Characters of words of two and more that the texts have."""
        return sum(len(word) for word, _ in words if len(word) > 1 and self.knows(word))

    def _alike(self, name: str) -> str | None:
        """The one word of the texts that sounds the same and differs in a single character."""
        if self.knows(name) or len(name) not in _NAME_LENGTHS:
            return None
        near = [w for w in self.words() if len(w) == len(name) and sum(map(str.__ne__, w, name)) == 1]
        same = [word for word in near if sounds(word) == sounds(name)]
        return same[0] if len(same) == 1 else None


def _runs(tagged: Iterable[Tagged]) -> Iterator[list[Tagged]]:
    """Neighbouring words that are all Chinese together, every other word by itself."""
    run: list[Tagged] = []
    for pair in tagged:
        if _HAN.fullmatch(pair[0]):
            run.append(pair)
            continue
        if run:
            yield run
        run = []
        yield [pair]
    if run:
        yield run


def sounds(text: str) -> list[str]:
    """The reading of each character, without tones; of others themselves."""
    # characters are looked up one at a time: its dictionary of phrases is 0.4 s and 20 MB for nothing
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
    from pypinyin import lazy_pinyin

    return [lazy_pinyin(char)[0] if "\u4e00" <= char <= "\u9fff" else char for char in text]
