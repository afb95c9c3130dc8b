from __future__ import annotations

import zlib

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
from reportlab.pdfgen.canvas import Canvas

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


def test_a_scan_is_refused_and_ocr_is_named() -> None:
    with pytest.raises(UnreadableDocument, match="扫描件，需要 OCR（后续版本支持）"):
        read_bytes("扫描.pdf", pdf_of_lines([]))
    with pytest.raises(UnreadableDocument, match="扫描件"):
        read_bytes("扫描.pdf", pdf_of_lines([(290, 30, "— 1 —")]))


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
