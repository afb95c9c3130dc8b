"""The whole journey: answered with evidence, or honestly not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from knowledge.documents import Origin
from knowledge.faqs import Source
from retrieval import wording
from retrieval.answering import Timings, with_clauses
from retrieval.answers import Outcome
from tests.retrieval.conftest import OpenWorld
from tests.retrieval.world import ENTRIES, World, a_question, an_entry


def test_what_no_text_names_is_not_in_the_knowledge(world: World) -> None:
    answer = world.ask("火星基地的预算是多少")
    assert (answer.outcome, answer.kind, answer.citations) == (Outcome.NOT_IN_KNOWLEDGE, "refusal", ())
    assert answer.text.startswith(wording.NOT_FOUND)
    assert "示例热线" in answer.text


def test_a_request_to_falsify_is_declined_before_anything_is_searched(world: World) -> None:
    answer = world.ask("帮我编一份内审记录")
    assert answer.text == wording.DECLINED["falsify"]
    assert set(answer.milliseconds) == {"understanding", "verification", "total"}


def test_an_entry_that_settles_nothing_says_so_and_counts_as_not_in_the_knowledge(world: World) -> None:
    answer = world.ask("送检收费标准是多少")
    assert (answer.outcome, answer.kind) == (Outcome.NOT_IN_KNOWLEDGE, "faq")
    assert "没有公开" in answer.text


def test_an_entry_that_knows_an_earlier_state_is_told_as_partly_supported(world: World) -> None:
    answer = world.ask("新方案获批了吗")
    assert (answer.outcome, answer.kind) == (Outcome.PARTLY_SUPPORTED, "faq")
    assert "还在审批" in answer.text


def test_an_approved_entry_answers_in_its_words_and_rests_on_the_document(world: World) -> None:
    answer = world.ask("认证证书有效期几年")
    assert (answer.outcome, answer.kind) == (Outcome.ANSWERED, "faq")
    assert answer.text.startswith("认证证书有效期为三年。")
    assert "第二条" in answer.text
    assert [c.quote for c in answer.citations] == ["第二条 认证证书有效期为三年。"]


def test_an_entry_asked_in_its_own_words_needs_no_search_and_no_model(world: World) -> None:
    asked = ENTRIES[0].phrasings[0]
    answer = world.ask(f" {asked.rstrip('？')}? ")
    assert (answer.kind, answer.text) == ("faq", with_clauses(ENTRIES[0]))
    assert "embedding" not in answer.milliseconds


def test_words_that_two_entries_claim_are_ranked_like_any_others(fresh_world: OpenWorld) -> None:
    twins = [an_entry(f"twin-{n}", "体系文件要几份", f"要{n}份。") for n in (1, 2)]
    answer = fresh_world(entries=twins).ask("体系文件要几份")
    assert "embedding" in answer.milliseconds


def test_a_document_answers_in_its_own_words_with_its_place(world: World) -> None:
    answer = world.ask("今年建成多少个质量联合体")
    assert (answer.outcome, answer.kind) == (Outcome.ANSWERED, "extract")
    assert "12个质量联合体" in answer.text
    document = world.document("追溯平台启动会.txt")
    for citation in answer.citations:
        assert citation.quote == document.text[citation.start : citation.end]


def test_with_the_library_switched_off_only_the_files_answer(world: World) -> None:
    assert world.ask("咨询热线是多少").kind == "faq"
    assert world.ask("咨询热线是多少", library=False).outcome is Outcome.NOT_IN_KNOWLEDGE
    answer = world.ask("认证证书有效期几年", library=False)
    assert (answer.outcome, answer.kind) == (Outcome.ANSWERED, "extract")
    assert "三年" in answer.text


def test_another_years_figure_is_no_answer(world: World) -> None:
    assert world.ask("2019年建成多少个质量联合体").outcome is Outcome.NOT_IN_KNOWLEDGE


def test_a_superseded_edition_is_never_evidence(world: World) -> None:
    answer = world.ask("伪造认证证书罚款多少", library=False)
    assert "5万元以上20万元以下" in answer.text
    assert {c.edition for c in answer.citations} == {"2023-07-20"}


def test_a_follow_up_is_answered_from_the_topic_before_and_shown_whole(world: World) -> None:
    answer = world.ask("那有效期呢", "认证证书怎么领")
    assert "三年" in answer.text
    assert "认证证书" in answer.question
    assert answer.question.startswith("那有效期呢")


def test_a_complete_question_is_shown_as_typed(world: World) -> None:
    assert world.ask("认证证书有效期几年").question == "认证证书有效期几年"


def test_every_hop_is_timed(world: World) -> None:
    stages = world.ask("今年建成多少个质量联合体").milliseconds
    assert set(stages) == {
        "understanding", "lookup", "embedding", "search", "weighing", "evidence", "verification", "total",
    }  # fmt: skip


def test_a_stage_is_timed_by_the_clock_even_when_it_fails() -> None:
    timings = Timings(clock=iter([1.0, 1.25]).__next__)
    with pytest.raises(RuntimeError), timings.stage("search"):
        raise RuntimeError
    assert timings.stages == {"search": 250.0}


# ------------------------------------------------------------------ a knowledge that changes


def test_a_removed_document_is_no_longer_cited(fresh_world: OpenWorld) -> None:
    world = fresh_world()
    assert world.ask("今年建成多少个质量联合体").outcome is Outcome.ANSWERED
    world.ingestion.remove(world.document("追溯平台启动会.txt").id)
    answer = world.ask("今年建成多少个质量联合体")
    assert "12个" not in answer.text
    assert all(c.source != "追溯平台启动会.txt" for c in answer.citations)


def test_an_entry_outlives_the_document_it_rests_on_and_loses_the_quote(fresh_world: OpenWorld) -> None:
    world = fresh_world()
    for source in ("示例认证管理办法(2023-07-20).md", "示例认证管理办法(2021-03-01).md"):
        world.ingestion.remove(world.document(source).id)
    answer = world.ask("认证证书有效期几年")
    assert answer.outcome is Outcome.ANSWERED
    assert [(c.document, c.quote) for c in answer.citations] == [("示例认证管理办法", "")]


def test_a_document_added_later_answers_the_next_question(fresh_world: OpenWorld) -> None:
    world = fresh_world()
    assert world.ask("封样间的温度是多少").outcome is Outcome.NOT_IN_KNOWLEDGE
    world.add({"封样.md": "# 封样间规定\n\n封样间的温度为23度。\n"})
    assert "23度" in world.ask("封样间的温度是多少").text


def test_an_entry_taken_out_no_longer_answers(fresh_world: OpenWorld) -> None:
    world = fresh_world()
    world.ingestion.add_faqs([e for e in ENTRIES if e.id != "hotline"], Origin.LIBRARY)
    assert world.ask("咨询热线是多少").outcome is Outcome.NOT_IN_KNOWLEDGE


def test_an_empty_knowledge_answers_nothing_and_does_not_fail(fresh_world: OpenWorld) -> None:
    world = fresh_world(files={}, entries=(), standards=())
    for text in ("认证证书有效期几年", "第三条讲什么", "10.2", "你们资料库里有哪些文件"):
        assert world.ask(text).citations == ()


@pytest.mark.parametrize(
    "text", ["?", "的", "1", "\x00", "第条", "a" * 2000, "😀", "%_'\"; DROP", "GB/T", "AND OR NOT (", "第九九九九条"]
)
def test_nothing_a_person_may_type_breaks_the_journey(world: World, text: str) -> None:
    answer = world.answerer.answer(a_question(text, text))
    assert answer.text
    assert all(world.answerer.verifier.holds(c) for c in answer.citations)


# ------------------------------------------------------------------ the clause an entry rests on


def test_the_clause_is_said_only_where_the_answer_does_not_and_it_settles() -> None:
    source = Source("示例部", "中华人民共和国示例法", clause="第二条")
    entry = an_entry("e", "问", "三年。", source=source)
    assert with_clauses(entry) == "三年。\n（依据《示例法》第二条）"
    assert with_clauses(replace(entry, answer="按第二条，三年。")) == "按第二条，三年。"
    assert with_clauses(replace(entry, settles=False)) == "三年。"
    assert len(with_clauses(replace(entry, answer="长" * 290))) == 290
