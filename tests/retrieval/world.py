"""A small assistant: a few documents and entries written here, real indexes in a folder of the test's own.

The confidence weights are written here too: what is tested is the journey, not how the last fit came out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from knowledge.catalog import Catalog
from knowledge.database import Base, Database
from knowledge.documents import Document, Origin
from knowledge.faqs import Confidence as Known
from knowledge.faqs import FaqEntry, Source
from knowledge.ingestion import Ingestion
from knowledge.keyword_index import KeywordIndex
from knowledge.library import ListedClause, ListedStandard
from knowledge.readers.limits import DEFAULT_LIMITS
from knowledge.terms import Segmenter
from knowledge.vector_index import open_vector_index
from retrieval.answering import Answerer
from retrieval.answers import Answer
from retrieval.confidence import Confidence, Logistic
from retrieval.questions import Exchange, Question
from retrieval.understanding import Understood
from tests.fakes.embeddings import BigramEmbeddings

TODAY = date(2026, 1, 15)

NEWS = """当前位置: 网站首页 新闻资讯

追溯平台启动会在滨江会议中心召开

发布日期:2024-11-29      来源:示例网      作者:示例商会

今天(1129日),追溯平台启动会在滨江会议中心顺利召开,由示例商会秘书长周远主持会议。

会议主题为“一物一码、全程可查”,来自检测机构和生产企业的代表40余人参加。

据介绍,目前全市已有3个片区试点,今年共建成12个质量联合体,覆盖企业86家,下一步将推广到更多企业。

首批上线追溯平台的企业有:甲光科技、乙光通信、丙缆集团、丁芯股份、戊镜光学、己纤材料、庚测仪器、辛源电子、壬达光子、癸成精工、子午光学、丑寅通信、卯辰光电、巳午电缆、未申激光、酉戌传感、亥时仪表、天干材料、地支器件、五行光纤等。

启动会之后,与会代表参观了展厅,展厅面积约600平方米,陈列光纤预制棒、光缆、光器件等样品,由讲解员逐一介绍样品的来历,介绍结束之后代表们在展厅门口合影留念,随后乘车前往生产车间,观看了给每一盘光缆贴追溯码的全过程,并就追溯码的编码方法向车间主任提出问题,车间主任当场作了回答。
"""

OLD_RULES = """# 示例认证管理办法

2021年3月1日 示例市人民政府公布

第一条 为了规范认证活动，制定本办法。

第二条 认证证书有效期为二年。

第三条 伪造认证证书的，责令改正，处1万元罚款。

第四条 本办法自2021年3月1日起施行。
"""

RULES = """# 示例认证管理办法

2023年7月20日 示例市人民政府公布

第一条 为了规范认证活动，制定本办法。

第二条 认证证书有效期为三年。

第三条 伪造认证证书的，责令改正，处5万元以上20万元以下的罚款。

第四条 认证机构应当每年监督审核一次。

第五条 本办法自2023年7月20日起施行。
"""

TESTING_RULES = """# 示例检测规范

第一条 检测报告应当加盖检测专用章。

第二条 检测原始记录至少保存六年。

第三条 本规范由示例协会负责解释。
"""

GUIDE_OF_CLAUSES = """# 示例车间手册

## 4.1 元器件

来料元器件应当逐批抽检。

## 4.2 标识

