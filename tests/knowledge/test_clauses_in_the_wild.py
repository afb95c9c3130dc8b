"""Headings as real files write them, and lines that only look like headings."""

from __future__ import annotations

import pytest

from knowledge.clauses import contents_span, find_clauses, find_exhibits, numbering_warnings
from knowledge.documents import Block, Clause
from knowledge.readers.limits import DEFAULT_LIMITS
from knowledge.readers.markdown import read_markdown


def outline(text: str, blocks: tuple[Block, ...] = ()) -> list[tuple[str | None, str]]:
    return [(c.number, c.title) for c in find_clauses(text, blocks)]


# ── cross-references and figures at the start of a line ─────────────────────


@pytest.mark.parametrize(
    "broken",
    [
        "供方的控制程度应符合\n4.2 的要求。",
        "检验按照本文件\n4.2 进行，记录见\n4.1。",
        "当顾客有要求时，检验项目和频次按\n附录 A 中的规定执行。",
        "附录 A 给出了检验项目的示例。",
        "样品数量为\n3.5 千克。",
        "长度允许偏差为\n4.3 mm 以内，见\n表 2。",
        "组织应符合第\n十条的规定，并保留成文信息。",
    ],
)
def test_a_reference_that_a_line_break_puts_first_is_no_clause(broken: str) -> None:
    text = f"4 要求\n4.1 总则\n供方应建立程序。\n{broken}\n4.2 检验\n供方应检验。\n"
    assert outline(text) == [("4", "要求"), ("4.1", "总则"), ("4.2", "检验")]


def test_a_count_at_the_start_of_a_line_is_no_chapter() -> None:
    text = "1 范围\n本文件适用于供方。\n2 个样品应当封存。\n2 引用文件\n无。\n3 要求\n3.1 总则\n应检验。\n"
    assert outline(text) == [("1", "范围"), ("2", "引用文件"), ("3", "要求"), ("3.1", "总则")]


# ── variants of headings ─────────────────────────────


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("4.1 供方评价", "供方评价"),
        ("4.1　供方评价", "供方评价"),
        ("4.1供方评价", "供方评价"),
        ("４．１　供方评价", "供方评价"),
        ("4.1\n供方评价", "供方评价"),
        ("4.1 供方评价。供方每年应评价一次。", "供方评价"),
        ("4.1　供方评价　供方每年应评价一次。", "供方评价"),
        ("4.1 供方每年应评价一次，并保留评价的成文信息。", ""),
        ("4.1 FMEA 的应用", "FMEA 的应用"),
    ],
)
def test_a_clause_is_found_however_its_line_is_set(line: str, title: str) -> None:
    text = f"4 供方\n{line}\n评价应有记录。\n4.2 改进\n应改进。\n"
    assert outline(text) == [("4", "供方"), ("4.1", title), ("4.2", "改进")]


def test_a_chapter_may_touch_its_title() -> None:
    assert outline("4组织环境\n4.1理解组织\n应确定因素。\n5领导作用\n5.1总则\n应承诺。\n") == [
        ("4", "组织环境"),
        ("4.1", "理解组织"),
        ("5", "领导作用"),
        ("5.1", "总则"),
    ]


def test_chapters_without_clauses_of_their_own_are_chapters_beside_others_that_have_them() -> None:
    text = "1 范围\n本文件规定了要求。\n2 规范性引用文件\n下列文件必不可少。\n3 术语\n3.1\n追溯 traceability\n还原历史的能力。\n"
    assert outline(text) == [
        ("1", "范围"),
        ("2", "规范性引用文件"),
        ("3", "术语"),
        ("3.1", "追溯 traceability"),
    ]


def test_depth_has_no_limit_that_a_standard_reaches() -> None:
    text = "8 运行\n8.5 生产\n8.5.1 控制\n8.5.1.1 首件\n8.5.1.1.1 记录\n应保留记录。\n"
    assert [c.level for c in find_clauses(text)] == [1, 2, 3, 4, 5]


def test_annexes_with_their_nature_and_title_on_lines_of_their_own() -> None:
    text = (
        "4 要求\n4.1 总则\n见附录 A。\n附 录 A\n（规范性）\n检验项目\nA.1 外观\n应无划伤。\nA.1.1 光源\n应均匀。\n"
        "附录B（资料性）示例\nB.1 记录\n示例见表 B.1。\n参 考 文 献\n[1] 某标准\n"
    )
    assert outline(text) == [
        ("4", "要求"),
        ("4.1", "总则"),
        ("附录A", "附录A（规范性） 检验项目"),
        ("A.1", "外观"),
        ("A.1.1", "光源"),
        ("附录B", "附录B（资料性）示例"),
        ("B.1", "记录"),
        (None, "参考文献"),
    ]


def test_a_clause_of_another_annex_than_the_one_it_stands_in_is_a_reference() -> None:
    text = "4 要求\n4.1 总则\n应检验。\n附录A\nA.1 外观\n检验方法按\nB.1 记录\n填写。\n附录B\nB.1 记录\n应保留。\n"
    assert [number for number, _ in outline(text)] == ["4", "4.1", "附录A", "A.1", "附录B", "B.1"]


