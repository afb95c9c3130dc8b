"""`guangzhi eval`, as it is typed."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from api.cli import main
from tests.api.conftest import NOTE

QUESTIONS: tuple[dict[str, Any], ...] = (
    {"id": "1", "question": "光模块测试仪多久校准一次", "expected_points": ["七个月"], "evidence": ["规程.md"]},
    {"id": "2", "question": "校准记录保存几年", "expected_points": ["五年"], "evidence": ["规程.md"]},
    {"id": "3", "question": "今天苏州天气怎么样", "expected_refusal": True},
    {
        "id": "4",
        "question": "那保存多久",
        "history": ["用户：校准记录谁负责"],
        "expected_points": ["五年"],
        "evidence": ["规程.md"],
    },
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One home for the whole file, so that the library is loaded once."""
    return tmp_path_factory.mktemp("evaluation")


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs a command line; gives exit status, standard output and standard error."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("GUANGZHI_HOME", str(folder / "home"))
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


@pytest.fixture
def questions(folder: Path, run: Any) -> str:
    if not (folder / "规程.md").exists():
        (folder / "规程.md").write_text(NOTE, "utf-8")
        assert run("ingest", str(folder / "规程.md"))[0] == 0
    return write(folder / "set.jsonl", QUESTIONS)


def write(path: Path, rows: Sequence[dict[str, Any]]) -> str:
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n", "utf-8")
    return str(path)


def test_questions_are_measured_with_their_citations_and_how_sure_each_answer_was(run: Any, questions: str) -> None:
    status, out, _ = run("eval", "questions", questions, "--json")
    assert status == 0
    told = json.loads(out)
    assert told["questions"] == 4
    assert told["refusals"] == {"total": 1, "right": 1, "missed": 0}
    assert told["citations"]["invalid"] == 0
    assert told["citations"]["valid"] == told["citations"]["with_quote"] > 0
    assert told["measures"]["拒答召回：该拒的题拒了"]["mean"] == 1.0
    assert "引用召回：引到了题库指明的依据" in told["measures"]
    assert len(told["risk_coverage"]) == 4
    assert all(0 <= row["sureness"] <= 1 for row in told["rows"])


def test_the_table_is_shown_where_no_json_is_asked_for(run: Any, questions: str) -> None:
    status, out, _ = run("eval", "questions", questions)
    assert status == 0
    for part in ("评测：4 题", "逐字属实", "拒答召回", "只答最有把握的"):
        assert part in out


def test_two_stored_runs_are_compared_and_what_changed_is_named(run: Any, questions: str, folder: Path) -> None:
    first, second = folder / "a.json", folder / "b.json"
    assert run("eval", "questions", questions, "--save", str(first))[0] == 0
    status, _, err = run("eval", "questions", questions, "--without", "refusal", "--save", str(second))
    assert status == 0
    assert str(second) in err
    status, out, _ = run("eval", "compare", str(first), str(second), "--json")
    assert status == 0
    told = json.loads(out)
    assert told["questions"] == 4
    assert [run["settings"]["去掉"] for run in told["runs"]] == ["无", "refusal"]
    assert 0 < told["score"]["p"] <= 1
    assert {"won", "lost", "p"} <= set(told["right"])
    status, out, _ = run("eval", "compare", str(first), str(second))
    assert status == 0
    assert "答对的题" in out
    assert "refusal" in out


@pytest.mark.parametrize(
    "name", ["dense", "bigrams", "headings", "reranking", "synonyms", "misspellings", "pinyin", "rewriting"]
)
def test_anything_can_be_left_out_of_a_question_set(run: Any, questions: str, name: str) -> None:
    status, out, _ = run("eval", "questions", questions, "--without", name, "--json")
    assert status == 0
    assert json.loads(out)["citations"]["invalid"] == 0


def test_without_the_library_nothing_of_it_is_cited(run: Any, questions: str) -> None:
    status, out, _ = run("eval", "questions", questions, "--without", "library", "--json")
    assert status == 0
    assert json.loads(out)["citations"]["without_quote"] == 0


def test_a_page_is_written_on_request(run: Any, questions: str, folder: Path) -> None:
    status, _, err = run("eval", "questions", questions, "--html", str(folder / "报告.html"))
    assert status == 0
    assert "报告.html" in err
    text = (folder / "报告.html").read_text("utf-8")
    assert "光模块测试仪多久校准一次" in text
    assert "<svg" in text


def test_follow_ups_of_a_question_set_are_asked_with_and_without_their_history(run: Any, questions: str) -> None:
    status, out, _ = run("eval", "conversations", questions, "--json")
    assert status == 0
    told = json.loads(out)
    assert (told["follow_ups"], told["left_out"]) == (1, 3)
    assert told["whole"]["citations"]["invalid"] == 0
    assert set(told["right"]) == {"whole", "bare"}


@pytest.mark.parametrize(
    ("command", "named"),
    [
        (("questions", "set.jsonl", "--without", "没有"), "没有"),
        (("questions", "无此文件.jsonl"), "无此文件"),
        (("retrieval", ".", "--without", "library"), "library"),
        (("refusal", ".", "--without", "rewriting"), "rewriting"),
        (("retrieval", "."), "corpus.jsonl"),
        (("conversations", "."), "corpus.jsonl"),
        (("conversations", "无此文件.jsonl"), "无此文件"),
        (("compare", "无.json", "无.json"), "无.json"),
    ],
)
def test_what_cannot_be_measured_is_named_in_one_sentence(
    run: Any, questions: str, command: tuple[str, ...], named: str
) -> None:
    status, _, err = run("eval", *command)
    assert status == 1
    assert named in err
    assert "Traceback" not in err
