"""What a page says around its article goes; what an article says stays."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from knowledge.cleaning.aligned import AlignedText, Edit
from knowledge.cleaning.furniture import (
    blank_line_edits,
    empty_stretch_edits,
    furniture_edits,
    masthead_edits,
    repetition_edits,
)


def edited(text: str, *rules: Callable[[str], Iterable[Edit]]) -> str:
    aligned = AlignedText(text)
    for rule in rules:
        aligned.edit(rule(aligned.text))
    return aligned.text


@pytest.mark.parametrize(
    "line",
    [
        "地址:青岛市市南区澳门路98号",
        "电话:0532-83890390",
        "组织应当保留责任编辑的记录。",
        "来源于供方的产品，组织应当验证其符合要求并保留记录。",
        "欢迎企业申请认证。",
        "（三）作者依法享有的权利不受影响，认证机构应当注明出处并取得许可。",
    ],
)
def test_a_line_of_the_article_stays(line: str) -> None:
    assert edited(line, furniture_edits) == line


@pytest.mark.parametrize(
    "line",
    [
        "当前位置: 网站首页 新闻资讯 商会新闻",
        "欢迎访问  苏州市光电产业商会综合赋能服务平台!",
        "00.png",
        "【责任编辑:陆超】",
        "责任编辑:张林保",
        "江苏苏讯网客服:025-86163400",
        "原文地址:https://jsnews.jschina.com.cn/a.html",
        "- 来源:",
        "- 访问量:0",
        "- 安徽首批防作弊电子计价秤投入使用(2024-11-23)",
        "图片新闻",
        "国家市场监督管理总局主管",
        "发布日期:2024-11-29      来源:光电产业网      作者:苏州市光电产业商会      阅读:76 次",
    ],
)
def test_a_line_of_the_page_goes(line: str) -> None:
    assert edited(f"正文在前。\n{line}\n正文在后。", furniture_edits) == "正文在前。\n\n正文在后。"


def test_a_short_line_may_stand_twice_and_a_long_one_only_once() -> None:
    text = "合格\n第一次出现的一段正文。\n合格\n【概要描述】第一次出现的一段正文。\n完"
    assert edited(text, repetition_edits) == "合格\n第一次出现的一段正文。\n合格\n\n完"


def test_what_stands_above_the_title_goes() -> None:
    assert (
        edited("某某平台\n关于认证的通知\n正文。", lambda t: masthead_edits(t, "关于认证的通知"))
        == "关于认证的通知\n正文。"
    )


def test_a_sentence_that_mentions_the_title_is_no_masthead() -> None:
    text = "第一段说明背景。\n依据追溯指南开展工作。"
    assert edited(text, lambda t: masthead_edits(t, "追溯指南")) == text


def test_trailing_spaces_and_more_than_one_blank_line_go() -> None:
    assert edited("\n\n甲 \u3000\n\n\n\n乙\t\n\n", blank_line_edits, empty_stretch_edits).strip("\n") == "甲\n\n乙"


def test_a_hundred_thousand_spaces_inside_a_line_are_read_in_passing() -> None:
    text = "甲" + " " * 100_000 + "乙"
    assert edited(text, blank_line_edits) == text  # a square of the length would take minutes
