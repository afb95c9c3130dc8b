from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from mutations import damaged, read_or_refused
from PIL import Image
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.opc.package import Part
from pptx.opc.packuri import PackURI
from pptx.oxml import parse_xml
from pptx.oxml.ns import qn
from pptx.util import Inches
from reader_samples import check_offsets, roles, texts

from knowledge.documents import ReadDocument
from knowledge.errors import DocumentTooLarge, EncryptedDocument, UnreadableDocument
from knowledge.readers import Limits, read_bytes

RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
DIAGRAM = (
    "xmlns:dgm='http://schemas.openxmlformats.org/drawingml/2006/diagram' "
    "xmlns:a='http://schemas.openxmlformats.org/drawingml/2006/main'"
)
TITLE_SLIDE, BULLETS, SECTION, TITLE_ONLY, BLANK = 0, 1, 2, 5, 6
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


def saved(deck: Any) -> bytes:
    file = BytesIO()
    deck.save(file)
    return file.getvalue()


def slide(deck: Any, layout: int, title: str | None = None) -> Any:
    made = deck.slides.add_slide(deck.slide_layouts[layout])
    if title is not None:
        made.shapes.title.text = title
    return made


def box(shapes: Any, left: float, top: float, text: str) -> Any:
    made = shapes.add_textbox(Inches(left), Inches(top), Inches(3), Inches(0.8))
    made.text_frame.text = text
    return made


def picture(shapes: Any) -> None:
    image = BytesIO()
    Image.new("RGB", (8, 8)).save(image, "PNG")
    shapes.add_picture(image, 0, 0)


def deck_of(draw: Callable[[Any], None]) -> ReadDocument:
    """A deck of one blank slide, drawn on."""
    deck = Presentation()
    draw(slide(deck, BLANK).shapes)
    document = read_bytes("a.pptx", saved(deck))
    check_offsets(document)
    return document


def training() -> Any:
    deck = Presentation()
    slide(deck, TITLE_SLIDE, "检验员上岗培训").placeholders[1].text = "质量部"
    sampling = slide(deck, BULLETS, "抽样方案")
    body = sampling.placeholders[1].text_frame
    body.text = "先定批量"
    deeper = body.add_paragraph()
    deeper.text, deeper.level = "再查样本量字码", 1
    sampling.notes_slide.notes_text_frame.text = "提醒学员带上样表。\n休息十分钟。"
    return deck


def test_slides_give_titles_list_items_and_notes_with_their_slide() -> None:
    document = read_bytes("培训.pptx", saved(training()))
    check_offsets(document)
    assert [
        (block.kind, block.level, block.page, block.place, text)
        for block, text in zip(document.blocks, texts(document), strict=True)
    ] == [
        ("heading", 1, 1, "幻灯片 1", "检验员上岗培训"),
        ("paragraph", 0, 1, "幻灯片 1", "质量部"),
        ("heading", 2, 2, "幻灯片 2", "抽样方案"),
        ("list_item", 0, 2, "幻灯片 2", "先定批量"),
        ("list_item", 0, 2, "幻灯片 2", "再查样本量字码"),
        ("note", 0, 2, "幻灯片 2 备注", "备注：提醒学员带上样表。\n休息十分钟。"),
    ]
    assert (document.title, document.pages, document.warnings) == ("检验员上岗培训", 2, ())


def test_text_boxes_are_read_from_top_to_bottom_and_side_by_side_from_left_to_right() -> None:
    def draw(shapes: Any) -> None:
        box(shapes, 5, 3, "右")
        box(shapes, 1, 5, "下")
        box(shapes, 1, 3.1, "左")  # hardly lower than its neighbour
        box(shapes, 1, 2, "上。")

    assert texts(deck_of(draw)) == ["幻灯片 1", "上。", "左", "右", "下"]


def test_a_group_stays_together_and_in_its_own_order() -> None:
    def draw(shapes: Any) -> None:
        group = shapes.add_group_shape()
        box(group.shapes, 1, 3, "卡片正文")
        box(group.shapes, 1, 2, "卡片标题")
        inner = group.shapes.add_group_shape()
        box(inner.shapes, 1, 4, "卡片脚注")
        box(shapes, 1, 6, "组外。")

    assert texts(deck_of(draw))[1:] == ["卡片标题", "卡片正文", "卡片脚注", "组外。"]


def test_a_short_line_at_the_top_is_the_title_of_a_slide_without_one() -> None:
    def draw(shapes: Any) -> None:
        box(shapes, 1, 4, "正文。")
        box(shapes, 1, 0.3, "量具管理")

    assert roles(deck_of(draw)) == [("heading", 2, "量具管理"), ("paragraph", 0, "正文。")]


