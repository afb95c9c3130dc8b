"""A person's words to a question that can be searched: mended, made whole, with what it asks for."""

from __future__ import annotations

from datetime import date

import pytest

from retrieval.questions import Exchange, Question, parse_history
from retrieval.understanding import Asked, Reader, Understood
from tests.retrieval.world import World


def read(reader: Reader, text: str, *history: str) -> Understood:
    return reader.read(Question(text, tuple(Exchange(one) for one in history)))


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("启动会什么时候召开", Asked.WHEN),
        ("有效期几年", Asked.WHEN),
        ("有多少家企业", Asked.HOW_MANY),
        ("余额多少", Asked.HOW_MANY),
        ("谁主持会议", Asked.WHO),
        ("由哪个部门负责", Asked.WHO),
        ("包括哪些单位", Asked.WHICH_LIST),
        ("能不能延期", Asked.WHETHER),
        ("需要重新申请吗", Asked.WHETHER),
        ("在哪里开会", Asked.WHERE),
        ("为什么要追溯", Asked.WHY),
        ("怎么申请", Asked.HOW),
        ("首席质量官是什么", Asked.DEFINITION),
        ("文号是多少", Asked.NUMBER),
        ("咨询电话", Asked.CONTACT),
        ("认证要多少钱", Asked.PRICE),
        ("会议主题是什么", Asked.TITLE),
        ("伪造证书怎么处罚", Asked.PENALTY),
    ],
)
def test_a_question_says_what_kind_of_thing_it_asks_for(reader: Reader, text: str, asked: Asked) -> None:
    assert asked in read(reader, text).asks_for


@pytest.mark.parametrize("text", ["首席质量官是什么", "证书怎么办", "第三条写了什么"])
def test_what_and_how_are_not_whether(reader: Reader, text: str) -> None:
    assert Asked.WHETHER not in read(reader, text).asks_for


def test_a_statement_asks_for_nothing_in_particular(reader: Reader) -> None:
    assert read(reader, "质量管理体系认证").asks_for == frozenset()


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("2022年11月29号有几家企业", ("2022年", "11月29日")),
        ("22年发布的文件", ("2022年",)),
        ("十一月二十九日开会吗", ("11月29日",)),
        ("3年内要复审吗", ()),
        ("GB/T 19001-2016 讲什么", ()),
    ],
)
def test_years_and_days_are_held_apart_in_the_spelling_of_the_texts(
    reader: Reader, text: str, figures: tuple[str, ...]
) -> None:
    assert read(reader, text).figures == figures


def test_clauses_and_standards_are_found_in_their_folded_spelling(reader: Reader) -> None:
    understood = read(reader, "ＧＢ／Ｔ 19001—2016 第 8.5.2 条讲什么")
    assert [c.number for c in understood.clauses] == ["8.5.2"]
    assert [s.number for s in understood.standards] == ["gb/t19001"]


# ------------------------------------------------------------------ spelling


@pytest.mark.parametrize("typed", ["苏质带", "苏质代", "苏质袋", "苏质贷"])
def test_a_word_that_sounds_like_one_of_the_fields_own_is_mended(reader: Reader, typed: str) -> None:
    assert read(reader, f"{typed}余额多少").text == "苏质贷余额多少"


@pytest.mark.parametrize(
    "text",
    ["光电联合体有多少家", "质量创新联合体怎么建", "光电全产业链是什么", "生产这种产品要认证吗", "违法计量罚多少"],
)
def test_characters_of_a_known_word_are_never_mended(reader: Reader, text: str) -> None:
    assert read(reader, text).text == text


def test_what_was_typed_is_kept_beside_what_was_understood(reader: Reader) -> None:
    understood = read(reader, "苏质带余额多少")
    assert understood.asked == "苏质带余额多少"


# ------------------------------------------------------------------ follow-ups


def test_a_follow_up_takes_the_topic_over_from_the_question_before(reader: Reader) -> None:
    understood = read(reader, "那费用呢", "质量管理体系认证怎么办理")
    assert understood.rewritten
    assert "认证" in understood.text
    assert understood.text.startswith("那费用呢")
    assert {c.word for c in understood.concepts if c.given} == {"费用"}
    assert any("认证" in c.word for c in understood.concepts if not c.given)


