"""The candidates' order by a cross-encoder elsewhere, over the `POST /rerank` that Jina, Cohere, vLLM and TEI share.

A service that is slow, down or talks nonsense costs nothing but its time limit, and after three failures in a row not
even that: it is left alone for a minute. The order then stays as it was.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from retrieval.passages import Passage

if TYPE_CHECKING:
    import httpx

RERANKED = 30  # passages sent; each costs the service a run of its model
_FAILURES = 3  # in a row, after which the service is left alone
_REST_SECONDS = 60.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RerankSettings:
    url: str  # of the service; /rerank is added where it does not end so
    model: str = ""
    key: SecretStr | None = None
    timeout_seconds: float = 1.0  # for a whole answer of the service


class RemoteReranker:
    """Thread-safe. `clock` in seconds; `close` gives the connections back."""

    def __init__(self, settings: RerankSettings, clock: Callable[[], float] = monotonic) -> None:
        self._settings, self._clock = settings, clock
        self._address = settings.url.rstrip("/").removesuffix("/rerank") + "/rerank"
        self._client: httpx.Client | None = None
        self._lock = Lock()
        self._failures = 0
        self._resting_until = 0.0

    @property
    def model(self) -> str:
        return self._settings.model

    def order(self, question: str, passages: Sequence[Passage]) -> list[Passage]:
        """The passages, the first thirty by the service. Never raises: they come back as they were where it fails."""
        if len(passages) < 2 or self._clock() < self._resting_until:
            return list(passages)
        texts = [f"{one.chunk.heading}\n{one.chunk.text}".strip() for one in passages[:RERANKED]]
        try:
            places = self.places(question, texts)
        except Exception as error:  # whatever goes wrong there, a question is answered here
            self._failed(error)
            return list(passages)
        self._failures = 0
        return [passages[place] for place in places] + list(passages[RERANKED:])

    def places(self, question: str, texts: Sequence[str]) -> list[int]:
        """The texts' places, best first; those the service leaves out follow in their order.

        Raises ValueError for an answer that is not of the protocol, httpx.HTTPError for none.
        """
        body: dict[str, Any] = {"query": question, "documents": list(texts), "top_n": len(texts)}
        if self._settings.model:
            body["model"] = self._settings.model
        results = _results(self._asked(body), len(texts))
        named = sorted(results, key=lambda place: -results[place])
        return named + [place for place in range(len(texts)) if place not in results]

    def close(self) -> None:
        if self._client is not None:
            self._client.close()

    def _asked(self, body: Mapping[str, Any]) -> Any:
        """The service's answer, read until the time is up: a limit on each read alone lets a slow one drip for ever."""
        import httpx

        until = self._clock() + self._settings.timeout_seconds
        with self._opened().stream("POST", self._address, json=body) as response:
            response.raise_for_status()
            received = bytearray()
            for part in response.iter_bytes():
                received += part
                if self._clock() > until:
                    raise httpx.ReadTimeout("the answer came too slowly", request=response.request)
        return httpx.Response(200, content=bytes(received)).json()

    def _opened(self) -> httpx.Client:
        import httpx

        with self._lock:
            if self._client is None:
                key = self._settings.key
                headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}
                self._client = httpx.Client(timeout=self._settings.timeout_seconds, headers=headers)
            return self._client

    def _failed(self, error: Exception) -> None:
        with self._lock:
            self._failures += 1
            if self._failures >= _FAILURES:
                self._failures, self._resting_until = 0, self._clock() + _REST_SECONDS
                _log.warning("re-ranking service failed %d times; left alone for %.0f s", _FAILURES, _REST_SECONDS)
        _log.warning("re-ranking service: %s; the local order stands", type(error).__name__)


def _results(answer: Any, count: int) -> dict[int, float]:
    """Place → relevance. Jina, Cohere and vLLM wrap the list in `results`; TEI sends it bare, with `score`."""
    listed = answer.get("results") if isinstance(answer, dict) else answer
    if not isinstance(listed, list) or not listed:
        raise ValueError("no results")
    found: dict[int, float] = {}
    for one in listed:
        place = one.get("index") if isinstance(one, dict) else None
        score = one.get("relevance_score", one.get("score")) if isinstance(one, dict) else None
        if type(place) is not int or not 0 <= place < count:
            raise ValueError("a result without a known index")
        if not isinstance(score, int | float) or isnan(score):
            raise ValueError("a result without a number")
        found[place] = float(score)
    return found