def test_a_table_keeps_every_cell_in_its_row_and_column() -> None:
    def draw(shapes: Any) -> None:
        table = shapes.add_table(3, 3, 0, 0, Inches(6), Inches(2)).table
        for row, line in enumerate((("项目", "上限", "下限"), ("厚度", "1.2", "0.8"), ("宽度", "", "5"))):
            for column, text in enumerate(line):
                table.cell(row, column).text = text

    document = deck_of(draw)
    assert roles(document)[1] == ("table", 0, "| 项目 | 上限 | 下限 |\n| 厚度 | 1.2 | 0.8 |\n| 宽度 |  | 5 |")


def test_a_merged_cell_counts_for_all_it_covers_and_a_full_row_is_said_once() -> None:
    def draw(shapes: Any) -> None:
        table = shapes.add_table(3, 3, 0, 0, Inches(6), Inches(2)).table
        table.cell(0, 0).text = "尺寸"
        table.cell(0, 0).merge(table.cell(0, 2))
        table.cell(1, 0).text = "外径"
        table.cell(1, 0).merge(table.cell(2, 0))
        for row, text in ((1, "甲"), (2, "乙")):
            table.cell(row, 1).text, table.cell(row, 2).text = text, f"{text}值"

    assert roles(deck_of(draw))[1][2] == "| 尺寸 |  |  |\n| 外径 | 甲 | 甲值 |\n| 外径 | 乙 | 乙值 |"


def test_numbers_that_powerpoint_computes_are_in_the_text() -> None:
    def draw(shapes: Any) -> None:
        frame = box(shapes, 1, 3, "停机").text_frame
        for text in ("挂牌", "上锁"):
            frame.add_paragraph().text = text
        for paragraph in frame.paragraphs:
            paragraph._p.get_or_add_pPr().append(paragraph._p.makeelement(qn("a:buAutoNum"), {"type": "arabicPeriod"}))

    assert roles(deck_of(draw))[1:] == [
        ("list_item", 0, "1. 停机"),
        ("list_item", 0, "2. 挂牌"),
        ("list_item", 0, "3. 上锁"),
    ]


def test_footers_dates_and_slide_numbers_are_left_out() -> None:
    deck = Presentation()
    made = slide(deck, TITLE_ONLY, "标题")
    for placeholder in made.slide_layout.placeholders:
        if placeholder.placeholder_format.idx in (10, 11, 12):
            made.shapes.clone_placeholder(placeholder)
    for placeholder in made.placeholders:
        if placeholder.placeholder_format.idx in (10, 11, 12):
            placeholder.text_frame.text = "页脚"
    assert texts(read_bytes("a.pptx", saved(deck))) == ["标题"]


def test_hidden_slides_are_read_and_told() -> None:
    deck = training()
    deck.slides[1]._element.set("show", "0")
    document = read_bytes("a.pptx", saved(deck))
    assert "先定批量" in document.original
    assert document.warnings == ("幻灯片 2 是隐藏的，已一并读取；不需要的请删除后再导入。",)


def test_slides_of_pictures_only_are_told_and_still_counted() -> None:
    deck = training()
    for _ in range(2):
        picture(slide(deck, BLANK).shapes)
    picture(slide(deck, TITLE_ONLY, "现场照片").shapes)
    document = read_bytes("a.pptx", saved(deck))
    assert document.warnings == ("幻灯片 3、4 只有图片，没有可读的文字。",)
    assert (document.pages, document.blocks[-1].page) == (5, 5)


def with_chart() -> Any:
    deck = training()
    data = CategoryChartData()
    data.categories = ["一季度", "二季度"]
    data.add_series("合格率", (0.97, 0.1 + 0.2))
    data.add_series("批次", (12, None))
    frame = deck.slides[1].shapes.add_chart(XL_CHART_TYPE.LINE, 0, Inches(5), Inches(3), Inches(2), data)
    frame.chart.chart_title.text_frame.text = "进货检验"
    return deck


def test_the_values_of_a_chart_are_a_table() -> None:
    document = read_bytes("a.pptx", saved(with_chart()))
    check_offsets(document)
    title, table = roles(document)[-3:-1]
    assert title[2] == "进货检验"
    assert table == ("table", 0, "|  | 合格率 | 批次 |\n| 一季度 | 0.97 | 12 |\n| 二季度 | 0.3 |  |")
    assert document.warnings == ()


def test_a_chart_without_values_is_told() -> None:
    data = saved(with_chart())
    with ZipFile(BytesIO(data)) as package:
        part = next(name for name in package.namelist() if name.startswith("ppt/charts/chart"))
    empty = b'<c:chartSpace xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"/>'
    document = read_bytes("a.pptx", with_part(data, part, empty))
    assert document.warnings == ("幻灯片 2 的图表里没有保存数值，没有读取。",)


