"""Files → `ReadDocument`: one reader per format, chosen by suffix, and the content must be what the suffix says.

Everything that goes wrong is a `KnowledgeError` with a Chinese message that names the file.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from knowledge.documents import ReadDocument
from knowledge.errors import DocumentTooLarge, UnreadableDocument, UnsupportedFormat
from knowledge.readers.docx import read_docx
from knowledge.readers.html import read_html
from knowledge.readers.images import read_image
from knowledge.readers.limits import DEFAULT_LIMITS, Limits
from knowledge.readers.markdown import read_markdown
from knowledge.readers.pdf import read_pdf
from knowledge.readers.plain_text import read_plain_text
from knowledge.readers.slides import read_slides
from knowledge.readers.spreadsheets import read_csv, read_workbook

__all__ = ["DEFAULT_LIMITS", "READERS", "SUPPORTED", "Limits", "read", "read_bytes"]

Reader = Callable[[str, bytes, Limits], ReadDocument]
"""File name (for messages), the file's bytes, limits → what was read; raises UnreadableDocument."""

READERS: dict[str, Reader] = {
    ".txt": read_plain_text,
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".html": read_html,
    ".htm": read_html,
    ".pdf": read_pdf,
    ".docx": read_docx,
    ".pptx": read_slides,
    ".xlsx": read_workbook,
    ".csv": read_csv,
    ".png": read_image,
    ".jpg": read_image,
    ".jpeg": read_image,
    ".tif": read_image,
    ".tiff": read_image,
    ".bmp": read_image,
    ".webp": read_image,
}
SUPPORTED = tuple(READERS)


def read(path: Path, limits: Limits = DEFAULT_LIMITS) -> ReadDocument:
    """Read the file at `path`. Raises UnsupportedFormat, or UnreadableDocument and its kinds."""
    _reader_for(path.name)
    return read_bytes(path.name, _file_bytes(path, limits), limits)


def read_bytes(name: str, data: bytes, limits: Limits = DEFAULT_LIMITS) -> ReadDocument:
    """Read `data` as the file called `name`; the same errors as `read`."""
    reader = _reader_for(name)
    _refuse_too_many_bytes(name, len(data), limits)
    if not data.strip():
        raise UnreadableDocument(f"{name}：文件是空的，没有可读的内容。")
    document = reader(name, data, limits)
    if not document.blocks:
        raise UnreadableDocument(f"{name}：文件里没有找到正文文字。请确认内容后再导入。")
    return document


def _reader_for(name: str) -> Reader:
    suffix = Path(name).suffix.lower()
    reader = READERS.get(suffix)
    if reader is None:
        known = "、".join(SUPPORTED)
        raise UnsupportedFormat(f"{name}：不支持 {suffix or '没有后缀'} 的文件。目前支持：{known}。")
    return reader


def _file_bytes(path: Path, limits: Limits) -> bytes:
    try:
        if not path.is_file():  # a pipe or a device would never end
            raise UnreadableDocument(f"{path.name}：找不到这个文件，或它不是普通文件。")
        _refuse_too_many_bytes(path.name, path.stat().st_size, limits)
        with path.open("rb") as file:
            return file.read(limits.max_bytes + 1)  # one more than allowed shows that it has grown since
    except OSError as error:
        raise UnreadableDocument(f"{path.name}：文件打不开（{error.strerror}）。请检查权限或磁盘。") from error


def _refuse_too_many_bytes(name: str, size: int, limits: Limits) -> None:
    if size > limits.max_bytes:
        raise DocumentTooLarge(f"{name}：文件超过上限 {limits.max_bytes // 1024 // 1024} MB。请拆分后再导入。")
