"""The page of an evaluation: what it says, and that a browser shows it whole on a desk and on a phone."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Browser, sync_playwright

from api.errors import ApiError
from api.evaluation_page import BAR_WIDTH, CURVE_HEIGHT, CURVE_WIDTH, bars_of, curve_of, page, write_page
from retrieval.evaluation.quotes import Quotes
from retrieval.evaluation.runs import Cited, Measure, Run, RunRow

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def a_run() -> Run:
    rows = (
        RunRow(
            "a",
            "证书几年有效",
            "答全",
            True,
            1.0,
            "证书",
            before=("用户：想办证书",),
            understood="证书 几年有效",
            answer="三年。",
            citations=(Cited("办法", "第二条", "有效期三年。", True), Cited("规则", "", "", None)),
            sureness=0.91,
            milliseconds=23.4,
        ),
        RunRow(
            "b",
            "<b>谁</b>来检",
            "答错",
            False,
            0.0,
            answer="不知道",
            missing=("检测所",),
            citations=(Cited("规程", "", "编造的话", False),),
        ),
        RunRow("c", "火星氧气罐", "拒对", True, 1.0, metrics={"本系统": 1.0}),
    )
    return Run(
        "questions",
        "小题库",
        datetime(2026, 1, 15, 8, tzinfo=UTC),
        "1+abcdef",
        {"去掉": "无"},
        (
            Measure("要点", "说到的", 0.5, 0.25, 0.75, 2),
            Measure("高出", "原样", -0.1, -0.3, 0.1, 3, least=-1.0),
            Measure("AUROC", "把握", 0.9, 0.9, 0.9, 3),
        ),
        rows,
        Quotes(1, 1, 1),
        ((1 / 3, 0.0), (2 / 3, 0.5), (1.0, 1 / 3)),
        (2 / 3, 0.5),
        {"字数": "12"},
    )


def test_the_page_says_what_the_run_says() -> None:
    text = page(a_run())
    for part in (
        "问答评测：小题库",
        "2 / 3",
        "1 / 2",
        "缺少的要点",
        "检测所",
        "有效期三年。",
        "与原文不符",
        "原文未收录",
    ):
        assert part in text
    for part in ("想办证书", "证书 几年有效", "0.91", "1+abcdef", "去掉", "23 毫秒", "现在的门槛答 66.7%"):
        assert part in text


def test_what_was_asked_cannot_become_markup() -> None:
    text = page(a_run())
    assert "<b>谁</b>" not in text
    assert "&lt;b&gt;谁" in text


def test_the_page_is_one_file_that_fetches_nothing() -> None:
    text = page(a_run())
    assert not re.search(r"(?:src|href)\s*=|@import|url\(", text)


def test_every_plot_is_well_formed_and_says_itself_in_words() -> None:
    plots = re.findall(r"<svg.*?</svg>", page(a_run()), re.S)
    assert len(plots) == 4
    for plot in plots:
        assert ElementTree.fromstring(plot).attrib["aria-label"]


def test_a_bar_runs_from_nothing_to_its_mean_with_its_interval() -> None:
    (bar,) = bars_of([Measure("要点", "说到的", 0.5, 0.25, 0.75, 2)]).bars
    assert (bar.start, bar.end) == (0.0, BAR_WIDTH / 2)
    assert (bar.low, bar.high) == (BAR_WIDTH / 4, BAR_WIDTH * 3 / 4)
    assert bar.bounded


def test_a_difference_is_drawn_from_a_zero_in_the_middle() -> None:
    drawn = bars_of([Measure("高出", "原样", -0.1, -0.2, 0.1, 3, least=-1.0)])
    assert drawn.zero == BAR_WIDTH / 2
    assert (drawn.bars[0].start, drawn.bars[0].end) == (BAR_WIDTH / 4, BAR_WIDTH / 2)
    assert drawn.bars[0].said.startswith("-0.100")


def test_the_curve_goes_right_with_coverage_and_up_with_risk() -> None:
    curve = curve_of(((0.5, 0.0), (1.0, 0.5)), (0.5, 0.0))
    first, last = (tuple(float(x) for x in point.split(",")) for point in curve.points.split(" "))
    assert first == (CURVE_WIDTH / 2, CURVE_HEIGHT)
    assert last[0] == CURVE_WIDTH
    assert 0 <= last[1] < CURVE_HEIGHT / 2
    assert curve.stands_at == first


def test_a_page_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(ApiError, match="没有的目录"):
        write_page(a_run(), tmp_path / "没有的目录" / "报告.html")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("Chromium is missing: sudo apt-get install -y chromium")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


@pytest.mark.slow
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_a_browser_shows_it_whole_and_hides_what_is_not_wanted(
    browser: Browser, tmp_path: Path, width: int, scheme: str
) -> None:
    write_page(a_run(), tmp_path / "报告.html")
    context = browser.new_context(viewport={"width": width, "height": 740}, color_scheme=scheme)  # type: ignore[arg-type]
    shown = context.new_page()
    said: list[str] = []
    shown.on("console", lambda message: said.append(message.text))
    shown.goto((tmp_path / "报告.html").as_uri())
    assert shown.evaluate("document.documentElement.scrollWidth") <= width
    ground = shown.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == ("rgb(245, 246, 246)" if scheme == "light" else "rgb(18, 23, 26)")
    assert shown.locator("details:visible").count() == 3
    shown.get_by_label("答错").uncheck()
    assert shown.locator("details:visible").count() == 2
    shown.locator("summary").first.click()
    assert shown.get_by_text("有效期三年。").is_visible()
    assert said == []
    context.close()
