from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api import home
from api.app import create_app
from api.evidence import evidence_page
from api.wiring import Assistant, open_assistant
from knowledge.documents import Document, Metadata, Origin, Repair, Status
from tests.api.conftest import settings_for


def document(**changes: object) -> Document:
    text = "会议消息。标准于9月28日发布。以后再说。"
    original = "会议消息。標準于928日发布。以后再说。"
    given: dict[str, object] = {
        "id": "doc",
        "source": "news.txt",
        "origin": Origin.FILE,
        "content_hash": "0",
        "media_type": "text/plain",
        "metadata": Metadata("会议", number="T/SOECC 1", status=Status.IN_FORCE),
        "original": original,
        "text": text,
        "alignment": ((0, 8, 0, 8), (8, 13, 8, 12), (13, 22, 12, 21)),
        "repairs": (Repair(8, 13, "928日", "日期缺「月」", inferred=True), Repair(17, 19, "x", "别处")),
    }
    return Document(**{**given, **changes})  # type: ignore[arg-type]


def test_a_quote_stands_between_what_is_before_and_after_it_as_read_and_as_it_came() -> None:
    page = evidence_page(document(), 5, 16)
    assert (page["before"], page["quote"], page["after"]) == ("会议消息。", "标准于9月28日发布。", "以后再说。")
    assert (page["original"], page["original_before"]) == ("標準于928日发布。", "会议消息。")
    assert [repair["original"] for repair in page["repairs"]] == ["928日"]


@pytest.mark.parametrize(("start", "end"), [(None, None), (5, 5), (9, 5), (0, 10_000), (-1, 3)])
def test_a_stretch_that_is_not_in_the_text_is_not_found(start: int | None, end: int | None) -> None:
    assert evidence_page(document(), start, end)["found"] is False


def test_the_evidence_page_highlights_the_quote(assistant: Assistant, client: TestClient) -> None:
    held = assistant.catalog.document(assistant.catalog.shelf()[0].id)
    start, end = 20, 45
    page = client.get(f"/evidence/{held.id}", params={"start": start, "end": end}).text
    marked = re.search(r'<mark id="quote"[^>]*>(.*?)</mark>', page, re.S)
    assert marked is not None
    assert html.unescape(marked[1]) == held.text[start:end]


@pytest.mark.parametrize("query", ["", "?start=x&end=y", "?start=5", "?start=1&end=99999999999999999999"])
def test_an_evidence_link_that_leads_nowhere_says_so(assistant: Assistant, client: TestClient, query: str) -> None:
    held = assistant.catalog.shelf()[0].id
    response = client.get(f"/evidence/{held}{query}")
    assert response.status_code == 200
    assert "没有找到这段文字" in response.text


def test_a_document_that_is_gone_is_a_404_in_words(client: TestClient) -> None:
    response = client.get("/evidence/nothing?start=0&end=5")
    assert response.status_code == 404
    assert "找不到这份文件" in response.text


def test_the_pages_and_their_files_are_safe_and_cached_by_tag(client: TestClient) -> None:
    for path in ("/", "/about", "/static/chat.js", "/nope", "/health"):
        headers = client.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cache-control"] == "no-cache"
    for path in ("/", "/static/chat.js"):
        tag = client.get(path).headers["etag"]
        assert client.get(path, headers={"If-None-Match": tag}).status_code == 304


def test_health_counts_what_is_known(client: TestClient) -> None:
    health = client.get("/health").json()
    assert health["ok"] is True
    assert health["faqs"] >= 60
    assert health["documents"] >= 3


def test_an_error_of_ours_is_told_in_words_and_with_safe_headers(assistant: Assistant, tmp_path: Path) -> None:
    own = open_assistant(settings_for(tmp_path), home.take(tmp_path))
    with TestClient(create_app(own), raise_server_exceptions=False) as client:
        own.database.close()
        with own.database.engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE documents")
        response = client.get("/about")
    own.close()
    assert response.status_code == 500
    assert "服务器出了点问题" in response.text
    assert "content-security-policy" in response.headers
