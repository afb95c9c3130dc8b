"""The regulations in full: what is stored, found and answered is held against the files themselves.

The files are parsed here a second time, by three regular expressions that share nothing with `knowledge`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from knowledge.comparison import Change, Kind, compare
from retrieval.answers import Outcome
from tests.corpus.home import Home, opened_home

REGULATIONS = Path(__file__).parents[3] / "shared" / "regulations"
FILES = sorted(REGULATIONS.glob("*.md"))
ACCREDITATION = "认证认可条例"

pytestmark = pytest.mark.skipif(not FILES, reason="needs ../shared/regulations, which is not part of the repository")


# ------------------------------------------------------------------ the files, parsed on their own


@dataclass(frozen=True, slots=True)
class Regulation:
    """A file as its own lines have it."""

    path: Path
    title: str
    edition: str  # the date in the file's name
    articles: dict[str, str]  # 第一条 → its text with its number, until the next article or heading

    @property
    def question(self) -> str:
        """How the document is named so that this edition answers."""
        old = self.path.stem.startswith(ACCREDITATION) and self.edition < "2023"
        return f"2021年时{self.title}" if old else self.title


def numeral(value: int) -> str:
    """1 … 99 as articles are numbered: 10 → 十, 21 → 二十一."""
    digits = "零一二三四五六七八九"
    tens, ones = divmod(value, 10)
    head = "" if not tens else "十" if tens == 1 else f"{digits[tens]}十"
    return head + (digits[ones] if ones or not tens else "")


def parsed(path: Path) -> Regulation:
    raw = path.read_text(encoding="utf-8")
    title = re.search(r"^# (.+)$", raw, re.M)
    edition = re.search(r"\((\d{4}-\d\d-\d\d)\)", path.stem)
    assert title, path
    assert edition, path
    lines = re.findall(
        r"^(第[一二三四五六七八九十百]+条)\s(.*?)(?=^第[一二三四五六七八九十百]+条\s|^#|\Z)", raw, re.M | re.S
    )
    articles = {number: f"{number} {text}".strip() for number, text in lines}
    assert len(articles) == len(lines), f"{path.name}: an article stands twice"
    return Regulation(path, title[1].strip(), edition[1], articles)


def tight(text: str) -> str:
    """Without white space and Markdown's marks."""
    return re.sub(r"[\s\u3000#*]+", "", text)


PARSED = [parsed(path) for path in FILES]
each_regulation = pytest.mark.parametrize("regulation", PARSED, ids=lambda r: r.path.stem)


@each_regulation
def test_the_file_numbers_its_articles_without_a_gap(regulation: Regulation) -> None:
    """Of the parser above: were it to miss an article, the tests below would ask for less."""
    assert list(regulation.articles) == [f"第{numeral(n)}条" for n in range(1, len(regulation.articles) + 1)]
    assert len(regulation.articles) > 40


# ------------------------------------------------------------------ a home that holds them


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with opened_home(tmp_path_factory.mktemp("home"), FILES) as opened:
        yield opened


# ------------------------------------------------------------------ stored


@each_regulation
def test_every_article_is_a_clause_with_the_text_of_the_file(home: Home, regulation: Regulation) -> None:
    document = home.document(regulation.path.name)
    stored = [
        (c.number, tight(document.text[c.start : c.end])) for c in document.clauses if (c.number or "").endswith("条")
    ]
    assert stored == [(number, tight(text)) for number, text in regulation.articles.items()]


@each_regulation
def test_the_passages_of_an_article_leave_nothing_of_it_out(home: Home, regulation: Regulation) -> None:
    document = home.document(regulation.path.name)
    for number, text in regulation.articles.items():
        chunks = home.catalog.clause(document.id, f"第{list(regulation.articles).index(number) + 1}条")
        spans = [(chunk.start, chunk.end) for chunk in chunks]
        covered = {at for start, end in spans for at in range(start, end) if tight(document.text[at])}
        assert len(covered) == len(tight(text)), number


# ------------------------------------------------------------------ asked for


def wrongly_answered(home: Home, question: str, number: str, text: str) -> str | None:
    """None where the answer is that article, whole, cited by its number; else what is wrong."""
    answer = home.ask(question)
    if answer.outcome is not Outcome.ANSWERED or answer.kind != "clause":
        return f"{question}: {answer.outcome} {answer.kind} {answer.text[:60]}"
    if [c.clause for c in answer.citations] != [number]:
        return f"{question}: cites {[c.clause for c in answer.citations]}"
    if tight(answer.citations[0].quote) != tight(text):
        return f"{question}: quotes {answer.citations[0].quote[:60]}"
    if not tight(answer.details or answer.text).startswith(tight(text)):
        return f"{question}: says {(answer.details or answer.text)[:60]}"
    return None


def shown(problems: list[str]) -> str:
    """The first few of them, and how many there are."""
    return "\n".join([f"{len(problems)} wrong", *problems[:5]])


@each_regulation
def test_every_article_asked_for_by_its_number_is_answered_with_its_text(home: Home, regulation: Regulation) -> None:
    asked = [(f"{regulation.question}{number}", number, text) for number, text in regulation.articles.items()]
    wrong = [problem for one in asked if (problem := wrongly_answered(home, *one))]
    assert not wrong, shown(wrong)


