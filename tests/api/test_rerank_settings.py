"""The re-ranking service's settings: off by default, refused by name, the key never shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from api import home
from api.doctor import Finding, examine
from api.errors import SettingsInvalid
from api.settings import read_settings
from api.wiring import Assistant, open_assistant
from retrieval.reranking import RemoteReranker, RerankSettings

GIVEN = {"GUANGZHI_RERANK_URL": "http://127.0.0.1:9/v1"}


def test_no_service_is_asked_unless_one_is_named() -> None:
    assert read_settings({}).rerank is None


def test_the_address_is_enough() -> None:
    assert read_settings(GIVEN).rerank == RerankSettings("http://127.0.0.1:9/v1")


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"GUANGZHI_RERANK_KEY": "k"}, "GUANGZHI_RERANK_URL"),
        ({"GUANGZHI_RERANK_MODEL": "bge-reranker"}, "GUANGZHI_RERANK_URL"),
        ({"GUANGZHI_RERANK_URL": "example.org"}, "GUANGZHI_RERANK_URL"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(given: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsInvalid, match=named):
        read_settings(given)


def test_the_key_is_not_shown() -> None:
    settings = read_settings(GIVEN | {"GUANGZHI_RERANK_KEY": "sk-hidden"})
    assert settings.rerank is not None
    assert settings.rerank.key is not None
    assert "sk-hidden" not in repr(settings)


def test_a_service_is_wired_in_where_one_is_named(tmp_path: Path) -> None:
    settings = read_settings({**GIVEN, "GUANGZHI_HOME": str(tmp_path), "GUANGZHI_EMBEDDING": "none"})
    assistant = open_assistant(settings, home.take(tmp_path))
    try:
        assert isinstance(assistant.answerer.search.remote, RemoteReranker)
    finally:
        assistant.close()


def test_doctor_says_whether_the_service_answers(assistant: Assistant) -> None:
    def said() -> Finding:
        return next(finding for finding in examine(assistant) if finding.name == "重排服务")

    assert said() == Finding("重排服务", "ok", "没有配置，用内置的重排")
    assistant.answerer.search.remote = RemoteReranker(RerankSettings("http://127.0.0.1:9", key=SecretStr("sk-hidden")))
    try:
        down = said()
    finally:
        assistant.answerer.search.remote = None
    assert down.health == "warning"
    assert "GUANGZHI_RERANK_URL" in down.says
    assert "sk-hidden" not in down.says
