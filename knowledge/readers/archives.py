"""ZIP archives: the files inside, one after the other, in memory only, never believed and never on disk.

An archive within the archive is opened too (people zip folders that hold zips); one within that is passed
over. Names are labels for people: whatever paths they pretend to lead to, nothing is ever written.
"""

from __future__ import annotations

import re
import struct
import unicodedata
import zlib
from collections import Counter
from collections.abc import Callable, Container, Iterator
from copy import copy
from io import BytesIO
from pathlib import PurePosixPath
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from knowledge.errors import DocumentTooLarge, EncryptedDocument, UnreadableDocument
from knowledge.readers.decoding import decode_names
from knowledge.readers.limits import Limits
from knowledge.readers.signatures import ZIP

_EMPTY_ZIP = b"PK\x05\x06"
_ENCRYPTED_FLAG, _UTF8_FLAG = 0x1, 0x800
_UNICODE_PATH = 0x7075  # the extra field in which some programs repeat the name in UTF-8
_STEP = 64 * 1024  # bytes inflated at a time
_SMALL = 1024 * 1024  # bytes; below this no ratio is a danger
_NAMED = 5  # members that a message names before it says how many
_SYSTEM = ("__macosx", "thumbs.db", "desktop.ini")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_DAMAGE = (BadZipFile, zlib.error, struct.error, OSError, EOFError, NotImplementedError, ValueError, RuntimeError)

Report = Callable[[str], None]
"""Takes one Chinese sentence about a member that was passed over."""


def members(
    name: str,
    data: bytes,
    limits: Limits,
    *,
    suffixes: Container[str] | None = None,
    report: Report = lambda sentence: None,
) -> Iterator[tuple[str, bytes]]:
    """(path within the archive, bytes) of each file, inflated only when its turn comes.

    Folders, hidden files and those that systems leave behind are skipped silently. Passed over and reported:
    files whose suffix is not in `suffixes` (lower case, with the dot; None takes all), damaged ones, ones over
    `limits.max_bytes` or of an abnormal ratio, and archives nested twice. No two paths are equal, none is
    absolute or leads upwards.

    Raises, before the first file: UnreadableDocument (no ZIP, damaged), EncryptedDocument (naming the files),
    DocumentTooLarge (more than `limits.max_members`). DocumentTooLarge also while reading, as soon as the
    files together exceed `limits.max_archive_bytes`.
    """
    yield from _Reading(name, limits, suffixes, report).files(data, "", 0)


