from __future__ import annotations

import zlib
from collections.abc import Sequence
from io import BytesIO

import pytest
from reader_samples import (
    BODY,
    FONT,
    HEADING,
    TITLE,
    check_offsets,
    pdf_of_lines,
    pdf_of_objects,
    pdf_of_paragraphs,
    roles,
    texts,
)
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table

from knowledge.errors import DocumentTooLarge, EncryptedDocument, UnreadableDocument
from knowledge.readers import Limits, read_bytes

LONG = (
    "组织应在生产和服务提供的整个过程中按照监视和测量要求识别输出状态，"
    "并应控制输出的唯一性标识，保留实现可追溯所需的成文信息。"
)


def test_chinese_text_is_read_with_its_pages() -> None:
    document = read_bytes("a.pdf", pdf_of_lines([(72, 700, "第一页的正文。")], [(72, 700, "第二页的正文。")]))
    check_offsets(document)
    assert [(block.page, text) for block, text in zip(document.blocks, texts(document), strict=True)] == [
        (1, "第一页的正文。"),
        (2, "第二页的正文。"),
    ]
    assert document.media_type == "application/pdf"
    assert document.title is None  # reportlab's 「untitled」 is no title


def test_wrapped_lines_become_the_paragraphs_they_were() -> None:
    paragraphs = [LONG * 2, f"第三条 {LONG}", "ISO 9001 requires organizations to determine the processes needed. " * 3]
    document = read_bytes("a.pdf", pdf_of_paragraphs([(BODY, text) for text in paragraphs]))
    check_offsets(document)
    assert texts(document) == [text.strip() for text in paragraphs]


def test_clause_headings_start_their_own_block() -> None:
    source = [
        (TITLE, "质量管理体系 要求"),
        (HEADING, "8 运行"),
        (HEADING, "8.5.2 标识和可追溯性"),
        (BODY, LONG),
        (HEADING, "第三章 总则"),
        (BODY, f"第十二条 {LONG}"),
        (BODY, f"第十三条 {LONG}"),
        (BODY, "a) 第一项；"),
        (BODY, "b) 第二项。"),
        (HEADING, "附录 A"),
    ]
    document = read_bytes("a.pdf", pdf_of_paragraphs(source))
    assert roles(document) == [
        ("heading", 1, "质量管理体系 要求"),
        ("heading", 1, "8 运行"),
        ("heading", 3, "8.5.2 标识和可追溯性"),
        ("paragraph", 0, LONG),
        ("heading", 1, "第三章 总则"),
        ("paragraph", 0, f"第十二条 {LONG}"),
        ("paragraph", 0, f"第十三条 {LONG}"),
        ("list_item", 0, "a) 第一项；"),
        ("list_item", 0, "b) 第二项。"),
        ("heading", 1, "附录 A"),
    ]


def test_a_clause_number_in_the_middle_of_a_sentence_starts_nothing() -> None:
    full = "组织应当按照本标准的规定保存记录，保存的期限和方式见本标准的"
    lines = [(72, 700, full + "下列条款和"), (72, 683, "8.5.2 的要求，并应符合其规定。")]
    assert texts(read_bytes("a.pdf", pdf_of_lines(lines))) == [full + "下列条款和8.5.2 的要求，并应符合其规定。"]


def test_a_paragraph_runs_on_over_the_foot_of_the_page() -> None:
    def decorate(canvas: Canvas, page: int) -> None:
        canvas.setFont(FONT, 9)
        canvas.drawString(72, 800, "T/SOECC 002—2021")
        canvas.drawString(500, 800, str(page))
        canvas.drawCentredString(300, 30, f"— {page} —")

    paragraphs = [f"第{number}条 {LONG[:-1]}（{number}）。" for number in range(1, 61)]
    document = read_bytes("a.pdf", pdf_of_paragraphs([(BODY, text) for text in paragraphs], decorate))
    assert texts(document) == paragraphs
    pages = [block.page for block in document.blocks]
    assert pages == sorted(page for page in pages if page)
    assert {1, 2, 3} <= set(pages)


def test_page_numbers_go_even_on_a_single_page_and_numbers_in_the_text_stay() -> None:
    document = read_bytes("a.pdf", pdf_of_lines([(72, 700, "共有"), (72, 660, "2"), (72, 640, "项。"), (290, 30, "1")]))
    assert document.original.split() == ["共有", "2", "项。"]


def test_a_table_heading_that_only_counts_up_is_not_a_running_head() -> None:
    pages = [[(72, 760, f"表 {number} 检验项目"), (72, 700, f"第{number}组记录。")] for number in (1, 4, 9)]
    assert "表 4 检验项目" in texts(read_bytes("a.pdf", pdf_of_lines(*pages)))


