"""A run kept on disk, and two of them held against each other."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from retrieval.errors import EvaluationInvalid
from retrieval.evaluation.comparing import compare
from retrieval.evaluation.quotes import Quotes
from retrieval.evaluation.runs import Cited, Measure, Run, RunRow, code_revision, load_run, save_run


def row(number: int, right: bool, score: float | None = None, **rest: Any) -> RunRow:
    verdict = "答全" if right else "答错"
    return RunRow(f"q{number}", f"第{number}问", verdict, right, float(right) if score is None else score, **rest)


def a_run(*rows: RunRow, kind: str = "questions") -> Run:
    return Run(
        kind=kind,
        set_name="小题库",
        made=datetime(2026, 1, 15, 8, tzinfo=UTC),
        revision="1+abc",
        settings={"去掉": "无"},
        measures=(Measure("要点", "说到的", 0.5, 0.25, 0.75, len(rows)),),
        rows=rows,
        quotes=Quotes(3, 0, 1),
        curve=((0.5, 0.0), (1.0, 0.5)),
        stands_at=(0.5, 0.0),
        figures={"答全": "1 / 2"},
    )


def test_a_run_comes_back_from_its_file_as_it_was(tmp_path: Path) -> None:
    quote = Cited("办法", "第二条", "有效期三年。", True)
    run = a_run(row(1, True, citations=(quote,), sureness=0.9, metrics={"甲": 1.0}), row(2, False, missing=("三年",)))
    save_run(run, tmp_path / "run.json")
    assert load_run(tmp_path / "run.json") == run


@pytest.mark.parametrize("text", ["", "[]", "{}", "不是 JSON", '{"kind": "questions"}'])
def test_what_is_no_run_is_refused_by_its_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.json").write_text(text, "utf-8")
    with pytest.raises(EvaluationInvalid, match=r"run\.json.*--save"):
        load_run(tmp_path / "run.json")


def test_a_file_that_is_not_there_or_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(EvaluationInvalid, match="没有的"):
        load_run(tmp_path / "没有的.json")
    with pytest.raises(EvaluationInvalid, match="没有的目录"):
        save_run(a_run(row(1, True)), tmp_path / "没有的目录" / "run.json")


def test_a_format_of_another_time_is_refused(tmp_path: Path) -> None:
    save_run(replace(a_run(row(1, True)), format=99), tmp_path / "run.json")
    with pytest.raises(EvaluationInvalid, match="99"):
        load_run(tmp_path / "run.json")


def test_the_revision_is_of_the_code_as_it_is() -> None:
    assert code_revision() == code_revision()
    assert len(code_revision().partition("+")[2]) == 12


# ── two runs ───────────────────────────────────────────


def test_a_clear_gain_is_told_from_chance() -> None:
    before = a_run(*(row(i, i < 5) for i in range(20)))
    after = a_run(*(row(i, i < 15) for i in range(20)))
    found = compare(before, after)
    assert (found.won, found.lost) == (10, 0)
    assert found.right_p == pytest.approx(2 / 2**10)
    assert found.score_p < 0.01
    assert found.score.mean == 0.5
    assert found.score.low > 0
    assert found.verdict().startswith("后一次更好")
    assert compare(after, before).verdict().startswith("后一次更差")


def test_one_question_each_way_is_no_difference() -> None:
    before = a_run(row(1, True), row(2, False), row(3, True))
    after = a_run(row(1, False), row(2, True), row(3, True))
    found = compare(before, after)
    assert found.right_p == 1.0
    assert found.verdict().startswith("看不出")
    assert [one.first.id for one in found.changed] == ["q1", "q2"]


def test_what_turned_wrong_comes_first_and_what_only_moved_last() -> None:
    before = a_run(row(1, False, 0.5), row(2, False), row(3, True), row(4, True))
    after = a_run(row(1, False, 0.75), row(2, True), row(3, False), row(4, True))
    found = compare(before, after)
    assert [one.first.id for one in found.changed] == ["q3", "q2", "q1"]
    assert found.as_json()["changed"][0]["right"] == [True, False]


def test_only_shared_questions_count_and_the_others_are_said() -> None:
    found = compare(a_run(row(1, True), row(2, True)), a_run(row(2, True), row(3, True), row(4, True)))
    assert (len(found.pairs), found.only_in) == (1, (1, 2))
    assert "只在后一次里的 2 题没有算" in str(found.table().caption)


def test_settings_that_differ_stand_in_the_table() -> None:
    before = a_run(row(1, True))
    after = replace(a_run(row(1, True)), settings={"去掉": "dense"}, revision="1+def")
    text = shown(compare(before, after).table())
    assert "dense" in text
    assert "1+abc" in text


def test_runs_that_are_not_of_one_set_are_refused() -> None:
    with pytest.raises(EvaluationInvalid, match="同一种"):
        compare(a_run(row(1, True)), a_run(row(1, True), kind="retrieval"))
    with pytest.raises(EvaluationInvalid, match="没有相同的题"):
        compare(a_run(row(1, True)), a_run(row(2, True)))
    with pytest.raises(EvaluationInvalid, match="题目不同：q1"):
        compare(a_run(row(1, True)), a_run(replace(row(1, True), question="别的问题")))


def shown(table: object) -> str:
    console = Console(file=StringIO(), width=140)
    console.print(table)
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]
