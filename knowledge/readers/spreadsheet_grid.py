"""A sheet as rows of cell texts, merged cells spread over what they cover; the same for workbooks and CSV."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from knowledge.errors import DocumentTooLarge
from knowledge.readers.limits import Limits

MAX_ROW, MAX_COLUMN = 1_048_576, 16_384  # Excel's own
_NAMED = 10  # rows or cells that a warning names before it says how many


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one row that say something, by column (1 is A); `number` is the row's number in the file."""

    number: int
    cells: dict[int, str]
    bold: bool = False  # all of its cells are
    banner: bool = False  # one text merged over the whole width


@dataclass(frozen=True, slots=True)
class Merge:
    """A merged range; all four inclusive, from 1."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """`name` is None for a CSV file, which has no sheets."""

    name: str | None
    rows: tuple[Row, ...]
    merges: tuple[Merge, ...] = ()
    warnings: tuple[str, ...] = ()

    def place(self, row: int) -> str:
        return f"工作表“{self.name}”第 {row} 行" if self.name else f"第 {row} 行"

    def concerning(self, message: str) -> str:
        return f"工作表“{self.name}”：{message}" if self.name else message


class Budget:
    """Counts cells and characters over a whole file; raises DocumentTooLarge before they are too many."""

    def __init__(self, name: str, limits: Limits) -> None:
        self._name, self._limits = name, limits
        self._cells = self._characters = 0

    def spend(self, text: str) -> None:
        self._cells += 1
        self._characters += len(text)
        if self._cells > self._limits.max_cells:
            raise DocumentTooLarge(f"{self._name}：单元格超过上限 {self._limits.max_cells} 个。请拆分后再导入。")
        if self._characters > self._limits.max_characters:
            raise DocumentTooLarge(f"{self._name}：文字超过上限 {self._limits.max_characters} 字。请拆分后再导入。")


def spread(rows: list[Row], merges: Iterable[Merge], spend: Callable[[str], None]) -> list[Row]:
    """The rows with each merged range's text in all its cells that lie in rows and columns in use.

    A text merged over the whole width (a title, a section within a table) stays in its first cell only.
    """
    numbers = [row.number for row in rows]
    used = [column for row in rows for column in row.cells]
    if not used:
        return rows
    first, last = min(used), max(used)
    banners = set()
    for merge in merges:
        top = bisect_left(numbers, merge.top)
        text = rows[top].cells.get(merge.left) if top < len(rows) and numbers[top] == merge.top else None
        if text is None:
            continue
        if last > first and merge.left <= first and merge.right >= last:
            banners.add(merge.top)
            continue
        for row in rows[top : bisect_right(numbers, merge.bottom)]:
            for column in range(merge.left, min(merge.right, last) + 1):
                spend(text)
                row.cells.setdefault(column, text)
    return [Row(row.number, dict(sorted(row.cells.items())), row.bold, _is_banner(row, banners)) for row in rows]


def _is_banner(row: Row, banners: set[int]) -> bool:
    return row.number in banners and len(row.cells) == 1


def letter(column: int) -> str:
    """1 → A, 27 → AA."""
    letters = ""
    while column:
        column, place = divmod(column - 1, 26)
        letters = chr(65 + place) + letters
    return letters


def listed(things: Iterable[str | int]) -> str:
    """3、7、9 — or the first ten and how many there are."""
    all_of_them = [str(thing) for thing in things]
    if len(all_of_them) <= _NAMED:
        return "、".join(all_of_them)
    return f"{'、'.join(all_of_them[:_NAMED])} 等 {len(all_of_them)} 处"
