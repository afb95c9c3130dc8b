from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reader_samples import SIMPLIFIED, check_offsets, docx_bytes, pdf_of_lines, texts

from knowledge.errors import DocumentTooLarge, KnowledgeError, UnreadableDocument, UnsupportedFormat
from knowledge.readers import SUPPORTED, Limits, read, read_bytes


@pytest.mark.parametrize("suffix", SUPPORTED)
def test_binary_rubbish_is_refused_whatever_it_is_called(suffix: str) -> None:
    rubbish = bytes(range(256)) * 40
    with pytest.raises(UnreadableDocument, match=f"制度{suffix}："):
        read_bytes(f"制度{suffix}", rubbish)


@pytest.mark.parametrize("suffix", SUPPORTED)
@pytest.mark.parametrize("data", [b"", b" \n\t\n"])
def test_an_empty_file_is_refused(suffix: str, data: bytes) -> None:
    with pytest.raises(UnreadableDocument, match="空的"):
        read_bytes(f"a{suffix}", data)


def test_an_unknown_suffix_is_refused_and_the_known_ones_are_named() -> None:
    with pytest.raises(UnsupportedFormat, match=r"方案\.xyz.*\.pdf、\.docx"):
        read_bytes("方案.xyz", b"text")
    with pytest.raises(UnsupportedFormat, match="没有后缀"):
        read_bytes("README", b"text")


@pytest.mark.parametrize("suffix", [".txt", ".md", ".html"])
def test_another_format_under_a_text_suffix_is_called_by_its_name(suffix: str) -> None:
    with pytest.raises(UnreadableDocument, match="内容是PDF，与后缀不符"):
        read_bytes(f"a{suffix}", pdf_of_lines([(72, 700, "文字")]))
    with pytest.raises(UnreadableDocument, match="ZIP"):
        read_bytes(f"a{suffix}", docx_bytes())


def test_a_file_over_the_size_limit_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "大.txt"
    with path.open("wb") as file:
        file.truncate(10**12)  # sparse: reading it would take the machine down
    with pytest.raises(DocumentTooLarge, match="50 MB"):
        read(path)


@pytest.mark.parametrize("suffix", [".txt", ".md", ".html"])
def test_more_text_than_allowed_is_refused(suffix: str) -> None:
    with pytest.raises(DocumentTooLarge, match="100 字"):
        read_bytes(f"a{suffix}", b"<p>" + SIMPLIFIED.encode() * 10, Limits(max_characters=100))


def test_a_file_is_read_from_its_path_and_its_suffix_in_any_case(tmp_path: Path) -> None:
    path = tmp_path / "说明.TXT"
    path.write_text(SIMPLIFIED, encoding="utf-8")
    assert texts(read(path)) == SIMPLIFIED.splitlines()


def test_a_missing_file_a_folder_and_a_pipe_are_refused(tmp_path: Path) -> None:
    (tmp_path / "夹.txt").mkdir()
    os.mkfifo(tmp_path / "管.txt")
    for name in ("无.txt", "夹.txt", "管.txt"):
        with pytest.raises(UnreadableDocument, match=name):
            read(tmp_path / name)


_MAGIC = (
    b"",
    b"%PDF-1.7\n",
    b"PK\x03\x04",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xfe\xff",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
)
_MARKUP = (b"---\n", b"<html>", b"<?xml encoding='gbk'?><p>", b"| a |\n|---|\n", b"- ", "第一条 ".encode("gb18030"))
_HEADS = st.sampled_from((*_MAGIC, *_MARKUP))
_BODIES = st.one_of(
    st.binary(max_size=200),
    st.text(max_size=200).map(lambda text: text.encode("utf-8", errors="surrogatepass")),
    st.text(alphabet="#-*>|`<>=/!&;[]() \n\t1.a甲", max_size=200).map(str.encode),
    st.text(max_size=100).map(lambda text: text.encode("gb18030", errors="ignore")),
)


def _reads_or_refuses(suffix: str, data: bytes) -> None:
    try:
        document = read_bytes(f"a{suffix}", data)
    except KnowledgeError as error:
        message = str(error)
    else:
        check_offsets(document)
        return
    assert message.startswith(f"a{suffix}：")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from([suffix for suffix in SUPPORTED if suffix != ".pdf"]), _HEADS, _BODIES)
def test_any_bytes_give_a_document_or_a_knowledge_error(suffix: str, head: bytes, body: bytes) -> None:
    _reads_or_refuses(suffix, head + body)


@pytest.mark.slow
@settings(max_examples=2000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(SUPPORTED), _HEADS, _BODIES)
def test_any_bytes_give_a_document_or_a_knowledge_error_at_length(suffix: str, head: bytes, body: bytes) -> None:
    _reads_or_refuses(suffix, head + body)


@st.composite
def _damaged(draw: st.DrawFn, sample: bytes) -> bytes:
    """A real file with bytes changed, or cut short."""
    data = bytearray(sample)
    for position in draw(st.lists(st.integers(0, len(data) - 1), max_size=8)):
        data[position] = draw(st.integers(0, 255))
    return bytes(data[: draw(st.integers(0, len(data)))]) if draw(st.booleans()) else bytes(data)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(_damaged(docx_bytes()))
def test_a_damaged_word_document_is_read_or_refused(data: bytes) -> None:
    _reads_or_refuses(".docx", data)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(_damaged(pdf_of_lines([(72, 700, "8.5.2 标识和可追溯性"), (72, 680, "组织应识别输出。")])))
def test_a_damaged_pdf_is_read_or_refused(data: bytes) -> None:
    _reads_or_refuses(".pdf", data)