class _Reading:
    """What one archive and those inside it have cost so far."""

    def __init__(self, name: str, limits: Limits, suffixes: Container[str] | None, report: Report) -> None:
        self._name, self._limits, self._suffixes, self._report = name, limits, suffixes, report
        self._count = self._bytes = 0
        self._taken: set[str] = set()
        self._copies: Counter[str] = Counter()

    def files(self, data: bytes, folder: str, depth: int) -> Iterator[tuple[str, bytes]]:
        shown = folder.rstrip("/") or self._name
        if not data.startswith((ZIP, _EMPTY_ZIP)):
            raise UnreadableDocument(f"{shown}：内容不是 ZIP 压缩包。请确认文件没有改错后缀。")
        try:
            with ZipFile(BytesIO(data)) as archive:
                yield from self._files(archive, shown, folder, depth)
        except _DAMAGE as error:
            raise UnreadableDocument(f"{shown}：压缩包已损坏，无法打开。请重新压缩后再导入。") from error

    def _files(self, archive: ZipFile, shown: str, folder: str, depth: int) -> Iterator[tuple[str, bytes]]:
        infos = [info for info in archive.infolist() if not info.is_dir()]
        files = [(path, info) for path, info in zip(_paths(infos), infos, strict=True) if not _is_system(path)]
        self._refuse_too_many(len(files))
        _refuse_encrypted(shown, files)
        for path, info in files:
            path = self._distinct(folder + path)
            suffix = PurePosixPath(path).suffix.lower()
            if suffix == ".zip":
                yield from self._inner(archive, path, info, depth)
            elif self._suffixes is not None and suffix not in self._suffixes:
                self._report(f"{path}：不支持{f' {suffix} ' if suffix else '没有后缀'}的文件，已略过。")
            elif (content := self._content(archive, path, info)) is not None:
                yield path, content

    def _inner(self, archive: ZipFile, path: str, info: ZipInfo, depth: int) -> Iterator[tuple[str, bytes]]:
        if depth:
            self._report(f"{path}：压缩包里又套了两层压缩包，已略过。请解压后再导入。")
            return
        content = self._content(archive, path, info)
        if content is None:
            return
        try:
            yield from self.files(content, f"{path}/", depth + 1)
        except DocumentTooLarge:
            raise
        except UnreadableDocument as error:  # the other files of the outer archive can still be read
            self._report(str(error))

    def _content(self, archive: ZipFile, path: str, info: ZipInfo) -> bytes | None:
        """The file's bytes, or None with a report. What the directory says of sizes is not relied on."""
        if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            # zipfile inflates the other methods a whole block at a time, with no bound in between
            self._report(f"{path}：压缩方式不常见，已略过。请用系统自带的压缩功能重新压缩。")
            return None
        try:
            return self._inflated(archive, path, info)
        except _DAMAGE:
            self._report(f"{path}：文件在压缩包里已损坏，已略过。")
            return None

    def _inflated(self, archive: ZipFile, path: str, info: ZipInfo) -> bytes | None:
        info = copy(info)
        info.file_size = self._limits.max_bytes + 2 * _STEP  # read on until the stream itself ends
        content = bytearray()
        with archive.open(info) as stream:
            while step := stream.read(_STEP):
                content += step
                self._bytes += len(step)
                if self._bytes > self._limits.max_archive_bytes:
                    most = self._limits.max_archive_bytes // 1024 // 1024
                    raise DocumentTooLarge(f"{self._name}：解压后超过上限 {most} MB。请拆分后再导入。")
                if len(content) > self._limits.max_bytes:
                    self._report(f"{path}：文件超过上限 {self._limits.max_bytes // 1024 // 1024} MB，已略过。")
                    return None
                if len(content) > max(_SMALL, info.compress_size * self._limits.max_compression_ratio):
                    self._report(f"{path}：压缩比异常，可能是压缩炸弹，已略过。")
                    return None
        return bytes(content)

    def _refuse_too_many(self, count: int) -> None:
        self._count += count
        if self._count > self._limits.max_members:
            raise DocumentTooLarge(
                f"{self._name}：压缩包里的文件超过上限 {self._limits.max_members} 个。请拆分后再导入。"
            )

    def _distinct(self, path: str) -> str:
        """制度 (2).docx for the second 制度.docx: the paths tell documents apart."""
        unused, whole = path, PurePosixPath(path)
        while unused in self._taken:
            self._copies[path] += 1
            unused = str(whole.with_name(f"{whole.stem} ({self._copies[path] + 1}){whole.suffix}"))
        self._taken.add(unused)
        return unused


def _refuse_encrypted(shown: str, files: list[tuple[str, ZipInfo]]) -> None:
    locked = [path for path, info in files if info.flag_bits & _ENCRYPTED_FLAG]
    if locked:
        more = f" 等 {len(locked)} 个文件" if len(locked) > _NAMED else ""
        raise EncryptedDocument(
            f"{shown}：{'、'.join(locked[:_NAMED])}{more}有密码保护。请取消密码、重新压缩后再导入。"
        )


def _is_system(path: str) -> bool:
    """Hidden, or left behind by a system or by an open Office document."""
    parts = path.lower().split("/")
    return any(part in _SYSTEM or part.startswith((".", "~$")) for part in parts)


def _paths(infos: list[ZipInfo]) -> list[str]:
    """Each file's path, decoded, made harmless."""
    unflagged = [info for info in infos if not info.flag_bits & _UTF8_FLAG]
    # zipfile reads names without the UTF-8 flag as cp437, in which every byte is some character
    guessed = decode_names([info.orig_filename.encode("cp437", errors="replace") for info in unflagged])
    by_identity = {id(info): name for info, name in zip(unflagged, guessed, strict=True)}
    return [_harmless(_unicode_path(info) or by_identity.get(id(info)) or info.orig_filename) for info in infos]


def _unicode_path(info: ZipInfo) -> str | None:
    """The name from the Unicode path field, if there is one and it belongs to this very name."""
    extra, at = info.extra, 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        field = extra[at + 4 : at + 4 + length]
        at += 4 + length
        if kind == _UNICODE_PATH and len(field) > 5 and field[0] == 1:
            own = info.orig_filename.encode("utf-8" if info.flag_bits & _UTF8_FLAG else "cp437", errors="replace")
            if struct.unpack_from("<L", field, 1)[0] == zlib.crc32(own):
                return field[5:].decode("utf-8", errors="replace")
    return None


def _harmless(path: str) -> str:
    """Relative, without `..`, drive letters and control characters."""
    path = unicodedata.normalize("NFC", path)  # macOS writes é as two characters
    parts = _CONTROL.sub("", path).replace("\\", "/").split("/")
    kept = [part.strip() for part in parts if part.strip() not in ("", ".", "..")]
    if kept and re.fullmatch(r"[A-Za-z]:.*", kept[0]):
        kept[0] = kept[0][2:].strip()
    return "/".join(part for part in kept if part) or "未命名"