def test_a_follow_up_asks_only_for_what_it_says_itself(reader: Reader) -> None:
    asks_for = read(reader, "那费用呢", "启动会什么时候召开").asks_for
    assert Asked.PRICE in asks_for
    assert Asked.WHEN not in asks_for


def test_a_follow_up_to_a_follow_up_reaches_back_to_the_topic(reader: Reader) -> None:
    assert "立项" in read(reader, "要多久", "团体标准怎么立项", "那费用呢").text


@pytest.mark.parametrize(
    "text", ["产品质量法对生产者的产品质量责任怎么规定", "团体标准的编号规则和立项程序分别怎么规定"]
)
def test_a_complete_question_is_left_alone(reader: Reader, text: str) -> None:
    understood = read(reader, text, "质量管理体系认证怎么办理")
    assert not understood.rewritten
    assert understood.text == text


def test_a_clause_by_its_number_needs_no_context(reader: Reader) -> None:
    assert not read(reader, "第三条讲什么", "质量管理体系认证怎么办理").rewritten


def test_without_a_conversation_nothing_is_added(reader: Reader) -> None:
    assert read(reader, "那费用呢").text == "那费用呢"


def test_a_word_already_said_is_not_carried_again(reader: Reader) -> None:
    assert read(reader, "那认证费用呢", "认证费用").text.count("费用") == 1


# ------------------------------------------------------------------ as of a day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("按2020年版认证认可条例第十条怎么说", date(2020, 12, 31)),
        ("2021年的时候怎么规定", date(2021, 12, 31)),
        ("2021年那会儿罚多少", date(2021, 12, 31)),
        ("2021年时间安排", None),
        ("2021年有几家企业", None),
    ],
)
def test_a_question_about_an_earlier_time_says_as_of_when(reader: Reader, text: str, day: date | None) -> None:
    assert read(reader, text).as_of == day


# ------------------------------------------------------------------ anything typed


@pytest.mark.parametrize("text", ["?", "1", "😀", "……", "a" * 500, "第条", "〔〕", "\x00证书"])
def test_nothing_a_person_may_type_breaks_reading(reader: Reader, text: str) -> None:
    assert read(reader, text, text).asked == text


def test_a_history_is_read_from_spoken_lines() -> None:
    lines = ["用户：认证怎么办", "助手：先申请。", "那费用呢"]
    assert parse_history(lines) == (Exchange("认证怎么办", "先申请。"), Exchange("那费用呢"))


@pytest.mark.parametrize(
    ("text", "slot"),
    [
        ("联合体的不良率是多少", "不良率"),
        ("哪些银行能办", "银行"),
        ("周远什么职务", ""),
        ("9001的8.5.2", ""),
    ],
)
def test_what_a_question_asks_for_by_name_is_told(world: World, text: str, slot: str) -> None:
    assert world.read(text).slot in (slot, slot[:2])


@pytest.mark.parametrize("text", ["不合格品怎么处理", "不良率多少"])
def test_a_word_with_not_in_it_is_a_word_like_any_other(world: World, text: str) -> None:
    assert any(concept.word.startswith("不") for concept in world.read(text).concepts)


def test_what_was_not_granted_is_one_concept_in_the_wordings_of_the_rules(world: World) -> None:
    concept = next(c for c in world.read("找没批准的机构做检测会怎样").concepts if c.word == "未经批准")
    assert {"未批准", "未取得批准"} <= set(concept.spellings)


def test_an_item_of_a_list_is_found_as_lists_count(world: World) -> None:
    concept = next(c for c in world.read("十项行动里第十二项是什么").concepts if c.word == "第12项")
    assert {"十二是", "(十二)", "12."} <= set(concept.spellings)


def test_a_verb_parted_from_its_noun_is_put_together(world: World) -> None:
    assert "试点" in [concept.word for concept in world.read("最早在哪儿试的点").concepts]


def test_the_noun_that_only_names_the_kind_of_answer_weighs_little(world: World) -> None:
    weights = {c.word: c.weight for c in world.read("周远是什么职务").concepts}
    assert weights["职务"] < 0.5 * max(weights.values())


