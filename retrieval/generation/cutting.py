"""What a model streams, cut into sentences with the numbers of the evidence they cite."""

from __future__ import annotations

import re
from dataclasses import dataclass

_OPEN, _CLOSE = r"[\[【［]", r"[\]】］]"  # noqa: RUF001
MARK = re.compile(rf"{_OPEN}\s*\^?(\d{{1,3}}(?:\s*[,，、]\s*\d{{1,3}})*)\s*{_CLOSE}")
_END = re.compile(rf"(?:[。！？]+|[!?]+(?=\s|$|[\u4e00-\u9fff\[【])|\n+)[”’」』）)]*(?:[ \t]*{MARK.pattern})*[。]?")
_MAY_GO_ON = re.compile(r"[ \t]*(?:[\[【［][^\]】］]{0,12})?$")  # noqa: RUF001
_LIST_MARK = re.compile(
    r"^\s*(?:[-*•·>]+\s+|#{1,6}\s|\d{1,2}[.、)）](?!\d)\s*|[（(][一二三四五六七八九十\d]{1,3}[)）])\s*"
)
_MARKUP = re.compile(r"\*\*|__|`")
_THINKING = ("<think>", "</think>")


@dataclass(frozen=True, slots=True)
class Unit:
    """One sentence of the model: its words without marks, and the numbers it cites; no numbers where it has none."""

    text: str
    cited: tuple[int, ...]
    line: int  # the line of the answer it stands in, from 0


class Cutter:
    """Takes pieces as they come; a sentence is given out when the marks after its end are all there."""

    def __init__(self) -> None:
        self._held = ""
        self._line = 0

    def feed(self, piece: str) -> list[Unit]:
        self._held = _without_thoughts(self._held + piece)
        units: list[Unit] = []
        while not self._held.lstrip().startswith(_THINKING[0]):
            match = _END.search(self._held)
            rest = self._held[match.end() :] if match else ""
            if match is None or self._may_go_on(match, rest):
                break
            units += self._taken(self._held[: match.end()])
            self._held = rest
        return units

    def _may_go_on(self, match: re.Match[str], rest: str) -> bool:
        """Whether marks of this sentence may still come: not where it had some before its end."""
        if match[0].startswith("\n") or MARK.search(self._held, 0, match.start()):
            return False
        return bool(_MAY_GO_ON.fullmatch(rest))

    def end(self) -> list[Unit]:
        """What is left when the model is done. A sentence that was broken off in the middle is for nobody."""
        held, self._held = self._held, ""
        if held.lstrip().startswith(_THINKING[0]):
            return []
        if match := _END.search(held):
            return self._taken(held[: match.end()])
        return self._taken(held) if MARK.search(held) else []

    def _taken(self, raw: str) -> list[Unit]:
        cited = tuple(int(n) for marks in MARK.finditer(raw) for n in re.findall(r"\d+", marks[1]))
        text = _LIST_MARK.sub("", _MARKUP.sub("", MARK.sub("", raw))).strip()
        unit = Unit(text, tuple(dict.fromkeys(cited)), self._line)
        self._line += raw.count("\n")
        return [unit] if re.search(r"\w", text) else []


def _without_thoughts(text: str) -> str:
    """Without what a reasoning model thinks aloud, once it is through with it."""
    head, closed, rest = text.partition(_THINKING[1])
    return rest if closed and head.lstrip().startswith(_THINKING[0]) else text
