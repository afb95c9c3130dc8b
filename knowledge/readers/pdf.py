"""Text PDFs: pages of lines from a child process, joined into paragraphs here."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from knowledge.documents import ReadDocument
from knowledge.errors import DocumentTooLarge, EncryptedDocument, UnreadableDocument
from knowledge.readers.assembly import assemble
from knowledge.readers.limits import Limits
from knowledge.readers.pdf_layout import Line, Page
from knowledge.readers.pdf_paragraphs import paragraphs
from knowledge.readers.pdf_running import without_running_lines
from knowledge.readers.signatures import PDF

_WORKER = "knowledge.readers.pdf_worker"
_HEADER_WITHIN = 1024  # bytes; readers accept the header anywhere in these
_LEGIBLE = 0.7  # share of characters below which the text layer is no text
# What a font without a usable mapping yields: nothing, private use, or control characters.
_ILLEGIBLE = re.compile("[\ufffd\ue000-\uf8ff\x00-\x01\x03-\x1f\x7f-\x9f\U000f0000-\U0010ffff]")
_PLACEHOLDER_TITLE = re.compile(r"(?i)untitled|\(?anonymous\)?|microsoft word\s*-.*|.*\.(?:docx?|wps|pdf|indd)")


def read_pdf(name: str, data: bytes, limits: Limits) -> ReadDocument:
    """Paragraphs and headings with their pages; running heads, feet and page numbers left out.

    The title is the document property's unless that is a program's placeholder. Raises EncryptedDocument,
    DocumentTooLarge, or UnreadableDocument (damaged, or a scan without a text layer).
    """
    if PDF not in data[:_HEADER_WITHIN]:
        raise UnreadableDocument(f"{name}：内容不是 PDF。请确认文件没有改错后缀。")
    answer = _extracted(name, data, limits)
    pages = without_running_lines([_page(*page) for page in answer["pages"]])
    _refuse_without_text(name, pages)
    title = (answer["title"] or "").strip()
    return assemble(
        name,
        paragraphs(pages),
        media_type="application/pdf",
        title=None if _PLACEHOLDER_TITLE.fullmatch(title) else title,
        limits=limits,
    )


def _page(number: int, width: float, lines: Sequence[Sequence[Any]], columns: bool) -> Page:
    return Page(number, width, tuple(Line(*line) for line in lines), columns)


def _extracted(name: str, data: bytes, limits: Limits) -> dict[str, Any]:
    """The worker's answer (see `pdf_worker.extract`), its refusals raised as ours."""
    try:
        worker = subprocess.run(
            [sys.executable, "-P", "-m", _WORKER, _worker_limits(limits)],
            input=data,
            capture_output=True,
            timeout=limits.max_seconds,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            check=True,
        )
        answer: dict[str, Any] = json.loads(worker.stdout)
    except subprocess.TimeoutExpired as error:
        raise DocumentTooLarge(f"{name}：PDF 在 {limits.max_seconds:.0f} 秒内没有读完。请拆分后再导入。") from error
    except (subprocess.CalledProcessError, OSError, ValueError) as error:
        raise UnreadableDocument(
            f"{name}：读取 PDF 时中断，文件可能已损坏，或占用内存过多。请另存后再导入。"
        ) from error
    if "refused" in answer:
        raise _refusal(name, answer["refused"], limits)
    return answer


def _worker_limits(limits: Limits) -> str:
    names = ("max_pages", "max_characters", "max_seconds", "max_memory_bytes")
    return json.dumps({name: getattr(limits, name) for name in names})


def _refusal(name: str, reason: str, limits: Limits) -> UnreadableDocument:
    if reason == "encrypted":
        return EncryptedDocument(f"{name}：PDF 有密码保护。请取消密码后再导入。")
    if reason == "pages":
        return DocumentTooLarge(f"{name}：PDF 超过上限 {limits.max_pages} 页。请拆分后再导入。")
    if reason == "characters":
        return DocumentTooLarge(f"{name}：文字超过上限 {limits.max_characters} 字。请拆分后再导入。")
    return UnreadableDocument(f"{name}：PDF 已损坏，无法打开。请重新下载或另存后再导入。")


def _refuse_without_text(name: str, pages: Sequence[Page]) -> None:
    text = "".join(line.text for page in pages for line in page.lines)
    if not text:
        raise UnreadableDocument(f"{name}：PDF 里没有文字，应是扫描件，需要 OCR（后续版本支持）。")
    if len(_ILLEGIBLE.findall(text)) > (1 - _LEGIBLE) * len(text):
        raise UnreadableDocument(f"{name}：PDF 的文字是乱码（字体没有编码表），需要 OCR（后续版本支持）。")
