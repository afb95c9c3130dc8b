"""What stands on its evidence and what does not, rule by rule."""

from __future__ import annotations

import pytest

from retrieval.generation.faithfulness import supported
from tests.retrieval.generation.material import MEASURES, NOTICE, a_document, as_evidence, sentence_with

LAW = a_document(MEASURES, "样例光缆质量管理办法")
NEWS = a_document(NOTICE, "质量提升行动通知")


def says(words: str, said: str, document: object = LAW) -> bool:
    return bool(supported(said, as_evidence(sentence_with(document, words))))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("不得伪造", "生产企业不得伪造检验报告，不得冒用合格标志"),  # the exception
        ("追溯码应当", "所有出厂光缆必须贴追溯码"),  # 除……外
        ("伪造检验报告的", "由市场监督管理部门责令改正"),  # the condition
        ("情节严重", "暂停出厂检验资格六个月"),
        ("不得恢复供货", "恢复供货"),  # half a clause
        ("衰减系数", "禁止出厂"),  # who it is about
        ("首批抽检", "应当全部返工"),
        ("能力验证", "检测机构应当参加能力验证"),  # how often
        ("能力验证", "检测机构应当每年至少参加一次能力验证，原始记录保存期限不少于六年"),  # what lies between
        ("出厂检验报告", "第三条 光缆出厂检验报告有效期为二十四个月"),  # another label
        ("出厂检验报告", "根据《样例检测办法》第二条，光缆出厂检验报告有效期为二十四个月"),
        ("出厂检验报告", "根据第三条，光缆出厂检验报告有效期为二十四个月"),
        ("出厂检验报告", "截至2024年3月18日，光缆出厂检验报告有效期为二十四个月"),  # no such date is known of it
        ("出厂检验报告", "因此，光缆出厂检验报告有效期为二十四个月"),  # nothing says from what it follows
        ("3万元", "伪造检验报告的，由市场监督管理部门责令改正，处30000元以上10万元以下的罚款"),  # 万 stays 万
        ("出厂检验报告", "二十四个月"),
        ("出厂检验报告", "可以"),
    ],
)
def test_what_loses_or_adds_something_does_not_stand(words: str, said: str) -> None:
    assert not says(words, said)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("出厂检验报告", "光缆出厂检验报告有效期是24个月"),
        ("出厂检验报告", "依据《样例光缆质量管理办法》第二条规定，光缆出厂检验报告有效期为二十四个月"),
        ("不得伪造", "生产企业不得伪造检验报告，不得冒用合格标志，但试制样品不贴标志的除外"),
        ("3万元", "伪造检验报告的，由市场监督管理部门责令改正，并处3万元以上10万元以下罚款"),
        ("首批抽检", "首批抽检合格率为百分之九十八点五"),
        ("能力验证", "原始记录保存期限不少于六年"),
        ("复检费用", "复检费用由生产企业承担，标准见 T/SAMPLE 012-2024"),
    ],
)
def test_the_same_in_another_form_stands(words: str, said: str) -> None:
    assert says(words, said)


def test_two_sentences_may_be_put_together_only_within_their_clause_and_in_their_order() -> None:
    validity, renewal = sentence_with(LAW, "出厂检验报告"), sentence_with(LAW, "期满前")
    later = sentence_with(LAW, "不得恢复供货")
    together = "光缆出厂检验报告有效期为二十四个月，检验报告期满前三个月，生产企业可以申请换发"
    assert [item.number for item in supported(together, as_evidence(validity, renewal))] == [1, 2]
    assert not supported(together, as_evidence(validity))
    assert not supported("光缆出厂检验报告有效期为二十四个月，生产企业可以申请换发", as_evidence(validity, renewal))
    across = "光缆出厂检验报告有效期为二十四个月，未经复检，不得恢复供货"
    assert not supported(across, as_evidence(validity, later))


def test_a_comma_does_not_bring_the_next_sentence_under_the_conditions_of_the_first() -> None:
    banned, fee = sentence_with(LAW, "不得恢复供货"), sentence_with(LAW, "复检费用")
    both = as_evidence(banned, fee)
    assert not supported("未经复检，不得恢复供货，复检费用由生产企业承担", both)
    assert supported("未经复检，不得恢复供货；复检费用由生产企业承担", both)


