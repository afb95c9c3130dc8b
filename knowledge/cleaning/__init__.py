"""From a document as it was read to a text that can be searched and quoted.

The order matters: pinyin notes go before the characters they annotate are simplified; the front page
is read while its furniture still stands; damaged dates are read last, on what remains.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from knowledge.cleaning.aligned import AlignedText, Alignment
from knowledge.cleaning.dates import damaged_date_edits, relative_dates
from knowledge.cleaning.front_page import read_front_page
from knowledge.cleaning.furniture import (
    blank_line_edits,
    empty_stretch_edits,
    furniture_edits,
    masthead_edits,
    repetition_edits,
    unseen_edits,
)
from knowledge.cleaning.script import mojibake_edits, pinyin_note_edits, simplification_edits
from knowledge.documents import Block, Metadata, ReadDocument, Repair

# Formats that arrive as somebody copied them from a page; the others were written as documents.
_CRAWLED = frozenset({"text/plain", "text/html"})


@dataclass(frozen=True, slots=True)
class CleanDocument:
    text: str
    alignment: Alignment
    repairs: tuple[Repair, ...]
    blocks: tuple[Block, ...]
    metadata: Metadata


def clean(document: ReadDocument, name: str) -> CleanDocument:
    """Clean one document. `name` is its file name, which often carries title and edition."""
    aligned = AlignedText(document.original)
    for edits in (mojibake_edits, pinyin_note_edits, simplification_edits):
        aligned.edit(edits(aligned.text))
    metadata = read_front_page(aligned.text, document, name)
    crawled = document.media_type in _CRAWLED
    if crawled:
        aligned.edit(masthead_edits(aligned.text, metadata.title))
        for edits in (furniture_edits, repetition_edits):
            aligned.edit(edits(aligned.text))
    if document.media_type == "text/markdown":
        aligned.edit(unseen_edits(aligned.text))
    aligned.edit(blank_line_edits(aligned.text))
    aligned.edit(empty_stretch_edits(aligned.text))
    if crawled:
        aligned.edit(damaged_date_edits(aligned.text))
    repairs = (*aligned.repairs, *relative_dates(aligned.text, metadata.published, aligned.repairs))
    return CleanDocument(
        text=aligned.text,
        alignment=aligned.alignment(),
        repairs=tuple(sorted(repairs, key=lambda r: r.start)),
        blocks=_remaining_blocks(document.blocks, aligned),
        metadata=metadata,
    )


def _remaining_blocks(blocks: tuple[Block, ...], aligned: AlignedText) -> tuple[Block, ...]:
    remaining = []
    for block in blocks:
        start, end = aligned.span_of(block.start, block.end)
        if aligned.text[start:end].strip():
            remaining.append(replace(block, start=start, end=end))
    return tuple(remaining)
