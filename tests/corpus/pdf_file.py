"""As a typeset PDF, printed by Chromium: real fonts, running heads, page numbers, one page in two columns."""

from __future__ import annotations

import shutil
import unicodedata
from collections.abc import Iterator
from html import escape

from playwright.sync_api import sync_playwright

from tests.corpus.html_file import table_markup
from tests.corpus.model import Clause, Figure, Standard, Table

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
INSTALL = "Chromium is missing: sudo apt-get install -y chromium fonts-noto-cjk"
_TWO_COLUMNS = "附录 C"
_CONTENTS_WIDTH = 74  # half-width characters on a line of the contents page
_STYLE = """
body { font: 10.5pt/1.6 "Noto Serif CJK SC"; margin: 0; text-align: justify }
p { margin: 0; text-indent: 2em }
h1, h2, h3, h4, .annex, .caption, .term { font: 10.5pt/1.6 "Noto Sans CJK SC"; font-weight: normal }
h1, h2, h3, h4 { margin: .6em 0; break-after: avoid; text-align: left }
.annex, .caption { text-align: center; text-indent: 0 }
.annex { break-after: avoid } .annex.first { break-before: page; margin-top: 1em }
.plain { text-indent: 0 } .note { font-size: 9pt }
.cover { height: 24cm; text-align: center; break-after: page } .cover p { text-indent: 0 }
.cover .title { font: 26pt/1.5 "Noto Sans CJK SC"; margin: 6cm 0 } .cover .dates { display: flex; justify-content: space-between }
.contents { break-after: page } .contents p { text-indent: 0; white-space: nowrap } .contents .name { text-align: center }
table { border-collapse: collapse; width: 100%; font-size: 9pt; margin: .4em 0 .8em }
th, td { border: .7pt solid black; padding: 1pt 4pt; font-weight: normal; text-align: center }
tr { break-inside: avoid }
.columns { column-count: 2; column-gap: 1cm }
svg { display: block; margin: .5em auto }
"""
_RUNNING = '<div style="font: 9pt Noto Serif CJK SC; width: 100%; padding: 0 2cm; text-align: right">{}</div>'


def render_pdf(standard: Standard) -> bytes:
    """Needs `CHROMIUM`."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.set_content(_page(standard))
        printed: bytes = page.pdf(
            format="A4",
            margin={"top": "2.4cm", "bottom": "2.2cm", "left": "2.2cm", "right": "2.2cm"},
            display_header_footer=True,
            header_template=_RUNNING.format(standard.number),
            footer_template=_RUNNING.format('<span class="pageNumber"></span>'),
        )
        browser.close()
    return printed


def _page(standard: Standard) -> str:
    body = "\n".join([*_front(standard), *_body(standard)])
    return (
        f'<html lang="zh"><head><title>{standard.title}</title><style>{_STYLE}</style></head><body>{body}</body></html>'
    )


def _front(standard: Standard) -> Iterator[str]:
    yield f'<div class="cover"><p style="text-align: left">ICS 33.180.20</p><p style="text-align: right">{standard.number}</p>'
    yield f'<p class="title">{standard.title}</p><div class="dates"><span>{standard.published} 发布</span>'
    yield f"<span>{standard.effective} 实施</span></div><p>{standard.body} 发布</p></div>"
    yield '<div class="contents"><p class="name">目　　次</p>'
    for level, line, page in standard.contents():
        indent = "&emsp;" * (level - 1)
        dots = "…" * ((_CONTENTS_WIDTH - 2 * level - _width(line) - 4) // 2)
        yield f"<p>{indent}{escape(line)}{dots}{page}</p>"
    yield "</div>"


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WFA" else 1 for char in text)


def _body(standard: Standard) -> Iterator[str]:
    """The clauses; those of one annex stand in two columns."""
    in_columns = False
    for clause in standard.clauses:
        if in_columns and (clause.is_annex or clause.number is None):
            in_columns = False
            yield "</div>"
        yield from _clause(clause)
        if clause.number == _TWO_COLUMNS:
            in_columns = True
            yield '<div class="columns">'


def _clause(clause: Clause) -> Iterator[str]:
    parts = list(clause.parts)
    if clause.is_annex:
        yield f'<p class="annex first">{clause.number}</p><p class="annex">（{clause.standing}）</p>'
        yield f'<p class="annex">{clause.title}</p>'
    elif clause.number is None:
        yield f'<p class="annex first">{" ".join(clause.title)}</p>'
    elif clause.is_term:
        yield f'<h2>{clause.number}</h2><p class="term">{clause.title} {clause.english}</p>'
    elif clause.title:
        yield f"<h{clause.level}>{clause.number}　{escape(clause.title)}</h{clause.level}>"
    else:
        yield f'<p class="plain">{clause.number}　{escape(str(parts.pop(0)))}</p>'
    for part in parts:
        yield from _part(part)


def _part(part: str | Table | Figure) -> Iterator[str]:
    if isinstance(part, Table):
        yield f'<p class="caption">{escape(part.caption)}</p>{table_markup(part)}'
    elif isinstance(part, Figure):
        yield '<svg width="240" height="90"><rect x="10" y="10" width="90" height="60" fill="none" stroke="black"/>'
        yield '<rect x="140" y="10" width="90" height="60" fill="none" stroke="black"/>'
        yield f'<path d="M100 40h40" stroke="black"/></svg><p class="caption">{escape(part.caption)}</p>'
    else:
        kind = ' class="note"' if part.startswith(("注", "示例")) else ""
        yield f"<p{kind}>{escape(part)}</p>"
