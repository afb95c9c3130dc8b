"""A new dictionary: what is stored is cut by it once, from the stored text, and found by its words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from knowledge.catalog import Catalog
from knowledge.documents import Chunk, Origin
from knowledge.ingestion import Ingestion
from knowledge.keyword_index import KeywordIndex
from knowledge.terms import Segmenter
from knowledge.vocabulary import Vocabulary
from tests.knowledge.ingestion_room import Room, room
from tests.knowledge.samples import an_entry

__all__ = ["room"]

WORD = "滨江玻璃棒"
TEXT = f"示例手册\n\n第一条 {WORD}每月清点一次。\n"


def larger(segmenter: Segmenter) -> Segmenter:
    """With one word more than the field's."""
    known = segmenter.vocabulary
    return Segmenter(Vocabulary(known.groups, (*known.words, WORD), known.misspellings))


def with_segmenter(ingestion: Ingestion, segmenter: Segmenter) -> Ingestion:
    parts = (ingestion.catalog, ingestion.vectors, ingestion.embeddings, segmenter, ingestion.limits)
    return Ingestion(*parts)


def found(index: KeywordIndex, kind: str) -> int:
    index.catch_up()
    return len(index.search(kind, {"words": {WORD: 1.0}}, 10))


def test_passages_and_entries_are_found_by_a_word_that_the_dictionary_got_later(room: Room) -> None:
    room.ingestion.cut_anew()
    room.ingestion.add([room.file("手册.md", TEXT)])
    room.ingestion.add_faqs([replace(an_entry("glass"), question=f"{WORD}多久清点")], Origin.LIBRARY)
    index = KeywordIndex(room.catalog)
    assert (found(index, "passage"), found(index, "faq")) == (0, 0)
    before = room.catalog.revision()

    anew = with_segmenter(room.ingestion, larger(room.ingestion.segmenter))
    said: list[str] = []
    anew.cut_anew(lambda what, done, total: said.append(what))
    assert said == [room.catalog.shelf()[0].metadata.title]
    assert (found(index, "passage"), found(index, "faq")) == (1, 1)
    assert len(KeywordIndex(room.catalog).words()) == 0
    assert (found(fresh := KeywordIndex(room.catalog), "passage"), len(fresh)) == (1, len(index))

    after = room.catalog.revision()
    assert after > before
    anew.cut_anew()
    assert room.catalog.revision() == after  # once is enough


def test_a_crash_in_the_middle_means_all_of_it_again(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    room.ingestion.cut_anew()
    room.ingestion.add([room.file("一.md", TEXT), room.file("二.md", TEXT.replace("示例", "另一"))])
    anew = with_segmenter(room.ingestion, larger(room.ingestion.segmenter))

    def dies(what: str, done: int, total: int) -> None:
        if done == 1:
            raise RuntimeError("进程被杀")

    with pytest.raises(RuntimeError):
        anew.cut_anew(dies)
    index = KeywordIndex(room.catalog)
    assert found(index, "passage") == 1
    anew.cut_anew()
    assert found(index, "passage") == 2


def test_the_text_and_what_stands_at_it_stay(room: Room, catalog: Catalog) -> None:
    room.ingestion.add([room.file("手册.md", TEXT)])
    (held,) = catalog.shelf()
    before: list[Chunk] = list(catalog.document_chunks(held.id))
    with_segmenter(room.ingestion, larger(room.ingestion.segmenter)).cut_anew()
    assert list(catalog.document_chunks(held.id)) == before
    assert sorted(room.by_vector(WORD)) == sorted(chunk.text for chunk in before)
