"""Which files there are to bring in, where each lies, and the names it may be shown by.

A place is what a file is known by from one run to the next: its folder, links resolved, and its name. Equal
names in two folders are two places; a corrected file in its old place takes the old one's. The name that
people see is as short as it can be without meaning two files.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePosixPath

from knowledge.errors import DocumentTooLarge, PassedOver, UnreadableDocument
from knowledge.readers import SUPPORTED, Limits

ARCHIVE = ".zip"
# Documents all the same: somebody who brings in a folder must hear that these were left out.
_OTHER_DOCUMENTS = frozenset(
    (".doc", ".xls", ".ppt", ".wps", ".et", ".dps", ".rtf", ".odt", ".ods", ".odp", ".ofd", ".epub", ".rar", ".7z")
)
OPENING_FAILED = "文件打不开：{why}"

_OF_OTHER_KIND = "不支持"  # as `readers.archives` says of a file of another kind


@dataclass(frozen=True, slots=True)
class Found:
    """A file to bring in."""

    names: tuple[str, ...]  # to show it by, the shortest first, the last one the whole path
    place: str  # SHA-256 of where it lies
    size: int  # bytes
    read: Callable[[], bytes]  # raises KnowledgeError and OSError
    part_of: str | None = None  # the place of the archive that it was taken out of
    weight: int = 0  # bytes of what lies on disk that it stands for

    @property
    def name(self) -> str:
        return self.names[0]

    @property
    def kind(self) -> str:
        return PurePosixPath(self.name).suffix.lower()


def find_files(paths: Iterable[Path], limits: Limits) -> list[Found]:
    """Every file named, and every document below a folder, each place once."""
    found = {one.place: one for path in paths for one in _below(path, limits)}
    return _told_apart(list(found.values()))


def contents(archive: Found, limits: Limits) -> Iterator[Found]:
    """The files in an archive, one after another. Raises KnowledgeError and OSError, also half-way.

    What had to be passed over is an error too, raised when the rest has been given: PassedOver where it was only
    of kinds that we do not read.
    """
    from knowledge.readers.archives import members

    name = PurePosixPath(archive.name).name
    left, passed_over, empty = archive.weight, list[str](), True
    for inner, data in members(name, archive.read(), limits, suffixes=SUPPORTED, report=passed_over.append):
        empty = False
        weight = min(left, len(data))
        left -= weight
        yield Found(
            names=tuple(f"{shown}/{inner}" for shown in archive.names),
            place=_key(f"{archive.place}/{inner}"),
            size=len(data),
            read=partial(bytes, data),
            part_of=archive.place,
            weight=weight,
        )
    if passed_over and not empty and all(map(_is_no_document, passed_over)):
        raise PassedOver("".join(passed_over))
    if passed_over or empty:
        raise UnreadableDocument("".join(passed_over) or f"{name}：压缩包里没有可以导入的文件。")


def _is_no_document(told: str) -> bool:
    """Whether what was passed over is of a kind that nobody means us to read: a video, a program."""
    return _OF_OTHER_KIND in told and not any(f" {suffix} 的文件" in told for suffix in _OTHER_DOCUMENTS)


def in_memory(name: str, data: bytes) -> Found:
    """What is no file of the operator's: its name is its place."""
    return Found((name,), _key(name), len(data), partial(bytes, data), weight=len(data))


def broken(archive: Found, error: Exception) -> Found:
    """What is left of an archive that cannot be read on: to read it is to meet the error."""

    def read() -> bytes:
        raise error

    return replace(archive, read=read)


def _below(path: Path, limits: Limits) -> Iterator[Found]:
    if not path.is_dir():
        yield _found(path, path.parent, limits)
        return
    for inner in sorted(p for p in path.rglob("*") if p.is_file() and not _is_hidden(p.relative_to(path))):
        if inner.suffix.lower() in (*SUPPORTED, ARCHIVE, *_OTHER_DOCUMENTS):
            yield _found(inner, path, limits)


def _found(path: Path, root: Path, limits: Limits) -> Found:
    whole = path.parent.resolve() / path.name  # a link that is pointed elsewhere is still the same place
    shown = path.relative_to(root)
    names = [shown.as_posix()]
    for depth in range(len(shown.parts) + 1, len(whole.parts)):
        names.append("/".join(whole.parts[-depth:]))
    try:
        size = path.stat().st_size
    except OSError:
        size = 0  # reading it will say why
    return Found(tuple(names), _key(whole.as_posix()), size, partial(_bytes, path, limits), weight=size)


def _told_apart(files: list[Found]) -> list[Found]:
    """Each by a name that no other of them has."""
    while shared := {name for name, times in Counter(one.name for one in files).items() if times > 1}:
        shortened = [replace(o, names=o.names[1:]) if o.name in shared and len(o.names) > 1 else o for o in files]
        if shortened == files:
            return files
        files = shortened
    return files


def _is_hidden(relative: Path) -> bool:
    return any(part.startswith((".", "~$")) for part in relative.parts)


def _bytes(path: Path, limits: Limits) -> bytes:
    if not path.exists():
        raise UnreadableDocument(f"{path.name}：没有这个文件。")
    if not path.is_file():  # a pipe or a device would never end
        raise UnreadableDocument(f"{path.name}：不是普通文件。")
    if path.stat().st_size > limits.max_bytes:
        raise DocumentTooLarge(f"{path.name}：文件超过 {limits.max_bytes // 2**20} MB")
    return path.read_bytes()


def _key(where: str) -> str:
    return hashlib.sha256(where.encode("utf-8", "surrogateescape")).hexdigest()
