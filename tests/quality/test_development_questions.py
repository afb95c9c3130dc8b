"""The bars of the issue, measured on the development questions with everything real: nothing here is a fake."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from knowledge.catalog import Catalog
from knowledge.database import Base, Database
from knowledge.documents import Origin
from knowledge.embeddings import open_embeddings
from knowledge.ingestion import Ingestion
from knowledge.keyword_index import KeywordIndex
from knowledge.library import load_faqs, load_guides, load_standards
from knowledge.readers.limits import DEFAULT_LIMITS
from knowledge.settings import KnowledgeSettings
from knowledge.terms import Segmenter
from knowledge.vector_index import open_vector_index
from retrieval.answering import Answerer
from retrieval.evaluation import EvaluationQuestion, Report, Verdict, evaluate, load_questions
from retrieval.questions import Question

SHARED = Path(__file__).parents[3] / "shared"
QUESTIONS = SHARED / "eval" / "questions_dev.jsonl"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not QUESTIONS.is_file(), reason="needs ../shared/eval, which is not part of the repository"),
]

FULL, ANSWERABLE = 37, 52
REFUSED, REFUSALS = 5, 8
SEED_SHARE, SEED_QUESTIONS = 0.60, 32


@pytest.fixture(scope="module")
def questions() -> list[EvaluationQuestion]:
    return load_questions(QUESTIONS)


@pytest.fixture(scope="module")
def answerer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answerer]:
    settings = KnowledgeSettings(home=tmp_path_factory.mktemp("home"))
    embeddings = open_embeddings(settings)
    if not embeddings.available:
        pytest.skip("the built-in embedding model is not installed on this platform")
    database = Database(settings.database)
    Base.metadata.create_all(database.engine)
    catalog, segmenter = Catalog(database), Segmenter()
    vectors = open_vector_index(settings.home / "chroma", None, embeddings.name)
    ingestion = Ingestion(catalog, vectors, embeddings, segmenter, DEFAULT_LIMITS)
    ingestion.add_guides(load_guides())
    ingestion.add_faqs(load_faqs(), Origin.LIBRARY)
    assert ingestion.add([SHARED / "seeds"]).failed == 0
    yield Answerer(catalog, KeywordIndex(catalog), vectors, embeddings, segmenter, load_standards())
    database.close()


@pytest.fixture(scope="module")
def with_library(answerer: Answerer, questions: list[EvaluationQuestion]) -> Report:
    return evaluate(answerer.answer, questions, answerer.verifier.holds)


@pytest.fixture(scope="module")
def without_library(answerer: Answerer, questions: list[EvaluationQuestion]) -> Report:
    def ask(question: Question) -> object:
        return answerer.answer(Question(question.text, question.history, question.today, use_library=False))

    return evaluate(ask, questions, answerer.verifier.holds)  # type: ignore[arg-type]


def shortfalls(report: Report) -> str:
    right = {Verdict.FULL, Verdict.RIGHTLY_REFUSED}
    rows = [row for row in report.rows if row.judgement.verdict not in right]
    return "\n".join(f"{r.question.id} {r.judgement.verdict}: {r.question.question}" for r in rows)


def test_the_set_is_the_one_the_bars_were_set_for(with_library: Report) -> None:
    assert (with_library.answerable, with_library.refusals_expected) == (ANSWERABLE, REFUSALS)
    assert len(with_library.of_seeds().rows) == SEED_QUESTIONS


def test_enough_questions_are_answered_in_full(with_library: Report) -> None:
    assert with_library.count(Verdict.FULL) >= FULL, shortfalls(with_library)


def test_enough_of_what_nobody_can_answer_is_refused(with_library: Report) -> None:
    assert with_library.count(Verdict.RIGHTLY_REFUSED) >= REFUSED, shortfalls(with_library)


def test_every_quote_stands_in_its_source(with_library: Report, without_library: Report) -> None:
    assert with_library.invalid_quotes == 0
    assert without_library.invalid_quotes == 0
    assert with_library.valid_quotes > 0


def test_the_seed_documents_alone_answer_their_questions_with_a_quote_from_them(without_library: Report) -> None:
    seeds = without_library.of_seeds()
    assert seeds.full_with_seed_quoted >= SEED_SHARE * SEED_QUESTIONS, shortfalls(seeds)
