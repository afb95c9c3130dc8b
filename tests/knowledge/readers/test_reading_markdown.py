from __future__ import annotations

from pathlib import Path

import pytest
from reader_samples import check_offsets, roles, texts

from knowledge.errors import UnreadableDocument
from knowledge.readers import read, read_bytes

REGULATIONS = Path(__file__).parents[4] / "shared" / "regulations"

REGULATION = """# 中华人民共和国认证认可条例

2003年9月3日 中华人民共和国国务院令第390号公布\u3000

<!-- INFO END -->

## 第一章 总 则

第一条 为了规范认证认可活动，制定本条例。

第二条 本条例所称认证，是指合格评定活动。

本条例所称认可，是指予以承认的合格评定活动。
"""


def md(source: str) -> list[tuple[str, int, str]]:
    document = read_bytes("a.md", source.encode())
    check_offsets(document)
    assert document.original == source
    return roles(document)


def test_a_regulation_gives_headings_and_one_paragraph_for_each_line() -> None:
    assert md(REGULATION) == [
        ("heading", 1, "中华人民共和国认证认可条例"),
        ("paragraph", 0, "2003年9月3日 中华人民共和国国务院令第390号公布"),
        ("heading", 2, "第一章 总 则"),
        ("paragraph", 0, "第一条 为了规范认证认可活动，制定本条例。"),
        ("paragraph", 0, "第二条 本条例所称认证，是指合格评定活动。"),
        ("paragraph", 0, "本条例所称认可，是指予以承认的合格评定活动。"),
    ]
    assert read_bytes("a.md", REGULATION.encode()).title == "中华人民共和国认证认可条例"


@pytest.mark.skipif(not REGULATIONS.is_dir(), reason="the shared regulations are not beside this checkout")
def test_the_real_regulations_lose_no_line() -> None:
    for path in REGULATIONS.glob("*.md"):
        lines = [line.lstrip("# ").strip() for line in path.read_text(encoding="utf-8").splitlines()]
        assert texts(read(path)) == [line for line in lines if line and not line.startswith("<!--")], path.name


def test_front_matter_is_no_block_and_names_the_title() -> None:
    source = "---\ntitle: 追溯指南\ndate: 2026-13-45\n---\n## 怎么做\n正文"
    assert md(source) == [("heading", 2, "怎么做"), ("paragraph", 0, "正文")]
    assert read_bytes("a.md", source.encode()).title == "追溯指南"


def test_text_between_two_rules_at_the_top_is_text() -> None:
    assert md("---\n不是元数据的一段话\n\n---\n正文") == [
        ("paragraph", 0, "不是元数据的一段话"),
        ("paragraph", 0, "正文"),
    ]


def test_comments_are_no_blocks_but_text_in_html_is() -> None:
    assert md("<!-- 一\n\n二 -->\n\n<table><tr><td>单元格</td></tr></table>\n\n正文") == [
        ("paragraph", 0, "单元格"),
        ("paragraph", 0, "正文"),
    ]


def test_a_list_item_keeps_its_number_and_sheds_its_bullet() -> None:
    assert md("1. 第一\n2. 第二\n   - 子项\n\n   第二的后续\n* 其他") == [
        ("list_item", 0, "1. 第一"),
        ("list_item", 0, "2. 第二"),
        ("list_item", 0, "子项"),
        ("list_item", 0, "第二的后续"),
        ("list_item", 0, "其他"),
    ]


def test_a_table_is_one_block_of_its_source_lines() -> None:
    table = "| 条款 | 名称 |\n|---|---|\n| 8.5.2 | 标识 |"
    assert md(f"前文\n\n{table}\n\n后文") == [("paragraph", 0, "前文"), ("table", 0, table), ("paragraph", 0, "后文")]


def test_a_paragraph_over_several_lines_is_one_block_and_a_quotation_one_for_each_line() -> None:
    assert md("甲 **粗**\n乙\n\n> 引一\n> 引二") == [
        ("paragraph", 0, "甲 **粗**\n乙"),
        ("paragraph", 0, "引一"),
        ("paragraph", 0, "引二"),
    ]


def test_what_markdown_takes_for_code_or_references_is_still_read() -> None:
    assert md("    缩进的一段\n\n[注]: 说明文字\n\n```\n块内\n```") == [
        ("paragraph", 0, "缩进的一段"),
        ("paragraph", 0, "[注]: 说明文字"),
        ("paragraph", 0, "块内"),
    ]


def test_heading_marks_are_not_part_of_the_heading() -> None:
    assert md("###   8.5.2 标识 ###\n\n题目\n===\n\n一行\n两行\n---\n") == [
        ("heading", 3, "8.5.2 标识"),
        ("heading", 1, "题目"),
        ("paragraph", 0, "一行\n两行"),
    ]


def test_repeated_text_gets_its_own_place_each_time() -> None:
    assert md("同样\n\n同样\n\n- 同样\n- 同样") == [
        ("paragraph", 0, "同样"),
        ("paragraph", 0, "同样"),
        ("list_item", 0, "同样"),
        ("list_item", 0, "同样"),
    ]


def test_a_file_with_nothing_but_front_matter_is_refused() -> None:
    with pytest.raises(UnreadableDocument, match="没有找到正文"):
        read_bytes("a.md", b"---\ntitle: a\n---\n<!-- b -->\n")


def test_deep_brackets_in_front_matter_are_no_crash() -> None:
    assert texts(read_bytes("a.md", b"---\n" + b"[" * 1500 + b"\n---\ntext"))[-1] == "text"
