"""Rows of tables and records of sheets, as a person reads them."""

from __future__ import annotations

from retrieval.evidence import Sentence


def is_row(sentence: Sentence) -> bool:
    """A row of a table, or a record of a sheet."""
    text = sentence.text
    return " | " in text and "\n" not in text and (text.startswith("|") or "：" in text.split(" | ")[0])


def row_text(row: Sentence) -> str:
    """A row as a person reads it: each value behind the name of its column."""
    cells = [cell.strip() for cell in row.text.strip("| ").split(" | ")]
    head = next((b for b in row.document.blocks if b.kind == "table" and b.start <= row.start < b.end), None)
    if head is None:
        return "；".join(cell for cell in cells if cell)
    names = [
        name.strip() for name in row.document.text[head.start : head.end].split("\n", 1)[0].strip("| ").split(" | ")
    ]
    if len(names) != len(cells):
        return "；".join(cell for cell in cells if cell)
    return "；".join(f"{name}：{cell}" if name else cell for name, cell in zip(names, cells, strict=True) if cell)
