"""A real LangChain model against a service on this machine that speaks OpenAI's protocol."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from pydantic import SecretStr

from retrieval.errors import ModelUnavailable
from retrieval.generation.opening import open_generator
from retrieval.generation.settings import ChatSettings, Prices
from tests.retrieval.generation.material import MEASURES, Memory, a_document, heard, sentence_with

VALIDITY = sentence_with(a_document(MEASURES, "样例光缆质量管理办法"), "出厂检验报告")
KEY = "sk-only-for-this-test"


class Service(ThreadingHTTPServer):
    """Streams `said`, then its token counts; `status` other than 200 refuses. Remembers requests."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.said = ["光缆出厂检验报告", "有效期为24个月[1]", "。"]
        self.status = 200
        self.release = threading.Event()
        self.release.set()
        self.requests: list[dict[str, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


class _Handler(BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append({"path": self.path, "key": self.headers["Authorization"], **body})
        self.send_response(self.server.status)
        if self.server.status != 200:
            self.end_headers()
            self.wfile.write(json.dumps({"error": {"message": f"bad key {KEY}"}}).encode())
            return
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for piece in self.server.said:
            self._event({"choices": [{"index": 0, "delta": {"role": "assistant", "content": piece}}]})
        self.server.release.wait(10)
        counts = {"prompt_tokens": 500, "completion_tokens": 20, "total_tokens": 520}
        self._event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        self._event({"choices": [], "usage": counts})
        self.wfile.write(b"data: [DONE]\n\n")

    def _event(self, data: dict[str, Any]) -> None:
        whole = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"} | data
        self.wfile.write(f"data: {json.dumps(whole)}\n\n".encode())
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:
        return None


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    thread = threading.Thread(target=service.serve_forever, daemon=True)
    thread.start()
    yield service
    service.release.set()
    service.shutdown()
    service.server_close()


def settings(service: Service, **changes: Any) -> ChatSettings:
    given = {"model": "qwen3:8b", "url": service.url, "key": SecretStr(KEY), "timeout_seconds": 10.0} | changes
    return ChatSettings(**given)


def test_a_compatible_service_is_asked_and_its_tokens_counted(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    generator = open_generator(settings(service, prices=Prices(2, 8)), Memory())
    with caplog.at_level(logging.DEBUG, logger="retrieval"):
        got = heard(generator, [VALIDITY])
    assert got.shown == ["光缆出厂检验报告有效期为24个月。"]
    (request,) = service.requests
    assert (request["model"], request["stream"], request["key"]) == ("qwen3:8b", True, f"Bearer {KEY}")
    assert generator.usage.tokens == 520
    assert generator.usage.cost == pytest.approx((500 * 2 + 20 * 8) / 1_000_000)
    assert KEY not in caplog.text


def test_a_service_that_refuses_leaves_the_extract(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    service.status = 401
    generator = open_generator(settings(service), Memory())
    with caplog.at_level(logging.DEBUG, logger="retrieval"):
        assert heard(generator, [VALIDITY]).answer is None
    assert "AuthenticationError" in caplog.text
    assert KEY not in caplog.text
    assert len(service.requests) == 1  # nobody waits for a second try


def test_a_service_that_hangs_is_left_in_time(service: Service) -> None:
    service.release.clear()
    service.said = ["光缆出厂"]
    generator = open_generator(settings(service, timeout_seconds=0.5), Memory())
    started = time.monotonic()
    assert heard(generator, [VALIDITY]).answer is None
    assert time.monotonic() - started < 3


def test_a_service_that_is_not_there_leaves_the_extract() -> None:
    gone = ChatSettings("m", "http://127.0.0.1:9/v1", None, timeout_seconds=5.0)
    assert heard(open_generator(gone, Memory()), [VALIDITY]).answer is None


def test_a_model_langchain_cannot_make_is_refused_in_words_that_say_what_to_do() -> None:
    with pytest.raises(ModelUnavailable, match="GUANGZHI_CHAT_MODEL") as refusal:
        open_generator(ChatSettings("nobody:model", key=SecretStr(KEY)), Memory())
    assert KEY not in str(refusal.value)
