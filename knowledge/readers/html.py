"""Web pages: trafilatura says where the main text begins and ends, the text itself is the page's own.

Trafilatura drops paragraphs that repeat, and some lists and tables; in a regulation each of them counts. So
everything visible from its first paragraph to its last is kept, except what consists of links.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from configparser import ConfigParser
from copy import deepcopy

from lxml import etree  # type: ignore[import-untyped]
from lxml.html import (  # type: ignore[import-untyped]
    HtmlElement,
    HTMLParser,
    document_fromstring,
)

from knowledge.documents import ReadDocument
from knowledge.errors import DocumentTooLarge, UnreadableDocument
from knowledge.readers.assembly import (
    Piece,
    assemble,
    clean_title,
    markup_nodes,
    refuse_too_many_nodes,
    storable,
)
from knowledge.readers.decoding import decode
from knowledge.readers.html_flow import Flow, Visible
from knowledge.readers.html_tables import TableTooLarge
from knowledge.readers.limits import Limits
from knowledge.readers.signatures import refuse_other_formats

_CHARSET = re.compile(rb"""(?i)<(?:meta|\?xml)[^>]{0,500}?(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]{1,40})""")
_TAG = re.compile(r"<(?:!doctype|/?[a-z][a-z0-9]*)\b", re.IGNORECASE)
_ENOUGH = 0.5  # of the visible text outside links; with less, trafilatura took the article for clutter
_ARTICLE_NODES = 200_000  # more is a whole book saved as a page: no clutter to find, and minutes to look for it
_END = 16  # characters compared at either end of a line


def read_html(name: str, data: bytes, limits: Limits) -> ReadDocument:
    """Headings, paragraphs, list items and tables of the page's main text; `original` is that text.

    The title is the h1's where <title> repeats it with the site's name, else <title>, else the h1's.
    """
    refuse_other_formats(name, data)
    declared = _CHARSET.search(data[:4096])
    text = storable(decode(name, data, limits, declared[1].decode("ascii") if declared else None))
    if not _TAG.search(text):
        raise UnreadableDocument(f"{name}：内容不是网页（没有任何标签）。如果是纯文本，请把后缀改为 .txt。")
    nodes = markup_nodes(text.encode())
    refuse_too_many_nodes(name, nodes, limits)
    page = _parsed(name, text)
    visible = _visible(name, page, limits)
    pieces = _main_pieces(visible, _main_lines(text) if nodes <= _ARTICLE_NODES else ())
    heading = _first_text(page, "h1")
    return assemble(
        name,
        _with_heading(pieces, heading),
        media_type="text/html",
        title=_title(_first_text(page, "title"), heading),
        limits=limits,
    )


def _parsed(name: str, text: str) -> HtmlElement:
    parser = HTMLParser(encoding="utf-8", no_network=True, huge_tree=True)  # unclosed <font> nests hundreds deep
    try:
        # As bytes: libxml2 refuses a str that carries an XML encoding declaration.
        page = document_fromstring(text.encode(), parser=parser)
    except (etree.LxmlError, ValueError) as error:
        raise UnreadableDocument(f"{name}：网页内容无法解析，文件可能已损坏。") from error
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):  # the rest would be missing
        raise DocumentTooLarge(f"{name}：网页嵌套过深，无法完整读取。请另存为纯文本后再导入。")
    return page


def _visible(name: str, page: HtmlElement, limits: Limits) -> list[Visible]:
    try:
        return list(Flow(page, limits.max_characters))
    except TableTooLarge as error:
        raise DocumentTooLarge(f"{name}：表格展开后超过上限 {limits.max_characters} 字。请拆分后再导入。") from error


def _first_text(page: HtmlElement, tag: str) -> str | None:
    element = next(page.iter(tag), None)
    return clean_title("".join(element.itertext())) if element is not None else None


def _title(title: str | None, heading: str | None) -> str | None:
    return heading if heading and heading in (title or heading) else title


def _with_heading(pieces: list[Piece], heading: str | None) -> list[Piece]:
    """The pieces, the page's h1 put back in front if it lay outside what was taken for the main text."""
    if not heading or any(heading in piece.text for piece in pieces[:5]):
        return pieces
    return [Piece(heading, "heading", 1), *pieces] if pieces else []


def _main_pieces(visible: Sequence[Visible], lines: Iterable[str]) -> list[Piece]:
    """From the first to the last piece that is among `lines`; all pieces where that is too little."""
    ends = {end for line in lines for end in _ends(line)}
    found = {index for index, each in enumerate(visible) if not ends.isdisjoint(_piece_ends(each.piece))}
    text = [index for index in sorted(found) if not visible[index].is_navigation]  # a menu may repeat a heading
    between = range(text[0], text[-1] + 1) if text else range(0)
    main = [visible[index] for index in between if index in found or not visible[index].is_navigation]
    if not main or sum(each.length for each in main) < _ENOUGH * sum(each.length - each.linked for each in visible):
        main = list(visible)
    return [each.numbered for each in main]


def _piece_ends(piece: Piece) -> set[str]:
    if piece.kind == "table":
        return {end for cell in piece.text.replace("\n", "|").split("|") for end in _ends(cell)}
    return {end for line in piece.text.split("\n") for end in _ends(line)}


def _ends(line: str) -> tuple[str, ...]:
    """How a line begins and ends, white space aside: enough to know it again if its middle was edited."""
    text = "".join(line.split())
    return (f"{text[:_END]}…", f"…{text[-_END:]}") if text else ()


def _main_lines(text: str) -> list[str]:
    """The lines trafilatura takes for the article; none where it finds none or fails."""
    import trafilatura  # here: a sixth of a second that reading a text file need not pay

    try:
        found = trafilatura.bare_extraction(
            text, fast=True, favor_recall=True, include_comments=False, include_tables=True, config=_settings()
        )
    except Exception:  # it raises whatever a strange tree leads it to; all visible text is then the answer
        return []
    if found is None or isinstance(found, dict) or found.body is None:
        return []
    return [line for part in found.body.itertext() for line in part.split("\n")]


def _settings() -> ConfigParser:
    """Trafilatura's settings without the floor of 250 characters.

    Below it, it falls back to one paragraph without structure, and 250 汉字 are a whole announcement.
    """
    from trafilatura.settings import DEFAULT_CONFIG

    settings: ConfigParser = deepcopy(DEFAULT_CONFIG)
    settings["DEFAULT"]["MIN_EXTRACTED_SIZE"] = "1"
    settings["DEFAULT"]["MAX_FILE_SIZE"] = str(10**9)  # our own limits have been applied
    return settings
