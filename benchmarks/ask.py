"""Question to answer: median and 95th percentile by stage, many askers at once, start-up, resident memory.

    python benchmarks/ask.py [--home DIR] [--files PATH …] [--only stages|askers|starts]

Without --home a throw-away one is made, with the built-in library and, where --files names some, those.
Different questions (those of retrieval/fitting), after one to warm up. Nothing is answered from a cache but where the
line says so: in this process the answerer without its cache is asked and the vectors are forgotten between runs;
over HTTP every run has questions of its own, asked once (worked out) and once more (kept).
"""

import argparse
import json
import os
import random
import resource
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from urllib.error import URLError
from urllib.request import Request, urlopen
from uuid import uuid4

ROOT = Path(__file__).resolve().parent.parent
QUESTIONS = ROOT / "retrieval" / "fitting" / "questions.jsonl"
ASKED = 200
SEED = 20261121
ASKERS = (1, 8, 32)
ROUNDS = 2  # of every number of askers in turn, so that other work on the machine meets them all
ASKED_OVER_HTTP = 90  # questions a run

FIRST = {
    "a clause": "9001的8.5.2讲什么",
    "an entry in its own words": "",  # that of the first entry
    "anything else": "证书三年到期以后要怎么继续保持",
}
STARTS = 5
PATIENCE_SECONDS = 60
WARMING = 40  # questions, four a second, before a service is measured


def opened(home: str):
    from api.home import take
    from api.settings import read_settings
    from api.wiring import open_assistant

    settings = read_settings({"GUANGZHI_HOME": home})
    return open_assistant(settings, take(settings.home))


def questions() -> list[str]:
    """Every question of the fitting set, in an order that says nothing."""
    every = [json.loads(line)["question"] for line in QUESTIONS.read_text("utf-8").splitlines() if line.strip()]
    random.Random(SEED).shuffle(every)
    return list(dict.fromkeys(every))


def percentile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]


def prepare(home: str, files: Sequence[str]) -> None:
    started = time.perf_counter()
    assistant = opened(home)
    print(f"open the home (library included where it is new): {time.perf_counter() - started:.1f} s")
    if files:
        assistant.ingestion.add([Path(f) for f in files])
    print(f"holds {assistant.catalog.counts()}")
    assistant.close()


