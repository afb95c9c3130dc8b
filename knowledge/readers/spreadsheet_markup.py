"""The markup of a worksheet, and of the strings that sheets share, as it streams by.

Tags go by their local names, so that strict and transitional files read alike.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from xml.parsers.expat import ParserCreate

from knowledge.errors import DocumentTooLarge
from knowledge.readers.assembly import storable
from knowledge.readers.limits import Limits
from knowledge.readers.spreadsheet_grid import MAX_COLUMN, MAX_ROW, Budget, Merge, Row, Sheet, letter, listed, spread
from knowledge.readers.spreadsheet_values import shown_moment, shown_number

_CELL = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})", re.IGNORECASE)
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_LONGEST_TEXT = 32_767  # characters in a cell, Excel's own limit
_MAX_MERGES = 100_000
_TRUE = ("1", "true", "on")


@dataclass(frozen=True, slots=True)
class Styles:
    """By a cell's style index: its number format, and whether it is bold."""

    formats: tuple[str, ...] = ()
    bold: tuple[bool, ...] = ()

    def format_of(self, index: int) -> str:
        return self.formats[index] if 0 <= index < len(self.formats) else ""

    def is_bold(self, index: int) -> bool:
        return 0 <= index < len(self.bold) and self.bold[index]


def parse(
    markup: bytes,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None],
    data: Callable[[str], None],
) -> None:
    parser = ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = lambda tag, attributes: start(tag.rpartition(":")[2], attributes)
    parser.EndElementHandler = lambda tag: end(tag.rpartition(":")[2])
    parser.CharacterDataHandler = data
    parser.StartDoctypeDeclHandler = _refuse_doctype  # a second time: `safe_package` has looked for one already
    parser.Parse(markup, True)


def _refuse_doctype(*_: object) -> None:
    raise ValueError("a document type declaration")


