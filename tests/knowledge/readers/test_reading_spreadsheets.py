from __future__ import annotations

import datetime
import re
import time
from collections.abc import Sequence
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from mutations import damaged, read_or_refused
from openpyxl import Workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.styles import Font
from reader_samples import check_offsets, roles, texts

from knowledge.documents import ReadDocument, ReadFaq
from knowledge.errors import DocumentTooLarge, EncryptedDocument, UnreadableDocument
from knowledge.readers import Limits, read_bytes
from knowledge.readers.spreadsheet_values import shown_number

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def saved(book: Any) -> bytes:
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def sheet_of(rows: Sequence[Sequence[object]], title: str = "供方") -> tuple[Any, Any]:
    """A workbook and its one sheet with these rows."""
    book = Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(list(row))
    return book, book.active


def workbook(*sheets: tuple[str, Sequence[Sequence[object]]], name: str = "台账.xlsx") -> ReadDocument:
    book = Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    document = read_bytes(name, saved(book))
    check_offsets(document)
    return document


def read(book: Any, name: str = "台账.xlsx", limits: Limits | None = None) -> ReadDocument:
    document = read_bytes(name, saved(book), limits or Limits())
    check_offsets(document)
    return document


def fields(line: str) -> dict[str, str]:
    """A record's cells by the name of their column."""
    return dict(re.fullmatch(r"(.+?)：(.*)", cell, re.DOTALL).groups() for cell in line.split(" | "))  # type: ignore[union-attr]


GAUGES = [
    ["编号", "名称", "周期（月）", "校准日期", "允差"],
    ["L-01", "游标卡尺", 12, datetime.date(2024, 11, 29), 0.02],
    ["L-02", "塞规", 6, datetime.date(2024, 3, 5), None],
    ["L-03", "高度规；双柱", 12, None, 0.5],
]


def test_a_row_is_a_record_that_names_every_cell_and_knows_its_place() -> None:
    document = workbook(("量具", GAUGES))
    assert roles(document) == [
        ("heading", 1, "量具"),
        ("paragraph", 0, "编号：L-01 | 名称：游标卡尺 | 周期（月）：12 | 校准日期：2024-11-29 | 允差：0.02"),
        ("paragraph", 0, "编号：L-02 | 名称：塞规 | 周期（月）：6 | 校准日期：2024-03-05"),
        ("paragraph", 0, "编号：L-03 | 名称：高度规；双柱 | 周期（月）：12 | 允差：0.5"),
    ]
    assert [block.place for block in document.blocks[1:]] == [f"工作表“量具”第 {row} 行" for row in (2, 3, 4)]
    assert document.title == "台账"


def test_every_cell_of_a_large_sheet_is_found_in_its_row_and_column() -> None:
    names = [f"第{letter}项" for letter in "甲乙丙丁戊己庚辛"]
    rows = [[f"{row}行{name}" if (row * 7 + at) % 5 else None for at, name in enumerate(names)] for row in range(300)]
    document = workbook(("明细", [names, *rows]))
    records = [fields(text) for text in texts(document)[1:]]
    for row, record in zip(rows, records, strict=True):
        assert record == {name: cell for name, cell in zip(names, row, strict=True) if cell is not None}


def test_a_merged_cell_counts_for_all_it_covers_and_double_headings_are_joined() -> None:
    book, sheet = sheet_of(
        [
            ["类别", "尺寸", None, "备注"],
            [None, "上限", "下限", None],
            ["轴", 5, 4, "甲"],
            [None, 7, 6, None],
            ["孔", 9, 8, "乙"],
        ]
    )
    for span in ("A1:A2", "B1:C1", "D1:D2", "A3:A4", "D3:D4"):
        sheet.merge_cells(span)
    assert texts(read(book))[1:] == [
        "类别：轴 | 尺寸·上限：5 | 尺寸·下限：4 | 备注：甲",
        "类别：轴 | 尺寸·上限：7 | 尺寸·下限：6 | 备注：甲",
        "类别：孔 | 尺寸·上限：9 | 尺寸·下限：8 | 备注：乙",
    ]


