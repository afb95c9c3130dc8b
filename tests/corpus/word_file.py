"""As Word documents: one with typed numbers, one whose numbers Word computes from multilevel lists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn

from tests.corpus.model import Clause, Figure, Standard, Table

_ITEM = re.compile(r"^(?:([a-z])|(\d))\) ")
_CHAPTERS, _ANNEXES, _TABLES, _FIGURES, _ITEMS = range(31, 36)  # ids of the lists' definitions
_ANNEX_STYLES = ("附录标识", "附录一级条", "附录二级条")


def render_word(standard: Standard, *, automatic: bool = False) -> bytes:
    """`automatic`: no number of a clause, item or caption stands in the text."""
    document = Document()
    document.core_properties.title = standard.title
    _front(document, standard)
    writer = _Automatic(document) if automatic else _Typed(document)
    for clause in standard.clauses:
        writer.clause(clause)
    file = BytesIO()
    document.save(file)
    return file.getvalue()


def _front(document: Any, standard: Standard) -> None:
    document.add_paragraph(standard.number)
    document.add_paragraph(standard.title, style="Title")
    document.add_paragraph(f"{standard.published} 发布\t{standard.effective} 实施")
    document.add_paragraph(f"{standard.body} 发布")
    document.add_paragraph("目　　次")
    for level in (1, 2):
        document.styles.add_style(f"toc {level}", WD_STYLE_TYPE.PARAGRAPH)
    for level, line, page in standard.contents():
        document.add_paragraph(f"{line}\t{page}", style=f"toc {level}")


class _Typed:
    """Numbers as the author typed them, an ideographic space behind each; headings in Word's styles."""

    def __init__(self, document: Any) -> None:
        self._document = document

    def clause(self, clause: Clause) -> None:
        parts = list(clause.parts)
        if clause.is_annex:
            self._document.add_paragraph(f"{clause.number}\n（{clause.standing}）\n{clause.title}", style="Heading 1")
        elif clause.is_term:  # the number stands alone, the term on the next line: GB/T 1.1-2020
            self._document.add_paragraph(str(clause.number), style="Heading 2")
            self._document.add_paragraph(f"{clause.title}　{clause.english}")
        elif clause.title:
            text = f"{clause.number}　{clause.title}" if clause.number else clause.title
            self._document.add_paragraph(text, style=f"Heading {clause.level}")
        else:
            self._document.add_paragraph(f"{clause.number}　{parts.pop(0)}")
        for part in parts:
            self._part(part)

    def _part(self, part: str | Table | Figure) -> None:
        if isinstance(part, str):
            self._document.add_paragraph(part)
            return
        self._document.add_paragraph(part.caption, style="Caption")
        if isinstance(part, Table):
            _add_table(self._document, part)


class _Automatic:
    """Numbers as Word computes them: from the headings' style, from the paragraph, or from a style of the template."""

    def __init__(self, document: Any) -> None:
        self._document = document
        self._next_list = 50
        self._items: int | None = None  # the list the items being written belong to
        self._in_annexes = False
        for name in _ANNEX_STYLES:
            document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH).base_style = document.styles["Normal"]
        self._numbering = document.part.numbering_part.element
        for definition in _definitions(document):
            first = self._numbering.find(qn("w:num"))
            self._numbering.insert(list(self._numbering).index(first), definition)
        for list_id in (_CHAPTERS, _ANNEXES, _TABLES, _FIGURES):
            self._numbering.append(_list(list_id, list_id))
        for level in range(4):
            _number(document.styles[f"Heading {level + 1}"].element.get_or_add_pPr(), _CHAPTERS, level)
        for level, name in enumerate(_ANNEX_STYLES):
            _number(document.styles[name].element.get_or_add_pPr(), _ANNEXES, level)

    def clause(self, clause: Clause) -> None:
        self._items = None
        self._in_annexes = (self._in_annexes or clause.is_annex) and clause.number is not None
        parts = list(clause.parts)
        if clause.number is None:
            heading = self._document.add_paragraph(clause.title, style="Heading 1")
            _number(heading._p.get_or_add_pPr(), 0, 0)  # list 0: this heading takes no number
        elif clause.is_annex:
            self._document.add_paragraph(f"\n（{clause.standing}）\n{clause.title}", style=_ANNEX_STYLES[0])
        elif clause.title:
            style = _ANNEX_STYLES[clause.level - 1] if self._in_annexes else f"Heading {clause.level}"
            self._document.add_paragraph(f"{clause.title} {clause.english}".strip(), style=style)
        else:
            paragraph = self._document.add_paragraph(str(parts.pop(0)))
            _number(paragraph._p.get_or_add_pPr(), _CHAPTERS, clause.level - 1)
        for part in parts:
            self._part(part)

    def _part(self, part: str | Table | Figure) -> None:
        if isinstance(part, str):
            self._paragraph(part)
            return
        self._items = None
        counted = part.number.isdigit()  # a caption in an annex is typed: its letter is not this list's
        caption = self._document.add_paragraph(part.title if counted else part.caption)
        if counted:
            _number(caption._p.get_or_add_pPr(), _TABLES if isinstance(part, Table) else _FIGURES, 0)
        if isinstance(part, Table):
            _add_table(self._document, part)

    def _paragraph(self, text: str) -> None:
        item = _ITEM.match(text)
        if item is None:
            self._items = None
            self._document.add_paragraph(text)
            return
        if self._items is None:
            self._items = self._next_list
            self._next_list += 1
            self._numbering.append(_list(self._items, _ITEMS, restart=True))
        paragraph = self._document.add_paragraph(text[item.end() :])
        _number(paragraph._p.get_or_add_pPr(), self._items, 0 if item[1] else 1)


