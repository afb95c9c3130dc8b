"""Which documents are editions of one work, and which edition a question means, without any text."""

from __future__ import annotations

from datetime import date

import pytest

from knowledge.documents import Metadata, Origin
from knowledge.editions import Shelved, mark_superseded, title_key
from retrieval.lookup.editions import choose, spoken_day, works
from retrieval.understanding import Understood

TODAY = date(2026, 1, 15)


def one(title: str, edition: str | None = None, number: str | None = None, **rest: object) -> Shelved:
    metadata = Metadata(title, number=number, edition=edition, **rest)  # type: ignore[arg-type]
    return Shelved(f"{title} {edition} {rest}", f"{title}.md", Origin.FILE, metadata, title_key(title))


def editions(*documents: Shelved) -> list[list[str | None]]:
    return [[e.metadata.edition for e in work.editions] for work in works(mark_superseded(documents, TODAY))]


def asking(as_of: date | None = None, edition: str = "") -> Understood:
    return Understood("", "", (), frozenset(), as_of=as_of, edition=edition, today=TODAY)


def test_editions_of_one_title_or_one_number_are_one_work_oldest_first() -> None:
    assert editions(one("示例办法", "2023"), one("示例办法", "2020")) == [["2020", "2023"]]
    new, old = one("示例新要求", "2024", "T/SLGL 007-2024"), one("示例要求", "2019", "T/SLGL 007-2019")
    assert editions(new, old) == [["2019", "2024"]]


def test_an_edition_that_names_its_predecessor_is_of_its_work_whatever_its_title() -> None:
    assert editions(one("示例暂行办法", "2018"), one("示例办法", "2023", replaces="《示例暂行办法》")) == [
        ["2018", "2023"]
    ]


def test_a_copy_counts_once_and_slides_on_a_standard_are_a_work_of_their_own() -> None:
    standard, copy = one("示例要求", "2024", "T/SLGL 007-2024"), one("示例 要求", "2024", "T/SLGL 007-2024", body="某")
    slides = one("示例要求宣贯", "2024", "T/SLGL 007-2024")
    assert editions(standard, copy, slides) == [["2024"], ["2024"]]


def test_documents_without_numbers_or_editions_are_each_their_own_work() -> None:
    assert editions(one("示例新闻"), one("另一则新闻")) == [[None], [None]]


def test_a_coming_edition_does_not_answer_yet_but_does_for_the_new_one() -> None:
    (work,) = works(mark_superseded([one("示例办法", "2020"), one("示例办法", "2027")], TODAY))
    ((today, note),) = choose(work, asking()).editions
    assert (today.metadata.edition, note) == ("2020", "")
    ((newest, label),) = choose(work, asking(edition="newest")).editions
    assert newest.metadata.edition == "2027"
    assert "还没有生效" in label


def test_a_repealed_document_says_so() -> None:
    (work,) = works(mark_superseded([one("示例办法", "2010", repealed=date(2020, 5, 1))], TODAY))
    ((_, note),) = choose(work, asking()).editions
    assert note == "（这份文件已于2020年5月1日废止。）"
    assert "没有收录2022年时的版本" in choose(work, asking(as_of=date(2022, 12, 31))).refusal
    assert choose(work, asking(as_of=date(2015, 12, 31))).editions


@pytest.mark.parametrize(
    ("day", "said"),
    [(date(2021, 12, 31), "2021年"), (date(2023, 5, 31), "2023年5月底"), (date(2023, 5, 4), "2023年5月4日")],
)
def test_a_day_is_spoken_as_shortly_as_it_was_meant(day: date, said: str) -> None:
    assert spoken_day(day) == said
