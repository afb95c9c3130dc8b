from __future__ import annotations

import codecs

import pytest
from reader_samples import SIMPLIFIED, TRADITIONAL, check_offsets, roles, texts

from knowledge.errors import UnreadableDocument
from knowledge.readers import read_bytes

ENCODED = [
    (SIMPLIFIED, "utf-8"),
    (SIMPLIFIED, "utf-8-sig"),
    (SIMPLIFIED, "utf-16"),
    (SIMPLIFIED, "utf-32"),
    (SIMPLIFIED, "gb2312"),
    (SIMPLIFIED, "gb18030"),
    (TRADITIONAL, "utf-8"),
    (TRADITIONAL, "big5"),
    (TRADITIONAL, "gb18030"),
    ("张三\n李四\n王五\n", "gb18030"),
]


@pytest.mark.parametrize(("text", "encoding"), ENCODED)
def test_chinese_text_reads_right_in_the_encodings_it_comes_in(text: str, encoding: str) -> None:
    document = read_bytes("a.txt", text.encode(encoding))
    assert document.original == text
    assert document.media_type == "text/plain"


def test_big_endian_utf_16_is_told_by_its_mark() -> None:
    assert texts(read_bytes("a.txt", codecs.BOM_UTF16_BE + "条款".encode("utf-16-be"))) == ["条款"]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "big5"])
def test_a_character_cut_in_two_at_the_end_does_not_spoil_the_rest(encoding: str) -> None:
    text = TRADITIONAL if encoding == "big5" else SIMPLIFIED
    data = (text * 3 + "料").encode(encoding)[:-1]
    document = read_bytes("a.txt", data)
    assert document.original.startswith(text * 3)


def test_text_in_an_unknown_encoding_is_refused_with_advice() -> None:
    with pytest.raises(UnreadableDocument, match="UTF-8"):
        read_bytes("a.txt", "Qualität für Größen, Maße und Prüfungen".encode("latin-1"))


@pytest.mark.parametrize("data", [b"abc\x00def", b"\x01\x02\x03\x04", "条款\x00".encode("gb18030")])
def test_nul_and_control_characters_mean_binary(data: bytes) -> None:
    with pytest.raises(UnreadableDocument, match="二进制"):
        read_bytes("a.txt", data)


def test_a_stray_control_character_in_a_text_is_no_reason_to_refuse_it() -> None:
    assert len(texts(read_bytes("a.txt", (SIMPLIFIED + "\x1a").encode()))) == 3


def test_every_line_with_text_is_a_block_and_bullets_are_list_items() -> None:
    document = read_bytes("a.txt", "标题\r\n\r\n　　正文一。  \r- 分类:行业新闻\n·甲\n• 乙\n-5 度".encode())
    check_offsets(document)
    assert roles(document) == [
        ("paragraph", 0, "标题"),
        ("paragraph", 0, "正文一。"),
        ("list_item", 0, "- 分类:行业新闻"),
        ("list_item", 0, "·甲"),
        ("list_item", 0, "• 乙"),
        ("paragraph", 0, "-5 度"),
    ]
    assert "\r" not in document.original
