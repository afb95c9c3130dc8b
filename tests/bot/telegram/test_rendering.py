from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.simulators.telegram import measure, parse_html
from bot.telegram.rendering import HtmlRenderer, cut_units, keyboard
from retrieval.answers import Answer, Citation, Outcome
from tests.fakes.dialogue import QUOTE, cited_answer

PUBLIC = "https://kb.example.org"
RENDERER = HtmlRenderer(4096, PUBLIC)
TURN = "f" * 32


def citation(number: int = 1, **changes: object) -> Citation:
    cited = Citation("某规则", "rules.md", f"第{number}条的原文。", f"doc-{number}", start=number, end=number + 8)
    return replace(cited, **changes)  # type: ignore[arg-type]


def test_the_link_leads_to_the_evidence_and_is_escaped() -> None:
    (part,) = RENDERER.parts(cited_answer("三年。"))
    assert f'<a href="{PUBLIC}/evidence/doc-1?start=10&amp;end={10 + len(QUOTE)}">《质量管理体系认证规则》' in part
    assert part.startswith("<b>【原文摘录】</b>\n三年。")


def test_what_looks_like_a_tag_in_a_text_is_shown_as_it_is() -> None:
    answer = replace(cited_answer("孔径 <5 mm & >2 mm，见 <b>表 1</b>。"), citations=(citation(quote='<a href="x">'),))
    (part,) = RENDERER.parts(answer)
    shown = parse_html(part)
    assert "孔径 <5 mm & >2 mm，见 <b>表 1</b>。" in shown
    assert '“<a href="x">”' in shown


def test_without_an_address_there_are_no_links() -> None:
    (part,) = HtmlRenderer(4096).parts(cited_answer("三年。"))
    assert "<a" not in part
    assert QUOTE in part


def test_generated_wording_is_labelled_on_every_message_of_it() -> None:
    long = replace(cited_answer("每一批都要留样。" * 900), kind="generated")
    parts = RENDERER.parts(long)
    assert len(parts) > 1
    assert all(part.startswith("<b>【AI 生成】</b>") for part in parts)
    assert RENDERER.growing("每一批").startswith("<b>【AI 生成】</b>")


def test_the_first_of_several_parts_has_a_quote_and_its_link() -> None:
    first, *_rest = RENDERER.parts(cited_answer("每一批都要留样。" * 900))
    assert QUOTE in first
    assert "/evidence/doc-1" in first


def test_two_sentences_on_the_same_evidence_name_it_once() -> None:
    (part,) = RENDERER.parts(replace(cited_answer("三年。"), citations=(citation(), citation())))
    assert part.count("依据：") == 1


def test_an_inference_says_what_it_was_read_from() -> None:
    inferred = citation(inferences=(("2025年9月28日", "928日"),))
    (part,) = RENDERER.parts(replace(cited_answer("九月。"), citations=(inferred,)))
    assert "依据（推断）：" in part
    assert "“928日”读作“2025年9月28日”" in part


def test_no_cut_parts_an_emoji_and_each_piece_fits() -> None:
    head, rest = cut_units("😀" * 30, 21)
    assert measure(head) == 20
    assert head + rest == "😀" * 30


@pytest.mark.slow
@given(
    text=st.text(alphabet="质量。，；<&>\"'😀a1 \n", min_size=1, max_size=3000),
    quotes=st.lists(st.text(alphabet="原文<&😀。", min_size=1, max_size=900), max_size=12),
    details=st.text(alphabet="详细<&😀。", max_size=2500),
)
def test_whatever_the_answer_every_part_parses_fits_and_nothing_is_lost(
    text: str, quotes: list[str], details: str
) -> None:
    cited = tuple(citation(number, quote=quote) for number, quote in enumerate(quotes))
    answer = Answer(Outcome.ANSWERED, "extract", text, cited, details=details)
    renderer = HtmlRenderer(600, PUBLIC)
    every = (renderer.parts(answer), renderer.sources(answer), renderer.details(answer))
    for parts in every:
        shown = [parse_html(part) for part in parts]
        assert shown
        assert all(0 < measure(one) <= 600 for one in shown)
    whole = "".join("".join(parse_html(part).split()) for part in every[0])
    at = 0
    for character in "".join(text.split()):  # in order, whatever came between
        at = whole.index(character, at) + 1
    sources = "".join("".join(parse_html(part).split()) for part in every[1])
    assert all(quote[:10] in sources for quote in quotes)


def test_small_talk_has_no_buttons_and_an_answer_has_those_that_lead_somewhere() -> None:
    assert keyboard(TURN, Answer(Outcome.DIALOGUE, "dialogue", "您好"), 0, 1) == ()
    first, opinion = keyboard(TURN, cited_answer("三年。"), 0, 2)
    assert [button.text for button in first] == ["更多", "来源", "详细"]
    assert [button.text for button in opinion] == ["👍", "👎"]
    assert all(len(button.data.encode()) <= 64 for button in (*first, *opinion))
    bare = replace(cited_answer("三年。"), citations=(), details="")
    assert len(keyboard(TURN, bare, 0, 1)) == 1
