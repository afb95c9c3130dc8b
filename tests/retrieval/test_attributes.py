"""Which property a question asks for, and what has it."""

from __future__ import annotations

import pytest

from retrieval.attributes import Attribute, agree, attributes, decisive, may_have


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("这项认证要多少钱", {Attribute.FEE}),
        ("认证费用多少", {Attribute.FEE}),
        ("最高能贷多少", {Attribute.AMOUNT}),
        ("记录保存多少年", {Attribute.RETENTION}),
        ("证书有效期几年", {Attribute.VALIDITY}),
        ("几号开始实施", {Attribute.IN_FORCE}),
        ("监督审核多久一次", {Attribute.INTERVAL}),
        ("标准编号多少", {Attribute.CODE}),
        ("管理局电话", {Attribute.PHONE}),
        ("内审和管评哪个先做", {Attribute.ORDER}),
        ("要准备哪些材料", {Attribute.MATERIALS}),
        ("《示例 体系 要求》什么时候发布", {Attribute.RELEASED}),
    ],
)
def test_the_attribute_is_what_the_noun_or_verb_says(question: str, asked: set[Attribute]) -> None:
    assert decisive(question) == asked


@pytest.mark.parametrize("question", ["消费者协会", "怎么办理", "有哪些单位 编号多少", "符合什么条件"])
def test_where_an_answer_may_have_it_unasked_nothing_is_decided(question: str) -> None:
    assert decisive(question) == frozenset()


def test_attributes_that_go_together_agree() -> None:
    assert agree(frozenset({Attribute.WHO}), attributes("参编单位有哪些"))
    assert Attribute.MEMBERS not in attributes("3C目录是谁定的")
    assert Attribute.MEMBERS in attributes("名单里都有谁")
    assert agree(frozenset({Attribute.RELEASED}), attributes("标准发布了吗"))
    assert not agree(frozenset({Attribute.FEE}), attributes("标准编号是多少"))
    assert not agree(frozenset({Attribute.IN_FORCE}), attributes("什么时候立项"))


def test_a_text_may_have_what_it_has_the_form_of() -> None:
    assert may_have(frozenset({Attribute.DURATION}), "运行满三个月。")
    assert not may_have(frozenset({Attribute.DURATION}), "2024年7月1日起实施。")
    assert not may_have(frozenset({Attribute.PHONE}), "周远任局长。")
    assert may_have(frozenset({Attribute.WHO}), "周远任局长。")
