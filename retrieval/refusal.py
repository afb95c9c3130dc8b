"""When not to answer: requests we decline, and answers whose evidence is too thin."""

from __future__ import annotations

import re
from collections.abc import Sequence

from knowledge.standards import fold
from retrieval import wording
from retrieval.answers import Answer, Outcome
from retrieval.passages import FaqMatch

# What only asks about forging, or to put an honest slip right: not a request to forge.
_HONEST = (
    r"罚|后果|责任|违[法规]|犯法|合法|举报|投诉|发现|防[止范]|[识辨鉴]别|真伪|查处|认定|算(?:不算|造假)|什么意思"
    r"|(?:怎么|如何)(?:办|处理)|注意|规定"
)
_SLIP = (
    r"漏[签填写]|忘了?签|[写填签]错|笔误|更正|划改|丢了|遗失|丢失|不齐|补正|补交|提交|打印|返工|返修|复检|重检|重新检"
)
_PAPERS = r"(?:记录|报告|数据|台账|资料|材料|签到表|签名|签字|评审|内审|管评)"
_ASKED_OF_US = r"(?:帮|给我|替|教|怎么|怎样|咋|如何|能不能|可不可以|能|可以|想|要|行吗|行不|可以吗)"
_FORGED = (
    # written afterwards, or dated back
    rf"补(?:签|填)(?!名|字).{{0,14}}{_PAPERS}|{_PAPERS}.{{0,10}}(?:后补|补签|补填|倒签|补几|补齐日期)"
    rf"|补(?:上|出|造)?(?:一|两|三|几|些|点)?[份张些点].{{0,12}}{_PAPERS}"
    r"|倒签|倒填|(?:日期|落款|签字时间|记录时间).{0,4}(?:改早|写早|签早|填早|往前|提早写)"
    r"|(?:日期|落款).{0,4}(?:改|写|签|填)(?:成|到|为|回)?(?:去年|以前|之前|上个?月|.{1,3}个?[月天年周](?:以|之)?前)(?!了)"
    # made to look right
    r"|(?:数据|数值|结果|结论|报告|记录).{0,10}改(?:成|为|到)?合格"
    rf"|(?:做|编|写|弄|搞|整)(?:一?[份个些点]|几份)?假.{{0,6}}{_PAPERS}"
    # bought
    r"|买(?:到|个|张|本|份|一[张个本份])?(?:[a-z0-9 /]{1,12}|体系|质量|管理|认证|产品|强制性|假的?|资质|检测|检验){0,4}"
    r"(?:证书|证(?!明|据|件)|报告)"
    r"|证书?.{0,3}(?:哪里|哪儿|在哪|怎么|能不能|可不可以|能|可以).{0,4}买(?!产品|的|卖)"
)
_TO_DECEIVE = (  # says it all, however it is asked for
    r"(?:应付|糊弄|对付|骗过?|蒙骗?|瞒过?).{0,4}(?:审核|检查|审查|认证|客户|抽查|老师).{0,14}(?:编|造|凑|补|弄|搞|看不出)"
    r"|(?:编|造|凑|补|弄|搞|整|生成).{0,16}(?:应付|糊弄|蒙混|骗过|瞒过)|(?:糊弄|蒙混|骗过|瞒过).{0,4}(?:审核|检查|过关)"
)
_REQUEST_TO_FORGE = (
    rf"^(?!.*(?:{_HONEST}))(?:.*(?:{_TO_DECEIVE})"
    rf"|(?!.*(?:{_SLIP}))(?=.*(?:{_ASKED_OF_US}|多少钱|哪里|哪儿|在哪)).*(?:{_FORGED})"
    # told to do it, and nothing asked: 「补签三个月前的管理评审记录」
    rf"|(?!.*(?:{_SLIP}|[吗么呢?？]|是否|有效|什么|哪|谁|多久))(?:{_FORGED}))"
)

