"""The same passages and questions through our search, a plain LangChain pipeline, and BM25 alone, side by side.

    python -m venv .venv-benchmarks
    .venv-benchmarks/bin/pip install --require-hashes -r benchmarks/requirements.lock
    .venv-benchmarks/bin/python benchmarks/pipelines.py ../shared/eval/cmrc2018 ../shared/eval/domainrag [--plot FILE]

Every pipeline is a process of its own, with the same interpreter and the same versions of every library, so that its
memory is its own. They index one after another. Then every question goes to each in turn, in an order drawn anew for
each, so that other work on the machine meets them all alike. Run by an interpreter without
langchain-community (the product's own), our search and BM25 are measured and the rest is named as left out.

The wheel's own C engine takes about ten minutes for these passages. Unless `--wheel-passages 0` asks for all of them,
it embeds the first 60: the table's indexing time is that of 60, times as many as there are, and the other vectors are
those of our engine for the same weights; the least cosine between the two on the 60 is printed.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent)]

import contenders  # noqa: E402  # both folders must be on the path first
from plotting import scatter  # noqa: E402

from retrieval.evaluation.metrics import estimate, ndcg, paired_difference  # noqa: E402
from retrieval.evaluation.retrieval_sets import RetrievalSet, load_retrieval_set  # noqa: E402

TITLES = {
    "ours": "光质通",
    "langchain-wheel": "LangChain, e5 of the wheel",
    "langchain-our-engine": "LangChain, our e5 engine",
    "langchain-bm25": "LangChain, BM25 alone",
    "bm25": "BM25 words, in arrays",
}
# Ours embeds for LangChain before the wheel takes those vectors over.
ORDER = ("ours", "langchain-our-engine", "langchain-wheel", "langchain-bm25", "bm25")
NEEDED = ("langchain_community", "langchain_chroma", "langchain_classic", "rank_bm25", "jieba")
LEFT_OUT = """left out: {missing} not installed for {python}
    python -m venv .venv-benchmarks
    .venv-benchmarks/bin/pip install --require-hashes -r benchmarks/requirements.lock
    .venv-benchmarks/bin/python benchmarks/pipelines.py …"""
TOGETHER, ASKED_TOGETHER = 8, 80


# ---------------------------------------------------------------------- a pipeline's own process


def serve(name: str, folder: Path, passages_of: Path, wheel_passages: int) -> None:
    """Commands on stdin, one a line; an object on stdout for each."""
    models, vectors = folder / "models", folder / "vectors.npy"
    home = folder / name
    home.mkdir()
    if name == "langchain-wheel":
        contender: contenders.Contender = contenders.with_the_wheel(home, models, vectors, wheel_passages)
    else:
        contender = contenders.CONTENDERS[name](home, models, vectors)
    wanted = load_retrieval_set(passages_of)
    for line in sys.stdin:
        command, given = json.loads(line)
        print(json.dumps(_done(contender, wanted, command, given)), flush=True)


def _done(contender: contenders.Contender, wanted: RetrievalSet, command: str, given: Any) -> dict[str, Any]:
    began = time.perf_counter()
    if command == "index":
        contender.index(wanted.passages)
        return {"seconds": time.perf_counter() - began} | _of_the_wheel(contender, len(wanted.passages))
    if command == "ask":
        found = contender.rank(given)
        return {"found": found, "ms": (time.perf_counter() - began) * 1000}
    if command == "together":
        with ThreadPoolExecutor(TOGETHER) as threads:
            list(threads.map(contender.rank, given))
        return {"a_second": len(given) / (time.perf_counter() - began)}
    return {"megabytes": _resident()}


def _of_the_wheel(contender: contenders.Contender, passages: int) -> dict[str, float]:
    engine = getattr(contender, "_embeddings", None)
    if not isinstance(engine, contenders.WheelEmbeddings):
        return {}
    return {"embedding": engine.seconds_a_passage * passages, "agreement": engine.agreement}


def _resident() -> float:
    """Megabytes now. Linux; elsewhere the peak."""
    statm = Path("/proc/self/statm")
    if statm.is_file():
        return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


# ---------------------------------------------------------------------- side by side


@dataclass
class Measured:
    name: str
    process: subprocess.Popen[str]
    index_seconds: float = 0.0
    estimated: bool = False
    ndcg: list[float] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)
    a_second: list[float] = field(default_factory=list)
    megabytes: float = 0.0

    def call(self, command: str, given: Any = None) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps([command, given]) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name}: ended with {self.process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        return answer


def started(name: str, folder: Path, passages_of: Path, wheel_passages: int) -> Measured:
    command = [sys.executable, __file__, "--serve", name, "--folder", str(folder), str(passages_of)]
    command += ["--wheel-passages", str(wheel_passages)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    quiet = {**os.environ, "PYTHONWARNINGS": "ignore", "ANONYMIZED_TELEMETRY": "False", "LANGSMITH_TRACING": "false"}
    return Measured(name, subprocess.Popen(command, env=quiet, encoding="utf-8", **pipes))  # type: ignore[call-overload]


def compare(path: Path, names: Sequence[str], models: Path, limit: int | None, wheel_passages: int) -> list[Measured]:
    wanted = load_retrieval_set(path, limit)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "models").symlink_to(models)
        running: list[Measured] = []
        try:
            for name in names:
                running.append(started(name, folder, path, wheel_passages))
                _index(running[-1])
            _ask(running, wanted)
        finally:
            for one in running:
                one.process.kill()
                one.process.wait()
    return running


def _index(one: Measured) -> None:
    done = one.call("index")
    one.index_seconds = done["seconds"]
    if done.get("embedding") is not None and done["agreement"] < 1.0:
        one.index_seconds, one.estimated = done["embedding"], True
        print(f"  vectors of the wheel and of our engine: cosine at least {done['agreement']:.4f}", flush=True)
    print(f"  {one.name}: indexed in {one.index_seconds:.0f} s{' (estimated)' if one.estimated else ''}", flush=True)


def _ask(running: list[Measured], wanted: RetrievalSet) -> None:
    for at, query in enumerate(wanted.queries):
        for one in random.Random(at).sample(running, len(running)):
            answer = one.call("ask", query.text)
            one.milliseconds.append(answer["ms"])
            one.ndcg.append(ndcg(answer["found"], wanted.relevant.get(query.id, frozenset())))
    texts = [query.text for query in wanted.queries[-ASKED_TOGETHER:]]
    for half in (texts[::2], texts[1::2]):
        for one in running:
            one.a_second.append(one.call("together", half)["a_second"])
    for one in running:
        one.megabytes = one.call("memory")["megabytes"]


# ---------------------------------------------------------------------- telling


def table(wanted: str, measured: Sequence[Measured]) -> list[str]:
    ours = measured[0]
    head = ("pipeline", "nDCG@10 (95 %)", "ours above, paired", "median ms", "95 % ms", "× ours", "indexing s", "MB")
    lines = [f"\n**{wanted}**, {len(ours.ndcg)} questions\n", f"| {' | '.join((*head, 'answers/s, 8 at once'))} |"]
    lines.append(f"|---|{'---|' * len(head)}")
    for one in measured:
        quality, gain = estimate(one.ndcg), paired_difference(ours.ndcg, one.ndcg)
        slower = median(one.milliseconds) / median(ours.milliseconds)
        cells = (
            TITLES[one.name],
            f"{quality.mean:.3f} ({quality.low:.3f}–{quality.high:.3f})",
            "" if one is ours else f"{gain.mean:+.3f} ({gain.low:+.3f} … {gain.high:+.3f})",
            f"{median(one.milliseconds):.1f}",
            f"{sorted(one.milliseconds)[int(len(one.milliseconds) * 0.95)]:.1f}",
            f"{slower:.1f}",
            f"{'≈ ' if one.estimated else ''}{one.index_seconds:.0f}",
            f"{one.megabytes:.0f}",
            f"{sum(one.a_second) / len(one.a_second):.0f}",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def available() -> list[str]:
    missing = [name for name in NEEDED if not importlib.util.find_spec(name)]
    if missing:
        print(LEFT_OUT.format(missing=", ".join(missing), python=sys.executable))
        return ["ours", "bm25"]
    return list(ORDER)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", type=Path)
    parser.add_argument("--questions", type=int, default=400, help="of each set, at most (400)")
    parser.add_argument("--wheel-passages", type=int, default=60, help="that the C engine embeds; 0: all")
    parser.add_argument("--without", nargs="*", default=[], choices=ORDER[1:])
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--serve", choices=ORDER, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        return serve(given.serve, given.folder, given.sets[0], given.wheel_passages)
    names = [name for name in available() if name not in given.without]
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}", flush=True)
    lines: list[str] = []
    panels = []
    with tempfile.TemporaryDirectory() as models:
        contenders.BuiltinE5(Path(models)).embed_query(contenders.WARMING)  # builds the graph, once for all
        for path in given.sets:
            print(path.name, flush=True)
            measured = compare(path, names, Path(models), given.questions, given.wheel_passages)
            lines += table(path.name, measured)
            points = [(TITLES[one.name], median(one.milliseconds), estimate(one.ndcg)) for one in measured]
            panels.append((path.name, [(t, ms, q.mean, q.low, q.high) for t, ms, q in points]))
    print("\n".join(lines))
    print(f"\nload at the end {os.getloadavg()[0]:.1f}")
    if given.plot:
        given.plot.write_text(scatter(panels, "median milliseconds a question", "nDCG@10"), "utf-8")
    return None


if __name__ == "__main__":
    main()