def stages(home: str) -> None:
    from retrieval.questions import Question

    assistant = opened(home)
    assistant.answerer.warm()
    spent: dict[str, list[float]] = defaultdict(list)
    for question in questions()[:ASKED]:
        for stage, milliseconds in assistant.answerer.answer(Question(question)).milliseconds.items():
            spent[stage].append(milliseconds)
    print(f"{'stage':14}{'runs':>6}{'median ms':>12}{'95 % ms':>12}")
    for stage, values in spent.items():
        print(f"{stage:14}{len(values):>6}{median(values):>12.1f}{percentile(values, 0.95):>12.1f}")
    print(f"resident memory, peak: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    assistant.close()


# ---------------------------------------------------------------------- many at once


@dataclass(frozen=True, slots=True)
class Run:
    """So many answers by so many askers."""

    seconds: float
    milliseconds: tuple[float, ...]  # that each asker waited

    @property
    def a_second(self) -> float:
        return len(self.milliseconds) / self.seconds


def all_asked(ask: Callable[[str], None], wanted: Sequence[str], askers: int) -> Run:
    """Every asker takes the next question as soon as the last is answered."""

    def timed(question: str) -> float:
        started = time.perf_counter()
        ask(question)
        return (time.perf_counter() - started) * 1000

    with ThreadPoolExecutor(askers) as threads:
        started = time.perf_counter()
        waits = tuple(threads.map(timed, wanted))
        return Run(time.perf_counter() - started, waits)


def told(what: str, askers: int, runs: Sequence[Run], note: str = "") -> None:
    waits = [wait for run in runs for wait in run.milliseconds]
    speed = sum(run.a_second for run in runs) / len(runs)
    print(f"{what:24}{askers:>8}{speed:>12.1f}{median(waits):>12.1f}{percentile(waits, 0.95):>12.1f}  {note}")


def askers_here(home: str) -> None:
    """Threads in this process, past the cache of answers."""
    from retrieval.questions import Question

    assistant = opened(home)
    answerer = assistant.answerer
    answerer.warm()
    print(f"{'':24}{'askers':>8}{'answers/s':>12}{'median ms':>12}{'95 % ms':>12}")
    wanted = questions()[:ASKED]
    for question in wanted:  # what a process works out once for each document is worked out
        answerer.answer(Question(question))
    runs: dict[int, list[Run]] = defaultdict(list)
    busy: dict[int, float] = defaultdict(float)
    for _ in range(ROUNDS):
        for askers in ASKERS:
            assistant.questions.forget()
            began = time.process_time()
            runs[askers].append(all_asked(lambda one: answerer.answer(Question(one)), wanted, askers))
            busy[askers] += time.process_time() - began
    for askers in ASKERS:
        note = f"processor {busy[askers] / ROUNDS / len(wanted) * 1000:.1f} ms an answer"
        told("in one process", askers, runs[askers], note)
    assistant.close()


def askers_over_http(home: str) -> None:
    """POST /api/chat to a service of its own: the turn is stored, the answer streamed."""
    wanted = questions()
    with service(home) as port:
        until_warm(port)
        ask = Visitors(port).ask
        parts = [wanted[i * ASKED_OVER_HTTP : (i + 1) * ASKED_OVER_HTTP] for i in range(ROUNDS * len(ASKERS))]
        new: dict[int, list[Run]] = defaultdict(list)
        again: dict[int, list[Run]] = defaultdict(list)
        for i, part in enumerate(parts):
            askers = ASKERS[i % len(ASKERS)]
            new[askers].append(all_asked(ask, part, askers))
            again[askers].append(all_asked(ask, part, askers))
    for askers in ASKERS:
        told("HTTP, new questions", askers, new[askers])
    for askers in ASKERS:
        told("HTTP, asked before", askers, again[askers], "answers kept")


class Visitors:
    """Each thread a visitor with a connection; each question a conversation of its own."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._mine = threading.local()

    def ask(self, question: str) -> None:
        if not hasattr(self._mine, "connection"):
            self._mine.connection = HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE_SECONDS)
        connection: HTTPConnection = self._mine.connection
        connection.request("POST", "/api/chat", _body(question), {"Content-Type": "application/json"})
        events = connection.getresponse().read().decode()
        if "event: done" not in events:
            raise RuntimeError(events)


def until_warm(port: int) -> None:
    """The service reads the library's phrasings after it started; until then it is busy beside its visitors."""
    url = f"http://127.0.0.1:{port}/api/chat"
    for number in range(WARMING):
        asked = _body(f"{FIRST['anything else']}，第{number}次问")
        while _read(Request(url, asked, {"Content-Type": "application/json"})) is None:
            time.sleep(0.1)
        time.sleep(0.25)


def first_answers(home: str) -> None:
    """From starting the process to an answer read over HTTP: a fresh service for every figure."""
    from knowledge.library import load_faqs

    own_words = load_faqs()[0].question
    for title, asked in FIRST.items():
        question = asked or own_words
        seconds = [first_answer(home, question) for _ in range(STARTS)]
        print(f"service started to first answer, {title}: median {median(seconds):.2f} s, longest {max(seconds):.2f} s")


def first_answer(home: str, question: str) -> float:
    started = time.perf_counter()
    with service(home) as port:
        request = Request(f"http://127.0.0.1:{port}/api/chat", _body(question), {"Content-Type": "application/json"})
        while (events := _read(request)) is None:
            if time.perf_counter() - started > PATIENCE_SECONDS:
                raise RuntimeError("the service does not answer")
            time.sleep(0.01)
        if "event: done" not in events:
            raise RuntimeError(events)
        return time.perf_counter() - started


@contextmanager
def service(home: str) -> Iterator[int]:
    """`guangzhi serve` on a free port, which may not listen yet."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    environment = {**os.environ, "GUANGZHI_HOME": home, "GUANGZHI_PORT": str(port), "PYTHONPATH": str(ROOT)}
    running = subprocess.Popen(
        [Path(sys.executable).with_name("guangzhi"), "serve"], env=environment, cwd=ROOT, stdout=subprocess.DEVNULL
    )
    try:
        yield port
    finally:
        running.terminate()
        running.wait()


def _body(question: str) -> bytes:
    return json.dumps({"message": question, "key": uuid4().hex, "conversation": uuid4().hex}).encode()


def _read(request: Request) -> str | None:
    try:
        events: str = urlopen(request, timeout=PATIENCE_SECONDS).read().decode()
        return events
    except URLError:
        return None  # not listening yet


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home")
    parser.add_argument("--files", nargs="*", default=[])
    parser.add_argument("--only", choices=("stages", "askers", "starts"))
    arguments = parser.parse_args()
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as temporary:
        home = arguments.home or temporary
        prepare(home, arguments.files)
        if arguments.only in (None, "stages"):
            stages(home)
        if arguments.only in (None, "askers"):
            askers_here(home)
            askers_over_http(home)
        if arguments.only in (None, "starts"):
            first_answers(home)
    print(f"load at the end {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
