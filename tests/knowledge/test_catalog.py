"""The catalog is the truth: what it records comes back whole, and its revision tells of every change."""

from __future__ import annotations

from datetime import date

import pytest

from knowledge.catalog import Catalog, Shelved
from knowledge.documents import Document, Metadata, Origin, Status
from knowledge.editions import mark_superseded
from knowledge.errors import DocumentNotFound, KnowledgeError
from knowledge.terms import Segmenter
from tests.knowledge.samples import a_document, an_edition, an_entry, its_passages, their_terms

TODAY = date(2026, 11, 21)


@pytest.fixture
def record(catalog: Catalog, segmenter: Segmenter):  # type: ignore[no-untyped-def]
    def record(document: Document, replacing: tuple[str, ...] = ()) -> Document:
        chunks = its_passages(document)
        catalog.record(document, chunks, their_terms(chunks, segmenter), replacing)
        return document

    return record


def test_a_document_that_is_not_there_is_said_to_be_missing(catalog: Catalog) -> None:
    with pytest.raises(DocumentNotFound, match="没有编号为 nothing 的文档"):
        catalog.document("nothing")
    with pytest.raises(DocumentNotFound, match="guangzhi documents"):
        catalog.remove("nothing")
    assert catalog.revision() == 0
    assert catalog.holds("nothing") is None


def test_a_document_whose_passages_and_terms_do_not_match_is_not_recorded(catalog: Catalog) -> None:
    document = a_document()
    with pytest.raises(ValueError):
        catalog.record(document, its_passages(document), [])
    assert catalog.holds(document.content_hash) is None
    assert catalog.revision() == 0


def test_a_recorded_document_comes_back_as_it_was(catalog: Catalog, record) -> None:  # type: ignore[no-untyped-def]
    document = record(a_document(metadata=an_edition("规则", "2024-11-29", date(2024, 11, 29))))
    assert catalog.document(document.id) == document
    assert catalog.holds(document.content_hash) == document.id
    assert catalog.from_source(document.source, Origin.FILE) == [document.id]
    assert catalog.from_source(document.source, Origin.LIBRARY) == []
    assert catalog.document_chunks(document.id) == its_passages(document)
    assert catalog.counts() == {"documents": 1, "chunks": 2, "faqs": 0}


def test_a_clause_is_found_by_its_folded_number(catalog: Catalog, record) -> None:  # type: ignore[no-untyped-def]
    document = record(a_document())
    (chunk,) = catalog.clause(document.id, "第2条")
    assert chunk.text == "第二条 到期前申请再认证。"
    assert catalog.clause(document.id, "第3条") == []


def test_recording_the_same_document_again_leaves_one(catalog: Catalog, record) -> None:  # type: ignore[no-untyped-def]
    record(record(a_document()))
    assert catalog.counts() == {"documents": 1, "chunks": 2, "faqs": 0}


def test_a_document_that_replaces_another_takes_its_place_at_once(catalog: Catalog, record) -> None:  # type: ignore[no-untyped-def]
    old = record(a_document("第一条 旧。\n"))
    new = record(a_document("第一条 新。\n"), (old.id,))
    assert [one.id for one in catalog.shelf()] == [new.id]
    assert catalog.chunks([f"{old.id}:0", f"{new.id}:0"]).keys() == {f"{new.id}:0"}


def test_a_removed_document_is_gone_with_its_passages(catalog: Catalog, record) -> None:  # type: ignore[no-untyped-def]
    document = record(a_document())
    catalog.remove(document.id)
    assert catalog.counts() == {"documents": 0, "chunks": 0, "faqs": 0}


def test_every_change_has_a_revision_of_its_own_and_names_what_changed(catalog: Catalog, record) -> None:  # type: ignore[no-untyped-def]
    kept, gone = record(a_document(source="甲.txt")), record(a_document(source="乙.txt"))
    before = catalog.revision()
    catalog.remove(gone.id)
    added = record(a_document(source="丙.txt"))
    now, removed, entries = catalog.index_entries(before)
    assert now == catalog.revision() == before + 2
    assert gone.id in removed
    assert kept.id not in removed
    assert {entry.owner for entry in entries} == {added.id}
    assert catalog.index_entries(now) == (now, [], [])


def test_entries_come_back_as_they_were_and_can_be_replaced_and_removed(catalog: Catalog, segmenter: Segmenter) -> None:
    entry, other = an_entry(), an_entry("other")
    catalog.record_faqs(
        [(entry, segmenter.terms(entry.question)), (other, segmenter.terms("其他"))], [], Origin.LIBRARY
    )
    assert catalog.faqs() == {"cert-validity": entry, "other": other}
    changed = an_entry(answer="三年，到期再认证。")
    before = catalog.revision()
    catalog.record_faqs([(changed, segmenter.terms(changed.question))], ["other"], Origin.LIBRARY)
    assert catalog.faqs() == {"cert-validity": changed}
    _, removed, entries = catalog.index_entries(before)
    assert sorted(removed) == ["cert-validity", "other"]
    assert [row.id for row in entries] == ["cert-validity"]
    assert catalog.faq_hashes(Origin.LIBRARY).keys() == {"cert-validity"}
    assert catalog.faq_hashes(Origin.FILE) == {}


def test_a_state_is_remembered_and_overwritten(catalog: Catalog) -> None:
    assert catalog.state("library") is None
    catalog.set_state("library", "一")
    catalog.set_state("library", "二")
    assert catalog.state("library") == "二"


# ── editions ───────────────────────────────────────────


def on_shelf(*metadata: Metadata) -> list[Shelved]:
    shelved = [Shelved(str(i), f"{i}.md", Origin.FILE, m, m.title) for i, m in enumerate(metadata)]
    return mark_superseded(shelved, TODAY)


