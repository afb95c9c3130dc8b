"""Which file is which: names, folders, copies, archives, and the same text in another format."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document

from knowledge.documents import Metadata
from tests.knowledge.ingestion_room import Room, room
from tests.knowledge.samples import a_document, its_passages, their_terms

__all__ = ["room"]

RULES = """# 校准规程

## 4 要求

### 4.1 周期

测试仪每七个月校准一次，超过周期的立即停用。

### 4.2 记录

校准记录由计量室保存五年，借阅须经室主任同意。
"""


def a_zip(files: dict[str, str]) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return file.getvalue()


def as_word(markdown: str) -> bytes:
    made = Document()
    for line in filter(None, markdown.splitlines()):
        if line.startswith("#"):
            made.add_heading(line.lstrip("# "), line.index(" "))
        else:
            made.add_paragraph(line)
    file = BytesIO()
    made.save(file)
    return file.getvalue()


# ── names and folders ──────────────────────────────────


def test_equal_names_in_two_folders_are_two_documents_and_are_shown_apart(room: Room) -> None:
    east, west = room.file("东厂/说明.md", "东厂的烘箱每周清洁。"), room.file("西厂/说明.md", "西厂的烘箱每月清洁。")
    assert room.outcomes(east.parent, west.parent) == ["added", "added"]
    assert room.sources() == ["东厂/说明.md", "西厂/说明.md"]
    assert room.outcomes(east.parent, west.parent) == ["unchanged", "unchanged"]


def test_a_folder_that_comes_later_replaces_nothing_of_another(room: Room) -> None:
    east, west = room.file("东厂/说明.md", "东厂的烘箱每周清洁。"), room.file("西厂/说明.md", "西厂的烘箱每月清洁。")
    assert room.outcomes(east.parent) == ["added"]
    assert room.outcomes(west.parent) == ["added"]
    assert room.sources() == ["西厂/说明.md", "说明.md"]


def test_a_corrected_file_replaces_the_one_in_its_place_and_no_other(room: Room) -> None:
    east, west = room.file("东厂/说明.md", "东厂的烘箱每周清洁。"), room.file("西厂/说明.md", "西厂的烘箱每月清洁。")
    room.outcomes(east.parent, west.parent)
    west.write_text("西厂的烘箱每季清洁。")
    assert room.outcomes(west) == ["replaced"]
    assert room.sources() == ["东厂/说明.md", "西厂/说明.md"]  # and is still shown by its name
    assert sorted(room.by_vector("烘箱")) == ["东厂的烘箱每周清洁。", "西厂的烘箱每季清洁。"]
    assert room.stale_vectors() == []


def test_a_file_named_twice_is_brought_in_once(room: Room) -> None:
    path = room.file("甲/说明.md", "烘箱每周清洁。")
    assert room.outcomes(path, path.parent, path) == ["added"]


def test_a_link_that_is_pointed_elsewhere_is_still_the_same_place(room: Room) -> None:
    first, second = room.file("版本/一.txt", "烘箱每周清洁。"), room.file("版本/二.txt", "烘箱每月清洁。")
    link = room.folder / "现行.txt"
    link.symlink_to(first)
    assert room.outcomes(link) == ["added"]
    link.unlink()
    link.symlink_to(second)
    assert room.outcomes(link) == ["replaced"]
    assert room.by_vector("烘箱") == ["烘箱每月清洁。"]


def test_a_document_from_before_places_were_kept_is_replaced_by_its_name(room: Room) -> None:
    old = a_document("烘箱每周清洁。", "说明.txt", Metadata("说明"))
    passages = its_passages(old)
    room.catalog.record(old, passages, their_terms(passages, room.ingestion.segmenter))
    assert room.outcomes(room.file("说明.txt", "烘箱每月清洁。")) == ["replaced"]
    assert room.sources() == ["说明.txt"]


def test_old_office_files_in_a_folder_are_said_to_be_left_out(room: Room) -> None:
    room.file("规程.txt", "烘箱每周清洁。")
    path = room.file("旧规程.doc", "\xd0\xcf\x11\xe0")
    report = room.ingestion.add([path.parent])
    assert {file.path: file.outcome for file in report.files} == {"旧规程.doc": "failed", "规程.txt": "added"}


# ── copies ─────────────────────────────────────────────


def test_the_same_bytes_in_two_places_are_one_document_and_the_report_says_of_what(room: Room) -> None:
    room.file("甲/规程.md", RULES)
    room.file("乙/副本.md", RULES)
    first, second = room.ingestion.add([room.folder / "甲", room.folder / "乙"]).files
    assert (first.outcome, second.outcome) == ("added", "duplicate")
    assert second.document_id == first.document_id
    assert "《校准规程》（规程.md）内容相同" in second.warnings[0]
    assert room.outcomes(room.folder) == ["unchanged", "unchanged"]
    assert room.sources() == ["规程.md"]


def test_a_copy_that_is_changed_becomes_a_document_of_its_own(room: Room) -> None:
    original, copy = room.file("规程.txt", "烘箱每周清洁。"), room.file("副本.txt", "烘箱每周清洁。")
    room.outcomes(original, copy)
    copy.write_text("烘箱每月清洁。")
    assert room.outcomes(copy) == ["replaced"]
    assert sorted(room.by_vector("烘箱")) == ["烘箱每周清洁。", "烘箱每月清洁。"]
    assert room.sources() == ["副本.txt", "规程.txt"]


def test_what_still_lies_in_another_place_stays_when_the_first_is_changed(room: Room) -> None:
    original, copy = room.file("规程.txt", "烘箱每周清洁。"), room.file("副本.txt", "烘箱每周清洁。")
    room.outcomes(original, copy)
    original.write_text("烘箱每月清洁。")
    assert room.outcomes(original) == ["replaced"]
    shown = {one.source: room.catalog.document(one.id).text for one in room.catalog.shelf()}
    assert shown == {"规程.txt": "烘箱每月清洁。", "副本.txt": "烘箱每周清洁。"}
    assert room.outcomes(copy) == ["unchanged"]


def test_after_its_document_is_removed_a_file_goes_in_again(room: Room) -> None:
    path, copy = room.file("规程.txt", "烘箱每周清洁。"), room.file("副本.txt", "烘箱每周清洁。")
    room.outcomes(path, copy)
    room.ingestion.remove(room.catalog.shelf()[0].id)
    assert room.outcomes(copy) == ["added"]
    assert room.sources() == ["副本.txt"]


def test_the_same_text_in_another_format_is_not_stored_twice(room: Room) -> None:
    room.file("规程.md", RULES)
    word = room.file("打印/校准规程.docx", as_word(RULES))
    assert room.outcomes(room.folder / "规程.md") == ["added"]
    file = room.one(word)
    assert file.outcome == "duplicate"
    assert "《校准规程》（规程.md）" in file.warnings[0]
    assert room.catalog.counts()["documents"] == 1
    assert room.one(word).outcome == "unchanged"
    word.write_bytes(as_word(RULES.replace("七个月", "八个月")))
    assert room.one(word).outcome == "replaced"
    assert room.sources() == ["校准规程.docx", "规程.md"]


def test_a_file_saved_again_with_the_same_words_takes_its_own_place(room: Room) -> None:
    path = room.file("规程.md", RULES)
    room.one(path)
    path.write_text(RULES.replace("### 4.2", "## 4.2"))
    assert room.one(path).outcome == "replaced"
    assert room.catalog.counts()["documents"] == 1


def test_editions_with_the_same_words_are_two_documents(room: Room) -> None:
    text = "# 仓储规程\n\n库房温度不高于二十五摄氏度。\n"
    first, second = room.file("仓储规程(2020-03-01).md", text), room.file("仓储规程(2024-05-01).md", text + "\n")
    assert room.outcomes(first, second) == ["added", "added"]


def test_nearly_the_same_text_is_stored_and_said_to_be_near(room: Room) -> None:
    rows = "\n".join(f"第{n}号烘箱由第{n % 7}班组每{n + 3}天清洁一次，并在清洁卡上签字。" for n in range(60))
    room.one(room.file("清洁制度.txt", f"清洁制度\n\n{rows}\n"))
    file = room.one(room.file("清洁制度（修订）.txt", f"清洁制度\n\n{rows.replace('第31号', '第131号')}\n"))
    assert file.outcome == "added"
    (warning,) = file.warnings
    assert "《清洁制度》（清洁制度.txt）" in warning
    assert any(f"{share}% 相同" in warning for share in range(90, 100))
    other = "\n".join(f"仓库第{n}排货架每年检查{n % 4 + 1}次承重，检查人签名。" for n in range(60))
    assert room.one(room.file("货架.txt", f"货架检查\n\n{other}\n")).warnings == ()


# ── archives ───────────────────────────────────────────


def test_the_members_of_an_archive_are_files_of_their_own(room: Room) -> None:
    path = room.file("套件.zip", a_zip({"内审/检查表.txt": "烘箱每周清洁。", "说明.txt": "进洁净室前登记。"}))
    report = room.ingestion.add([path])
    assert [(f.path, f.outcome) for f in report.files] == [
        ("套件.zip/内审/检查表.txt", "added"),
        ("套件.zip/说明.txt", "added"),
    ]
    path.write_bytes(a_zip({"内审/检查表.txt": "烘箱每月清洁。", "说明.txt": "进洁净室前登记。"}))
    assert room.outcomes(path) == ["replaced", "unchanged"]
    assert room.sources() == ["套件.zip/内审/检查表.txt", "套件.zip/说明.txt"]


def test_what_is_passed_over_in_an_archive_is_reported_and_the_rest_goes_in(room: Room) -> None:
    path = room.file("套件.zip", a_zip({"旧.doc": "旧", "说明.txt": "进洁净室前登记。"}))
    steps: list[tuple[str, int, int]] = []
    report = room.ingestion.add([path], lambda *step: steps.append(step))
    assert [(f.path, f.outcome) for f in report.files] == [("套件.zip/说明.txt", "added"), ("套件.zip", "failed")]
    assert "旧.doc" in (report.files[1].error or "")
    assert {(done, total) for _, done, total in steps[:-1]} == {(0, 1)}
    assert steps[-1] == ("", 1, 1)


def test_a_video_among_documents_is_passed_over_and_is_no_failure(room: Room) -> None:
    path = room.file("套件.zip", a_zip({"车间.mp4": "影像", "说明.txt": "进洁净室前登记。"}))
    report = room.ingestion.add([path])
    assert [(f.path, f.outcome) for f in report.files] == [("套件.zip/说明.txt", "added"), ("套件.zip", "skipped")]
    assert "车间.mp4" in (report.files[1].error or "")
    assert report.failed == 0


@pytest.mark.parametrize("content", [b"PK\x03\x04 broken", a_zip({}), b"no archive"])
def test_an_archive_without_anything_in_it_is_one_failed_file(room: Room, content: bytes) -> None:
    report = room.ingestion.add([room.file("坏.zip", content), room.file("好.txt", "烘箱每周清洁。")])
    assert [file.outcome for file in report.files] == ["failed", "added"]
    assert "坏.zip" in (report.files[0].error or "")


def test_a_place_is_known_again_from_any_working_folder(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    path = room.file("甲/规程.txt", "烘箱每周清洁。")
    assert room.outcomes(path) == ["added"]
    monkeypatch.chdir(path.parent)
    path.write_text("烘箱每月清洁。")
    assert room.outcomes(Path("规程.txt")) == ["replaced"]
