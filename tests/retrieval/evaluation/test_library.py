"""The library's own check: broken entries in small worlds, then the real library."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from knowledge.catalog import Catalog
from knowledge.database import Base, Database
from knowledge.documents import Origin
from knowledge.embeddings import EmbeddingModel, open_embeddings
from knowledge.faqs import Confidence, FaqEntry, Source
from knowledge.ingestion import Ingestion
from knowledge.keyword_index import KeywordIndex
from knowledge.library import load_guides, load_standards
from knowledge.readers.limits import DEFAULT_LIMITS
from knowledge.settings import KnowledgeSettings
from knowledge.terms import Segmenter
from knowledge.vector_index import open_vector_index
from retrieval.answering import Answerer
from retrieval.errors import EvaluationInvalid
from retrieval.evaluation.library import (
    Fact,
    Library,
    LibraryReport,
    Problem,
    Rule,
    Share,
    agree,
    built_in,
    check_conflicts,
    check_coverage,
    check_library,
    check_rules,
    load_facts,
)
from retrieval.understanding import Reader
from tests.fakes.embeddings import BigramEmbeddings
from tests.retrieval.world import ENTRIES, World, an_entry

FACTS = Path(__file__).parents[4] / "shared" / "knowledge" / "facts.jsonl"


def broken(*entries: FaqEntry) -> list[Rule]:
    return [problem.rule for problem in check_rules(Library(entries))]


def from_source(**fields: Any) -> FaqEntry:
    return an_entry(
        "one", "示例热线是多少", "0000-12345。", source=Source(**{"body": "示例协会", "title": "公告"} | fields)
    )


# ── what an entry can break by itself ──────────────────────────────────────────


def test_a_whole_entry_breaks_nothing() -> None:
    assert broken(*ENTRIES) == []


def test_an_entry_without_a_source_is_reported() -> None:
    assert broken(replace(from_source(), sources=())) == [Rule.SOURCE]


@pytest.mark.parametrize(
    "fields", [{"title": " "}, {"body": ""}, {"date": "2024年"}, {"date": "2024-13"}, {"number": "2025年第9号"}]
)
def test_an_incomplete_source_is_reported(fields: dict[str, str]) -> None:
    assert broken(from_source(**fields)) == [Rule.SOURCE]


def test_a_source_dated_elsewhere_must_be_dated_here_too() -> None:
    dated = replace(from_source(date="2024-11-29"), id="two")
    assert [p.where for p in check_rules(Library((from_source(), dated)))] == ["one"]


@pytest.mark.parametrize(
    ("url", "right"),
    [
        ("https://www.cnca.gov.cn/a", True),
        ("http://soecc.org.cn/p", True),
        ("https://www.iso.org/standard/1", True),
        ("https://soecc.org.cn.example.com/p", False),
        ("https://notgov.cn/a", False),
        ("javascript://gov.cn/a", False),
        ("https://baike.example.com", False),
    ],
)
def test_only_an_issuers_own_site_is_linked(url: str, right: bool) -> None:
    assert broken(from_source(url=url)) == ([] if right else [Rule.ADDRESS])


@pytest.mark.parametrize(
    ("answer", "breaks"),
    [
        ("据公开报道，共 9 类。请以发文机关原文为准。", 0),
        ("据公开报道，共 9 类。", 1),
        ("共 9 类。请以发文机关原文为准。", 1),
        ("共 9 类。", 2),
    ],
)
def test_second_hand_facts_say_so(answer: str, breaks: int) -> None:
    entry = an_entry("one", "有几类", answer, confidence=Confidence.SECONDARY)
    assert broken(entry) == [Rule.WORDING] * breaks


def test_what_is_not_known_says_so_and_settles_nothing() -> None:
    unknown = an_entry("one", "收费多少", "没有查到。", confidence=Confidence.NOT_FOUND, settles=False)
    assert broken(unknown) == []
    assert broken(replace(unknown, settles=True)) == [Rule.WORDING]
    assert broken(replace(unknown, answer="一万元。")) == [Rule.WORDING]
    assert broken(replace(unknown, confidence=Confidence.UNVERIFIED)) == [Rule.WORDING]
    assert broken(replace(unknown, confidence=Confidence.UNVERIFIED, answer="未核实。")) == []


def test_what_ages_says_its_date() -> None:
    entry = an_entry("one", "有几家", "截至2024年2月2日，141家。", as_of=date(2024, 2, 2))
    assert broken(entry) == []
    assert broken(replace(entry, as_of=date(2024, 2, 3))) == [Rule.DATE]
    assert broken(replace(entry, as_of=None)) == [Rule.DATE]


# ── one question, two answers ──────────────────────────────────────────────────


def test_two_entries_with_one_question_and_two_figures_are_reported(reader: Reader) -> None:
    one = an_entry("one", "认证证书有效期几年？", "三年。")
    other = an_entry("other", "证书", "四年。", similar=("认证证书有效期 几年",))
    assert [p.where for p in check_conflicts((one, other), reader)] == ["one / other"]
    assert list(check_conflicts((one, replace(other, answer="证书有效期三年，每年监督一次。")), reader)) == []


def test_nearly_one_question_is_one_too(reader: Reader) -> None:
    class Alike(BigramEmbeddings):
        def embed_query(self, text: str) -> list[float]:
            return [1.0]

    one, other = an_entry("one", "展厅面积多少", "600平方米。"), an_entry("other", "展厅的面积是多少", "800平方米。")
    assert [p.rule for p in check_conflicts((one, other), reader, Alike())] == [Rule.CONFLICT]
    assert list(check_conflicts((one, replace(other, question="展厅面积为什么大")), reader, Alike())) == []
    assert list(check_conflicts((one, other), reader)) == []  # without a model only equal ones are told


def test_an_answer_and_a_refusal_never_agree_and_two_refusals_do(reader: Reader) -> None:
    told = an_entry("one", "几年", "三年。")
    refused = an_entry("other", "几年", "没有查到。", settles=False)
    assert not agree(told, refused, reader)
    assert agree(refused, replace(refused, answer="资料里没有。"), reader)


# ── asked ──────────────────────────────────────────────────────────────────────


def test_every_question_is_asked_and_counted(world: World) -> None:
    report = check_library(Library(ENTRIES), world.answerer)
    assert report.questions == Share(4, 4)
    assert report.similar == Share(3, 3)
    assert report.not_for == Share(0, 0)
    assert report.stated is None
    assert report.problems == ()


def test_a_question_another_entry_answers_and_a_counter_example_ignored_are_named(
    fresh_world: Callable[..., World],
) -> None:
    entries = (replace(ENTRIES[0], not_for=("认证证书有效期多久",)), ENTRIES[1])
    lost = an_entry("lost", "示例月球基地哪年建成", "2050年。")
    world = fresh_world(files={}, entries=entries)
    report = check_library(Library((*entries, lost)), world.answerer)
    assert report.questions == Share(2, 3)
    assert report.not_for == Share(0, 1)
    assert {(p.rule, p.where) for p in report.problems} == {
        (Rule.QUESTION, "lost"),
        (Rule.NOT_FOR, "cert-validity"),
    }
    assert report.breaks == ()


# ── facts ──────────────────────────────────────────────────────────────────────


def test_facts_without_an_entry_are_named() -> None:
    told = an_entry("one", "几年", "三年。", facts=("A-01", "A-03", "Z-99"))
    facts = [
        Fact("A-01", Confidence.SEED),
        Fact("A-02", Confidence.SECONDARY),
        Fact("A-03", Confidence.NOT_FOUND),  # named, but by an entry that claims to settle it
    ]
    stated, unknown, problems = check_coverage(Library((told,)), facts)
    assert (stated, unknown) == (Share(1, 2), Share(0, 1))
    assert [(p.rule, p.where) for p in problems] == [(Rule.SOURCE, "one"), (Rule.FACT, "A-02"), (Rule.FACT, "A-03")]


@pytest.mark.parametrize("text", ["", "{", '{"id": "A-01"}', '{"id": "A-01", "confidence": "听说"}', "[1]"])
def test_a_broken_fact_file_is_refused_by_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "facts.jsonl").write_text(text, "utf-8")
    with pytest.raises(EvaluationInvalid, match=r"facts\.jsonl"):
        load_facts(tmp_path / "facts.jsonl")


def test_a_missing_fact_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EvaluationInvalid):
        load_facts(tmp_path / "none.jsonl")


def test_a_report_comes_back_whole_from_json() -> None:
    report = LibraryReport(
        1, 2, 3, Share(1, 2), Share(3, 4), Share(), Share(5, 6), None, (Problem(Rule.DATE, "a", "b"),)
    )
    assert LibraryReport.from_json(json.loads(json.dumps(report.as_json()))) == report
    assert report.table().row_count > 0
    assert report.shortfalls().row_count == 1


# ── the real library ───────────────────────────────────────────────────────────


@pytest.fixture
def everything(tmp_path: Path) -> Iterator[tuple[Answerer, EmbeddingModel]]:
    settings = KnowledgeSettings(home=tmp_path)
    embeddings = open_embeddings(settings)
    if not embeddings.available:
        pytest.skip("the built-in embedding model is not installed on this platform")
    database = Database(settings.database)
    Base.metadata.create_all(database.engine)
    catalog, segmenter = Catalog(database), Segmenter()
    vectors = open_vector_index(settings.home / "chroma", None, embeddings.name)
    ingestion = Ingestion(catalog, vectors, embeddings, segmenter, DEFAULT_LIMITS)
    ingestion.add_guides(load_guides())
    ingestion.add_faqs(built_in().faqs, Origin.LIBRARY)
    yield Answerer(catalog, KeywordIndex(catalog), vectors, embeddings, segmenter, load_standards()), embeddings
    database.close()


@pytest.mark.slow
def test_the_real_library_breaks_no_rule_and_answers_its_own_questions(
    everything: tuple[Answerer, EmbeddingModel],
) -> None:
    answerer, embeddings = everything
    facts = load_facts(FACTS) if FACTS.is_file() else []
    report = check_library(built_in(), answerer, embeddings, facts)
    assert report.breaks == ()
    assert report.questions.share >= 0.95
    assert report.entries >= 120
    assert report.guides >= 6
    if facts:
        assert report.stated is not None
        assert report.unknown is not None
        assert report.stated.share == report.unknown.share == 1.0
