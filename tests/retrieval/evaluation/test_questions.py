"""The measure itself: what counts as right, and what the report adds up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import StringIO
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from retrieval.answers import Answer, Citation, Outcome
from retrieval.errors import EvaluationInvalid
from retrieval.evaluation import EvaluationQuestion, Report, Verdict, evaluate, judge, load_questions
from retrieval.evaluation.judging import is_enumeration
from retrieval.evaluation.questions import Weighed
from retrieval.questions import Exchange, Question

SEED = "000_26138466c64f3997.txt"
DEV = Path(__file__).parents[4] / "shared" / "eval" / "questions_dev.jsonl"


def asked(*points: str, alternatives: dict[str, tuple[str, ...]] | None = None, **changes: Any) -> EvaluationQuestion:
    values: dict[str, Any] = {
        "id": "q-1",
        "question": "什么时候发布？",
        "history": (),
        "expected_points": points,
        "alternatives": alternatives or {},
        "expected_refusal": not points,
        "evidence": (),
        "category": "团体标准",
    }
    return EvaluationQuestion(**(values | changes))


def said(text: str, *citations: Citation, outcome: Outcome = Outcome.ANSWERED) -> Answer:
    return Answer(outcome, "extract", text, citations)


def refused(text: str = "资料里没有。") -> Answer:
    return Answer(Outcome.NOT_IN_KNOWLEDGE, "refusal", text)


def quoted(quote: str = "9月28日", source: str = SEED) -> Citation:
    return Citation(document="新闻", source=source, quote=quote, start=0, end=len(quote))


def stands(citation: Citation) -> bool:
    return citation.quote != "编造"


def verdict(question: EvaluationQuestion, answer: Answer) -> Verdict:
    return judge(question, answer, stands).verdict


# ── refusals ───────────────────────────────────────────


def test_a_refusal_that_was_expected_is_right() -> None:
    assert verdict(asked(), refused()) is Verdict.RIGHTLY_REFUSED


@pytest.mark.parametrize("outcome", [Outcome.ANSWERED, Outcome.PARTLY_SUPPORTED, Outcome.DIALOGUE])
def test_only_not_in_knowledge_is_a_refusal(outcome: Outcome) -> None:
    assert verdict(asked(), said("抱歉，资料里没有。", outcome=outcome)) is Verdict.REFUSAL_MISSED
    assert verdict(asked("9月28日"), said("抱歉，资料里没有。", outcome=outcome)) is Verdict.WRONG


def test_an_answerable_question_that_is_refused_is_falsely_refused_whatever_the_text_says() -> None:
    assert verdict(asked("9月28日"), refused("9月28日没有资料。")) is Verdict.FALSELY_REFUSED


# ── points ─────────────────────────────────────────────


def test_an_answer_with_some_of_the_points_is_partly_right_and_with_none_wrong() -> None:
    question = asked("9月28日", "9月30日")
    judgement = judge(question, said("9月28日发布。"), stands)
    assert (judgement.verdict, judgement.found, judgement.missing) == (Verdict.PARTLY, ("9月28日",), ("9月30日",))
    assert verdict(question, said("去年发布。")) is Verdict.WRONG
    assert verdict(question, said("")) is Verdict.WRONG


@pytest.mark.parametrize(
    ("point", "text"),
    [
        ("9月28日", "9 月 28 日发布。"),
        ("9月28日", "９月２８日发布。"),
        ("ISO9001", "与 iso 9001 一致。"),
        ("SOECC 002-2021", "T/SOECC 002—2021"),
        ("国市监质监规〔2024〕6号", "国市监质监规[2024] 6 号"),
        ("建设质量强国 促进全球贸易", "主题是建设质量强国\n促进全球贸易。"),
    ],
)
def test_points_are_compared_without_widths_spaces_dashes_and_case(point: str, text: str) -> None:
    assert verdict(asked(point), said(text)) is Verdict.FULL


def test_one_of_its_alternatives_stands_for_a_point() -> None:
    question = asked("6个", alternatives={"6个": ("六个",)})
    judgement = judge(question, said("共六个项目。"), stands)
    assert (judgement.verdict, judgement.found) == (Verdict.FULL, ("6个",))


# ── length ─────────────────────────────────────────────


def test_an_answer_of_three_hundred_characters_is_in_full_and_a_longer_one_is_not() -> None:
    assert verdict(asked("三年"), said("三年" + "长" * 298)) is Verdict.FULL
    judgement = judge(asked("三年"), said("三年" + "长" * 299), stands)
    assert (judgement.verdict, judgement.over_long, judgement.length) == (Verdict.PARTLY, True, 301)
    assert verdict(asked("五年"), said("三年" + "长" * 299)) is Verdict.WRONG


def test_an_enumeration_may_have_six_hundred_with_one_item_a_line() -> None:
    items = "\n".join(f"{i}. 三年{'长' * 140}" for i in range(1, 5))
    assert 300 < len(items) <= 600
    assert verdict(asked("三年"), said(items)) is Verdict.FULL
    assert verdict(asked("三年"), said(items + "长" * 40)) is Verdict.PARTLY


@pytest.mark.parametrize(
    "text",
    [
        "一句话。",
        "第一段。\n第二段。\n第三段。",
        "· 甲\n· 乙",
        "包括：甲、乙、丙。\n以上。",
        "说明：\n第一段是完整的句子。接着说。\n第二段也是。还有。\n第三段。同上。",
    ],
)
def test_paragraphs_and_two_items_are_no_enumeration(text: str) -> None:
    assert not is_enumeration(text)


@pytest.mark.parametrize(
    "text",
    [
        "· 甲\n· 乙\n· 丙",
        "包括：\n- 甲\n- 乙\n- 丙",
        "1. 甲\n2. 乙\n3. 丙",
        "1、甲\n2、乙\n3、丙",
        "（一）甲；\n（二）乙；\n（三）丙。",
        "① 甲\n② 乙\n③ 丙",
        "一是甲。\n二是乙。\n三是丙。",
        "起草单位：\n亨通光电\n永鼎股份\n通鼎互联",
        "甲应当备案；\n乙应当报告；\n丙应当公示；",
    ],
)
def test_three_lines_that_are_items_are_an_enumeration(text: str) -> None:
    assert is_enumeration(text)


# ── citations ──────────────────────────────────────────


def test_quotes_are_checked_and_citations_without_one_counted_apart() -> None:
    answer = said("9月28日", quoted(), quoted("编造"), Citation(document="规则", source="faq/cert"))
    judgement = judge(asked("9月28日"), answer, stands)
    assert (judgement.valid_quotes, judgement.invalid_quotes, judgement.without_quote) == (1, 1, 1)
    assert judgement.quoted_seeds == (SEED,)


def test_a_seed_is_known_by_its_file_name_in_whatever_folder_it_was_ingested_from() -> None:
    judgement = judge(asked("9月28日"), said("9月28日", quoted(source=f"seeds/{SEED}")), stands)
    assert judgement.quoted_seeds == (SEED,)


# ── the whole set ──────────────────────────────────────


def ticking(*milliseconds: float) -> Iterator[float]:
    """A clock read before and after each question."""
    now = 0.0
    for one in milliseconds:
        yield now
        now += one / 1000
        yield now


def a_report() -> Report:
    script = {
        "全": (asked("9月28日", id="全", evidence=(SEED, "A-02")), said("9月28日", quoted())),
        "全无引": (asked("三年", id="全无引", evidence=(SEED,)), said("三年", quoted(source="别的.txt"))),
        "半": (asked("甲", "乙", id="半", evidence=("B-01",)), said("甲", Citation(document="规则", source="faq"))),
        "错": (asked("甲", id="错"), said("丙", quoted("编造"))),
        "误拒": (asked("甲", id="误拒"), refused()),
        "拒": (asked(id="拒"), refused()),
        "漏": (asked(id="漏"), said("编的")),
    }
    questions = [question for question, _ in script.values()]
    order = iter(answer for _, answer in script.values())
    clock = ticking(10, 20, 30, 40, 50, 60, 700)
    return evaluate(lambda question: next(order), questions, stands, lambda: next(clock))


def test_the_report_adds_up_every_kind_of_outcome() -> None:
    report = a_report()
    assert report.as_json()["answerable"] == {"total": 5, "full": 2, "partly": 1, "wrong": 1, "falsely_refused": 1}
    assert report.as_json()["refusals"] == {"total": 2, "right": 1, "missed": 1}
    assert report.as_json()["citations"] == {"with_quote": 3, "without_quote": 1, "valid": 2, "invalid": 1}
    assert report.as_json()["milliseconds"] == {"median": 40.0, "p95": 700.0}


def shares(report: Report) -> dict[str, tuple[float, int]]:
    return {name: (round(value.mean, 3), of) for name, value, of in report.measures()}


def test_points_and_refusals_are_shares_over_the_questions_they_are_about() -> None:
    report = a_report()
    assert report.points == (3, 6)
    told = shares(report)
    assert told["要点：说到的"] == (0.5, 5)
    assert told["要点：说全的题"] == (0.4, 5)
    assert told["拒答精确：拒了的题确实该拒"] == (0.5, 2)
    assert told["拒答召回：该拒的题拒了"] == (0.5, 2)
    assert told["长度：在限度以内"] == (1.0, 5)
    assert report.as_json()["length"] == {"median": 2, "longest": 5}


def test_citations_are_held_against_the_evidence_that_the_set_names() -> None:
    questions = [
        asked("三年", id="文件", evidence=(SEED,)),
        asked("三年", id="事实", evidence=("C-16",)),
        asked("三年", id="别处", evidence=("C-17",)),
        asked("三年", id="拒了", evidence=(SEED,)),
        asked("三年", id="没写依据"),
    ]
    ours = Citation(document="规则", source="内置知识/证书.yaml#cert")
    script = iter(
        [said("三年", quoted("三年"), ours), said("三年", ours), said("三年", ours), refused(), said("三年", ours)]
    )
    report = evaluate(
        lambda question: next(script),
        questions,
        stands,
        facts_of=lambda citation: frozenset({"C-16"} if citation.source.endswith("#cert") else ()),
    )
    told = shares(report)
    assert told["引用精确：出自题库指明的依据"] == (0.5, 3)
    assert told["引用召回：引到了题库指明的依据"] == (0.5, 4)


def test_the_curve_counts_what_would_have_been_said_had_nothing_been_refused() -> None:
    questions = [asked("甲", id="稳"), asked("甲", id="误拒"), asked(id="该拒")]
    script = {
        "稳": (said("甲"), 0.9, said("甲")),
        "误拒": (refused(), 0.4, said("甲")),
        "该拒": (refused(), 0.1, said("乙")),
    }
    order = iter(script.values())
    weighed: list[Weighed] = []

    def ask(question: Question) -> Answer:
        answer, sureness, would_say = next(order)
        weighed.append(Weighed(sureness, would_say))
        return answer

    report = evaluate(ask, questions, stands, weigh=lambda question, answer: weighed[-1])
    assert report.curve() == [(pytest.approx(1 / 3), 0.0), (pytest.approx(2 / 3), 0.0), (1.0, pytest.approx(1 / 3))]
    assert report.stands_at() == (pytest.approx(1 / 3), 0.0)
    assert report.as_run("小题库", {}).curve == tuple(report.curve())
    assert a_report().curve() == []


def test_the_questions_of_the_seeds_are_reported_by_themselves() -> None:
    report = a_report()
    seeds = report.of_seeds()
    assert [row.question.id for row in seeds.rows] == ["全", "全无引"]
    assert (report.seeds_quoted, report.full_with_seed_quoted) == (1, 1)
    part = report.as_json()["of_seeds"]
    assert (part["questions"], part["answerable"]["full"], part["seed_quoted"]) == (2, 2, 1)


def test_the_report_is_one_json_object_with_a_row_for_each_question() -> None:
    whole = json.loads(json.dumps(a_report().as_json(), ensure_ascii=False))
    assert [row["id"] for row in whole["rows"]] == ["全", "全无引", "半", "错", "误拒", "拒", "漏"]
    assert whole["rows"][2]["missing"] == ["乙"]
    assert whole["rows"][4]["verdict"] == "falsely_refused"


def shown(table: object) -> str:
    console = Console(file=StringIO(), width=140)
    console.print(table)
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]


def test_the_table_is_chinese_and_says_what_the_json_says() -> None:
    text = shown(a_report().table())
    for part in ("项目", "数量", "占比", "答全", "误拒", "拒对", "原文未收录", "用时中位数", "40%", "700 毫秒"):
        assert part in text


def test_the_shortfalls_are_listed_with_what_they_lack() -> None:
    text = shown(a_report().shortfalls())
    assert "乙" in text
    assert "没拒" in text
    assert "全无引" not in text


def test_an_empty_report_is_a_report() -> None:
    report = Report(())
    assert report.as_json()["milliseconds"] == {"median": 0.0, "p95": 0.0}
    assert "—" in shown(report.table())


def test_p95_is_the_time_within_which_ninety_five_of_a_hundred_were_answered() -> None:
    questions = [asked("甲", id=str(i)) for i in range(100)]
    clock = ticking(*range(1, 101))
    report = evaluate(lambda question: said("甲"), questions, stands, lambda: next(clock))
    assert report.latency_p95 == pytest.approx(95)
    assert report.latency_median == pytest.approx(50.5)


def test_a_question_is_asked_with_what_was_said_before_it() -> None:
    heard: list[Question] = []

    def ask(question: Question) -> Answer:
        heard.append(question)
        return said("暂停")

    history = ("用户：体系证书有效期几年", "助手：一般三年。")
    evaluate(ask, [asked("暂停", question="那超期了呢", history=history)], stands, count().__next__)
    assert heard[0].text == "那超期了呢"
    assert heard[0].history == (Exchange("体系证书有效期几年", "一般三年。"),)


# ── reading a set ──────────────────────────────────────

GOOD = '{"id": "a", "question": "几年？", "expected_points": ["三年"]}'


def a_set(folder: Path, *lines: str) -> Path:
    path = folder / "题库.jsonl"
    path.write_text("\n".join(lines), "utf-8")
    return path


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", "JSON"),
        ("[]", "JSON 对象"),
        ('{"question": "几年？", "expected_points": ["三年"]}', "id"),
        ('{"id": "b", "question": " ", "expected_points": ["三年"]}', "question"),
        ('{"id": "b", "question": "几年？"}', "有且只有一个"),
        ('{"id": "b", "question": "几年？", "expected_points": ["三年"], "expected_refusal": true}', "有且只有一个"),
        ('{"id": "b", "question": "几年？", "expected_refusal": "yes"}', "true"),
        ('{"id": "b", "question": "几年？", "expected_points": "三年"}', "列表"),
        ('{"id": "b", "question": "几年？", "expected_points": [3]}', "列表"),
        ('{"id": "b", "question": "几年？", "expected_points": ["三年"], "history": "用户：在吗"}', "history"),
        ('{"id": "b", "question": "几年？", "expected_points": ["三年"], "alternatives": {"五年": ["5年"]}}', "五年"),
        ('{"id": "b", "question": "几年？", "expected_points": ["三年"], "alternatives": ["3年"]}', "alternatives"),
        ('{"id": "a", "question": "几年？", "expected_points": ["三年"]}', "重复"),
    ],
)
def test_a_line_that_breaks_the_format_is_refused_with_its_number(line: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(EvaluationInvalid, match=rf"题库\.jsonl 第 3 行：.*{why}"):
        load_questions(a_set(tmp_path, GOOD, "", line))


def test_a_set_that_is_missing_empty_or_no_text_is_refused(tmp_path: Path) -> None:
    binary = tmp_path / "坏.jsonl"
    binary.write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "没有.jsonl", a_set(tmp_path, ""), binary):
        with pytest.raises(EvaluationInvalid, match=path.name):
            load_questions(path)


def test_a_question_is_read_whole(tmp_path: Path) -> None:
    line = (
        '{"id": "a", "question": "几年？", "category": "证书", "history": ["用户：在吗"], "expected_points": ["三年"],'
        ' "alternatives": {"三年": ["3年"]}, "evidence": ["s.txt", "C-16"], "note": "不计"}'
    )
    (question,) = load_questions(a_set(tmp_path, "\ufeff" + line, ""))
    assert question == EvaluationQuestion(
        "a", "几年？", ("用户：在吗",), ("三年",), {"三年": ("3年",)}, False, ("s.txt", "C-16"), "证书"
    )
    assert question.seeds == ("s.txt",)


@pytest.mark.skipif(not DEV.is_file(), reason="needs ../shared/eval, which is not part of the repository")
def test_the_development_set_is_read_whole() -> None:
    questions = load_questions(DEV)
    assert len(questions) == 60
    assert sum(question.expected_refusal for question in questions) == 8
    assert sum(bool(question.seeds) for question in questions) == 32
