"""Keyword search follows the catalog, in this worker and in the others."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from knowledge.catalog import Catalog
from knowledge.documents import Document, Origin
from knowledge.keyword_index import KeywordIndex
from knowledge.terms import Segmenter
from tests.knowledge.samples import a_document, an_entry, its_passages, their_terms

Record = Callable[..., Document]


@pytest.fixture
def record(catalog: Catalog, segmenter: Segmenter) -> Record:
    def record(text: str, source: str = "规则.txt", replacing: tuple[str, ...] = ()) -> Document:
        document = a_document(text, source)
        chunks = its_passages(document)
        catalog.record(document, chunks, their_terms(chunks, segmenter), replacing)
        return document

    return record


def found(index: KeywordIndex, word: str, kind: str = "passage", field: str = "words") -> list[str]:
    return [hit.id for hit in index.search(kind, {field: {word: 1.0}}, 10)]


def test_an_empty_catalog_has_nothing_to_find(catalog: Catalog) -> None:
    index = KeywordIndex(catalog)
    assert index.catch_up() == 0
    assert found(index, "证书") == []
    assert len(index) == 0
    assert not index.knows("证书")


def test_a_question_without_terms_finds_nothing(catalog: Catalog, record: Record) -> None:
    record("证书有效。\n")
    index = KeywordIndex(catalog)
    index.catch_up()
    assert index.search("passage", {"words": {}, "bigrams": {"证书": 0.0}}, 10) == []


def test_a_term_finds_its_passages_and_only_the_kind_asked_for(
    catalog: Catalog, record: Record, segmenter: Segmenter
) -> None:
    document = record("第一条 认证证书有效期三年。\n第二条 收费另行规定。\n")
    entry = an_entry()
    catalog.record_faqs([(entry, segmenter.terms(entry.question))], [], Origin.LIBRARY)
    index = KeywordIndex(catalog)
    index.catch_up()
    assert found(index, "有效期") == [f"{document.id}:0"]
    assert found(index, "有效期", "faq") == ["cert-validity"]
    assert found(index, "第2条") == [f"{document.id}:1"]
    assert found(index, "有效", field="bigrams") == [f"{document.id}:0"]
    assert found(index, "规则", field="heading") == [f"{document.id}:0", f"{document.id}:1"]


def test_a_change_in_one_worker_is_found_in_another_after_it_caught_up(catalog: Catalog, record: Record) -> None:
    here, there = KeywordIndex(catalog), KeywordIndex(catalog)
    old = record("证书有效期三年。\n")
    assert here.catch_up() == there.catch_up() == catalog.revision()
    assert found(here, "有效期") == found(there, "有效期") == [f"{old.id}:0"]
    new = record("证书有效期五年，收费另定。\n", replacing=(old.id,))
    here.catch_up()
    assert found(here, "有效期") == [f"{new.id}:0"]
    assert found(there, "有效期") == [f"{old.id}:0"]
    there.catch_up()
    assert found(there, "有效期") == found(there, "收费") == [f"{new.id}:0"]
    catalog.remove(new.id)
    there.catch_up()
    assert found(there, "有效期") == []


def test_a_document_removed_and_added_again_is_found_once(catalog: Catalog, record: Record) -> None:
    index = KeywordIndex(catalog)
    document = record("证书有效期三年。\n")
    index.catch_up()
    catalog.remove(document.id)
    record("证书有效期三年。\n")
    index.catch_up()
    assert found(index, "有效期") == [f"{document.id}:0"]
    assert len(index) == 1


def test_an_index_filled_late_is_the_same_as_one_that_followed(catalog: Catalog, record: Record) -> None:
    followed = KeywordIndex(catalog)
    for text in ("证书甲。\n", "证书乙。\n", "证书丙。\n"):
        document = record(text, source=f"{text[2]}.txt")
        followed.catch_up()
    catalog.remove(document.id)
    followed.catch_up()
    late = KeywordIndex(catalog)
    late.catch_up()
    assert sorted(found(followed, "证书")) == sorted(found(late, "证书"))
    assert len(followed) == len(late) == 2
    assert followed.rarity("证书") == late.rarity("证书")
    followed.rebuild()
    assert sorted(found(followed, "证书")) == sorted(found(late, "证书"))
    assert len(followed) == 2


def test_a_rare_word_weighs_more_and_a_forgotten_one_is_unknown(catalog: Catalog, record: Record) -> None:
    index = KeywordIndex(catalog)
    record("证书甲。\n", source="甲.txt")
    document = record("证书与追溯。\n", source="乙.txt")
    index.catch_up()
    assert index.rarity("追溯") > index.rarity("证书") >= 0
    assert index.knows("追溯")
    catalog.remove(document.id)
    index.catch_up()
    assert not index.knows("追溯")
