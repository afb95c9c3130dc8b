from __future__ import annotations

import random
import struct
import time
import zlib
from io import BytesIO
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZipFile

import pytest
from mutations import damaged

from knowledge.errors import DocumentTooLarge, EncryptedDocument, KnowledgeError, UnreadableDocument
from knowledge.readers import DEFAULT_LIMITS, Limits
from knowledge.readers.archives import members

MB = 1024 * 1024


def zipped(*files: tuple[str, bytes], method: int = ZIP_DEFLATED) -> bytes:
    file = BytesIO()
    with ZipFile(file, "w", method) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return file.getvalue()


def raw_zip(*files: tuple[bytes, bytes], flags: int = 0, extra: bytes = b"") -> bytes:
    """With the names as these very bytes, which `zipfile` would not write."""
    local, directory = b"", b""
    for name, content in files:
        shape = struct.pack("<HHHHHLLL", 20, flags, 0, 0, 33, zlib.crc32(content), len(content), len(content))
        shape += struct.pack("<HH", len(name), len(extra))
        directory += b"PK\x01\x02" + struct.pack("<H", 20) + shape + struct.pack("<HHHLL", 0, 0, 0, 0, len(local))
        directory += name + extra
        local += b"PK\x03\x04" + shape + name + extra + content
    end = struct.pack("<HHHHLLH", 0, 0, len(files), len(files), len(directory), len(local), 0)
    return local + directory + b"PK\x05\x06" + end


def opened(data: bytes, limits: Limits = DEFAULT_LIMITS, **options: object) -> tuple[dict[str, bytes], list[str]]:
    """What came out, and what was reported as passed over."""
    passed: list[str] = []
    files = dict(members("资料.zip", data, limits, report=passed.append, **options))  # type: ignore[arg-type]
    return files, passed


def test_files_come_out_in_order_with_their_paths() -> None:
    data = zipped(("制度/采购.md", "采购".encode()), ("a.txt", b"a"), ("空.txt", b""))
    assert list(opened(data)[0].items()) == [("制度/采购.md", "采购".encode()), ("a.txt", b"a"), ("空.txt", b"")]


@pytest.mark.parametrize("encoding", ["gb18030", "big5", "utf-8"])
def test_names_without_the_utf_8_flag_are_read_in_the_encoding_they_are_in(encoding: str) -> None:
    names = ["檢驗規範.txt", "供應商/品質手冊.txt"] if encoding == "big5" else ["检验规范.txt", "供应商/质量手册.txt"]
    files, _ = opened(raw_zip(*((name.encode(encoding), b"x") for name in names)))
    assert list(files) == names


def test_a_single_short_gbk_name_is_read_right() -> None:
    assert list(opened(raw_zip(("通知.txt".encode("gbk"), b"x")))[0]) == ["通知.txt"]
    assert list(opened(raw_zip(("合同.docx".encode("gbk"), b"x")))[0]) == ["合同.docx"]


def test_the_unicode_name_beside_an_old_one_is_preferred() -> None:
    old = b"???"
    field = b"\x01" + struct.pack("<L", zlib.crc32(old)) + "手册.txt".encode()
    data = raw_zip((old, b"x"), extra=struct.pack("<HH", 0x7075, len(field)) + field)
    assert list(opened(data)[0]) == ["手册.txt"]


@pytest.mark.parametrize(
    ("name", "harmless"),
    [
        ("../../etc/a.txt", "etc/a.txt"),
        ("/etc/a.txt", "etc/a.txt"),
        ("C:\\Users\\a.txt", "Users/a.txt"),
        ("..\\..\\a.txt", "a.txt"),
        ("a/./b//c.txt", "a/b/c.txt"),
        ("a\tb.txt", "ab.txt"),
    ],
)
def test_a_path_that_leads_elsewhere_is_made_harmless(name: str, harmless: str) -> None:
    assert list(opened(raw_zip((name.encode(), b"x")))[0]) == [harmless]


def test_two_files_of_one_path_are_told_apart() -> None:
    data = raw_zip((b"a/b.txt", b"1"), (b"../a/b.txt", b"2"), (b"a/b (2).txt", b"3"), (b"a//b.txt", b"4"))
    assert opened(data)[0] == {"a/b.txt": b"1", "a/b (2).txt": b"2", "a/b (2) (2).txt": b"3", "a/b (3).txt": b"4"}


def test_folders_hidden_files_and_what_systems_leave_behind_are_skipped_silently() -> None:
    names = ("夹/", ".git/config", "__MACOSX/._a.txt", "~$手册.docx", "夹/.DS_Store", "Thumbs.db", "夹/a.txt")
    files, passed = opened(zipped(*((name, b"" if name.endswith("/") else b"x") for name in names)))
    assert (list(files), passed) == (["夹/a.txt"], [])


def test_unsupported_files_are_passed_over_and_reported_without_being_inflated() -> None:
    data = bytearray(zipped(("影像.mp4", b"x" * 100), ("a.TXT", b"a"), ("README", b"r")))
    at = data.index("影像.mp4".encode()) + len("影像.mp4".encode())
    data[at : at + 2] = b"\xff\xff"  # were it inflated, it would be found damaged
    files, passed = opened(bytes(data), suffixes={".txt"})
    assert list(files) == ["a.TXT"]
    assert passed == ["影像.mp4：不支持 .mp4 的文件，已略过。", "README：不支持没有后缀的文件，已略过。"]


