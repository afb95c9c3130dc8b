"""Word documents: the body in document order, headings by outline level."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

from knowledge.documents import ReadDocument
from knowledge.errors import UnreadableDocument
from knowledge.readers.assembly import Piece, assemble, table_text
from knowledge.readers.docx_styles import Styles
from knowledge.readers.limits import Limits
from knowledge.readers.office_package import safe_package

_MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_NO_TITLE = "Word Document"  # what python-docx puts where the file has no properties
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_TEXT_BOX = f"{_W}txbxContent"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"  # says a text box a second time
_TRANSPARENT = tuple(f"{_W}{tag}" for tag in ("sdt", "sdtContent", "customXml", "ins", "moveTo"))
# Properties, tracked deletions, text boxes (read after the paragraph) and the pinyin above the characters.
_UNSPOKEN = (_TEXT_BOX, _FALLBACK, *(f"{_W}{tag}" for tag in ("pPr", "rPr", "del", "moveFrom", "rt")))
_SPOKEN = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}


def read_docx(name: str, data: bytes, limits: Limits) -> ReadDocument:
    """Headings, paragraphs, list items and tables (a line `| a | b |` for each row).

    The title is that of the paragraph in Word's title style, else the document property's. Numbers that
    Word computes for lists and headings are not in the file's text and so not here. Raises what
    `safe_package` raises, and UnreadableDocument.
    """
    body, styles, title = _opened(name, safe_package(name, data, limits))
    reading = _Body(Styles(styles))
    pieces = list(reading.pieces(body))
    return assemble(name, pieces, media_type=_MEDIA_TYPE, title=reading.title or title, limits=limits)


def _opened(name: str, package: BytesIO) -> tuple[Any, Any, str | None]:
    """The body element, the styles element, and the title property."""
    from docx import Document  # here: reading a text file need not pay for it

    try:
        document = Document(package)
        title = document.core_properties.title
        return document.element.body, document.styles.element, None if title == _NO_TITLE else title
    except Exception as error:  # python-docx trusts the package and raises whatever its defects lead to
        raise UnreadableDocument(f"{name}：Word 文档结构不完整，无法读取。请用 Word 打开并另存后再导入。") from error


class _Body:
    """Walks containers of paragraphs and tables; `title` is known once all pieces have been taken."""

    def __init__(self, styles: Styles) -> None:
        self.title: str | None = None
        self._styles = styles

    def pieces(self, container: Any) -> Iterator[Piece]:
        for child in _through(container):
            if child.tag == f"{_W}p":
                yield self._paragraph(child)
                for box in _text_boxes(child):
                    yield from self.pieces(box)
            elif child.tag == f"{_W}tbl":
                yield from self._table(child)

    def _paragraph(self, paragraph: Any) -> Piece:
        text = "".join(_spoken(paragraph)).strip()
        style = self._styles.of(paragraph)
        if style.is_title:
            self.title = self.title or text or None
        if style.level:
            return Piece(text, "heading", style.level)
        return Piece(text, "list_item" if style.is_list else "paragraph")

    def _table(self, table: Any) -> Iterator[Piece]:
        rows = [list(_through(row, f"{_W}tc")) for row in _through(table, f"{_W}tr")]
        cells = [cell for row in rows for cell in row]
        if len(cells) == 1:  # a frame around ordinary text
            yield from self.pieces(cells[0])
            return
        yield Piece(table_text([self._cell(cell) for cell in row] for row in rows), "table")

    def _cell(self, cell: Any) -> str:
        return " ".join(piece.text for piece in self.pieces(cell) if piece.text)


def _through(container: Any, tag: str | None = None) -> Iterator[Any]:
    """The children (of one tag), those inside content controls and tracked insertions with them."""
    for child in container.iterchildren():
        if child.tag in _TRANSPARENT:
            yield from _through(child, tag)
        elif tag is None or child.tag == tag:
            yield child


def _spoken(element: Any) -> Iterator[str]:
    for child in element.iterchildren():
        if child.tag in (f"{_W}t", f"{_M}t"):
            yield child.text or ""
        elif child.tag in _SPOKEN:
            yield _SPOKEN[child.tag]
        elif child.tag not in _UNSPOKEN:
            yield from _spoken(child)


def _text_boxes(element: Any) -> Iterator[Any]:
    for child in element.iterchildren():
        if child.tag == _TEXT_BOX:
            yield child
        elif child.tag not in _UNSPOKEN:
            yield from _text_boxes(child)
