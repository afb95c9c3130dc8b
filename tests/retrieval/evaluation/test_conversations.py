"""Follow-ups, found and answered, as typed and made whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from knowledge.terms import Segmenter
from retrieval.answers import Answer, Citation, Outcome
from retrieval.errors import EvaluationInvalid
from retrieval.evaluation.ablations import Ablation
from retrieval.evaluation.conversations import (
    BARE,
    WHOLE,
    answer_follow_ups,
    evaluate_conversations,
)
from retrieval.evaluation.question_sets import EvaluationQuestion
from retrieval.evaluation.retrieval_sets import load_conversation_set
from retrieval.questions import Question
from tests.fakes.embeddings import BigramEmbeddings

SHOPS = ["蓝光检测站", "红石计量所", "青林认证处", "白云校准室", "黑山试验场", "金河实验室"]


def write_conversations(folder: Path, *more: dict[str, Any]) -> Path:
    """Every place has a page on its telephone; who asks 「那电话呢」 means the place named before."""
    passages = [
        {"id": f"d{i}", "title": shop, "text": f"{shop}的电话是0512-{i}{i}{i}{i}，每周一到周五有人接听。"}
        for i, shop in enumerate(SHOPS)
    ]
    asked = [
        {
            "id": f"c{i}",
            "history": [{"q": f"{shop}在哪里", "a": ["在城东"]}],
            "question": "那电话呢",
            "answers": [f"0512-{i}{i}{i}{i}"],
            "docs": [f"d{i}"],
        }
        for i, shop in enumerate(SHOPS)
    ]
    folder.mkdir()
    for name, rows in (("corpus", passages), ("conversation", [*asked, *more])):
        lines = [json.dumps(row, ensure_ascii=False) for row in rows]
        (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    return folder


def silent(what: str, done: int, total: int) -> None:
    return None


def measure(tmp_path: Path, segmenter: Segmenter, *without: Ablation, answers: bool = False) -> Any:
    wanted = load_conversation_set(write_conversations(tmp_path / "set"))
    (tmp_path / "home").mkdir()
    home, model = tmp_path / "home", BigramEmbeddings()
    return evaluate_conversations(wanted, home, model, segmenter, silent, frozenset(without), answers)


def test_a_question_made_whole_finds_what_the_bare_one_cannot(tmp_path: Path, segmenter: Segmenter) -> None:
    report = measure(tmp_path, segmenter)
    assert report.rewritten == len(SHOPS)
    assert report.values(WHOLE, "nDCG@10") == [1.0] * len(SHOPS)
    assert sum(report.values(BARE, "nDCG@10")) < len(SHOPS)
    gain = report.gain("nDCG@10")
    assert 0 < gain.low <= gain.mean
    assert report.gain_p("nDCG@10") < 0.1
    told = json.loads(json.dumps(report.as_json(), ensure_ascii=False))
    assert (told["follow_ups"], told["rewritten"]) == (len(SHOPS), len(SHOPS))
    assert report.table().row_count == 3


def test_without_rewriting_both_find_the_same(tmp_path: Path, segmenter: Segmenter) -> None:
    report = measure(tmp_path, segmenter, Ablation.REWRITING)
    assert report.rewritten == 0
    assert report.values(WHOLE, "nDCG@10") == report.values(BARE, "nDCG@10")
    assert report.gain_p("nDCG@10") == 1.0


def test_every_follow_up_can_be_answered_with_its_quotes_checked(tmp_path: Path, segmenter: Segmenter) -> None:
    report = measure(tmp_path, segmenter, Ablation.REFUSAL, answers=True)
    assert report.answers is not None
    assert len(report.answers.rows) == len(SHOPS)
    assert report.answers.quotes.valid == report.answers.quotes.checked > 0
    run = report.as_run({})
    assert run.quotes == report.answers.quotes
    assert run.rows[0].before == (f"{SHOPS[0]}在哪里",)
    assert "蓝光" in run.rows[0].understood


def test_a_first_question_is_no_follow_up(tmp_path: Path) -> None:
    alone = {"id": "x", "history": [], "question": "几点开门", "docs": ["d0"]}
    wanted = load_conversation_set(write_conversations(tmp_path / "set", alone), limit=50)
    assert [one.id for one in wanted.follow_ups] == [f"c{i}" for i in range(len(SHOPS))]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"docs": []}, "docs"),
        ({"docs": "d0"}, "docs"),
        ({"history": "前面"}, "history"),
        ({"history": [{"a": ["在城东"]}]}, "q 应为非空"),
        ({"question": ""}, "question"),
    ],
)
def test_a_broken_conversation_is_refused_by_its_line(tmp_path: Path, changed: dict[str, Any], told: str) -> None:
    row = {"id": "x", "history": [{"q": "在哪", "a": ["东"]}], "question": "电话呢", "docs": ["d0"]} | changed
    folder = write_conversations(tmp_path / "set", row)
    with pytest.raises(EvaluationInvalid, match=rf"conversation\.jsonl 第 {len(SHOPS) + 1} 行：.*{told}"):
        load_conversation_set(folder)


# ── answered ───────────────────────────────────────────


def follow_up(number: int, *history: str) -> EvaluationQuestion:
    return EvaluationQuestion(f"q{number}", "那期限呢", history, (f"{number}年",), {}, False, (), "追问")


def test_answers_with_the_history_are_held_against_answers_without() -> None:
    asked = [follow_up(3, "用户：营业执照要年检吗"), follow_up(5, "用户：商标能续展吗"), follow_up(7)]

    def ask(question: Question) -> Answer:
        known = {"营业执照要年检吗": "3年", "商标能续展吗": "5年"}
        said = known.get(question.history[0].question if question.history else "", "不清楚")
        return Answer(Outcome.ANSWERED, "extract", said, (Citation("文件", "f.txt", said, start=0, end=2),))

    report = answer_follow_ups(ask, asked, lambda citation: citation.quote != "不清楚")
    assert report.left_out == 1
    told = report.as_json()
    assert told["right"] == {"whole": 2, "bare": 0}
    assert told["gain"]["mean"] == 1.0
    assert report.as_run("追问", {}).kind == "follow_ups"
    with pytest.raises(EvaluationInvalid, match="history"):
        answer_follow_ups(ask, [follow_up(7)], lambda citation: True)