def _add_table(document: Any, table: Table) -> None:
    made = document.add_table(len(table.grid), len(table.header), style="Table Grid")
    for row, cells in enumerate(table.grid):
        for column, text in enumerate(cells):
            if not table.is_covered(row, column):
                made.cell(row, column).text = text
    for merge in table.merges:
        last = made.cell(merge.row + merge.rows - 1, merge.column + merge.columns - 1)
        made.cell(merge.row, merge.column).merge(last)
    for row, column in ((m.row, m.column) for m in table.merges):  # merging appends an empty paragraph for each cell
        cell = made.cell(row, column)
        for empty in [p for p in cell.paragraphs[1:] if not p.text]:
            empty._p.getparent().remove(empty._p)


# ------------------------------------------------------------------ lists


def _definitions(document: Any) -> Iterator[Any]:
    headings = [document.styles[f"Heading {level}"].style_id for level in range(1, 5)]
    annexes = [document.styles[name].style_id for name in _ANNEX_STYLES]
    dotted = ["%1", "%1.%2", "%1.%2.%3", "%1.%2.%3.%4"]
    yield _definition(_CHAPTERS, [("decimal", text, style) for text, style in zip(dotted, headings, strict=True)])
    lettered = ["upperLetter", "decimal", "decimal"]
    texts = ["附录 %1", "%1.%2", "%1.%2.%3"]
    yield _definition(_ANNEXES, list(zip(lettered, texts, annexes, strict=True)))
    yield _definition(_TABLES, [("decimal", "表 %1", "")])
    yield _definition(_FIGURES, [("decimal", "图 %1", "")])
    yield _definition(_ITEMS, [("lowerLetter", "%1)", ""), ("decimal", "%2)", "")])


def _definition(list_id: int, levels: list[tuple[str, str, str]]) -> Any:
    """`levels`: number format, level text, style that takes the level (or none)."""
    inner = "".join(
        f'<w:lvl w:ilvl="{at}"><w:start w:val="1"/><w:numFmt w:val="{form}"/>'
        + (f'<w:pStyle w:val="{style}"/>' if style else "")
        + f'<w:suff w:val="space"/><w:lvlText w:val="{text}"/></w:lvl>'
        for at, (form, text, style) in enumerate(levels)
    )
    return parse_xml(
        f'<w:abstractNum {nsdecls("w")} w:abstractNumId="{list_id}"><w:multiLevelType w:val="multilevel"/>{inner}</w:abstractNum>'
    )


def _list(list_id: int, definition: int, *, restart: bool = False) -> Any:
    override = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>' if restart else ""
    return parse_xml(
        f'<w:num {nsdecls("w")} w:numId="{list_id}"><w:abstractNumId w:val="{definition}"/>{override}</w:num>'
    )


def _number(properties: Any, list_id: int, level: int) -> None:
    properties._insert_numPr(
        parse_xml(f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{level}"/><w:numId w:val="{list_id}"/></w:numPr>')
    )
