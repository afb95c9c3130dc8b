"""Processes apart in which strangers' files are parsed, so that one file cannot take the service down.

A child lives on between files, so a file costs it milliseconds; it has a time and a memory limit for each,
is killed when it goes over, and its successor is started with the next file. It leaves by itself when
nothing has come for a while, and when this process has gone.

Both sides write frames: four bytes with the length of a JSON header, the header, and as many bytes as its
`size` says. A request is `{name, limits}` with the file; an answer is one of `{seconds}` (more time from
now on: a page is being recognised), `{document}` with the text, `{error, message}`.
"""

from __future__ import annotations

import atexit
import json
import os
import struct
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, fields
from operator import attrgetter
from typing import IO, Any

from knowledge import errors
from knowledge.documents import Block, ReadDocument, ReadFaq
from knowledge.errors import DocumentTooLarge, KnowledgeError, UnreadableDocument
from knowledge.readers.limits import Limits

LEFT = 0  # exit status of a child that left by itself, between files
_CHILD = "knowledge.readers.worker_child"
_LENGTH = struct.Struct(">I")
_SECONDS_TO_START = 60.0

Header = dict[str, Any]
_BLOCK_FIELDS = tuple(field.name for field in fields(Block))
_block_values = attrgetter(*_BLOCK_FIELDS)


def write_frame(stream: IO[bytes], header: Header, body: bytes = b"") -> None:
    text = json.dumps(header | {"size": len(body)}).encode()
    stream.write(_LENGTH.pack(len(text)) + text)
    stream.write(body)
    stream.flush()


def read_frame(stream: IO[bytes]) -> tuple[Header, bytes]:
    """The next frame. Raises EOFError when the other side has gone."""
    (length,) = _LENGTH.unpack(_exactly(stream, _LENGTH.size))
    header: Header = json.loads(_exactly(stream, length))
    return header, _exactly(stream, header["size"])


def _exactly(stream: IO[bytes], count: int) -> bytes:
    data = stream.read(count)
    if len(data) < count:
        raise EOFError
    return data


def packed(document: ReadDocument) -> tuple[Header, bytes]:
    """The document as a frame: `unpacked` makes an equal one of it."""
    header = {field.name: getattr(document, field.name) for field in fields(document) if field.name != "original"}
    header["blocks"] = [_block_values(block) for block in document.blocks]
    header["faqs"] = [asdict(faq) for faq in document.faqs]
    return {"document": header}, document.original.encode("utf-8", errors="surrogatepass")


def unpacked(header: Header, body: bytes) -> ReadDocument:
    values = dict(header["document"])
    values["blocks"] = tuple(Block(*block) for block in values["blocks"])
    values["faqs"] = tuple(ReadFaq(**(faq | {"similar": tuple(faq["similar"])})) for faq in values["faqs"])
    values["warnings"] = tuple(values["warnings"])
    return ReadDocument(original=body.decode("utf-8", errors="surrogatepass"), **values)


class Workers:
    """Up to `size` children; as many files are read at once, the others wait. Safe to use from threads.

    `table` is the module whose `READERS` says by suffix which function reads a file, as `package.module:name`.
    """

    def __init__(self, table: str = "knowledge.readers", size: int = 2, idle_seconds: float = 60.0) -> None:
        self._table = table
        self._idle_seconds = idle_seconds
        self._places = threading.BoundedSemaphore(size)
        self._idle: list[_Child] = []  # the one used last at the end
        self._lock = threading.Lock()
        atexit.register(self.close)

    def read(self, name: str, data: bytes, limits: Limits) -> ReadDocument:
        """What the reader for `name` makes of `data`.

        Raises the reader's own KnowledgeError, DocumentTooLarge over the time or memory limit, and
        UnreadableDocument where the file brought the child down.
        """
        with self._places:
            child = self._rested()
            if child is not None:
                try:
                    return self._asked(child, name, data, limits)
                except _LeftError:
                    pass  # it left just now; a new one is asked the same
            return self._asked(self._started(name), name, data, limits)

    def close(self) -> None:
        """End the children that are waiting for a file."""
        with self._lock:
            idle, self._idle = self._idle, []
        for child in idle:
            child.kill()

    def _rested(self) -> _Child | None:
        """A child that waits for a file, the one used last."""
        with self._lock:
            gone = [child for child in self._idle if not child.is_alive()]
            self._idle = [child for child in self._idle if child not in gone]
            child = self._idle.pop() if self._idle else None
        for other in gone:
            other.kill()  # closes its pipes
        return child

    def _started(self, name: str) -> _Child:
        try:
            return _Child(self._table, self._idle_seconds)
        except (OSError, EOFError) as error:
            raise UnreadableDocument(f"{name}：读取文件的进程启动不了，可能是内存不足。请稍后再试。") from error

    def _asked(self, child: _Child, name: str, data: bytes, limits: Limits) -> ReadDocument:
        try:
            header, body = child.ask(name, data, limits)
        except BaseException:  # the child has gone, or is not done with this file
            child.kill()
            raise
        with self._lock:
            self._idle.append(child)
        if "error" in header:
            raise _error(header)
        return unpacked(header, body)


