"""A term is answered by the sentence that defines just this term, in the document that may answer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from knowledge.terms import Segmenter
from retrieval.answers import Answer, Outcome
from retrieval.definitions import Definitions
from retrieval.search import Shelf
from tests.retrieval.conftest import OpenWorld
from tests.retrieval.world import World, open_world

LAW = """# 示例质量法

2018年12月29日 示例市人民代表大会公布

第一条 为了加强对质量的监督管理，制定本法。

第二条 从事产品生产、销售活动，必须遵守本法。

本法所称产品是指经过加工、制作，用于销售的产品。

建设工程不适用本法规定。

第三条 本法所称缺陷，是指产品存在不合理的危险；产品有国家标准的，是指不符合该标准。

第四条 属于向销售者提供产品的其他销售者（以下简称供货者）的责任的，销售者有权追偿。

第五条 缺陷产品的生产者应当召回。

第六条 本法所称标准，是指统一的技术要求。
"""

RULES = """# 示例认证条例

2021年3月1日 示例市人民政府公布

第一条 为了规范认证活动，制定本条例。

第二条 本条例所称认证，是指由认证机构证明产品符合标准的评定活动。

本条例所称认可（含复评），是指对认证机构的能力予以承认的评定活动。

第三条 认证机构由市局批准，产品由检验机构检验。

第九条 本条例下列用语的含义：

（一）样品，是指由委托方提供的产品；

（二）“报告”，是指下列文件：

1. 检测报告；

2. 证书。
"""

NEWER_RULES = RULES.replace("2021年3月1日", "2023年7月20日").replace("符合标准的", "符合标准和技术规范的")

STANDARD = """# 车间检验规范

T/SLGL 007-2024

## 3 术语和定义

下列术语和定义适用于本文件。

### 3.1 产品 product

车间交出的光缆。

注：不含半成品。

3.2 点检：每班开始前的检查。

### 3.3 不合格（不符合） nonconformity

未满足要求。

## 4 要求

样品：应编号。
"""

NEWS = """示例追溯平台启动

团体标准是指由团体制定的标准。会上还介绍了追溯码。追溯码由企业贴在盘上。
"""

FILES = {
    "示例质量法(2018-12-29).md": LAW,
    "示例认证条例(2021-03-01).md": RULES,
    "示例认证条例(2023-07-20).md": NEWER_RULES,
    "车间检验规范.md": STANDARD,
    "启动会.txt": NEWS,
}


@pytest.fixture(scope="module")
def shop(segmenter: Segmenter, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Only to be asked, never changed."""
    world = open_world(tmp_path_factory.mktemp("shop"), segmenter, files=FILES, entries=())
    yield world
    world.database.close()


def asked(world: World, text: str, *history: str) -> Answer | None:
    catalog, question = world.catalog, world.read(text, *history)
    shelf = Shelf(documents={one.id: one for one in catalog.shelf(question.today)}, day=question.today)
    admitted = (one for one in shelf.documents.values() if shelf.admits(one, question))
    return Definitions(catalog.document, catalog.document_chunks).answer(question, admitted)


def said(world: World, text: str, *history: str) -> str:
    answer = asked(world, text, *history)
    assert answer is not None, text
    assert (answer.outcome, answer.kind) == (Outcome.ANSWERED, "clause")
    assert answer.citations
    for citation in answer.citations:
        assert citation.document_id
        held = world.catalog.document(citation.document_id)
        assert held.text[citation.start : citation.end] == citation.quote
        assert citation.chunk_id
    return answer.text


# ------------------------------------------------------------------ nothing is made up


@pytest.mark.parametrize(
    "question",
    [
        "认证机构是什么时候批准的",
        "产品是谁检验的",
        "认证机构的定义",  # merely holds a term that is defined
        "缺陷产品是什么意思",
        "认证的产品是什么",
        "这个产品是什么",
        "产品是什么标准",
        "认证流程是什么",
        "要求是什么意思",
        "追溯码是什么",
        "认证和追溯码的区别",  # only one of the two is defined
        "认证的区别",
        "认证有什么要求",
        "药品管理法里的产品怎么定义",  # which is not here
        "示例质量法里的认证是什么意思",  # which does not define it
        "旧版条例里认证的定义",
        "检测报告是什么",  # an item of a definition, and none itself
    ],
)
def test_what_no_document_defines_is_not_answered_with_a_definition(shop: World, question: str) -> None:
    assert asked(shop, question) is None


def test_a_word_for_something_is_not_the_term_in_a_conversation_about_another_thing(shop: World) -> None:
    assert said(shop, "标准是什么") == said(shop, "什么是标准") == "本法所称标准，是指统一的技术要求。"
    assert asked(shop, "标准是什么", "送检光缆的费用怎么算") is None
    assert said(shop, "标准的定义", "送检光缆的费用怎么算")


def test_what_a_name_is_short_for_answers_only_who_asks_for_its_meaning(shop: World) -> None:
    assert asked(shop, "供货者是什么") is None
    assert "（以下简称供货者）" in said(shop, "供货者是什么意思")


# ------------------------------------------------------------------ one term


