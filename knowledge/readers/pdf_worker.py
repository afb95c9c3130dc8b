"""The child process that runs PDFium: `python -m knowledge.readers.pdf_worker LIMITS < file.pdf > pages.json`.

PDFium is native code fed with strangers' files: 1.7 KB of nested forms make it ask for 17 GB, and a call
into it cannot be interrupted. In a child, memory and time have a bound that holds, and a crash is one
unread file. This module imports nothing heavy: it starts once for each PDF.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import astuple
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from knowledge.readers.pdf_layout import Page
from knowledge.readers.pdf_lines import read_page

_LOCKED = (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY)  # a password, or a protection unknown to PDFium


def main() -> None:
    limits = json.loads(sys.argv[1])
    _bound_resources(limits["max_memory_bytes"], limits["max_seconds"])
    answer = extract(sys.stdin.buffer.read(), limits["max_pages"], limits["max_characters"])
    json.dump(answer, sys.stdout)  # ASCII, lone surrogates escaped: whatever PDFium says gets across


def _bound_resources(memory_bytes: int, seconds: float) -> None:
    """Bound this process; where the platform cannot, the parent's timeout remains."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 1))  # if the parent is gone
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))


def extract(data: bytes, max_pages: int, max_characters: int) -> dict[str, Any]:
    """`{"refused": "encrypted" | "damaged" | "pages" | "characters"}`, or `{"title": …, "pages": [page, …]}`.

    A page is [number, width, [[text, left, bottom, right, top], …], columns], see `pdf_layout`.
    """
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        return {"refused": "encrypted" if error.err_code in _LOCKED else "damaged"}
    if len(document) > max_pages:
        return {"refused": "pages"}
    try:
        pages = list(_pages(document, max_characters))
        return {"title": document.get_metadata_value("Title"), "pages": [astuple(page) for page in pages]}
    except pypdfium2.PdfiumError:
        return {"refused": "damaged"}
    except _TooLongError:
        return {"refused": "characters"}


class _TooLongError(Exception):
    pass


def _pages(document: pypdfium2.PdfDocument, max_characters: int) -> Iterator[Page]:
    characters = 0
    for index in range(len(document)):
        page = document[index]
        lines = read_page(page, index + 1)
        page.close()  # now, not at the end: its objects are most of the memory
        characters += sum(len(line.text) for line in lines.lines)
        if characters > max_characters:
            raise _TooLongError
        yield lines


if __name__ == "__main__":
    main()
