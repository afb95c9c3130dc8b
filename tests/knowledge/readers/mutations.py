"""Damaged files made of real ones, the same ones every time."""

from __future__ import annotations

import random
import re
import time
from io import BytesIO
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

from reader_samples import check_offsets

from knowledge.errors import KnowledgeError
from knowledge.readers import read_bytes

_NUMBER = re.compile(rb'(?<==")-?\d+(?=")')
_STRANGE = (b"0", b"-1", b"99999999999999999999", b"1e309", b"", b"x", b"1048577", "\u0663".encode())


def damaged(sample: bytes, seed: int) -> bytes:
    """Bytes changed or cut off; for every second seed inside one part of the package, which stays a good ZIP."""
    chance = random.Random(seed)
    if seed % 2:
        return _scratched(sample, chance)
    try:
        with ZipFile(BytesIO(sample)) as package:
            parts = {name: package.read(name) for name in package.namelist()}
    except BadZipFile:
        return _scratched(sample, chance)
    chosen = chance.choice([name for name, content in parts.items() if content])
    parts[chosen] = _rewritten(parts[chosen], chance)
    if chance.random() < 0.1:
        del parts[chance.choice(list(parts))]
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as target:
        for name, content in parts.items():
            target.writestr(name, content)
    return file.getvalue()


def _scratched(sample: bytes, chance: random.Random) -> bytes:
    data = bytearray(sample)
    for _ in range(chance.randint(0, 8)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(data[: chance.randrange(len(data))]) if chance.random() < 0.4 else bytes(data)


def _rewritten(markup: bytes, chance: random.Random) -> bytes:
    kind = chance.randrange(4)
    numbers = list(_NUMBER.finditer(markup))
    if kind == 0 and numbers:
        found = chance.choice(numbers)
        return markup[: found.start()] + chance.choice(_STRANGE) + markup[found.end() :]
    tags = [match.start() for match in re.finditer(rb"<[^/?!]", markup)] or [0]
    start = chance.choice(tags)
    end = markup.find(b">", start) + 1
    if kind == 1:
        return markup[:start] + markup[end:]
    if kind == 2:
        return markup[:end] + markup[start:end] * chance.randint(1, 5) + markup[end:]
    return _scratched(markup, chance)


def read_or_refused(name: str, data: bytes, seconds: float = 5.0) -> bool:
    """Whether it was read; fails unless it ends in a document or an error that names the file, and soon."""
    started = time.monotonic()
    document = refusal = None
    try:
        document = read_bytes(name, data)
    except KnowledgeError as error:
        refusal = str(error)
    assert time.monotonic() - started < seconds
    if document is not None:
        check_offsets(document)
    assert refusal is None or (refusal.startswith(f"{name}：") and "读取时出错" not in refusal)  # a reader's own words
    return refusal is None
