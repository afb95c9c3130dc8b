"""An answer as messages of WeCom: plain text, or the Markdown that its clients show.

All parts of an answer can be sent one after the other, so no part ends with the way to the next.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot import wording as shared
from bot.rendering import TextRenderer, cut, size
from bot.wecom import wording
from retrieval.answers import Answer

WHOLE = 1_000_000  # bytes: no answer is longer


@dataclass(frozen=True, slots=True)
class MessageRenderer:
    """`limit`: bytes of one message. `public_url`: where people reach our pages; without it no links."""

    limit: int
    public_url: str | None = None
    markdown: bool = False

    def parts(self, answer: Answer) -> tuple[str, ...]:
        return self._cut(answer, self._plain.parts(answer))

    def details(self, answer: Answer) -> tuple[str, ...]:
        return self._cut(answer, self._plain.details(answer))

    def sources(self, answer: Answer) -> tuple[str, ...]:
        return self._cut(None, self._plain.sources(answer))

    @property
    def _plain(self) -> TextRenderer:
        return TextRenderer(WHOLE, self.public_url)

    def _cut(self, answer: Answer | None, texts: tuple[str, ...]) -> tuple[str, ...]:
        whole = "\n".join(texts)
        whole = "\n".join(map(self._line, whole.split("\n"))) if self.markdown else whole
        # Generated wording has to be told wherever it is shown, so each message of it says so.
        label = ""
        if answer is not None and answer.kind == "generated" and answer.label:
            label = f"{shared.LABEL_LINE.format(label=answer.label)}\n"
        return tuple(_pages(whole, self.limit, label))

    def _line(self, line: str) -> str:
        if self.public_url and line.startswith(f"{self.public_url.rstrip('/')}/evidence/"):
            return wording.EVIDENCE_LINK.format(url=line)
        return f"> {line}" if line.startswith(shared.BASIS) else line


def _pages(text: str, limit: int, label: str) -> Iterator[str]:
    """The first page has its label already."""
    before = ""
    while text:
        page, text = cut(text, limit - size(before))
        if page:
            yield before + page
        before = label
