"""The stretch that is read as one: 款 with their items, and lead-ins with what stands below them."""

from __future__ import annotations

import pytest

from knowledge.clauses import find_clauses
from knowledge.documents import Document, Metadata, Origin
from retrieval.articles import Stretch, around, is_legal, lines

LAW = """# 示例产品条例

第一条 为了示例，制定本条例。

第二条 销售失效产品的，责令停止销售；有违法所得的，没收违法所得；情节严重的，吊销营业执照。当事人可以申诉。

第三条 供方有下列情形之一的，责令改正；逾期不改正的，处二万元罚款：

（一）没有检验记录的；

（二）伪造检验记录的；

（三）拒绝检查的。

机构有前款所列情形的，取消资格。

第四条 单位违反本条例第二条第一款规定的，给予警告；拒不改正的，通报批评。

个人有前款规定情形的，处一千元罚款；情节严重的，处五千元罚款。

第五条 检验报告应当写明：

样品名称；

检验日期；

检验结论。
"""


def a_document(text: str) -> Document:
    return Document(
        "d", "示例.md", Origin.FILE, "0" * 64, "text/plain", Metadata("示例产品条例"), text, text,
        clauses=find_clauses(text),
    )  # fmt: skip


def found(text: str, sentence: str, room: int = 280, whole: bool = False) -> str | None:
    """The text of the stretch around a sentence of the document; None where it stands alone."""
    at = text.index(sentence)
    one = around(a_document(text), at, at + len(sentence), room, whole)
    return None if one is None else text[one.start : one.end]


def test_a_full_sentence_stands_alone() -> None:
    assert found(LAW, "第一条 为了示例，制定本条例。") is None
    assert found(LAW, "当事人可以申诉。") is None


def test_a_full_sentence_comes_with_its_paragraph_where_that_is_wanted() -> None:
    shown = found(LAW, "当事人可以申诉。", whole=True)
    assert shown is not None
    assert shown.startswith("第二条 销售失效产品的")


@pytest.mark.parametrize(
    "sentence",
    ["第二条 销售失效产品的，责令停止销售；", "有违法所得的，没收违法所得；", "情节严重的，吊销营业执照。"],
)
def test_what_is_cut_at_a_semicolon_is_its_whole_paragraph_with_the_number(sentence: str) -> None:
    shown = found(LAW, sentence)
    assert shown is not None
    assert shown.startswith("第二条 销售失效产品的")
    assert shown.endswith("当事人可以申诉。")


def test_where_the_paragraph_has_no_room_the_full_sentence_is_shown() -> None:
    shown = found(LAW, "有违法所得的，没收违法所得；", room=50)
    assert shown is not None
    assert shown.endswith("情节严重的，吊销营业执照。")


@pytest.mark.parametrize(
    "sentence",
    [
        "逾期不改正的，处二万元罚款：",
        "第三条 供方有下列情形之一的，责令改正；",
        "（二）伪造检验记录的；",
        "拒绝检查的。",
    ],
)
def test_a_list_is_found_whole_from_its_lead_in_and_from_any_item(sentence: str) -> None:
    at = LAW.index(sentence)
    one = around(a_document(LAW), at, at + len(sentence), 280)
    assert one is not None
    assert LAW[one.start : one.end].startswith("第三条 供方有下列情形之一的")
    assert LAW[one.start : one.end].endswith("（三）拒绝检查的。")
    assert [LAW[a:b][:3] for a, b in one.items] == ["（一）", "（二）", "（三）"]


def test_lines_that_a_colon_leads_into_are_its_items_without_marks_too() -> None:
    at = LAW.index("检验日期；")
    one = around(a_document(LAW), at, at + 5, 280)
    assert one is not None
    assert one.lines(LAW) == ["第五条 检验报告应当写明：", "样品名称；", "检验日期；", "检验结论。"]
    assert len(one.items) == 3


def test_a_paragraph_that_rests_on_the_one_before_comes_with_it() -> None:
    shown = found(LAW, "个人有前款规定情形的，处一千元罚款；")
    assert shown is not None
    assert shown.startswith("第四条 单位违反")
    alone = found(LAW, "个人有前款规定情形的，处一千元罚款；", room=50)
    assert alone == "个人有前款规定情形的，处一千元罚款；情节严重的，处五千元罚款。"


def test_another_articles_paragraph_is_not_the_one_before() -> None:
    text = LAW + "\n第六条 甲方应当登记。\n\n乙方违反第三条第一款规定的，给予警告；拒不改正的，通报批评。\n"
    shown = found(text, "乙方违反第三条第一款规定的，给予警告；")
    assert shown == "乙方违反第三条第一款规定的，给予警告；拒不改正的，通报批评。"


def test_a_numbered_clause_of_a_standard_keeps_its_list() -> None:
    text = (
        "# 示例标准\n\n4 要求\n\n4.1 文件\n\n供方应保持：\n\na) 检验记录；\n\nb) 校准记录。\n\n4.2 人员\n\n应持证。\n"
    )
    assert found(text, "a) 检验记录；") == "供方应保持：\n\na) 检验记录；\n\nb) 校准记录。"
    assert found(text, "4.1 文件") is None


def test_without_clauses_a_lead_in_takes_the_marked_lines_below_it() -> None:
    text = "报名要带的材料有：\n- 营业执照\n- 检验报告\n\n其他事项另行通知。\n"
    assert found(text, "报名要带的材料有：") == "报名要带的材料有：\n- 营业执照\n- 检验报告"


def test_without_clauses_a_lead_in_over_bare_lines_takes_their_block() -> None:
    text = "首批单位如下：\n\n甲光科技\n乙光通信\n\n散会。\n"
    assert found(text, "首批单位如下：") == "首批单位如下：\n\n甲光科技\n乙光通信"


@pytest.mark.parametrize("rest", ["", "\n\n# 下一节\n"])
def test_a_lead_in_over_nothing_has_no_list(rest: str) -> None:
    assert found(f"首批单位如下：{rest}", "首批单位如下：") is None


def test_an_article_is_legal_text_and_a_clause_of_a_standard_is_not() -> None:
    assert is_legal(a_document(LAW), LAW.index("销售失效产品"))
    text = "4 要求\n\n4.1 供方应保持检验记录；应保持校准记录。\n\n4.2 人员应持证。\n"
    assert not is_legal(a_document(text), text.index("校准"))


def test_a_stretch_is_shown_a_line_each_without_markup() -> None:
    text = "**第二条** 应当：\n\n- 登记\n\n\n- 备案\n"
    assert Stretch(0, len(text)).lines(text) == ["第二条 应当：", "· 登记", "· 备案"]
    assert lines("  ") == []
