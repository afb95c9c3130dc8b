"""Rows are read under their columns, terms by the clause that defines them."""

from __future__ import annotations

from retrieval.answers import Outcome
from tests.retrieval.conftest import OpenWorld

STANDARD = """# 光模块老化规范

## 3 术语和定义

### 3.1 金样 golden sample

用于核对测试系统的标准样品。

### 3.2 老化

在规定温度下持续通电以剔除早期失效的工序。

## 4 老化条件

### 4.1 条件

老化条件应符合表 1 的规定。

表 1 老化条件

| 产品 | 温度 | 时间 |
|---|---|---|
| 10G SFP+ | 70 ℃ | 48 小时 |
| 400G QSFP-DD | 85 ℃ | 168 小时 |

### 4.2 点检

每班用金样点检一次。
"""


def test_a_term_is_defined_by_its_own_clause(fresh_world: OpenWorld) -> None:
    world = fresh_world(files={"规范.md": STANDARD}, entries=())
    for question in ("什么是金样", "金样是什么", "金样的定义"):
        answer = world.ask(question)
        assert (answer.outcome, answer.kind) == (Outcome.ANSWERED, "clause"), question
        assert answer.text == "金样 golden sample：用于核对测试系统的标准样品。"
        assert answer.citations[0].clause == "3.1"


def test_a_question_that_defines_nothing_is_not_answered_with_a_definition(fresh_world: OpenWorld) -> None:
    world = fresh_world(files={"规范.md": STANDARD}, entries=())
    assert "标准样品" not in world.ask("金样多久点检一次").text


def test_one_row_answers_and_every_value_stands_behind_its_column(fresh_world: OpenWorld) -> None:
    world = fresh_world(files={"规范.md": STANDARD}, entries=())
    answer = world.ask("400G QSFP-DD老化时间是多少小时")
    assert answer.outcome is Outcome.ANSWERED
    assert "产品：400G QSFP-DD；温度：85 ℃；时间：168 小时" in answer.text
    assert "10G" not in answer.text
    assert "|" not in answer.text
    for citation in answer.citations:
        document = world.document("规范.md")
        assert document.text[citation.start : citation.end] == citation.quote
