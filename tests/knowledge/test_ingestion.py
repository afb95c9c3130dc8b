"""Documents in: nothing half-recorded, nothing twice, and one bad file is one bad file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from knowledge.catalog import Catalog
from knowledge.database import Database
from knowledge.documents import Chunk, Origin
from knowledge.embeddings import EmbeddingModel, NoEmbeddings
from knowledge.errors import DocumentNotFound, EmbeddingUnavailable
from knowledge.ingestion import embedded_text
from knowledge.keyword_index import KeywordIndex
from knowledge.library import load_guides
from knowledge.readers import Limits
from knowledge.terms import Segmenter
from knowledge.vector_index import open_vector_index
from tests.fakes.embeddings import BigramEmbeddings
from tests.knowledge.ingestion_room import Room, room
from tests.knowledge.samples import an_entry

__all__ = ["room"]


class CatalogThatFailsOnce(Catalog):
    """The process dies before its first record."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.failures = 1

    def record(self, *args: object, **kwargs: object) -> int:
        if self.failures:
            self.failures -= 1
            raise RuntimeError("进程被杀")
        return super().record(*args, **kwargs)  # type: ignore[arg-type]


class EmbeddingsThatFail(BigramEmbeddings):
    """A service that does not answer for texts with a certain word."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        if any("停机" in text for text in texts):
            raise EmbeddingUnavailable("嵌入服务没有应答")
        return super().embed_documents(texts)


# ── what goes wrong ────────────────────────────────────


def test_one_bad_file_of_ten_leaves_the_other_nine_in(room: Room) -> None:
    for i in range(9):
        room.file(f"好{i}.txt", f"第{i}份文件说明认证证书的有效期。")
    room.file("坏.pdf", b"\x00\x01\x02 not a pdf")
    report = room.ingestion.add([room.folder])
    assert report.failed == 1
    (bad,) = [file for file in report.files if file.outcome == "failed"]
    assert bad.path == "坏.pdf"
    assert bad.error is not None
    assert "坏.pdf" in bad.error
    assert sum(file.outcome == "added" for file in report.files) == 9
    assert room.catalog.counts()["documents"] == 9


def test_a_file_that_is_missing_empty_too_large_or_of_no_known_kind_is_said_to_be_so(room: Room) -> None:
    small = replace(room.ingestion, limits=replace(Limits(), max_bytes=2**20))
    paths = [
        room.folder / "没有.txt",
        room.file("空.txt", " \n"),
        room.file("大.txt", "大" * 2**19),
        room.file("图.xyz", "未知"),
    ]
    report = small.add(paths)
    assert [file.outcome for file in report.files] == ["failed"] * 4
    assert all(file.error for file in report.files)
    assert room.catalog.counts()["documents"] == 0
    assert room.catalog.revision() == 0


def test_a_failed_index_write_leaves_the_document_unrecorded(room: Room) -> None:
    failing = replace(room.ingestion, embeddings=EmbeddingsThatFail())
    report = failing.add([room.file("甲.txt", "停机维护说明文件。"), room.file("乙.txt", "证书有效期三年。")])
    assert [file.outcome for file in report.files] == ["failed", "added"]
    assert report.files[0].error == "嵌入服务没有应答"
    assert [one.source for one in room.catalog.shelf()] == ["乙.txt"]


def test_after_a_crash_between_vectors_and_catalog_the_same_file_goes_in_again(
    database: Database, segmenter: Segmenter, room: Room
) -> None:
    path = room.file("规则.txt", "证书有效期三年。")
    crashing = replace(room.ingestion, catalog=CatalogThatFailsOnce(database))
    with pytest.raises(RuntimeError):
        crashing.add([path])
    assert room.catalog.counts()["documents"] == 0
    assert room.vectors.count("passage") == 1
    assert [file.outcome for file in crashing.add([path]).files] == ["added"]
    assert room.vectors.count("passage") == 1
    assert room.by_vector("有效期") == ["证书有效期三年。"]


def test_removing_what_is_not_there_is_refused(room: Room) -> None:
    with pytest.raises(DocumentNotFound):
        room.ingestion.remove("nothing")


# ── what goes in ───────────────────────────────────────


def test_a_document_is_found_by_vector_and_by_keyword_at_once(room: Room) -> None:
    keywords = KeywordIndex(room.catalog)
    report = room.ingestion.add([room.file("规则.txt", "# 认证规则\n证书有效期三年。\n收费另行约定。")])
    (file,) = report.files
    keywords.catch_up()
    (hit,) = keywords.search("passage", {"words": {"有效期": 1.0}}, 5)
    assert room.by_vector("证书有效期")
    assert hit.id in {chunk.id for chunk in room.catalog.document_chunks(file.document_id or "")}
    assert file.chunks == len(room.catalog.document_chunks(file.document_id or ""))


def test_what_was_stored_is_what_the_passages_quote(room: Room) -> None:
    path = room.file("页.txt", "某平台\n会议召开顺利结束\n发布日期:2024-11-29 来源:某网\n今年3月立项,928日发布。\n")
    (file,) = room.ingestion.add([path]).files
    document = room.catalog.document(file.document_id or "")
    for chunk in room.catalog.document_chunks(document.id):
        assert document.text[chunk.start : chunk.end] == chunk.text
    assert document.original == path.read_text()
    assert "9月28日发布" in document.text


def test_the_same_bytes_are_not_read_again_under_any_name(room: Room) -> None:
    path = room.file("规则.txt", "证书有效期三年。")
    assert room.outcomes(path) == ["added"]
    embedded = len(room.embeddings.embedded)
    revision = room.catalog.revision()
    assert room.outcomes(path, room.file("副本.txt", "证书有效期三年。")) == ["unchanged", "duplicate"]
    assert len(room.embeddings.embedded) == embedded
    assert room.catalog.revision() == revision


def test_a_changed_file_replaces_its_old_passages_everywhere(room: Room) -> None:
    path = room.file("规则.txt", "证书有效期三年。")
    assert room.outcomes(path) == ["added"]
    path.write_text("证书有效期五年。")
    keywords = KeywordIndex(room.catalog)
    assert room.outcomes(path) == ["replaced"]
    keywords.catch_up()
    assert room.by_vector("证书有效期三年") == ["证书有效期五年。"]
    assert len(keywords.search("passage", {"words": {"有效期": 1.0}}, 5)) == 1
    assert room.stale_vectors() == []
    path.write_text("证书有效期三年。")
    assert room.outcomes(path) == ["replaced"]
    assert room.by_vector("有效期") == ["证书有效期三年。"]


def test_a_file_that_becomes_a_copy_of_another_loses_its_old_passages(room: Room) -> None:
    path, other = room.file("甲.txt", "证书有效期三年。"), room.file("乙.txt", "证书有效期五年。")
    room.outcomes(path, other)
    path.write_text("证书有效期五年。")
    (file,) = room.ingestion.add([path]).files
    assert file.outcome == "replaced"
    assert [one.source for one in room.catalog.shelf()] == ["乙.txt"]
    assert room.by_vector("证书有效期三年") == ["证书有效期五年。"]
    assert room.stale_vectors() == []


def test_a_folder_is_read_to_its_depth_without_hidden_and_unreadable_kinds(room: Room) -> None:
    for name in ("甲.txt", "内/乙.md", ".隐藏.txt", ".git/丙.txt", "~$丁.docx", "歌.mp3"):
        room.file(name, f"{name}的正文内容。")
    assert {file.path for file in room.ingestion.add([room.folder]).files} == {"内/乙.md", "甲.txt"}


def test_progress_names_each_file_and_ends_at_the_whole(room: Room) -> None:
    steps: list[tuple[str, int, int]] = []
    paths = [room.file("甲.txt", "甲的正文。"), room.file("乙.txt", "乙的正文。")]
    room.ingestion.add(paths, lambda *step: steps.append(step))
    assert steps == [("甲.txt", 0, 2), ("乙.txt", 1, 2), ("", 2, 2)]


def test_without_an_embedding_model_keywords_alone_are_kept(room: Room) -> None:
    none: EmbeddingModel = NoEmbeddings()
    bare = replace(room.ingestion, embeddings=none)
    assert [file.outcome for file in bare.add([room.file("规则.txt", "证书有效期三年。")]).files] == ["added"]
    bare.add_faqs([an_entry()], Origin.LIBRARY)
    assert room.vectors.count("passage") == room.vectors.count("phrasing") == 0
    assert room.catalog.counts() == {"documents": 1, "chunks": 1, "faqs": 1}


def test_a_removed_document_is_found_by_nothing(room: Room) -> None:
    (file,) = room.ingestion.add([room.file("规则.txt", "证书有效期三年。")]).files
    room.ingestion.remove(file.document_id or "")
    assert room.vectors.count("passage") == 0
    assert room.catalog.counts()["documents"] == 0


# ── entries, guides, rebuilding ────────────────────────


def test_only_changed_entries_are_written_and_missing_ones_removed(room: Room) -> None:
    entry, other = an_entry(), an_entry("other", "收费标准是什么？")
    room.ingestion.add_faqs([entry, other], Origin.LIBRARY)
    assert room.vectors.count("phrasing") == 6  # question, one similar, one counter-example, of each
    revision = room.catalog.revision()
    room.ingestion.add_faqs([entry, other], Origin.LIBRARY)
    assert room.catalog.revision() == revision
    room.ingestion.add_faqs([replace(entry, not_for=())], Origin.LIBRARY)
    assert room.catalog.faqs().keys() == {"cert-validity"}
    assert room.vectors.count("phrasing") == 2


def test_entries_of_another_origin_are_left_alone(room: Room) -> None:
    room.ingestion.add_faqs([an_entry("approved")], Origin.FILE)
    room.ingestion.add_faqs([an_entry()], Origin.LIBRARY)
    room.ingestion.add_faqs([], Origin.LIBRARY)
    assert room.catalog.faqs().keys() == {"approved"}


def test_guides_go_in_once_and_go_out_with_the_library(room: Room) -> None:
    room.ingestion.add([room.file("规则.txt", "证书有效期三年。")])
    guides = load_guides()[:2]
    room.ingestion.add_guides(guides)
    revision = room.catalog.revision()
    room.ingestion.add_guides(guides)
    assert room.catalog.revision() == revision
    room.ingestion.add_guides(guides[:1])
    assert sorted(one.source for one in room.catalog.shelf()) == [f"内置知识/{guides[0].path.name}", "规则.txt"]
    assert room.stale_vectors() == []


def test_rebuilding_writes_every_vector_again_with_the_model_in_force(room: Room, tmp_path: Path) -> None:
    room.ingestion.add([room.file("规则.txt", "证书有效期三年。")])
    room.ingestion.add_faqs([an_entry()], Origin.LIBRARY)
    model = BigramEmbeddings("another-model")
    vectors = open_vector_index(tmp_path / "vectors", None, model.name)
    replace(room.ingestion, vectors=vectors, embeddings=model).rebuild_vectors()
    assert (vectors.count("passage"), vectors.count("phrasing")) == (1, 3)
    assert _texts(room.catalog) == model.embedded


def _texts(catalog: Catalog) -> list[str]:
    chunks: Sequence[Chunk] = [c for one in catalog.shelf() for c in catalog.document_chunks(one.id)]
    return [embedded_text(chunk) for chunk in chunks]
