"""What a file says of itself on its cover, in its first lines, in its name and in its closing articles."""

from __future__ import annotations

from datetime import date

import pytest

from knowledge.cleaning.front_page import read_front_page
from knowledge.documents import Metadata, ReadDocument, Status

COVER = """ICS 33.180.01
CCS M 33

团 体 标 准

T/ABCD 007—2024
代替 T/ABCD 007—2021

光纤跳线
外观检验规程
Visual inspection of optical patch cords

2024-05-06 发布          2024-08-01 实施
示例光电行业协会   发 布
前 言
"""


def front_page(text: str, name: str = "文件.docx", title: str | None = None) -> Metadata:
    return read_front_page(text, ReadDocument(text, (), "text/plain", title), name)


def test_a_cover_page_tells_number_title_days_issuer_and_what_is_replaced() -> None:
    assert front_page(COVER, title="Microsoft Word - 送审稿.doc") == Metadata(
        title="光纤跳线 外观检验规程",
        body="示例光电行业协会",
        number="T/ABCD 007-2024",
        edition="2024",
        published=date(2024, 5, 6),
        effective=date(2024, 8, 1),
        replaces="T/ABCD 007-2021",
    )


def test_a_national_standard_names_the_international_one_beside_its_own_number() -> None:
    page = front_page("ICS 03.120\nGB/T 99001—2020/ISO 9901:2019\n代替 GB/T 99001—2012，GB/T 99002—2012\n示例 要求\n")
    assert (page.number, page.edition, page.title) == ("GB/T 99001-2020", "2020", "示例 要求")
    assert page.replaces == "GB/T 99001-2012、GB/T 99002-2012"


def test_a_cover_without_dates_is_one_by_its_classification_and_never_by_a_number_alone() -> None:
    assert front_page("ICS 33.180\nT/ABCD 007—2024\n光纤跳线检验\n").edition == "2024"
    assert front_page("检验说明\nT/ABCD 007—2024\n光纤跳线检验\n").edition is None


def test_a_foreword_says_what_is_replaced_and_a_part_of_it_does_not_count() -> None:
    title = "# T/ABCD 007—2024 光纤跳线\n\n## 前言\n\n"
    assert front_page(title + "本文件代替T/ABCD 007—2021《光纤跳线》，与之相比有改动。\n").replaces == "T/ABCD 007-2021"
    assert front_page(title + "本文件代替部分T/ABCD 006—2021的内容。\n").replaces is None


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("GB-T 99001-2016 示例体系 要求.pdf", "GB/T 99001-2016"),
        ("GB∕T 99001-2016.pdf", "GB/T 99001-2016"),
        ("GBT99001-2016示例.pdf", "GB/T 99001-2016"),
        ("T-ABCD 007-2024 跳线.docx", "T/ABCD 007-2024"),
        ("T_ABCD_007-2024.docx", "T/ABCD 007-2024"),
    ],
)
def test_a_file_named_after_a_standard_is_that_standard(name: str, number: str) -> None:
    page = front_page("1 范围\n本文件规定了检验。\n", name)
    assert (page.number, page.edition) == (number, number[-4:])
    assert page.title == name.rpartition(".")[0]


def test_a_news_item_on_a_standard_has_neither_its_edition_nor_its_dates() -> None:
    news = (
        "T/ABCD 007—2024 光纤跳线标准发布\n发布日期：2024-05-07 来源：示例网\n"
        "本标准代替T/ABCD 007—2021。本办法自2020年1月1日起废止。\n"
    )
    page = front_page(news, "news.txt")
    assert (page.edition, page.replaces, page.repealed) == (None, None, None)
    assert page.published == date(2024, 5, 7)


def test_what_is_written_about_a_standard_is_not_the_standard() -> None:
    assert front_page("# T/ABCD 007—2024 宣贯培训\n\n第一讲 范围\n", "宣贯.pptx").edition is None
    assert front_page("光纤跳线\n", "T-ABCD 007-2024 编制说明.docx").edition is None


RULES = """示例计量管理办法

（2015年3月2日示例市政府令第8号公布　根据2018年6月1日《示例市政府关于修改部分规章的决定》第一次修订　根据2022年9月9日《示例市政府关于修改和废止部分规章的决定》第二次修订）

第一条 为了管理计量，制定本办法。

第九条 """


def test_a_decree_s_history_gives_the_edition_by_its_last_revision() -> None:
    page = front_page(RULES + "本办法自2015年5月1日起施行。\n")
    assert (page.edition, page.published) == ("2022-09-09", date(2022, 9, 9))
    assert page.effective == date(2015, 5, 1)


def test_the_closing_article_names_what_it_repeals() -> None:
    page = front_page(
        RULES
        + "本办法自2015年5月1日起施行，有效期10年。《示例计量暂行办法》（示例〔2009〕3号）、《示例检定规定》同时废止。\n"
    )
    assert page.replaces == "《示例计量暂行办法》、《示例检定规定》"
    assert page.repealed == date(2025, 5, 1)


def test_an_article_that_is_repealed_is_not_a_document() -> None:
    page = front_page(RULES + "本办法自2015年5月1日起施行。《示例收费规定》第三条同时废止。\n")
    assert page.replaces is None


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("本办法自2024年7月1日起废止。", date(2024, 7, 1)),
        ("本办法自2015年5月1日起施行，有效期至2024年12月31日。", date(2025, 1, 1)),
        ("认证证书有效期为3年，自2015年5月1日起计算。", None),
        ("《示例旧办法》自2012年1月1日起废止。", None),
    ],
)
def test_the_day_on_which_a_regulation_ends_is_the_one_it_states_of_itself(said: str, day: date | None) -> None:
    assert front_page(RULES + said + "\n").repealed == day


def test_a_page_that_states_repeal_and_a_successor_is_believed() -> None:
    page = front_page("# GB/T 99001—2012 示例\n状态：废止\n本标准已被GB/T 99001—2020代替\n")
    assert page.status is Status.REPEALED
    assert page.replaced_by == "GB/T 99001-2020"


def test_days_that_do_not_exist_are_no_days() -> None:
    page = front_page("ICS 33\nT/ABCD 007—2024\n跳线检验\n2024-02-30 发布 2024-13-01 实施\n")
    assert (page.published, page.effective) == (None, None)
