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
NO_MORE_THAN = "全文共{count}{unit}，最后一{unit}是{last}。"
NONE_OF_ITS_KIND = "全文没有{what}。"
ALL_OF_ITS_KIND = "有的是：{names}。"
NO_SUBDIVISION = "《{title}》{number}没有{part}。{extent}"
PARAGRAPHS = "{number}共{count}款。"
PARAGRAPH_ITEMS = "{part}分{count}项，最后一项是{last}。"
NO_ITEMS = "{part}没有分项。"
NO_FOLLOWING = "《{title}》{number}{side}没有了。"
SIDES = {1: "之后", -1: "之前"}
CHILDREN = "{number}，下面有{count}条："
NO_CHILDREN = "{number}下面没有再分条。"
OUTLINE = "《{title}》共{counts}。"
EDITION_SAID = {"previous": "旧版", "newest": "最新版", "both": "新旧版"}
PENALTY_CHAPTER = "（哪一条管违反{number}的处罚，条文没有点明；可看{chapter}。）"
CITED_BY = "《{title}》里写到违反{number}的："
ANNEX_COUNT = "{count}个附录"
NO_SUCH_EDITION = "《{title}》没有收录{asked}，收录的是：{editions}。"
EDITION_OF_YEAR = "{year}年版"
EDITION_THEN = "{day}时的版本"
EDITION_BEFORE = "更早的版本"
EDITION_REPLACED = "已有新版"
EDITION_UPCOMING = "即将实施"
STILL_EDITION = "（{edition}版，是收录的版本里最新的。）"
THEN_EDITION = "（{day}时适用{edition}版，现已被{newer}版取代。）"
UPCOMING_EDITION = "（{edition}版，自{day}起施行，现在还没有生效。）"
REPEALED_DOCUMENT = "（这份文件已经废止。）"
REPEALED_ON = "（这份文件已于{day}废止。）"
UNDATED_EDITION = "（收录的这份没有写明日期，{day}时是否适用请核对。）"
EDITION_HEADING = "【{edition}版】"
ALSO_IN = "（{titles}也有{number}，要看请说出名称。）"
DOCUMENT_NOT_HELD = "资料里没有收录{name}，不能乱答{number}的内容。"
LISTED_EDITION = "这里只收录了 {number} 的条款标题，没有收录{asked}，不能拿旧的条款当新的答。"
LISTED_OTHER_EDITION = "这里只收录了 {number} 的条款标题，没有收录{asked}。"
LISTED_NEWEST = "更新的版本"
LISTED_NO_EXHIBIT = "{number} 这里只收录条款标题，没有收录{clause}。请查正式出版的标准文本。"
LISTED_NO_CHILDREN = "下一级条款这里没有收录。"
REST_IN_DETAILS = "\n……（回复“详细”看全文）"
NOT_ANYWHERE = "收录的文件里都没有{number}。"
WHICH_PART = "{number}不止一处，您问的是哪一处？"
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


# several questions in one message
UNSURE = "没有找到直接的回答，最接近的原文是：\n{text}"
NEAR_ENTRY = "没有找到正好这一问的回答，相近的是「{question}」：\n{text}"
SOURCE_SAYS = "《{title}》{dated}："
CLAUSE_QUESTION = "{title}{clause}讲什么？"
PART_NOT_FOUND = "资料里没有找到这个问题的依据。"
PART = "“{question}”{label}\n{answer}"
OF_DOCUMENT = "《{title}》："
OF_EDITION = "{edition}版"
HOLDS = "按收录的资料，《{title}》{edition}现行有效，没有被废止或取代的记录；以发文机关最新公布的为准。"
EDITIONS_HELD = "《{title}》收录了{count}个版本：{editions}（前者最新）。"
EDITION_HELD = "《{title}》收录的是{edition}版。"
REVISED = "《{title}》共修订{count}次："
LAST_REVISION = "最近一次：{text}"
CHANGED = "《{title}》{new}版与{old}版相比：{what}。"
NO_CHANGE = "没有内容上的改动"
CHANGES = {"CHANGED": "修改", "ADDED": "新增", "REMOVED": "删除", "MOVED": "移动"}
CHANGED_IN_FORM = "另有{count}{unit}只是标点、括号等格式不同。"
CLAUSE_ADDED = "新增 {name}：{text}"
CLAUSE_REMOVED = "删除 {name}：{text}"
CLAUSE_MOVED = "{old} 移到 {new}，内容没有变。"
WORDS_CHANGED = "“{old}”改为“{new}”"
WORDS_ADDED = "增加“{new}”"
WORDS_REMOVED = "删去“{old}”"
AND_MORE = "等"
TEXT_BEFORE = "原来：{text}"
TEXT_NOW = "现在：{text}"
PAGE = "《{title}》第{number}{unit}："
NO_SUCH_PAGE = "《{title}》没有第{number}{unit}，最后是第{last}{unit}。"
WHICH_PAGES = "您问的是哪一份的第{number}{unit}？"
OLDER_THAN_LAW = "（《{law}》{year}年已修订，与这份{old}年的规定不一致的，以新法为准。）"
