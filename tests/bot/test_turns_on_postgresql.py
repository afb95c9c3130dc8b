"""The turns' promises, kept by PostgreSQL as by SQLite. Skipped where no server is installed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import bot.turns  # noqa: F401  # declares its table
from knowledge.database import Base, Database
from tests.bot.test_turns import TestHistory, TestLeases, TestReceiving, TestReplies, turns
from tests.bot.wechat.test_commands import TestFetch, TestMore, person

__all__ = ["TestFetch", "TestHistory", "TestLeases", "TestMore", "TestReceiving", "TestReplies", "person", "turns"]

pytestmark = pytest.mark.slow

# The server refuses to run as root; this user comes with its package.
USER = "postgres"


def binaries() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


def as_user(*command: object) -> list[str]:
    prefix = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups"] if os.geteuid() == 0 else []
    return [*prefix, *(str(part) for part in command)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    programs = binaries()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed: sudo apt-get install -y postgresql")
    if os.geteuid() == 0 and subprocess.run(as_user("true"), capture_output=True).returncode != 0:
        pytest.skip(f"PostgreSQL does not run as root, and there is no user {USER!r} to run it as")
    home = Path(subprocess.check_output(as_user("mktemp", "-d", "/tmp/guangzhi-postgres-XXXXXX"), text=True).strip())
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    quiet = {"check": True, "capture_output": True, "cwd": "/tmp"}
    control = [programs / "pg_ctl", "-D", home / "data", "-w", "-l", home / "log"]
    subprocess.run(as_user(programs / "initdb", "-D", home / "data", "-U", "tester", "-A", "trust", "-N"), **quiet)
    options = f"-p {port} -h 127.0.0.1 -k {home} -F"
    subprocess.run(as_user(*control, "-o", options, "start"), **{**quiet, "capture_output": False})
    yield f"postgresql+psycopg://tester@127.0.0.1:{port}/postgres"
    subprocess.run(as_user(*control, "-m", "immediate", "stop"), **quiet)
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def database(server: str) -> Iterator[Database]:
    database = Database(server)
    Base.metadata.create_all(database.engine)
    yield database
    Base.metadata.drop_all(database.engine)
    database.close()
