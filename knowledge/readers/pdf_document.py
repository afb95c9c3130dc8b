"""Pages of lines, from a text layer or recognised → a `ReadDocument`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from knowledge.documents import ReadDocument
from knowledge.errors import UnreadableDocument
from knowledge.readers.assembly import assemble
from knowledge.readers.limits import Limits
from knowledge.readers.pdf_layout import Page
from knowledge.readers.pdf_mending import with_whole_numbers, with_whole_tables
from knowledge.readers.pdf_paragraphs import paragraphs
from knowledge.readers.pdf_running import without_running_lines
from knowledge.readers.recognition import recognition_warnings

MOST_PIXELS = 12_000_000  # of a page's image; A4 at 200 dpi has 4, A3 at 250 dpi 12 million


def document_of_pages(
    name: str, pages: Sequence[Page], *, media_type: str, title: str | None, limits: Limits
) -> ReadDocument:
    """Headings, paragraphs and tables with their pages; running heads, feet and page numbers left out.

    Raises UnreadableDocument if no text is left, DocumentTooLarge if there is too much.
    """
    text = [with_whole_numbers(page) for page in without_running_lines(pages)]
    if not any(page.lines for page in text):
        raise _without_text(name, pages)
    document = assemble(name, paragraphs(with_whole_tables(text)), media_type=media_type, title=title, limits=limits)
    return replace(document, pages=len(pages), warnings=(*document.warnings, *recognition_warnings(text)))


def _without_text(name: str, pages: Sequence[Page]) -> UnreadableDocument:
    if any(page.recognised for page in pages):
        return UnreadableDocument(f"{name}：是扫描件或图片，没有识别出文字。请用 200 dpi 以上的清晰扫描件再导入。")
    return UnreadableDocument(f"{name}：没有找到正文文字。请确认内容后再导入。")