@pytest.mark.parametrize(
    ("stands", "said"),
    [
        ("衰减系数<0.36dB/km。", "衰减系数>0.36dB/km"),
        ("协会为企业提供检测设备。", "协会是企业提供检测设备"),
        ("检验机构检验企业。", "检验机构是检验企业"),
        ("温度不低于-5℃。", "温度不低于5℃"),
        ("不得转让，出租须备案。", "不得转让出租，须备案"),
        ("检测机构应当每年参加能力验证，经批准可以延期。", "检测机构应当每年参加能力验证"),
        ("收费120元，不含税。", "收费120元"),
        ("不再符合条件的，认可机构应当撤销证书。", "不再符合条件的认可机构应当撤销证书"),
        ("上级抽查的产品，下级不得重复抽查。", "下级不得重复抽查"),
        ("军用光缆管理办法，由市局另行制定。", "由市局另行制定"),
        ("国家对必须检测的产品，制定统一标准，公布收费标准。", "公布收费标准"),
        ("协会在市局指导下，组织培训。", "协会在市局指导下"),
        ("企业改进产品、更换供方，应当重新送检。", "企业改进产品、更换供方"),
        ("不符合要求的光缆，不得出厂。", "不符合要求的光缆"),
        ("军用光缆管理办法，由市局另行制定。", "军用光缆管理办法"),
        ("企业应当自行检测，或者委托机构检测。", "企业应当自行检测"),
        ("本办法所称光缆，是指通信光缆。", "是指通信光缆"),
        ("企业可以申请，申请不收费，期限由市局另行规定。", "申请收费，期限由市局另行规定"),
        ("企业不得伪造报告，冒用标志，转让证书。", "转让证书"),
        ("应当提交下列材料：营业执照，检验报告，自查表。", "应当提交下列材料：营业执照，检验报告"),
        ("应当提交下列材料：营业执照，检验报告，自查表。", "营业执照，检验报告，自查表"),
    ],
)
def test_small_signs_and_scopes_are_minded(stands: str, said: str) -> None:
    item = as_evidence(sentence_with(a_document(f"{stands}\n", "样例"), stands[:6]))
    assert supported(stands.rstrip("。"), item)
    assert not supported(said, item)


@pytest.mark.parametrize(
    ("stands", "said", "not_said"),
    [
        ("检测机构应当每年至少参加一次比对。", "检测机构每年至少应参加一次比对", "检测机构每年可参加一次比对"),
        ("涂改报告的，由市局责令改正。", "涂改报告的，会被市局责令改正", "涂改报告的，会被协会责令改正"),
        ("培训由检测中心组织安排。", "培训由检测中心来组织安排", "培训会被检测中心组织安排"),
        ("货物由外地企业承担检测。", "货物由外地企业来承担检测", "货物由外地来企业承担检测"),
        ("首批合格率为98.5%。", "首批合格率达到98.5%", "首批合格率超过98.5%"),
        ("首批合格率应为98.5%。", "首批合格率应为98.5%", "首批合格率应达到98.5%"),
        ("弯曲超标的光缆，禁止出厂。", "弯曲超标的光缆禁止出厂", "弯曲超标的光缆出厂"),
        ("未贴标志的光缆，可以退回。", "未贴标志的光缆，可以退回", "未贴标志的光缆可以退回"),
        ("凡通过复核的企业，可以使用平台。", "通过复核的企业可以使用平台", "企业可以使用平台"),
        ("仓库温度为15℃以上30℃以下。", "仓库温度为15℃以上、30℃以下", "仓库温度为15℃以下、30℃以下"),
        ("每次不超过5家企业，奖金为40万元。", "奖金为40万元", "每次5家企业，奖金为40万元"),
        ("不得转让，奖金为40万元。", "不得转让，奖金为40万元", "奖金为40万元"),
        ("企业应于2024年5月2日前报告。", "企业应在2024年5月2日前报告", "企业应在2024年5月2日后报告"),
    ],
)
def test_what_is_smoothed_stands_and_its_neighbour_does_not(stands: str, said: str, not_said: str) -> None:
    item = as_evidence(sentence_with(a_document(f"{stands}\n", "样例"), stands[:4]))
    assert supported(said, item)
    assert not supported(not_said, item)


def test_a_document_that_speaks_of_itself_may_be_named() -> None:
    start = as_evidence(sentence_with(LAW, "起施行"))
    assert supported("《样例光缆质量管理办法》自2024年5月1日起施行", start)
    assert not supported("《样例检测办法》自2024年5月1日起施行", start)


def test_a_sentence_needs_the_evidence_that_it_cites_not_some_other() -> None:
    validity, fee = as_evidence(sentence_with(LAW, "出厂检验报告"), sentence_with(LAW, "复检费用"))
    said = "光缆出厂检验报告有效期为二十四个月"
    assert supported(said, [validity]) == (validity,)
    assert supported(said, [validity, fee]) == (validity,)
    assert not supported(said, [fee])
    assert not supported(said, [])


def test_an_exception_in_the_next_sentence_belongs_to_the_one_before() -> None:
    rules = a_document("第一条 检测机构应当公开收费标准。但涉密项目除外。\n\n第二条 报告应当盖章。\n", "样例规则")
    item = as_evidence(sentence_with(rules, "公开收费标准"))[0]
    assert item.sentence.text == "第一条 检测机构应当公开收费标准。但涉密项目除外。"
    assert not supported("检测机构应当公开收费标准", [item])
    assert supported("检测机构应当公开收费标准，但涉密项目除外", [item])


def test_an_exception_of_its_own_does_not_bind_the_sentence_before() -> None:
    assert says("样例检测中心", "样例检测中心负责抽样检验", NEWS)


def test_who_does_what_cannot_change_places() -> None:
    assert not says("样例检测中心", "样例认证公司负责抽样检验", NEWS)
    assert not says("样例检测中心", "样例检测中心负责体系审核", NEWS)
    assert not says("样例检测中心", "样例检测中心、样例认证公司负责体系审核", NEWS)
