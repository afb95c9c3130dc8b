"""As a page of an information site: GB18030, declared as gb2312, with the site's furniture around it."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from tests.corpus.markdown_file import leader_line
from tests.corpus.model import Clause, Figure, Standard, Table, headline

_BEFORE = """<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN">
<html><head><meta http-equiv="Content-Type" content="text/html; charset=gb2312">
<title>{title}_示例标准信息网</title><style>.nav li {{ float: left }}</style>
<script>var visits = 7.5;</script></head><body>
<div class="top">欢迎访问示例标准信息网！</div>
<ul class="nav"><li><a href="/">首页</a></li><li><a href="/std/">标准检索</a></li><li><a href="/news/">新闻资讯</a></li>
<li><a href="/train/">培训报名</a></li><li><a href="/about/">关于我们</a></li></ul>
<div class="crumbs">当前位置：<a href="/">首页</a> &gt; <a href="/std/">团体标准</a> &gt; 正文</div>
<div class="article">"""
_AFTER = """</div>
<div class="side"><h3>相关标准</h3><ul><li><a href="/std/2">4.2 光缆盘号编写规则</a></li>
<li><a href="/std/3">7.9 插芯检验方法</a></li><li><a href="/std/4">光模块外观检验指南</a></li></ul></div>
<div class="foot"><p>上一篇：<a href="/std/0">光缆运输要求</a></p><p>版权所有 示例标准信息网　ICP备00000000号</p></div>
</body></html>
"""


def render_html(standard: Standard) -> bytes:
    article = "\n".join(_article(standard))
    return f"{_BEFORE.format(title=standard.title)}\n{article}\n{_AFTER}".encode("gb18030")


def _article(standard: Standard) -> Iterator[str]:
    yield f"<h1>{escape(standard.title)}</h1>"
    yield f"<p>{standard.number}</p><p>{standard.body}　{standard.published} 发布　{standard.effective} 实施</p>"
    yield "<h2>目&nbsp;&nbsp;次</h2>"
    yield from (f'<p class="toc">{escape(leader_line(line, page))}</p>' for _, line, page in standard.contents())
    for clause in standard.clauses:
        yield from _clause(clause)


def _clause(clause: Clause) -> Iterator[str]:
    parts = list(clause.parts)
    if clause.title:
        tag = f"h{min(clause.level + 1, 6)}"
        yield f"<{tag}>{escape(headline(clause)).replace(' ', '&nbsp;', 1)}</{tag}>"
    else:
        yield f"<p><b>{clause.number}</b>&nbsp;&nbsp;{escape(str(parts.pop(0)))}</p>"
    for part in parts:
        yield from _part(part)


def _part(part: str | Table | Figure) -> Iterator[str]:
    if isinstance(part, str):
        yield f"<p>　　{escape(part)}</p>"
        return
    yield f'<p align="center"><b>{escape(part.caption)}</b></p>'
    if isinstance(part, Table):
        yield table_markup(part)


def table_markup(table: Table) -> str:
    """With rowspan and colspan, and a head that a browser repeats on every page."""
    rows = [_row(table, row) for row in range(len(table.grid))]
    head, body = "".join(rows[: table.header_rows]), "".join(rows[table.header_rows :])
    return f'<table border="1"><thead>{head}</thead><tbody>{body}</tbody></table>'


def _row(table: Table, row: int) -> str:
    tag = "th" if row < table.header_rows else "td"
    cells = []
    for column, text in enumerate(table.grid[row]):
        if table.is_covered(row, column):
            continue
        rows, columns = table.span(row, column)
        spans = (f' rowspan="{rows}"' if rows > 1 else "") + (f' colspan="{columns}"' if columns > 1 else "")
        cells.append(f"<{tag}{spans}>{escape(text)}</{tag}>")
    return f"<tr>{''.join(cells)}</tr>"
