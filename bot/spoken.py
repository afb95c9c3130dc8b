"""The words by which a person asks for more of an answer that is there already, the same in every channel."""

from __future__ import annotations

import re
import unicodedata

from bot import wording

_AROUND = " \t\r\n“”\"'「」『』。.!！"
_FULL = re.compile(r"[?？]$")
# What people write for it. Only whole messages: 「新版规则的依据是什么」 is a question.
_SAID = {
    wording.COMMAND_SOURCES: re.compile(
        r"(?:这个?|那|上面|刚才)?(?:的|说)*(?:是)?(?:根据|依据|出处|来源|原文)(?:呢|在哪里?|是什么|是哪里?|是啥)?"
        r"|(?:这个?|那)?(?:是|在|根据|依据|出自)*(?:哪|第几)一?(?:条|款|个条款|份文件|个文件)(?:的|里|规定|里?写|讲|说|来)*(?:的|呢|啊)?"
        r"|(?:有|给)(?:没有)?(?:个)?(?:依据|出处|来源|原文)(?:吗)?"
    ),
    wording.COMMAND_DETAILS: re.compile(r"(?:再|说|讲)*(?:详细|具体)(?:点|些|一点|一些|说说|讲讲)+"),
    wording.COMMAND_MORE: re.compile(r"(?:还有|后面|下面)(?:呢|吗|的呢)|继续|下一页"),
}


def command_word(text: str) -> str:
    """The command a whole message is, quotes and a full stop around it forgiven; empty for any other text."""
    word = _FULL.sub("", unicodedata.normalize("NFKC", text).strip(_AROUND))
    if word in _WORDS:
        return word
    return next((command for command, said in _SAID.items() if said.fullmatch(word)), "")


_WORDS = frozenset(
    (
        wording.COMMAND_FETCH,
        wording.COMMAND_MORE,
        wording.COMMAND_DETAILS,
        wording.COMMAND_SOURCES,
        wording.COMMAND_OTHERWISE,
    )
)
