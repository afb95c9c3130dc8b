"""A penalty that names its duty by a number only is found by the words of the duty."""

from __future__ import annotations

import pytest

from knowledge.clauses import find_clauses
from knowledge.documents import Document, Metadata, Origin
from retrieval.answers import Outcome
from retrieval.sanctions import punished_by, punishes
from tests.retrieval.conftest import OpenWorld

RULES = """# 示例标签管理办法

2024年3月1日 示例市人民政府公布

第一条 为了规范光缆标签，制定本办法。

第二条 光缆盘具上应当有下列标签：

（一）有检验合格证；

（二）有中文厂名和厂址。

第三条 生产者应当保存出厂台账。

台账保存不得少于五年。

第四条 标签不符合本办法第二条规定的，责令改正；有标签不符合本办法第二条第（二）项规定，情节严重的，处二万元以下罚款。

第五条 生产者违反本办法第三条第二款规定的，给予警告，处三千元罚款。

第六条 经营者明知是本办法第四条规定禁止销售的光缆而运输的，没收运输收入。

第七条 按照本办法第三条保存台账的，可以申请表彰。
"""


@pytest.fixture
def rules() -> Document:
    metadata = Metadata("示例标签管理办法")
    clauses = find_clauses(RULES)
    return Document("d", "a.md", Origin.FILE, "0" * 64, "text/plain", metadata, RULES, RULES, clauses=clauses)


def at(words: str) -> int:
    return RULES.index(words)


def test_a_penalty_is_read_with_the_duty_it_names_by_number(rules: Document) -> None:
    duty = punished_by(rules, at("第四条 标签"))
    assert "检验合格证" in duty
    assert "中文厂名" in duty


def test_of_a_duty_named_by_its_paragraph_that_paragraph_is_read(rules: Document) -> None:
    duty = punished_by(rules, at("第五条"))
    assert "不得少于五年" in duty
    assert "出厂台账" not in duty


@pytest.mark.parametrize("sentence", ["第一条", "第三条", "第七条"])
def test_what_punishes_nothing_has_no_duty(rules: Document, sentence: str) -> None:
    assert punished_by(rules, at(sentence)) == ""


def test_an_article_that_punishes_is_itself_no_duty(rules: Document) -> None:
    assert punished_by(rules, at("第六条")) == ""
    assert not punishes(rules, at("第六条"), at("第四条 标签"))


def test_a_penalty_is_told_from_those_for_other_duties(rules: Document) -> None:
    assert punishes(rules, at("第四条 标签"), at("（二）有中文厂名"))
    assert not punishes(rules, at("第四条 标签"), at("第三条"))


def test_who_asks_for_the_penalty_is_given_the_article_that_punishes(fresh_world: OpenWorld) -> None:
    world = fresh_world(files={"rules.md": RULES}, entries=())
    answer = world.ask("光缆盘具没有检验合格证罚多少")
    assert answer.outcome is not Outcome.NOT_IN_KNOWLEDGE
    assert "第四条 标签不符合本办法第二条规定的，责令改正" in answer.text
    assert {citation.clause for citation in answer.citations} == {"第二条", "第四条"}
    assert answer.text.index("第二条") < answer.text.index("第四条")
    assert "检验合格证" in answer.text  # what the breach was of
