"""Several questions in one message."""

from __future__ import annotations

import pytest

from retrieval import wording
from retrieval.answers import Answer, Citation, Outcome
from retrieval.several import parts, together
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