def test_documents_without_an_edition_supersede_nothing() -> None:
    shelf = on_shelf(Metadata("新闻"), Metadata("新闻"), an_edition("新闻", "2024", date(2024, 1, 1)))
    assert [one.superseded_by for one in shelf] == [None, None, None]


def test_the_later_edition_in_force_supersedes_the_earlier_one() -> None:
    old, new = on_shelf(
        an_edition("条例", "2020-11-29", date(2020, 11, 29), date(2003, 11, 1)),
        an_edition("条例", "2023-07-20", date(2023, 7, 20), date(2003, 11, 1)),
    )
    assert (old.superseded_by, old.metadata.status) == ("1", Status.REPEALED)
    assert (new.superseded_by, new.metadata.status) == (None, Status.IN_FORCE)


def test_an_edition_that_has_not_begun_is_upcoming_and_supersedes_nothing() -> None:
    old, coming = on_shelf(
        an_edition("规则", "2016", date(2016, 8, 5)),
        an_edition("规则", "2026", date(2026, 11, 1), date(2027, 1, 1)),
    )
    assert (old.superseded_by, old.metadata.status) == (None, Status.IN_FORCE)
    assert (coming.superseded_by, coming.metadata.status) == (None, Status.UPCOMING)


def test_editions_of_other_titles_are_left_alone() -> None:
    shelf = on_shelf(an_edition("甲", "2016", date(2016, 1, 1)), an_edition("乙", "2020", date(2020, 1, 1)))
    assert [one.superseded_by for one in shelf] == [None, None]


def test_the_shelf_lists_editions_with_the_one_in_force(catalog: Catalog, record) -> None:  # type: ignore[no-untyped-def]
    old = record(a_document("旧文。\n", "旧.md", an_edition("《认证条例》", "2020-11-29", date(2020, 11, 29))))
    new = record(a_document("新文。\n", "新.md", an_edition("中华人民共和国认证条例", "2023-07-20", date(2023, 7, 20))))
    assert {one.id: one.superseded_by for one in catalog.shelf(TODAY)} == {old.id: new.id, new.id: None}
    assert {one.superseded_by for one in catalog.shelf(date(2021, 1, 1))} == {None}


# ── what an operator says of a document ────────────────


def test_what_an_operator_sets_is_stored_and_every_worker_can_see_that_it_changed(catalog: Catalog, record) -> None:  # type: ignore[no-untyped-def]
    held = record(a_document(metadata=an_edition("规则", "2024", date(2024, 1, 1))))
    before = catalog.revision()
    catalog.set_metadata(held.id, {"repealed": "2025-06-01", "number": "T/ABCD 001-2024"}, TODAY)
    assert catalog.revision() == before + 1
    known = catalog.document(held.id).metadata
    assert (known.repealed, known.number) == (date(2025, 6, 1), "T/ABCD 001-2024")
    (one,) = catalog.shelf(TODAY)
    assert (one.metadata.status, one.edited) == (Status.REPEALED, {"repealed", "number"})
    assert catalog.index_entries(before) == (before + 1, [], [])


def test_a_refused_value_changes_nothing(catalog: Catalog, record) -> None:  # type: ignore[no-untyped-def]
    held = record(a_document())
    before = catalog.revision()
    with pytest.raises(KnowledgeError):
        catalog.set_metadata(held.id, {"number": "甲", "status": "有效"}, TODAY)
    with pytest.raises(DocumentNotFound, match="guangzhi documents"):
        catalog.set_metadata("nothing", {"number": "甲"}, TODAY)
    assert (catalog.revision(), catalog.document(held.id)) == (before, held)


def test_setting_what_the_file_says_takes_the_edit_back(catalog: Catalog, record) -> None:  # type: ignore[no-untyped-def]
    held = record(a_document(metadata=an_edition("规则", "2024", date(2024, 1, 1))))
    catalog.set_metadata(held.id, {"edition": "2025"}, TODAY)
    catalog.set_metadata(held.id, {"edition": "2024"}, TODAY)
    assert [one.edited for one in catalog.shelf(TODAY)] == [frozenset()]


def test_a_new_title_stands_over_every_passage_and_is_found_by_it(catalog: Catalog, record) -> None:  # type: ignore[no-untyped-def]
    held = record(a_document())
    before = catalog.revision()
    catalog.set_metadata(held.id, {"title": "证书规程"}, TODAY, lambda heading: f"词:{heading}")
    assert {chunk.heading.partition(" ")[0] for chunk in catalog.document_chunks(held.id)} == {"证书规程"}
    _, removed, entries = catalog.index_entries(before)
    assert removed == [held.id]
    assert {entry.heading.partition(" ")[0] for entry in entries} == {"词:证书规程"}
    assert [one.title_key for one in catalog.shelf(TODAY)] == ["证书规程"]


def test_a_corrected_file_keeps_the_edits_of_what_it_still_says(catalog: Catalog, record) -> None:  # type: ignore[no-untyped-def]
    read = Metadata("规则", number="T/ABCD 001-2024", edition="2024")
    old = record(a_document("第一条 旧。\n", metadata=read))
    catalog.set_metadata(old.id, {"body": "示例协会", "number": "T/ABCD 010-2024"}, TODAY)
    corrected = a_document("第一条 新。\n", metadata=Metadata("规则", number="T/ABCD 002-2024", edition="2024"))
    record(corrected, (old.id,))
    known = catalog.document(corrected.id).metadata
    assert (known.body, known.number) == ("示例协会", "T/ABCD 002-2024")
    record(corrected)  # read again, by a better reader say
    assert catalog.document(corrected.id).metadata == known