def test_a_line_over_the_whole_width_is_the_title_or_a_section_and_no_record() -> None:
    book, sheet = sheet_of([["2024 年合格供方名录"], *GAUGES[:2], ["二、停用"], GAUGES[2]])
    sheet.merge_cells("A1:E1")
    sheet.merge_cells("A4:E4")
    document = read(book)
    assert [text.split(" | ")[0] for text in texts(document)[1:]] == [
        "2024 年合格供方名录",
        "编号：L-01",
        "二、停用",
        "编号：L-02",
    ]
    assert document.title == "2024 年合格供方名录"


def test_values_look_as_they_do_on_the_sheet() -> None:
    book, sheet = sheet_of([["编号", "金额", "合格率", "日期", "时刻", "有效"], [7, 12345.5, 0.985, None, None, True]])
    for cell, value, shape in (
        ("A2", 7, "0000"),
        ("B2", 12345.5, '"¥"#,##0.00'),
        ("C2", 0.985, "0.0%"),
        ("D2", datetime.date(2024, 11, 29), 'yyyy"年"m"月"d"日"'),
        ("E2", datetime.datetime(2024, 11, 29, 8, 30), "yyyy/m/d h:mm"),
    ):
        sheet[cell], sheet[cell].number_format = value, shape
    assert texts(read(book))[1] == (
        "编号：0007 | 金额：¥12,345.50 | 合格率：98.5% | 日期：2024年11月29日 | 时刻：2024-11-29 08:30 | 有效：TRUE"
    )


@pytest.mark.parametrize(
    ("stored", "number_format", "shown"),
    [
        ("3.0", "General", "3"),
        ("0.30000000000000004", "General", "0.3"),
        ("1E-7", "", "0.0000001"),
        ("12345678901", "General", "12345678901"),
        ("2.6749999999999998", "0.00", "2.68"),  # Excel rounds what it shows, 2.675
        ("0.12", "0%", "12%"),
        ("-3", "0.00;[Red](0.00)", "(3.00)"),
        ("-3", "0.00", "-3.00"),
        ("-0.001", "0.00", "0.00"),
        ("1.50", "0.0##", "1.5"),
        ("3", '0.0"mm"', "3.0mm"),
        ("12000", '0.0,"千"', "12.0千"),
        ("12.5", "[$¥-804]#,##0.00", "¥12.50"),
        ("1.25", "# ?/?", "1.25"),
        ("45625", "mm-dd-yy", "2024-11-29"),
        ("45625", "yyyy年m月", "2024年11月"),
        ("45625", "yyyy-mm", "2024-11"),
        ("0.5", "h:mm", "12:00"),
        ("1.0833333333333333", "[h]:mm", "26:00"),
        ("1e999", "0", "1e999"),
        ("99999999999", "yyyy-mm-dd", "99999999999"),
        ("不是数", "0.00", "不是数"),
    ],
)
def test_numbers_and_dates_by_their_format(stored: str, number_format: str, shown: str) -> None:
    assert shown_number(stored, number_format) == shown


def test_dates_of_a_workbook_from_1904_are_the_same_dates() -> None:
    book, _ = sheet_of([["编号", "名称", "日期"], ["a", "b", datetime.date(2024, 11, 29)]])
    book.epoch = datetime.datetime(1904, 1, 1)
    assert texts(read(book))[1].endswith("日期：2024-11-29")


# --- questions and answers ---


def test_a_sheet_of_questions_becomes_entries_and_stays_quotable() -> None:
    document = workbook(
        (
            "常见问题",
            [
                ["培训常见问题"],
                ["序号", "问题（必填）", "答案", "相似问法", "依据"],
                [1, "证书丢了怎么补？", "先登报声明。\n再提交补发申请。", "证书遗失；补办证书\n证书不见了", "管理办法"],
                [2, "能代领吗？", "可以，凭委托书。", None, None],
            ],
        )
    )
    assert document.faqs == (
        ReadFaq(
            "证书丢了怎么补？",
            "先登报声明。\n再提交补发申请。",
            ("证书遗失", "补办证书", "证书不见了"),
            "工作表“常见问题”第 3 行",
        ),
        ReadFaq("能代领吗？", "可以，凭委托书。", (), "工作表“常见问题”第 4 行"),
    )
    assert texts(document)[2].startswith("问：证书丢了怎么补？\n答：先登报声明。\n再提交补发申请。\n序号：1\n")
    assert all(faq.answer in document.original for faq in document.faqs)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("问", "答"),
        ("Q", "A"),
        ("提问", "回复"),
        ("标准问", "标准答案"),
        ("常见问题", "解答"),
        ("Question", "Answer"),
        ("问题*", "回答："),
    ],
)
def test_columns_of_questions_and_answers_go_by_many_names(question: str, answer: str) -> None:
    document = workbook(("表", [["编号", question, answer], [1, "几天出结果", "五天"]]))
    assert [(faq.question, faq.answer) for faq in document.faqs] == [("几天出结果", "五天")]


