"""Sheets of questions: their entries come, change and go with the document, and never half."""

from __future__ import annotations

from dataclasses import replace

import pytest

from knowledge.catalog import Catalog
from knowledge.documents import Origin
from knowledge.faqs import Confidence
from knowledge.keyword_index import KeywordIndex
from tests.knowledge.ingestion_room import Room, room
from tests.knowledge.samples import an_entry

__all__ = ["room"]

SHEET = "问题,答案,相似问法\n访客怎么进洁净室,先登记再更换防静电服。,外来人员进车间\n测试仪多久校准,每七个月一次。,\n"


class CatalogThatDies(Catalog):
    """The process is killed inside the transaction, when all but the commit is done."""

    def record(self, *args: object, **kwargs: object) -> int:
        with self._database.session() as session:
            self._database, kept = OneSession(session), self._database  # type: ignore[assignment]
            try:
                super().record(*args, **kwargs)  # type: ignore[arg-type]
            finally:
                self._database = kept
            raise RuntimeError("进程被杀")


class OneSession:
    """A database whose every session is the one that is open."""

    def __init__(self, session: object) -> None:
        self._session = session

    def session(self) -> OneSession:
        return self

    def __enter__(self) -> object:
        return self._session

    def __exit__(self, *_: object) -> None:
        return None


def test_rows_become_approved_entries_that_name_their_sheet(room: Room) -> None:
    file = room.one(room.file("前台问答.csv", SHEET))
    assert (file.outcome, file.faqs) == ("added", 2)
    entries = {entry.question: entry for entry in room.catalog.faqs().values()}
    entry = entries["访客怎么进洁净室"]
    assert entry.id.startswith(f"{file.document_id}:")
    assert (entry.answer, entry.similar, entry.settles) == ("先登记再更换防静电服。", ("外来人员进车间",), True)
    assert entry.confidence is Confidence.SEED
    assert [source.title for source in entry.sources] == ["前台问答"]
    assert "第 2 行" in entry.details
    assert room.vectors.count("phrasing") == 3


def test_a_corrected_sheet_replaces_its_entries_everywhere(room: Room) -> None:
    path = room.file("前台问答.csv", SHEET)
    room.one(path)
    keywords = KeywordIndex(room.catalog)
    keywords.catch_up()
    path.write_text(SHEET.replace("每七个月一次", "每八个月一次"))
    file = room.one(path)
    assert (file.outcome, file.faqs) == ("replaced", 2)
    assert sorted(entry.answer for entry in room.catalog.faqs().values()) == [
        "先登记再更换防静电服。",
        "每八个月一次。",
    ]
    keywords.catch_up()
    assert len(keywords) == room.catalog.counts()["chunks"] + 2
    assert room.vectors.count("phrasing") == 3


def test_entries_go_with_their_document(room: Room) -> None:
    file = room.one(room.file("前台问答.csv", SHEET))
    other = room.one(room.file("仓库问答.csv", "问题,答案\n货架多久检查,每年两次。\n"))
    keywords = KeywordIndex(room.catalog)
    keywords.catch_up()
    room.ingestion.remove(file.document_id or "")
    assert [entry.question for entry in room.catalog.faqs().values()] == ["货架多久检查"]
    assert room.catalog.sheet_faqs(other.document_id or "").keys() == room.catalog.faqs().keys()
    assert room.vectors.count("phrasing") == 1
    keywords.catch_up()
    assert len(keywords) == room.catalog.counts()["chunks"] + 1


def test_a_crash_leaves_neither_the_document_nor_its_entries(room: Room) -> None:
    path = room.file("前台问答.csv", SHEET)
    dying = CatalogThatDies(room.catalog._database)
    with pytest.raises(RuntimeError):
        replace(room.ingestion, catalog=dying).add([path])
    assert room.catalog.counts() == {"documents": 0, "chunks": 0, "faqs": 0}
    assert room.outcomes(path) == ["added"]
    assert room.catalog.counts()["faqs"] == 2
    assert room.vectors.count("phrasing") == 3


def test_entries_that_stand_by_themselves_and_those_of_sheets_leave_each_other_alone(room: Room) -> None:
    room.one(room.file("前台问答.csv", SHEET))
    room.ingestion.add_faqs([an_entry("approved")], Origin.FILE)
    room.ingestion.add_faqs([], Origin.FILE)
    assert room.catalog.counts()["faqs"] == 2


def test_two_sheets_with_a_row_in_common_have_an_entry_each(room: Room) -> None:
    room.one(room.file("甲.csv", "问题,答案\n货架多久检查,每年两次。\n叉车谁能开,持证的人。\n"))
    file = room.one(room.file("乙.csv", "问题,答案\n货架多久检查,每年两次。\n灭火器在哪里,每个门口。\n"))
    room.ingestion.remove(file.document_id or "")
    assert sorted(entry.question for entry in room.catalog.faqs().values()) == ["叉车谁能开", "货架多久检查"]


def test_rebuilding_writes_the_entries_of_sheets_too(room: Room) -> None:
    room.one(room.file("前台问答.csv", SHEET))
    room.ingestion.rebuild_vectors()
    assert room.vectors.count("phrasing") == 3
