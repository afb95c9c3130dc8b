"""Workbooks and CSV files: a sheet of questions becomes FAQ entries, any other a record for each row.

A record names every cell's column, 「编号：A-01 | 名称：游标卡尺 | 周期：12 个月」, so that a row can be found and
quoted by itself. The bar between cells is no sentence mark: the row stays one sentence.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path

from knowledge.documents import ReadDocument, ReadFaq
from knowledge.errors import UnreadableDocument
from knowledge.readers.assembly import Piece, assemble, table_text
from knowledge.readers.decoding import decode
from knowledge.readers.limits import Limits
from knowledge.readers.office_package import EXCEL, has_macros, safe_package
from knowledge.readers.signatures import refuse_other_formats
from knowledge.readers.spreadsheet_faqs import FaqColumns, FaqReading, faq_columns
from knowledge.readers.spreadsheet_grid import Budget, Row, Sheet
from knowledge.readers.spreadsheet_headings import Table, tables

_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_UNNAMED = re.compile(r"(?:sheet|工作表)\s*\d*", re.IGNORECASE)  # as the program itself calls them
_LONGEST_KEY = 20  # characters of a form's label
_ROWS_IN_A_TABLE = 30
_DELIMITERS = ",;\t"
_SNIFFED = 64 * 1024  # characters
_DECLARED_DELIMITER = re.compile(r"sep=(.)\n", re.IGNORECASE)
_MACROS = "文件含有宏，宏没有运行，也没有导入。"


def read_workbook(name: str, data: bytes, limits: Limits) -> ReadDocument:
    """All sheets, hidden ones too; formulas by the results saved with them, never calculated.

    The title is the title property, else the heading over the first sheet's table, else the file's name.
    Raises what `safe_package` raises, UnreadableDocument, and DocumentTooLarge over `limits.max_cells`.
    """
    from knowledge.readers.spreadsheet_parts import read_package  # here: reading a text file need not pay for it

    package = safe_package(name, data, limits, EXCEL)
    warnings = [_MACROS] if has_macros(package) else []
    workbook = read_package(name, package, limits)
    document = _document(name, workbook.sheets, workbook.title, _WORKBOOK, limits)
    return replace(document, warnings=(*warnings, *workbook.warnings, *document.warnings))


def read_csv(name: str, data: bytes, limits: Limits) -> ReadDocument:
    """Columns divided by comma, semicolon or tab, whichever divides the lines most evenly.

    Rows count as a spreadsheet program counts them. Raises UnreadableDocument and DocumentTooLarge.
    """
    refuse_other_formats(name, data)
    text = decode(name, data, limits)
    declared = _DECLARED_DELIMITER.match(text)
    text = text[declared.end() :] if declared else text
    delimiter = declared[1] if declared else _delimiter(text)
    rows, warnings = _csv_rows(name, text, delimiter, limits)
    return _document(name, (Sheet(None, rows, warnings=warnings),), None, "text/csv", limits)


def _document(name: str, sheets: tuple[Sheet, ...], title: str | None, media_type: str, limits: Limits) -> ReadDocument:
    reading = FaqReading()
    faqs: list[ReadFaq] = []
    pieces: list[Piece] = []
    banner = None
    for sheet in sheets:
        if sheet.name and sheet.rows and not (len(sheets) == 1 and _UNNAMED.fullmatch(sheet.name)):
            pieces.append(Piece(sheet.name, "heading", 1, place=f"工作表“{sheet.name}”"))
        for table in tables(sheet, lambda names: faq_columns(names) is not None):
            banner = banner or (_banner(table) if sheet is sheets[0] else None)
            columns = faq_columns(table.names)
            pieces += _paragraphs(sheet, table.before)
            if columns is not None:
                faqs += reading.entries(sheet, columns, table.rows)
            pieces += _rows(sheet, table, columns)
    title = title or banner or Path(name).stem
    document = assemble(name, pieces, media_type=media_type, title=title, limits=limits)
    warnings = (*(warning for sheet in sheets for warning in sheet.warnings), *reading.warnings)
    return replace(document, faqs=tuple(faqs), warnings=warnings)


def _banner(table: Table) -> str | None:
    """The text over the table, if there is one and it stands alone."""
    if not table.before or len(table.before[0].cells) != 1:
        return None
    text = " ".join(next(iter(table.before[0].cells.values())).split())
    return text if 4 <= len(text) <= 60 and not text.endswith("。") else None


def _rows(sheet: Sheet, table: Table, columns: FaqColumns | None) -> Iterator[Piece]:
    if not table.names:
        yield from _unnamed_rows(sheet, table.rows)
        return
    for row in table.rows:
        if row.banner:
            yield from _paragraphs(sheet, [row])
        elif not _repeats_headings(row, table):
            text = _record(row, table) if columns is None else _question_and_answer(row, table, columns)
            yield Piece(text, place=sheet.place(row.number))


def _repeats_headings(row: Row, table: Table) -> bool:
    return len(row.cells) > 1 and all(table.names.get(column) == text for column, text in row.cells.items())


def _record(row: Row, table: Table) -> str:
    return " | ".join(f"{table.name_of(column)}：{_on_one_line(text)}" for column, text in row.cells.items())


def _question_and_answer(row: Row, table: Table, columns: FaqColumns) -> str:
    names = {columns.question: "问", columns.answer: "答"}
    order = (columns.question, columns.answer)
    others = [column for column in row.cells if column not in order]
    lines = [
        f"{names.get(column) or table.name_of(column)}：{row.cells[column]}"
        for column in (*order, *others)
        if column in row.cells
    ]
    return "\n".join(lines)


def _unnamed_rows(sheet: Sheet, rows: tuple[Row, ...]) -> Iterator[Piece]:
    """Without headings: lines of one column, a form's labels with their values, or a plain table."""
    columns = sorted({column for row in rows for column in row.cells})
    if len(columns) <= 1:
        yield from _paragraphs(sheet, rows)
    elif len(columns) == 2 and _is_form(rows, columns[0]):
        for row in rows:
            yield Piece(
                "：".join(_on_one_line(text).rstrip("：:") for text in row.cells.values()),
                place=sheet.place(row.number),
            )
    else:
        for start in range(0, len(rows), _ROWS_IN_A_TABLE):
            part = rows[start : start + _ROWS_IN_A_TABLE]
            text = table_text([row.cells.get(column, "") for column in columns] for row in part)
            yield Piece(text, "table", place=sheet.place(part[0].number))


