"""From a question to the very characters it rests on, with the documents the project began with."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.journeys.household import QUOTED, Household

pytestmark = pytest.mark.slow

PUBLISHED = "光电产业链质量管理体系要求这个团标什么时候发布、什么时候实施"
LOANS = "苏质贷余额多少、惠及多少户"
WEATHER = "今天苏州天气怎么样"


@pytest.fixture
def settled(by_meaning: Household, seeds: Path) -> Household:
    by_meaning.serve()
    by_meaning.run("ingest", seeds)
    return by_meaning


def test_the_seeds_are_answered_with_quotes_that_stand_where_they_say(settled: Household) -> None:
    published = settled.visitor_asks(PUBLISHED, "1").done
    assert published["outcome"] == "answered"
    assert "9月28日" in published["text"]
    assert "9月30日" in published["text"]
    stood = "".join(one["original"] or one["quote"] for one in published["citations"])
    assert "928日" in stood
    assert ["9月28日", "928日"] in [pair for one in published["citations"] for pair in one["inferences"]]

    loans = settled.visitor_asks(LOANS, "2").done
    assert loans["outcome"] == "answered"
    assert "36.77亿元" in loans["text"]
    assert "751户" in loans["text"]
    assert "36.77" in "".join(one["quote"] for one in loans["citations"])

    weather = settled.visitor_asks(WEATHER, "3").done
    assert (weather["outcome"], weather["citations"]) == ("not_in_knowledge", [])

    for answer in (published, loans):
        assert shown_as_stored(settled, answer) > 0
    page = settled.get(
        next(one["evidence_url"] for one in published["citations"] if "928日" in (one["original"] or ""))
    )
    assert "推断" in page.text
    assert "928日" in marked(page.text)[-1]

    terminal = settled.run("ask", PUBLISHED)
    assert "原文“928日”" in terminal
    assert "9月28日" in terminal
    assert "资料里没有" in settled.run("ask", WEATHER)


def shown_as_stored(household: Household, answer: dict[str, Any]) -> int:
    """How many quotes were found: in the database at their offsets, and highlighted on their page."""
    checked = 0
    for citation in answer["citations"]:
        if not citation["quote"]:
            continue
        url = urlsplit(citation["evidence_url"])
        start, end = (int(parse_qs(url.query)[name][0]) for name in ("start", "end"))
        ((text,),) = household.rows(f"select text from documents where id = '{url.path.rsplit('/')[-1]}'")
        assert text[start:end] == citation["quote"]
        page = household.get(citation["evidence_url"])
        assert page.status_code == 200
        assert marked(page.text)[0] == citation["quote"]
        checked += 1
    return checked


def marked(page: str) -> list[str]:
    return [html.unescape(text) for text in re.findall(r"<mark[^>]*>(.*?)</mark>", page, re.S)]


def test_a_page_that_is_no_evidence_says_so(serving: Household) -> None:
    told = serving.visitor_asks(QUOTED).done
    url = next(one["evidence_url"] for one in told["citations"] if one["evidence_url"])
    beyond = serving.get(urlsplit(url).path + "?start=0&end=99999999")
    assert (beyond.status_code, "没有找到这段文字" in beyond.text) == (200, True)
    gone = serving.get("/evidence/0000000000000000?start=0&end=3")
    assert (gone.status_code, "可能已经移除" in gone.text) == (404, True)