def test_lines_drawn_out_of_order_are_read_from_top_to_bottom() -> None:
    lines = [(72, 600, "三。"), (72, 700, "一。"), (300, 650, "（续）"), (72, 650, "二")]
    assert texts(read_bytes("a.pdf", pdf_of_lines(lines))) == ["一。", "二 （续）", "三。"]


def test_two_columns_are_read_one_after_the_other() -> None:
    left = [(50, 700 - 20 * row, f"左栏第{row}行的文字内容正好写满了一栏") for row in range(8)]
    right = [(310, 700 - 20 * row, f"右栏第{row}行的文字内容正好写满了一栏") for row in range(8)]
    text = read_bytes("a.pdf", pdf_of_lines([*left, *right])).original
    assert text.index("左栏第7行") < text.index("右栏第0行")


def test_a_page_shown_sideways_is_read_as_it_is_shown() -> None:
    content = b"BT /F 12 Tf 0 1 -1 0 %d 100 Tm (%s) Tj ET\n"
    stream = content % (150, b"Second.") + content % (100, b"First.")
    data = pdf_of_objects(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Rotate 90/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    assert texts(read_bytes("a.pdf", data)) == ["First.", "Second."]


def test_a_contents_page_gives_no_headings() -> None:
    lines = [(72, 700, "1 范围………………………… 1"), (72, 680, "2 规范性引用文件 ............... 2")]
    assert [kind for kind, _, _ in roles(read_bytes("a.pdf", pdf_of_lines(lines)))] == ["paragraph", "paragraph"]


def test_an_encrypted_pdf_asks_for_its_password_to_be_removed() -> None:
    with pytest.raises(EncryptedDocument, match="密码"):
        read_bytes("密.pdf", pdf_of_lines([(72, 700, "机密。")], encrypt="secret"))


def test_pages_without_anything_on_them_are_refused() -> None:
    with pytest.raises(UnreadableDocument, match=r"空白.pdf：没有找到正文文字"):
        read_bytes("空白.pdf", pdf_of_lines([]))
    with pytest.raises(UnreadableDocument, match="没有找到正文文字"):
        read_bytes("空白.pdf", pdf_of_lines([(290, 30, "— 1 —")]))


def test_rubbish_after_a_pdf_header_is_refused() -> None:
    with pytest.raises(UnreadableDocument, match="已损坏"):
        read_bytes("a.pdf", b"%PDF-1.7\n" + bytes(range(256)) * 10)


def test_too_many_pages_and_too_much_text_are_refused() -> None:
    data = pdf_of_lines(*[[(72, 700, "一页文字。")]] * 4)
    with pytest.raises(DocumentTooLarge, match="3 页"):
        read_bytes("a.pdf", data, Limits(max_pages=3))
    with pytest.raises(DocumentTooLarge, match="10 字"):
        read_bytes("a.pdf", data, Limits(max_characters=10))


def hostile_pdf(content: bytes, *more: bytes) -> bytes:
    return pdf_of_objects(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</XObject<</F 5 0 R>>"
        b"/Font<</G<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>",
        content,
        *more,
    )


def test_forms_within_forms_that_would_take_all_memory_end_with_the_worker() -> None:
    def form(number: int) -> bytes:
        calls = b"/F Do " * 10
        head = b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</F %d 0 R>>>>" % (number + 1)
        return head + b"/Length %d>>stream\n%s\nendstream" % (len(calls), calls)

    data = hostile_pdf(b"<</Length 5>>stream\n/F Do\nendstream", *(form(number) for number in range(5, 15)))
    with pytest.raises(UnreadableDocument, match=r"中断|没有读完"):
        read_bytes("a.pdf", data, Limits(max_memory_bytes=300_000_000, max_seconds=3))


def test_a_pdf_that_takes_too_long_is_refused() -> None:
    packed = zlib.compress(b"BT /G 1 Tf 10 10 Td (hello) Tj ET\n" * 2_000_000, 9)
    data = hostile_pdf(b"<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (len(packed), packed))
    with pytest.raises(DocumentTooLarge, match="秒内没有读完"):
        read_bytes("a.pdf", data, Limits(max_seconds=0.3))


GRID = ("GRID", (0, 0), (-1, -1), 0.5, "black")
SAMPLES = [
    ["序号", "检验项目", "抽样", "判定"],
    ["1", "外观\n无划伤", "每批 5 件", "全部合格"],
    ["2", "插入损耗", "每批 3 件", "不大于 0.3 dB"],
]
SAMPLES_READ = "| 序号 | 检验项目 | 抽样 | 判定 |\n| 1 | 外观无划伤 | 每批 5 件 | 全部合格 |\n| 2 | 插入损耗 | 每批 3 件 | 不大于 0.3 dB |"


def ruled(rows: Sequence[Sequence[str]], *styles: tuple[object, ...], repeat: int = 0) -> Table:
    return Table(
        [list(row) for row in rows],
        style=[("FONT", (0, 0), (-1, -1), FONT, 10), *(styles or (GRID,))],
        colWidths=[90] * len(rows[0]),
        repeatRows=repeat,
    )


def pdf_of_story(*story: Flowable) -> bytes:
    file = BytesIO()
    SimpleDocTemplate(file, pagesize=A4).build(list(story))
    return file.getvalue()


def test_a_ruled_table_is_one_block_between_the_paragraphs_around_it() -> None:
    before, caption, after = (
        Paragraph(LONG, BODY),
        Paragraph("表 1 检验项目", HEADING),
        Paragraph("5.2 其他要求", HEADING),
    )
    document = read_bytes("a.pdf", pdf_of_story(before, caption, ruled(SAMPLES), after))
    check_offsets(document)
    assert roles(document) == [
        ("paragraph", 0, LONG),
        ("paragraph", 0, "表 1 检验项目"),
        ("table", 0, SAMPLES_READ),
        ("heading", 2, "5.2 其他要求"),
    ]


def test_a_merged_cell_says_its_text_in_all_that_it_covers() -> None:
    rows = [["项目", "限值", ""], ["", "下限", "上限"], ["长度", "1.0", "2.0"]]
    table = ruled(rows, GRID, ("SPAN", (1, 0), (2, 0)), ("SPAN", (0, 0), (0, 1)))
    assert texts(read_bytes("a.pdf", pdf_of_story(table))) == [
        "| 项目 | 限值 | 限值 |\n| 项目 | 下限 | 上限 |\n| 长度 | 1.0 | 2.0 |"
    ]


def test_a_table_open_at_its_sides_has_all_its_columns() -> None:
    across = [("LINEABOVE", (0, 0), (-1, -1), 0.5, "black"), ("LINEBELOW", (0, -1), (-1, -1), 0.5, "black")]
    table = ruled(SAMPLES, *across, ("LINEAFTER", (0, 0), (-2, -1), 0.5, "black"))
    assert texts(read_bytes("a.pdf", pdf_of_story(table))) == [SAMPLES_READ]


def test_an_empty_cell_keeps_its_place() -> None:
    table = ruled([["项目", "值", "备注"], ["长度", "", "实测"], ["宽度", "2", ""]])
    assert texts(read_bytes("a.pdf", pdf_of_story(table))) == [
        "| 项目 | 值 | 备注 |\n| 长度 |  | 实测 |\n| 宽度 | 2 |  |"
    ]


def test_a_table_over_pages_with_its_header_repeated_is_one_table() -> None:
    rows = [["编号", "名称"], *([str(number), f"第{number}件样品"] for number in range(1, 100))]
    document = read_bytes("a.pdf", pdf_of_story(ruled(rows, repeat=1), Paragraph("5.3 尾声", HEADING)))
    assert roles(document) == [
        ("table", 0, "\n".join(f"| {number} | {name} |" for number, name in rows)),
        ("heading", 2, "5.3 尾声"),
    ]
    assert [block.page for block in document.blocks] == [1, 3]


def test_two_tables_with_a_caption_between_stay_two() -> None:
    gap = Spacer(1, 600)
    story = [ruled(SAMPLES), gap, Paragraph("表 2 复检项目", HEADING), ruled(SAMPLES)]
    assert texts(read_bytes("a.pdf", pdf_of_story(*story))) == [SAMPLES_READ, "表 2 复检项目", SAMPLES_READ]


def test_a_frame_and_an_underline_make_no_table() -> None:
    file = BytesIO()
    canvas = Canvas(file, pagesize=A4)
    canvas.setFont(FONT, 12)
    canvas.rect(60, 600, 400, 150)
    canvas.line(72, 697, 200, 697)
    canvas.drawString(72, 700, "框里的一段文字。")
    canvas.drawString(72, 660, "框里的另一段文字。")
    canvas.save()
    assert [kind for kind, _, _ in roles(read_bytes("a.pdf", file.getvalue()))] == ["paragraph", "paragraph"]


def test_a_number_broken_after_its_dot_is_whole_again() -> None:
    lines = [(72, 700, "8.5."), (72, 683, "2 标识和可追溯性"), (72, 640, "8.6"), (72, 623, ".3 放行的记录")]
    assert roles(read_bytes("a.pdf", pdf_of_lines(lines))) == [
        ("heading", 3, "8.5.2 标识和可追溯性"),
        ("heading", 3, "8.6.3 放行的记录"),
    ]


def test_a_number_alone_on_its_line_goes_with_the_title_under_it() -> None:
    lines = [(72, 700, "3.1"), (72, 683, "批记录 batch record"), (94, 666, "一批产品从投料到放行的全部记录。")]
    assert roles(read_bytes("a.pdf", pdf_of_lines(lines)))[0] == ("heading", 2, "3.1 批记录 batch record")


def test_values_under_each_other_are_no_clause_numbers() -> None:
    lines = [(72, 700, "3.5"), (72, 683, "4.2"), (72, 560, "另起一段的文字。")]
    assert "3.5 4.2" not in read_bytes("a.pdf", pdf_of_lines(lines)).original


def test_a_reference_broken_after_its_dot_is_whole_again() -> None:
    full = "组织应当按照本标准的规定保存记录，保存的期限和方式以及负责的人员见8.5."
    document = read_bytes("a.pdf", pdf_of_lines([(72, 700, full), (72, 683, "2 的要求，并应符合其规定。")]))
    assert texts(document) == [full + "2 的要求，并应符合其规定。"]


def test_heads_of_left_and_right_pages_and_roman_numbers_are_left_out() -> None:
    def page(number: int) -> list[tuple[float, float, str]]:
        head = "Q/GZ 12—2024" if number % 2 else "过程管理规范"
        foot = ("i", "ii", "iii", "iv")[number] if number < 4 else f"— {number - 3} —"
        return [(72 if number % 2 else 400, 800, head), (72, 700, f"第{number}页上的一段正文。"), (290, 30, foot)]

    document = read_bytes("a.pdf", pdf_of_lines(*(page(number) for number in range(9))))
    assert texts(document) == [f"第{number}页上的一段正文。" for number in range(9)]


def test_bare_page_numbers_that_do_not_count_the_cover_are_left_out() -> None:
    pages = [[(72, 700, f"第{'甲乙丙丁戊'[index]}部分的正文。"), (290, 30, str(index + 1))] for index in range(5)]
    document = read_bytes("a.pdf", pdf_of_lines([(72, 700, "封面上的文字。")], *pages))
    assert not any(character.isdigit() for character in document.original)


def test_two_columns_under_a_title_are_read_one_after_the_other_however_they_are_drawn() -> None:
    rows: list[tuple[float, float, str]] = []
    for row in range(8):
        rows.append((310, 600 - 20 * row, f"右栏第{row}行的文字内容正好写满了一栏"))
        rows.append((50, 600 - 20 * row, f"左栏第{row}行的文字内容正好写满了一栏"))
    text = read_bytes(
        "a.pdf", pdf_of_lines([(50, 700, "横贯两栏的题目很长很长，左边到右边都有字，占满一行"), *rows])
    ).original
    assert text.index("题目") < text.index("左栏第0行") < text.index("左栏第7行") < text.index("右栏第0行")


def test_pages_are_counted() -> None:
    assert read_bytes("a.pdf", pdf_of_lines(*[[(72, 700, f"第{word}页文字。")] for word in "甲乙丙"])).pages == 3


def test_headings_in_columns_and_titles_across_them_stay_apart() -> None:
    full = "这一栏里的文字正好写满整行没有空"
    left = ["C.1 小批量订单", full, full, "到此为止。", "C.2 返修品", full, full, "也到此为止。"]
    right = ["C.3 测试跳线", full, full, "到此为止。", "C.4 清洁", full, full, "也到此为止。"]
    pairs = [(50, left), (310, right)]
    rows = [(x, 640 - 18 * row, text) for x, column in pairs for row, text in enumerate(column)]
    titles = [(258, 700, "附录 C"), (246, 680, "（资料性）")]
    document = read_bytes("a.pdf", pdf_of_lines([*titles, *sorted(rows, key=lambda row: -row[1])]))
    assert texts(document)[:5] == ["附录 C", "（资料性）", "C.1 小批量订单", full * 2 + "到此为止。", "C.2 返修品"]
    assert texts(document)[6:8] == ["C.3 测试跳线", full * 2 + "到此为止。"]


def test_a_line_in_the_middle_under_a_full_one_is_apart() -> None:
    cover = [(72, 700, "2025-03-10 发布"), (420, 700, "2025-06-01 实施"), (220, 683, "示例行业协会 发布")]
    assert texts(read_bytes("a.pdf", pdf_of_lines(cover))) == ["2025-03-10 发布 2025-06-01 实施", "示例行业协会 发布"]