@pytest.mark.parametrize(
    "question",
    [
        "缺陷的定义",
        "缺陷的定义是什么",
        "缺陷是什么意思",
        "缺陷是指什么",
        "缺陷指的是什么？",
        "什么是缺陷",
        "什么叫缺陷",
        "啥叫缺陷",
        "“缺陷”的含义",
        "请问缺陷这个词是什么意思呢？",
        "缺陷怎么定义",
        "示例质量法里的缺陷怎么定义",
        "《示例质量法》中缺陷是什么意思",
        "质量法规定的缺陷是什么",
        "缺陷在示例质量法里是什么意思",
        "法律上的缺陷是指什么",
        "什么样的产品算缺陷产品",
        "怎样的产品才算有缺陷",
    ],
)
def test_a_statute_defines_with_its_whole_sentence(shop: World, question: str) -> None:
    assert said(shop, question) == ("本法所称缺陷，是指产品存在不合理的危险；产品有国家标准的，是指不符合该标准。")


def test_a_paragraph_that_is_not_the_first_is_cited_by_its_article(shop: World) -> None:
    answer = asked(shop, "认可的定义")
    assert answer is not None
    assert answer.text == "本条例所称认可（含复评），是指对认证机构的能力予以承认的评定活动。"
    assert [c.clause for c in answer.citations] == ["第二条"]


def test_an_item_of_the_terms_used_is_shown_with_what_stands_under_it(shop: World) -> None:
    assert said(shop, "样品是什么") == "样品，是指由委托方提供的产品。"
    assert said(shop, "报告的定义") == "“报告”，是指下列文件：\n1. 检测报告；\n2. 证书。"


def test_a_clause_of_the_terms_is_found_by_each_of_its_names(shop: World) -> None:
    text = "不合格（不符合） nonconformity：未满足要求。"
    assert said(shop, "什么是不合格") == said(shop, "不符合的定义") == said(shop, "nonconformity是什么意思") == text
    assert said(shop, "点检是什么") == "点检：每班开始前的检查。"


def test_a_sentence_of_any_text_may_define_and_a_synonym_finds_it(shop: World) -> None:
    assert said(shop, "团标是什么意思") == said(shop, "团体标准是什么") == "团体标准是指由团体制定的标准。"


def test_a_lead_in_brings_its_list(fresh_world: OpenWorld) -> None:
    text = (
        "# 示例办法\n\n第一条 本办法所称检测，是指下列活动：\n\n（一）检验；\n\n（二）试验。\n\n第二条 不适用于自检。\n"
    )
    world = fresh_world(files={"示例办法.md": text}, entries=())
    assert said(world, "检测的定义") == "本办法所称检测，是指下列活动：\n（一）检验；\n（二）试验。"


def test_what_only_goes_on_with_a_definition_belongs_to_it(fresh_world: OpenWorld) -> None:
    text = "# 示例办法\n\n第一条 本办法所称产品，是指成缆。不包括半成品。产品应当贴码。\n"
    world = fresh_world(files={"示例办法.md": text}, entries=())
    assert said(world, "产品的定义") == "本办法所称产品，是指成缆。不包括半成品。"


# ------------------------------------------------------------------ which document


def test_of_two_documents_the_higher_goes_first_and_the_other_stands_beside_it(shop: World) -> None:
    assert said(shop, "产品的定义").split("\n") == [
        "本法所称产品是指经过加工、制作，用于销售的产品。（依据《示例质量法》第二条）",
        "产品 product：车间交出的光缆。",
        "注：不含半成品。（依据《车间检验规范》3.1）",
    ]


@pytest.mark.parametrize("question", ["车间检验规范里的产品怎么定义", "SLGL 007里的产品是什么意思"])
def test_a_document_that_is_named_answers_alone(shop: World, question: str) -> None:
    assert said(shop, question) == "产品 product：车间交出的光缆。\n注：不含半成品。"


def test_only_the_edition_in_force_defines_unless_a_time_is_named(shop: World) -> None:
    assert "技术规范" in said(shop, "认证的定义")
    assert "技术规范" not in said(shop, "2022年的时候认证的定义")
    assert "技术规范" not in said(shop, "2021年版示例认证条例里认证是什么意思")


# ------------------------------------------------------------------ two terms


@pytest.mark.parametrize(
    "question",
    [
        "认证和认可的区别",
        "认证与认可有什么不同",
        "认证跟认可有啥区别？",
        "认证和认可区别是什么",
        "认证和认可之间有什么不一样",
        "怎么区分认证和认可",
        "认证和认可是一回事吗",
        "认证、认可分别是什么意思",
        "示例认证条例中认证和认可的区别",
    ],
)
def test_two_terms_are_defined_one_a_line_each_with_its_source(shop: World, question: str) -> None:
    assert said(shop, question).split("\n") == [
        "本条例所称认证，是指由认证机构证明产品符合标准和技术规范的评定活动。（依据《示例认证条例》第二条）",
        "本条例所称认可（含复评），是指对认证机构的能力予以承认的评定活动。（依据《示例认证条例》第二条）",
    ]


def test_two_terms_of_two_documents_come_each_from_its_own(shop: World) -> None:
    first, second = said(shop, "缺陷和认可的区别").split("\n")
    assert "《示例质量法》第三条" in first
    assert "《示例认证条例》第二条" in second
