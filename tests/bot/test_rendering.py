from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import wording
from bot.rendering import QUOTE_CHARACTERS, TextRenderer, cut, pages, shorten, size
from retrieval.answers import Answer, Citation, Outcome
from tests.fakes.dialogue import QUOTE, cited_answer

RENDERER = TextRenderer(1800, "https://kb.example.org/")
HINT = f"\n{wording.MORE_HINT}"

LONG = "".join(f"第{number}条要求供方保持记录，并在交付前逐项核对。" for number in range(80))

texts = st.text(st.sampled_from("质量管理体系，、。！？；\n“”（）(a1 é😀👩‍🔧\u0301"), min_size=1, max_size=1500)


def squeezed(text: str) -> str:
    return "".join(text.split())


class TestOneMessage:
    def test_a_short_answer_is_one_part_with_label_text_citation_and_link(self) -> None:
        (part,) = RENDERER.parts(cited_answer("三年。"))
        assert part.splitlines() == [
            "【原文摘录】",
            "三年。",
            "",
            f"依据：《质量管理体系认证规则》2023版 第6.1条，“{QUOTE}”",
            f"https://kb.example.org/evidence/doc-1?start=10&end={10 + len(QUOTE)}",
        ]

    def test_without_a_public_address_there_is_no_link(self) -> None:
        assert "evidence" not in TextRenderer(1800).parts(cited_answer("三年。"))[0]

    @pytest.mark.parametrize(("kind", "label"), [("faq", "常见问题"), ("clause", "原文摘录"), ("generated", "AI 生成")])
    def test_what_the_wording_is_stands_first(self, kind: str, label: str) -> None:
        assert RENDERER.parts(replace(cited_answer("三年。"), kind=kind))[0].startswith(f"【{label}】\n")  # type: ignore[arg-type]

    def test_an_inference_is_marked_and_the_original_reading_shown(self) -> None:
        citation = Citation(
            "动态", "a.html", "标准于9月28日发布", original="标准于928日发布", inferences=(("9月28日", "928日"),)
        )
        (part,) = RENDERER.parts(Answer(Outcome.ANSWERED, "extract", "9月28日。", (citation,)))
        assert part.splitlines()[-3:] == [
            "依据（推断）：《动态》，“标准于9月28日发布”",
            "原文：标准于928日发布",
            "（推断）原文“928日”读作“9月28日”",
        ]

    def test_a_document_whose_text_is_not_held_is_named_by_what_is_known_of_it(self) -> None:
        citation = Citation(
            "认证规则", "faq", body="市场监管总局", number="2023年第12号", date="2023-05-01", clause="第六条"
        )
        (part,) = RENDERER.parts(Answer(Outcome.ANSWERED, "faq", "三年。", (citation,)))
        assert "依据：市场监管总局《认证规则》（2023年第12号，2023-05-01）第六条（原文未收录）" in part

    def test_a_refusal_offers_what_can_be_asked(self) -> None:
        answer = Answer(Outcome.NOT_IN_KNOWLEDGE, "refusal", "资料里没有。", suggestions=("证书有效期几年？",))
        assert RENDERER.parts(answer) == (f"资料里没有。\n\n{wording.SUGGESTIONS}\n· 证书有效期几年？",)

    def test_what_the_text_says_already_is_not_said_again(self) -> None:
        answer = Answer(Outcome.PARTLY_SUPPORTED, "extract", "三年。没有查到费用。", missing=("费用", "地点"))
        assert RENDERER.parts(answer)[0].endswith(wording.MISSING.format(missing="地点"))

    def test_a_quote_is_shortened_and_says_so(self) -> None:
        citation = Citation("长文", "a.md", LONG)
        part = RENDERER.parts(Answer(Outcome.ANSWERED, "extract", "有。", (citation,)))[0]
        assert f"“{LONG[:QUOTE_CHARACTERS]}…”" in part


