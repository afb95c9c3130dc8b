"""The child's side of `worker`: `python -m knowledge.readers.worker_child TABLE IDLE_SECONDS`.

Each file may take so much time and so much memory on top of what the process has; where the platform
cannot bound memory, the time limit remains. A file that leaves the process large ends it after the answer.
"""

from __future__ import annotations

import gc
import os
import queue
import signal
import sys
import threading
import traceback
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import IO

from knowledge.errors import KnowledgeError
from knowledge.readers.limits import Limits
from knowledge.readers.worker import LEFT, Header, packed, read_frame, write_frame
from knowledge.readers.worker_host import HOST

_LARGE = 900 * 1024 * 1024  # bytes of resident memory with which no child waits for the next file
_OBJECTS = 200_000  # made between two looks for cycles: a file's objects live to its end, and each look visits them all
_GRACE = 15.0  # seconds after which the child ends itself if the parent, past the limit, has not

_Request = tuple[Header, bytes]


def main() -> None:
    table, idle_seconds = sys.argv[1], float(sys.argv[2])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which decides
    requests, answers = _private_streams()
    readers = import_module(table).READERS
    gc.set_threshold(_OBJECTS)
    inbox: queue.SimpleQueue[_Request] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(requests, inbox), daemon=True).start()
    host = _Bounds(answers)
    HOST.set(host)
    write_frame(answers, {"ready": True})
    while True:
        try:
            header, data = inbox.get(timeout=idle_seconds)
        except queue.Empty:
            os._exit(LEFT)
        limits = Limits(**header["limits"])
        host.bound(limits.max_seconds, limits.max_memory_bytes)
        answer, body = _answer(readers, header["name"], data, limits)
        host.release()
        write_frame(answers, answer, body)
        if _pages_of_memory(1) > _LARGE or answer.get("memory"):
            os._exit(LEFT)


def _private_streams() -> tuple[IO[bytes], IO[bytes]]:
    """The pipes to the parent, out of reach of whatever prints to standard output."""
    streams = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    return streams


def _receive(requests: IO[bytes], inbox: queue.SimpleQueue[_Request]) -> None:
    """Take in requests; when the parent has gone, go as well, whatever is being read."""
    try:
        while True:
            inbox.put(read_frame(requests))
    finally:
        os._exit(LEFT)


def _answer(readers: dict[str, str], name: str, data: bytes, limits: Limits) -> tuple[Header, bytes]:
    try:
        module, function = readers[Path(name).suffix.lower()].split(":")
        return packed(getattr(import_module(module), function)(name, data, limits))
    except KnowledgeError as error:
        return {"error": type(error).__name__, "message": str(error)}, b""
    except MemoryError:
        message = f"{name}：读取时占用内存过多。请拆分后再导入。"
        return {"error": "DocumentTooLarge", "message": message, "memory": True}, b""
    except Exception as error:  # a library's surprise at a damaged file: named, with the trace for the log
        message = f"{name}：读取时出错（{type(error).__name__}），文件可能已损坏。请另存后再导入。"
        return {"error": "UnreadableDocument", "message": message, "trace": traceback.format_exc()}, b""


class _Bounds:
    """This process's limits for one file. Only the soft ones are set: the next file has its own."""

    def __init__(self, answers: IO[bytes]) -> None:
        self._answers = answers

    def bound(self, seconds: float, memory_bytes: int) -> None:
        """So much time from now, after which SIGALRM ends the process; so much memory on top of today's."""
        signal.setitimer(signal.ITIMER_REAL, seconds + _GRACE)
        with suppress(ImportError, ValueError, OSError):
            import resource

            _, hard = resource.getrlimit(resource.RLIMIT_AS)
            size = _pages_of_memory(0)
            if size:
                soft = size + memory_bytes
                resource.setrlimit(resource.RLIMIT_AS, (soft if hard < 0 else min(soft, hard), hard))

    def allow(self, seconds: float, memory_bytes: int) -> None:
        """The same for a page that is being recognised, and the parent told of it."""
        self.bound(seconds, memory_bytes)
        write_frame(self._answers, {"seconds": seconds})

    def release(self) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _pages_of_memory(column: int) -> int:
    """Bytes of address space (0) or resident memory (1); 0 where the platform does not say."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[column]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return 0


if __name__ == "__main__":
    main()