def _is_form(rows: Iterable[Row], labels: int) -> bool:
    keys = [row.cells.get(labels, "") for row in rows]
    return len(set(keys)) == len(keys) and all(key and len(key) <= _LONGEST_KEY for key in keys)


def _paragraphs(sheet: Sheet, rows: Iterable[Row]) -> Iterator[Piece]:
    for row in rows:
        yield Piece(" ".join(map(_on_one_line, row.cells.values())), place=sheet.place(row.number))


def _on_one_line(text: str) -> str:
    return " ".join(text.split())


# --- CSV ---


def _delimiter(text: str) -> str:
    """The one that cuts most of the first lines into the same number, more than one, of cells."""
    scores = {delimiter: _evenness(text[:_SNIFFED], delimiter) for delimiter in _DELIMITERS}
    return max(scores, key=lambda delimiter: scores[delimiter])


def _evenness(text: str, delimiter: str) -> tuple[float, int]:
    try:
        widths = Counter(len(row) for row in csv.reader(StringIO(text), delimiter=delimiter) if row)
    except csv.Error:
        widths = Counter(line.count(delimiter) + 1 for line in text.splitlines() if line)
    width, count = max(widths.items(), key=lambda item: (item[1] * (item[0] > 1), item[0]), default=(1, 0))
    return (count / widths.total(), width) if width > 1 else (0.0, 0)


def _csv_rows(name: str, text: str, delimiter: str, limits: Limits) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    """The rows and the warnings; a file whose quotation marks do not pair is read as if they meant nothing."""
    try:
        return _counted(name, csv.reader(StringIO(text), delimiter=delimiter, strict=True), limits), ()
    except csv.Error:
        plain = csv.reader(StringIO(text), delimiter=delimiter, quoting=csv.QUOTE_NONE)
    try:
        return _counted(name, plain, limits), ("引号不成对，已按没有引号读取，请核对各列。",)
    except csv.Error as error:
        raise UnreadableDocument(f"{name}：不是可读的 CSV 表格。请用 Excel 打开并另存为 CSV 后再导入。") from error


def _counted(name: str, records: Iterable[list[str]], limits: Limits) -> tuple[Row, ...]:
    budget = Budget(name, limits)
    rows = []
    for number, values in enumerate(records, start=1):
        cells = {column: value.strip() for column, value in enumerate(values, start=1) if value.strip()}
        for value in cells.values():
            budget.spend(value)
        if cells:
            rows.append(Row(number, cells))
    return tuple(rows)