@pytest.mark.parametrize(
    "headings",
    [
        ["题目", "A", "B", "C", "答案"],
        ["问题", "A", "B", "C", "D"],
        ["问题描述", "原因", "措施"],
        ["问题", "A"],
        ["要求", "答案"],
    ],
)
def test_examinations_and_lists_of_problems_are_no_questions_and_answers(headings: list[str]) -> None:
    document = workbook(("表", [headings, [f"甲{column}" for column in range(len(headings))]]))
    assert document.faqs == ()
    assert "甲0" in document.original


def test_numbered_columns_of_similar_questions_are_taken_together() -> None:
    document = workbook(("表", [["问题", "答案", "相似问1", "相似问2"], ["甲", "乙", "丙|丁", "甲"]]))
    assert document.faqs[0].similar == ("丙", "丁")


def test_rows_that_make_no_entry_are_told_by_their_numbers() -> None:
    document = workbook(
        ("问答", [["问题", "答案"], ["甲？", "一"], ["乙？", None], [None, "二"], ["甲", "三"], ["甲？", "一"]]),
        ("更多", [["问题", "答案"], ["甲", "一"]]),
    )
    assert len(document.faqs) == 1
    first = "工作表“问答”第 2 行"
    assert document.warnings == (
        f"工作表“问答”第 5 行和{first}的问题相同，答案不同，请核对，只采用{first}。",
        f"工作表“问答”第 6 行和{first}的问题相同，答案也相同，只采用{first}。",
        "工作表“问答”：第 3 行有问题没有答案，没有作为问答导入。",
        "工作表“问答”：第 4 行有答案没有问题，没有作为问答导入。",
        f"工作表“更多”第 2 行和{first}的问题相同，答案也相同，只采用{first}。",
    )
    assert "问：乙？" in document.original


# --- headings, or none ---


def test_a_form_of_labels_and_values_is_read_as_one() -> None:
    document = workbook(("基本情况", [["公司名称", "某某光学公司"], ["成立年份", 2003], ["地址", "高新区"]]))
    assert texts(document)[1:] == ["公司名称：某某光学公司", "成立年份：2003", "地址：高新区"]


def test_two_columns_under_words_that_head_columns_are_a_table() -> None:
    document = workbook(("术语", [["术语", "定义"], ["返修", "使不合格品可用"]]))
    assert texts(document)[1:] == ["术语：返修 | 定义：使不合格品可用"]


def test_bold_headings_over_two_columns_are_believed() -> None:
    book, sheet = sheet_of([["甲方", "乙方"], ["光学所", "材料所"], ["电子所", "器件所"]])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    assert texts(read(book))[1:] == ["甲方：光学所 | 乙方：材料所", "甲方：电子所 | 乙方：器件所"]


def test_without_headings_rows_stay_a_table() -> None:
    document = workbook(("数据", [[1, 2, 3], [4, None, 6]]))
    assert roles(document)[1:] == [("table", 0, "| 1 | 2 | 3 |\n| 4 |  | 6 |")]
    assert document.blocks[1].place == "工作表“数据”第 1 行"


def test_a_column_without_a_heading_goes_by_its_letter_and_equal_headings_are_told_apart() -> None:
    document = workbook(("表", [["名称", "数量", "数量", None], ["轴", 1, 2, "急"]]))
    assert roles(document)[1][0] == "table"  # equal headings head nothing for certain
    book, sheet = sheet_of([["名称", "数量", "数量"], ["轴", 1, 2]])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    assert texts(read(book))[1] == "名称：轴 | 数量（B 列）：1 | 数量（C 列）：2"
    document = workbook(("表", [["名称", "数量", "单位", None], ["轴", 1, "件", "急"]]))
    assert texts(document)[1] == "名称：轴 | 数量：1 | 单位：件 | D 列：急"


