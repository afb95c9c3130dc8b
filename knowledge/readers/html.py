"""Web pages: the main text by trafilatura, or all visible text where trafilatura would lose too much."""

from __future__ import annotations

import re
from collections.abc import Iterable
from configparser import ConfigParser
from copy import deepcopy

from lxml import etree  # type: ignore[import-untyped]
from lxml.html import (  # type: ignore[import-untyped]
    HtmlElement,
    HTMLParser,
    document_fromstring,
)

from knowledge.documents import ReadDocument
from knowledge.errors import UnreadableDocument
from knowledge.readers.assembly import (
    Piece,
    assemble,
    clean_title,
    markup_nodes,
    refuse_too_many_nodes,
    storable,
)
from knowledge.readers.decoding import decode
from knowledge.readers.html_flow import Flow
from knowledge.readers.limits import Limits
from knowledge.readers.signatures import refuse_other_formats

_CHARSET = re.compile(rb"""(?i)<(?:meta|\?xml)[^>]{0,500}?(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]{1,40})""")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_TAG = re.compile(r"<(?:!doctype|/?[a-z][a-z0-9]*)\b", re.IGNORECASE)
_ENOUGH = 0.5  # of the visible text outside links; below this trafilatura took the article for clutter


def read_html(name: str, data: bytes, limits: Limits) -> ReadDocument:
    """Headings, paragraphs, list items and tables of the page's main text; `original` is that text.

    The title is the h1's where <title> repeats it with the site's name, else <title>, else the h1's.
    """
    refuse_other_formats(name, data)
    declared = _CHARSET.search(data[:4096])
    text = storable(decode(name, data, limits, declared[1].decode("ascii") if declared else None))
    if not _TAG.search(text):
        raise UnreadableDocument(f"{name}：内容不是网页（没有任何标签）。如果是纯文本，请把后缀改为 .txt。")
    refuse_too_many_nodes(name, markup_nodes(text.encode()), limits)
    page = _parsed(name, text)
    flow = Flow(page)
    visible = list(flow)
    pieces = _main_text(text)
    if _length(pieces) < _ENOUGH * (_length(visible) - flow.linked):
        pieces = visible
    heading = _first_text(page, "h1")
    return assemble(
        name,
        _with_heading(pieces, heading),
        media_type="text/html",
        title=_title(_first_text(page, "title"), heading),
        limits=limits,
    )


def _parsed(name: str, text: str) -> HtmlElement:
    try:
        # As bytes: libxml2 refuses a str that carries an XML encoding declaration.
        return document_fromstring(text.encode(), parser=HTMLParser(encoding="utf-8", no_network=True))
    except (etree.LxmlError, ValueError) as error:
        raise UnreadableDocument(f"{name}：网页内容无法解析，文件可能已损坏。") from error


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


def _main_text(text: str) -> list[Piece]:
    """What trafilatura takes for the article; nothing where it finds none or fails."""
    import trafilatura  # here: a sixth of a second that reading a text file need not pay

    try:
        found = trafilatura.bare_extraction(
            text, fast=True, favor_recall=True, include_comments=False, include_tables=True, config=_settings()
        )
    except Exception:  # it raises whatever a strange tree leads it to; all visible text is then the answer
        return []
    if found is None or isinstance(found, dict) or found.body is None:
        return []
    for heading in list(found.body.iter("head")):
        heading.tag = heading.get("rend") if heading.get("rend") in _HEADINGS else "h2"
    return list(Flow(found.body))


def _settings() -> ConfigParser:
    """Trafilatura's settings without the floor of 250 characters.

    Below it, it falls back to one paragraph without structure, and 250 汉字 are a whole announcement.
    """
    from trafilatura.settings import DEFAULT_CONFIG

    settings: ConfigParser = deepcopy(DEFAULT_CONFIG)
    settings["DEFAULT"]["MIN_EXTRACTED_SIZE"] = "1"
    settings["DEFAULT"]["MAX_FILE_SIZE"] = str(10**9)  # our own limits have been applied
    return settings


def _length(pieces: Iterable[Piece]) -> int:
    """Characters that are not white space or our own table lines."""
    return sum(len("".join(piece.text.replace("|", "").split())) for piece in pieces)
