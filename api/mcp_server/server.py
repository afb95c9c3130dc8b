"""The tools. Whoever serves them says how a question is asked and an operation is run (`Backing`)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, Protocol

import anyio
from anyio.to_thread import run_sync
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations
from pydantic import Field

from api import wording
from api.answers import for_program, from_json
from api.jobs import KNOWN_ERRORS
from api.mcp_server.results import ClauseText, Compared, Found, Listed, Reply, Shelf

THREADS = 16
MOST_LISTED = 100
_READS_ONLY = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)

Params = dict[str, Any]
Question = Annotated[str, Field(min_length=1, max_length=2000, description="一句完整的中文问题")]
Name = Annotated[
    str,
    Field(
        min_length=1, max_length=300, description="文档的编号（见 list_documents）、标准号或标题，如 GB/T 19001-2016"
    ),
]
Day = Annotated[str | None, Field(description="按哪一天的现行版本，如 2021-06-30；不填为今天")]


class Backing(Protocol):
    """Both may wait, and raise errors whose messages are for people."""

    def ask(self, question: str, history: list[str]) -> dict[str, Any]:
        """An answer as `api.answers.to_json` writes it. `history` as a questionnaire has it: 用户：…, 助手：…"""
        ...

    def run(self, name: str, params: Params) -> dict[str, Any]:
        """One of our operations."""
        ...


def build(backing: Backing, version: str, public_url: str | None) -> MCPServer[Any]:
    server: MCPServer[Any] = MCPServer(
        "guangzhi",
        title=wording.PRODUCT,
        instructions=wording.MCP_INSTRUCTIONS,
        version=version,
        log_level="WARNING",
        subscriptions=False,
    )
    for tool, title in _tools(backing, public_url):
        server.add_tool(tool, title=title, annotations=_READS_ONLY)
    return server


def _tools(backing: Backing, public_url: str | None) -> list[tuple[Callable[..., Any], str]]:
    threads = anyio.CapacityLimiter(THREADS)

    async def told(function: Callable[..., dict[str, Any]], *arguments: Any) -> dict[str, Any]:
        try:
            return await run_sync(partial(function, *arguments), limiter=threads)
        except KNOWN_ERRORS as error:
            raise ToolError(str(error)) from error

    async def search(
        query: Question,
        limit: Annotated[int, Field(ge=1, le=12, description="最多几段")] = 5,
        as_of: Day = None,
    ) -> Found:
        """检索原文段落：质量管理、认证、追溯方面的标准、法规和指南。给出原文和出处，不作回答。默认只查现行版本。"""
        return Found.model_validate(await told(backing.run, "search", _given(query=query, limit=limit, as_of=as_of)))

    async def ask(
        question: Question,
        history: Annotated[
            list[str] | None, Field(max_length=12, description="前面的对话，一条一句：用户：…、助手：…")
        ] = None,
    ) -> Reply:
        """提问，得到有依据的回答：引文逐字核对过；outcome 为 not_in_knowledge 表示资料里没有，请勿自行补充。"""
        answer = from_json(await told(backing.ask, question, history or []))
        return Reply.model_validate(for_program(answer, public_url))

    async def read_clause(
        document: Name,
        clause: Annotated[str, Field(min_length=1, max_length=60, description="条款号，如 8.5.2、第十二条、附录B")],
        edition: Annotated[str | None, Field(max_length=40, description="哪一版，如 2016；不填为现行版本")] = None,
        as_of: Day = None,
    ) -> ClauseText:
        """读一条条款的原文，一字不差，下级条款在内。条款不存在时会说明最近的是哪条。"""
        params = _given(document=document, clause=clause, edition=edition, as_of=as_of)
        return ClauseText.model_validate(await told(backing.run, "read_clause", params))

    async def compare_editions(
        old: Name,
        new: Annotated[str | None, Field(max_length=300, description="新版；不填则与现行版本对照")] = None,
        offset: Annotated[int, Field(ge=0, description="从第几处变化开始")] = 0,
        limit: Annotated[int, Field(ge=1, le=100)] = 40,
    ) -> Compared:
        """逐条对照一份文件的两个版本：新增、删除、修改、移动了哪些条款，改动处标出增删。"""
        params = _given(old=old, new=new, offset=offset, limit=limit)
        return Compared.model_validate(await told(backing.run, "compare_editions", params))

    async def list_documents(
        containing: Annotated[
            str, Field(max_length=100, description="标题、编号或发布机构里含有的字；不填为全部")
        ] = "",
        superseded: Annotated[bool, Field(description="也列出已废止或被取代的版本")] = True,
        offset: Annotated[int, Field(ge=0)] = 0,
    ) -> Shelf:
        """列出收录的文件：编号、标准号、版本、状态和日期。"""
        listed = (await told(backing.run, "documents", {}))["documents"]
        fitting = [Listed.model_validate(one) for one in listed if _fits(one, containing.strip(), superseded)]
        return Shelf(documents=fitting[offset : offset + MOST_LISTED], total=len(fitting))

    return [
        (tool, wording.MCP_TOOLS[tool.__name__])
        for tool in (search, ask, read_clause, compare_editions, list_documents)
    ]


def _given(**params: Any) -> Params:
    return {name: value for name, value in params.items() if value is not None}


def _fits(one: dict[str, Any], containing: str, superseded: bool) -> bool:
    said = " ".join(one[name] or "" for name in ("title", "number", "body")).lower()
    return containing.lower() in said and (superseded or not (one["superseded_by"] or one["status"] == "废止"))