_CONSEQUENCES = re.compile(r"罚|后果|会怎[样么]|会咋|责任|违[法规]|犯[法罪]|坐牢|判刑|举报|投诉|被(?:发现|查|抓)")
_TO_DO_IT = re.compile(
    r"(?:怎么|怎样|如何|咋)(?:才能?|能|去|来|可以)?(?:伪造|编|造|做假|弄假|办假|搞假|买假|补[造做签]|倒签|改)|不(?:违[法规]|犯法|负责|担责|用负)"
    r"|没有?(?:后果|责任)|"
    rf"帮我|帮忙|帮下|给我们?(?:编|做|弄|搞|开|补|造|整|写|来)|[替教]我|不被|不会被|才不|躲|逃避|避免|规避|[查看]不出|发现不了|不让.{{0,6}}(?:发现|知道)|{_TO_DECEIVE}"
)

# Each pattern needs both what is asked to be done and with what; a question about the rules against
# forging (「伪造证书怎么处罚」) names no request and passes.
_DECLINED: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "falsify",
        re.compile(
            r"(?:帮|给|替|教|怎么|咋|如何|能不能|可以|想)(?!.{0,6}(?:识别|辨别|鉴别|分辨|辨认|举报|防止|防范|查处))"
            r".{0,16}(?:编(?!号|制|写)|(?<!怎么)(?<!如何)编写(?!单位|组|的?单位)"
            r"|补一?[份张个](?!.{0,6}(?:证书|执照))|补做|补造|伪造|做假|造假|假的?|代签|倒签|改(?:日期|数据|报告)|p一?张|凑)"
            r".{0,14}(?:记录|报告|证书|数据|签名|台账|签字|资料|材料|标志|审核|章)"
            r"|(?:记录|报告|证书|数据|台账|审核).{0,10}(?:没做|没有|缺|不合格).{0,14}(?:编|造|伪造|补一份|改成合格)"
            r"|(?:买|办|弄)(?:一?[张个本])?假.{0,4}证(?!.{0,10}(?:罚|后果|责任|举报|违法|犯法))"
            r"|(?:假|不用审核|不审核).{0,6}(?:证书|报告).{0,6}"
            r"(?:哪.{0,3}(?:买|办|弄|搞|开|有)|怎么(?:买|弄|搞|开|做)|(?<!怎么)(?<!查)(?:买|办))|花钱.{0,6}买.{0,6}证"
            rf"|{_REQUEST_TO_FORGE}",
            re.S,
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
            r"官司.{0,6}赢|赢.{0,4}官司|胜诉|能告(?:他|赢|谁)|律师函|(?:起诉|诉)状|判几年|赔.{0,4}多少钱.{0,6}(?:我|能)|该赔我们?"
            r"|劳动仲裁|离婚|帮我.{0,6}律师"
            # one's own case; how long and where one may sue, the law's text says
            r"|^(?!.*(?:多久|多长|期限|时效|几年|几天|多少天|哪个法院))"
            r".*(?:我(?!国)|咱|他|该不该|要不要|值不值得).{0,16}(?:打官司|起诉|告(?:他|她|对方|供应商|客户))",
            re.S,
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


_MOST = 3  # near questions of a refusal


def declined(text: str) -> str | None:
    """Why a request is declined, as a key of `wording.DECLINED`; None where it is not."""
    folded = fold(text)
    return next(
        (reason for reason, pattern in _DECLINED if pattern.search(folded) and not _warned(reason, folded)), None
    )


def _warned(reason: str, text: str) -> bool:
    """Whether who speaks of faking asks what comes of it: 「买个假的证书投标被发现会怎样」."""
    return reason == "falsify" and bool(_CONSEQUENCES.search(text)) and not _TO_DO_IT.search(text)


def decline(reason: str) -> Answer:
    return Answer(Outcome.NOT_IN_KNOWLEDGE, "refusal", wording.DECLINED[reason])


def not_in_knowledge(
    contact: str | None, near: Sequence[FaqMatch], missing: Sequence[str] = (), clauses: Sequence[str] = ()
) -> Answer:
    """Says so, whom to ask, and up to three near questions that can be answered; the last ask for `clauses`."""
    questions = [match.entry.question for match in near if match.entry.settles][: _MOST - len(clauses)]
    questions += clauses[:_MOST]
    text = wording.refusal(wording.NOT_FOUND, contact, questions)
    return Answer(Outcome.NOT_IN_KNOWLEDGE, "refusal", text, suggestions=tuple(questions), missing=tuple(missing))
