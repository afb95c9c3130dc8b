"""One standard as every kind of file: its clauses, tables and questions come back as they were written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pytest

from knowledge.clauses import find_clauses, find_exhibits
from knowledge.cleaning import CleanDocument, clean
from knowledge.documents import Clause, Exhibit, ReadDocument
from knowledge.readers import read_bytes
from retrieval.answers import Outcome
from tests.corpus import model
from tests.corpus.home import Home, opened_home
from tests.corpus.html_file import render_html
from tests.corpus.markdown_file import render_markdown
from tests.corpus.pdf_file import CHROMIUM, INSTALL, render_pdf
from tests.corpus.scan_file import scanned
from tests.corpus.slides_file import render_slides
from tests.corpus.standard import STANDARD
from tests.corpus.variants import VARIANTS, Variant
from tests.corpus.word_file import render_word
from tests.corpus.workbook_file import render_workbook, sheet_name

SCAN_SHARE = 0.98

Grid = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Recovered:
    """A file after reading, cleaning and the search for clauses."""

    read: ReadDocument
    cleaned: CleanDocument
    clauses: tuple[Clause, ...]
    exhibits: tuple[Exhibit, ...]

    @property
    def numbered(self) -> list[tuple[str, str]]:
        """(number, title) of every numbered clause, in order."""
        return [(tight(c.number), tight(c.title)) for c in self.clauses if c.number]

    @property
    def tables(self) -> list[list[list[str]]]:
        """The cells of every table block, row by row."""
        texts = [self.cleaned.text[b.start : b.end] for b in self.cleaned.blocks if b.kind == "table"]
        return [[cells(line) for line in text.splitlines() if line.startswith("|")] for text in texts]

    def body(self, number: str) -> str:
        (clause,) = [c for c in self.clauses if c.number and tight(c.number) == tight(number)]
        return tight(self.cleaned.text[clause.start : clause.end])


def tight(text: str) -> str:
    return "".join(text.split())


def cells(line: str) -> list[str]:
    return [tight(cell) for cell in line.strip().strip("|").split("|")]


def recovered(name: str, data: bytes) -> Recovered:
    read = read_bytes(name, data)
    cleaned = clean(read, name)
    clauses = find_clauses(cleaned.text, cleaned.blocks)
    return Recovered(read, cleaned, clauses, find_exhibits(cleaned.text, cleaned.blocks))


FILES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "markdown": ("标准.md", lambda: render_markdown(STANDARD)),
    "html": ("标准.html", lambda: render_html(STANDARD)),
    "word, typed numbers": ("标准.docx", lambda: render_word(STANDARD)),
    "word, automatic numbers": ("标准.docx", lambda: render_word(STANDARD, automatic=True)),
    "pdf": ("标准.pdf", lambda: render_pdf(STANDARD)),
    "scan": ("标准.pdf", lambda: scanned(render_pdf(STANDARD))),
}
_SLOW = {"pdf", "scan"}
_rendered: dict[str, bytes] = {}
_read: dict[str, Recovered] = {}


def of(kind: str) -> Recovered:
    """Read once for all tests; skips where the renderer is missing."""
    if kind in _SLOW and CHROMIUM is None:
        pytest.skip(INSTALL)
    if kind not in _read:
        name, render = FILES[kind]
        _rendered[kind] = render()
        _read[kind] = recovered(name, _rendered[kind])
    return _read[kind]


def kinds(*left_out: str) -> list[object]:
    chosen = [kind for kind in FILES if kind not in left_out]
    return [pytest.param(kind, marks=pytest.mark.slow if kind in _SLOW else ()) for kind in chosen]


def expected() -> list[tuple[str, model.Clause]]:
    return [(tight(str(clause.number)), clause) for clause in STANDARD.numbered]


def is_title(found: str, clause: model.Clause) -> bool:
    """An annex may show its standing before its title, a term its English name behind it."""
    if clause.is_annex:
        return found.endswith(tight(clause.title))
    if clause.is_term:
        return found in {tight(clause.title), tight(clause.title + clause.english)}
    return found == tight(clause.title)


# ------------------------------------------------------------------ clauses


def test_the_standard_is_as_large_as_it_should_be() -> None:
    assert len(STANDARD.numbered) >= 60
    assert len(STANDARD.tables) >= 4
    assert max(clause.level for clause in STANDARD.clauses) == 4
    assert Counter(number for number, _ in expected()).most_common(1)[0][1] == 1


@pytest.mark.parametrize("kind", kinds("scan"))
def test_every_number_is_recovered_once_and_in_order_and_nothing_else_is_a_clause(kind: str) -> None:
    found = [number for number, _ in of(kind).numbered]
    wanted = [number for number, _ in expected()]
    surplus = Counter(found) - Counter(wanted)
    missing = Counter(wanted) - Counter(found)
    assert (dict(missing), dict(surplus)) == ({}, {}), "missing, surplus"
    assert found == wanted


@pytest.mark.parametrize("kind", kinds("scan"))
def test_every_title_is_recovered(kind: str) -> None:
    found = dict(of(kind).numbered)
    wrong = {n: (found.get(n), c.title) for n, c in expected() if not is_title(found.get(n, "—"), c)}
    assert wrong == {}


@pytest.mark.slow
def test_numbers_and_titles_are_recovered_from_the_scan() -> None:
    found = dict(of("scan").numbered)
    wrong = {n: (found.get(n), c.title) for n, c in expected() if not is_title(found.get(n, "—"), c)}
    assert len(wrong) <= (1 - SCAN_SHARE) * len(STANDARD.numbered), wrong


@pytest.mark.slow
def test_no_reference_or_contents_line_of_the_scan_is_a_clause() -> None:
    surplus = Counter(number for number, _ in of("scan").numbered) - Counter(number for number, _ in expected())
    assert sum(surplus.values()) <= (1 - SCAN_SHARE) * len(STANDARD.numbered), dict(surplus)


@pytest.mark.parametrize("kind", kinds("scan"))
def test_every_clause_holds_its_own_text(kind: str) -> None:
    """Items, notes and examples with it; an exhibit's text has its own test."""
    file = of(kind)
    wrong = {
        clause.number: part
        for number, clause in expected()
        for part in clause.paragraphs
        if tight(part) not in file.body(number)
    }
    assert wrong == {}


