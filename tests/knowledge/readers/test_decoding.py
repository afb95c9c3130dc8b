from __future__ import annotations

import codecs

import pytest

from knowledge.errors import UnreadableDocument
from knowledge.readers import read_bytes
from knowledge.readers.decoding import decode, decode_names
from knowledge.readers.limits import DEFAULT_LIMITS

SIMPLIFIED = [
    "通知",
    "联通",
    "检验报告",
    "薄膜沉积",
    "供应商",
    "编号,名称,日期\n1,量块,2024-03-01\n",
    "来料检验员应当核对送货单，数量不符时先隔离，再通知采购。\n",
    "第三章 不合格品的处置\n\n返工后的产品必须重新检验；让步接收须经技术负责人批准，并记录在案。\n" * 40,
]
TRADITIONAL = [
    "檢驗報告",
    "供應商",
    "雷射焊接參數",
    "編號,名稱,日期\n1,量塊,2024-03-01\n",
    "進料檢驗員應當核對送貨單，數量不符時先隔離，再通知採購。\n",
    "第三章 不合格品的處置\n\n返工後的產品必須重新檢驗；讓步接收須經技術負責人批准，並記錄在案。\n" * 40,
]


def decoded(data: bytes) -> str:
    return decode("a.txt", data, DEFAULT_LIMITS)


@pytest.mark.parametrize("text", SIMPLIFIED)
@pytest.mark.parametrize("encoding", ["gb2312", "gbk", "gb18030", "utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_simplified_text_short_or_long_reads_right(text: str, encoding: str) -> None:
    assert decoded(text.encode(encoding)) == text


@pytest.mark.parametrize("text", TRADITIONAL)
@pytest.mark.parametrize("encoding", ["big5", "cp950", "gbk", "gb18030", "utf-8", "utf-8-sig", "utf-16"])
def test_traditional_text_short_or_long_reads_right(text: str, encoding: str) -> None:
    assert decoded(text.encode(encoding)) == text


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", ["名称,数量\n量块,3\n", "Plain English text\n", TRADITIONAL[-1], "偏差 ±0.5 ℃\n"])
def test_utf_16_is_told_without_its_mark_too(text: str, encoding: str) -> None:
    assert decoded(text.encode(encoding)) == text
    mark = codecs.BOM_UTF16_LE if encoding == "utf-16-le" else codecs.BOM_UTF16_BE
    assert decoded(mark + text.encode(encoding)) == text


@pytest.mark.parametrize(
    "text", ["naïve café ± 5 °C", "Привет мир, качество", "ποιότητα προϊόντων", "10 µm · 3 Ω", "A·B"]
)
def test_utf_8_of_other_scripts_stays_what_it_is(text: str) -> None:
    assert decoded(text.encode()) == text


def test_a_mark_that_lies_is_told() -> None:
    with pytest.raises(UnreadableDocument, match="开头标明 UTF-8"):
        decoded(codecs.BOM_UTF8 + "检验".encode("gbk"))


def test_european_text_in_its_own_encoding_is_refused() -> None:
    for text, encoding in (("Prüfung für Größen", "latin-1"), ("Привет мир", "cp1251")):
        with pytest.raises(UnreadableDocument, match="编码"):
            decoded(text.encode(encoding))


@pytest.mark.parametrize(("text", "encoding"), [(SIMPLIFIED[6], "gb18030"), (TRADITIONAL[4], "big5")])
@pytest.mark.parametrize("suffix", [".txt", ".csv", ".html", ".md"])
def test_every_text_format_detects_its_encoding(text: str, encoding: str, suffix: str) -> None:
    body = f"<html><body><h1>說明</h1><p>{text}</p></body></html>" if suffix == ".html" else text
    document = read_bytes(f"a{suffix}", body.encode(encoding, errors="ignore"))
    assert text.strip() in document.original


def test_a_page_that_declares_big5_is_believed() -> None:
    page = f'<html><head><meta charset="big5"></head><body><p>{TRADITIONAL[4]}</p></body></html>'
    assert TRADITIONAL[4].strip() in read_bytes("a.html", page.encode("big5")).original


def test_names_of_one_archive_are_read_in_one_encoding() -> None:
    names = ["手册.docx", "附件/记录表.xlsx", "readme.txt"]
    for encoding in ("gbk", "utf-8"):
        assert decode_names([name.encode(encoding) for name in names]) == names
    assert decode_names([b"\xff\xfe.txt"])[0].endswith(".txt")
    assert decode_names([]) == []
