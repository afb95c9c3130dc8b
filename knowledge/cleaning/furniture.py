"""Page furniture: what a web page says around its article, and what it says twice.

Addresses and telephone numbers of the publishing body stay: people ask for them. The reprinting
site's own hotline and mailbox go: calling them about quality helps nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from knowledge.cleaning.aligned import Edit

# A whole line, after strip. Each says what page part it is; none looks at an article's own words.
_FURNITURE = re.compile(
    r"""^(?:
    (?:您?当前(?:的)?位置|当前所在位置)\s*[:：].*            # bread crumbs
  | 欢迎(?:访问|光临|您).*(?:平台|网站|网|!|！)$
  | .*(?:感谢您浏览|欢迎投稿|版权及免责声明|免责声明\s*[:：]|版权所有|ICP备|设为首页|加入收藏).*
  | [^\s]{1,20}\.(?:png|jpe?g|gif|bmp|webp)                 # a picture's file name
  | [【\[(（]?\s*责任编辑\s*[:：].*
  | (?:上一篇|下一篇|上一条|下一条|相关(?:新闻|文章|阅读|链接))\s*[:：]?.*
  | (?:图片新闻|热点资讯|热点聚焦|新闻资讯|分享到|打印本页|返回顶部)\s*[:：]?.*
  | 原文(?:地址|链接)\s*[:：].*
  | .{0,12}(?:网|站)客服\s*[:：].*
  | -?\s*(?:分类|作者|来源|访问量|浏览量|阅读|点击(?:数|量)?)\s*[:：]\s*\S{0,12}
  | -?\s*发布(?:时间|日期)\s*[:：].*
  | .{0,40}(?:主管|主办)$(?<!了)
  | [-·•]\s*.{4,60}\(\d{4}-\d{2}-\d{2}\)                    # a list of other articles
    )$""",
    re.X | re.I,
)
_DATE_LINE = re.compile(
    r"^\d{4}-\d{2}-\d{2}(?:\s+\d{2}:\d{2})?\s+(?:本文)?来源\s*[:：].*$|^发布(?:日期|时间)\s*[:：].*$"
)
_DISCLAIMER_LENGTH = 400  # a longer line that merely mentions 免责声明 is text
_MASTHEAD_LENGTH = 600  # characters: a title further down is a mention, not the title
_REPEATED_AT_LEAST = 8  # characters: shorter lines (是, 合格) may stand twice with reason


def furniture_edits(text: str) -> Iterator[Edit]:
    """Lines that belong to the page and not to the article."""
    for line in re.finditer(r"[^\n]+", text):
        stripped = line[0].strip()
        if _is_furniture(stripped):
            yield Edit(line.start(), line.end(), "")


def _is_furniture(line: str) -> bool:
    if _DATE_LINE.match(line):
        return True
    return len(line) <= _DISCLAIMER_LENGTH and bool(_FURNITURE.match(line))


def repetition_edits(text: str) -> Iterator[Edit]:
    """Lines that stand a second time: page templates print summaries twice, crawlers whole bodies."""
    seen: set[str] = set()
    for line in re.finditer(r"[^\n]+", text):
        content = re.sub(r"\s+", "", re.sub(r"^【?概要描述】?", "", line[0].strip()))
        if len(content) < _REPEATED_AT_LEAST:
            continue
        if content in seen:
            yield Edit(line.start(), line.end(), "")
        seen.add(content)


def blank_line_edits(text: str) -> Iterator[Edit]:
    """At most one blank line between paragraphs, none at either end; no trailing spaces."""
    # The look-behind starts each run once; without it a run inside a line costs the square of its length.
    for match in re.finditer(r"(?<![ \t\u3000])[ \t\u3000]+(?=\n|\Z)", text):
        yield Edit(match.start(), match.end(), "")


def empty_stretch_edits(text: str) -> Iterator[Edit]:
    body = re.search(r"[^\n]", text)
    if body is None:
        return
    yield Edit(0, body.start(), "")
    for match in re.compile(r"\n{3,}").finditer(text, body.start()):
        yield Edit(match.start(), match.end(), "\n\n" if match.end() < len(text) else "\n")


def masthead_edits(text: str, title: str) -> Iterator[Edit]:
    """What stands above the title of a crawled page: slogans, sponsors, menus."""
    line = re.search(rf"^[ \t\u3000]*{re.escape(title)}[ \t\u3000]*$", text[: _MASTHEAD_LENGTH + len(title)], re.M)
    if line and line.start() > 0:
        yield Edit(0, line.start(), "")


def unseen_edits(text: str) -> Iterator[Edit]:
    """What a Markdown page does not show: the front matter and comments."""
    if front := re.match(r"---\n.*?\n---\n", text, re.S):
        yield Edit(0, front.end(), "")
    for comment in re.finditer(r"<!--.*?-->\n?", text, re.S):
        yield Edit(comment.start(), comment.end(), "")