class TestSeveralMessages:
    def test_the_first_part_stands_alone_with_the_quote_and_the_way_to_the_rest(self) -> None:
        first, *rest = RENDERER.parts(cited_answer(LONG))
        assert f"“{QUOTE}”" in first
        assert first.endswith(HINT)
        assert first.split("\n\n")[0].endswith("。")
        assert rest
        assert not rest[-1].endswith(HINT)

    def test_the_citation_with_a_quote_goes_first_and_the_others_are_not_lost(self) -> None:
        answer = cited_answer(LONG)
        answer = replace(answer, citations=(Citation("无原文", "faq"), *answer.citations))
        first, *rest = RENDERER.parts(answer)
        assert QUOTE in first
        assert "《无原文》" in "".join(rest)

    def test_each_message_of_a_generated_answer_says_that_it_is_generated(self) -> None:
        parts = RENDERER.parts(replace(cited_answer(LONG), kind="generated"))
        assert len(parts) > 1
        assert all(part.startswith("【AI 生成】\n") for part in parts)

    def test_sources_are_numbered_and_quoted(self) -> None:
        answer = cited_answer("三年。")
        (part,) = RENDERER.sources(replace(answer, citations=(Citation("无原文", "faq"), *answer.citations)))
        assert part.startswith("1. 依据：《无原文》（原文未收录）")
        assert f"\n2. 依据：《质量管理体系认证规则》2023版 第6.1条，“{QUOTE}”" in part

    def test_two_sentences_that_rest_on_the_same_name_it_once(self) -> None:
        answer = cited_answer("三年。")
        assert RENDERER.parts(replace(answer, citations=answer.citations * 2)) == RENDERER.parts(answer)

    def test_what_is_not_there_is_said(self) -> None:
        empty = Answer(Outcome.DIALOGUE, "dialogue", "您好")
        assert RENDERER.sources(empty) == (wording.NO_SOURCES,)
        assert RENDERER.details(empty) == (wording.NO_DETAILS,)


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    short = st.text(st.characters(codec="utf-8", categories=["L", "P", "N"]), min_size=1, max_size=120)
    citations = st.builds(
        Citation,
        document=short,
        source=st.just("s"),
        quote=st.one_of(st.just(""), texts),
        document_id=st.one_of(st.none(), short),
        edition=st.one_of(st.none(), short),
        clause=st.one_of(st.none(), st.just("8.5.2")),
        start=st.just(0),
        end=st.just(9),
        original=st.one_of(st.none(), texts),
        inferences=st.lists(st.tuples(short, short), max_size=4).map(tuple),
    )
    return Answer(
        Outcome.ANSWERED,
        draw(st.sampled_from(["faq", "extract", "generated", "dialogue"])),  # type: ignore[arg-type]
        draw(texts),
        tuple(draw(st.lists(citations, max_size=4))),
        suggestions=tuple(draw(st.lists(short, max_size=3))),
    )


class TestAlways:
    @settings(max_examples=150)
    @given(answers(), st.integers(400, 2048))
    def test_no_part_is_over_the_limit_and_all_but_the_last_lead_on(self, answer: Answer, limit: int) -> None:
        parts = TextRenderer(limit, "https://kb.example.org").parts(answer)
        assert all(0 < size(part) <= limit for part in parts)
        assert all(part.endswith(HINT) for part in parts[:-1])
        assert not parts[-1].endswith(HINT)

    @settings(max_examples=100)
    @given(answers(), st.integers(1200, 2048))
    def test_a_citation_with_a_quote_is_in_the_first_part(self, answer: Answer, limit: int) -> None:
        quotes = [one.quote for one in answer.citations if one.quote]
        first = TextRenderer(limit).parts(answer)[0]
        assert not quotes or any(quote[: QUOTE_CHARACTERS // 4] in first for quote in quotes)

    @given(texts, st.integers(400, 600))
    def test_pages_lose_nothing_but_space(self, text: str, limit: int) -> None:
        joined = "".join(page.removesuffix(HINT) for page in pages(text, limit))
        assert squeezed(joined) == squeezed(text)

    @given(texts, st.integers(1, 300))
    def test_a_cut_is_at_a_sentence_end_where_there_is_one(self, text: str, room: int) -> None:
        head, rest = cut(text, room)
        assert squeezed(head + rest) == squeezed(text)
        reachable = text.encode()[:room].decode(errors="ignore")[:-1]
        if rest and any(mark in reachable.strip() for mark in "。！？；") and "”" not in text and "）" not in text:
            assert head[-1] in "。！？；" or text[len(text) - len(rest) - 1].isspace()

    @given(st.lists(st.sampled_from(["质", "。", "a", "e\u0301", "❤\ufe0f", "👩\u200d🔧"])), st.integers(3, 60))
    def test_no_cut_parts_an_accent_or_an_emoji_from_its_letter(self, characters: list[str], room: int) -> None:
        whole = "".join(characters)
        beginnings = {"".join(characters[:count]) for count in range(len(characters) + 1)}
        assert shorten(whole, room).removesuffix("…") in beginnings
        assert cut(whole, room * 4)[0] in beginnings


def test_a_limit_with_no_room_for_a_citation_is_refused() -> None:
    with pytest.raises(ValueError, match="400"):
        TextRenderer(200)
