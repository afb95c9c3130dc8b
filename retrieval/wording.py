"""Every sentence the answering journey itself says. Plain, warm, short."""

from __future__ import annotations

from collections.abc import Sequence

NOT_FOUND = "资料里没有找到这个问题的依据，不能乱答。"
ASK_WHOM = "可以问：{contact}"
DEFAULT_CONTACT = "苏州市光电产业商会秘书处，或当地市场监督管理局"
NEAR = "相近的、我能答的："
RESTS_ON = "（依据《{title}》{clause}）"
MISSING_PART = "资料里没有：{parts}"
INFERRED = "推断：{values}"
INFERRED_ONE = "{reading}（原文“{original}”）"
AS_OF_DOCUMENT = "（以上是{day}的说法，之后有无变化资料里没有。）"
OLD_EDITION = "（{edition}版，现已被{newer}版取代。）"
NO_SUCH_CLAUSE = "《{title}》没有{number}。{extent}"
EXTENT_ARTICLES = "全文共{count}条，最后一条是{last}。"
NEAREST_CLAUSES = "最近的是：{nearest}。"
LISTED_CLAUSE = "{number} {clause}：{title}"
CLAUSE_NOT_LISTED = "{number} 的 {clause} 这里没有收录，只收录到上一级 {parent}。请查正式出版的标准文本。"
LISTED_NOTE = "（这里只收录条款标题，正文请查正式出版的标准文本。）"
WHICH_DOCUMENT = "{number}，您问的是哪一份？"
HOLDINGS = "目前收录的资料："
HOLDINGS_NO_DATE = "原文未写日期"
MORE_ITEMS = "……共 {count} 项"

DECLINED = {
    "falsify": "不能帮忙编造或补造记录、报告、证书。没做的如实写明，尽快补做真实的审核或检验，"
    "并按纠正措施处理；需要的话可以问我内审怎么做、不符合项怎么整改。",
    "stock": "股价和投资的事我答不了。质量体系、认证、追溯方面的问题可以问我。",
    "medical": "看病用药请找医生。质量体系、认证、追溯方面的问题可以问我。",
    "legal": "具体纠纷的法律意见请咨询律师。我可以给您查法规条文怎么写。",
    "personal": "个人信息我不能提供。公开的单位联系方式可以问我。",
    "injection": "我只根据收录的资料回答质量方面的问题。",
    "off_topic": "资料里没有这方面的内容，这个不在我的范围里。我能答质量管理体系、认证、追溯和相关政策的问题。",
}


def refusal(first: str, contact: str | None, near: Sequence[str] = ()) -> str:
    lines = [first, ASK_WHOM.format(contact=contact or DEFAULT_CONTACT)]
    if near:
        lines += [NEAR, *(f"· {question}" for question in near)]
    return "\n".join(lines)
