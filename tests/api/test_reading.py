"""Passages, clauses and editions, as programs read them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from api.commands import run
from api.errors import ApiError, QuestionInvalid
from api.wiring import Assistant, silent
from tests.api.editions import NEW_NAME, OLD_NAME, open_with_editions


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    assistant = open_with_editions(tmp_path_factory.mktemp("editions"))
    yield assistant
    assistant.close()


@pytest.fixture
def read(held: Assistant) -> Any:
    def read(operation: str, **params: Any) -> dict[str, Any]:
        told = run(held, operation, params, silent)
        if "text" in told:  # whatever is read is what is stored
            assert held.catalog.document(told["document_id"]).text[told["start"] : told["end"]] == told["text"]
        return told

    return read


@pytest.mark.parametrize(
    ("document", "clause", "words"),
    [
        ("没有的规范", "1", "没有叫“没有的规范”"),
        ("", "1", "没有叫"),
        ("质量", "1", "改用编号"),
        ("光模块端面清洁规范", "9.9", "没有 9.9"),
        ("光模块端面清洁规范", "表2", "条款号"),
        ("光模块端面清洁规范", "2.1到2.2", "条款号"),
        ("光模块端面清洁规范", " ", "条款号"),
    ],
)
def test_what_is_not_there_is_said_with_what_is(read: Any, document: str, clause: str, words: str) -> None:
    with pytest.raises(ApiError, match=words):
        read("read_clause", document=document, clause=clause)


@pytest.mark.parametrize(
    "name", ["光模块端面清洁规范", "《光模块端面清洁规范》", "T/GMJ 001", "端面清洁", NEW_NAME, "新.md"]
)
def test_a_document_by_any_of_its_names_is_the_edition_in_force(read: Any, name: str) -> None:
    told = read("read_clause", document=name, clause="2.1")
    assert (told["edition"], told["status"]) == ("2023", "现行")
    assert "十五天" in told["text"]


@pytest.mark.parametrize(
    "which",
    [
        {"document": OLD_NAME},
        {"document": "T/GMJ 001", "edition": "2019版"},
        {"document": "端面清洁", "as_of": "2020-01-01"},
    ],
)
def test_an_older_edition_is_read_by_its_year_or_by_a_day_and_says_what_it_is(read: Any, which: dict[str, str]) -> None:
    told = read("read_clause", clause="2.1", **which)
    assert (told["edition"], told["status"], told["superseded_by"] is not None) == ("2019", "废止", True)
    assert "三十天" in told["text"]


@pytest.mark.parametrize(
    ("which", "words"),
    [({"edition": "2011"}, "2011"), ({"as_of": "2018-01-01"}, "2018"), ({"as_of": "去年"}, "2025-01-31")],
)
def test_an_edition_that_is_not_held_is_said_with_those_that_are(read: Any, which: dict[str, str], words: str) -> None:
    with pytest.raises(ApiError, match=words):
        read("read_clause", document="端面清洁", clause="2.1", **which)


def test_a_clause_comes_with_all_below_it(read: Any) -> None:
    told = read("read_clause", document=NEW_NAME, clause="2")
    assert told["below"] == ["2.1", "2.2", "2.3"]
    assert "培训" in told["text"]


def test_two_editions_are_compared_from_the_older_to_the_one_in_force(read: Any) -> None:
    for params in ({"old": OLD_NAME}, {"old": "端面清洁"}, {"old": OLD_NAME, "new": NEW_NAME}):
        told = read("compare_editions", **params)
        assert (told["old"]["edition"], told["new"]["edition"]) == ("2019", "2023")
        changed, added, moved = told["changes"]
        assert changed["text"] == "光模块端面应每〔删：三十天〕〔增：十五天〕清洁一次。"
        assert (added["kind"], added["new_number"]) == ("新增", "2.2")
        assert (moved["old_number"], moved["new_number"]) == ("2.2", "2.3")
        assert told["next_offset"] is None


def test_changes_come_page_by_page(read: Any) -> None:
    first = read("compare_editions", old=OLD_NAME, limit=2)
    rest = read("compare_editions", old=OLD_NAME, offset=first["next_offset"])
    assert [len(one["changes"]) for one in (first, rest)] == [2, 1]


@pytest.mark.parametrize(
    ("params", "words"), [({"old": OLD_NAME, "new": OLD_NAME}, "同一份"), ({"old": "内部审核"}, "只收录了一个版本")]
)
def test_what_cannot_be_compared_is_said(read: Any, params: dict[str, str], words: str) -> None:
    with pytest.raises(ApiError, match=words):
        read("compare_editions", **params)


def test_search_reads_what_is_in_force_or_was_on_a_day(read: Any) -> None:
    now, then = (
        read("search", query="光模块端面多久清洁一次", as_of=day)["passages"][0] for day in (None, "2020-01-01")
    )
    assert ("十五天" in now["text"], "三十天" in then["text"]) == (True, True)
    with pytest.raises(QuestionInvalid, match="空"):
        read("search", query=" ")
