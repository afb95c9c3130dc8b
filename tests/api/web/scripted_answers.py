"""What the stand-in server answers: one of each kind of answer the page has to show."""

from __future__ import annotations

from typing import Any

SEED = "《光电产业链 质量管理体系 要求》标准宣贯暨光电全产业链质量管理体系认证启动会议顺利召开"
STARTED = "《光电产业链 质量管理体系要求》团体标准于今年3月启动立项,9月28日对外发布,9月30日正式实施。"
STARTED_ORIGINAL = "《光电产业链 质量管理体系要求》团体标准于今年3月启动立项,928日对外发布,930正式实施。"
AUTHORS = (
    "由苏州市光电产业商会提出并归口,中国检验认证集团江苏有限公司、国家平板显示产业计量测试中心(苏州)、"
    "国家通信光电缆产品质量检验检测中心、江苏亨通光电股份有限公司、江苏亨通线缆科技有限公司、通鼎互联信息股份有限公司、"
    "江苏永鼎股份有限公司、江苏中利集团股份有限公司、苏州旭创科技有限公司等单位参与编写。"
)


def citation(**given: Any) -> dict[str, Any]:
    blank = dict.fromkeys(
        ["edition", "clause", "place", "original", "body", "number", "date", "url", "evidence_url"], None
    )
    return {**blank, "quote": "", "inferences": [], "source": "000_26138466c64f3997.txt", **given}


def answer(outcome: str, kind: str, label: str, text: str, **given: Any) -> dict[str, Any]:
    html = given.pop("html", "".join(f"<p>{line}</p>" for line in text.split("\n")))
    blank: dict[str, Any] = {"missing": [], "suggestions": [], "citations": [], "details_html": "", "question": ""}
    return {"outcome": outcome, "kind": kind, "label": label, "text": text, "html": html, **blank, **given}


CHAMBER = citation(
    document=SEED,
    body="苏州市光电产业商会",
    date="2024-11-29",
    url="https://soecc.org.cn/p/web.show/bid-0p26lq34t60cg.html",
    quote=STARTED,
    original=STARTED_ORIGINAL,
    inferences=[["9月28日", "928日"], ["9月30日", "930"]],
    evidence_url="/evidence/seed-000?start=812&end=868",
)
DRAFTERS = citation(
    document=SEED,
    body="苏州市光电产业商会",
    date="2024-11-29",
    quote=AUTHORS,
    evidence_url="/evidence/seed-000?start=868&end=1010",
)
CERTIFICATES = citation(
    document="质量管理体系认证规则",
    edition="2025 年版",
    number="CNCA-QMS-01:2025",
    body="国家认证认可监督管理委员会",
    date="2026-01-01",
    source="certification.md",
)

RELEASE = answer(
    "answered",
    "extract",
    "原文摘录",
    "9月28日对外发布，9月30日正式实施（推断：原文写作「928日」「930」）。",
    citations=[CHAMBER],
    details_html="<p>发布日期：2024-11-29，来源：光电产业网。</p><ul><li>归口：苏州市光电产业商会</li><li>立项：2024年3月</li></ul>",
    suggestions=["这个团标由谁归口", "团标的认证方案批了吗"],
)
VALIDITY = answer(
    "answered",
    "faq",
    "常见问题",
    "质量管理体系认证证书一般有效期三年。期间每年接受监督审核，到期前完成再认证。",
    html="<p>质量管理体系认证证书一般有效期<strong>三年</strong>。期间每年接受监督审核，到期前完成再认证。</p>",
    citations=[CERTIFICATES],
    question="质量管理体系认证证书有效期几年",
)
REFUSAL = answer(
    "not_in_knowledge",
    "refusal",
    "",
    "资料里没有苏州天气的内容，我只回答光电产业链的标准、追溯和认证问题。",
    suggestions=["质量管理体系认证证书有效期几年", "产品质量追溯要记录哪些数据", "苏质贷怎么申请"],
)
PARTLY = answer(
    "partly_supported",
    "extract",
    "原文摘录",
    "团体标准由苏州市光电产业商会提出并归口，多家单位参与编写。",
    missing=["团体标准的售价"],
    citations=[
        DRAFTERS,
        citation(
            document="质量管理小组活动的实施和评价准则", number="SOECC 002-2021", date="2021-12", source="faq.yaml"
        ),
        CHAMBER,
        CERTIFICATES,
    ],
    question="《光电产业链 质量管理体系 要求》的归口单位是谁、售价多少",
)
GENERATED = answer(
    "answered",
    "generated",
    "AI 生成",
    "生产和服务提供的控制要求分三步：\n1. 识别输出\n2. 标识状态\n3. 保留可追溯所需的记录",
    html=(
        "<p>标识和可追溯性分三步：</p><ol><li>需要时，用适当的方法识别输出；</li><li>按监视和测量要求标识输出状态；</li>"
        "<li>有可追溯要求时，控制唯一性标识并保留记录。</li></ol><table><thead><tr><th>阶段</th><th>要记录的数据</th>"
        "<th>责任部门</th></tr></thead><tbody><tr><td>原材料</td><td>批号、供方、检验结果</td><td>采购与质检</td></tr>"
        "<tr><td>生产</td><td>工序、设备、人员、时间</td><td>制造部</td></tr></tbody></table>"
    ),
    citations=[
        {**DRAFTERS, "clause": "8.5.2", "document": "质量管理体系 要求", "number": "GB/T 19001-2016", "place": "第12页"}
    ],
)
GREETING = answer("dialogue", "dialogue", "", "您好！可以直接问标准、追溯或认证的问题，例如「8.5.2 要求做什么」。")
BULK = answer("answered", "extract", "原文摘录", "团体标准由苏州市光电产业商会提出并归口。", citations=[DRAFTERS])