@each_regulation
def test_articles_asked_for_in_arabic_numerals_are_the_same(home: Home, regulation: Regulation) -> None:
    asked = [
        (f"{regulation.question}第{n}条", number, text)
        for n, (number, text) in enumerate(regulation.articles.items(), start=1)
        if n % 5 == 2 or n == len(regulation.articles)
    ]
    wrong = [problem for one in asked if (problem := wrongly_answered(home, *one))]
    assert not wrong, shown(wrong)


@each_regulation
def test_a_paragraph_of_an_article_is_found_by_its_number(home: Home, regulation: Regulation) -> None:
    """第二款: paragraphs count as 款, the items (一) … of a paragraph belong to it."""
    wrong = []
    for number, text in regulation.articles.items():
        paragraphs = [p for p in re.split(r"\n\s*\n", text) if not re.match(r"[(（][一二三四五六七八九十]+[)）]", p)]
        if len(paragraphs) < 2:
            continue
        answer = home.ask(f"{regulation.question}{number}第二款")
        quoted = tight("".join(c.quote for c in answer.citations))
        if tight(paragraphs[1]) not in quoted or tight(paragraphs[0]) in quoted:
            wrong.append(f"{number}第二款: {quoted[:60] or answer.text[:60]}")
    assert not wrong, shown(wrong)


@each_regulation
@pytest.mark.parametrize("beyond", [1, 10])
def test_an_article_beyond_the_last_is_refused_with_the_last_one_named(
    home: Home, regulation: Regulation, beyond: int
) -> None:
    last = len(regulation.articles)
    answer = home.ask(f"{regulation.question}第{numeral(last + beyond)}条")
    assert answer.outcome is Outcome.NOT_IN_KNOWLEDGE
    assert answer.citations == ()
    assert f"没有第{numeral(last + beyond)}条" in answer.text
    assert f"第{numeral(last)}条" in answer.text


# ------------------------------------------------------------------ two editions of one regulation


@pytest.fixture(scope="module")
def editions() -> tuple[Regulation, Regulation]:
    old, new = sorted((r for r in PARSED if r.path.stem.startswith(ACCREDITATION)), key=lambda r: r.edition)
    return old, new


def test_the_edition_in_force_answers_by_default(home: Home, editions: tuple[Regulation, Regulation]) -> None:
    old, new = editions
    answer = home.ask("认证认可条例第六十六条")
    assert tight(new.articles["第六十六条"]) == tight(answer.citations[0].quote)
    assert {c.edition for c in answer.citations} == {new.edition}
    assert tight(old.articles["第六十六条"]) not in tight(answer.text)


@pytest.mark.parametrize(
    "question",
    ["2021年时第六十六条怎么规定", "2021年的时候认证认可条例第六十六条怎么规定", "按2020年版，认证认可条例第六十六条"],
)
def test_the_earlier_edition_answers_for_its_time_labelled(
    home: Home, editions: tuple[Regulation, Regulation], question: str
) -> None:
    old, new = editions
    answer = home.ask(question)
    assert answer.outcome is Outcome.ANSWERED
    assert [c.clause for c in answer.citations] == ["第六十六条"]
    assert tight(answer.citations[0].quote) == tight(old.articles["第六十六条"])
    assert {c.edition for c in answer.citations} == {old.edition}
    assert old.edition in answer.text
    assert new.edition in answer.text


def test_the_penalty_for_uncertified_products_is_that_of_the_edition_in_force(
    home: Home, editions: tuple[Regulation, Regulation]
) -> None:
    _, new = editions
    answer = home.ask("未经认证擅自出厂怎么罚")
    assert answer.outcome is Outcome.ANSWERED
    assert {c.edition for c in answer.citations if c.document == new.title} == {new.edition}
    assert "第六十六条" in {c.clause for c in answer.citations}


# Only the width of brackets differs in these; 第六十六条 has another penalty.
EDITORIAL = [f"第{numeral(n)}条" for n in (10, 11, 28, 31, 36, 59, 60, 67, 68, 69)]


@pytest.fixture(scope="module")
def changes(home: Home, editions: tuple[Regulation, Regulation]) -> list[Change]:
    old, new = editions
    return list(compare(home.document(old.path.name), home.document(new.path.name)).changes)


def test_the_editions_differ_in_one_article_and_in_the_brackets_of_ten(changes: list[Change]) -> None:
    numbers = {
        kind: [c.new_number for c in changes if c.kind is kind and (c.new_number or "").endswith("条")] for kind in Kind
    }
    assert numbers[Kind.CHANGED] == ["第六十六条"]
    assert numbers[Kind.EDITORIAL] == EDITORIAL
    assert not [c for c in changes if c.kind in (Kind.ADDED, Kind.REMOVED, Kind.MOVED)]


def test_the_changed_article_is_shown_word_by_word(
    changes: list[Change], editions: tuple[Regulation, Regulation]
) -> None:
    old, new = editions
    (changed,) = [c for c in changes if c.kind is Kind.CHANGED]
    before = "".join(run.text for run in changed.runs if run.kind is not Kind.ADDED)
    after = "".join(run.text for run in changed.runs if run.kind is not Kind.REMOVED)
    assert tight(old.articles["第六十六条"]).endswith(tight(before))
    assert tight(new.articles["第六十六条"]).endswith(tight(after))
    assert tight(before).endswith("没收违法所得。")
    kept = sum(len(tight(run.text)) for run in changed.runs if run.kind is Kind.SAME)
    assert kept > len(tight(before)) / 2, "most of the old wording stands"
