"""From a person's message to an answer: small talk and commands here, questions to `retrieval`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

from bot import wording
from bot.messages import IncomingMessage, Show
from knowledge.standards import fold
from retrieval.answers import Answer, Outcome
from retrieval.questions import Exchange, Question

LONGEST_QUESTION = 2000  # characters; the web page and WeChat stop earlier

_GREETING = re.compile(
    r"^(?:你好+|您好+|hi|hello|嗨|哈喽|早(?:上好)?|上午好|下午好|晚上好|在吗|在不在|有人吗"
    r"|喂)[呀啊吗哦呢~～!！。.?？\s]*$"
)
_THANKS = re.compile(
    r"^(?:好的?|嗯+|ok|收到|明白了?|知道了|行)?[，,。\s]*(?:谢谢+|多谢|感谢|辛苦了?"
    r"|thanks?)[你您啊呀哦了啦!！。~～\s]*$|^(?:好的?|嗯+|ok|收到|明白了?|知道了|再见"
    r"|拜拜)[啊呀哦了啦!！。~～\s]*$"
)
_WHO = re.compile(
    r"^(?:请问)?(?:你|您)(?:是|叫)(?:谁|什么|啥|哪位|机器人|人工|ai|真人).{0,6}$|^(?:介绍"
    r"|说)(?:一下|下)?(?:你|您)?自己.{0,3}$"
)
_WHAT = re.compile(
    r"^(?:(?:你|您|这个?|这里)?(?:能|可以|会)(?:问|答|回答|做|干|帮|查)?(?:我)?(?:些?什么|啥|哪些"
    r"|干啥|做什么).{0,8}|怎么用|帮助|help|菜单|使用说明|功能)[？?。!！\s]*$"
)
_HUMAN = re.compile(
    r"^(?:我要|请|帮我|给我)?(?:转|找|接|要)(?:一?个|到)?(?:人工|真人|客服|工作人员|活人)(?:客服"
    r"|服务)?[吧啊呀。!！\s]*$|^人工(?:客服|服务)?[。!！\s]*$"
)


def wants_person(text: str) -> bool:
    """Whether a message asks for a human being and for nothing else."""
    return _HUMAN.match(fold(text).strip()) is not None


class Answers(Protocol):
    def answer(self, question: Question, show: Show | None = None) -> Answer: ...


class Conversation:
    """The dialogue every channel talks to."""

    def __init__(self, answerer: Answers, contact: str | None = None, samples: Sequence[str] = ()) -> None:
        self._answerer = answerer
        self._contact = contact
        self._samples = tuple(samples)

    def reply(self, message: IncomingMessage, history: tuple[Exchange, ...] = (), show: Show | None = None) -> Answer:
        if message.kind == "subscribe":
            return self._said(wording.hello(self._samples), self._samples)
        return self.answer(Question(message.text, history), show)

    def answer(self, question: Question, show: Show | None = None) -> Answer:
        """Never raises for what a person may type."""
        text = fold(question.text).strip()
        if not re.search(r"\w", text):
            return self._said(wording.NOTHING_ASKED, self._samples)
        if len(text) > LONGEST_QUESTION:
            return self._said(wording.TOO_LONG.format(limit=LONGEST_QUESTION))
        return self._small_talk(text) or self._answerer.answer(question, show)

    def _small_talk(self, text: str) -> Answer | None:
        if wants_person(text):
            return self._said(wording.to_a_person(self._contact))
        if _GREETING.match(text):
            return self._said(wording.hello(self._samples), self._samples)
        if _THANKS.match(text):
            return self._said(wording.WELCOME)
        if _WHO.match(text) or _WHAT.match(text):
            return self._said(wording.about_me(self._samples), self._samples)
        return None

    def _said(self, text: str, suggestions: Sequence[str] = ()) -> Answer:
        return Answer(Outcome.DIALOGUE, "dialogue", text, suggestions=tuple(suggestions), question="")