def answer_to(message: str) -> dict[str, Any]:
    scripts = {"天气": REFUSAL, "有效期": VALIDITY, "售价": PARTLY, "8.5.2": GENERATED, "你好": GREETING, "第": BULK}
    return next((script for word, script in scripts.items() if word in message), RELEASE)


BEFORE = (
    "会上,举行《光电产业链 质量管理体系 要求》团体标准文本赠送仪式。苏州市市场监督管理局标准化管理处曹秀峰处长、"
    "认证监督管理处黄东远处长向本团体标准编写单位,现场赠送标准发布实施稿文本。\n\n"
)
MEETING = "会议主题为“质量赋能、标准引航、认证护航”,质量、标准、认证工作负责人40余人参加。\n\n"
CHAMBER_PAGE = {
    "title": SEED,
    "body": "苏州市光电产业商会",
    "number": None,
    "edition": None,
    "status": None,
    "date": "2024-11-29",
    "source": "000_26138466c64f3997.txt",
    "place": None,
}
EVIDENCE: dict[str, dict[str, Any]] = {
    "seed-000": {
        "document": CHAMBER_PAGE,
        "clause": None,
        "before": MEETING * 12 + BEFORE,
        "quote": STARTED,
        "after": AUTHORS + "\n\n" + MEETING * 6,
        "original": STARTED_ORIGINAL,
        "original_before": "  " + MEETING * 12 + BEFORE,
        "original_after": AUTHORS + "\n\n18.jpg\n\n" + MEETING * 6,
        "repairs": [
            {"text": "9月28日", "original": "928日", "reason": "日期缺「月」，按发布日期补全", "inferred": True},
            {
                "text": "9月30日",
                "original": "930",
                "reason": "日期缺「月」「日」，按发布日期补全",
                "inferred": True,
            },
            {"text": "", "original": "00.png", "reason": "图片文件名，不是正文", "inferred": False},
        ],
        "found": True,
    },
    "plain": {
        "document": {
            **CHAMBER_PAGE,
            "title": "质量管理体系认证规则",
            "status": "废止",
            "edition": "2014 年版",
            "place": "第3页",
        },
        "clause": "4.7.2",
        "before": "4.7.1 认证机构应及时作出认证决定。\n",
        "quote": "4.7.2 认证证书有效期为三年。",
        "after": "\n4.7.3 认证证书应注明范围。",
        "original": None,
        "original_before": None,
        "original_after": None,
        "repairs": [],
        "found": True,
    },
    "gone": {
        "document": CHAMBER_PAGE,
        "clause": None,
        "before": "",
        "quote": "",
        "after": "",
        "original": None,
        "original_before": None,
        "original_after": None,
        "repairs": [],
        "found": False,
    },
}
DOCUMENTS = [
    {**CHAMBER_PAGE, "origin": "导入"},
    {
        "title": "质量管理体系认证规则",
        "body": "国家认证认可监督管理委员会",
        "number": "CNCA-QMS-01:2025",
        "edition": "2025 年版",
        "status": "现行",
        "date": "2026-01-01",
        "origin": "内置",
    },
    {
        "title": "质量管理体系 要求",
        "body": "国家市场监督管理总局",
        "number": "GB/T 19001-2016",
        "edition": None,
        "status": "现行",
        "date": "2016-12-30",
        "origin": "内置",
    },
]
