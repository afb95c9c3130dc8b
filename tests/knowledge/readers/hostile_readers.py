"""Readers that misbehave, for the child of a worker: `READERS` is such a table as `knowledge.readers` has."""

from __future__ import annotations

import ctypes
import os
import sys
import time

from knowledge.documents import Block, ReadDocument, ReadFaq
from knowledge.errors import EncryptedDocument
from knowledge.readers.limits import Limits
from knowledge.readers.worker_host import HOST

READERS = {
    f".{name}": f"hostile_readers:{name}"
    for name in ("echo", "leave", "crash", "hang", "devour", "stumble", "refuse", "chatter", "pages", "process")
}


def echo(name: str, data: bytes, limits: Limits) -> ReadDocument:
    text = data.decode()
    blocks = (Block(0, len(text), "heading", 2, page=3, confidence=0.5),)
    faqs = (ReadFaq("问", "答", ("另一问",), "第 2 行"),)
    return ReadDocument(text, blocks, "text/plain", name, limits.max_pages, faqs, ("请核对。",))


def process(name: str, data: bytes, limits: Limits) -> ReadDocument:
    """Takes as many seconds as the file says; the text is this process's number."""
    time.sleep(float(data))
    return ReadDocument(str(os.getpid()), (Block(0, 1),), "text/plain")


def leave(name: str, data: bytes, limits: Limits) -> ReadDocument:
    os._exit(3)


def crash(name: str, data: bytes, limits: Limits) -> ReadDocument:
    ctypes.string_at(0)
    raise AssertionError


def hang(name: str, data: bytes, limits: Limits) -> ReadDocument:
    while True:
        time.sleep(1)


def devour(name: str, data: bytes, limits: Limits) -> ReadDocument:
    eaten = []
    while True:
        eaten.append(bytearray(10_000_000))


def stumble(name: str, data: bytes, limits: Limits) -> ReadDocument:
    raise KeyError("部件")


def refuse(name: str, data: bytes, limits: Limits) -> ReadDocument:
    raise EncryptedDocument(f"{name}：有密码。")


def chatter(name: str, data: bytes, limits: Limits) -> ReadDocument:
    print("noise on standard output", flush=True)
    os.write(1, b"more noise")
    sys.stdin.read()
    return echo(name, data, limits)


def pages(name: str, data: bytes, limits: Limits) -> ReadDocument:
    """Asks for time page by page, and takes longer than one file may."""
    host = HOST.get()
    assert host is not None
    for _ in range(4):
        host.allow(limits.max_page_seconds, limits.max_memory_bytes)
        time.sleep(0.2)
    return echo(name, data, limits)