def test_a_second_table_below_the_first_has_headings_of_its_own() -> None:
    book, sheet = sheet_of(
        [["编号", "名称", "数量"], ["a", "轴", 1], [], ["工号", "姓名", "班组"], ["01", "某甲", "一班"]]
    )
    for row in (1, 4):
        for cell in sheet[row]:
            cell.font = Font(bold=True)
    assert texts(read(book))[1:] == ["编号：a | 名称：轴 | 数量：1", "工号：01 | 姓名：某甲 | 班组：一班"]


def test_a_single_sheet_nobody_named_gives_no_heading() -> None:
    assert texts(workbook(("Sheet1", GAUGES[:2])))[0].startswith("编号：")


# --- hidden things and things that are not there ---


def test_what_is_hidden_is_read_and_told() -> None:
    book, sheet = sheet_of(GAUGES)
    sheet.row_dimensions[3].hidden = True
    sheet.column_dimensions["C"].hidden = True
    book.create_sheet("停用").append(["旧件"])
    book["停用"].sheet_state = "hidden"
    document = read(book)
    assert "塞规" in document.original
    assert "旧件" in document.original
    assert document.warnings == (
        "工作表“停用”是隐藏的，已一并读取。",
        "工作表“供方”：第 3 行是隐藏的，已一并读取。",
        "工作表“供方”：C 列是隐藏的，已一并读取。",
    )


def test_formulas_are_read_by_their_saved_results_and_never_run() -> None:
    rows = (
        '<row r="1"><c r="A1" t="inlineStr"><is><t>合计</t></is></c><c r="B1"><f>1+1</f><v>7</v></c>'
        '<c r="C1"><f>WEBSERVICE("http://example.invalid")</f></c><c r="D1" t="str"><f>IF(1,"")</f><v></v></c>'
        '<c r="E1" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>'
    )
    document = read_bytes("a.xlsx", with_sheet(rows))
    assert "7" in document.original
    assert "WEBSERVICE" not in document.original
    assert document.warnings == (
        "工作表“供方”：C1 的公式没有保存结果，读作空白。请用 Excel 打开、重算并保存后再导入。",
        "工作表“供方”：E1 是公式出错的值，请核对。",
    )


def test_comments_that_are_not_read_are_told() -> None:
    book, sheet = sheet_of(GAUGES)
    sheet["A2"].comment = Comment("借出中", "某甲")
    assert read(book).warnings == ("单元格的批注没有读取，只读取了单元格里的文字。",)


def test_a_sheet_of_a_chart_is_told() -> None:
    book, sheet = sheet_of(GAUGES)
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=3, min_row=1, max_row=4))
    book.create_chartsheet("图").add_chart(chart)
    assert read(book).warnings == ("工作表“图”不是数据表（图表或宏表），没有读取。",)


def with_part(data: bytes, part: str, content: bytes) -> bytes:
    file = BytesIO()
    with ZipFile(BytesIO(data)) as source, ZipFile(file, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, content if name == part else source.read(name))
        if part not in source.namelist():
            target.writestr(part, content)
    return file.getvalue()


def with_sheet(rows: str, after: str = "", namespace: str = MAIN) -> bytes:
    """A workbook whose sheet 供方 has these rows, as SpreadsheetML."""
    markup = f'<worksheet xmlns="{namespace}"><sheetData>{rows}</sheetData>{after}</worksheet>'
    return with_part(saved(sheet_of([["甲"]])[0]), "xl/worksheets/sheet1.xml", markup.encode())


def cell(reference: str, text: str) -> str:
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'


def test_characters_that_cannot_be_stored_are_replaced_in_entries_too() -> None:
    rows = f'<row r="1">{cell("A1", "问题")}{cell("B1", "答案")}</row><row r="2">{cell("A2", "甲")}'
    document = read_bytes("a.xlsx", with_sheet(f"{rows}{cell('B2', '一_xD800_二_x0000_')}</row>"))
    assert document.faqs[0].answer == "一\ufffd二\ufffd"
    check_offsets(document)


def test_phonetic_guides_are_left_out_escapes_resolved_and_strict_files_read() -> None:
    guide = '<is><r><t>质</t></r><r><t>量_x000D_</t></r><rPh sb="0" eb="1"><t>zhì</t></rPh></is>'
    rows = f'<row r="1"><c r="A1" t="inlineStr">{guide}</c></row>'
    strict = "http://purl.oclc.org/ooxml/spreadsheetml/main"
    assert texts(read_bytes("a.xlsx", with_sheet(rows, namespace=strict)))[1:] == ["质量"]


