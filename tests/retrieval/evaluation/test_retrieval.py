"""Retrieval and refusal sets, from a folder to a table."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from knowledge.terms import Segmenter
from retrieval.errors import EvaluationInvalid
from retrieval.evaluation.ablations import Ablation
from retrieval.evaluation.collection import SURENESS
from retrieval.evaluation.retrieval import OURS, evaluate_refusal, evaluate_retrieval
from retrieval.evaluation.retrieval_sets import load_retrieval_set
from tests.fakes.embeddings import BigramEmbeddings

TOPICS = ["校准证书", "首件检验", "不合格品", "供方评价", "内部审核", "管理评审", "追溯标签", "洁净车间"]


def write_set(folder: Path, unanswerable: bool = False) -> Path:
    passages = [
        {
            "id": f"p{i}",
            "title": f"{topic}管理",
            "text": f"{topic}由第{i}小组负责，每{i + 2}天复核一次，结果记入{topic}台账。",
        }
        for i, topic in enumerate(TOPICS)
    ]
    queries = [
        {"id": f"q{i}", "text": f"{topic}多久复核一次", "answerable": True, "answers": [f"每{i + 2}天"]}
        for i, topic in enumerate(TOPICS)
    ]
    if unanswerable:
        queries += [{"id": f"u{i}", "text": f"火星基地的{i}号氧气罐产自哪里", "answerable": False} for i in range(8)]
    folder.mkdir()
    for name, rows in (("corpus", passages), ("queries", queries)):
        lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
        (folder / f"{name}.jsonl").write_text(lines + "\n", "utf-8")
    (folder / "qrels.tsv").write_text("".join(f"q{i}\tp{i}\t1\n" for i in range(len(TOPICS))), "utf-8")
    return folder


def silent(what: str, done: int, total: int) -> None:
    return None


def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def test_every_ranking_is_measured_over_the_same_questions(tmp_path: Path, segmenter: Segmenter) -> None:
    wanted = load_retrieval_set(write_set(tmp_path / "set"))
    report = evaluate_retrieval(wanted, home(tmp_path), BigramEmbeddings(), segmenter, silent)
    assert [run.name for run in report.runs] == [OURS, "BM25（词）", "e5", "RRF"]
    assert all(len(run.ndcg10) == len(TOPICS) for run in report.runs)
    assert report.runs[0].estimates()["ndcg10"].mean == 1.0
    assert set(report.gains()) == {"BM25（词）", "e5", "RRF"}
    assert json.loads(json.dumps(report.as_json()))["queries"] == len(TOPICS)
    assert report.table().row_count == 4


def test_a_ranking_without_its_vectors_still_finds_by_words(tmp_path: Path, segmenter: Segmenter) -> None:
    wanted = load_retrieval_set(write_set(tmp_path / "set"), limit=3)
    without = frozenset({Ablation.DENSE})
    report = evaluate_retrieval(wanted, home(tmp_path), BigramEmbeddings(), segmenter, silent, without)
    assert report.queries == 3
    assert report.runs[0].estimates()["recall1"].mean == 1.0


def test_a_refusal_set_is_told_apart(tmp_path: Path, segmenter: Segmenter) -> None:
    wanted = load_retrieval_set(write_set(tmp_path / "set", unanswerable=True))
    report = evaluate_refusal(wanted, home(tmp_path), BigramEmbeddings(), segmenter, silent)
    assert (report.answerable, report.unanswerable) == (8, 8)
    area, kept = report.signals[SURENESS]
    assert area == kept == 1.0
    assert report.curve[-1] == (1.0, 0.5)


def test_every_query_is_really_answered_and_every_quote_checked(tmp_path: Path, segmenter: Segmenter) -> None:
    wanted = load_retrieval_set(write_set(tmp_path / "set", unanswerable=True))
    report = evaluate_refusal(wanted, home(tmp_path), BigramEmbeddings(), segmenter, silent, answers=True)
    assert report.answers is not None
    assert len(report.answers.rows) == 16
    quotes = report.answers.quotes
    assert quotes.valid == quotes.checked > 0
    assert quotes.told() in str(report.table().caption)
    told = report.as_json()["answers"]
    assert told["citations"]["invalid"] == 0
    assert {"有答案的题：作了回答", "无答案的题：拒答（拒答召回）"} <= set(told["measures"])


def test_an_answer_is_right_by_its_words_and_cited_by_its_passage(tmp_path: Path, segmenter: Segmenter) -> None:
    wanted = load_retrieval_set(write_set(tmp_path / "set"), limit=4)
    without = frozenset({Ablation.REFUSAL})
    report = evaluate_retrieval(wanted, home(tmp_path), BigramEmbeddings(), segmenter, silent, without, answers=True)
    assert report.answers is not None
    assert all(row.says and row.cites and row.right for row in report.answers.rows)
    measures = report.answers.measures()
    assert measures["作了回答的：引文出自相关段落（引文精确）"][0].mean == 1.0


def test_a_stored_run_has_a_row_for_every_query(tmp_path: Path, segmenter: Segmenter) -> None:
    wanted = load_retrieval_set(write_set(tmp_path / "set", unanswerable=True))
    ranked = evaluate_retrieval(wanted, home(tmp_path), BigramEmbeddings(), segmenter, silent).as_run({"去掉": "无"})
    assert [row.id for row in ranked.rows][:2] == ["q0", "q1"]
    assert ranked.rows[0].right
    assert set(ranked.rows[0].metrics) == {OURS, "BM25（词）", "e5", "RRF"}
    (tmp_path / "other").mkdir()
    refused = evaluate_refusal(wanted, tmp_path / "other", BigramEmbeddings(), segmenter, silent).as_run({})
    assert len(refused.curve) == len(refused.rows) == 16
    assert {row.verdict for row in refused.rows if row.right} == {"留住", "拒对"}


def test_a_set_that_cannot_measure_refusal_is_named(tmp_path: Path, segmenter: Segmenter) -> None:
    wanted = load_retrieval_set(write_set(tmp_path / "set"))
    with pytest.raises(EvaluationInvalid, match="answerable"):
        evaluate_refusal(wanted, tmp_path, BigramEmbeddings(), segmenter, silent)


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("corpus.jsonl", "{", "corpus.jsonl 第 1 行：不是有效的 JSON"),
        ("corpus.jsonl", '{"id": "p"}', "text 应为非空的文字"),
        ("queries.jsonl", "[]", "应为一个 JSON 对象"),
        ("qrels.tsv", "q0 p0", "制表符"),
        ("queries.jsonl", "\n", "没有段落或没有问题"),
    ],
)
def test_a_broken_set_is_refused_by_file_and_line(tmp_path: Path, name: str, text: str, told: str) -> None:
    folder = write_set(tmp_path / "set")
    (folder / name).write_text(text, "utf-8")
    with pytest.raises(EvaluationInvalid, match=told):
        load_retrieval_set(folder)
