"""A re-ranking service on the loopback that answers as such services do, or fails in every way they do."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from retrieval.passages import Passage
from retrieval.reranking import RemoteReranker, RerankSettings
from retrieval.reranking.remote import RERANKED
from tests.retrieval.passages import a_passage
from tests.retrieval.world import World


@dataclass
class StandIn:
    """What it is told to answer, and what it was asked."""

    status: int = 200
    body: bytes = b"{}"
    ranks: bool = False  # by how often the query's characters stand in the text, as a real one would by meaning
    bare: bool = False  # a list without a wrapper, as TEI has it
    most: int = 1000
    drips: bool = False  # a byte at a time, never done
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)
    address: str = ""

    def answer(self, asked: dict[str, Any]) -> bytes:
        if not self.ranks:
            return self.body
        scores = [sum(text.count(char) for char in asked["query"]) for text in asked["documents"]]
        named = "score" if self.bare else "relevance_score"
        rows = sorted(({"index": i, named: float(s)} for i, s in enumerate(scores)), key=lambda row: -row[named])
        return json.dumps(rows[: self.most] if self.bare else {"results": rows[: self.most]}).encode()


@pytest.fixture
def service() -> Iterator[StandIn]:
    stand_in = StandIn()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            stand_in.asked.append(asked)
            stand_in.headers.append(dict(self.headers))
            stand_in.paths.append(self.path)
            body = stand_in.answer(asked)
            self.send_response(stand_in.status)
            self.send_header("Content-Length", str(10_000 if stand_in.drips else len(body)))
            self.end_headers()
            while stand_in.drips and not stand_in.released.wait(0.02):
                self.wfile.write(b" ")
                self.wfile.flush()
            if not stand_in.drips:
                self.wfile.write(body)

        def handle(self) -> None:
            with suppress(ConnectionError):  # the caller hung up, as it should on a slow one
                super().handle()

        def log_message(self, *_: object) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    stand_in.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield stand_in
    stand_in.released.set()
    server.shutdown()
    server.server_close()
    thread.join(5)


QUESTION = "光缆追溯码"
PASSAGES = [a_passage(text, score=score) for text, score in (("仓库盘点", 3.0), ("光缆入库", 2.0), ("光缆追溯码", 1.0))]


def remote(service: StandIn, **rest: Any) -> RemoteReranker:
    return RemoteReranker(RerankSettings(service.address, **{"model": "bge-reranker"} | rest))


def texts(passages: list[Passage]) -> list[str]:
    return [one.chunk.text for one in passages]


@pytest.mark.parametrize("bare", [False, True])
def test_passages_come_back_in_the_order_of_the_service_with_their_own_scores(service: StandIn, bare: bool) -> None:
    service.ranks, service.bare = True, bare
    ordered = remote(service).order(QUESTION, PASSAGES)
    assert texts(ordered) == ["光缆追溯码", "光缆入库", "仓库盘点"]
    assert [one.score for one in ordered] == [1.0, 2.0, 3.0]


def test_the_request_is_of_the_common_protocol_and_carries_the_key(service: StandIn) -> None:
    service.ranks = True
    remote(service, key=SecretStr("sk-hidden")).order(QUESTION, PASSAGES)
    (asked,) = service.asked
    assert asked["query"] == QUESTION
    assert asked["model"] == "bge-reranker"
    assert asked["top_n"] == len(asked["documents"]) == 3
    assert asked["documents"][2].endswith("光缆追溯码")
    assert service.headers[0]["Authorization"] == "Bearer sk-hidden"
    assert service.paths == ["/rerank"]


@pytest.mark.parametrize(
    ("given", "path"), [("/v1", "/v1/rerank"), ("/v1/", "/v1/rerank"), ("/v2/rerank", "/v2/rerank")]
)
def test_the_address_may_name_the_service_or_its_rerank(service: StandIn, given: str, path: str) -> None:
    service.ranks = True
    RemoteReranker(RerankSettings(service.address + given)).order(QUESTION, PASSAGES)
    assert service.paths == [path]
    assert "model" not in service.asked[0]


def test_what_the_service_leaves_out_follows_in_its_order(service: StandIn) -> None:
    service.ranks, service.most = True, 1
    assert texts(remote(service).order(QUESTION, PASSAGES)) == ["光缆追溯码", "仓库盘点", "光缆入库"]


def test_only_the_first_thirty_are_sent(service: StandIn) -> None:
    service.ranks = True
    many = [a_passage(f"第{i}段") for i in range(RERANKED)] + [a_passage(QUESTION)]
    ordered = remote(service).order(QUESTION, many)
    assert len(service.asked[0]["documents"]) == RERANKED
    assert ordered[-1].chunk.text == QUESTION
    assert len(ordered) == RERANKED + 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b"{}",
        b'{"results": []}',
        b'{"results": "many"}',
        b'{"results": [{"index": 7, "relevance_score": 1}]}',
        b'{"results": [{"index": -1, "relevance_score": 1}]}',
        b'{"results": [{"index": true, "relevance_score": 1}]}',
        b'{"results": [{"index": 0}]}',
        b'{"results": [{"index": 0, "relevance_score": "high"}]}',
        b'{"results": [{"index": 0, "relevance_score": NaN}]}',
        b'{"results": [3]}',
        b"\xff\xfe",
    ],
)
def test_an_answer_that_is_not_of_the_protocol_leaves_the_order(service: StandIn, body: bytes) -> None:
    service.body = body
    assert texts(remote(service).order(QUESTION, PASSAGES)) == texts(PASSAGES)
    assert len(service.asked) == 1


@pytest.mark.parametrize("status", [301, 401, 429, 500, 503])
def test_an_error_leaves_the_order_and_says_so_in_the_log_without_the_key(
    service: StandIn, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    service.status = status
    with caplog.at_level(logging.WARNING):
        assert texts(remote(service, key=SecretStr("sk-hidden")).order(QUESTION, PASSAGES)) == texts(PASSAGES)
    assert "local order" in caplog.text
    assert "sk-hidden" not in caplog.text


def test_a_service_that_drips_is_given_up_when_its_time_is_over(service: StandIn) -> None:
    service.drips = True
    assert texts(remote(service, timeout_seconds=0.15).order(QUESTION, PASSAGES)) == texts(PASSAGES)
    with pytest.raises(httpx.TimeoutException):
        remote(service, timeout_seconds=0.15).places(QUESTION, ["a", "b"])


def test_nobody_there_leaves_the_order() -> None:
    nobody = RemoteReranker(RerankSettings("http://127.0.0.1:9", timeout_seconds=0.2))
    assert texts(nobody.order(QUESTION, PASSAGES)) == texts(PASSAGES)


def test_after_three_failures_the_service_is_left_alone_for_a_minute(service: StandIn) -> None:
    now = [0.0]
    service.status = 500
    asking = RemoteReranker(RerankSettings(service.address), clock=lambda: now[0])
    for _ in range(5):
        asking.order(QUESTION, PASSAGES)
    assert len(service.asked) == 3
    now[0], service.status, service.ranks = 60.5, 200, True
    assert texts(asking.order(QUESTION, PASSAGES))[0] == "光缆追溯码"
    assert len(service.asked) == 4


def test_failures_that_do_not_follow_each_other_are_forgiven(service: StandIn) -> None:
    service.ranks = True
    asking = remote(service)
    for status in (500, 500, 200, 500, 500, 200):
        service.status = status
        asking.order(QUESTION, PASSAGES)
    assert len(service.asked) == 6


def test_the_key_is_not_shown(service: StandIn) -> None:
    assert "sk-hidden" not in repr(RerankSettings(service.address, key=SecretStr("sk-hidden")))


def test_a_question_is_answered_with_the_service_and_without_it(world: World, service: StandIn) -> None:
    asked = "检测原始记录至少保存几年"
    search, question, before = world.answerer.search, world.read(asked), world.ask(asked)
    alone = search.ranked(question, search.embed(question), 40)
    try:
        service.ranks = True
        search.remote = remote(service)
        ordered = search.ranked(question, search.embed(question), 40)
        assert {one.chunk.id for one in ordered} == {one.chunk.id for one in alone}
        assert service.asked[0]["query"] == question.text
        assert world.ask(asked).citations == before.citations
        service.status = 500
        assert search.ranked(question, search.embed(question), 40) == alone
        assert world.ask(asked).text == before.text
    finally:
        search.remote = None
