from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from api.cli import main
from tests.api.conftest import NOTE


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One home for the whole file, so that the library is loaded once."""
    return tmp_path_factory.mktemp("terminal")


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


def test_help_loads_none_of_the_heavy_modules() -> None:
    program = (
        "import sys; sys.argv = ['guangzhi', '--help']\n"
        "from api.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'chromadb', 'sqlalchemy', 'fastapi', 'numpy', 'langchain_core', 'httpx', 'pydantic'}\n"
        "sys.exit(','.join(heavy & set(sys.modules)) or None)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("question", ["", "   ", "问" * 2001, "问" * 20_000])
def test_what_is_no_question_is_refused_before_anything_is_opened(run: Any, folder: Path, question: str) -> None:
    status, _, err = run("ask", question)
    assert status == 2
    assert "问题" in err
    assert "Traceback" not in err


def test_an_answer_names_what_it_rests_on(run: Any, folder: Path) -> None:
    (folder / "规程.md").write_text(NOTE, "utf-8")
    (folder / "坏.pdf").write_bytes(b"\x00rubbish")
    status, out, _ = run("ingest", str(folder / "规程.md"), str(folder / "坏.pdf"))
    assert status == 1
    assert "失败 1" in out
    status, out, _ = run("ask", "光模块测试仪多久校准一次")
    assert status == 0
    assert "七个月" in out
    assert "《光模块校准规程》" in out
    assert "「光模块测试仪每七个月校准一次。」" in out


def test_a_questionnaire_is_answered_line_by_line_and_a_bad_line_stops_nothing(run: Any, folder: Path) -> None:
    lines = [
        json.dumps({"id": "a", "question": "质量管理体系认证证书有效期几年"}, ensure_ascii=False),
        "不是 JSON",
        '{"id": "b"}',
        json.dumps({"id": "c", "question": "您好", "history": ["用户：在吗", "助手：在"]}, ensure_ascii=False),
    ]
    (folder / "batch.jsonl").write_text("\n".join(lines), "utf-8")
    status, out, _ = run("ask", "--batch", str(folder / "batch.jsonl"))
    assert status == 1
    answers = [json.loads(line) for line in out.strip().split("\n")]
    assert [one["id"] for one in answers] == ["a", None, "b", "c"]
    assert [("error" in one) for one in answers] == [False, True, True, False]
    assert answers[3]["outcome"] == "dialogue"
    citation = answers[0]["citations"][0]
    assert list(citation) == ["document", "edition", "clause", "page", "quote", "source", "start", "end", "original"]


def test_documents_and_doctor_answer_as_json(run: Any) -> None:
    status, out, _ = run("documents", "--json")
    assert status == 0
    assert any(one["origin"] == "library" for one in json.loads(out))
    status, out, _ = run("doctor", "--json")
    assert status == 0
    assert {finding["name"] for finding in json.loads(out)} >= {"数据库", "嵌入模型", "服务"}


def test_doctor_says_which_chat_model_is_used_and_never_its_key(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "没有配置" in _said(run, "大模型")
    for name, value in {
        "MODEL": "some-chat",
        "URL": "http://127.0.0.1:9/v1",
        "KEY": "sk-hidden",
        "DAILY_TOKENS": "50000",
    }.items():
        monkeypatch.setenv(f"GUANGZHI_CHAT_{name}", value)
    assert _said(run, "大模型") == "some-chat，今天写了 0 次回答，用了 0 个词元（读 0，写 0），每天上限 50000"
    monkeypatch.setenv("GUANGZHI_CHAT_PRICES", "2/8")
    monkeypatch.setenv("GUANGZHI_CHAT_DAILY_TOKENS", "500")
    too_low = _said(run, "大模型")
    assert "约 0.00 元" in too_low
    assert "写一次至少要" in too_low
    assert "GUANGZHI_CHAT_DAILY_TOKENS" in too_low


def _said(run: Any, name: str) -> str:
    _, out, _ = run("doctor", "--json")
    assert "sk-hidden" not in out
    return str(next(finding["says"] for finding in json.loads(out) if finding["name"] == name))


def test_an_error_of_ours_is_one_sentence(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    status, _, err = run("remove", "nothing")
    assert status == 1
    assert "guangzhi documents" in err
    monkeypatch.setenv("GUANGZHI_PROT", "1")
    status, _, err = run("documents")
    assert status == 1
    assert "GUANGZHI_PORT" in err
    assert "Traceback" not in err


def test_evaluation_over_the_command_line(run: Any, folder: Path) -> None:
    asked = {"id": "1", "question": "今天苏州天气怎么样", "expected_refusal": True, "category": "拒答"}
    (folder / "set.jsonl").write_text(json.dumps(asked, ensure_ascii=False), "utf-8")
    status, out, _ = run("eval", "questions", str(folder / "set.jsonl"), "--json")
    assert status == 0
    assert json.loads(out)["refusals"] == {"total": 1, "right": 1, "missed": 0}
