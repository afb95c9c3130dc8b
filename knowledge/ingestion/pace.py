"""How much longer it takes: by the bytes that are left, at the pace of their kind so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from knowledge.ingestion.finding import ARCHIVE, Found

_TELLING_SECONDS = 5.0  # before that, loading the model is most of what was measured
_TELLING_SHARE = 0.1  # of one file, where none is done yet


@dataclass
class Pace:
    """Fed by whoever works through the files, in their order; `clock` in seconds.

    A scan and a text of equal size are worlds apart, so each kind has a pace of its own; one not met yet
    goes at the average. Files that are skipped tell nothing about the pace.
    """

    files: Iterable[Found]
    clock: Callable[[], float]
    _left: Counter[str] = field(default_factory=Counter)  # kind → bytes
    _worked: Counter[str] = field(default_factory=Counter)  # kind → bytes
    _spent: dict[str, float] = field(default_factory=dict)  # kind → seconds
    _since: float = 0.0

    def __post_init__(self) -> None:
        for file in self.files:
            self._left[file.kind] += file.weight
        self._since = self.clock()

    def finished(self, file: Found, worked: bool) -> None:
        now = self.clock()
        self._left[_lying(file)] -= file.weight
        if worked:
            self._worked[file.kind] += file.size
            self._spent[file.kind] = self._spent.get(file.kind, 0.0) + now - self._since
        self._since = now

    def remaining(self, current: Found, share: float) -> float | None:
        """Seconds, with `share` of the current file done; None while nothing sensible can be said."""
        here = self.clock() - self._since
        worked, spent = Counter(self._worked), dict(self._spent)
        if share >= _TELLING_SHARE:  # this file's own pace counts too
            worked[current.kind] += int(current.size * share)
            spent[current.kind] = spent.get(current.kind, 0.0) + here
        seconds, size = sum(spent.values()), worked.total()
        if seconds < _TELLING_SECONDS or not size:
            return None
        left = Counter(self._left)
        left[_lying(current)] -= int(current.weight * share)
        average = seconds / size
        paces = {kind: spent[kind] / worked[kind] for kind in worked if worked[kind] and kind in spent}
        return sum(max(size, 0) * paces.get(kind, average) for kind, size in left.items())


def _lying(file: Found) -> str:
    """The kind of what lies on disk: a member's bytes were counted with its archive's."""
    return ARCHIVE if file.part_of else file.kind


def in_words(seconds: float) -> str:
    """约剩 40 秒, 约剩 3 分钟, 约剩 2 小时: no finer than it is known."""
    if seconds < 55:
        return f"约剩 {max(round(seconds / 10), 1) * 10} 秒"
    if seconds < 90 * 60:
        return f"约剩 {round(seconds / 60)} 分钟"
    return f"约剩 {seconds / 3600:.1f} 小时"
