from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import IO
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZipFile, ZipInfo

import pytest
from docx import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from reader_samples import check_offsets, docx_bytes, docx_with_body, docx_with_parts, roles

from knowledge.errors import DocumentTooLarge, EncryptedDocument, UnreadableDocument
from knowledge.readers import Limits, read_bytes
from knowledge.readers.office_package import safe_package

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
MB = 1024 * 1024


def word(body: str) -> list[tuple[str, int, str]]:
    document = read_bytes("a.docx", docx_with_body(body))
    check_offsets(document)
    return roles(document)


def p(text: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def test_headings_paragraphs_lists_and_tables_come_in_document_order() -> None:
    source = Document()
    source.add_paragraph("质量手册", style="Title")
    source.add_heading("8 运行", 1)
    source.add_heading("8.5.2 标识和可追溯性", 3)
    source.add_paragraph("组织应采用适当的方法识别输出。")
    source.add_paragraph("建立体系", style="List Bullet")
    table = source.add_table(rows=2, cols=2)
    for cell, text in zip(table._cells, ("条款", "名称", "8.5.2", "标识和\n可追溯性"), strict=True):
        cell.text = text
    source.add_paragraph("结尾。")
    document = read_bytes("a.docx", docx_bytes(source))
    check_offsets(document)
    assert roles(document) == [
        ("heading", 1, "质量手册"),
        ("heading", 1, "8 运行"),
        ("heading", 3, "8.5.2 标识和可追溯性"),
        ("paragraph", 0, "组织应采用适当的方法识别输出。"),
        ("list_item", 0, "建立体系"),
        ("table", 0, "| 条款 | 名称 |\n| 8.5.2 | 标识和 可追溯性 |"),
        ("paragraph", 0, "结尾。"),
    ]
    assert document.title == "质量手册"


def test_an_outline_level_makes_a_heading_and_level_nine_body_text() -> None:
    source = Document()
    for level, text in ((1, "二级"), (9, "正文")):
        properties = source.add_heading(text, 1)._p.get_or_add_pPr()
        outline = OxmlElement("w:outlineLvl")
        outline.set(qn("w:val"), str(level))
        properties.append(outline)
    assert roles(read_bytes("a.docx", docx_bytes(source))) == [("heading", 2, "二级"), ("paragraph", 0, "正文")]


def test_a_chinese_heading_style_and_one_based_on_it_make_headings() -> None:
    source = Document()
    source.styles.add_style("标题 2", 1)
    source.styles.add_style("条标题", 1).base_style = source.styles["标题 2"]
    source.add_paragraph("甲", style="标题 2")
    source.add_paragraph("乙", style="条标题")
    assert roles(read_bytes("a.docx", docx_bytes(source))) == [("heading", 2, "甲"), ("heading", 2, "乙")]


def test_styles_based_on_each_other_are_no_endless_loop() -> None:
    source = Document()
    first, second = source.styles.add_style("甲", 1), source.styles.add_style("乙", 1)
    first.base_style, second.base_style = second, first
    source.add_paragraph("正文", style="甲")
    assert roles(read_bytes("a.docx", docx_bytes(source))) == [("paragraph", 0, "正文")]


def test_the_title_property_is_used_where_no_paragraph_is_the_title() -> None:
    source = Document()
    source.core_properties.title = "管理办法"
    source.add_paragraph("正文")
    assert read_bytes("a.docx", docx_bytes(source)).title == "管理办法"
    assert read_bytes("a.docx", docx_with_body(p("正文"))).title is None


def test_insertions_links_and_content_controls_are_read_and_deletions_are_not() -> None:
    assert word(
        "<w:p><w:r><w:t>应</w:t></w:r><w:ins><w:r><w:t>当</w:t></w:r></w:ins>"
        "<w:del><w:r><w:delText>可以</w:delText><w:tab/></w:r></w:del>"
        "<w:hyperlink><w:r><w:t>保存</w:t></w:r></w:hyperlink><w:sdt><w:sdtContent><w:r><w:t>记录</w:t></w:r>"
        "</w:sdtContent></w:sdt><w:r><w:br/><w:t>三</w:t><w:noBreakHyphen/><w:t>五年</w:t></w:r></w:p>"
        f"<w:sdt><w:sdtContent>{p('控件里的段落')}</w:sdtContent></w:sdt>"
    ) == [("paragraph", 0, "应当保存记录\n三-五年"), ("paragraph", 0, "控件里的段落")]


def test_pinyin_above_the_characters_is_left_out() -> None:
    assert word(
        "<w:p><w:r><w:ruby><w:rt><w:r><w:t>zhì</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>质</w:t></w:r></w:rubyBase>"
        "</w:ruby></w:r><w:r><w:t>量</w:t></w:r></w:p>"
    ) == [("paragraph", 0, "质量")]


def test_a_text_box_is_read_once_and_after_its_paragraph() -> None:
    box = f"<w:txbxContent>{p('框内')}</w:txbxContent>"
    assert word(
        f"<w:p><w:r><w:t>段</w:t></w:r><w:r><mc:AlternateContent><mc:Choice>{box}</mc:Choice>"
        f"<mc:Fallback>{box}</mc:Fallback></mc:AlternateContent></w:r><w:r><w:t>落</w:t></w:r></w:p>"
    ) == [("paragraph", 0, "段落"), ("paragraph", 0, "框内")]


def test_a_table_of_one_cell_is_a_frame_around_ordinary_text() -> None:
    cell = p("甲") + p("乙", "<w:outlineLvl w:val='0'/>")
    assert word(f"<w:tbl><w:tr><w:tc>{cell}</w:tc></w:tr></w:tbl>") == [
        ("paragraph", 0, "甲"),
        ("heading", 1, "乙"),
    ]


def test_cells_merged_across_say_their_text_in_each_column() -> None:
    row = "<w:tr><w:tc><w:tcPr><w:gridSpan w:val='2'/></w:tcPr>{}</w:tc><w:tc>{}</w:tc></w:tr>"
    body = row.format(p("甲"), p("乙")) + row.format(p("丙"), "<w:p/>")
    assert word(f"<w:tbl>{body}</w:tbl>") == [("table", 0, "| 甲 | 甲 | 乙 |\n| 丙 | 丙 |  |")]


def test_numbering_taken_away_makes_a_list_style_a_paragraph_again() -> None:
    numbered = "<w:numPr><w:ilvl w:val='0'/><w:numId w:val='{}'/></w:numPr>"
    assert word(p("项", numbered.format(1)) + p("段", "<w:pStyle w:val='ListBullet'/>" + numbered.format(0))) == [
        ("list_item", 0, "项"),
        ("paragraph", 0, "段"),
    ]


# --- hostile and damaged ---


def bomb(size: int, declared: int | None = None) -> bytes:
    """A package whose document.xml inflates to `size` bytes, its directory saying `declared`."""
    content = b"<a>" + b" " * size
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = packed.compress(content) + packed.flush()
    name = b"word/document.xml"
    sizes = struct.pack("<LLL", zlib.crc32(content), len(data), len(content) if declared is None else declared)
    shape = struct.pack("<HHHHH", 20, 0, ZIP_DEFLATED, 0, 33)
    local = b"PK\x03\x04" + shape + sizes + struct.pack("<HH", len(name), 0) + name + data
    entry = b"PK\x01\x02" + struct.pack("<H", 20) + shape + sizes
    entry += struct.pack("<HHHHHLL", len(name), 0, 0, 0, 0, 0, 0) + name
    return local + entry + b"PK\x05\x06" + struct.pack("<HHHHLLH", 0, 0, 1, 1, len(entry), len(local), 0)


def test_a_zip_bomb_renamed_docx_is_refused_before_it_is_inflated(monkeypatch: pytest.MonkeyPatch) -> None:
    data = bomb(30 * MB)
    monkeypatch.setattr(ZipFile, "open", lambda *_: pytest.fail("it was inflated"))
    with pytest.raises(DocumentTooLarge, match="压缩炸弹"):
        read_bytes("a.docx", data)
    with pytest.raises(DocumentTooLarge, match="10 MB"):
        read_bytes("a.docx", data, Limits(max_unpacked_bytes=10 * MB))


def test_a_zip_bomb_that_lies_about_its_size_is_stopped_while_it_inflates() -> None:
    data = bomb(30 * MB, declared=1000)
    with pytest.raises(DocumentTooLarge, match="压缩炸弹"):
        read_bytes("a.docx", data)
    with pytest.raises(DocumentTooLarge, match="10 MB"):
        read_bytes("a.docx", data, Limits(max_unpacked_bytes=10 * MB, max_compression_ratio=10**6))


def test_pictures_are_not_inflated_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    data = docx_with_parts({"word/media/image1.png": bytes(100_000), "word/document.xml": DOCUMENT})
    opened: list[str] = []
    open_part = ZipFile.open

    def recorded(package: ZipFile, part: ZipInfo, *arguments: object, **options: object) -> IO[bytes]:
        if package.mode == "r":
            opened.append(part.filename)
        return open_part(package, part, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(ZipFile, "open", recorded)
    with ZipFile(safe_package("a.docx", data, Limits())) as package:
        assert package.getinfo("word/media/image1.png").file_size == 0
    assert "word/document.xml" in opened
    assert "word/media/image1.png" not in opened


DOCUMENT = (
    b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>'
    + "正文".encode()
    + b"</w:t></w:r></w:p></w:body></w:document>"
)


@pytest.mark.parametrize("part", ["word/document.xml", "word/styles.xml", "docProps/core.xml", "[Content_Types].xml"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_dtd_in_any_part_is_refused(part: str, encoding: str) -> None:
    markup = (
        f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
    )
    with pytest.raises(UnreadableDocument, match="DTD"):
        read_bytes("a.docx", docx_with_parts({part: markup.encode(encoding)}))


def test_an_encrypted_document_asks_for_its_password_to_be_removed() -> None:
    with pytest.raises(EncryptedDocument, match="密码"):
        read_bytes("a.docx", OLE + "EncryptedPackage".encode("utf-16-le"))
    with pytest.raises(EncryptedDocument, match="密码"):
        read_bytes("a.docx", OLE)


def test_an_old_word_document_is_refused_with_advice() -> None:
    with pytest.raises(UnreadableDocument, match=r"\.doc）.*另存为 \.docx") as caught:
        read_bytes("a.docx", OLE + "WordDocument".encode("utf-16-le"))
    assert not isinstance(caught.value, EncryptedDocument)


def test_a_password_on_the_zip_parts_is_told() -> None:
    data = bytearray(bomb(10))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(EncryptedDocument):
        read_bytes("a.docx", bytes(data))


def test_a_zip_that_is_no_word_document_is_refused() -> None:
    file = BytesIO()
    with ZipFile(file, "w") as package:
        package.writestr("a.txt", "b")
    with pytest.raises(UnreadableDocument, match="结构不完整"):
        read_bytes("a.docx", file.getvalue())


def test_a_compression_word_never_uses_is_refused() -> None:
    file = BytesIO()
    with ZipFile(file, "w", ZIP_BZIP2) as package:
        package.writestr("word/document.xml", b"<a/>")
    with pytest.raises(UnreadableDocument, match="压缩方式"):
        read_bytes("a.docx", file.getvalue())


def test_a_truncated_document_is_refused() -> None:
    with pytest.raises(UnreadableDocument, match="损坏"):
        read_bytes("a.docx", docx_bytes()[:-200])


def test_too_many_elements_over_all_parts_are_refused_before_a_tree_is_built() -> None:
    with pytest.raises(DocumentTooLarge, match="标记过多"):
        read_bytes("a.docx", docx_with_body(p("甲") * 50), Limits(max_markup_nodes=100))


def test_an_empty_document_is_refused() -> None:
    with pytest.raises(UnreadableDocument, match="没有找到正文"):
        read_bytes("a.docx", docx_bytes())
