from __future__ import annotations

from bot.rendering import size
from bot.wecom.rendering import MessageRenderer
from retrieval.answers import Answer, Outcome
from tests.fakes.dialogue import QUOTE, cited_answer

LONG = "".join(f"第{number}条要求供方保持记录，并在交付前逐项核对。" for number in range(200))
URL = "https://kb.example.org"


def test_markdown_has_the_evidence_as_a_quotation_and_a_link() -> None:
    (part,) = MessageRenderer(2048, URL, markdown=True).parts(cited_answer("三年。"))
    assert f"[查看原文]({URL}/evidence/doc-1?start=10&end=" in part
    assert any(line.startswith("> 依据") and QUOTE in line for line in part.split("\n"))


def test_plain_text_has_the_bare_link() -> None:
    (part,) = MessageRenderer(2048, URL).parts(cited_answer("三年。"))
    assert f"\n{URL}/evidence/doc-1?start=10" in part
    assert "](" not in part


def test_parts_are_whole_sentences_within_the_limit_and_lose_nothing() -> None:
    parts = MessageRenderer(2048, URL, markdown=True).parts(cited_answer(LONG))
    assert len(parts) > 1
    assert all(size(part) <= 2048 for part in parts)
    assert "".join(parts).replace("\n", "").count("逐项核对。") == 200


def test_every_part_of_generated_wording_says_so() -> None:
    answer = Answer(Outcome.ANSWERED, "generated", LONG)
    parts = MessageRenderer(2048).parts(answer)
    assert len(parts) > 1
    assert all(answer.label in part.split("\n")[0] for part in parts)
    assert all(size(part) <= 2048 for part in parts)
    assert "".join(parts).count(answer.label) == len(parts)
