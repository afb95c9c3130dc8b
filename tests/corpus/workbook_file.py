"""The tables as a workbook, a sheet for each, and the questions as a sheet of FAQ entries."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from openpyxl import Workbook

from tests.corpus.model import Standard, Table


def render_workbook(standard: Standard) -> bytes:
    book = Workbook()
    book.remove(book.active)
    for table in standard.tables:
        _add_sheet(book, table)
    questions = book.create_sheet("常见问题")
    questions.append(["问题", "答案"])
    for faq in standard.faqs:
        questions.append([faq.question, faq.answer])
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def sheet_name(table: Table) -> str:
    return f"表{table.number} {table.title}"


def _add_sheet(book: Any, table: Table) -> None:
    sheet = book.create_sheet(sheet_name(table))
    for row, cells in enumerate(table.grid):
        for column, text in enumerate(cells):
            if text and not table.is_covered(row, column):
                sheet.cell(row + 1, column + 1, text)
    for merge in table.merges:
        row, column = merge.row + 1, merge.column + 1
        sheet.merge_cells(
            start_row=row, start_column=column, end_row=row + merge.rows - 1, end_column=column + merge.columns - 1
        )
