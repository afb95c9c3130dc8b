"""What an entry is asked for and of what: one about something else is no answer, however alike the words."""

from __future__ import annotations

import pytest

from knowledge.faqs import FaqEntry
from retrieval.attributes import Attribute, attributes, days
from retrieval.entries import replied, replies_to
from retrieval.questions import Question
from tests.retrieval.conftest import OpenWorld
from tests.retrieval.world import an_entry

CODE = an_entry("code", "示例团标认证的编号是多少", "没有编号。", similar=("示例团标认证编号",))
FEE = an_entry("fee", "示例团标认证费用多少", "一次5000元。", similar=("示例团标认证收费",))
RELEASED = an_entry("released", "示例团标什么时候发布", "2024年9月28日发布。", similar=("示例团标哪天出台",))
IN_FORCE = an_entry("in-force", "示例团标什么时候实施", "2024年9月30日实施。", similar=("示例团标哪天生效",))
DIRECTOR = an_entry("director", "示例市监管局局长是谁", "周远。", similar=("周远是什么职务",))
VALIDITY = an_entry("validity", "体系证书有效期几年", "三年。", similar=("体系证书管几年",))
SOUTH = an_entry("south", "青岛分中心的电话是多少", "电话：0532-00000000。", similar=("青岛分中心电话",))
ALLIANCE = an_entry("alliance", "光缆联合体由谁牵头", "甲公司牵头。", similar=("光缆联合体牵头单位",))
CASE = an_entry("case", "有企业拿到示例贷的例子吗", "有。甲公司贷了500万元。", similar=("示例贷案例",))
RATE = an_entry("rate", "示例贷额度上限多少", "没有查到。", similar=("示例贷最多贷多少",))


def others(open_world: OpenWorld, entries: tuple[FaqEntry, ...], asked: str) -> set[str]:
    """Which of the entries found are about something else."""
    answerer = open_world(entries=entries).answerer
    found = answerer.candidates(answerer.reader.read(Question(asked))).entries
    assert {e.match.entry.id for e in found} == {e.id for e in entries}
    return {e.match.entry.id for e in found if e.features["other"] == 1.0}


@pytest.mark.parametrize(
    ("asked", "entries", "other"),
    [
        ("示例团标认证要多少钱", (CODE, FEE), {"code"}),
        ("示例团标认证收费多少", (CODE, FEE), {"code"}),
        ("示例团标几号开始实施", (RELEASED, IN_FORCE), {"released"}),
        ("示例市监管局电话", (DIRECTOR,), {"director"}),
        ("示例贷最高能贷多少", (CASE, RATE), {"case"}),
    ],
)
def test_an_entry_asked_for_another_attribute_is_about_something_else(
    fresh_world: OpenWorld, asked: str, entries: tuple[FaqEntry, ...], other: set[str]
) -> None:
    assert others(fresh_world, entries, asked) == other


@pytest.mark.parametrize(
    ("asked", "entry"),
    [("婚纱联合体由谁牵头", ALLIANCE), ("上海分中心电话", SOUTH), ("无人机多少钱", FEE)],
)
def test_an_entry_about_another_thing_of_the_kind_is_about_something_else(
    fresh_world: OpenWorld, asked: str, entry: FaqEntry
) -> None:
    assert others(fresh_world, (entry,), asked) == {entry.id}


@pytest.mark.parametrize(
    ("asked", "entry"),
    [
        ("体系证书能用几年", VALIDITY),
        ("青岛分中心怎么联系", SOUTH),
        ("示例团标认证怎么样", FEE),
        ("示例贷案例", CASE),
    ],
)
def test_an_entry_asked_for_the_same_or_for_anything_may_answer(
    fresh_world: OpenWorld, asked: str, entry: FaqEntry
) -> None:
    assert others(fresh_world, (entry,), asked) == set()


@pytest.mark.parametrize(
    ("question", "answer", "said"),
    [
        ("有企业拿到示例贷的例子吗", "有。甲公司贷了五百万元。", "有。甲公司贷了五百万元。"),
        ("甲公司贷款多少", "有。甲公司贷了五百万元。", "甲公司贷了五百万元。"),
        ("申请前要做内审吗", "要，至少各做一次。", "要，至少各做一次。"),
        ("内审做几次", "要，至少各做一次。", "至少各做一次。"),
        ("没做管评能申请吗", "要，至少各做一次。", "至少各做一次。"),
        ("谁拿到过", "有。甲公司。", "有。甲公司。"),
        ("体系证书有效期", "三年。", "三年。"),
    ],
)
def test_yes_and_no_stay_only_under_a_question_they_reply_to(question: str, answer: str, said: str) -> None:
    assert replied(answer, question) == said


def test_a_no_to_another_verb_is_shown_behind_the_question_it_replies_to(fresh_world: OpenWorld) -> None:
    refused = an_entry("refused", "没找咨询公司，认证机构能拒绝受理吗", "不能。认证机构不得拒绝。", similar=())
    world = fresh_world(files={}, entries=(refused,))
    assert replies_to(refused, world.read("认证机构能拒绝受理吗"))
    assert not replies_to(refused, world.read("认证机构能跟咨询公司合作吗"))
    plain = an_entry("plain", "没找咨询公司，认证机构能拒绝受理吗", "认证机构不得拒绝。")
    assert replies_to(plain, world.read("认证机构能跟咨询公司合作吗"))


def test_who_asks_for_two_days_is_not_given_one() -> None:
    both = attributes("示例团标什么时候发布、什么时候实施")
    assert days(both) == {Attribute.RELEASED, Attribute.IN_FORCE}
    assert len(days(attributes("示例团标什么时候发布"))) == 1
    assert not days(attributes("示例团标认证多少钱"))
