"""Several questions in one message."""

from __future__ import annotations

import pytest

from retrieval import wording
from retrieval.answering import Answerer
from retrieval.answers import Answer, Citation, Outcome
from retrieval.questions import Question
from retrieval.several import clauses, parts, together
from tests.retrieval.world import World


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("证书有效期几年", ["证书有效期几年"]),
        ("证书有效期几年？监督审核多久一次？", ["证书有效期几年？", "监督审核多久一次？"]),
        ("证书有效期几年\n热线是多少", ["证书有效期几年", "热线是多少"]),
        ("我们是做连接器的。证书有效期几年？", ["我们是做连接器的。证书有效期几年？"]),
        ("证书是三年有效，对吗？是不是？", ["证书是三年有效，对吗？是不是？"]),
        ("证书多久、谁来发？谢谢您啦", ["证书多久、谁来发？谢谢您啦"]),
        ("您好\n证书有效期几年", ["您好证书有效期几年"]),
        ("???", ["???"]),
    ],
)
def test_only_what_asks_by_itself_is_a_question_of_its_own(message: str, expected: list[str]) -> None:
    assert parts(message) == expected


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("内审谁来做，管理评审谁主持？", ["内审谁来做", "管理评审谁主持？"]),
        ("单位罚多少，个人罚多少", ["单位罚多少", "个人罚多少"]),
        ("管理评审要老板参加吗 输入要准备啥", ["管理评审要老板参加吗", "输入要准备啥"]),
        ("什么时候开始，谁来办", ["什么时候开始", "谁来办"]),
        ("伪造产地罚多少；拒绝检查又罚多少", ["伪造产地罚多少", "拒绝检查又罚多少"]),
        ("标准几年复审一次，过期没复审怎么办", ["标准几年复审一次", "过期没复审怎么办"]),
        ("机构出假报告 单位罚多少 个人罚多少", ["机构出假报告 单位罚多少", "机构出假报告 个人罚多少"]),
    ],
)
def test_either_side_of_a_comma_that_asks_by_itself_is_a_question(message: str, expected: list[str]) -> None:
    assert clauses(message) == expected
    assert parts(message) == [message]


@pytest.mark.parametrize(
    "message",
    [
        "要多久，谁来做",
        "认证多久，谁来做",
        "如果证书到期了，怎么办",
        "没校准的话，能不能用",
        "证书三年有效，对吗",
        "能不能换机构，合法吗",
        "冒用标志怎么处罚，罚多少",
        "能不能告诉我，证书几年有效",
        "什么叫认可，跟认证有啥区别",
        "谁生产，谁负责",
        "产品有缺陷伤了人，多久之内可以起诉",
        "商会有哪些团标 编号多少",
        "参编单位有个江西的 叫啥",
        "GB/T 19001 8.5.2 讲什么",
    ],
)
def test_a_condition_a_tag_and_what_leans_on_the_rest_stay_with_it(message: str) -> None:
    assert clauses(message) == [message]


def test_each_part_is_answered_under_its_question(world: World) -> None:
    answer = world.ask("认证证书有效期几年？咨询热线是多少？")
    assert answer.outcome is Outcome.ANSWERED
    assert answer.text.index("认证证书有效期几年") < answer.text.index("三年") < answer.text.index("咨询热线是多少")
    assert len(answer.citations) >= 2
    assert answer.question == "认证证书有效期几年？咨询热线是多少？"


def test_a_part_without_evidence_is_named_and_the_rest_answered(world: World) -> None:
    answer = world.ask("认证证书有效期几年？火星基地的预算是多少？")
    assert answer.outcome is Outcome.PARTLY_SUPPORTED
    assert answer.missing == ("火星基地的预算是多少？",)
    assert "三年" in answer.text


def test_a_later_part_leans_on_the_one_before(world: World) -> None:
    answer = world.ask("认证证书怎么领？那有效期呢？")
    assert "三年" in answer.text


def test_a_message_of_which_nothing_is_known_is_refused_once(world: World) -> None:
    answer = world.ask("火星基地的预算是多少？月球车间谁管？")
    assert (answer.outcome, answer.kind) == (Outcome.NOT_IN_KNOWLEDGE, "refusal")


def test_a_request_that_is_declined_is_still_declined_in_its_words(world: World) -> None:
    answer = world.ask("认证证书有效期几年？你能不能帮我编一份内审记录？")
    assert "三年" in answer.text
    assert wording.DECLINED["falsify"] in answer.text


def test_answers_of_different_kinds_carry_their_own_labels() -> None:
    quoted = Citation("示例办法", "a.md", "三年。")
    answers = [
        Answer(Outcome.ANSWERED, "faq", "三年。", (quoted,)),
        Answer(Outcome.ANSWERED, "extract", "五个。", (quoted,)),
    ]
    answer = together(["几年？", "几个？"], answers)
    assert answer is not None
    assert (answer.kind, answer.label) == ("several", "")
    assert "“几年？”（常见问题）\n三年。" in answer.text
    assert "“几个？”（原文摘录）\n五个。" in answer.text
    assert answer.citations == (quoted,)


def test_more_questions_than_are_answered_are_named() -> None:
    answers = [Answer(Outcome.ANSWERED, "faq", f"{n}。") for n in range(3)]
    answer = together(["甲？", "乙？", "丙？", "丁？"], answers)
    assert answer is not None
    assert answer.missing == ("丁？",)
    assert answer.outcome is Outcome.PARTLY_SUPPORTED


def test_parted_by_a_comma_only_where_every_part_is_answered(world: World) -> None:
    both = world.ask("认证证书有效期几年，咨询热线是多少")
    assert both.outcome is Outcome.ANSWERED
    assert both.text.count("“") >= 2


def test_where_a_part_is_not_answered_the_whole_comes_first(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    message = "认证证书有效期几年，咨询热线是多少"
    outcomes = {
        message: Outcome.ANSWERED,
        "认证证书有效期几年": Outcome.ANSWERED,
        "咨询热线是多少": Outcome.NOT_IN_KNOWLEDGE,
    }

    def scripted(_self: Answerer, question: Question, _hearing: object = None) -> Answer:
        return Answer(outcomes[question.text], "extract", question.text)

    monkeypatch.setattr(Answerer, "_one", scripted)
    assert world.ask(message).text == message
    outcomes[message] = Outcome.NOT_IN_KNOWLEDGE
    parted = world.ask(message)
    assert parted.outcome is Outcome.PARTLY_SUPPORTED
    assert parted.missing == ("咨询热线是多少",)
