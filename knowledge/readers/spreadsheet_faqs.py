"""Sheets of questions and answers: which columns are which, and what is wrong with single rows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from knowledge.documents import ReadFaq
from knowledge.readers.spreadsheet_grid import Row, Sheet, listed

_QUESTION = re.compile(
    r"(?:常见|标准|用户|客户|咨询|典型|高频)?(?:问题|提问|问句|问法|问)(?:内容|描述|标题)?|q|questions?|faq",
    re.IGNORECASE,
)
_ANSWER = re.compile(
    r"(?:标准|参考|官方|统一)?(?:答案|回答|回复|答复|解答|应答|答)(?:内容|口径)?|a|answers?|reply", re.IGNORECASE
)
_SIMILAR = re.compile(
    r"(?:相似|同义|扩展|近义|其他|其它|类似)(?:问题|问法|问句|提问|说法|问)|similar(?:questions?)?", re.IGNORECASE
)
_NOISE = re.compile(r"[\s*:：]|[（(][^）)]*[）)]")  # 问题（必填）*
_NUMBERED = re.compile(r"\d+$")  # 相似问法1, 相似问法2
_BETWEEN = re.compile(r"[\n;；|｜]")


@dataclass(frozen=True, slots=True)
class FaqColumns:
    question: int
    answer: int
    similar: tuple[int, ...] = ()


def faq_columns(names: dict[int, str]) -> FaqColumns | None:
    """The columns of a sheet of questions; None unless it has one of questions and one of answers.

    The bare letters Q and A count only together: a column A among B, C, D holds the choices of an examination.
    """
    plain = {column: _NOISE.sub("", name).lower() for column, name in names.items()}
    question = _first(plain, _QUESTION)
    answer = _first(plain, _ANSWER)
    if question is None or answer is None or question == answer or "b" in plain.values():
        return None
    if plain[answer] == "a" and plain[question] != "q":
        return None
    similar = tuple(column for column, name in plain.items() if _SIMILAR.fullmatch(_NUMBERED.sub("", name)))
    return FaqColumns(question, answer, similar)


def _first(names: dict[int, str], wanted: re.Pattern[str]) -> int | None:
    found = [column for column, name in names.items() if wanted.fullmatch(name)]
    return max(found, key=lambda column: len(names[column]), default=None)  # 标准问题 rather than 问


class FaqReading:
    """Entries from row after row, over all sheets; `warnings` once all have passed."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[str, str]] = {}  # question → its answer, and where it stood
        self.warnings: list[str] = []

    def entries(self, sheet: Sheet, columns: FaqColumns, rows: tuple[Row, ...]) -> Iterator[ReadFaq]:
        """An entry for each row with a question and an answer that no row above has asked already."""
        unanswered, unasked = [], []
        for row in rows:
            question, answer = row.cells.get(columns.question, ""), row.cells.get(columns.answer, "")
            if question and not answer and not row.banner:
                unanswered.append(row.number)
            elif answer and not question:
                unasked.append(row.number)
            elif question and answer and self._is_new(sheet.place(row.number), question, answer):
                yield ReadFaq(" ".join(question.split()), answer, _similar(row, columns), sheet.place(row.number))
        if unanswered:
            self.warnings.append(sheet.concerning(f"第 {listed(unanswered)} 行有问题没有答案，没有作为问答导入。"))
        if unasked:
            self.warnings.append(sheet.concerning(f"第 {listed(unasked)} 行有答案没有问题，没有作为问答导入。"))

    def _is_new(self, place: str, question: str, answer: str) -> bool:
        key = re.sub(r"[\s？?。！!，,]", "", question).lower()
        known = self._seen.setdefault(key, (answer, place))
        if known[1] == place:
            return True
        difference = "答案也相同" if known[0] == answer else "答案不同，请核对"
        self.warnings.append(f"{place}和{known[1]}的问题相同，{difference}，只采用{known[1]}。")
        return False


def _similar(row: Row, columns: FaqColumns) -> tuple[str, ...]:
    phrasings = (part.strip() for column in columns.similar for part in _BETWEEN.split(row.cells.get(column, "")))
    own = row.cells[columns.question]
    return tuple(dict.fromkeys(phrasing for phrasing in phrasings if phrasing and phrasing != own))