# --- safety ---


def test_a_sheet_that_claims_a_million_empty_rows_is_quick() -> None:
    rows = "".join(f'<row r="{row}"><c r="A{row}" s="1"/></row>' for row in range(2, 100_000))
    data = with_sheet(f'<row r="1">{cell("A1", "甲")}</row>{rows}<row r="1048576">{cell("XFD1048576", "乙")}</row>')
    started = time.monotonic()
    document = read_bytes("a.xlsx", data)
    assert time.monotonic() - started < 5
    assert "甲" in document.original
    assert "乙" in document.original


def test_a_merge_over_the_whole_sheet_costs_nothing() -> None:
    rows = "".join(f"<row r='{row}'>{cell(f'A{row}', '甲')}{cell(f'B{row}', '乙')}</row>" for row in range(1, 50))
    merges = '<mergeCells><mergeCell ref="A1:XFD1048576"/><mergeCell ref="B2:B1048576"/></mergeCells>'
    document = read_bytes("a.xlsx", with_sheet(rows, merges))
    assert document.original.count("乙") == 49


def test_more_cells_or_text_than_allowed_are_refused_before_a_row_is_joined() -> None:
    book, _ = sheet_of([[f"甲{number}" * 4000] for number in range(20)])
    with pytest.raises(DocumentTooLarge, match="文字超过上限 100000 字"):
        read(book, limits=Limits(max_characters=100_000))
    with pytest.raises(DocumentTooLarge, match="单元格超过上限 10 个"):
        read(book, limits=Limits(max_cells=10))
    merges = "<mergeCells>" + '<mergeCell ref="A1:CV999"/>' * 200 + "</mergeCells>"
    rows = "".join(
        f"<row r='{row}'>{cell(f'B{row}', '乙')}{cell(f'A{row}', '甲')}{cell(f'CW{row}', '丙')}</row>"
        for row in range(1, 99)
    )
    with pytest.raises(DocumentTooLarge, match="单元格超过上限"):
        read_bytes("a.xlsx", with_sheet(rows, merges))


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="0"><c r="A0"><v>1</v></c></row>',
        '<row r="1048577"/>',
        '<row r="1"><c r="XFE1"><v>1</v></c></row>',
        '<row r="1"><c r="第一格"><v>1</v></c></row>',
        '<row r="1"><c r="A1" t="s"><v>x</v></c></row>',
        '<row r="1"><c r="A1"><v>1</v></row>',
        '<row r="inf"/>',
    ],
)
def test_cells_outside_any_sheet_are_refused(rows: str) -> None:
    with pytest.raises(UnreadableDocument, match=r"a\.xlsx：Excel 工作簿"):
        read_bytes("a.xlsx", with_sheet(rows))


def test_macros_are_neither_run_nor_kept_and_that_is_told() -> None:
    data = with_part(saved(sheet_of(GAUGES)[0]), "xl/vbaProject.bin", b"Sub Auto_Open()")
    document = read_bytes("a.xlsx", data)
    assert document.warnings == ("文件含有宏，宏没有运行，也没有导入。",)
    assert "Auto_Open" not in document.original


@pytest.mark.parametrize(
    "part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml", "xl/styles.xml"]
)
def test_an_entity_in_any_part_is_refused(part: str) -> None:
    markup = b'<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><a>&c;</a>'
    with pytest.raises(UnreadableDocument, match="DTD"):
        read_bytes("a.xlsx", with_part(saved(sheet_of(GAUGES)[0]), part, markup))


def test_a_sheet_behind_an_external_link_is_not_fetched() -> None:
    links = (
        b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
        b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" TargetMode="External" '
        b'Target="http://example.invalid/sheet1.xml"/></Relationships>'
    )
    with pytest.raises(UnreadableDocument, match="没有找到正文"):
        read_bytes("a.xlsx", with_part(saved(sheet_of(GAUGES)[0]), "xl/_rels/workbook.xml.rels", links))


