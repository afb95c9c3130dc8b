"""Whether two files hold the same text: a DOCX and the PDF made of it, a note that was saved twice."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from knowledge.catalog import Likeness
from knowledge.documents import ReadFaq

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NEAR = 0.9  # of all stretches of eight characters in either: about one word changed in a hundred characters
_STRETCH = 8  # characters
_AT_ONCE = 50_000  # characters: a long text is not held as numbers as a whole
_KEPT = 256  # hashes of a sketch: tells shares apart to about 0.02
_KEYS = 12  # of them by which like texts find each other: half in common are enough, at 0.9 most are
_COMPARED = 5  # documents that are looked at closely: forms of one kind have stretches in common by the hundred
_SHORTEST = 60  # characters; below, one changed figure is a different text


def likeness(text: str, faqs: Sequence[ReadFaq] = ()) -> Likeness:
    """Marks, white space, width and case aside: what formats differ in is not what a text says."""
    asked = "\n".join(part for faq in faqs for part in (faq.question, faq.answer, *faq.similar))
    plain = re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", f"{text}\n{asked}")).casefold()
    return Likeness(hashlib.sha256(plain.encode()).hexdigest(), _sketch(plain))


def _sketch(plain: str) -> bytes:
    """The smallest hashes of all stretches (bottom-k), as 8-byte integers in rising order; empty for a short text."""
    import numpy as np

    if len(plain) < _SHORTEST:
        return b""
    smallest = np.empty(0, np.uint64)
    for at in range(0, len(plain) - _STRETCH + 1, _AT_ONCE):
        part = _stretches(plain[at : at + _AT_ONCE + _STRETCH - 1])
        smallest = np.unique(np.concatenate([smallest, part]))[:_KEPT]
    return smallest.astype("<u8").tobytes()


def _stretches(plain: str) -> NDArray[np.uint64]:
    """A hash of every stretch, each mixed well: the smallest are a fair sample."""
    import numpy as np

    codes = np.frombuffer(plain.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    hashes = np.zeros(len(codes) - _STRETCH + 1, np.uint64)
    for at in range(_STRETCH):
        hashes = hashes * np.uint64(0x9E3779B97F4A7C15) + codes[at : at + len(hashes)]
    hashes ^= hashes >> np.uint64(29)
    hashes *= np.uint64(0xBF58476D1CE4E5B9)
    return hashes ^ (hashes >> np.uint64(32))


@dataclass
class Neighbours:
    """The texts that are held, by their sketches."""

    sketches: dict[str, bytes] = field(default_factory=dict)
    _by_key: defaultdict[bytes, set[str]] = field(default_factory=lambda: defaultdict(set))

    @classmethod
    def of(cls, sketches: Mapping[str, bytes]) -> Neighbours:
        neighbours = cls()
        for document_id, sketch in sketches.items():
            neighbours.add(document_id, sketch)
        return neighbours

    def add(self, document_id: str, sketch: bytes) -> None:
        self.sketches[document_id] = sketch
        for key in _hashes(sketch)[:_KEYS]:
            self._by_key[key].add(document_id)

    def forget(self, document_id: str) -> None:
        for key in _hashes(self.sketches.pop(document_id, b""))[:_KEYS]:
            self._by_key[key].discard(document_id)

    def nearest(self, sketch: bytes, leaving: Sequence[str] = ()) -> tuple[str, float] | None:
        """The document that shares most with this one, and how much, 0 … 1; None below `NEAR`."""
        keys = _hashes(sketch)[:_KEYS]
        found = Counter(one for key in keys for one in self._by_key.get(key, ()) if one not in leaving)
        candidates = [one for one, common in found.most_common(_COMPARED) if 2 * common >= len(keys)]
        shares = {one: shared(sketch, self.sketches[one]) for one in candidates}
        best = max(shares, key=lambda one: (shares[one], one), default=None)
        return (best, shares[best]) if best is not None and shares[best] >= NEAR else None


def shared(one: bytes, other: bytes) -> float:
    """An estimate of what two texts share of all that either has."""
    ours, theirs = set(_hashes(one)), set(_hashes(other))
    sample = sorted(ours | theirs, key=lambda h: int.from_bytes(h, "little"))[: max(len(ours), len(theirs))]
    return sum(h in ours and h in theirs for h in sample) / len(sample) if sample else 0.0


def _hashes(sketch: bytes) -> list[bytes]:
    return [sketch[at : at + 8] for at in range(0, len(sketch), 8)]
