"""Documents, their sentences as evidence, and a generator that hears what a test wrote."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from knowledge.clauses import find_clauses
from knowledge.documents import Document, Metadata, Origin
from knowledge.editions import Shelved
from knowledge.splitting import sentences, split
from retrieval.evidence import Sentence
from retrieval.extractive import Extract
from retrieval.generation.budget import Budget
from retrieval.generation.evidence import Evidence, with_exception
from retrieval.generation.generator import Generator
from retrieval.passages import Passage
from retrieval.understanding import Asked, Understood
from tests.fakes.chat_models import ScriptedChatModel

REGULATIONS = Path(__file__).parents[4] / "shared" / "regulations"

MEASURES = """# 样例光缆质量管理办法

2024年3月18日 样例市市场监督管理局公布

第一条 为了加强光缆质量管理，保护用户权益，制定本办法。

第二条 光缆出厂检验报告有效期为二十四个月。检验报告期满前三个月，生产企业可以申请换发。

第三条 生产企业不得伪造检验报告，不得冒用合格标志，但试制样品不贴标志的除外。

第四条 伪造检验报告的，由市场监督管理部门责令改正，处3万元以上10万元以下的罚款；情节严重的，暂停出厂检验资格六个月。

第五条 检测机构应当每年至少参加一次能力验证，抽样数量不少于12盘，原始记录保存期限不少于六年。

第六条 除军用光缆外，所有出厂光缆必须贴追溯码，追溯码应当在15日内上传至追溯平台。

第七条 用户可以向样例市光缆行业协会投诉，协会应当在7个工作日内答复。协会不收取任何费用。

第八条 衰减系数超过0.36dB/km的光缆，禁止出厂。首批抽检合格率为98.5%，不合格批次应当全部返工。

第九条 未经复检，不得恢复供货。复检费用由生产企业承担，标准见T/SAMPLE 012—2024。

第十条 本办法自2024年5月1日起施行。

第十一条 监督抽检不得收取检验费，但企业申请复检且结论维持不变的除外。

第十二条 检验记录应当永久保存，法律、行政法规另有规定的除外。

第十三条 除涉及商业秘密外，抽检结果应当在10日内公开。

第十四条 外地企业可以委托本市检测机构检验。但首次供货的产品不适用本条规定。

第十五条 试用期内的设备免于年检；但累计运行超过2000小时的，应当按期年检。
"""

NOTICE = """样例市光缆行业协会关于开展质量提升行动的通知

2024年9月6日，样例市光缆行业协会召开动员会，会议由副会长沈明川主持，32家企业参加。

本次行动为期18个月，预计投入资金260万元，重点支持中小企业建立追溯体系。

企业应当于2024年10月15日前提交自查报告，逾期未提交的，不得参加年度评优。

样例检测中心负责抽样检验，样例认证公司负责体系审核。

凡通过复核的企业，可以免费使用追溯平台，免费期不超过12个月，但涉密项目除外。

协会每季度公布一次抽检结果，部分结果须经市局确认后公布。
"""


@dataclass
class Memory:
    """The catalog's state table, in a dictionary."""

    kept: dict[str, str] = field(default_factory=dict)

    def state(self, key: str) -> str | None:
        return self.kept.get(key)

    def set_state(self, key: str, value: str) -> None:
        self.kept[key] = value


def a_document(text: str, title: str, published: date | None = None) -> Document:
    digest = hashlib.sha256(text.encode()).hexdigest()
    metadata = Metadata(title, published=published)
    clauses = find_clauses(text)
    return Document(
        digest[:16], f"{title}.md", Origin.FILE, digest, "text/markdown", metadata, text, text, clauses=clauses
    )


def the_documents() -> list[Document]:
    own = [
        a_document(MEASURES, "样例光缆质量管理办法", date(2024, 3, 18)),
        a_document(NOTICE, "质量提升行动通知", date(2024, 9, 6)),
    ]
    laws = [a_document(path.read_text("utf-8"), path.stem.split("(")[0]) for path in sorted(REGULATIONS.glob("*.md"))]
    return own + laws


def sentences_of(document: Document) -> list[Sentence]:
    """Every sentence of the text as evidence would cut it, in order; headings left out."""
    found: dict[int, Sentence] = {}
    shelved = Shelved(document.id, document.source, document.origin, document.metadata, document.metadata.title)
    chunks = split(document.id, document.metadata.title, document.text, document.clauses)
    for chunk in chunks:
        for start, end in sentences(document.text, chunk.start, chunk.end):
            raw = document.text[start:end]
            if re.search(r"[。；]\s*$", raw) and not raw.lstrip().startswith("#"):
                left = len(raw) - len(raw.lstrip())
                stop = start + len(raw.rstrip())
                found[start] = Sentence(Passage(chunk, shelved, 1.0), document, start + left, stop, 1.0)
    return [found[start] for start in sorted(found)]


def sentence_with(document: Document, words: str) -> Sentence:
    return next(s for s in sentences_of(document) if words in s.text)


def as_evidence(*found: Sentence) -> list[Evidence]:
    return [Evidence(number, with_exception(sentence)) for number, sentence in enumerate(found, 1)]


def a_question(text: str = "这件事怎么规定", *asks_for: Asked) -> Understood:
    return Understood(text, text, (), frozenset(asks_for), own=text)


def a_generator(
    *script: object,
    timeout: float = 5.0,
    daily_tokens: int = 0,
    state: Memory | None = None,
    usage: tuple[int, int] | None = None,
    today: Callable[[], date] = date.today,
) -> tuple[Generator, ScriptedChatModel]:
    model = ScriptedChatModel(script=list(script), usage=usage)
    return Generator(model, Budget(state or Memory(), daily_tokens, today=today), timeout), model


@dataclass
class Heard:
    """What a person would get: the sentences as they came, and the answer; none where the extract goes out."""

    shown: list[str]
    answer: Extract | None


def heard(generator: Generator, found: Sequence[Sentence], question: Understood | None = None) -> Heard:
    shown: list[str] = []
    extract = Extract(found[0].text, (found[0],))
    answer = generator.write(question or a_question(), extract, found, generator.hearing(shown.append))
    return Heard(shown, answer)