def test_an_archive_within_the_archive_is_opened_and_one_deeper_passed_over() -> None:
    deepest = zipped(("c.txt", b"c"))
    inner = zipped(("b.txt", b"b"), ("更深.zip", deepest))
    files, passed = opened(zipped(("a.txt", b"a"), ("内.zip", inner)), suffixes={".txt"})
    assert files == {"a.txt": b"a", "内.zip/b.txt": b"b"}
    assert len(passed) == 1
    assert passed[0].startswith("内.zip/更深.zip：")


def test_an_inner_archive_that_is_damaged_or_locked_does_not_cost_the_others() -> None:
    locked = raw_zip((b"x.txt", b"x"), flags=1)
    files, passed = opened(zipped(("坏.zip", b"PK\x03\x04 rubbish"), ("锁.zip", locked), ("a.txt", b"a")))
    assert list(files) == ["a.txt"]
    assert [sentence.split("：")[0] for sentence in passed] == ["坏.zip", "锁.zip"]


def test_locked_files_are_named() -> None:
    names = [f"{number}.txt".encode() for number in range(7)]
    with pytest.raises(EncryptedDocument, match=r"资料\.zip：0\.txt、1\.txt.*等 7 个文件有密码"):
        opened(raw_zip(*((name, b"x") for name in names), flags=1))


def test_a_damaged_file_is_passed_over_and_the_rest_read() -> None:
    data = bytearray(zipped(("坏.txt", bytes(range(256))), ("好.txt", b"a"), method=0))
    data[data.index(bytes(range(256))) + 5] ^= 0xFF
    files, passed = opened(bytes(data))
    assert list(files) == ["好.txt"]
    assert passed == ["坏.txt：文件在压缩包里已损坏，已略过。"]


def test_a_file_over_its_limit_is_passed_over() -> None:
    data = zipped(("大.txt", random.Random(1).randbytes(2 * MB)), ("小.txt", b"a"))
    files, passed = opened(data, Limits(max_bytes=MB))
    assert list(files) == ["小.txt"]
    assert passed == ["大.txt：文件超过上限 1 MB，已略过。"]


def test_a_bomb_is_stopped_while_it_inflates_whatever_the_directory_says() -> None:
    data = bytearray(zipped(("弹.txt", bytes(40 * MB)), ("小.txt", b"a")))
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = data.index(mark)
        data[at + offset : at + offset + 4] = struct.pack("<L", 100)  # says it inflates to 100 bytes
    files, passed = opened(bytes(data))
    assert list(files) == ["小.txt"]
    assert "压缩炸弹" in passed[0]


def test_all_files_together_may_not_exceed_the_limit_inner_archives_with_them() -> None:
    noise = random.Random(2).randbytes(MB)
    data = zipped(("a.txt", noise), ("内.zip", zipped(("b.txt", noise))), ("c.txt", noise))
    with pytest.raises(DocumentTooLarge, match=r"资料\.zip：解压后超过上限 3 MB"):
        opened(data, Limits(max_archive_bytes=3 * MB))
    assert len(opened(data, Limits(max_archive_bytes=5 * MB))[0]) == 3


def test_too_many_files_are_refused_before_the_first_is_read() -> None:
    data = zipped(*((f"{number}.txt", b"x") for number in range(11)))
    reading = members("资料.zip", data, Limits(max_members=10))
    with pytest.raises(DocumentTooLarge, match="10 个"):
        next(reading)


def test_an_uncommon_compression_is_passed_over() -> None:
    _, passed = opened(zipped(("a.txt", b"a"), method=ZIP_BZIP2))
    assert passed[0].startswith("a.txt：压缩方式不常见")


def test_what_is_no_archive_is_refused() -> None:
    with pytest.raises(UnreadableDocument, match=r"资料\.zip：.*不是 ZIP"):
        opened(b"Rar!\x1a\x07")
    with pytest.raises(UnreadableDocument, match=r"资料\.zip：.*损坏"):
        opened(zipped(("a.txt", b"a"))[:-10])


def test_a_file_is_inflated_only_when_its_turn_comes() -> None:
    data = bytearray(zipped(("a.txt", b"a"), ("b.txt", bytes(range(256))), method=0))
    data[data.index(bytes(range(256))) + 5] ^= 0xFF
    passed: list[str] = []
    reading = members("资料.zip", bytes(data), DEFAULT_LIMITS, report=passed.append)
    assert next(reading)[0] == "a.txt"
    assert passed == []
    assert next(reading, None) is None
    assert len(passed) == 1


@pytest.mark.slow
def test_damaged_archives_are_read_or_refused() -> None:
    inner = zipped(("b.txt", "内层".encode() * 50), ("c.md", b"# c"))
    sample = zipped(("制度/a.txt", "条款".encode() * 200), ("内.zip", inner), ("d.csv", b"a,b\n1,2\n"))
    refusals, read = [], 0
    for seed in range(600):
        started = time.monotonic()
        try:
            opened(damaged(sample, 2 * seed + 1))
            read += 1
        except KnowledgeError as error:
            refusals.append(str(error))
        assert time.monotonic() - started < 5
    assert read
    assert refusals
    assert all(refusal.startswith("资料.zip：") for refusal in refusals)
