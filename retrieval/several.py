"""Several questions in one message: taken apart, and their answers put together again.

A question mark or a new line parts them, and a comma or space where either side asks by itself, both of something
they name or neither: who writes 「多久、谁来做」 or 「认证多少钱，多久能拿证」 asks about one thing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from retrieval import wording
from retrieval.answers import Answer, AnswerKind, Outcome

MOST = 3  # questions of one message that are answered; the rest is named
_END = re.compile(r"(?<=[？?])(?=\s*\S)|\n+")
_SHORTEST = 4  # characters; 「对吗？」 belongs to what stands before it
_ASKS = re.compile(
    r"[？?]$|[吗么呢没不]$|多少|几|哪|什么|啥|谁|怎么|怎样|如何|为何|为什么|何时|多久|是否|能不能|可不可以|要不要|有没有|行不行|讲讲|说说"
)
_PAUSE = re.compile(r"\s*[，,；;]\s*|(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])")
# What asks how something is done, and what asks for a thing: 谁主持, 罚多少. Each needs what it is asked of.
_OF_AN_ACT = re.compile(
    r"什么时候|啥时候|何时|哪[天年里儿]|谁|怎么样?|怎样|如何|咋|为什么|为啥|为何|多久|多长时间|几[年天月号点]"
    r"|是否|能不能|可不可以|要不要|有没有|是不是|需不需要|什么[是叫]|(?<!对)(?<!是)吗$"
)
_OF_A_THING = re.compile(r"多少钱?|(?<![这那前后好])几(?!乎)\w?|哪[些个家种一几]?|什么|啥")
_ASKED_OF = re.compile(rf"\w(?:{_OF_A_THING.pattern})")
_EMPTY = re.compile(r"[的了吗呢啊吧来去是要能会得有都又还也就再大概一般需应该可以在由到被\W]")
_ADVERBS = re.compile(
    r"提前|最[多少晚迟早高低初近]|必须|每[年月次]|一次|至少|分别|各自?|依据|具体|主要|编号|电话|地址|内容|主题|目标|职务|期限"
)
_NAMED = {"act": 2, "thing": 3, "whether": 5}  # characters that name a thing, and the verb that comes with them
_LEANS = re.compile(
    r"^(?:跟|和|与|同|比)|^.{0,2}(?:怎么|咋|如何)(?:办|弄|搞|做|处理|解决)?[？?]?$"
    r"|^(?:这样|这么做)?(?:合法|违法|违规|有效|必须|需要|可行|对|是|行|好|可以|能行)[吗不么][？?]?$"
)
_ONLY_LEADS = re.compile(
    r"^(?:如果|要是|若|假如|万一|只要|既然|因为|由于|当|不管|无论|不论|不知道|不清楚|不确定|不懂)"
    r"|(?:的话|时|后|之前|以前|告诉我?们?|问一?下|请教)$"
)


def clauses(sentence: str) -> list[str]:
    """Clauses that each ask by themselves, with what was told before the first; else the sentence whole."""
    sentence = sentence.strip()
    told, at = "", 0
    asking: list[str] = []
    for end in (*(match.end() for match in _PAUSE.finditer(sentence)), len(sentence)):
        clause, at = sentence[at:end], end
        if not asking and not _asks_alone(clause):
            told += clause
        elif asking and not (_asks_alone(clause) and _apart(asking[-1], clause)):
            asking[-1] += clause
        else:
            asking.append(clause)
    if len(asking) < 2:
        return [sentence]
    return [(told + clause).strip(" ，,；;") for clause in asking]


def _asks_alone(clause: str) -> bool:
    """Whether it has its own question word and says of what it asks."""
    plain = clause.strip(" ，,；;？?。")
    if _LEANS.search(plain) or _ONLY_LEADS.search(plain):
        return False
    if _OF_AN_ACT.search(plain):
        return bool(_EMPTY.sub("", _OF_A_THING.sub("", _OF_AN_ACT.sub("", plain))))
    asked = _OF_A_THING.search(plain)
    return asked is not None and bool(_EMPTY.sub("", plain[: asked.start()]))


def _apart(one: str, other: str) -> bool:
    """谁生产，谁负责 is one rule. A space parts less than a comma: 团标有哪些 编号多少 asks one thing."""
    if (one[0] == other[0] and one[0] in "谁哪") or _names(one) != _names(other):
        return False
    if re.search(r"(?:[，,；;]|[吗么呢])\s*$", one) or _OF_AN_ACT.search(other):
        return True
    return bool(set(_ASKED_OF.findall(one)) & set(_ASKED_OF.findall(other)))


def _names(clause: str) -> bool:
    """Whether something stands before the question word that is asked about: 个人 of 个人罚多少."""
    plain = clause.strip(" ，,；;？?。")
    act, thing = _OF_AN_ACT.search(plain), _OF_A_THING.search(plain)
    asked = min((found for found in (act, thing) if found), key=lambda found: found.start(), default=None)
    if asked is None:
        return False
    kind = "whether" if asked[0] == "吗" else "act" if asked is act else "thing"
    return len(_EMPTY.sub("", _ADVERBS.sub("", plain[: asked.start()]))) >= _NAMED[kind]


def parts(text: str) -> list[str]:
    """The questions of a message in order, parted by question marks and new lines; one where a part asks nothing."""
    found: list[str] = []
    for piece in (piece.strip() for piece in _END.split(text.strip())):
        if not piece:
            continue
        if found and (len(re.sub(r"\W", "", piece)) < _SHORTEST or not _ASKS.search(found[-1])):
            found[-1] += piece  # a tag, or what was only told so far
        else:
            found.append(piece)
    if len(found) > 1 and not _ASKS.search(found[-1]):
        found[-2:] = ["".join(found[-2:])]
    return found


def together(asked: Sequence[str], answers: Sequence[Answer]) -> Answer | None:
    """One answer of several, each under its question; None where none of them carried, or all say the same."""
    carried = [one.outcome in (Outcome.ANSWERED, Outcome.PARTLY_SUPPORTED) for one in answers]
    if not any(carried) or len({one.text for one in answers}) == 1:
        return None
    missing = [part for part, right in zip(asked, carried, strict=False) if not right] + list(asked[len(answers) :])
    kinds: set[AnswerKind] = {one.kind for one in answers}
    kind: AnswerKind = kinds.pop() if len(kinds) == 1 else "several"
    return Answer(
        outcome=Outcome.PARTLY_SUPPORTED if missing else Outcome.ANSWERED,
        kind=kind,
        text="\n\n".join(_block(part, one, kind) for part, one in zip(asked, answers, strict=False)),
        citations=tuple(dict.fromkeys(citation for one in answers for citation in one.citations)),
        details="\n".join(one.details for one in answers if one.details),
        suggestions=tuple(dict.fromkeys(s for one in answers for s in one.suggestions))[:3],
        missing=tuple(missing),
    )


def _block(part: str, one: Answer, kind: AnswerKind) -> str:
    """The part's answer under the part; its label where the answers are of different kinds."""
    text = wording.PART_NOT_FOUND if one.text.startswith(wording.NOT_FOUND) else one.text
    label = f"（{one.label}）" if one.label and kind == "several" else ""
    return wording.PART.format(question=part, label=label, answer=text)
