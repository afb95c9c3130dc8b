"""`guangzhi keys`, as an operator types it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from api.cli import main


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs a command line; gives exit status, standard output and standard error."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("GUANGZHI_HOME", str(folder / "home"))
    monkeypatch.setenv("GUANGZHI_EMBEDDING", "none")

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["guangzhi", "keys", *arguments])
        status: Any = 0
        try:
            main()
        except SystemExit as leaving:
            status = leaving.code or 0
        told = capsys.readouterr()
        return status, told.out, told.err

    return run


def test_a_key_is_one_line_of_output_and_everything_else_beside_it(run: Any) -> None:
    status, out, err = run("add", "机器人", "--scope", "chat", "--scope", "mcp", "--per-day", "7")
    assert (status, out.startswith("gz-"), out.count("\n")) == (0, True, 1)
    assert "/v1" in err
    status, listed, _ = run("list")
    assert "机器人  chat、mcp  今天 0 次，每天 7，每分钟 60" in listed
    assert out.strip() not in listed


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("add", "无用途"), "--scope"),
        (("add", "错用途", "--scope", "all"), "chat、search、mcp"),
        (("add", " ", "--scope", "chat"), "名字"),
        (("revoke", "没有的"), "没有叫“没有的”"),
    ],
)
def test_what_cannot_be_done_is_refused_in_words(run: Any, arguments: tuple[str, ...], words: str) -> None:
    status, out, err = run(*arguments)
    assert (status, out) == (1, "")
    assert words in err


def test_a_revoked_key_is_listed_as_such(run: Any) -> None:
    secret = json.loads(run("add", "旧的", "--scope", "search", "--json")[1])["secret"]
    assert secret.startswith("gz-")
    assert "已撤销" in run("revoke", "旧的")[1]
    told = {one["name"]: one for one in json.loads(run("list", "--json")[1])}
    assert told["旧的"]["revoked"] is not None
    assert "secret" not in told["旧的"]


@pytest.mark.slow
def test_the_application_starts_without_loading_the_protocol() -> None:
    program = "import sys; import api.app; sys.exit(1 if 'mcp' in sys.modules else 0)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