@pytest.mark.parametrize("kind", kinds("scan"))
def test_a_clause_stands_below_its_chapter_and_the_clauses_between(kind: str) -> None:
    paths = {tight(c.number): c.path for c in of(kind).clauses if c.number}
    assert [tight(step) for step in paths["7.3.2.1"]][-3:] == ["7过程控制", "7.3制造", "7.3.2研磨"]
    assert tight(paths["A.1.2"][-1]) == "A.1评分"
    assert "附录A" in tight(paths["A.1.2"][-2])
    assert "附录A" not in tight("".join(paths["B.1"]))


@pytest.mark.parametrize("kind", kinds())
def test_the_front_page_says_what_the_document_is(kind: str) -> None:
    metadata = of(kind).cleaned.metadata
    assert tight(metadata.title) == tight(STANDARD.title)
    assert tight(metadata.number or "") == tight(STANDARD.number).replace("—", "-")
    assert (str(metadata.published), str(metadata.effective)) == (STANDARD.published, STANDARD.effective)


# ------------------------------------------------------------------ tables and figures


def problems(table: model.Table, grids: Sequence[Grid]) -> list[str]:
    """The rows that no table block has with every cell in its column; a covered cell is empty or repeats."""
    rows = [row for grid in grids for row in grid]
    return [
        f"{table.caption}: {' | '.join(wanted)}"
        for at, wanted in enumerate(table.grid)
        if not any(_is_row(table, at, row) for row in rows)
    ]


def _is_row(table: model.Table, at: int, found: Sequence[str]) -> bool:
    wanted = table.grid[at]
    return len(found) == len(wanted) and all(
        cell == tight(text) or (cell == "" and table.is_covered(at, column))
        for column, (cell, text) in enumerate(zip(found, wanted, strict=True))
    )


