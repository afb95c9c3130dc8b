"""When not to answer: requests we decline, and answers whose evidence is too thin."""

from __future__ import annotations

import re
from collections.abc import Sequence

from knowledge.standards import fold
from retrieval import wording
from retrieval.answers import Answer, Outcome
from retrieval.passages import FaqMatch

# Each pattern needs both what is asked to be done and with what; a question about the rules against
# forging (「伪造证书怎么处罚」) names no request and passes.
_DECLINED: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "falsify",
        re.compile(
            r"(?:帮|给|替|教|怎么|咋|如何|能不能|可以|想)(?!.{0,6}(?:识别|辨别|鉴别|分辨|辨认|举报|防止|防范|查处))"
            r".{0,16}(?:编(?!号|制|写)|(?<!怎么)(?<!如何)编写(?!单位|组|的?单位)"
            r"|补一?[份张个]|补做|补造|伪造|做假|造假|假的?|代签|倒签|改(?:日期|数据|报告)|p一?张|凑)"
            r".{0,14}(?:记录|报告|证书|数据|签名|台账|签字|资料|材料|标志|审核|章)"
            r"|(?:记录|报告|证书|数据|台账|审核).{0,10}(?:没做|没有|缺|不合格).{0,14}(?:编|造|伪造|补一份|改成合格)"
            r"|(?:买|办|弄)(?:一?[张个本])?假.{0,4}证(?!.{0,10}(?:罚|后果|责任|举报|违法|犯法))"
            r"|(?:假|不用审核|不审核).{0,6}(?:证书|报告).{0,6}"
            r"(?:哪.{0,3}(?:买|办|弄|搞|开|有)|怎么(?:买|弄|搞|开|做)|(?<!怎么)(?<!查)(?:买|办))|花钱.{0,6}买.{0,6}证"
        ),
    ),
    (
        "injection",
        re.compile(
            r"忽略.{0,8}(?:以上|之前|上面|前面|所有|规则|指令|提示)|系统提示词?|system\s*prompt|prompt"
            r"|扮演|越狱|开发者模式|不受.{0,6}限制|你现在是(?!谁)",
            re.I,
        ),
    ),
    ("stock", re.compile(r"股票|股价|股市|涨停|炒股|买入|卖出|抄底|基金.{0,4}(?:买|推荐)|涨不涨|市值|k线|期货")),
    (
        "medical",
        re.compile(
            r"吃什么药|吃啥药|头[疼痛]|发烧|感冒|血压|血糖|看病|挂号|症状|腰[疼痛]|失眠|孕|(?:药" r"|病).{0,4}(?:治|吃)"
        ),
    ),
    (
        "legal",
        re.compile(
            r"打官司|起诉|胜诉|能告(?:他|赢|谁)|律师函|(?:能|可以)?判几年|赔.{0,4}多少钱.{0,6}(?:我|能)"
            r"|劳动仲裁|离婚|帮我.{0,6}(?:起诉状|律师)"
        ),
    ),
    (
        "personal",
        re.compile(
            r"身份证|家庭住址|住哪[里儿]?|家住|老婆|老公|女朋友|工资多少|月薪|多大年纪|几岁|生日"
            r"|私人.{0,4}(?:电话|手机|微信)|手机号|个人微信|加.{0,10}微信|微信号?(?:多少|是啥|是多少|发我)|哪个?大学毕业|哪毕业"
        ),
    ),
    (
        "off_topic",
        re.compile(
            r"天气|下雨|气温|菜谱|好吃|外卖|餐厅|饭店|电影|电视剧|游戏|歌|星座|彩票|足球|篮球|世界杯|旅游"
            r"|机票|火车票|酒店(?!洗漱|用品)|笑话|讲个故事|相亲|情书|情诗|自我介绍|"
            r"写(?:一?[首篇段个封])?.{0,6}(?:诗|小说|作文|情书|文案|代码|程序|脚本|祝福|演讲稿|年终总结"
            r"|朋友圈|检讨)|python|java(?:script)?|excel公式|翻译(?:成|一下|这)|几点下班|怎么追女|减肥"
            r"|做饭|红烧|股东大会"
        ),
    ),
)


def declined(text: str) -> str | None:
    """Why a request is declined, as a key of `wording.DECLINED`; None where it is not."""
    folded = fold(text)
    return next((reason for reason, pattern in _DECLINED if pattern.search(folded)), None)


def decline(reason: str) -> Answer:
    return Answer(Outcome.NOT_IN_KNOWLEDGE, "refusal", wording.DECLINED[reason])


def not_in_knowledge(contact: str | None, near: Sequence[FaqMatch], missing: Sequence[str] = ()) -> Answer:
    """Says so, whom to ask, and up to three near questions that can be answered."""
    questions = [match.entry.question for match in near if match.entry.settles][:3]
    text = wording.refusal(wording.NOT_FOUND, contact, questions)
    return Answer(Outcome.NOT_IN_KNOWLEDGE, "refusal", text, suggestions=tuple(questions), missing=tuple(missing))
