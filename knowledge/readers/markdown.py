"""Markdown: blocks by markdown-it-py's line maps, their offsets in the source itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from knowledge.documents import Block, BlockKind, ReadDocument
from knowledge.readers.assembly import clean_title
from knowledge.readers.decoding import decode
from knowledge.readers.limits import Limits
from knowledge.readers.signatures import refuse_other_formats

_FRONT_MATTER = re.compile(r"---[ \t]*\n(?P<yaml>(?:.*\n){0,200}?)(?:---|\.\.\.)[ \t]*(?:\n|\Z)")
_MAX_NESTING = 100  # the preset drops what lies in more than some eight lists; this is still far from the stack's end
_MAX_FRONT_MATTER = 64 * 1024  # characters
# Comments and tags are alternatives of one pattern so that a tag inside a comment stays in it.
_HTML_TEXT = re.compile(r"<!--.*?(?:-->|\Z)|<[^<>]*>?|(?P<text>[^<]+)", re.DOTALL)


def read_markdown(name: str, data: bytes, limits: Limits) -> ReadDocument:
    """Headings, paragraphs, list items and tables of the source; `original` is the source as decoded.

    The title is the front matter's, else the first level 1 heading's.
    """
    refuse_other_formats(name, data)
    source = decode(name, data, limits)
    matter, begin = _front_matter(source)
    blocks = tuple(_Blocks(source, begin))
    title = matter.get("title")
    title = title if isinstance(title, str) else _first_heading(source, blocks)
    return ReadDocument(source, blocks, "text/markdown", clean_title(title))


def _front_matter(source: str) -> tuple[dict[str, object], int]:
    """The fields between the `---` lines at the very top, and where the body begins.

    Text between two rules that is not a YAML mapping is text, and part of the body.
    """
    match = _FRONT_MATTER.match(source)
    if match is None or match.end() > _MAX_FRONT_MATTER:
        return {}, 0
    try:
        fields = yaml.load(match["yaml"], Loader=yaml.BaseLoader)  # strings only: no dates or numbers to misread
    except (yaml.YAMLError, RecursionError):
        return {}, 0
    return (fields, match.end()) if isinstance(fields, dict) else ({}, 0)


def _first_heading(source: str, blocks: Sequence[Block]) -> str | None:
    return next((source[block.start : block.end] for block in blocks if block.level == 1), None)


def _parser() -> MarkdownIt:
    """CommonMark with tables, blocks only.

    Off are the rules that would lose or misread ordinary Chinese text: `code` (an indented paragraph is a
    paragraph) and `reference` (a line 「[注]: …」 would vanish). Inline markup stays as it is written.
    """
    parser = MarkdownIt("commonmark", {"maxNesting": _MAX_NESTING}).enable("table").disable(["code", "reference"])
    parser.core.ruler.enableOnly(["normalize", "block"])
    return parser


@dataclass(frozen=True, slots=True)
class _Container:
    """An open list item: the text of its number, if it has one, and the line it begins on."""

    number: str
    line: int


class _Blocks:
    """Iterates over the blocks of `source` from `begin` on, in order and without overlap."""

    def __init__(self, source: str, begin: int) -> None:
        self._source = source
        body = source[begin:]
        self._tokens = _parser().parse(body)
        # The parser counts lines by \n alone, and so does this; one more start closes the last line.
        self._lines = list(accumulate((len(line) + 1 for line in body.split("\n")), initial=begin))
        self._items: list[_Container] = []
        self._heading = 0

    def __iter__(self) -> Iterator[Block]:
        end = 0
        for block in self._candidates():
            if block.start >= end and block.end > block.start:
                end = block.end
                yield block

    def _candidates(self) -> Iterator[Block]:
        inside_table = False
        for token in self._tokens:
            self._follow(token)
            if token.type == "table_open":
                inside_table = True
                yield self._lines_of(token, "table")
            elif token.type == "table_close":
                inside_table = False
            elif token.type == "inline" and not inside_table:
                yield from self._text_of(token)
            elif token.type == "fence":
                yield self._lines_of(token, "paragraph", fenced=True)
            elif token.type == "html_block":
                yield from self._html_text(token)

    def _follow(self, token: Token) -> None:
        """Keep track of what the tokens to come are inside of."""
        if token.type == "list_item_open":
            number = token.info + token.markup if token.info else ""
            self._items.append(_Container(number, token.map[0] if token.map else -1))
        elif token.type == "list_item_close":
            self._items.pop()
        elif token.type == "heading_open":
            self._heading = int(token.tag[1:])
        elif token.type == "heading_close":
            self._heading = 0

    def _text_of(self, token: Token) -> Iterator[Block]:
        """The stretch of source an inline token was made from, found again line by line."""
        stretches = list(self._stretches(token))
        if not stretches:
            return
        # Of several lines above a `---` the author meant a rule, not a heading.
        level = self._heading if len(stretches) == 1 else 0
        kind: BlockKind = "heading" if level else "list_item" if self._items else "paragraph"
        start, end = self._with_number(stretches[0][0], token), stretches[-1][1]
        if self._is_plain(stretches):
            yield Block(start, end, kind, level)
            return
        for first, last in stretches:  # in a quotation every line begins with markup: a block for each
            yield Block(first, last, kind, level)

    def _stretches(self, token: Token) -> Iterator[tuple[int, int]]:
        first, _ = token.map or (0, 0)
        for offset, content in enumerate(token.content.split("\n")):
            content = content.strip()
            if not content:
                continue
            start = self._source.find(content, self._lines[first + offset], self._lines[first + offset + 1])
            if start >= 0:  # not found: the parser rewrote the line (tabs), and a guess would be a misquote
                yield start, start + len(content)

    def _is_plain(self, stretches: Sequence[tuple[int, int]]) -> bool:
        """Whether only white space lies between one line's text and the next's."""
        return all(not self._source[end:start].strip() for (_, end), (start, _) in pairwise(stretches))

    def _with_number(self, start: int, token: Token) -> int:
        """`start`, or the place of the number before it: 「1.」 is text a reader cites, a bullet is markup."""
        item = self._items[-1] if self._items else None
        if item is None or not item.number or token.map is None or token.map[0] != item.line:
            return start
        found = self._source.rfind(item.number, self._lines[item.line], start)
        return found if found >= 0 else start

    def _lines_of(self, token: Token, kind: BlockKind, *, fenced: bool = False) -> Block:
        first, last = token.map or (0, 0)
        last = min(last, len(self._lines) - 1)
        if fenced:
            first, last = first + 1, max(first + 1, last - 1)
        return self._trimmed(self._lines[first], self._lines[last] - 1, kind)

    def _html_text(self, token: Token) -> Iterator[Block]:
        first, last = token.map or (0, 0)
        begin, end = self._lines[first], self._lines[min(last, len(self._lines) - 1)] - 1
        for match in _HTML_TEXT.finditer(self._source, begin, end):
            if match["text"]:
                yield self._trimmed(match.start(), match.end(), "paragraph")

    def _trimmed(self, start: int, end: int, kind: BlockKind) -> Block:
        content = self._source[start:end].strip()
        start = self._source.find(content, start)
        return Block(start, start + len(content), kind)