class _TextHandler:
    """Gathers the text of `t` elements, phonetic guides apart, up to what a cell can hold."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._length = 0
        self._listening = self._phonetic = False

    def begin(self) -> None:
        self._texts, self._length, self._listening, self._phonetic = [], 0, False, False

    def start(self, tag: str) -> None:
        if tag == "rPh":
            self._phonetic = True
        self._listening = tag in ("t", "v") and not self._phonetic

    def end(self, tag: str) -> None:
        if tag == "rPh":
            self._phonetic = False
        self._listening = False

    def data(self, text: str) -> None:
        if self._listening and self._length < _LONGEST_TEXT:
            self._texts.append(text[: _LONGEST_TEXT - self._length])
            self._length += len(self._texts[-1])

    @property
    def text(self) -> str:
        return "".join(self._texts)


class StringsHandler:
    def __init__(self, name: str, limits: Limits) -> None:
        self.strings: list[str] = []
        self._name, self._limits = name, limits
        self._text = _TextHandler()
        self.data = self._text.data

    def start(self, tag: str, _: dict[str, str]) -> None:
        if tag == "si":
            self._text.begin()
        self._text.start(tag)

    def end(self, tag: str) -> None:
        self._text.end(tag)
        if tag == "si":
            self.strings.append(_unescaped(self._text.text))
            if len(self.strings) > self._limits.max_cells:
                raise DocumentTooLarge(f"{self._name}：文字超过 {self._limits.max_cells} 条。请拆分后再导入。")


@dataclass(slots=True)
class _Findings:
    """What the operator should know of a sheet: cells, rows and columns by name."""

    without_result: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[str] = field(default_factory=list)

    def sentences(self) -> Iterator[str]:
        if self.without_result:
            cells = listed(self.without_result)
            yield f"{cells} 的公式没有保存结果，读作空白。请用 Excel 打开、重算并保存后再导入。"
        if self.errors:
            yield f"{listed(self.errors)} 是公式出错的值，请核对。"
        if self.hidden_rows:
            yield f"第 {listed(self.hidden_rows)} 行是隐藏的，已一并读取。"
        if self.hidden_columns:
            yield f"{listed(self.hidden_columns)} 列是隐藏的，已一并读取。"


class SheetHandler:
    """Rows with something in them, as their cells pass by."""

    def __init__(self, title: str, strings: list[str], styles: Styles, from_1904: bool, budget: Budget) -> None:
        self._title, self._strings, self._styles = title, strings, styles
        self._from_1904, self._budget = from_1904, budget
        self._text = _TextHandler()
        self.data = self._text.data
        self._rows: dict[int, Row] = {}
        self._merges: list[Merge] = []
        self._findings = _Findings()
        self._row = self._column = 0
        self._row_hidden = False
        self._kind, self._style, self._has_formula, self._is_nested = "n", 0, False, False
        self._plain: set[int] = set()  # rows with a cell that is not bold

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "c":
            self._begin_cell(attributes)
        elif tag == "row":
            self._row, self._column = _bounded(attributes.get("r"), self._row + 1, MAX_ROW), 0
            self._row_hidden = flag_of(attributes.get("hidden"))
        elif tag == "f":
            self._has_formula = True
        elif tag == "mergeCell":
            self._merge(attributes.get("ref", ""))
        elif tag == "col" and flag_of(attributes.get("hidden")):
            self._hide_columns(attributes)
        self._text.start(tag)

    def end(self, tag: str) -> None:
        self._text.end(tag)
        if tag == "c":
            self._end_cell()

    def sheet(self) -> Sheet:
        rows = [self._rows[number] for number in sorted(self._rows)]
        rows = [Row(row.number, row.cells, row.number not in self._plain) for row in rows]
        sheet = Sheet(self._title, tuple(spread(rows, self._merges, self._budget.spend)), tuple(self._merges))
        warnings = tuple(sheet.concerning(sentence) for sentence in self._findings.sentences())
        return Sheet(sheet.name, sheet.rows, sheet.merges, warnings)

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        self._text.begin()
        self._kind, self._has_formula = attributes.get("t", "n"), False
        self._style = number_of(attributes.get("s"))
        reference = attributes.get("r")
        self._column = _place(reference)[1] if reference else self._column + 1
        if self._column > MAX_COLUMN:
            raise ValueError("a column beyond the last")

    def _end_cell(self) -> None:
        stored = self._text.text
        if self._has_formula and not stored and self._kind != "str":
            self._findings.without_result.append(f"{letter(self._column)}{self._row}")
        text = self._shown(stored).replace("\r\n", "\n").replace("\r", "\n").strip()
        if not text:
            return
        self._budget.spend(text)
        if self._kind == "e":
            self._findings.errors.append(f"{letter(self._column)}{self._row}")
        if self._row not in self._rows:
            self._rows[self._row] = Row(self._row, {})
            if self._row_hidden:
                self._findings.hidden_rows.append(self._row)
        if not self._styles.is_bold(self._style):
            self._plain.add(self._row)
        self._rows[self._row].cells[self._column] = text

    def _shown(self, stored: str) -> str:
        if not stored:
            return ""
        if self._kind == "s":
            return self._strings[int(stored)] if 0 <= int(stored) < len(self._strings) else ""
        if self._kind in ("str", "inlineStr"):
            return _unescaped(stored)
        if self._kind == "b":
            return "TRUE" if stored in _TRUE else "FALSE"
        if self._kind == "d":
            return _iso(stored)
        if self._kind == "e":
            return stored
        return shown_number(stored.strip(), self._styles.format_of(self._style), from_1904=self._from_1904)

    def _merge(self, reference: str) -> None:
        first, _, last = reference.partition(":")
        top, left = _place(first)
        bottom, right = _place(last or first)
        self._merges.append(Merge(top, left, bottom, right))
        if len(self._merges) > _MAX_MERGES:
            raise ValueError("more merged ranges than any sheet needs")

    def _hide_columns(self, attributes: dict[str, str]) -> None:
        first, last = number_of(attributes.get("min")), number_of(attributes.get("max"))
        if 0 < first <= last < MAX_COLUMN:  # up to the very last: the empty rest of the sheet
            self._findings.hidden_columns.append(letter(first) if first == last else f"{letter(first)}–{letter(last)}")


def _place(reference: str) -> tuple[int, int]:
    """B12 → (12, 2). Raises ValueError for what is no cell of a sheet."""
    match = _CELL.fullmatch(reference)
    if match is None:
        raise ValueError("not a cell reference")
    column = 0
    for character in match[1].upper():
        column = column * 26 + ord(character) - 64
    return _bounded(match[2], 0, MAX_ROW), _bounded(str(column), 0, MAX_COLUMN)


def _bounded(value: str | None, otherwise: int, most: int) -> int:
    number = otherwise if value is None else int(float(value))
    if not 1 <= number <= most:
        raise ValueError("outside the sheet")
    return number


def number_of(value: str | None) -> int:
    return int(value) if value and value.isascii() and value.isdigit() and len(value) < 10 else 0


def flag_of(value: str | None) -> bool:
    return (value or "").lower() in _TRUE


def _iso(stored: str) -> str:
    try:
        moment = datetime.fromisoformat(stored)
    except ValueError:
        return stored
    return shown_moment(moment if "T" in stored else date(moment.year, moment.month, moment.day))


def _unescaped(text: str) -> str:
    """_x000D_ is how the format writes characters that XML cannot carry."""
    return storable(_ESCAPED.sub(lambda found: chr(int(found[1], 16)), text))
