"""Whatever is edited, every stretch of the text still knows what stood there."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from knowledge.cleaning.aligned import AlignedText, Edit, original_span

ALPHABET = "质量管理體係2024年9月 \n(zhì)"


@st.composite
def edits_of(draw: st.DrawFn, text: str) -> list[Edit]:
    """Edits of `text` that do not overlap: deletions, replacements of any length, insertions."""
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
    edits = []
    for start, end in zip(cuts[::2], cuts[1::2], strict=False):
        new = draw(st.text(ALPHABET, max_size=4))
        reason = draw(st.sampled_from([None, "修复"]))
        if start < end or new:
            edits.append(Edit(start, end, new, reason))
    return draw(st.permutations(edits))


@st.composite
def edited_texts(draw: st.DrawFn) -> AlignedText:
    aligned = AlignedText(draw(st.text(ALPHABET, max_size=40)))
    for _ in range(draw(st.integers(0, 3))):
        aligned.edit(draw(edits_of(aligned.text)))
    return aligned


@given(edited_texts())
def test_every_stretch_of_the_text_maps_to_a_stretch_of_the_original(aligned: AlignedText) -> None:
    alignment = aligned.alignment()
    for start in range(len(aligned.text)):
        for end in range(start + 1, len(aligned.text) + 1):
            original_start, original_end = original_span(alignment, start, end)
            assert 0 <= original_start <= original_end <= len(aligned.original)


@given(edited_texts())
def test_the_stored_alignment_covers_the_text_without_gaps_and_runs_forward(aligned: AlignedText) -> None:
    at = original_at = 0
    for start, end, original_start, original_end in aligned.alignment():
        assert start == at
        assert end > start
        assert original_end >= original_start >= original_at or original_start == original_end
        at, original_at = end, original_start
    assert at == len(aligned.text)


@given(edited_texts())
def test_the_stored_alignment_says_what_the_text_under_edit_says(aligned: AlignedText) -> None:
    alignment = aligned.alignment()
    for start in range(len(aligned.text)):
        for end in range(start + 1, len(aligned.text) + 1):
            assert original_span(alignment, start, end) == aligned.original_span(start, end)


@given(st.data())
def test_characters_that_no_edit_touched_are_the_original_ones(data: st.DataObject) -> None:
    original = data.draw(st.text(ALPHABET, max_size=40))
    edits = data.draw(edits_of(original))
    aligned = AlignedText(original)
    aligned.edit(edits)
    untouched = [i for i in range(len(original)) if not any(e.start <= i < e.end for e in edits)]
    for i in untouched:
        start, end = aligned.span_of(i, i + 1)
        assert aligned.text[start:end].endswith(original[i])
        assert aligned.original_span(end - 1, end) == (i, i + 1)


@given(st.data())
def test_the_text_is_the_original_with_each_edit_put_in_its_place(data: st.DataObject) -> None:
    original = data.draw(st.text(ALPHABET, max_size=40))
    edits = data.draw(edits_of(original))
    aligned = AlignedText(original)
    aligned.edit(edits)
    expected = original
    in_order = sorted(edits, key=lambda e: (e.start, e.end))
    for e in in_order[::-1]:
        expected = expected[: e.start] + e.new + expected[e.end :]
    assert aligned.text == expected


@given(edited_texts())
def test_a_repair_lies_in_the_text_and_names_what_stood_there(aligned: AlignedText) -> None:
    alignment = aligned.alignment()
    for repair in aligned.repairs:
        assert 0 <= repair.start < repair.end <= len(aligned.text)
        start, end = original_span(alignment, repair.start, repair.end)
        assert aligned.original[start:end] == repair.original


def test_a_repair_moves_with_the_text_before_it_and_goes_when_it_is_cut() -> None:
    aligned = AlignedText("题头\n928日发布\n尾")
    aligned.edit([Edit(3, 7, "9月28日", "日期缺字", inferred=True)])
    aligned.edit([Edit(0, 3, "")])
    (repair,) = aligned.repairs
    assert aligned.text[repair.start : repair.end] == "9月28日"
    assert repair.original == "928日"
    aligned.edit([Edit(0, 5, "")])
    assert aligned.repairs == ()


def test_a_stretch_of_the_original_that_was_cut_is_empty_in_the_text() -> None:
    aligned = AlignedText("甲乙丙丁")
    aligned.edit([Edit(1, 3, "")])
    assert aligned.span_of(1, 3) == (1, 1)
    assert aligned.span_of(0, 4) == (0, 2)
