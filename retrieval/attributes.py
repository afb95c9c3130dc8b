"""Which property of its subject a question asks for, and whether another question or a text has it."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

from knowledge.standards import fold, squeeze
from retrieval.answer_types import CARRIES, CONTACTS, carried, closer, without
from retrieval.understanding import Asked


class Attribute(StrEnum):
    """Which property of its subject a question asks for: finer than `Asked`, by the noun or verb that names it."""

    FEE = "fee"
    AMOUNT = "amount"  # lent, granted, paid out
    RATE = "rate"
    VALIDITY = "validity"
    RETENTION = "retention"
    INTERVAL = "interval"
    DURATION = "duration"
    PROPOSED = "proposed"  # the days in the life of a document
    RELEASED = "released"
    IN_FORCE = "in_force"
    REVISED = "revised"
    FOUNDED = "founded"
    DATE = "date"  # of anything else
    CODE = "code"
    PHONE = "phone"
    ADDRESS = "address"
    ONLINE = "online"
    CONTACT = "contact"  # however it be
    COPY = "copy"  # where to get the text, or the thing
    MATERIALS = "materials"
    CONDITIONS = "conditions"
    STEPS = "steps"
    ORDER = "order"
    KINDS = "kinds"
    CHANGES = "changes"
    PENALTY = "penalty"
    REASON = "reason"
    DEFINITION = "definition"
    CONTENT = "content"
    WHO = "who"
    PLACE = "place"
    MEMBERS = "members"  # of a list
    COUNT = "count"
    WHETHER = "whether"


_FEE_WORDS = (
    r"(?:多少|几[块百千万个]?)钱|[要交花]钱|(?<!消)费(?!者|城)|价[格钱位]|报价|单价|统一价|标准价|几块$|花(?:多少|几)"
    r"|要多少元|免费|贵"
)
_AMOUNT_WORDS = (
    r"额度|上限|限额|最[高多低少].{0,3}[贷借拿补奖]|[贷借]款?[了到出给]?多少|余额|规模|奖金|金额|补[贴助].{0,4}多少"
    r"|发放.{0,2}多少|销售额"
)
_VALIDITY_WORDS = (
    r"有效期|有效(?:多久|几年)|[管用](?:[几三多]年|多久|多少年)|[几多][年久少].{0,3}(?:到期|有效|过期|失效|[一1]换)"
    r"|什么时候(?:到期|过期|失效)|保质期"
)
_INTERVAL_WORDS = (
    r"多久.{0,6}[一1][次回遍届]|间隔|周期|[每几多]年.{0,4}[一1][次回遍届]|频[次率]|[一1]年.{0,6}几[次回遍]|每年几月"
)
_CODE_WORDS = (
    r"编号|文号|标准号|文件号|几号文|代号|证书号|备案号|在.{1,6}备案|第几号|几号令|字号|团标号"
    r"|(?<!条款)号(?:是)?(?:多少|发我)|soecc几号"
)
_STEPS_WORDS = (
    r"流程|步骤|程序|环节|哪几步|哪些步|第[一1]步|(?<!第)几步|(?<!第)几个?阶段|办法|做法|手续|找谁|报名"
    r"|(?<!会)(?:怎么|怎样|如何|咋)(?!样|规定|罚|处罚|处理|回事|说|算|要求|写)"
)
_DEFINITION_WORDS = (
    r"是什么(?!时|人|地|单|原|样|级|类|部)|是啥(?!时)|什么是|啥是|什么意思|啥意思|指啥|指什么|定义|干[啥嘛]的|做什么的"
    r"|干什么|什么叫|是[哪什]|介绍|怎么回事|叫[什啥]|哪个(?:标准|文件|规则)|依据"
)
_CONTENT_WORDS = (
    r"内容|[讲写说][了的]?(?:什么|啥|哪)|规定了?(?:什么|啥|哪)|要点|核心|重点|包括|条款|有几章|怎么规定|要求什么"
)
_WHO_WORDS = (
    r"谁|哪位|哪[一1]?[个家些](?:人|单位|部门|机构|公司|企业|局|领导|科|处)|哪家|什么人|负责人|主持|归口|牵头|起草|主办"
    r"|承办|代表|职务|职位|会长|秘书长|局长|处长|主任|哪[里儿]的"
)
_WHETHER_WORDS = (
    r"吗|(?<![什怎这那多])么$|是不是|有没有|能不能|可不可以|要不要|是否|算不算|行不行|对不对|没有?$|不$|用不用"
    r"|需不需要|在不在|该不该|会不会|管不管|靠不靠"
)
_WORDS: tuple[tuple[Attribute, str], ...] = (
    (Attribute.FEE, _FEE_WORDS),
    (Attribute.AMOUNT, _AMOUNT_WORDS),
    (Attribute.RATE, r"利率|利息|年化|贴息"),
    (Attribute.VALIDITY, _VALIDITY_WORDS),
    (Attribute.RETENTION, r"(?:保存|保留|留存|存档|保管|[存留])(?:期|.{0,4}(?:多久|多长|几年|多少年|[三3]年|年限))"),
    (Attribute.INTERVAL, _INTERVAL_WORDS),
    (Attribute.CODE, _CODE_WORDS),
    (Attribute.PHONE, r"电话|手机|号码|热线|传真"),
    (Attribute.ADDRESS, r"地址|哪[里儿]?办公"),
    (Attribute.ONLINE, r"邮箱|网[址站]|官网|链接|邮件|微信"),
    (Attribute.CONTACT, r"联系|怎么找"),
    (Attribute.COPY, r"下载|全文|原文|pdf|文本|电子版|[买购]|哪里看"),
    (
        Attribute.MATERIALS,
        r"(?:材料|资料)(?![,，。])|文件清单|[交备准报带填][备交报]?.{0,3}(?:什么|哪些|啥)|数据项|字段",
    ),
    (Attribute.CONDITIONS, r"条件|门槛|前提|资格|(?<!体系)要求|满足|符合什么"),
    (Attribute.STEPS, _STEPS_WORDS),
    (Attribute.ORDER, r"先后|顺序|[哪谁]个?.{0,2}先(?!进)|先.{1,8}还是"),
    (Attribute.KINDS, r"(?<!第)[几哪]几?[类种]|分类|类别|种类|什么类型"),
    (Attribute.CHANGES, r"变化|改了|区别|不同|差别|修[订改]了?(?:什么|哪|啥)|多了|新增|新旧|比"),
    (Attribute.PENALTY, r"罚|后果|责任|会怎[样么]|怎么处理|怎么办|追究|违法|吊销|取缔|还能|还有效"),
    (Attribute.REASON, r"为什么|为啥|原因|怎么会|干嘛要|凭什么|目的|意义|好处|有.{0,2}用|图个啥|作用|效果|成效"),
    (Attribute.DEFINITION, _DEFINITION_WORDS),
    (Attribute.CONTENT, _CONTENT_WORDS),
    (Attribute.WHO, _WHO_WORDS),
    (Attribute.PLACE, r"哪[里儿]|在哪|什么地方|啥地方|地点|会场|哪个(?:区|市|省|地方|城市)"),
    (Attribute.MEMBERS, r"哪些|哪几|有哪|哪[两三23]|都有(?:谁|啥|什么)|包括|名单|清单|列一下|分别|有啥|有什么|目录"),
    (
        Attribute.COUNT,
        r"多少(?!钱|[年天])|(?<!第)几[个家项户人次种类条批届件张倍级层步页位名所处]|数量|人数|次数|比例|百分之|占比|总[数共]",
    ),
    (Attribute.WHETHER, _WHETHER_WORDS),
)
_DONE: tuple[tuple[Attribute, str], ...] = (
    (Attribute.PROPOSED, r"立项|立的项|启动编|开始编|编制"),
    (Attribute.RELEASED, r"发布|公布|出台|印发|颁布|公开|落款|[发出]的|[发出]来|[发出]下来|出了"),
    (Attribute.IN_FORCE, r"实施|施行|生效|执行|起用|启用|强制"),
    (Attribute.REVISED, r"修订|修改|改[的过了版]|换版|新版|废止|作废|更新"),
    (Attribute.FOUNDED, r"成立|揭牌|组建|创立|筹建"),
)
_DAY = (
    r"什么时候|啥时候|何时|哪[一1]?[天年月日]|哪个月|几月|几号(?!文|令)|几几年|几点|时间|日期|什么日子|哪届"
    r"|[从自].{0,4}开始|截止|时限"
)
_LASTING = r"多久|多长|多少[年天月]|[几两][年天]|几个月|几日|期限|时限|几小时|多少个?(?:小时|月)"
_ASKED_BY = tuple((attribute, re.compile(words)) for attribute, words in _WORDS)
_WHEN_DONE = tuple((attribute, re.compile(words)) for attribute, words in _DONE)
_IF_DONE = tuple(
    (attribute, re.compile(rf"(?:{words})(?:[了过没吗]|$)|有没有(?:{words})")) for attribute, words in _DONE
)
_SEVERAL = re.compile(r"哪些|哪几|哪[两三23]|有谁|有哪|名单|清单|分别|列一下")
_TITLE = re.compile(r"《[^》]*》")  # its words ask for nothing
_WHEN, _HOW_LONG = re.compile(_DAY), re.compile(_LASTING)
_PARTS = re.compile(r"[\s,，。;；?？!！]+")
_LEAST_PART = 4  # characters
_LASTS = frozenset({Attribute.VALIDITY, Attribute.RETENTION, Attribute.INTERVAL})
# How a question is put; what it asks for may be said more closely by a noun or verb beside it.
_FORMS = frozenset(
    {Attribute.WHETHER, Attribute.COUNT, Attribute.MEMBERS, Attribute.DEFINITION, Attribute.PLACE, Attribute.WHO}
    | {Attribute.CONTENT}
)
# What an entry may answer however its own question is put.
_OPEN = frozenset(
    {Attribute.WHETHER, Attribute.MEMBERS, Attribute.DEFINITION, Attribute.CONTENT, Attribute.STEPS}
    | {Attribute.CONDITIONS, Attribute.CHANGES}
)
_DATES = frozenset(attribute for attribute, _ in _DONE)
# Asked for in other words, or told in one breath.
_AKIN = frozenset(
    frozenset(pair)
    for pair in (
        *((Attribute.DATE, other) for other in (*_DATES, *_LASTS, Attribute.WHETHER)),
        *((Attribute.DURATION, other) for other in (Attribute.REVISED, *_LASTS)),
        *((Attribute.COUNT, other) for other in (Attribute.MEMBERS, Attribute.KINDS, Attribute.AMOUNT)),
        *(
            (Attribute.PLACE, other)
            for other in (Attribute.ADDRESS, Attribute.ONLINE, Attribute.CONTACT, Attribute.COPY)
        ),
        *((Attribute.CONTACT, other) for other in (Attribute.ADDRESS, Attribute.PHONE)),
        *((Attribute.MATERIALS, other) for other in (Attribute.CONDITIONS, Attribute.CONTENT)),
        *((Attribute.REASON, other) for other in (Attribute.DEFINITION, Attribute.CONTENT)),
        (Attribute.AMOUNT, Attribute.FEE),
        (Attribute.WHO, Attribute.MEMBERS),
        (Attribute.KINDS, Attribute.MEMBERS),
        (Attribute.COPY, Attribute.ONLINE),
        (Attribute.ORDER, Attribute.STEPS),
        (Attribute.REVISED, Attribute.CHANGES),
    )
)
_SPAN = r"(?<!\d)(?:\d{1,3}|[一二三四五六七八九十两]+)(?:个月|个?(?:年|天|周|小时|工作日)|日内)"
_ON_DAY = r"\d年|\d月|\d日"
_HAS: dict[Attribute, re.Pattern[str]] = {
    Attribute.FEE: re.compile(r"费|价"),
    Attribute.AMOUNT: re.compile(r"\d[万亿]|元"),
    Attribute.RATE: re.compile(r"\d%|百分|点"),
    **{attribute: re.compile(_SPAN) for attribute in (*_LASTS, Attribute.DURATION)},
    **{attribute: re.compile(_ON_DAY) for attribute in (*_DATES, Attribute.DATE)},
    Attribute.CODE: CARRIES[Asked.NUMBER],
    Attribute.PHONE: re.compile(CONTACTS[0][1]),
    Attribute.ADDRESS: re.compile(CONTACTS[1][1]),
    Attribute.ONLINE: re.compile(CONTACTS[2][1]),
    Attribute.PENALTY: CARRIES[Asked.PENALTY],
    Attribute.COUNT: CARRIES[Asked.HOW_MANY],
}


@lru_cache(maxsize=20_000)
def attributes(question: str) -> frozenset[Attribute]:
    """All that the question may be taken to ask for; empty where it names a subject and no more."""
    text = squeeze(_TITLE.sub("", fold(question))).lower().rstrip("?？。!！,，")
    found = {attribute for attribute, words in _ASKED_BY if words.search(text)}
    if _WHEN.search(text):
        found |= {attribute for attribute, words in _WHEN_DONE if words.search(text)} or {Attribute.DATE}
    elif Attribute.WHETHER in found:  # 发布了吗: who says yes says when
        found |= {attribute for attribute, words in _IF_DONE if words.search(text)}
    if _HOW_LONG.search(text) and not found & _LASTS:
        found.add(Attribute.DURATION)
    if Attribute.WHO in found and not _SEVERAL.search(text):
        found.discard(Attribute.MEMBERS)  # 目录是谁定的 asks for nothing in it
    if found - _FORMS - _OPEN:
        found.discard(Attribute.COUNT)  # 编号多少 counts nothing
    return frozenset(found)


def decisive(question: str) -> frozenset[Attribute]:
    """What an entry has to be asked for as well; empty where its answer may have it unasked."""
    parts = [attributes(part) for part in _PARTS.split(question) if len(part) >= _LEAST_PART]
    closest = [asked - _FORMS or asked for asked in parts if asked]
    if len(closest) < 2:
        asked = attributes(question)
        closest = [asked - _FORMS or asked]
    return frozenset() if any(asked & _OPEN for asked in closest) else frozenset().union(*closest)


def particular(asked: frozenset[Attribute]) -> bool:
    """Whether a noun or verb says what is asked for, more than 谁 or 多少 does."""
    return bool(asked - _FORMS)


def days(asked: frozenset[Attribute]) -> frozenset[Attribute]:
    """Those that are days in the life of a document: 什么时候发布、什么时候实施 asks for two."""
    return asked & _DATES


def agree(asked: frozenset[Attribute], other: frozenset[Attribute]) -> bool:
    """Whether another question asks for any of it, or for what goes with it."""
    return bool(asked & other) or any(frozenset((one, two)) in _AKIN for one in asked for two in other)


def may_have(asked: frozenset[Attribute], text: str, question: str = "") -> bool:
    """Whether a text has the form of any of it (a sum, a day, a telephone number), or none can be told."""
    text = without(text, question)
    if asked == {Attribute.COUNT}:
        return carried(Asked.HOW_MANY, text, closer(Asked.HOW_MANY, question)) == 1.0
    return any(attribute not in _HAS or _HAS[attribute].search(text) for attribute in asked)
