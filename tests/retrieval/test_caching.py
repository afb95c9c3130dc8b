"""What is kept, for how long, and what never is."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import pytest

from knowledge.errors import EmbeddingUnavailable
from retrieval.answers import Answer, AnswerKind, Outcome
from retrieval.caching import CachedAnswerer, CachedEmbeddings, Kept, Show
from retrieval.questions import Exchange, Question
from tests.fakes.embeddings import BigramEmbeddings
from tests.retrieval.world import ENTRIES, TODAY, World, a_question, an_entry

OpenWorld = Callable[..., World]


class Slow:
    """Answers with how often it was asked, once the test lets it; as many times as told it raises."""

    def __init__(self, kind: AnswerKind = "extract", failing: int = 0) -> None:
        self.asked: list[Question] = []
        self.kind, self.failing = kind, failing
        self.go = threading.Event()
        self.go.set()
        self.began = threading.Event()

    def answer(self, question: Question, show: Show | None = None) -> Answer:
        self.asked.append(question)
        number = len(self.asked)
        self.began.set()
        assert self.go.wait(timeout=30)
        if show:
            show("第")
        if number <= self.failing:
            raise RuntimeError("scripted")
        return Answer(Outcome.ANSWERED, self.kind, f"第{number}次", milliseconds={"search": 7.0, "total": 9.0})


class Knowledge:
    def __init__(self) -> None:
        self.revision = 1

    def __call__(self) -> int:
        return self.revision


def asked(text: str = "证书有效期几年", **rest: object) -> Question:
    return replace(Question(text, today=TODAY), **rest)  # type: ignore[arg-type]


def test_the_same_question_is_worked_out_once_and_says_that_it_was_cached() -> None:
    answerer = Slow()
    cached = CachedAnswerer(answerer, Knowledge())
    first, second = cached.answer(asked()), cached.answer(asked())
    assert len(answerer.asked) == 1
    assert first.milliseconds == {"search": 7.0, "total": 9.0}
    assert second == replace(first, milliseconds=second.milliseconds)
    assert second.milliseconds.keys() == {"cached", "total"}
    assert cached.answer(asked()).milliseconds is not second.milliseconds, "one person's timings are not another's"


@pytest.mark.parametrize(
    "other",
    [
        asked("证书有效期多久"),
        asked(history=(Exchange("3C是什么"),)),
        asked(today=date(2026, 1, 16)),
        asked(use_library=False),
    ],
    ids=["words", "history", "day", "library"],
)
def test_whatever_an_answer_may_depend_on_is_part_of_its_key(other: Question) -> None:
    answerer = Slow()
    cached = CachedAnswerer(answerer, Knowledge())
    cached.answer(asked())
    assert "cached" not in cached.answer(other).milliseconds
    assert answerer.asked == [asked(), other]


def test_a_new_revision_of_the_knowledge_is_asked_anew() -> None:
    answerer, knowledge = Slow(), Knowledge()
    cached = CachedAnswerer(answerer, knowledge)
    assert cached.answer(asked()).text == "第1次"
    knowledge.revision = 2
    assert cached.answer(asked()).text == "第2次"


def test_an_answer_is_not_kept_beyond_its_age() -> None:
    now = [0.0]
    answerer = Slow()
    cached = CachedAnswerer(answerer, Knowledge(), seconds=60, clock=lambda: now[0])
    cached.answer(asked())
    now[0] = 59.0
    assert cached.answer(asked()).text == "第1次"
    now[0] = 60.0
    assert cached.answer(asked()).text == "第2次"


def test_only_so_many_are_kept_and_those_used_last() -> None:
    kept: Kept[int] = Kept(2)
    kept.put("a", 1)
    kept.put("b", 2)
    assert kept.get("a") == 1
    kept.put("c", 3)
    assert (kept.get("a"), kept.get("b"), kept.get("c"), len(kept)) == (1, None, 3, 2)


def test_equal_questions_at_once_wait_for_one_answer() -> None:
    answerer = Slow()
    answerer.go.clear()
    cached = CachedAnswerer(answerer, Knowledge())
    with ThreadPoolExecutor(8) as threads:
        first = threads.submit(cached.answer, asked())
        assert answerer.began.wait(timeout=30)
        others = [threads.submit(cached.answer, asked()) for _ in range(7)]
        answerer.go.set()
        answers = [one.result(timeout=30) for one in (first, *others)]
    assert len(answerer.asked) == 1
    assert {one.text for one in answers} == {"第1次"}
    assert all(one.milliseconds.keys() & {"shared", "cached"} for one in answers[1:])


def test_another_askers_failure_is_not_shared_and_not_kept() -> None:
    answerer = Slow(failing=1)
    answerer.go.clear()
    cached = CachedAnswerer(answerer, Knowledge())
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(cached.answer, asked())
        assert answerer.began.wait(timeout=30)
        second = threads.submit(cached.answer, asked())
        answerer.go.set()
        with pytest.raises(RuntimeError):
            first.result(timeout=30)
        assert second.result(timeout=30).outcome is Outcome.ANSWERED
    assert cached.answer(asked()).outcome is Outcome.ANSWERED


def test_an_answer_found_while_something_failed_is_not_kept() -> None:
    failures = [0]

    class WithoutVectors(Slow):
        def answer(self, question: Question, show: Show | None = None) -> Answer:
            failures[0] += len(self.asked) == 0
            return super().answer(question)

    answerer = WithoutVectors()
    cached = CachedAnswerer(answerer, Knowledge(), failures=lambda: failures[0])
    assert [cached.answer(asked()).text for _ in range(3)] == ["第1次", "第2次", "第2次"]


@pytest.mark.parametrize(("kind", "times"), [("extract", 2), ("several", 2), ("generated", 1), ("faq", 1)])
def test_with_a_chat_model_an_extract_is_tried_again(kind: AnswerKind, times: int) -> None:
    answerer = Slow(kind)
    cached = CachedAnswerer(answerer, Knowledge(), worded=True)
    cached.answer(asked())
    cached.answer(asked())
    assert len(answerer.asked) == times


def test_who_reads_along_hears_what_is_worked_out_and_gets_what_is_kept_whole() -> None:
    cached = CachedAnswerer(Slow(), Knowledge())
    heard: list[str] = []
    assert cached.answer(asked(), heard.append).text == "第1次"
    assert heard == ["第"]
    assert cached.answer(asked(), heard.append).text == "第1次"
    assert heard == ["第"]


class CountingEmbeddings(BigramEmbeddings):
    def __init__(self) -> None:
        super().__init__()
        self.questions: list[str] = []
        self.away = False

    def embed_query(self, text: str) -> list[float]:
        self.questions.append(text)
        if self.away:
            raise EmbeddingUnavailable("away")
        return super().embed_query(text)


def test_a_questions_vector_is_kept_and_is_the_same() -> None:
    model = CountingEmbeddings()
    cached = CachedEmbeddings(model)
    assert (
        cached.embed_query("年假几天") == cached.embed_query("年假几天") == BigramEmbeddings().embed_query("年假几天")
    )
    assert model.questions == ["年假几天"]
    assert (cached.name, cached.dimensions, cached.available) == (model.name, model.dimensions, model.available)
    cached.forget()
    cached.embed_query("年假几天")
    assert len(model.questions) == 2


def test_a_model_that_was_away_is_asked_again_and_its_failure_counted() -> None:
    model = CountingEmbeddings()
    cached = CachedEmbeddings(model)
    model.away = True
    with pytest.raises(EmbeddingUnavailable):
        cached.embed_query("年假几天")
    assert cached.failures == 1
    model.away = False
    assert cached.embed_query("年假几天") == BigramEmbeddings().embed_query("年假几天")


def test_a_changed_document_changes_the_cached_answer(fresh_world: OpenWorld) -> None:
    world = fresh_world(entries=ENTRIES)
    search = world.answerer.search
    cached = CachedAnswerer(world.answerer, lambda: (search.shelf().revision, search.shelf().day))
    question = a_question("咨询热线是多少")
    assert "0000-12345" in cached.answer(question).text
    assert "cached" in cached.answer(question).milliseconds

    from knowledge.documents import Origin

    changed = an_entry("hotline", "咨询热线是多少", "咨询热线：0000-99999。")
    world.ingestion.add_faqs([changed], Origin.LIBRARY)
    assert "0000-99999" in cached.answer(question).text
