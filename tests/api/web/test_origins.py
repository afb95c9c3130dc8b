"""Whose pages may embed the chat and call the API."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.errors import SettingsInvalid
from api.settings import origin_of, read_settings
from api.wiring import Assistant

ALLOWED, OUR_OWN = "https://www.example.org", "https://kb.example.org"
QUESTION = {"message": "证书有效期几年", "key": "k-origin", "conversation": "c"}

Open = Callable[..., TestClient]


@pytest.fixture
def door(assistant: Assistant) -> TestClient:
    web = replace(assistant.settings.web, widget_origins=(ALLOWED,), public_url=OUR_OWN + "/")
    app = create_app(replace(assistant, settings=replace(assistant.settings, web=web)))
    return TestClient(app, base_url="http://internal:8000")


def ancestors(client: TestClient, path: str) -> str:
    policy = client.get(path).headers["content-security-policy"]
    return policy.split("frame-ancestors ")[1]


# ── refusals first ─────────────────────────────────────


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "https://www.example.org.evil.example",
        "http://www.example.org",
        "https://WWW.example.org",
    ],
)
def test_a_page_of_another_origin_may_not_call_the_api_and_is_told_why(door: TestClient, origin: str) -> None:
    response = door.post("/api/chat", json=QUESTION, headers={"Origin": origin})
    assert response.status_code == 403
    assert origin in response.json()["message"]
    assert "GUANGZHI_WIDGET_ORIGINS" in response.json()["message"]
    assert "access-control-allow-origin" not in response.headers


def test_a_question_in_plain_text_needs_no_preflight_and_is_refused_all_the_same(door: TestClient) -> None:
    headers = {"Origin": "https://evil.example", "Content-Type": "text/plain"}
    assert door.post("/api/chat", content='{"message": "问"}', headers=headers).status_code == 403


def test_a_preflight_from_elsewhere_is_refused(door: TestClient) -> None:
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    response = door.options("/api/chat", headers=headers)
    assert response.status_code == 403
    assert "access-control-allow-origin" not in response.headers


def test_a_page_that_names_an_origin_that_was_not_allowed_gets_a_page_that_says_so(door: TestClient) -> None:
    response = door.get("/widget", params={"host": "https://evil.example/<script>"})
    assert response.status_code == 403
    assert "没有获准嵌入" in response.text
    assert "https://evil.example/&lt;script&gt;" in response.text
    assert "composer" not in response.text
    assert response.headers["content-security-policy"].endswith("frame-ancestors *")


@pytest.mark.parametrize(
    "value",
    [
        "www.example.org",
        "https://a.example/path",
        "ftp://a.example",
        "https://",
        "*",
        "https://*.example.org",
        "https://a.example;script-src *",
        "https://a.example:x",
        "https://user@a.example",
        "https://a.example?x=1",
    ],
)
def test_an_origin_that_is_none_is_refused_by_name_when_starting(value: str) -> None:
    with pytest.raises(SettingsInvalid, match="GUANGZHI_WIDGET_ORIGINS"):
        read_settings({"GUANGZHI_WIDGET_ORIGINS": f"https://b.example,{value}"})


# ── what is allowed ────────────────────────────────────


def test_without_a_setting_only_our_own_pages_may_show_the_chat(client: TestClient) -> None:
    for path in ("/", "/widget", "/h5", "/about", "/nope"):
        assert ancestors(client, path) == "'self'", path
    assert client.get("/widget", params={"host": "https://www.example.org"}).status_code == 403
    assert client.get("/widget", params={"host": "http://testserver"}).status_code == 200


def test_an_allowed_page_may_show_the_widget_and_nothing_else_of_ours(door: TestClient) -> None:
    assert ancestors(door, f"/widget?host={ALLOWED}") == f"'self' {ALLOWED}"
    for path in ("/", "/h5", "/about"):
        assert ancestors(door, path) == "'self'"


def test_a_page_that_lies_about_itself_is_still_held_against_the_list(door: TestClient) -> None:
    assert "evil" not in ancestors(door, f"/widget?host={ALLOWED}")


def test_the_policy_stays_when_the_page_is_taken_from_the_cache(door: TestClient) -> None:
    path = f"/widget?host={ALLOWED}"
    fresh = door.get(path)
    kept = door.get(path, headers={"If-None-Match": fresh.headers["etag"]})
    assert kept.status_code == 304
    assert kept.headers["content-security-policy"] == fresh.headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/widget", "/widget?host=https://evil.example", "/h5", "/"])
def test_no_policy_allows_what_is_written_inline(door: TestClient, path: str) -> None:
    response = door.get(path)
    assert "unsafe" not in response.headers["content-security-policy"]
    assert " style=" not in response.text
    assert "<style" not in response.text
    assert response.text.count("<script") == response.text.count('<script type="module" src=') + response.text.count(
        "<script nomodule defer src="
    )


def test_an_allowed_page_may_call_the_api_without_who_is_logged_in(door: TestClient) -> None:
    response = door.get("/api/turns/nobody", headers={"Origin": ALLOWED})
    assert response.status_code == 404
    assert response.headers["access-control-allow-origin"] == ALLOWED
    assert response.headers["vary"] == "Origin"
    assert "access-control-allow-credentials" not in response.headers
    asking = {
        "Origin": ALLOWED,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    preflight = door.options("/api/chat", headers=asking)
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-headers"] == "Content-Type"


@pytest.mark.parametrize(
    "headers",
    [
        {},  # a program
        {"Origin": "http://internal:8000"},
        {"Origin": OUR_OWN},  # the proxy changed scheme and host
        {"Origin": "https://other.example", "Sec-Fetch-Site": "same-origin"},  # so did one that we know nothing of
        {"Origin": "https://outside.example", "X-Forwarded-Host": "outside.example"},
    ],
)
def test_our_own_pages_and_programs_may_call_the_api_behind_any_proxy(
    door: TestClient, headers: dict[str, str]
) -> None:
    assert door.get("/api/turns/nobody", headers=headers).status_code == 404


def test_the_script_may_be_included_by_every_page_and_is_kept(door: TestClient) -> None:
    response = door.get("/widget.js")
    assert response.headers["content-type"].startswith("text/javascript")
    assert response.headers["cache-control"] == "public, max-age=3600"
    assert response.headers["cross-origin-resource-policy"] == "cross-origin"
    assert door.get("/widget.js", headers={"If-None-Match": response.headers["etag"]}).status_code == 304


def test_origins_are_written_as_browsers_write_them() -> None:
    given = "https://WWW.Example.org:443/，http://a.example:8080 https://中国.example"
    origins = read_settings({"GUANGZHI_WIDGET_ORIGINS": given}).web.widget_origins
    assert origins == ("https://www.example.org", "http://a.example:8080", "https://xn--fiqs8s.example")
    assert origin_of("http://[::1]:80") is None
