"""Word documents: the body in document order, headings by outline level, numbers as Word computes them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from knowledge.documents import ReadDocument
from knowledge.errors import UnreadableDocument
from knowledge.readers.assembly import Piece, assemble, refuse_too_many_characters, table_text
from knowledge.readers.docx_contents import Said, contents_paragraphs, is_entry, without_contents
from knowledge.readers.docx_notes import Notes
from knowledge.readers.docx_numbering import Numbering
from knowledge.readers.docx_styles import Style, Styles
from knowledge.readers.docx_tables import table_cells, table_rows
from knowledge.readers.docx_text import joins_the_next, spoken, text_boxes, through
from knowledge.readers.limits import Limits
from knowledge.readers.office_package import safe_package

_MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_NO_TITLE = "Word Document"  # what python-docx puts where the file has no properties
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def read_docx(name: str, data: bytes, limits: Limits) -> ReadDocument:
    """Headings, paragraphs, list items, notes and tables (a line `| a | b |` for each row).

    Numbers that Word computes stand in front of their paragraphs. Contents pages, headers and footers,
    comments and deleted text are left out; a note follows the paragraph or table that refers to it. The title
    is that of the paragraph in Word's title style, else the document property's. Raises what `safe_package`
    raises, and UnreadableDocument.
    """
    opened = _opened(name, safe_package(name, data, limits))
    reading = _Body(name, opened, limits)
    try:
        pieces = list(without_contents(reading.said(opened.body)))
    except RecursionError as error:
        raise UnreadableDocument(f"{name}：Word 文档的表格或文本框嵌套过深，无法读取。请简化后再导入。") from error
    return assemble(name, pieces, media_type=_MEDIA_TYPE, title=reading.title or opened.title, limits=limits)


@dataclass(frozen=True, slots=True)
class _Opened:
    """The root elements of the parts that are read; None where the document has no such part."""

    body: Any
    styles: Any
    numbering: Any | None
    footnotes: Any | None
    endnotes: Any | None
    title: str | None


def _opened(name: str, package: BytesIO) -> _Opened:
    from docx import Document  # here: reading a text file need not pay for it

    try:
        document = Document(package)
        title = document.core_properties.title
        body = document.element.body
        if body is None:
            raise ValueError("no body")
        return _Opened(
            body,
            document.styles.element,
            _part(document, "numbering"),
            _part(document, "footnotes"),
            _part(document, "endnotes"),
            None if title == _NO_TITLE else title,
        )
    except Exception as error:  # python-docx trusts the package and raises whatever its defects lead to
        raise UnreadableDocument(f"{name}：Word 文档结构不完整，无法读取。请用 Word 打开并另存后再导入。") from error


def _part(document: Any, kind: str) -> Any | None:
    """The root element of the part the document relates to as `kind`; entities were refused with the DTD."""
    from docx.oxml.parser import parse_xml

    for relation in document.part.rels.values():
        if not relation.is_external and relation.reltype.endswith(f"/relationships/{kind}"):
            part = relation.target_part
            return part.element if hasattr(part, "element") else parse_xml(part.blob)
    return None


class _Body:
    """Walks containers of paragraphs and tables; `title` is known once all pieces have been taken."""

    def __init__(self, name: str, opened: _Opened, limits: Limits) -> None:
        self.title: str | None = None
        self._name, self._limits = name, limits
        self._styles = Styles(opened.styles)
        self._numbering = Numbering(opened.numbering, self._styles)
        self._notes = Notes(opened.footnotes, opened.endnotes)
        self._contents = contents_paragraphs(opened.body)
        self._waiting: list[tuple[str, Any]] = []  # notes referred to and not yet read
        self._cells = 0  # how many table cells we are inside of

    def said(self, container: Any) -> Iterator[Said]:
        carried = ""  # text whose paragraph mark was deleted: it begins the next paragraph
        for child in through(container):
            if child.tag == f"{_W}p":
                text = carried + spoken(child)
                joins = joins_the_next(child)
                carried = text if joins else ""
                if not joins:
                    yield self._paragraph(child, text)
                yield from self._around(child)
            elif child.tag == f"{_W}tbl":
                yield from self._table(child)
            if not self._cells:
                yield from self._noted()
        if carried.strip():
            yield Said(Piece(carried.strip()))

    def _paragraph(self, paragraph: Any, said: str) -> Said:
        style, text = self._styles.of(paragraph), said.strip()
        label = self._numbering.label(style)  # an empty paragraph counts too
        if style.is_title:
            self.title = self.title or text or None
        if is_entry(paragraph, text, style, paragraph in self._contents):
            return Said(Piece(text), is_entry=True)
        if not text and not self._cells:  # but only a column of numbers has nothing else to say
            return Said(Piece(""))
        return Said(_piece(_numbered(label, said) if label else text, style))

    def _around(self, paragraph: Any) -> Iterator[Said]:
        """What stands beside the paragraph: text boxes at once, notes when the table is over."""
        self._waiting += self._notes.referred(paragraph)
        for box in text_boxes(paragraph):
            yield from self.said(box)

    def _noted(self) -> Iterator[Said]:
        while self._waiting:
            mark, note = self._waiting.pop(0)
            text = self._on_one_line(note)
            if text:
                yield Said(Piece(f"{mark}：{text}", "note"))

    def _table(self, table: Any) -> Iterator[Said]:
        cells = [cell for row in table_cells(table) for cell in row]
        if len(cells) == 1:  # a frame around ordinary text
            yield from self.said(cells[0])
        else:
            yield Said(Piece(table_text(self._rows(table)), "table"))

    def _rows(self, table: Any) -> Iterator[list[str]]:
        length = 0
        for row in table_rows(table, self._on_one_line):
            length += sum(len(text) + 3 for text in row)
            refuse_too_many_characters(self._name, length, self._limits)  # merged cells multiply their text
            yield row

    def _on_one_line(self, container: Any) -> str:
        """All that a cell or a note says; the cells of a table inside it lose their bars."""
        self._cells += 1
        pieces = list(without_contents(self.said(container)))
        self._cells -= 1
        return " ".join(_flat(piece) for piece in pieces if piece.text)


def _numbered(label: str, said: str) -> str:
    """The number on the paragraph's first line, which the paragraph may leave to it: 附录 A, then its title."""
    alone = said.lstrip(" \t\u3000").startswith("\n")
    return label.rstrip() + said if alone else label + said.strip()


def _piece(text: str, style: Style) -> Piece:
    if style.level:
        return Piece(text, "heading", style.level)
    return Piece(text, "list_item" if style.is_list else "paragraph")


def _flat(piece: Piece) -> str:
    if piece.kind != "table":
        return piece.text
    rows = (line.removeprefix("| ").removesuffix(" |").split(" | ") for line in piece.text.split("\n"))
    return "；".join(" ".join(cell for cell in cells if cell.strip()) for cells in rows)
