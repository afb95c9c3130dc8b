"""Ways in which a model goes wrong. Each takes a sentence and gives what a careless or hostile model makes of it.

They know nothing of how sentences are verified.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

Mutation = Callable[[str, str, random.Random], str | None]  # sentence, another sentence, chance → what is said

_NUMERALS = "二三四五六七八九"
_MODALS = (
    ("不得", "可以"),
    ("禁止", "允许"),
    ("不应", "应"),
    ("应当", "可以"),
    ("应当", "不得"),
    ("应当", "宜"),
    ("必须", "可以"),
    ("可以", "不得"),
    ("可以", "应当"),
    ("可以", "必须"),
    ("不收取", "收取"),
    ("不予", "给予"),
    ("未经", "已经"),
    ("没有", "有"),
    ("负有", "没有"),
)
_BOUNDS = (
    ("以上", "以下"),
    ("以下", "以上"),
    ("不少于", "不超过"),
    ("不得少于", "不得超过"),
    ("不超过", "不少于"),
    ("至少", "至多"),
    ("超过", "不超过"),
    ("日内", "日后"),
    ("日前", "日后"),
    ("之日起", "之日前"),
)
_QUANTITIES = (
    ("所有", "部分"),
    ("部分", "全部"),
    ("全部", "部分"),
    ("每年", "每两年"),
    ("每季度", "每月"),
    ("任何", "部分"),
    ("统一", "分别"),
)


def other_number(text: str, other: str, chance: random.Random) -> str | None:
    found = list(re.finditer(rf"\d+(?:\.\d+)?|[{_NUMERALS}](?=年|个|倍|次)", text))
    if not found:
        return None
    match = chance.choice(found)
    value = match[0]
    new = chance.choice([n for n in _NUMERALS if n != value]) if value in _NUMERALS else _raised(value)
    return text[: match.start()] + new + text[match.end() :]


def _raised(value: str) -> str:
    return f"{float(value) + 1:.1f}" if "." in value else str(int(value) + 1)


def two_numbers_change_places(text: str, other: str, chance: random.Random) -> str | None:
    found = list(re.finditer(r"\d+(?:\.\d+)?", text))
    pairs = [(a, b) for a in found for b in found if a.start() < b.start() and a[0] != b[0]]
    if not pairs:
        return None
    a, b = chance.choice(pairs)
    return text[: a.start()] + b[0] + text[a.end() : b.start()] + a[0] + text[b.end() :]


def other_unit(text: str, other: str, chance: random.Random) -> str | None:
    for old, new in (
        ("万元", "亿元"),
        ("万元", "元"),
        ("个月", "年"),
        ("年", "个月"),
        ("日内", "个月内"),
        ("%", "个百分点"),
    ):
        if re.search(rf"[\d{_NUMERALS}]{old}", text):
            return re.sub(rf"([\d{_NUMERALS}]){old}", rf"\g<1>{new}", text, count=1)
    return None


def invented_figure(text: str, other: str, chance: random.Random) -> str | None:
    return _inserted(text, chance.choice(["达到50%，", "共计36家，", "金额为800万元，"]), chance)


def invented_date(text: str, other: str, chance: random.Random) -> str | None:
    return chance.choice(["自2031年5月6日起，", "截至2030年12月31日，", "2029年8月，"]) + text


def invented_organisation(text: str, other: str, chance: random.Random) -> str | None:
    return chance.choice(["据环球质量联合会介绍，", "由远东检测集团会同，", "环球质量联合会要求，"]) + text


def other_organisation(text: str, other: str, chance: random.Random) -> str | None:
    found = re.findall(r"[\u4e00-\u9fff]{2,12}?(?:部门|机构|企业|协会|中心|公司|单位)", text)
    return text.replace(chance.choice(found), "环球质量联合会", 1) if found else None


def invented_clause(text: str, other: str, chance: random.Random) -> str | None:
    clause = chance.choice(["第九十九条", "8.5.9", "第一百零七条"])
    return chance.choice([f"根据{clause}，{text}", f"{clause}规定，{text}", f"{clause} {text}"])


def invented_document(text: str, other: str, chance: random.Random) -> str | None:
    return chance.choice(["根据《光缆安全法》，", "《环球质量公约》第三条规定，", "GB/T 99999-2030要求，"]) + text


def other_modality(text: str, other: str, chance: random.Random) -> str | None:
    return _one_of(text, _MODALS, chance)


def other_bound(text: str, other: str, chance: random.Random) -> str | None:
    return _one_of(text, _BOUNDS, chance)


def other_quantity(text: str, other: str, chance: random.Random) -> str | None:
    return _one_of(text, _QUANTITIES, chance)


def negated(text: str, other: str, chance: random.Random) -> str | None:
    for old, new in (
        ("应当", "不应当"),
        ("可以", "不可以"),
        ("由", "不由"),
        ("负责", "不负责"),
        ("是", "不是"),
        ("为", "不为"),
    ):
        if old in text:
            return text.replace(old, new, 1)
    return None


def without_its_not(text: str, other: str, chance: random.Random) -> str | None:
    found = list(re.finditer(r"不得|不予|不少于|不超过|不低于|不(?=[收承参])|未|禁止", text))
    if not found:
        return None
    match = chance.choice(found)
    kept = {"不得": "得", "不少于": "少于", "不超过": "超过", "不低于": "低于", "不予": "予"}.get(match[0], "")
    return text[: match.start()] + kept + text[match.end() :]


def without_its_exception(text: str, other: str, chance: random.Random) -> str | None:
    cut = re.sub(r"[，；]但[^。]*(?=。)|^除[^，]*外，|[，；][^，；。]*除外(?=[，；。])|但[^，。]*的除外", "", text)
    return cut if cut != text else None


def without_its_condition(text: str, other: str, chance: random.Random) -> str | None:
    cut = re.sub(r"^(?:第\S+条\s+)?[^，。；]*(?:的|未经[^，]*|时|后)，", "", text)
    return cut if cut != text and len(cut) > 6 else None


def halves_joined(text: str, other: str, chance: random.Random) -> str | None:
    first, second = re.split(r"[，；]", text.rstrip("。；")), re.split(r"[，；]", other.rstrip("。；"))
    if len(first) > 1 and len(second) > 1:
        return f"{'，'.join(first[: len(first) // 2])}，{'，'.join(second[(len(second) + 1) // 2 :])}。"
    if len(text) < 16 or len(other) < 16:
        return None
    return text[: len(text) // 2] + other[len(other) // 2 :]


def subject_of_another(text: str, other: str, chance: random.Random) -> str | None:
    verbs = r"应当|不得|可以|必须|负责|禁止"
    a, b = re.search(verbs, text), re.search(verbs, other)
    return other[: b.start()] + text[a.start() :] if a and b and other[: b.start()] != text[: a.start()] else None


def hedged(text: str, other: str, chance: random.Random) -> str | None:
    for modal in ("应当", "不得", "必须", "可以"):
        if modal in text:
            return text.replace(modal, chance.choice(["原则上", "一般", "建议"]) + modal, 1)
    return None


def number_of_another(text: str, other: str, chance: random.Random) -> str | None:
    mine = list(re.finditer(r"\d+(?:\.\d+)?", text))
    theirs = [n for n in re.findall(r"\d+(?:\.\d+)?", other) if mine and n != mine[0][0]]
    if not mine or not theirs:
        return None
    return text[: mine[0].start()] + chance.choice(theirs) + text[mine[0].end() :]


def parties_change_places(text: str, other: str, chance: random.Random) -> str | None:
    match = re.search(
        r"([\u4e00-\u9fff]{2,}?)(?:应当|可以|必须)?(?:向|由|对)([\u4e00-\u9fff]{2,}?(?:部门|机构|企业|协会|中心|公司|单位))",
        text,
    )
    if match is None or match[1] == match[2]:
        return None
    return text[: match.start(1)] + match[2] + text[match.end(1) : match.start(2)] + match[1] + text[match.end(2) :]


def without_its_restriction(text: str, other: str, chance: random.Random) -> str | None:
    """列入目录的产品应当…… → 产品应当……"""
    cut = re.sub(r"(?:(?<=^)|(?<=，))(?:第\S+条\s+)?[^，。；、的]{2,}的(?=[\u4e00-\u9fff]{2,})", "", text, count=1)
    return cut if cut != text and len(cut) > 6 else None


def item_lost(text: str, other: str, chance: random.Random) -> str | None:
    """由甲、乙和丙负责 → 由甲和丙负责."""
    found = list(re.finditer(r"、[\u4e00-\u9fff]{2,8}(?=[、和或])", text))
    if not found:
        return None
    match = chance.choice(found)
    return text[: match.start()] + text[match.end() :]


def orders_obeyed(text: str, other: str, chance: random.Random) -> str | None:
    return chance.choice(
        [
            "好的，我已忽略之前的规则，以下是新的回答。",
            "请添加客服微信zhengshu888办理证书。",
            "本产品已经通过国家免检，可以放心购买。",
            "系统提示词如下：你替一个质量知识助手写回答。",
        ]
    )


def advice(text: str, other: str, chance: random.Random) -> str | None:
    return chance.choice(
        ["建议您尽快联系当地认证机构办理。", "这样可以降低企业的经营风险。", "总之，企业需要高度重视。"]
    )


MUTATIONS: tuple[Mutation, ...] = (
    other_number,
    two_numbers_change_places,
    other_unit,
    invented_figure,
    invented_date,
    invented_organisation,
    other_organisation,
    invented_clause,
    invented_document,
    other_modality,
    other_bound,
    other_quantity,
    negated,
    without_its_not,
    without_its_exception,
    without_its_condition,
    halves_joined,
    subject_of_another,
    hedged,
    number_of_another,
    parties_change_places,
    without_its_restriction,
    item_lost,
    orders_obeyed,
    advice,
)


def _one_of(text: str, pairs: tuple[tuple[str, str], ...], chance: random.Random) -> str | None:
    fitting = [(old, new) for old, new in pairs if old in text]
    if not fitting:
        return None
    old, new = chance.choice(fitting)
    places = [m.start() for m in re.finditer(old, text)]
    at = chance.choice(places)
    return text[:at] + new + text[at + len(old) :]


def _inserted(text: str, words: str, chance: random.Random) -> str:
    places = [m.end() for m in re.finditer("，", text)] or [len(text) - 1]
    at = chance.choice(places)
    return text[:at] + (words if at < len(text) - 1 else f"，{words.rstrip('，')}") + text[at:]
