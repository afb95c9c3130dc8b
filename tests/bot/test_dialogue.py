"""Small talk stays here, questions go to the knowledge; nothing a person may type breaks it."""

from __future__ import annotations

import pytest

from bot import wording
from bot.dialogue import LONGEST_QUESTION, Conversation
from bot.messages import Exchange, IncomingMessage, MessageKind
from retrieval.answers import Answer, Outcome
from retrieval.questions import Question

SAMPLES = ("认证证书有效期几年",)
ANSWERED = Answer(Outcome.ANSWERED, "faq", "三年。")


class RememberingAnswerer:
    def __init__(self) -> None:
        self.asked: list[Question] = []

    def answer(self, question: Question, show: object = None) -> Answer:
        self.asked.append(question)
        return ANSWERED


@pytest.fixture
def answerer() -> RememberingAnswerer:
    return RememberingAnswerer()


@pytest.fixture
def conversation(answerer: RememberingAnswerer) -> Conversation:
    return Conversation(answerer, contact="示例热线", samples=SAMPLES)


def said(text: str, kind: MessageKind = "text") -> IncomingMessage:
    return IncomingMessage("web", "account", "person", "key", text, kind)


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "？？？", "。。。", "～！…", "😀😀"])
def test_a_message_without_a_word_is_asked_for_one(
    conversation: Conversation, answerer: RememberingAnswerer, text: str
) -> None:
    answer = conversation.reply(said(text))
    assert (answer.outcome, answer.text) == (Outcome.DIALOGUE, wording.NOTHING_ASKED)
    assert answerer.asked == []


def test_twenty_thousand_characters_are_refused_with_the_limit(
    conversation: Conversation, answerer: RememberingAnswerer
) -> None:
    answer = conversation.reply(said("证书" * 10_000))
    assert answer.outcome is Outcome.DIALOGUE
    assert str(LONGEST_QUESTION) in answer.text
    assert answerer.asked == []


def test_a_message_of_the_longest_length_is_a_question(
    conversation: Conversation, answerer: RememberingAnswerer
) -> None:
    assert conversation.reply(said("证" * LONGEST_QUESTION)) == ANSWERED


@pytest.mark.parametrize("text", ["你好", "您好！", "Hi", "ＨＥＬＬＯ", "早上好", "在吗？", "你好呀～"])
def test_a_greeting_is_greeted_with_questions_to_try(
    conversation: Conversation, answerer: RememberingAnswerer, text: str
) -> None:
    answer = conversation.reply(said(text))
    assert answer.text == wording.hello(SAMPLES)
    assert answer.suggestions == SAMPLES
    assert answerer.asked == []


@pytest.mark.parametrize("text", ["谢谢", "好的，谢谢您", "thanks", "辛苦了", "明白了", "好的", "再见"])
def test_thanks_and_goodbyes_are_answered_shortly(conversation: Conversation, text: str) -> None:
    assert conversation.reply(said(text)).text == wording.WELCOME


@pytest.mark.parametrize("text", ["你是谁", "你是机器人吗？", "介绍一下你自己", "你能做什么", "怎么用？", "帮助"])
def test_who_are_you_is_told_what_this_is(conversation: Conversation, text: str) -> None:
    assert conversation.reply(said(text)).text == wording.about_me(SAMPLES)


@pytest.mark.parametrize("text", ["转人工", "我要找人工客服", "人工", "找真人"])
def test_asking_for_a_person_gets_the_contact(conversation: Conversation, text: str) -> None:
    answer = conversation.reply(said(text))
    assert "示例热线" in answer.text
    assert answer.outcome is Outcome.DIALOGUE


@pytest.mark.parametrize(
    "text",
    [
        "你好，证书有效期几年",
        "谢谢，那费用呢",
        "人工检验要求有哪些",
        "你好 第三条讲什么",
        "功能安全标准是什么",
        "早期失效怎么处理",
        "你们会发证书吗",
    ],
)
def test_a_question_that_begins_politely_is_still_a_question(
    conversation: Conversation, answerer: RememberingAnswerer, text: str
) -> None:
    assert conversation.reply(said(text)) == ANSWERED
    assert answerer.asked[-1].text == text


def test_the_earlier_exchanges_go_with_the_question(conversation: Conversation, answerer: RememberingAnswerer) -> None:
    history = (Exchange("认证怎么办", "先申请。"),)
    conversation.reply(said("那费用呢"), history)
    assert answerer.asked == [Question("那费用呢", history)]


def test_a_new_follower_is_greeted(conversation: Conversation, answerer: RememberingAnswerer) -> None:
    assert conversation.reply(said("", "subscribe")).text == wording.hello(SAMPLES)
    assert answerer.asked == []


def test_without_samples_the_greeting_stands_alone(answerer: RememberingAnswerer) -> None:
    assert Conversation(answerer).reply(said("你好")).text == wording.HELLO
