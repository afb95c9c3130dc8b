"""The words of the field: kept whole in segmentation, joined to their synonyms, mended when mistyped.

The words themselves are data, `library/vocabulary.yaml`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import yaml

from knowledge.standards import squeeze

VOCABULARY = Path(__file__).with_name("library") / "vocabulary.yaml"


@dataclass(frozen=True)
class Vocabulary:
    """`groups`: spellings of one thing, the standard term first, all squeezed. `kinds`: a general word of the rules to
    the particular ones that fall under it; never the other way round.
    """

    groups: tuple[tuple[str, ...], ...]
    words: tuple[str, ...]
    misspellings: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def all_words(self) -> list[str]:
        """Every word to keep whole, longest first."""
        words = {*self.words, *(word for some in (*self.groups, *self.kinds.values()) for word in some)}
        return sorted(words, key=lambda word: (-len(word), word))

    def synonyms(self) -> dict[str, tuple[str, ...]]:
        """Each spelling to the other spellings of its group."""
        return {one: tuple(other for other in group if other != one) for group in self.groups for one in group}

    def broader(self) -> dict[str, tuple[str, ...]]:
        """Each particular word to the general ones that a rule means it by."""
        found: dict[str, tuple[str, ...]] = {}
        for general, particular in self.kinds.items():
            for word in particular:
                found[word] = (*found.get(word, ()), general)
        return found


def load_vocabulary(path: Path = VOCABULARY) -> Vocabulary:
    return _load(path)


@lru_cache(maxsize=4)
def _load(path: Path) -> Vocabulary:
    data = yaml.safe_load(path.read_text("utf-8"))
    return Vocabulary(
        groups=tuple(_squeezed(group) for group in data["groups"]),
        words=_squeezed(data["words"]),
        kinds={squeeze(general): _squeezed(particular) for general, particular in data.get("kinds", {}).items()},
        misspellings={squeeze(k): squeeze(v) for k, v in data["misspellings"].items()},
    )


def _squeezed(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(squeeze(word) for word in words)
