from __future__ import annotations

import pytest

from retrieval.generation.canonical import canonical


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("处二十万元罚款", "处20万元的罚款"),
        ("处以5万元以上20万元以下的罚款", "罚款5万元以上20万元以下"),
        ("百分之五", "5％"),
        ("２０２４年０９月０１日", "2024-9-1"),
        ("9月6号召开", "九月六日召开"),
        ("注册资本１,０００万元", "注册资本1000万元"),
        ("第十二条规定", "第12条规定"),
        ("应当、应该和“应”", "应、应和应"),
        ("GB/T 19001—2016", "gb/t19001-2016"),
        ("设计、生产以及销售；检验", "设计、生产和销售，检验"),
        ("有效期为三年", "有效期是3年"),
    ],
)
def test_two_spellings_of_the_same_are_one(one: str, other: str) -> None:
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("应当公布", "可以公布"),
        ("不得公布", "不能公布"),
        ("必须公布", "应当公布"),
        ("5万元以上", "5万元以下"),
        ("5万元", "50000元"),
        ("三年", "三个月"),
        ("甲或者乙", "甲以及乙"),
        ("12个", "1、2个"),
        ("3.5万元", "35万元"),
        ("第十二条", "第十一条"),
        ("为企业服务", "是企业服务"),
        ("<0.36", ">0.36"),
    ],
)
def test_what_differs_in_force_stays_apart(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)