# ------------------------------------------------------------------ everyday words and the words of statutes


@pytest.mark.parametrize(
    ("everyday", "of_the_law"),
    [
        ("卖假货罚多少", "以假充真"),
        ("市监局能查封吗", "市场监督管理部门"),
        ("厂商要负责吗", "生产者"),
        ("经销商要负责吗", "销售者"),
        ("卖失效产品要坐牢吗", "刑事责任"),
        ("会被吊照吗", "吊销营业执照"),
        ("CCC目录谁制定", "统一的产品目录"),
        ("协会能担保吗", "承诺"),
        ("伪造检测报告怎么罚", "检验结果"),
        ("没有合格证怎么办", "质量检验合格证明"),
        ("检验费谁出", "检验费用"),
        ("千分尺多久校准", "监视和测量资源"),
        ("抽检不合格怎么办", "监督抽查"),
        ("多久之内起诉", "诉讼"),
    ],
)
def test_an_everyday_word_also_looks_for_the_word_of_the_statute(
    reader: Reader, everyday: str, of_the_law: str
) -> None:
    assert of_the_law in {spelling for c in read(reader, everyday).concepts for spelling in c.spellings}


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("标准化法由谁制定", "标准化法"),
        ("标准化法实施条例有几条", "标准化法实施条例"),
        ("合格证要哪些内容", "合格证"),
        ("要企业掏检验费吗", "检验费"),
        ("拒绝市场局来抽查会怎样", "市场局"),
        ("销售商不知道是假货", "假货"),
    ],
)
def test_a_word_of_the_field_stays_whole_even_where_no_text_held_has_it(world: World, text: str, whole: str) -> None:
    assert whole in [concept.word for concept in world.read(text).concepts]


@pytest.mark.parametrize(
    "text",
    [
        "拒绝市场局来抽查会怎样",
        "市场监管局查案时有什么职权",
        "今年能不能换家机构",
        "标准化法由谁制定",
        "帮人发证会怎样",
    ],
)
def test_what_is_left_between_known_words_weighs_no_more_than_a_verb(world: World, text: str) -> None:
    junk = {"局来", "时有", "换家", "法由", "帮人"}
    assert all(c.weight < 0.6 and not c.name for c in world.read(text).concepts if c.word in junk)


def test_a_name_that_no_text_has_still_weighs_as_one(world: World) -> None:
    assert any(c.name and c.weight >= 1.0 for c in world.read("刘德华多大年纪").concepts)


@pytest.mark.parametrize("text", ["追溯最晚到什么时候", "多少天之内", "最后怎么样"])
def test_what_only_asks_for_a_limit_is_no_concept(reader: Reader, text: str) -> None:
    assert not {"最晚", "之内", "最后"} & {c.word for c in read(reader, text).concepts}


def test_a_question_of_a_penalty_alone_leans_on_what_was_asked_before(world: World) -> None:
    assert "认证" in world.read("个人罚多少", "认证机构超范围认证怎么处罚").carried


# ------------------------------------------------------------------ negation


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("没校准的设备能用吗", {"校准"}),
        ("产品上没有写厂名", {"厂名"}),
        ("团标没有编号会怎么样", {"编号"}),
        ("产品没有合格证罚款多少", {"合格证"}),
        ("有没有合格证", set()),
        ("不合格品怎么返工", set()),
        ("能不能校准", set()),
        ("校准过期了没有", set()),
    ],
)
def test_what_is_said_not_to_be_so_is_marked(reader: Reader, text: str, denied: set[str]) -> None:
    assert {c.word for c in read(reader, text).concepts if c.negated} == denied


def test_he_is_whom_the_answer_before_named_by_office(world: World) -> None:
    world.answerer.search.shelf()  # what words the texts have is known from here on
    history = (Exchange("启动会谁主持", "由示例商会秘书长周远主持。"),)
    assert "周远" in world.answerer.reader.read(Question("他是哪个单位的", history)).text
    assert "周远" not in world.answerer.reader.read(Question("费用多少", history)).text
