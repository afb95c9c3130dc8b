"""What says the same takes one place; what says otherwise never disappears behind it."""

from __future__ import annotations

import random
from datetime import date

import pytest

from knowledge.documents import Origin
from retrieval.duplicates import collapsed, disagreeing, opposed
from tests.retrieval.passages import a_passage

ARTICLE = (
    "本市光缆企业联合体于3月12日成立，首批成员86家。联合体设秘书处，负责标准宣贯、检测互认和人才培训，"
    "每季度向成员通报质量数据。成员企业应当在两个月内完成追溯码赋码，逾期的不得使用联合标识。"
)


def test_the_same_article_in_two_sources_takes_one_place_and_names_the_other() -> None:
    first, copy = a_passage(ARTICLE, source="甲网", score=2.0), a_passage(ARTICLE + " ", source="乙网", score=1.0)
    other = a_passage("检测报告应当加盖检测专用章，原始记录至少保存六年。", source="规范")
    (kept, rest) = collapsed([first, other, copy], 12)
    assert kept.chunk.id == first.chunk.id
    assert kept.also == (copy.chunk.id,)
    assert rest is other


@pytest.mark.parametrize(
    ("change", "into"),
    [("86家", "68家"), ("3月12日", "3月21日"), ("不得使用", "可以使用"), ("应当在", "可以在"), ("两个月", "三个月")],
)
def test_another_number_date_or_demand_keeps_two_texts_apart(change: str, into: str) -> None:
    assert change in ARTICLE
    one, other = a_passage(ARTICLE, source="甲网"), a_passage(ARTICLE.replace(change, into), source="乙网")
    assert [p.also for p in collapsed([one, other], 12)] == [(), ()]


def test_every_single_figure_changed_at_random_keeps_two_texts_apart() -> None:
    chance = random.Random(3)
    digits = [at for at, char in enumerate(ARTICLE) if char.isdigit()]
    for _ in range(200):
        at = chance.choice(digits)
        new = chance.choice([d for d in "123456789" if d != ARTICLE[at]])
        changed = ARTICLE[:at] + new + ARTICLE[at + 1 :]
        assert len(collapsed([a_passage(ARTICLE, source="甲"), a_passage(changed, source="乙")], 12)) == 2


def test_the_one_in_force_the_source_itself_and_the_newer_one_stay() -> None:
    old = a_passage(ARTICLE, source="旧", published=date(2023, 1, 1), score=3.0)
    new = a_passage(ARTICLE, source="新", published=date(2024, 1, 1), score=1.0)
    guide = a_passage(ARTICLE, source="指南", published=date(2025, 1, 1), origin=Origin.LIBRARY, score=2.0)
    gone = a_passage(ARTICLE, source="废", published=date(2026, 1, 1), superseded_by="新")
    (kept,) = collapsed([old, gone, guide, new], 12)
    assert kept.document.source == "新"
    assert kept.score == 3.0  # the place and the scores of the best
    assert set(kept.also) == {one.chunk.id for one in (old, gone, guide)} - {kept.chunk.id} | {old.chunk.id}


def test_the_same_formula_in_two_documents_of_their_own_stays_twice() -> None:
    formula = "本办法自发布之日起施行。"
    assert len(collapsed([a_passage(formula, source="甲办法"), a_passage(formula, source="乙办法")], 12)) == 2
    clauses = [a_passage(ARTICLE, source=name, title=name, clause="第七条") for name in ("甲条例", "乙条例")]
    assert len(collapsed(clauses, 12)) == 2


def test_what_one_document_says_twice_stays_twice() -> None:
    twice = [a_passage(ARTICLE, source="通报"), a_passage(ARTICLE + "\n", source="通报")]
    assert len(collapsed(twice, 12)) == 2


def test_only_as_many_are_looked_at_as_are_wanted() -> None:
    passages = [a_passage(f"{i}号仓库的说明。", source=str(i)) for i in range(5)]
    copies = [a_passage(ARTICLE, source="甲"), a_passage(ARTICLE, source="乙")]
    assert len(collapsed([*passages, *copies], 5)) == 7
    assert len(collapsed([*passages, *copies], 6)) == 7
    assert len(collapsed([*passages, *copies], 7)) == 6


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("认证证书有效期为三年。", "认证证书的有效期是2年。"),
        ("本标准自2023年9月30日起实施。", "本标准自2024年1月1日起实施。"),
        ("检测机构不得转包检测业务。", "检测机构可以转包检测业务。"),
        ("原始记录保存期限不少于六年。", "原始记录保存期限不超过六年。"),
        ("认证机构应当每年监督审核一次。", "认证机构可以每年监督审核一次。"),
        ("逾期不改的，处一万元以上五万元以下罚款。", "逾期不改的，处5万元以上20万元以下的罚款。"),
        ("商会成立于2010年。", "该商会成立于2011年。"),
        ("该证书在境外有效。", "该证书在境外无效。"),
    ],
)
def test_one_thing_said_with_other_figures_dates_or_demands_is_opposed(one: str, other: str) -> None:
    assert opposed(one, other)
    assert opposed(other, one)
    assert not opposed(one, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("认证证书有效期为三年。", "认证证书有效期为3年。"),
        ("甲公司被处罚款一万元。", "乙公司被处罚款两万元。"),
        ("2023年新增试点企业12家。", "2024年新增试点企业15家。"),
        ("认证证书有效期为三年。", "认证证书有效期为三年，期满前可以申请再认证。"),
        ("检测报告应当加盖专用章。", "原始记录应当保存六年。"),
        ("2023年招生简章全文如下", "2024年招生简章全文如下"),
        ("费用另行通知。", "费用12元。"),
    ],
)
def test_other_things_other_years_and_mere_additions_are_not_opposed(one: str, other: str) -> None:
    assert not opposed(one, other)


def test_sources_that_disagree_are_found_with_their_dates_the_newer_first() -> None:
    old = a_passage("第二条 总则。\n认证证书有效期为二年。", source="旧办法", published=date(2021, 3, 1), start=100)
    new = a_passage("认证证书有效期为三年。\n每年监督审核一次。", source="新办法", published=date(2023, 7, 20))
    (found,) = disagreeing([old, new])
    assert (found.newer.text, found.newer.dated) == ("认证证书有效期为三年。", date(2023, 7, 20))
    assert (found.older.text, found.older.dated) == ("认证证书有效期为二年。", date(2021, 3, 1))
    assert found.older.start == 100 + len("第二条 总则。\n")
    assert disagreeing([new, new]) == []