def test_the_texts_of_smart_art_are_list_items() -> None:
    deck = training()
    texts_of_it = "".join(
        f"<dgm:pt modelId='{at}'><dgm:t><a:bodyPr/><a:p><a:r><a:t>{text}</a:t></a:r></a:p></dgm:t></dgm:pt>"
        for at, text in enumerate(("受理", "审核", "发证"))
    )
    markup = f"<dgm:dataModel {DIAGRAM}><dgm:ptLst>{texts_of_it}</dgm:ptLst></dgm:dataModel>"
    part = Part(
        PackURI("/ppt/diagrams/data1.xml"),
        "application/vnd.openxmlformats-officedocument.drawingml.diagramData+xml",
        deck.part.package,
        markup.encode(),
    )
    made = slide(deck, TITLE_ONLY, "流程")
    relation = made.part.relate_to(part, f"{RELATIONS}/diagramData")
    frame = (
        f"<p:graphicFrame {DIAGRAM} xmlns:p='http://schemas.openxmlformats.org/presentationml/2006/main' xmlns:r='{RELATIONS}'>"
        "<p:xfrm><a:off x='0' y='2000000'/><a:ext cx='9' cy='9'/></p:xfrm><a:graphic><a:graphicData "
        f"uri='http://schemas.openxmlformats.org/drawingml/2006/diagram'><dgm:relIds r:dm='{relation}'/>"
        "</a:graphicData></a:graphic></p:graphicFrame>"
    )
    made.shapes._spTree.append(parse_xml(frame))
    assert roles(read_bytes("a.pptx", saved(deck)))[-4:] == [
        ("heading", 2, "流程"),
        ("list_item", 0, "受理"),
        ("list_item", 0, "审核"),
        ("list_item", 0, "发证"),
    ]


def test_a_section_title_stands_above_the_slides_that_follow() -> None:
    deck = Presentation()
    slide(deck, SECTION, "第二部分")
    slide(deck, TITLE_ONLY, "检验")
    assert roles(read_bytes("a.pptx", saved(deck))) == [("heading", 1, "第二部分"), ("heading", 2, "检验")]


def with_part(data: bytes, part: str, content: bytes) -> bytes:
    file = BytesIO()
    with ZipFile(BytesIO(data)) as source, ZipFile(file, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, content if name == part else source.read(name))
        if part not in source.namelist():
            target.writestr(part, content)
    return file.getvalue()


def test_macros_are_neither_run_nor_kept_and_that_is_told() -> None:
    document = read_bytes("a.pptx", with_part(saved(training()), "ppt/vbaProject.bin", b"Sub AutoOpen()"))
    assert document.warnings == ("文件含有宏，宏没有运行，也没有导入。",)
    assert "AutoOpen" not in document.original


def test_an_entity_in_a_slide_is_refused() -> None:
    markup = b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
    with pytest.raises(UnreadableDocument, match="DTD"):
        read_bytes("a.pptx", with_part(saved(training()), "ppt/slides/slide1.xml", markup))


def test_other_containers_are_called_by_their_name() -> None:
    with pytest.raises(UnreadableDocument, match=r"\.ppt）.*另存为 \.pptx"):
        read_bytes("a.pptx", OLE + "PowerPoint Document".encode("utf-16-le"))
    with pytest.raises(EncryptedDocument, match="密码"):
        read_bytes("a.pptx", OLE)
    with pytest.raises(UnreadableDocument, match="PowerPoint 演示文稿"):
        read_bytes("a.pptx", b"hello")
    with pytest.raises(UnreadableDocument, match=r"PowerPoint.*不完整"):
        read_bytes("a.pptx", with_part(b"PK\x05\x06" + bytes(18), "a.txt", b"b"))


def test_more_slides_or_text_than_allowed_are_refused() -> None:
    data = saved(training())
    with pytest.raises(DocumentTooLarge, match="1 张"):
        read_bytes("a.pptx", data, Limits(max_pages=1))
    with pytest.raises(DocumentTooLarge, match="10 字"):
        read_bytes("a.pptx", data, Limits(max_characters=10))
    with pytest.raises(DocumentTooLarge, match="标记过多"):
        read_bytes("a.pptx", data, Limits(max_markup_nodes=100))


@pytest.mark.slow
def test_damaged_decks_are_read_or_refused() -> None:
    deck = with_chart()
    table = slide(deck, BLANK).shapes.add_table(2, 2, 0, 0, Inches(3), Inches(1)).table
    table.cell(0, 0).text = "甲"
    table.cell(0, 0).merge(table.cell(1, 0))
    sample = saved(deck)
    outcomes = [read_or_refused("a.pptx", damaged(sample, seed)) for seed in range(320)]
    assert True in outcomes
    assert False in outcomes
