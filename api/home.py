"""The data folder: one process opens it, by a lock, and what else lies in it that is ours."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from api import wording
from knowledge.errors import HomeInUse, KnowledgeError

try:
    import fcntl
except ImportError:  # Windows has no flock
    fcntl = None  # type: ignore[assignment]

LOCK, SECRET_KEY, SERVING = "lock", "secret.key", "serve.json"


@dataclass(frozen=True, slots=True)
class HomeLock:
    """Held as long as the file is open; a process that dies lets go of it, however it dies."""

    home: Path
    file: IO[str]

    def release(self) -> None:
        self.file.close()


def take(home: Path) -> HomeLock:
    """Lock the data folder, made first where it is not there. Raises HomeInUse while another has it."""
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = (home / LOCK).open("a+", encoding="ascii")
    except OSError as error:
        why = error.strerror or str(error)
        raise KnowledgeError(wording.HOME_NOT_WRITABLE.format(home=home, why=why)) from error
    try:
        _lock(file)
    except OSError as error:
        file.close()
        raise HomeInUse(wording.HOME_IN_USE.format(home=home)) from error
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return HomeLock(home, file)


def holder(home: Path) -> int | None:
    """The process that took the lock last; it may have let go since."""
    try:
        text = (home / LOCK).read_text("ascii")
    except OSError:
        return None
    return int(text) if text.isdecimal() else None


def secret_key(home: Path) -> str:
    """The key that names persons, generated once. For whoever holds the lock."""
    path = home / SECRET_KEY
    if path.exists():
        return path.read_text("ascii").strip()
    key = secrets.token_hex(32)
    write_private(path, key)
    return key


def write_private(path: Path, text: str) -> None:
    """Whole or not at all, and never readable by anyone else, not for a moment."""
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    partial.replace(path)


def _lock(file: IO[str]) -> None:
    if fcntl is not None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return
    import msvcrt

    file.seek(0)
    msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
