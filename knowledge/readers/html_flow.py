"""An HTML tree → its visible text in reading order, with the roles its elements give."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from lxml import etree  # type: ignore[import-untyped]

from knowledge.readers.assembly import Piece, table_text
from knowledge.readers.html_lists import Lists
from knowledge.readers.html_tables import captions, is_data_table, table_rows
from knowledge.readers.joining import on_one_line

_is_unseen = re.compile(
    "aside|button|canvas|footer|head|iframe|nav|noscript|object|script|select|style|svg|template|textarea"
).fullmatch
_is_block = re.compile(
    "address|article|blockquote|body|caption|center|d[dlt]|details|div|fieldset|figcaption|figure|form|h[1-6r]"
    "|header|html|li|main|ol|p|pre|section|summary|t[dhr]|table|tbody|tfoot|thead|title|ul"
).fullmatch
_is_heading = re.compile("h[1-6]").fullmatch


@dataclass(frozen=True, slots=True)
class Visible:
    """A piece as it stands on the page; `linked` of its characters are links."""

    piece: Piece
    linked: int = 0
    number: str = ""  # what the browser writes in front of a list item

    @property
    def numbered(self) -> Piece:
        return replace(self.piece, text=self.number + self.piece.text) if self.number else self.piece

    @property
    def length(self) -> int:
        """Characters that are not white space."""
        return len("".join(self.piece.text.split()))

    @property
    def is_navigation(self) -> bool:
        """Mostly links: not a sentence with a link in it."""
        return self.linked * 2 > self.length


class Flow:
    """Headings, paragraphs, list items and data tables below `root`; a table made for layout is seen through.

    `room` is how many characters a table may come to; more raise `TableTooLarge`.
    """

    def __init__(self, root: etree._Element, room: int) -> None:
        self._root = root
        self._room = room
        self._lists = Lists()
        self._text: list[str] = []  # since the last block boundary
        self._linked = 0  # characters of that
        self._heading = self._items = self._preformatted = self._links = 0  # what we are inside of

    def __iter__(self) -> Iterator[Visible]:
        return (visible for visible in self._all() if visible.piece.text)

    def _all(self) -> Iterator[Visible]:
        walk = etree.iterwalk(self._root, events=("start", "end", "comment", "pi"))
        for event, element in walk:
            if event == "start" and is_data_table(element):
                walk.skip_subtree()
                yield self._flushed()
                yield from self._table(element)
            elif event == "start" and _is_unseen(element.tag):
                walk.skip_subtree()
            elif event == "start":
                yield from self._boundary(element)
                self._enter(element, 1)
                self._say("\n" if element.tag == "br" else None)
                self._say(element.text)
            elif event == "end":
                yield from self._boundary(element)
                self._enter(element, -1)
            if event != "start" and element is not self._root:
                self._say(element.tail)
        yield self._flushed()

    def _boundary(self, element: etree._Element) -> Iterator[Visible]:
        if _is_block(element.tag):
            yield self._flushed()

    def _enter(self, element: etree._Element, step: int) -> None:
        """Count ourselves into `element` (step 1) or out of it (step -1)."""
        if _is_heading(element.tag):
            self._heading = int(element.tag[1]) if step > 0 else 0
        self._items += step * (element.tag == "li")
        if step > 0:
            self._lists.enter(element)
        else:
            self._lists.leave(element)
        self._preformatted += step * (element.tag == "pre")
        self._links += step * (element.tag == "a")

    def _say(self, text: str | None) -> None:
        if text:
            self._text.append(text if self._preformatted or text == "\n" else on_one_line(text))
            self._linked += len("".join(text.split())) if self._links else 0

    def _flushed(self) -> Visible:
        lines = (line.strip() for line in "".join(self._text).split("\n"))
        text = "\n".join(line for line in lines if line)
        linked = self._linked
        self._text.clear()
        self._linked = 0
        number = self._lists.number(text) if text else ""
        if self._heading:
            return Visible(Piece(text.replace("\n", " "), "heading", self._heading), linked, number)
        return Visible(Piece(text, "list_item" if self._items else "paragraph"), linked, number)

    def _table(self, table: etree._Element) -> Iterator[Visible]:
        for caption in captions(table):
            yield Visible(Piece(self._cell_text(caption)))
        yield Visible(Piece(table_text(table_rows(table, self._cell_text, self._room)), "table"))

    def _cell_text(self, cell: etree._Element) -> str:
        return " ".join(visible.numbered.text for visible in Flow(cell, self._room))