每盘光缆应当贴追溯码。
"""

FILES = {
    "追溯平台启动会.txt": NEWS,
    "示例认证管理办法(2021-03-01).md": OLD_RULES,
    "示例认证管理办法(2023-07-20).md": RULES,
    "示例检测规范.md": TESTING_RULES,
    "示例车间手册.md": GUIDE_OF_CLAUSES,
}


def an_entry(entry_id: str, question: str, answer: str, *, source: Source | None = None, **rest: object) -> FaqEntry:
    fields = {"confidence": Known.OFFICIAL, "topic": "examples", "settles": True} | rest
    return FaqEntry(entry_id, question, answer, (source or Source("示例协会", "示例公告"),), **fields)  # type: ignore[arg-type]


ENTRIES = (
    an_entry(
        "cert-validity",
        "认证证书有效期几年",
        "认证证书有效期为三年。",
        source=Source("示例市人民政府", "示例认证管理办法", date="2023-07-20", clause="第二条"),
        similar=("认证证书能用多久",),
    ),
    an_entry(
        "hotline",
        "咨询热线是多少",
        "咨询热线：0000-12345。",
        similar=("咨询电话是多少",),
    ),
    an_entry(
        "fee-unknown",
        "送检收费标准是多少",
        "收费标准没有公开，请直接问检测机构。",
        settles=False,
        confidence=Known.NOT_FOUND,
        similar=("送检费用多少钱",),
    ),
    an_entry(
        "scheme-earlier",
        "新方案获批了吗",
        "是否获批，没有查到。截至2024年11月29日还在审批。",
        settles=False,
        partly=True,
        as_of=date(2024, 11, 29),
        confidence=Known.NOT_FOUND,
    ),
)

STANDARD = ListedStandard(
    number="GB/T 19001-2016",
    title="质量管理体系 要求",
    aliases=("ISO 9001", "9001"),
    clauses=(
        ListedClause("10", "改进"),
        ListedClause("10.1", "总则"),
        ListedClause("10.2", "不合格和纠正措施"),
        ListedClause("10.2.1", "出现不合格时"),
        ListedClause("10.3", "持续改进"),
    ),
    sources=(Source("国家标准化管理委员会", "质量管理体系 要求", "GB/T 19001-2016", "2016"),),
    equivalent="ISO 9001:2015",
    slug="example-19001",
)

CONFIDENCE = Confidence(
    faq=Logistic(-6.0, {"phrasing": 9.0, "unseen": -4.0}),
    extract=Logistic(-4.0, {"context": 7.0, "unknown": -12.0}),
    faq_threshold=0.5,
    extract_threshold=0.5,
)


@dataclass
class World:
    home: Path
    database: Database
    catalog: Catalog
    ingestion: Ingestion
    answerer: Answerer

    def ask(self, text: str, *history: str, library: bool = True) -> Answer:
        return self.answerer.answer(a_question(text, *history, library=library))

    def read(self, text: str, *history: str) -> Understood:
        return self.answerer.reader.read(a_question(text, *history))

    def add(self, files: dict[str, str]) -> None:
        folder = self.home / "files"
        folder.mkdir(exist_ok=True)
        for name, text in files.items():
            (folder / name).write_text(text, "utf-8")
        report = self.ingestion.add([folder / name for name in files])
        assert report.failed == 0, report

    def document(self, source: str) -> Document:
        (document_id,) = self.catalog.from_source(source, Origin.FILE)
        return self.catalog.document(document_id)


def a_question(text: str, *history: str, library: bool = True) -> Question:
    return Question(text, tuple(Exchange(one) for one in history), TODAY, library)


def open_world(
    home: Path,
    segmenter: Segmenter,
    files: dict[str, str] | None = None,
    entries: Sequence[FaqEntry] = ENTRIES,
    standards: Sequence[ListedStandard] = (STANDARD,),
) -> World:
    database = Database(f"sqlite:///{home / 'guangzhi.db'}")
    Base.metadata.create_all(database.engine)
    catalog, embeddings = Catalog(database), BigramEmbeddings()
    vectors = open_vector_index(home / "chroma", None, embeddings.name)
    answerer = Answerer(
        catalog, KeywordIndex(catalog), vectors, embeddings, segmenter, standards, "示例热线", CONFIDENCE
    )
    world = World(home, database, catalog, Ingestion(catalog, vectors, embeddings, segmenter, DEFAULT_LIMITS), answerer)
    world.add(FILES if files is None else files)
    world.ingestion.add_faqs(entries, Origin.LIBRARY)
    return world
