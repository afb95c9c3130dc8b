"""Sentences to an answer: cut only for the display and visibly, quoted whole, short enough for a phone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from knowledge.catalog import Shelved
from knowledge.documents import Chunk, Document, Metadata, Origin, Repair
from knowledge.splitting import sentences
from retrieval.evaluation.questions import is_enumeration
from retrieval.evidence import Sentence
from retrieval.extractive import Extract, cite, compose
from retrieval.passages import Passage
from retrieval.questions import Question
from retrieval.understanding import Reader

NAMES = [
    "甲光科技",
    "乙光通信",
    "丙缆集团",
    "丁芯股份",
    "戊镜光学",
    "己纤材料",
    "庚测仪器",
    "辛源电子",
    "壬达光子",
    "癸成精工",
]


def a_document(text: str, repairs: tuple[Repair, ...] = (), published: date | None = None) -> Document:
    metadata = Metadata("示例文件", published=published)
    return Document(
        "d",
        "示例.txt",
        Origin.FILE,
        "0" * 64,
        "text/plain",
        metadata,
        text,
        text,
        ((0, len(text), 0, len(text)),),
        repairs,
    )


def a_sentence(
    document: Document, start: int, end: int, score: float = 1.0, matched: frozenset[str] = frozenset()
) -> Sentence:
    chunk = Chunk("d:0", "d", 0, 0, len(document.text), document.text)
    shelved = Shelved(document.id, document.source, document.origin, document.metadata, "示例文件")
    return Sentence(Passage(chunk, shelved, 1.0), document, start, end, score, matched=matched)


def composed(reader: Reader, question: str, document: Document) -> Extract:
    """Every sentence of the document, all equally good."""
    found = [a_sentence(document, s, e) for s, e in sentences(document.text, 0, len(document.text))]
    extract = compose(reader.read(Question(question)), found)
    assert extract is not None
    return extract


def test_nothing_found_is_no_answer(reader: Reader) -> None:
    assert compose(reader.read(Question("有效期几年")), []) is None


def test_a_short_sentence_is_shown_whole(reader: Reader) -> None:
    assert composed(reader, "有效期几年", a_document("有效期为三年。")).text == "有效期为三年。"


def test_a_long_sentence_is_cut_to_what_the_question_touches_with_each_cut_marked(reader: Reader) -> None:
    filler = "".join(f"其他事项第{n}类由有关单位另行商定，" for n in range(12))
    document = a_document(f"{filler}展厅面积约600平方米，{filler}散会。")
    extract = composed(reader, "展厅面积多少", document)
    assert "展厅面积约600平方米" in extract.text
    assert len(extract.text) <= 300
    shown = extract.text.split("……")
    assert len(shown) > 1
    assert all(piece in document.text for piece in shown)
    (only,) = extract.sentences
    assert only.text == document.text


@pytest.mark.parametrize("filler", ["其他事项由有关单位另行商定，" * 40, "无标点" * 150])
def test_a_long_sentence_that_names_nothing_asked_still_shows_words(reader: Reader, filler: str) -> None:
    text = composed(reader, "展厅面积多少", a_document(filler + "。")).text
    assert len(text.replace("……", "")) > 10
    assert "……" in text
    assert len(text) <= 300


def test_a_long_list_that_was_asked_for_comes_one_item_a_line(reader: Reader) -> None:
    names = NAMES * 3
    document = a_document(f"首批上线的企业有：{'、'.join(names)}等。")
    text = composed(reader, "首批上线的企业有哪些", document).text
    lines = text.split("\n")
    assert "首批上线的企业有：" in lines[0]
    assert [line.strip("· ") for line in lines[1:31]] == names
    assert is_enumeration(text)


def test_a_list_too_long_for_one_screen_says_how_many_there_are(reader: Reader) -> None:
    text = composed(reader, "企业有哪些", a_document(f"企业有：{'、'.join(NAMES * 30)}等。")).text
    assert len(text) <= 600
    assert "300" in text


def test_a_list_that_was_not_asked_for_stays_a_sentence(reader: Reader) -> None:
    assert (
        "\n" not in composed(reader, "什么时候上线", a_document(f"首批上线的企业有：{'、'.join(NAMES * 3)}等。")).text
    )


def test_the_sentences_shown_keep_the_order_of_the_document(reader: Reader) -> None:
    document = a_document("会议在滨江召开。主题是追溯。")
    second, first = a_sentence(document, 8, 14, 1.0, frozenset({"主题"})), a_sentence(document, 0, 8, 0.9)
    extract = compose(reader.read(Question("主题是什么")), [second, first])
    assert extract is not None
    assert extract.text == "会议在滨江召开。\n主题是追溯。"


def test_a_date_read_from_run_together_digits_is_named_with_what_stood(reader: Reader) -> None:
    document = a_document("会议于11月29日召开。", (Repair(3, 9, "1129日", "日期缺字", inferred=True),))
    extract = composed(reader, "会议什么时候召开", document)
    assert "推断：11月29日（原文“1129日”）" in extract.text
    (only,) = extract.sentences
    assert cite(document, only.start, only.end).inferences == (("11月29日", "1129日"),)


def test_a_relative_date_is_explained_beside_it_and_the_quote_left_alone(reader: Reader) -> None:
    document = a_document("今年共建成12个。", (Repair(0, 2, "今年", "相对日期", True, "2024年"),))
    extract = composed(reader, "建成多少个", document)
    assert extract.text.startswith("今年（2024年）共建成12个。")
    assert cite(document, extract.sentences[0].start, extract.sentences[0].end).quote == "今年共建成12个。"


def test_what_may_have_changed_since_is_dated(reader: Reader) -> None:
    document = a_document("目前已有3个片区试点。", published=date(2024, 11, 29))
    assert "以上是2024年11月29日的说法" in composed(reader, "有几个片区试点", document).text
    assert "说法" not in composed(reader, "有几个片区", a_document("共3个片区。", published=date(2024, 11, 29))).text


def test_a_citation_is_the_text_at_its_place_and_the_original_where_it_differs() -> None:
    text, original = "会议于11月29日召开。", "会议于1129日召开。"
    document = Document(
        "d", "示例.txt", Origin.FILE, "0" * 64, "text/plain", Metadata("示例文件"), original, text,
        ((0, 3, 0, 3), (3, 9, 3, 8), (9, 12, 8, 11)),
    )  # fmt: skip
    citation = cite(document, 0, 12)
    assert (citation.quote, citation.original) == (text, original)
    assert cite(document, 9, 12).original is None


_TEXT = st.lists(
    st.tuples(
        st.sampled_from(["展厅", "追溯码", "今年", "企业86家", "甲光科技", "a1", "，", "、", "：", "其他事项另行商定"]),
        st.integers(1, 40),
    ),
    min_size=1,
    max_size=12,
).map(lambda parts: "".join(word * times for word, times in parts) + "。")


@given(
    texts=st.lists(_TEXT, min_size=1, max_size=4),
    question=st.sampled_from(["展厅有哪些企业", "今年多少家", "追溯码是什么"]),
)
@hypothesis_settings(max_examples=60, deadline=None, derandomize=True)
def test_an_answer_is_short_enough_for_a_phone_whatever_was_found(
    reader: Reader, texts: list[str], question: str
) -> None:
    whole = "".join(texts)
    at = [i for i in range(len(whole)) if whole.startswith("今年", i)]
    repairs = tuple(Repair(i, i + 2, "今年", "相对日期", True, "2024年") for i in at[:2])
    extract = composed(reader, question, a_document(whole, repairs, date(2024, 11, 29)))
    assert extract.text.replace("……", "").strip()
    assert len(extract.text) <= (600 if is_enumeration(extract.text) else 300)
    for sentence in extract.sentences:
        citation = cite(sentence.document, sentence.start, sentence.end)
        assert citation.quote == sentence.document.text[citation.start : citation.end]


def test_several_long_sentences_share_the_room_of_one_answer(reader: Reader) -> None:
    sentence = "展厅里的样品由讲解员逐一介绍，" * 15 + "结束。"
    other = "展厅另外陈列了一百种样品，" * 8 + "结束。"
    assert len(composed(reader, "展厅有什么样品", a_document(sentence + other)).text) <= 300


def two_sources(first: str, second: str, scores: tuple[float, float]) -> list[Sentence]:
    documents = [
        replace(a_document(text, published=day), id=name, metadata=Metadata(title, published=day))
        for name, title, text, day in (
            ("a", "示例通报", first, date(2023, 5, 1)),
            ("b", "示例公告", second, date(2024, 6, 2)),
        )
    ]
    return [
        replace(a_sentence(d, 0, len(d.text), score), features={"kind": 1.0, "attached": 0.0})
        for d, score in zip(documents, scores, strict=True)
    ]


def test_two_documents_that_answer_otherwise_stand_side_by_side_with_their_days(reader: Reader) -> None:
    question = reader.read(Question("联合体有多少个"))
    extract = compose(question, two_sources("全市已建成12个联合体。", "全市已建成17个联合体。", (1.0, 0.95)))
    assert extract is not None
    assert extract.text.split("\n") == [
        "《示例通报》（2023年5月1日）：",
        "全市已建成12个联合体。",
        "《示例公告》（2024年6月2日）：",
        "全市已建成17个联合体。",
    ]
    assert len(extract.sentences) == 2


def test_a_document_that_says_the_same_again_is_not_shown_twice(reader: Reader) -> None:
    question = reader.read(Question("联合体有多少个"))
    extract = compose(question, two_sources("全市已建成12个联合体。", "全市已建成12个联合体。", (1.0, 0.99)))
    assert extract is not None
    assert extract.text == "全市已建成12个联合体。"


def test_a_document_that_answers_far_worse_is_left_out(reader: Reader) -> None:
    question = reader.read(Question("联合体有多少个"))
    extract = compose(question, two_sources("全市已建成12个联合体。", "全市已建成17个联合体。", (1.0, 0.5)))
    assert extract is not None
    assert extract.text == "全市已建成12个联合体。"


def test_a_sentence_that_leans_on_the_one_before_comes_with_it(reader: Reader) -> None:
    document = a_document("机构有下列行为的，责令改正。情节严重的，撤销批准文件。")
    at = document.text.index("情节")
    found = [a_sentence(document, at, len(document.text), 1.0), a_sentence(document, 0, at, 0.3)]
    extract = compose(reader.read(Question("会撤销批准文件吗")), found)
    assert extract is not None
    assert extract.text.startswith("机构有下列行为的，责令改正。")
