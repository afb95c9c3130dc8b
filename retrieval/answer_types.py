"""What kind of thing a text has, held against the kind a question asks for: a date, a count of people, a telephone."""

from __future__ import annotations

import re
from functools import lru_cache

from retrieval.understanding import Asked

ORGANISATION = (
    r"(?:公司|商会|协会|学会|委员会|管理局|监管局|总局|中心|研究所|研究院|集团|机构|政府|联合体"
    r"|联盟|部门|企业|大学|学院|单位|股份|办公室)"
)
PERSON = r"(?:局长|处长|科长|主任|秘书长|总经理|经理|总监|工程师|主席|理事长|院长|书记|部长|司长|记者|代表)"
_NUMERAL = r"(?:\d[\d.]*|[一二三四五六七八九十百千两]+)[余多]?(?:万|亿)?余?多?"
COUNT = r"\d[\d.]*(?:万|亿)?余?多?(?:个|家|项|户|人|次|种|类|条|批|届|件|张|元|名|位|倍|%)"
CARRIES: dict[Asked, re.Pattern[str]] = {
    Asked.WHEN: re.compile(
        r"\d{1,2}月|\d{4}年|\d+日|\d+个?(?:月|年|天|日|小时|周)|年底|[一二三四五六七八九十]+年|到期|届满"
    ),
    Asked.HOW_MANY: re.compile(
        r"\d|[一二三四五六七八九十百千两]+(?:个|家|项|户|人|次|种|类|条|批|届|件|张|大|倍|方面)"
    ),
    Asked.WHO: re.compile(f"{ORGANISATION}|{PERSON}"),
    Asked.WHICH_LIST: re.compile(r"、|；|一是|\n|和|及|与"),
    Asked.NUMBER: re.compile(r"[〔\[(（]\d{4}[〕\])）]\d*号?|[A-Z/]+\s?\d{2,}|第\d+号|编号|文号"),
    Asked.CONTACT: re.compile(r"\d{3,4}-\d{7,8}|\d{8,11}|https?://|@|地址|路\d+号"),
    Asked.WHERE: re.compile(r"[市区县镇路号厦楼省]|召开|举行"),
    Asked.PRICE: re.compile(r"元|费"),
    Asked.PENALTY: re.compile(
        r"罚款|责令|撤销|吊销|没收|取缔|暂停|追究|赔偿|不予受理|处分|给予警告|取消|承担[^。；，]{0,12}责任|通报批评"
    ),
    Asked.TITLE: re.compile(r"[“《]"),
}
# Of what is counted, measure words that stand for one another.
_MEASURES = ("人名位", "家户个", "项个条", "种类个项", "次回届期", "倍成", "元钱")
_MEASURED = re.compile(r"(?:多少|几)(个|家|项|户|人|次|种|类|条|批|届|件|张|位|名|倍|天|年|页|层|级|元)(?!月)")
CONTACTS: tuple[tuple[str, str], ...] = (
    (r"电话|手机|号码|传真|座机", r"\d{3,4}-\d{7,8}|1\d{10}|\d{8}"),
    (r"地址", r"地址|[路街道巷]\d+|\d+号"),
    (r"网址|链接|网站|邮箱", r"https?://|www\.|@|\.(?:cn|com|org)"),
)
_TWO = re.compile(r"哪两|哪俩|哪2|两[个家位项大]")  # 甲和乙 is a list of two
_ENUMERATED = re.compile(r"、|；|一是|\n")
_FIGURE = re.compile(r"\d+(?:\.\d+)?[年月日号家个项户人条件张%]?")
_OTHERWISE = 0.5  # the kind asked for, but not the very thing: a number that counts something else


def carries(asks_for: frozenset[Asked], text: str, question: str = "") -> float:
    """The share of the kinds asked for that a text has, 0 … 1; 0.5 where no kind can be told.

    `question`, where given, says more closely what is counted (多少人) and by what to be reached (电话).
    """
    kinds = [kind for kind in asks_for if kind in CARRIES]
    if not kinds:
        return 0.5
    text = without(text, question)
    return sum(carried(kind, text, closer(kind, question)) for kind in kinds) / len(kinds)


def spans(asks_for: frozenset[Asked], text: str) -> list[tuple[int, int]]:
    """Where in a text things of the kinds asked for stand."""
    patterns = [CARRIES[kind] for kind in asks_for if kind in CARRIES]
    return [match.span() for pattern in patterns for match in pattern.finditer(text)]


def without(text: str, question: str) -> str:
    """The text without the figures the question itself names: they are no answer to it."""
    for figure in set(_FIGURE.findall(question)):
        text = re.sub(rf"(?<!\d){re.escape(figure)}", " ", text)
    return text


def carried(kind: Asked, text: str, closer: re.Pattern[str] | None) -> float:
    if not CARRIES[kind].search(text):
        return 0.0
    return 1.0 if closer is None or closer.search(text) else _OTHERWISE


@lru_cache(maxsize=1024)
def closer(kind: Asked, question: str) -> re.Pattern[str] | None:
    if kind is Asked.HOW_MANY and (measured := _MEASURED.search(question)):
        same = next((group for group in _MEASURES if measured[1] in group), measured[1])
        return re.compile(f"{_NUMERAL}[{same}]")
    if kind is Asked.CONTACT:
        return next((re.compile(form) for word, form in CONTACTS if re.search(word, question)), None)
    if kind is Asked.WHICH_LIST and not _TWO.search(question):
        return _ENUMERATED
    return None
