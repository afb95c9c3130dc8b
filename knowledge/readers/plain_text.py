"""Plain text: a line is a block."""

from __future__ import annotations

from collections.abc import Iterator

from knowledge.documents import Block, ReadDocument
from knowledge.readers.decoding import decode
from knowledge.readers.limits import Limits
from knowledge.readers.signatures import refuse_other_formats

_BULLETS = ("- ", "·", "•")


def read_plain_text(name: str, data: bytes, limits: Limits) -> ReadDocument:
    """Every line with text in it as one block; `original` is the whole decoded file."""
    refuse_other_formats(name, data)
    text = decode(name, data, limits)
    return ReadDocument(text, tuple(_blocks(text)), "text/plain")


def _blocks(text: str) -> Iterator[Block]:
    position = 0
    for line in text.split("\n"):
        content = line.strip()
        if content:
            start = position + line.index(content)
            yield Block(start, start + len(content), "list_item" if content.startswith(_BULLETS) else "paragraph")
        position += len(line) + 1