@pytest.mark.parametrize("kind", kinds("scan"))
def test_every_cell_of_every_table_is_in_its_row_and_column(kind: str) -> None:
    found = [problem for table in STANDARD.tables for problem in problems(table, of(kind).tables)]
    assert found == []


def records(table: model.Table) -> Iterator[dict[str, str]]:
    """Each row below the header as column heading → cell; a heading in two rows is joined by a dot."""
    headings = [
        "·".join(dict.fromkeys(tight(row[c]) for row in table.grid[: table.header_rows]))
        for c in range(len(table.header))
    ]
    for row in table.grid[table.header_rows :]:
        yield {heading: tight(cell) for heading, cell in zip(headings, row, strict=True)}


def test_every_cell_of_the_workbook_stands_in_its_row_behind_the_heading_of_its_column() -> None:
    read = read_bytes("表格.xlsx", render_workbook(STANDARD))
    for table in STANDARD.tables:
        for at, record in enumerate(records(table), start=table.header_rows + 1):
            place = f"“{sheet_name(table)}”第 {at} 行"
            (line,) = [read.original[b.start : b.end] for b in read.blocks if (b.place or "").endswith(place)]
            assert dict(tight(cell).split("：", 1) for cell in line.split(" | ")) == record, place


def test_the_questions_of_the_workbook_become_entries_with_their_place() -> None:
    read = read_bytes("表格.xlsx", render_workbook(STANDARD))
    assert [(faq.question, faq.answer) for faq in read.faqs] == [(faq.question, faq.answer) for faq in STANDARD.faqs]
    assert all("常见问题" in faq.place for faq in read.faqs)


@pytest.mark.parametrize("kind", kinds("scan"))
def test_every_table_and_figure_is_found_once_by_its_caption(kind: str) -> None:
    wanted = [("table", t.number.lower(), tight(t.title)) for t in STANDARD.tables]
    wanted += [("figure", f.number, tight(f.title)) for f in STANDARD.figures]
    found = [(e.kind, e.number.lower(), tight(e.title)) for e in of(kind).exhibits]
    assert sorted(found) == sorted(wanted)


@pytest.mark.parametrize("kind", kinds("scan"))
def test_a_table_is_an_exhibit_from_its_caption_to_its_last_row(kind: str) -> None:
    file = of(kind)
    for table in STANDARD.tables:
        (exhibit,) = [e for e in file.exhibits if e.kind == "table" and e.number.lower() == table.number.lower()]
        text = tight(file.cleaned.text[exhibit.start : exhibit.end])
        assert text.startswith(tight(table.caption))
        assert tight(table.rows[-1][-1]) in text
        holders = [c.number for c in file.clauses if c.start <= exhibit.start and exhibit.end <= c.end]
        owner = next(c for c in STANDARD.numbered if table in c.parts)
        assert [tight(number or "") for number in holders] == [owner.number]


# ------------------------------------------------------------------ pages and slides


@pytest.mark.slow
def test_running_heads_and_page_numbers_of_the_pdf_are_left_out() -> None:
    file = of("pdf")
    assert file.cleaned.text.count(STANDARD.number) == 1  # on the cover
    lines = {line.strip() for line in file.cleaned.text.splitlines()}
    assert not {str(page) for page in range(1, 15)} & lines


@pytest.mark.slow
def test_the_columns_of_a_page_are_read_one_after_the_other() -> None:
    text = tight(of("pdf").cleaned.text)
    places = [text.index(tight(c.paragraphs[0])) for n, c in expected() if n.startswith("C.")]
    assert places == sorted(places)


@pytest.mark.slow
def test_every_block_of_the_pdf_and_of_the_scan_has_its_page() -> None:
    for kind in ("pdf", "scan"):
        pages = [block.page for block in of(kind).read.blocks]
        assert None not in pages
        assert pages == sorted(pages, key=lambda page: page or 0)


@pytest.mark.slow
def test_the_text_of_the_scan_says_how_surely_it_was_recognised() -> None:
    sure = [block.confidence for block in of("scan").read.blocks if block.kind != "table"]
    assert sure
    assert all(value is not None and 0.5 < value <= 1.0 for value in sure)
    assert all(block.confidence is None for block in of("pdf").read.blocks)


