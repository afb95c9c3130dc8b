"""The structure of standards and regulations."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from knowledge.clauses import clause_key, find_clauses
from knowledge.cleaning import clean
from knowledge.documents import Block, Clause
from knowledge.readers import read
from knowledge.standards import article_numeral

STANDARD = """前言
本文件按照GB/T 1.1—2020的规定起草。
4 组织环境
4.1 理解组织及其环境
组织应确定与其宗旨相关的各种外部和内部因素。
4.2 理解相关方的需求和期望
见 7.5 和第十条。
4.2.1 总则
组织应监视这些信息。
附录 A
（资料性）
A.1 结构和术语
本文件的结构见 4.1。
"""


def numbers(text: str) -> list[str | None]:
    return [clause.number for clause in find_clauses(text)]


def in_order(clauses: tuple[Clause, ...], text: str) -> None:
    """Each clause ends where the next begins, the last at the end."""
    assert [c.end for c in clauses] == [*[c.start for c in clauses[1:]], len(text)]


# ── what is no heading ─────────────────────────────────


@pytest.mark.parametrize(
    "line",
    [
        "第十条、第十一条规定的情形除外。",
        "第十条第二款规定的机构，由主管部门处理。",
        "第十条规定的认证机构应当备案。",
        "第十条的要求适用于分包方。",
        "第三章规定的措施，由县级以上人民政府市场监督管理部门依照职责分工执行，法律另有规定的除外。",
        "4 个联合体已经建成。",
        "12 家企业参加了会议",
        "36.77亿元贷款余额惠及小微企业。",
        "1.1万家企业接受了培训",
        "83.3%的产品一次合格",
        "11月29日召开会议",
        "本条例第十条另有规定的，从其规定。",
    ],
)
def test_a_line_that_begins_with_a_reference_or_a_figure_is_no_heading(line: str) -> None:
    assert find_clauses(f"前文如下\n{line}\n后文如下") == ()


def test_running_prose_has_no_clauses() -> None:
    assert find_clauses("会议召开。\n按照第十条执行，见 7.5。\n") == ()
    assert find_clauses("") == ()


# ── what is one ────────────────────────────────────────


def test_a_standard_has_its_numbered_clauses_and_annexes() -> None:
    preface, *clauses = find_clauses(STANDARD)
    assert (preface.number, preface.title) == (None, "前言")
    assert [c.number for c in clauses] == ["4", "4.1", "4.2", "4.2.1", "附录A", "A.1"]
    assert [c.title for c in clauses][:4] == ["组织环境", "理解组织及其环境", "理解相关方的需求和期望", "总则"]
    assert clauses[3].path == ("4 组织环境", "4.2 理解相关方的需求和期望")
    in_order((preface, *clauses), STANDARD)


def test_a_regulation_has_chapters_and_articles() -> None:
    text = (
        "第一章 总 则\n第一条　为了规范认证，制定本条例。\n第二条 本条例所称认证。\n按照第一条执行。\n"
        "第二章　附则\n第三条之一 施行。"
    )
    clauses = find_clauses(text)
    assert [c.number for c in clauses] == ["第一章", "第一条", "第二条", "第二章", "第三条之一"]
    assert clauses[0].title == "第一章 总则"
    assert clauses[2].path == ("第一章 总则",)
    in_order(clauses, text)


def test_headings_that_the_file_marks_are_clauses_without_a_number() -> None:
    text = "## 有效期\n三年。\n### 例外\n暂停的除外。"
    blocks = (Block(0, 6, "heading", 2), Block(text.index("###"), text.index("\n暂"), "heading", 3))
    clauses = find_clauses(text, blocks)
    assert [(c.number, c.title, c.path) for c in clauses] == [(None, "有效期", ()), (None, "例外", ("有效期",))]


def test_a_clause_is_looked_up_by_its_folded_number() -> None:
    assert clause_key("第二十四条") == "第24条"
    assert clause_key("A.1") == "a.1"
    assert clause_key(None) is None


# ── the regulations ────────────────────────────────────

_ARTICLE_AT_LINE_START = re.compile(r"^第([零一二三四五六七八九十百]+)条(?=[ \u3000])", re.M)


@pytest.mark.parametrize(
    "name",
    [
        "产品质量法(2018-12-29)",
        "标准化法(2017-11-04)",
        "标准化法实施条例(1990-04-06)",
        "认证认可条例(2020-11-29)",
        "认证认可条例(2023-07-20)",
    ],
)
def test_every_article_of_a_regulation_is_found_once_and_in_order(name: str, regulations: Path) -> None:
    path = regulations / f"{name}.md"
    written = _ARTICLE_AT_LINE_START.findall(path.read_text("utf-8"))
    assert written == [article_numeral(i + 1) for i in range(len(written))]
    document = clean(read(path), path.name)
    clauses = find_clauses(document.text, document.blocks)
    found = [c.number for c in clauses if c.number and c.number.endswith("条")]
    assert found == [f"第{numeral}条" for numeral in written]
    for clause in clauses:
        assert document.text[clause.start : clause.end].lstrip("# ").startswith(clause.number or clause.title)
    in_order(clauses, document.text)
