from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import hostile_readers
import pytest
from reader_samples import pdf_of_lines

from knowledge.errors import DocumentTooLarge, EncryptedDocument, UnreadableDocument
from knowledge.readers import READERS, Limits, read_bytes
from knowledge.readers.worker import Workers

LIMITS = Limits()


@pytest.fixture
def workers() -> Iterator[Workers]:
    workers = Workers("hostile_readers", size=1)
    yield workers
    workers.close()


def process_of(workers: Workers, seconds: float = 0.0) -> int:
    return int(workers.read("a.process", str(seconds).encode(), LIMITS).original)


def is_running(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    if status.parent.parent.joinpath("self").exists():
        return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"
    return subprocess.run(["ps", "-p", str(pid)], capture_output=True, check=False).returncode == 0


def ends_within(pid: int, seconds: float) -> bool:
    limit = time.monotonic() + seconds
    while is_running(pid):
        if time.monotonic() > limit:
            return False
        time.sleep(0.02)
    return True


def test_the_document_arrives_as_the_reader_made_it(workers: Workers) -> None:
    data = "正文\U00020000".encode()
    assert workers.read("a.echo", data, LIMITS) == hostile_readers.echo("a.echo", data, LIMITS)


def test_one_process_reads_file_after_file(workers: Workers) -> None:
    assert len({process_of(workers) for _ in range(5)}) == 1
    assert process_of(workers) != os.getpid()


def test_a_refusal_arrives_with_its_class_and_its_words(workers: Workers) -> None:
    with pytest.raises(EncryptedDocument, match=r"^密\.refuse：有密码。$"):
        workers.read("密.refuse", b"1", LIMITS)


def test_an_unforeseen_error_names_the_file_and_keeps_its_trace(workers: Workers) -> None:
    with pytest.raises(UnreadableDocument, match=r"a\.stumble：读取时出错（KeyError）") as caught:
        workers.read("a.stumble", b"1", LIMITS)
    assert "in stumble" in str(caught.value.__cause__)


@pytest.mark.parametrize("kind", ["leave", "crash"])
def test_a_reader_that_brings_its_process_down_costs_one_file(workers: Workers, kind: str) -> None:
    before = process_of(workers)
    with pytest.raises(UnreadableDocument, match=rf"坏\.{kind}：读取时中断"):
        workers.read(f"坏.{kind}", b"1", LIMITS)
    assert process_of(workers) != before


def test_a_reader_that_hangs_is_ended_and_the_next_file_is_read(workers: Workers) -> None:
    before = process_of(workers)
    with pytest.raises(DocumentTooLarge, match=r"慢\.hang：在 0\.3 秒内没有读完"):
        workers.read("慢.hang", b"1", Limits(max_seconds=0.3))
    assert process_of(workers) != before
    assert not is_running(before)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the platform does not bound a process's memory")
def test_a_reader_that_eats_memory_is_stopped_and_the_next_file_is_read(workers: Workers) -> None:
    with pytest.raises(DocumentTooLarge, match=r"大\.devour：读取时占用内存过多"):
        workers.read("大.devour", b"1", Limits(max_memory_bytes=200_000_000))
    assert workers.read("a.echo", b"text", LIMITS).original == "text"


def test_what_a_library_prints_does_not_get_into_the_answer(workers: Workers) -> None:
    assert workers.read("a.chatter", b"text", LIMITS).original == "text"
    assert workers.read("a.echo", b"text", LIMITS).original == "text"


def test_pages_that_are_recognised_have_time_of_their_own(workers: Workers) -> None:
    assert workers.read("a.pages", b"text", Limits(max_seconds=0.5, max_page_seconds=5)).original == "text"
    with pytest.raises(DocumentTooLarge):
        workers.read("a.pages", b"text", Limits(max_seconds=0.5, max_page_seconds=0.05))


def test_two_threads_are_served_at_once_and_a_third_waits() -> None:
    workers = Workers("hostile_readers", size=2)
    with ThreadPoolExecutor(3) as threads:
        numbers = list(threads.map(lambda _: process_of(workers, 0.3), range(3)))
    workers.close()
    assert len(set(numbers)) == 2


def test_a_process_without_work_leaves_and_is_replaced() -> None:
    workers = Workers("hostile_readers", size=1, idle_seconds=0.2)
    before = process_of(workers)
    assert ends_within(before, 10)
    assert process_of(workers) != before
    workers.close()


def test_closing_ends_the_processes(workers: Workers) -> None:
    pid = process_of(workers)
    workers.close()
    assert not is_running(pid)


_PARENT = """
import threading, time
from knowledge.readers.limits import Limits
from knowledge.readers.worker import Workers
workers = Workers("hostile_readers", size=1)
print(workers.read("a.process", b"0", Limits()).original, flush=True)
threading.Thread(target=workers.read, args=("a.process", b"0" if {idle} else b"60", Limits())).start()
time.sleep(60)
"""


@pytest.mark.slow
@pytest.mark.parametrize("idle", [True, False])
def test_a_parent_that_is_killed_leaves_no_orphan(idle: bool) -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    parent = subprocess.Popen(
        [sys.executable, "-c", _PARENT.format(idle=idle)], stdout=subprocess.PIPE, env=environment, text=True
    )
    assert parent.stdout
    pid = int(parent.stdout.readline())
    assert is_running(pid)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    assert ends_within(pid, 10)


@pytest.mark.parametrize("reader", sorted(set(READERS.values())))
def test_every_reader_named_in_the_table_is_there(reader: str) -> None:
    module, function = reader.split(":")
    assert callable(getattr(__import__(module, fromlist=[function]), function))


@pytest.mark.slow
def test_a_file_costs_a_few_milliseconds_once_the_process_runs() -> None:
    data = pdf_of_lines([(72, 700, "一页文字。")])
    read_bytes("a.pdf", data)
    started = time.perf_counter()
    for _ in range(50):
        read_bytes("a.pdf", data)
    assert (time.perf_counter() - started) / 50 < 0.05
