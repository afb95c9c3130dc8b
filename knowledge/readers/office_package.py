"""The zip container of an Office document, opened without believing what it says of itself."""

from __future__ import annotations

import struct
import zlib
from copy import copy
from dataclasses import dataclass
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from lxml import etree  # type: ignore[import-untyped]

from knowledge.errors import DocumentTooLarge, EncryptedDocument, UnreadableDocument
from knowledge.readers.assembly import markup_nodes, refuse_too_many_nodes
from knowledge.readers.limits import Limits
from knowledge.readers.signatures import OLE, ZIP

_MAX_PARTS = 10_000
_SMALL_PART = 1024 * 1024  # bytes; below this no ratio is a danger, and empty tables do compress 200 times
_STEP = 64 * 1024  # bytes inflated at a time
_ENCRYPTED_FLAG = 0x1
_STREAMED_ALLOWANCE = 4  # as many nodes may pass by one at a time as may stand in a tree, four times over
_MARKUP_SUFFIXES = (".xml", ".rels")


@dataclass(frozen=True, slots=True)
class Application:
    """Whose package it is, for messages, and the stream that tells its old binary format."""

    name: str
    noun: str
    suffix: str
    old_suffix: str
    old_stream: str
    streamed: tuple[str, ...] = ()  # folders and parts whose markup never becomes a tree

    @property
    def advice(self) -> str:
        return f"请用 {self.name} 打开并另存后再导入。"


WORD = Application("Word", "文档", ".docx", ".doc", "WordDocument")
POWERPOINT = Application("PowerPoint", "演示文稿", ".pptx", ".ppt", "PowerPoint Document")
EXCEL = Application("Excel", "工作簿", ".xlsx", ".xls", "Workbook", ("xl/worksheets/", "xl/sharedStrings.xml"))


def safe_package(name: str, data: bytes, limits: Limits, application: Application = WORD) -> BytesIO:
    """The same package with its XML parts inflated and checked, and every other part (pictures, macros) emptied.

    Raises EncryptedDocument, DocumentTooLarge (from the directory before anything is inflated, and again
    while inflating) or UnreadableDocument (not a package, damaged, or an XML part with a DTD).
    """
    _refuse_other_containers(name, data, application)
    try:
        with ZipFile(BytesIO(data)) as package:
            parts = package.infolist()
            _refuse_by_directory(name, parts, limits, application)
            return _checked_copy(name, package, parts, limits, application)
    except (BadZipFile, zlib.error, struct.error, OSError, EOFError, NotImplementedError, ValueError) as error:
        raise UnreadableDocument(
            f"{name}：{application.name} {application.noun}已损坏，无法解压。{application.advice}"
        ) from error


def has_macros(package: BytesIO) -> bool:
    """Whether the checked package came with macros; `safe_package` has emptied them."""
    with ZipFile(package) as parts:
        return any("vbaproject" in part.lower() or "/macrosheets/" in part.lower() for part in parts.namelist())


def _refuse_other_containers(name: str, data: bytes, application: Application) -> None:
    kind, suffix, old = application.name, application.suffix, application.old_suffix
    if data.startswith(OLE) and application.old_stream.encode("utf-16-le") in data:
        raise UnreadableDocument(f"{name}：内容是旧版 {kind}（{old}）。请用 {kind} 另存为 {suffix} 后再导入。")
    if data.startswith(OLE):
        raise EncryptedDocument(f"{name}：文档有密码保护。请取消密码后再导入。")
    if not data.startswith(ZIP):
        raise UnreadableDocument(f"{name}：内容不是 {kind} {application.noun}（{suffix}）。请确认文件没有改错后缀。")


def _refuse_by_directory(name: str, parts: list[ZipInfo], limits: Limits, application: Application) -> None:
    if any(part.flag_bits & _ENCRYPTED_FLAG for part in parts):
        raise EncryptedDocument(f"{name}：压缩内容有密码保护。请取消密码后再导入。")
    if any(part.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for part in parts):
        # zipfile inflates the other methods a whole block at a time, with no bound in between
        kind = application.name
        raise UnreadableDocument(f"{name}：使用了 {kind} 不会使用的压缩方式，未予解压。请用 {kind} 另存后再导入。")
    if len(parts) > _MAX_PARTS:
        raise DocumentTooLarge(f"{name}：文档内部的部件过多（{len(parts)} 个）。")
    if sum(part.file_size for part in parts) > limits.max_unpacked_bytes:
        raise _too_large(name, limits)
    for part in parts:
        _refuse_ratio(name, part.file_size, part.compress_size, limits)


def _refuse_ratio(name: str, unpacked: int, packed: int, limits: Limits) -> None:
    if unpacked > _SMALL_PART and unpacked > packed * limits.max_compression_ratio:
        raise DocumentTooLarge(f"{name}：压缩比异常，可能是压缩炸弹，未予解压。")


def _too_large(name: str, limits: Limits) -> DocumentTooLarge:
    return DocumentTooLarge(f"{name}：解压后超过上限 {limits.max_unpacked_bytes // 1024 // 1024} MB。请拆分后再导入。")


def _checked_copy(
    name: str, package: ZipFile, parts: list[ZipInfo], limits: Limits, application: Application
) -> BytesIO:
    copied = BytesIO()
    budget, nodes = limits.max_unpacked_bytes, 0
    with ZipFile(copied, "w", ZIP_STORED) as target:
        for part in {part.filename: part for part in parts}.values():
            content = b""
            if part.filename.lower().endswith(_MARKUP_SUFFIXES):
                content = _inflated(name, package, part, budget, limits)
                budget -= len(content)
                streamed = part.filename.startswith(application.streamed)
                nodes += markup_nodes(content) // (_STREAMED_ALLOWANCE if streamed else 1)
                refuse_too_many_nodes(name, nodes, limits)
                _refuse_dtd(name, content, application)
            target.writestr(part.filename, content)
    copied.seek(0)
    return copied


def _inflated(name: str, package: ZipFile, part: ZipInfo, budget: int, limits: Limits) -> bytes:
    """The part's bytes, by the stream itself: the directory's size is replaced by what we are ready to take."""
    part = copy(part)
    part.file_size = budget + 2 * _STEP  # beyond what is read, or zipfile ends early and finds the checksum wrong
    content = bytearray()
    with package.open(part) as stream:
        while step := stream.read(_STEP):
            content += step
            if len(content) > budget:
                raise _too_large(name, limits)
            _refuse_ratio(name, len(content), part.compress_size, limits)
    return bytes(content)


def _refuse_dtd(name: str, markup: bytes, application: Application) -> None:
    """Office never writes a DTD; one is there to define entities that expand or fetch."""
    try:
        for _, root in etree.iterparse(BytesIO(markup), events=("start",), resolve_entities=False, no_network=True):
            if root.getroottree().docinfo.internalDTD is not None:
                raise UnreadableDocument(f"{name}：文档内含 DTD 声明，出于安全考虑不予读取。")
            return
    except etree.XMLSyntaxError as error:
        raise UnreadableDocument(
            f"{name}：{application.name} {application.noun}的内容已损坏。{application.advice}"
        ) from error