def test_marked_headings_and_numbered_ones_make_one_tree() -> None:
    source = "# 供方手册\n\n## 4 供方\n\n### 4.1 评价\n\n每年评价一次。\n\n## 附录 A 表格\n\n见后。\n"
    read = read_markdown("手册.md", source.encode(), DEFAULT_LIMITS)
    clauses = find_clauses(read.original, read.blocks)
    assert [(c.number, c.level) for c in clauses] == [(None, 1), ("4", 1), ("4.1", 2), ("附录A", 1)]


# ── the contents page ────────────────────────────


CONTENTS = """目  次
前言 ……………………………………… Ⅲ
1 范围 ………………………………… 1
2 规范性引用文件 …………… 1
4.1 总则 .............................. 3
附录 A（规范性） 检验项目 …… 9
1 范围
本文件规定了要求。
2 规范性引用文件
无。
4 要求
4.1 总则
应检验。
"""


def test_the_contents_page_is_recognised_and_its_lines_are_no_clauses() -> None:
    span = contents_span(CONTENTS)
    assert span is not None
    assert CONTENTS[slice(*span)].startswith("目  次")
    assert CONTENTS[slice(*span)].endswith("…… 9")
    assert [n for n, _ in outline(CONTENTS)] == ["1", "2", "4", "4.1"]


def test_a_contents_list_without_page_numbers_is_one_where_the_text_repeats_it() -> None:
    text = "目录\n第一章 总则\n第二章 监督\n第三章 附则\n第一章 总则\n第一条 为了规范。\n第二章 监督\n第二条 应当监督。\n第三章 附则\n第三条 施行。\n"
    assert [n for n, _ in outline(text)] == ["第一章", "第一条", "第二章", "第二条", "第三章", "第三条"]


def test_titles_alone_are_the_text_itself() -> None:
    text = "8 运行\n8.5 生产\n8.5.1 控制\n8.5.2 标识\n9 评价\n"
    assert contents_span(text) is None
    assert contents_span("目录\n本文没有目录。\n") is None


# ── warnings ─────────────────────────────────────


def warnings(text: str) -> tuple[str, ...]:
    return numbering_warnings(find_clauses(text))


def test_an_unbroken_series_warns_of_nothing() -> None:
    assert warnings("4 要求\n4.1 总则\n4.2 检验\n4.2.1 首件\n5 改进\n5.1 总则\n附录A\nA.1 表\nA.2 图\n") == ()
    assert warnings("第一条 甲。\n第二条 乙。\n第二条之一 丙。\n第三条 丁。\n") == ()


def test_a_jump_and_a_repeat_are_told() -> None:
    assert warnings("4 要求\n4.1 总则\n应有。\n4.4 检验\n应有。\n") == ("4.1 之后是 4.4，编号不连续",)
    assert warnings("第一条 甲。\n第四条 乙。\n") == ("第一条之后是第四条，中间可能缺条",)
    assert "编号 4.1 出现不止一次，请核对" in warnings("4 要求\n4.1 总则\n应有。\n4.1 检验\n应有。\n")


def test_many_jumps_are_counted_rather_than_listed() -> None:
    text = "".join(f"第{n}条 应当。\n" for n in range(1, 60, 3))
    told = warnings(text)
    assert len(told) == 9
    assert told[-1] == "编号还有 11 处不连续或重复"


# ── tables and figures ─────────────────────────────


def test_a_table_ends_with_its_rows_and_a_reference_to_it_is_no_caption() -> None:
    text = "表 2 给出了检验项目。\n表 2 检验项目\n| 项目 | 要求 |\n| 外观 | 无划伤 |\n图 1 流程\n表 B.1（续）\n"
    table = (text.index("| 项目"), text.index("\n图"))
    found = find_exhibits(text, (Block(*table, "table"),))
    assert [(e.kind, e.number, e.title) for e in found] == [
        ("table", "2", "检验项目"),
        ("figure", "1", "流程"),
        ("table", "b.1", ""),
    ]
    assert text[found[0].start : found[0].end].endswith("| 无划伤 |")


def test_a_table_that_goes_on_overleaf_is_one_table() -> None:
    text = "表 3 频次\n| a | b |\n表 3（续）\n| c | d |\n"
    rows = [(text.index("| a"), text.index("\n表 3（")), (text.index("| c"), len(text) - 1)]
    (table,) = find_exhibits(text, tuple(Block(*row, "table") for row in rows))
    assert text[table.start : table.end] == text.strip()


def test_rows_of_a_table_are_no_clauses() -> None:
    text = "4 要求\n4.1 总则\n应检验。\n| 4.2 检验 | 每批 |\n4.2 放行\n应放行。\n"
    table = Block(text.index("| 4.2"), text.index("\n4.2 放"), "table")
    assert [(c.number, c.title) for c in clauses_of(text, table)] == [("4", "要求"), ("4.1", "总则"), ("4.2", "放行")]


def clauses_of(text: str, *blocks: Block) -> tuple[Clause, ...]:
    return find_clauses(text, blocks)