def _error(header: Header) -> KnowledgeError:
    """The child's error as it was raised there; what was unforeseen comes with its traceback as the cause."""
    kind = getattr(errors, header["error"])
    error: KnowledgeError = kind(header["message"])
    if header.get("trace"):
        error.__cause__ = RuntimeError(header["trace"])
    return error


class _LeftError(Exception):
    """The child had left by itself before the file came."""


class _Child:
    """One child and the pipes to it. Raises OSError or EOFError if it does not come up."""

    def __init__(self, table: str, idle_seconds: float) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", _CHILD, table, str(idle_seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ
            | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
            | {"ORT_DISABLE_TELEMETRY": "1"},  # else ONNX Runtime keeps a diary in the home folder and reports
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._requests, self._answers = self._process.stdin, self._process.stdout
        deadline = _Deadline(_SECONDS_TO_START, self._process.kill)
        try:
            read_frame(self._answers)  # it is ready
        except BaseException:
            self.kill()
            raise
        finally:
            deadline.stop()

    @property
    def pid(self) -> int:
        return self._process.pid

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        for stream in (self._requests, self._answers):
            with suppress(OSError):  # what was left to write has nowhere to go
                stream.close()

    def ask(self, name: str, data: bytes, limits: Limits) -> tuple[Header, bytes]:
        """The answer to one file, a document or an error."""
        deadline = _Deadline(limits.max_seconds, self._process.kill)
        try:
            write_frame(self._requests, {"name": name, "limits": asdict(limits)}, data)
            header, body = read_frame(self._answers)
            while "seconds" in header:
                deadline.set(header["seconds"])
                header, body = read_frame(self._answers)
            return header, body
        except (OSError, EOFError, ValueError) as error:
            if deadline.passed:
                raise DocumentTooLarge(_over_time(name, limits)) from error
            if self._process.wait() == LEFT:
                raise _LeftError from error
            raise UnreadableDocument(f"{name}：读取时中断，文件可能已损坏，或占用内存过多。请另存后再导入。") from error
        finally:
            deadline.stop()


def _over_time(name: str, limits: Limits) -> str:
    return (
        f"{name}：在 {limits.max_seconds:g} 秒内没有读完（扫描页每页另给 {limits.max_page_seconds:g} 秒）。"
        "请拆分后再导入。"
    )


class _Deadline:
    """Calls `late` once when its time has come, unless it is set anew or stopped before."""

    def __init__(self, seconds: float, late: Callable[[], None]) -> None:
        self.passed = False
        self._late = late
        self._timer = self._started(seconds)

    def set(self, seconds: float) -> None:
        """So many seconds from now."""
        self._timer.cancel()
        self._timer = self._started(seconds)

    def stop(self) -> None:
        self._timer.cancel()

    def _started(self, seconds: float) -> threading.Timer:
        timer = threading.Timer(seconds, self._pass)
        timer.daemon = True
        timer.start()
        return timer

    def _pass(self) -> None:
        self.passed = True
        self._late()
