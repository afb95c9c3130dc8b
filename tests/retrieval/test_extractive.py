"""Sentences to an answer: cut only for the display and visibly, quoted whole, short enough for a phone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from knowledge.catalog import Shelved
from knowledge.clauses import find_clauses
from knowledge.documents import Chunk, Document, Metadata, Origin, Repair
from knowledge.splitting import sentences
from retrieval.evaluation.questions import is_enumeration
from retrieval.evidence import Sentence
from retrieval.extractive import Extract, cite, closed, compose
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


def test_the_lead_of_a_list_never_ends_inside_a_word(reader: Reader) -> None:
    listed = "、".join(NAMES * 3)
    text = composed(reader, "企业有哪些", a_document(f"调研组走访企业,以及自主研发单位{listed}等。")).text
    assert text.split("\n")[:2] == ["调研组走访企业,", "以及自主研发单位甲光科技"]


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


# ------------------------------------------------------------------ 款 and lists, whole


def a_law(text: str) -> Document:
    return replace(a_document(text), clauses=find_clauses(text))


def found_in(reader: Reader, question: str, document: Document, *pieces: str) -> Extract:
    """What is composed of these pieces of the document, best first; every quote is verbatim."""
    at = [document.text.index(piece) for piece in pieces]
    ranked = [
        a_sentence(document, a, a + len(piece), 1.0 - n / 100)
        for n, (a, piece) in enumerate(zip(at, pieces, strict=True))
    ]
    extract = compose(reader.read(Question(question)), ranked)
    assert extract is not None
    for one in extract.sentences:
        assert cite(document, one.start, one.end).quote == document.text[one.start : one.end]
    return extract


PENALTY = (
    "第二条 销售失效产品的，责令停止销售，处货值金额二倍以下罚款；有违法所得的，没收违法所得；"
    "情节严重的，吊销营业执照；构成犯罪的，依法追究刑事责任。"
)
DUTIES = "第三条 供方有下列情形之一的，责令改正；逾期不改正的，处二万元罚款："
SHORT_LIST = [f"（{n}）伪造第{n}类检验记录的；" for n in "一二三四"] + ["（五）拒绝检查的。"]
LONG_LIST = [f"（{n}）伪造第{n}类检验记录{'或者检验报告' * 12}的；" for n in "一二三四五六七八"]


def law(*articles: str) -> Document:
    return a_law("\n\n".join(["# 示例条例", "第一条 为了示例，制定本条例。", *articles]) + "\n")


@pytest.mark.parametrize("piece", ["有违法所得的，没收违法所得；", "情节严重的，吊销营业执照；"])
def test_a_penalty_is_shown_to_the_end_of_its_paragraph(reader: Reader, piece: str) -> None:
    extract = found_in(reader, "销售失效产品怎么处罚", law(PENALTY), piece)
    assert extract.text == PENALTY
    assert [one.text for one in extract.sentences] == [PENALTY]
    assert extract.details == ""


def test_pieces_of_one_paragraph_are_one_stretch_and_one_quote(reader: Reader) -> None:
    head, tail = "第二条 销售失效产品的，责令停止销售，处货值金额二倍以下罚款；", "构成犯罪的，依法追究刑事责任。"
    extract = found_in(reader, "销售失效产品怎么处罚", law(PENALTY), head, tail)
    assert extract.text == PENALTY
    assert len(extract.sentences) == 1


def test_a_piece_beside_a_full_sentence_takes_that_sentence_in(reader: Reader) -> None:
    article = "第二条 发生纠纷可以协商解决。协商不成的，可以仲裁；没有仲裁协议的，可以起诉。"
    extract = found_in(
        reader, "发生纠纷如何解决", law(article), "第二条 发生纠纷可以协商解决。", "协商不成的，可以仲裁；"
    )
    assert extract.text == article


def test_a_paragraph_too_long_to_show_is_cut_at_a_mark_and_whole_in_the_details(reader: Reader) -> None:
    parts = "".join(f"有第{n}种情形、造成损失{'并且拒不改正' * 5}的，处{n}万元罚款；" for n in range(1, 9))
    article = f"第二条 供方{parts}情节严重的，吊销营业执照。"
    extract = found_in(reader, "供方怎么处罚", law(article), "第二条 供方有第1种情形")
    assert len(extract.text) <= 290
    assert extract.text.endswith("万元罚款\n……（回复“详细”看全文）")
    assert article.startswith(extract.text.split("\n")[0])
    assert extract.details == article
    assert [one.text for one in extract.sentences] == [article]
    last = found_in(reader, "什么情况吊销营业执照", law(article), "情节严重的，吊销营业执照。")
    assert last.text.startswith("……情节严重的，吊销营业执照。")


def test_a_clause_too_long_by_itself_shows_the_piece_that_was_found(reader: Reader) -> None:
    article = f"第二条 供方{'未按照规定保存检验记录，' * 60}处二万元罚款；情节严重的，吊销营业执照。"
    extract = found_in(reader, "供方罚多少钱", law(article), article[: article.index("情节")])
    assert "二万元" in extract.text
    assert extract.text.endswith("……（回复“详细”看全文）")
    assert len(extract.text) <= 290


@pytest.mark.parametrize("piece", ["逾期不改正的，处二万元罚款：", SHORT_LIST[2], SHORT_LIST[4]])
def test_a_list_is_shown_whole_with_what_leads_into_it(reader: Reader, piece: str) -> None:
    extract = found_in(reader, "供方哪些情形罚款", law("\n\n".join([DUTIES, *SHORT_LIST])), piece)
    assert extract.text.split("\n") == [DUTIES, *SHORT_LIST]
    assert is_enumeration(extract.text)


def test_of_a_list_too_long_the_first_items_are_shown_and_counted(reader: Reader) -> None:
    extract = found_in(reader, "供方哪些情形罚款", law("\n\n".join([DUTIES, *LONG_LIST])), DUTIES)
    shown = extract.text.split("\n")
    assert shown[: len(shown) - 1] == [DUTIES, *LONG_LIST][: len(shown) - 1]
    assert shown[-1] == "……共 8 项（回复“详细”看全文）"
    assert len(extract.text) <= 600
    assert extract.details.split("\n") == [DUTIES, *LONG_LIST]


def test_of_a_list_too_long_the_item_found_is_shown_under_the_lead_in(reader: Reader) -> None:
    extract = found_in(reader, "供方怎么处罚", law("\n\n".join([DUTIES, *LONG_LIST])), LONG_LIST[7])
    assert extract.text.split("\n") == [DUTIES, "……", LONG_LIST[7], "……共 8 项（回复“详细”看全文）"]


def test_a_second_article_is_added_whole_or_not_at_all(reader: Reader) -> None:
    short = "第三条 拒绝检查的，给予警告；拒不改正的，责令停业。"
    long = f"第四条 {'拒绝检查或者阻碍检查' * 15}的，给予警告；拒不改正的，责令停业。"
    document = law(PENALTY, short, long)
    head = "第二条 销售失效产品的，责令停止销售，处货值金额二倍以下罚款；"
    ranked = [
        replace(a_sentence(document, a, a + len(piece), score, frozenset({piece})), features={"kind": 1.0})
        for piece, score in ((head, 1.0), (short[:18], 0.9), (long[: long.index("；") + 1], 0.89))
        if (a := document.text.index(piece)) >= 0
    ]
    extract = compose(reader.read(Question("销售失效产品、拒绝检查怎么处罚")), ranked)
    assert extract is not None
    assert extract.text == f"{PENALTY}\n{short}"


def test_a_list_of_plain_text_goes_on_where_the_passage_ended(reader: Reader) -> None:
    items = [f"- 第{n}类检验记录" for n in range(1, 7)]
    document = a_document("\n".join(["报名要带的材料有：", *items]) + "\n\n其他事项另行通知。\n")
    part = "\n".join(["报名要带的材料有：", *items[:3]])
    extract = found_in(reader, "报名带什么", document, part)
    assert extract.text.split("\n") == ["报名要带的材料有：", *(item.replace("- ", "· ") for item in items)]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("展厅已经开放；", "展厅已经开放。"),
        ("名单如下：", "名单如下……"),
        ("展厅开放，", "展厅开放……"),
        ("展厅已经开放。", "展厅已经开放。"),
    ],
)
def test_no_answer_ends_on_an_open_mark(reader: Reader, text: str, shown: str) -> None:
    assert composed(reader, "展厅开放了吗", a_document(text)).text == shown
    assert closed("展厅已经开放；", unfinished=True) == "展厅已经开放……"


def test_a_long_sentence_is_shown_in_one_stretch(reader: Reader) -> None:
    filler = "".join(f"其他事项第{n}类由有关单位另行商定，" for n in range(12))
    document = a_document(f"{filler}展厅面积约600平方米，{filler}展厅另行开放。")
    shown = composed(reader, "展厅面积多少", document).text.strip("…")
    assert "展厅面积约600平方米" in shown
    assert shown in document.text


def test_what_a_law_says_of_itself_is_not_dated(reader: Reader) -> None:
    text = "第一条 为了示例，制定本条例。\n\n第二条 尚未售出的产品，责令销毁；已售出的，责令召回。\n"
    document = replace(a_law(text), metadata=Metadata("示例条例", published=date(2018, 12, 29)))
    assert "说法" not in found_in(reader, "尚未售出的怎么处理", document, "第二条 尚未售出的产品，责令销毁；").text


_CLAUSE = st.lists(
    st.tuples(
        st.sampled_from(["伪造记录的", "处二万元罚款", "，", "；", "。", "情节严重的", "检验报告"]), st.integers(1, 12)
    ),
    min_size=1,
    max_size=8,
).map(lambda parts: "".join(word * times for word, times in parts))


@given(
    leads=_CLAUSE,
    items=st.lists(_CLAUSE, max_size=9),
    end=st.sampled_from(["。", "；", "：", "，"]),
    question=st.sampled_from(["伪造记录怎么处罚", "有哪些情形", "检验报告几份"]),
    which=st.integers(0, 30),
)
@hypothesis_settings(max_examples=80, deadline=None, derandomize=True)
def test_an_article_is_short_enough_and_closed_whatever_stands_in_it(
    reader: Reader, leads: str, items: list[str], end: str, question: str, which: int
) -> None:
    listed = "".join(f"\n\n（{n}）{item}；" for n, item in zip("一二三四五六七八九", items, strict=False))
    document = law(f"第二条 供方{leads}{'：' if items else end}{listed}")
    spans = [
        (s, e) for s, e in sentences(document.text, 0, len(document.text)) if document.text[s:e].strip(" \n#；。，：")
    ]
    start, stop = spans[which % len(spans)]
    extract = compose(reader.read(Question(question)), [a_sentence(document, start, stop)])
    assert extract is not None
    assert extract.text.rstrip()[-1] not in "；：，、"
    assert len(extract.text) <= (600 if is_enumeration(extract.text) else 300)
    assert any(one.start <= start < one.end for one in extract.sentences)
    assert bool(extract.details) == ("回复“详细”" in extract.text)