def test_every_slide_is_read_with_its_number_and_its_notes() -> None:
    read = read_bytes("培训.pptx", render_slides(STANDARD))
    assert read.pages == len(STANDARD.slides)
    for number, slide in enumerate(STANDARD.slides, start=1):
        blocks = [b for b in read.blocks if b.page == number]
        text = "\n".join(read.original[b.start : b.end] for b in blocks)
        assert all(line in text for line in (slide.title, *slide.bullets))
        notes = "".join(read.original[b.start : b.end] for b in blocks if b.kind == "note")
        assert slide.notes in notes
        assert any(str(number) in (b.place or "") for b in blocks)


# ------------------------------------------------------------------ asked for


_ASKED_FAST = "word, automatic numbers"  # opening a home takes seconds: one kind is enough for the fast run


@pytest.fixture(
    scope="module", params=[pytest.param(k, marks=() if k == _ASKED_FAST else pytest.mark.slow) for k in FILES]
)
def asked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Home]]:
    """A kind of file, and a home that holds the standard as such a file and nothing else of the operator's."""
    kind = request.param
    of(kind)
    folder = tmp_path_factory.mktemp("home")
    file = folder / FILES[kind][0]
    file.write_bytes(_rendered[kind])
    with opened_home(folder, [file]) as home:
        yield kind, home


def wrongly_answered(home: Home, clause: model.Clause, exactly: bool) -> str | None:
    """None where the clause asked for by its number is quoted, with its text; else what came instead."""
    number = tight(str(clause.number))
    answer = home.ask(STANDARD.title + (f"第{number}章" if number.isdigit() else f" {number}"))
    cited = [tight(citation.clause or "") for citation in answer.citations]
    quoted = tight("".join(citation.quote for citation in answer.citations))
    if answer.outcome is not Outcome.ANSWERED or number not in cited:
        return f"{number}: {answer.outcome} {cited} {answer.text[:40]}"
    if exactly and not all(tight(part) in quoted for part in clause.paragraphs):
        return f"{number}: {quoted[:60]}"
    return None


def test_every_clause_with_a_text_is_answered_by_its_number(asked: tuple[str, Home]) -> None:
    kind, home = asked
    clauses = [clause for clause in STANDARD.numbered if clause.paragraphs]
    wrong = [problem for clause in clauses if (problem := wrongly_answered(home, clause, kind != "scan"))]
    assert len(wrong) <= (len(clauses) * (1 - SCAN_SHARE) if kind == "scan" else 0), wrong[:5]


def test_a_clause_that_does_not_exist_is_refused_with_the_nearest(asked: tuple[str, Home]) -> None:
    _, home = asked
    answer = home.ask(f"{STANDARD.title} 7.9")
    assert answer.outcome is Outcome.NOT_IN_KNOWLEDGE
    assert answer.citations == ()
    assert "7.9" in answer.text
    assert "7.6" in answer.text


@pytest.mark.parametrize("table", STANDARD.tables, ids=lambda t: t.number)
def test_a_table_is_answered_by_its_number(asked: tuple[str, Home], table: model.Table) -> None:
    kind, home = asked
    answer = home.ask(f"{STANDARD.title}表{table.number}")
    quoted = tight("".join(citation.quote for citation in answer.citations))
    assert answer.outcome is Outcome.ANSWERED
    if kind != "scan":
        assert all(tight(row[-1]) in quoted for row in table.grid)


# ------------------------------------------------------------------ headings in the wild


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: v.name)
@pytest.mark.parametrize("name", ["标准.txt", "标准.md"])
def test_a_heading_is_known_however_it_is_set(variant: Variant, name: str) -> None:
    text = f"示例供方手册\n{variant.text}"
    file = recovered(name, (text.replace("\n", "\n\n") if name.endswith(".md") else text).encode())
    found = [(number, title.split("）")[-1].removeprefix("附录A")) for number, title in file.numbered]
    assert found == [(tight(number), tight(title)) for number, title in variant.clauses]
