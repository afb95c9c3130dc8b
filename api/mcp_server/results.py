"""What the tools give back, as types: the protocol hands their schemas to whoever calls.

The descriptions are read by models and by the people who write for them.
"""

from __future__ import annotations

from pydantic import BaseModel, Field


class Source(BaseModel):
    """一条依据。quote 是所收录原文中一字不差的一段；为空表示只知道出处、没有收录原文。"""

    document: str = Field(description="文件标题")
    document_id: str | None = None
    number: str | None = Field(None, description="标准号或文号")
    edition: str | None = None
    clause: str | None = None
    place: str | None = Field(None, description="在文件里的位置，如 第3页")
    quote: str = ""
    original: str | None = Field(None, description="文件里原来的样子，与 quote 不同时才有")
    body: str | None = Field(None, description="发布机构")
    date: str | None = None
    url: str | None = None
    evidence_url: str | None = Field(None, description="在上下文里查看这段原文的网页")


class Reply(BaseModel):
    """一个有依据的回答。"""

    outcome: str = Field(
        description="answered 有依据；partly_supported 部分有；not_in_knowledge 资料里没有；dialogue 寒暄或反问"
    )
    kind: str
    label: str = Field(description="文字的性质：原文摘录、常见问题、AI 生成 等")
    text: str
    citations: list[Source]
    missing: list[str] = Field(description="问到而资料里没有的部分")
    suggestions: list[str] = Field(description="资料能回答的相近问题")
    question: str = Field(description="按上文补全后的问题")


class Edition(BaseModel):
    document_id: str
    title: str
    number: str | None = None
    edition: str | None = None
    status: str = Field(description="现行、即将实施 或 废止")
    superseded_by: str | None = Field(None, description="取代它的文档的编号")
    published: str | None = None
    effective: str | None = None


class Passage(Edition):
    """一段原文，与所收录的文本一字不差。"""

    text: str
    heading: str
    clause: str | None = None
    page: int | None = None
    body: str | None = None
    source: str
    start: int
    end: int
    score: float = Field(description="越大越相关，只在同一次检索里可比")
    evidence_url: str


class Found(BaseModel):
    passages: list[Passage]


class ClauseText(Edition):
    """一条条款的原文，下级条款在内，一字不差。"""

    clause: str | None = None
    heading: str
    path: list[str] = Field(description="上级标题，由外到内")
    text: str
    truncated: bool = Field(description="太长，只给了前面一部分；下级条款可以逐条读")
    place: str | None = None
    start: int
    end: int
    below: list[str] = Field(description="下一级条款的编号")
    evidence_url: str


class Changed(BaseModel):
    kind: str = Field(description="新增、删除、修改、移动 或 仅格式")
    title: str
    old_number: str | None = None
    new_number: str | None = None
    text: str = Field(description="〔增：…〕是新版加的，〔删：…〕是旧版有而新版没有的")


class Compared(BaseModel):
    old: Edition
    new: Edition
    by_clauses: bool = Field(description="否则按段落对照")
    counts: dict[str, int]
    changes: list[Changed]
    next_offset: int | None = Field(None, description="后面还有时，下次的 offset")
    url: str


class Listed(BaseModel):
    id: str
    title: str
    number: str | None = None
    edition: str | None = None
    status: str
    body: str | None = None
    published: str | None = None
    effective: str | None = None
    superseded_by: str | None = None
    origin: str = Field(description="library 内置，file 导入")


class Shelf(BaseModel):
    documents: list[Listed]
    total: int = Field(description="符合条件的共有多少")