def test_other_containers_are_called_by_their_name() -> None:
    with pytest.raises(UnreadableDocument, match=r"\.xls）.*另存为 \.xlsx"):
        read_bytes("a.xlsx", OLE + "Workbook".encode("utf-16-le"))
    with pytest.raises(EncryptedDocument, match="密码"):
        read_bytes("a.xlsx", OLE)
    with pytest.raises(UnreadableDocument, match="Excel 工作簿"):
        read_bytes("a.xlsx", "编号,名称".encode())
    relations = ZipFile(BytesIO(saved(sheet_of(GAUGES)[0]))).read("_rels/.rels")
    binary = with_part(saved(sheet_of(GAUGES)[0]), "_rels/.rels", relations.replace(b"workbook.xml", b"workbook.bin"))
    with pytest.raises(UnreadableDocument, match="xlsb"):
        read_bytes("a.xlsx", binary)


# --- CSV ---


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_a_csv_file_is_read_by_its_own_delimiter_and_encoding(delimiter: str, encoding: str) -> None:
    lines = (("编号", "名称", "备注"), ("L-01", "卡尺", "一级"), ("L-02", "塞规", ""))
    document = read_bytes("量具.csv", "\r\n".join(map(delimiter.join, lines)).encode(encoding))
    assert texts(document) == ["编号：L-01 | 名称：卡尺 | 备注：一级", "编号：L-02 | 名称：塞规"]
    assert [block.place for block in document.blocks] == ["第 2 行", "第 3 行"]
    assert (document.title, document.media_type) == ("量具", "text/csv")


def test_quoted_cells_keep_delimiters_quotes_and_line_breaks() -> None:
    text = '问题,答案\n"多久,出证？","第一步。\n第二步：看""通知""。"\n'
    document = read_bytes("问答.csv", text.encode())
    assert document.faqs == (ReadFaq("多久,出证？", '第一步。\n第二步：看"通知"。', (), "第 2 行"),)


def test_commas_in_cells_do_not_mislead_the_choice_of_semicolon() -> None:
    text = "名称;说明\n轴;长,宽,高\n孔;深,径\n盘;厚\n"
    assert texts(read_bytes("a.csv", text.encode()))[0] == "名称：轴 | 说明：长,宽,高"


def test_a_declared_separator_is_taken() -> None:
    assert texts(read_bytes("a.csv", "sep=|\n编号|名称|数量\n1|轴|2\n".encode())) == ["编号：1 | 名称：轴 | 数量：2"]


def test_quotation_marks_that_do_not_pair_are_told() -> None:
    document = read_bytes("a.csv", '编号,名称,规格\n1,"轴,5\n2,孔,3"英寸\n'.encode())
    assert document.warnings == ("引号不成对，已按没有引号读取，请核对各列。",)
    assert len(document.blocks) == 2


def test_a_csv_file_of_one_column_is_lines() -> None:
    assert texts(read_bytes("a.csv", "甲公司\n乙公司\n".encode())) == ["甲公司", "乙公司"]


def test_a_csv_cell_of_any_length_is_read_or_refused_by_name() -> None:
    assert len(read_bytes("a.csv", ("甲,乙\n" + "长" * 50_000 + ",1\n").encode()).original) > 50_000
    with pytest.raises(UnreadableDocument, match=r"a\.csv："):
        read_bytes("a.csv", ("甲,乙\n" + "长" * 200_000 + ",1\n").encode())


def rich_sample() -> bytes:
    book, sheet = sheet_of(
        [["问题", "答案", "相似问"], *([f"问{row}", f"答{row}", "a；b"] for row in range(20))], "问答"
    )
    sheet["D2"], sheet["D3"] = "=1+1", datetime.datetime(2024, 1, 2, 3, 4)
    sheet.merge_cells("A5:A7")
    other = book.create_sheet("量具")
    for row in GAUGES:
        other.append(row)
    other.merge_cells("A2:B2")
    return saved(book)


@pytest.mark.slow
def test_damaged_workbooks_are_read_or_refused() -> None:
    sample = rich_sample()
    outcomes = [read_or_refused("a.xlsx", damaged(sample, seed)) for seed in range(400)]
    assert True in outcomes
    assert False in outcomes


@pytest.mark.slow
def test_damaged_csv_files_are_read_or_refused() -> None:
    sample = '问题,答案\n"甲,一","乙\n二"\n丙;丁\t戊\n'.encode("gb18030") * 20
    outcomes = [read_or_refused("a.csv", damaged(sample, 2 * seed + 1)) for seed in range(400)]
    assert True in outcomes
