"""Files → `ReadDocument`: one reader per format, chosen by suffix, and the content must be what the suffix says.

Formats of some intricacy are parsed by native or sizeable code: that runs in a process apart (`worker`).
Everything that goes wrong is a `KnowledgeError` with a Chinese message that names the file.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path

from knowledge.documents import ReadDocument
from knowledge.errors import DocumentTooLarge, UnreadableDocument, UnsupportedFormat
from knowledge.readers.limits import DEFAULT_LIMITS, Limits
from knowledge.readers.worker import Workers

__all__ = ["DEFAULT_LIMITS", "READERS", "SUPPORTED", "Limits", "read", "read_bytes"]

Reader = Callable[[str, bytes, Limits], ReadDocument]
"""File name (for messages), the file's bytes, limits → what was read; raises UnreadableDocument."""

READERS: dict[str, str] = {
    ".txt": "knowledge.readers.plain_text:read_plain_text",
    ".md": "knowledge.readers.markdown:read_markdown",
    ".markdown": "knowledge.readers.markdown:read_markdown",
    ".html": "knowledge.readers.html:read_html",
    ".htm": "knowledge.readers.html:read_html",
    ".pdf": "knowledge.readers.pdf:read_pdf",
    ".docx": "knowledge.readers.docx:read_docx",
    ".pptx": "knowledge.readers.slides:read_slides",
    ".xlsx": "knowledge.readers.spreadsheets:read_workbook",
    ".csv": "knowledge.readers.spreadsheets:read_csv",
    ".png": "knowledge.readers.images:read_image",
    ".jpg": "knowledge.readers.images:read_image",
    ".jpeg": "knowledge.readers.images:read_image",
    ".tif": "knowledge.readers.images:read_image",
    ".tiff": "knowledge.readers.images:read_image",
    ".bmp": "knowledge.readers.images:read_image",
    ".webp": "knowledge.readers.images:read_image",
}
"""Suffix → the function that reads it, imported when the first such file comes."""
SUPPORTED = tuple(READERS)
_HARMLESS = frozenset((".txt", ".md", ".markdown", ".csv"))  # plain text: read in this process


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
    if Path(name).suffix.lower() in _HARMLESS:
        document = _loaded(reader)(name, data, limits)
    else:
        document = _workers().read(name, data, limits)
    if not document.blocks and not document.faqs:
        raise UnreadableDocument(f"{name}：文件里没有找到正文文字。请确认内容后再导入。")
    return document


def _loaded(reader: str) -> Reader:
    module, function = reader.split(":")
    loaded: Reader = getattr(import_module(module), function)
    return loaded


@cache
def _workers() -> Workers:
    """This process's own; none is started before the first file that needs one."""
    return Workers()


def _reader_for(name: str) -> str:
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
