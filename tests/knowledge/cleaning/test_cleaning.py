"""One whole page through the cleaning, and the five pages the product was first made for."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from knowledge.cleaning import CleanDocument, clean
from knowledge.cleaning.aligned import original_span
from knowledge.documents import Block, ReadDocument
from knowledge.readers import read

PAGE = """欢迎访问  某商会服务平台!
当前位置: 网站首页 商会新闻

标准宣贯会议顺利召开

发布日期:2024-11-29      来源:某网      作者:苏州市光电产业商会      阅读:76 次

00.png

今天(1129日)，会议召开。标准于今年3月立项，928日对外发布，930正式实施。证书应在90日内换发。
"""


def cleaned(text: str, media_type: str = "text/plain", name: str = "页面.txt") -> CleanDocument:
    return clean(ReadDocument(text, (Block(0, len(text)),), media_type), name)


def stands_on_its_original(document: CleanDocument, original: str) -> None:
    for repair in document.repairs:
        start, end = original_span(document.alignment, repair.start, repair.end)
        assert original[start:end] == repair.original
    for block in document.blocks:
        assert document.text[block.start : block.end].strip()


def test_a_document_written_as_a_document_keeps_its_words() -> None:
    text = "# 指南\n\n- 来源:供方\n\n今年928日前完成。\n\n重复的一行文字内容\n\n重复的一行文字内容"
    assert cleaned(text, "text/markdown", "指南.md").text == text


def test_a_crawled_page_loses_its_furniture_and_regains_its_dates() -> None:
    document = cleaned(PAGE)
    assert document.text.strip() == (
        "标准宣贯会议顺利召开\n\n"
        "今天(11月29日)，会议召开。标准于今年3月立项，9月28日对外发布，9月30日正式实施。证书应在90日内换发。"
    )
    assert document.metadata.published == date(2024, 11, 29)
    assert document.metadata.body == "苏州市光电产业商会"
    assert {r.meaning for r in document.repairs if r.original == "今年"} == {"2024年"}
    stands_on_its_original(document, PAGE)


def test_an_empty_page_stays_empty() -> None:
    assert cleaned("\n \n").text.strip() == ""


# ── the five seeds ─────────────────────────────────────

SEEDS = {
    "000_26138466c64f3997.txt": (
        ["今天(11月29日)", "9月28日对外发布,9月30日正式实施", "今年10月9日国家市场监督管理局", "陆遥主持会议"],
        ["阅读:76", "00.png", "欢迎访问", "928日"],
    ),
    "001_41e771278925d181.txt": (
        ["12个质量创新联合体", "专家学者", "万公里深海传输、万米深海水压和深海长寿命应用三大世界性难题", "800余项"],
        ["(zhì)", "質", "食品经营许可审查细则", "投稿"],
    ),
    "002_cbbc82171082db63.txt": (
        ["余额达36.77亿元,惠及小微企业751户", "建设质量强国 促进全球贸易", "953家"],
        ["86163400", "免责声明", "责任编辑", "图片新闻"],
    ),
    "003_ce2fef148473cc36.txt": (
        ["同线同标同质", "电话:0532-83890390", "青岛认证分中心"],
        ["访问量", "概要描述】国家认证认可监督管理委员会副主任刘卫军在回答记者提问时表示,质检总局、国家认监委已\n"],
    ),
    "004_4bce956d16c30861.txt": (
        ["黄埔区", "共同的质量管理体系", "产业链协同平台", "劉光明".replace("劉", "刘")],
        ["消费者协会主办", "责任编辑", "當前位置", "本文来源"],
    ),
}


@pytest.mark.parametrize("name", SEEDS)
def test_a_seed_keeps_what_people_ask_about_and_loses_the_page_around_it(name: str, seeds: Path) -> None:
    document = read(seeds / name)
    result = clean(document, name)
    present, absent = SEEDS[name]
    assert [part for part in present if part not in result.text] == []
    assert [part for part in absent if part in result.text] == []
    assert result.text.count(result.text.strip().split("\n")[-1]) == 1
    stands_on_its_original(result, document.original)


def test_a_body_that_was_crawled_twice_stands_once(seeds: Path) -> None:
    name = "001_41e771278925d181.txt"
    assert clean(read(seeds / name), name).text.count("苏州市市场监管局在全国首创开展质量创新联合体建设工作") == 1
