"""`guangzhi ingest` and `guangzhi inspect` as the operator sees them."""

from __future__ import annotations

import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from api.cli import main
from api.wording import INSPECT_NOTHING_STORED

RULES = """# 光模块检验规程

发布日期：2024-03-01

## 4 要求

### 4.1 周期

测试仪每七个月校准一次。

### 4.3 记录

| 记录 | 保存 |
| --- | --- |
| 校准证书 | 五年 |
"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GUANGZHI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GUANGZHI_EMBEDDING", "none")

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["guangzhi", *arguments])
        status: Any = 0
        try:
            main()
        except SystemExit as leaving:
            status = leaving.code or 0
        told = capsys.readouterr()
        return status, told.out, told.err

    return run


def test_inspect_shows_the_clauses_as_a_tree_and_stores_nothing(run: Any, tmp_path: Path) -> None:
    (tmp_path / "规程.md").write_text(RULES, "utf-8")
    status, out, _ = run("inspect", "规程.md")
    assert status == 0
    lines = out.splitlines()
    assert "标题：光模块检验规程" in lines
    (outer,) = [line for line in lines if line.endswith("4 要求")]
    (inner,) = [line for line in lines if line.endswith("4.1 周期")]
    assert outer.index("4 要求") < inner.index("4.1 周期")
    assert "1 个表格" in out
    assert any("4.1" in line and "4.3" in line and "不连续" in line for line in lines)
    assert INSPECT_NOTHING_STORED in out
    assert not (tmp_path / "home").exists()


def test_inspect_as_json_has_the_metadata_and_every_clause(run: Any, tmp_path: Path) -> None:
    (tmp_path / "规程.md").write_text(RULES, "utf-8")
    status, out, _ = run("inspect", "规程.md", "--json")
    assert status == 0
    (file,) = json.loads(out)["files"]
    assert file["metadata"]["title"] == "光模块检验规程"
    assert [(c["number"], c["title"], c["level"]) for c in file["clauses"] if c["number"]] == [
        ("4", "要求", 1),
        ("4.1", "周期", 2),
        ("4.3", "记录", 2),
    ]
    assert (file["tables"], file["faqs"], file["error"]) == (1, 0, None)


def test_inspect_goes_through_an_archive_and_says_what_cannot_be_read(run: Any, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "套件.zip", "w") as archive:
        archive.writestr("规程.md", RULES)
        archive.writestr("问答.csv", "问题,答案\n几点开门,八点。\n")
        archive.writestr("坏.docx", "no document")
    status, out, _ = run("inspect", "套件.zip", "--json")
    assert status == 1
    files = {file["path"]: file for file in json.loads(out)["files"]}
    assert files["套件.zip/问答.csv"]["faqs"] == 1
    assert files["套件.zip/规程.md"]["error"] is None
    assert "坏.docx" in files["套件.zip/坏.docx"]["error"]
    for path in (tmp_path, tmp_path / "没有.pdf"):
        status, out, _ = run("inspect", str(path))
        assert status == 1
        assert path.name in out


def test_inspect_needs_no_lock(run: Any, tmp_path: Path) -> None:
    from api import home

    (tmp_path / "规程.md").write_text(RULES, "utf-8")
    lock = home.take(tmp_path / "home")
    assert run("inspect", "规程.md")[0] == 0
    lock.release()


def test_the_report_has_a_line_for_each_file_then_the_warnings_then_the_sums(run: Any, tmp_path: Path) -> None:
    (tmp_path / "甲").mkdir()
    (tmp_path / "甲" / "规程.md").write_text(RULES, "utf-8")
    (tmp_path / "甲" / "副本.md").write_text(RULES, "utf-8")
    (tmp_path / "甲" / "问答.csv").write_text("问题,答案\n几点开门,八点。\n几点关门,六点。\n", "utf-8")
    (tmp_path / "甲" / "旧.doc").write_bytes(b"\xd0\xcf\x11\xe0")
    status, out, _ = run("ingest", "甲")
    assert status == 1
    assert "新增 2，更新 0，未变 0，失败 1，重复 1" in out
    assert "2 个条款" not in out.splitlines()[0]
    summary = out.splitlines()[-1]
    assert "3 个条款" in summary
    assert "1 个表格" in summary
    assert "2 条问答" in summary
    assert "· 规程.md：与已有的《光模块检验规程》（副本.md）内容相同，没有再收一份" in out
    status, out, _ = run("ingest", "甲", "--json")
    assert status == 1
    report = json.loads(out)
    assert report["left"] == 0
    assert {file["outcome"] for file in report["files"]} == {"unchanged", "failed"}
    assert {"pages", "tables", "faqs", "recognised", "warnings"} <= report["files"][0].keys()
