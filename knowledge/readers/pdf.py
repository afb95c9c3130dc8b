"""PDFs: text where a page has it, recognised where it shows an image or a font that says nothing.

PDFium is native code fed with strangers' files: 1.7 KB of nested forms make it ask for 17 GB, and a call
into it cannot be interrupted. `worker` runs this in a process that has bounds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from math import sqrt
from typing import Any

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium

from knowledge.documents import ReadDocument
from knowledge.errors import DocumentTooLarge, EncryptedDocument, UnreadableDocument
from knowledge.readers.assembly import refuse_too_many_characters
from knowledge.readers.limits import Limits
from knowledge.readers.pdf_document import MOST_PIXELS, document_of_pages
from knowledge.readers.pdf_layout import Page
from knowledge.readers.pdf_lines import read_page
from knowledge.readers.recognition import Pixels, recognised_page
from knowledge.readers.signatures import PDF

_LOCKED = (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY)  # a password, or a protection unknown to PDFium
_HEADER_WITHIN = 1024  # bytes; readers accept the header anywhere in these
_LEGIBLE = 0.7  # share of characters below which the text layer is no text
# What a font without a usable mapping yields: nothing, private use, or control characters.
_ILLEGIBLE = re.compile("[\ufffd\ue000-\uf8ff\x00-\x01\x03-\x1f\x7f-\x9f\U000f0000-\U0010ffff]")
_PLACEHOLDER_TITLE = re.compile(r"(?i)untitled|\(?anonymous\)?|microsoft word\s*-.*|.*\.(?:docx?|wps|pdf|indd)")
_SCALE = 200 / 72  # pixels to a point at which pages are recognised
_STAMP = 80  # characters; a page with no more, and an image over most of it, is a scan with a stamp or a page number
_MOST_OF_PAGE = 0.6


def read_pdf(name: str, data: bytes, limits: Limits) -> ReadDocument:
    """Paragraphs, headings and ruled tables with their pages; running heads, feet and page numbers left out.

    The title is the document property's unless that is a program's placeholder. Raises EncryptedDocument,
    DocumentTooLarge, or UnreadableDocument (damaged, or nothing to read on any page).
    """
    if PDF not in data[:_HEADER_WITHIN]:
        raise UnreadableDocument(f"{name}：内容不是 PDF。请确认文件没有改错后缀。")
    try:
        with closing(_opened(name, data)) as document:
            _refuse_too_many_pages(name, len(document), limits)
            pages = _pages(name, document, limits)
            title = (document.get_metadata_value("Title") or "").strip()
    except pypdfium2.PdfiumError as error:
        raise _damaged(name) from error
    named = None if _PLACEHOLDER_TITLE.fullmatch(title) else title
    return document_of_pages(name, pages, media_type="application/pdf", title=named, limits=limits)


def _opened(name: str, data: bytes) -> Any:
    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if error.err_code in _LOCKED:
            raise EncryptedDocument(f"{name}：PDF 有密码保护。请取消密码后再导入。") from error
        raise _damaged(name) from error


def _damaged(name: str) -> UnreadableDocument:
    return UnreadableDocument(f"{name}：PDF 已损坏，无法打开。请重新下载或另存后再导入。")


def _refuse_too_many_pages(name: str, count: int, limits: Limits) -> None:
    if count > limits.max_pages:
        raise DocumentTooLarge(f"{name}：PDF 超过上限 {limits.max_pages} 页。请拆分后再导入。")


def _pages(name: str, document: Any, limits: Limits) -> list[Page]:
    """All pages; those without usable text are recognised after the others have been read."""
    pages: list[Page] = []
    unread: list[int] = []
    characters = 0
    for index in range(len(document)):
        with closing(document[index]) as page:  # closed now, not at the end: its objects are most of the memory
            pages.append(read_page(page, index + 1))
            if _shows_more_than_it_says(page, pages[-1]):
                unread.append(index)
        characters += sum(len(line.text) for line in pages[-1].lines)
        refuse_too_many_characters(name, characters, limits)
    _refuse_too_many_scans(name, len(unread), limits)
    for index, recognised in zip(unread, _recognised(document, unread, limits), strict=True):
        pages[index] = recognised
    return pages


def _shows_more_than_it_says(page: Any, read: Page) -> bool:
    """Whether the page has to be recognised: no text but something drawn, text that is none, or a scan."""
    text = "".join(line.text for line in read.lines)
    if len(_ILLEGIBLE.findall(text)) > (1 - _LEGIBLE) * len(text):
        return True
    if not text:
        return bool(pdfium.FPDFPage_CountObjects(page.raw) > 0)
    return len(text) <= _STAMP and _image_share(page) > _MOST_OF_PAGE


def _image_share(page: Any) -> float:
    """The share of the page that its images cover, counted without their overlap."""
    images = (image.get_bounds() for image in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=2))
    areas = ((right - left) * (top - bottom) for left, bottom, right, top in images)
    return float(sum(areas) / max(page.get_width() * page.get_height(), 1.0))


def _refuse_too_many_scans(name: str, count: int, limits: Limits) -> None:
    if count > limits.max_recognised_pages:
        raise DocumentTooLarge(
            f"{name}：有 {count} 页是扫描图像，超过上限 {limits.max_recognised_pages} 页。请拆分后再导入。"
        )


def _recognised(document: Any, indices: Sequence[int], limits: Limits) -> Iterator[Page]:
    for index in indices:
        with closing(document[index]) as page:
            width, image = page.get_width(), _rendered(page)
        yield recognised_page(image, index + 1, width, limits)


def _rendered(page: Any) -> Pixels:
    scale = min(_SCALE, sqrt(MOST_PIXELS / max(page.get_width() * page.get_height(), 1.0)))
    with closing(page.render(scale=scale, rev_byteorder=False)) as bitmap:
        pixels = np.asarray(bitmap.to_numpy())
        if pixels.ndim == 2 or pixels.shape[2] == 1:
            pixels = np.repeat(pixels.reshape(*pixels.shape[:2], 1), 3, axis=2)
        return np.array(pixels[:, :, :3], dtype=np.uint8)
