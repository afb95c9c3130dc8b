"""Where a sheet's column headings stand, if it has any, and what they call each column."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from knowledge.readers.spreadsheet_grid import Merge, Row, Sheet, letter

_SEARCHED = 10  # rows in which the headings must begin
_LONGEST = 40  # characters of a heading
_DEEPEST = 3  # rows of headings, one above the other
_NUMERIC = re.compile(r"[-+¥￥$€]?\d[\d,.:/\s%‰年月日-]*(?:[a-zA-Zμ℃°]{1,3})?")
_PERIOD = re.compile(r"(?:19|20)\d{2}\s*(?:年度?)?|\d{1,2}\s*月份?")
# Two columns are as often a form (公司名称 | 某某公司) as a table (术语 | 定义): both must sound like headings.
_HEADING_WORD = re.compile(
    r"(?:名称|名|编号|序号|号|项目|内容|说明|日期|时间|类别|类型|种类|分类|要求|期限|条款|部门|备注|单位|数量|姓名|标准|等级|"
    r"状态|电话|地址|结果|描述|定义|术语|解释|代码|值|指标|职责|步骤|措施|原因|name|code|date|type|term|definition|value)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Table:
    """`before` stands above the headings (a title, a note); `names` by column; `rows` are the table's own."""

    before: tuple[Row, ...]
    names: dict[int, str]
    rows: tuple[Row, ...]

    def name_of(self, column: int) -> str:
        return self.names.get(column) or f"{letter(column)} 列"


def tables(sheet: Sheet, is_wanted: Callable[[dict[int, str]], bool]) -> list[Table]:
    """The sheet's tables from top to bottom, most often one. `is_wanted` knows headings beyond doubt."""
    return [_table(rows, sheet.merges, is_wanted) for rows in _stacked(sheet.rows)]


def _stacked(rows: tuple[Row, ...]) -> list[tuple[Row, ...]]:
    """Cut where, after an empty row, bold headings begin again."""
    cuts = [0]
    for index in range(1, len(rows)):
        gap = rows[index].number > rows[index - 1].number + 1
        if gap and rows[index].bold and _could_be_headings(rows[index].cells) and not rows[cuts[-1] : index][-1].bold:
            cuts.append(index)
    return [rows[start:end] for start, end in zip(cuts, [*cuts[1:], len(rows)], strict=True) if start < end]


def _table(rows: tuple[Row, ...], merges: Sequence[Merge], is_wanted: Callable[[dict[int, str]], bool]) -> Table:
    for index, row in enumerate(rows[:_SEARCHED]):
        if is_wanted(row.cells):
            return Table(rows[:index], _unique(row.cells), rows[index + 1 :])
    for index, row in enumerate(rows[:_SEARCHED]):
        depth = _depth(rows[index:], merges)
        below = rows[index + depth :]
        names = _joined(rows[index : index + depth])
        told_apart = row.bold and not all(other.bold for other in below)
        possible = below and not row.banner and _could_be_headings(names, told_apart=told_apart)
        if possible and _is_heading_row(told_apart, names, below):
            return Table(rows[:index], _unique(names), below)
    return Table((), {}, rows)


def _could_be_headings(cells: dict[int, str], *, told_apart: bool = False) -> bool:
    """Short texts, no numbers, all different, unless the headings are `told_apart` from the rows by their type."""
    texts = [" ".join(text.split()) for text in cells.values()]
    distinct = len(set(texts)) == len(texts) or told_apart
    return (
        len(texts) >= 2
        and distinct
        and all(len(text) <= _LONGEST and not text.endswith("。") and not _is_numeric(text) for text in texts)
    )


def _is_heading_row(told_apart: bool, names: dict[int, str], below: Sequence[Row]) -> bool:
    columns = Counter(column for other in below[:100] for column in other.cells)
    if len(names) < 0.5 * len(columns):
        return False
    if len(names) > 2 or told_apart:
        return True
    if all(_HEADING_WORD.search(name) for name in names.values()):
        return True
    last = max(names)
    values = [other.cells[last] for other in below if last in other.cells]
    return len(values) >= 2 and all(_is_numeric(value) for value in values)


def _is_numeric(text: str) -> bool:
    return bool(_NUMERIC.fullmatch(text)) and not _PERIOD.fullmatch(text)


def _depth(rows: Sequence[Row], merges: Sequence[Merge]) -> int:
    """How many rows of headings begin with the first: merged cells reach down, or split into columns below."""
    top = rows[0].number
    beginning = [merge for merge in merges if merge.top == top and not rows[0].banner]
    reach = max((merge.bottom for merge in beginning), default=top)
    wide = [merge for merge in beginning if merge.bottom == top and merge.right > merge.left]
    if reach == top and wide and len(rows) > 1:
        under = [rows[1].cells.get(column, "") for merge in wide for column in range(merge.left, merge.right + 1)]
        reach = top + 1 if len(set(under)) == len(under) and not any(map(_is_numeric, under)) else top
    depth = sum(row.number <= reach for row in rows[: _DEEPEST + 1])
    return depth if depth <= _DEEPEST else 1


def _joined(rows: Sequence[Row]) -> dict[int, str]:
    """A column's headings from the top down: 尺寸·上限."""
    columns = sorted({column for row in rows for column in row.cells})
    parts = {column: [row.cells[column] for row in rows if column in row.cells] for column in columns}
    return {
        column: "·".join(dict.fromkeys(" ".join(text.split()) for text in texts)) for column, texts in parts.items()
    }


def _unique(names: dict[int, str]) -> dict[int, str]:
    plain = {column: " ".join(name.split()).rstrip("：:") for column, name in names.items()}
    counts = Counter(plain.values())
    return {column: name if counts[name] == 1 else f"{name}（{letter(column)} 列）" for column, name in plain.items()}
